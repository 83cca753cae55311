//! What is documented of each command: files of text, one for each of Redis's groups, read when a client asks first.
//!
//! Redis: `src/commands/*.json`, compiled into `src/commands.def`; `struct redisCommandArg`.
//!
//! Different on purpose: Redis compiles a table of structures, this server keeps the text and reads it at each question.
//! The files hold what a real Redis replied, in the words of the reply: a test writes them
//! (`CUTAWAY_BLESS=1 cargo test --test it commands::`). Only `cutaway.docs` is written by hand. Fields, and what is known of an
//! argument, stand in the order of the reply.
//!
//! ```text
//! xlen                                                a paragraph for each command and subcommand: `xinfo|stream`
//!   summary: Return the number of messages in a stream.
//!   since: 5.0.0
//!   history: 7.0.0 Something was added.                a line for each change
//!   notes: 0 Why the first key specification says what it says.
//!   arguments:
//!     key key key_spec_index=0                         name, type, and what else is known of it
//!     condition oneof optional since=6.2.0
//!       nx pure-token token=NX                         an argument of the argument above
//! ```

use std::sync::LazyLock;

use hashbrown::HashMap;

/// The group and the text of each file. A group of its own says `group:` in the paragraph.
pub const FILES: &[(&str, &str)] = &[
    ("bitmap", include_str!("bitmap.docs")),
    ("cluster", include_str!("cluster.docs")),
    ("connection", include_str!("connection.docs")),
    ("generic", include_str!("generic.docs")),
    ("geo", include_str!("geo.docs")),
    ("hash", include_str!("hash.docs")),
    ("hyperloglog", include_str!("hyperloglog.docs")),
    ("list", include_str!("list.docs")),
    ("pubsub", include_str!("pubsub.docs")),
    ("scripting", include_str!("scripting.docs")),
    ("server", include_str!("server.docs")),
    ("set", include_str!("set.docs")),
    ("sorted-set", include_str!("sorted-set.docs")),
    ("stream", include_str!("stream.docs")),
    ("string", include_str!("string.docs")),
    ("transactions", include_str!("transactions.docs")),
    ("cutaway", include_str!("cutaway.docs")),
];

/// Every paragraph by its name.
static RECORDS: LazyLock<HashMap<&str, Record>> = LazyLock::new(|| all().collect());

/// Every paragraph with its name, in the order of the files.
pub fn all() -> impl Iterator<Item = (&'static str, Record)> {
    FILES.iter().flat_map(|&(group, text)| {
        let paragraphs = text.split("\n\n").map(str::trim_start);
        let named = paragraphs.filter(|paragraph| !paragraph.starts_with('#')).map(str::trim_end);
        named.filter_map(|paragraph| paragraph.split_once('\n')).map(move |(name, lines)| {
            let (head, arguments) = lines.split_once("  arguments:\n").unwrap_or((lines, ""));
            let record = Record { group, head, arguments };
            (name, Record { group: record.field("group").unwrap_or(group), ..record })
        })
    })
}

/// The paragraph of one command.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// The group in Redis's documentation.
    pub group: &'static str,
    /// The lines of the fields that are one text each.
    head: &'static str,
    /// The lines of the arguments.
    arguments: &'static str,
}

impl Record {
    /// The paragraph of the command with this full name. None if the files have none: a test holds that they have.
    pub fn of(name: &str) -> Option<Record> {
        RECORDS.get(name).copied()
    }

    /// The fields that are one text each, with their names, in the order of COMMAND DOCS.
    pub fn fields(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.head.lines().filter_map(|line| line.trim_start().split_once(": "))
    }

    /// The values of all fields of this name.
    pub fn values(self, name: &str) -> impl Iterator<Item = &'static str> {
        self.fields().filter(move |(field, _)| *field == name).map(|(_, value)| value)
    }

    /// The value of the field of this name; None if there is none.
    pub fn field(self, name: &str) -> Option<&'static str> {
        self.values(name).next()
    }

    /// The command's arguments; none if it takes none.
    pub fn arguments(self) -> Arguments {
        Arguments { lines: self.arguments, indent: 2 * FIELD.len() }
    }
}

/// What every field begins with; arguments have it once more, and their own arguments once more than they.
const FIELD: &str = "  ";

/// Arguments of one command, or of one argument.
#[derive(Clone, Copy, Debug)]
pub struct Arguments {
    lines: &'static str,
    indent: usize,
}

impl Arguments {
    /// How many there are, their own arguments not counted.
    pub fn count(self) -> usize {
        self.lines.lines().filter(|line| indent_of(line) == self.indent).count()
    }

    /// Each argument, in order.
    pub fn iter(self) -> impl Iterator<Item = Argument> + Clone {
        let mut rest = self.lines;
        std::iter::from_fn(move || {
            let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
            let end = length_of(below, |line| indent_of(line) > self.indent);
            let (own, next) = below.split_at(end);
            rest = next;
            let arguments = Arguments { lines: own, indent: self.indent + FIELD.len() };
            Argument::parse(line, arguments)
        })
    }
}

/// The number of bytes of the first lines of which all are `wanted`.
fn length_of(text: &str, wanted: impl Fn(&str) -> bool) -> usize {
    text.split_inclusive('\n').take_while(|line| wanted(line)).map(str::len).sum()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// One argument. Redis: `redisCommandArg`.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// `key`, `string`, `integer`, `oneof`, `block` …
    pub kind: &'static str,
    attributes: &'static str,
    /// The choices of a `oneof`, the parts of a `block`.
    pub arguments: Arguments,
}

impl Argument {
    fn parse(line: &'static str, arguments: Arguments) -> Option<Argument> {
        let (name, rest) = line.trim_start().split_once(' ')?;
        let (kind, attributes) = rest.split_once(' ').unwrap_or((rest, ""));
        Some(Argument { name, kind, attributes, arguments })
    }

    /// What else is known of it, each with its name, in the order of COMMAND DOCS.
    pub fn attributes(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.attributes.split(' ').filter_map(|word| word.split_once('='))
    }

    /// The value of one attribute; None if it is not there.
    pub fn attribute(self, name: &str) -> Option<&'static str> {
        self.attributes().find(|(attribute, _)| *attribute == name).map(|(_, value)| value)
    }

    /// What a person is shown in its place if no attribute says so: its name. None: an attribute does, or it is shown by
    /// its parts.
    pub fn display_text(self) -> Option<&'static str> {
        let named = self.attributes.starts_with("display_text=") || matches!(self.kind, "oneof" | "block");
        (!named).then_some(self.name)
    }

    /// `optional`, `multiple`, `multiple_token`.
    pub fn flags(self) -> impl Iterator<Item = &'static str> {
        self.attributes.split(' ').filter(|word| !word.is_empty() && !word.contains('='))
    }
}
