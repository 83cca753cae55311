//! The calls of one PUBLISH, as chapter 1 lists them: a line for each function, indented below the one that calls it.
//!
//! ```text
//! net/event_loop.rs          read_all
//! net/event_loop.rs            read
//! client/deliver.rs              deliver_all   (handed in)
//! ```
//!
//! `handed in` is what a room below calls without knowing it; `handed in as NAME` if it is called by another name.

const MARK: &str = "<!-- chain -->\n```text\n";

/// The rooms of `src/`, the lower ones last: calls go down.
const ROOMS: &[&str] = &["net", "command", "server", "client", "pubsub", "output", "resp"];

/// A function of the chain.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Its file, from `src/`.
    pub file: String,
    /// Its name.
    pub function: String,
    /// The place of the caller in the chain; None for the first.
    pub caller: Option<usize>,
    /// The name it is called by.
    pub called: String,
    /// Whether it was handed to the room of its caller.
    pub handed_in: bool,
}

/// The rows of the page's chain; or the line that is none.
pub fn rows(page: &str) -> Result<Vec<Row>, String> {
    let (_, block) = page.split_once(MARK).ok_or("no chain")?;
    let (block, _) = block.split_once("```").ok_or("a chain without an end")?;
    let mut rows: Vec<Row> = Vec::new();
    // The place of each row that may still call another, and how far it is indented.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for line in block.lines() {
        let wrong = || format!("write `FILE  FUNCTION  (handed in)`, not `{line}`");
        let (file, rest) = line.split_once(' ').ok_or_else(wrong)?;
        let indent = line.len() - rest.trim_start().len();
        let (function, note) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        let note = note.trim().trim_start_matches('(').trim_end_matches(')');
        let called = note.strip_prefix("handed in as ").unwrap_or(function);
        if !(note.is_empty() || note.starts_with("handed in")) {
            return Err(wrong());
        }
        while open.last().is_some_and(|&(_, other)| other >= indent) {
            open.pop();
        }
        let caller = open.last().map(|&(at, _)| at);
        if caller.is_none() && !rows.is_empty() {
            return Err(format!("nothing calls `{line}`"));
        }
        open.push((rows.len(), indent));
        rows.push(Row {
            file: file.into(),
            function: function.into(),
            caller,
            called: called.into(),
            handed_in: !note.is_empty(),
        });
    }
    Ok(rows)
}

/// What is wrong with the chain; `source` is the text of a file below `src/`.
pub fn check(rows: &[Row], source: impl Fn(&str) -> String) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut entered: Vec<&str> = Vec::new();
    for row in rows {
        let Row { file, function, .. } = row;
        if bodies(&source(file), function).is_empty() {
            wrong.push(format!("src/{file} has no function `{function}`"));
        }
        let Some(caller) = row.caller.map(|at| &rows[at]) else { continue };
        let calls = |body: &String| calls(body, &row.called);
        if !bodies(&source(&caller.file), &caller.function).iter().any(calls) {
            wrong
                .push(format!("`{}` of src/{} does not call `{}`", caller.function, caller.file, row.called));
        }
        if file == &caller.file {
            continue;
        }
        if rank(file) < rank(&caller.file) && !row.handed_in {
            wrong.push(format!("the call of `{function}` goes up, from {} to {file}", caller.file));
        }
        // The loop's own files are where the chain begins and ends.
        if entered.contains(&file.as_str()) && room(file) != "net" {
            wrong.push(format!("{file} is entered twice"));
        }
        entered.push(file);
    }
    wrong
}

/// How many files the chain has.
pub fn files(rows: &[Row]) -> usize {
    let files: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.file.as_str()).collect();
    files.len()
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or_default()
}

fn rank(file: &str) -> usize {
    let at = ROOMS.iter().position(|&other| other == room(file));
    at.unwrap_or_else(|| panic!("{file} is in no room that chain.rs knows"))
}

/// The bodies of all functions of that name, without comments.
fn bodies(source: &str, name: &str) -> Vec<String> {
    let lines: Vec<&str> = source.lines().collect();
    let is_head = |line: &str| {
        let after = line.split_once("fn ").map(|(before, after)| (before.trim_start(), after));
        after.is_some_and(|(before, after)| {
            let visibility = before.is_empty() || before.starts_with("pub");
            visibility && after.strip_prefix(name).is_some_and(|rest| rest.starts_with(['(', '<']))
        })
    };
    let mut bodies = Vec::new();
    for (at, head) in lines.iter().enumerate().filter(|(_, line)| is_head(line)) {
        let end = format!("{}}}", &head[..head.len() - head.trim_start().len()]);
        let rest = lines[at..].iter().take_while(|line| **line != end);
        let body = rest.skip_while(|line| !line.ends_with('{')).skip(1);
        bodies.push(
            body.filter(|line| !line.trim_start().starts_with("//"))
                .map(|line| format!("{line}\n"))
                .collect(),
        );
    }
    bodies
}

/// Whether the body has a call of that name.
fn calls(body: &str, name: &str) -> bool {
    let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    body.match_indices(&format!("{name}(")).any(|(at, _)| !body[..at].ends_with(part_of_a_name))
}

#[test]
fn a_chain_is_read_and_its_faults_are_found() {
    let page = format!(
        "{MARK}net/a.rs   run\nserver/b.rs  feed\ncommand/c.rs   ping  (handed in as handler)\nresp/d.rs   write\n```\n"
    );
    let good = rows(&page).unwrap();
    assert_eq!(good.iter().map(|row| row.caller).collect::<Vec<_>>(), [None, Some(0), Some(1), Some(0)]);
    assert_eq!((good[2].called.as_str(), good[2].handed_in, files(&good)), ("handler", true, 4));
    let source = |file: &str| {
        let source = match file {
            "net/a.rs" => {
                "    pub fn run(\n        a: u8,\n    ) {\n        // feed(): no call\n        x.feed(y);\n        write(z);\n    }\n"
            }
            "server/b.rs" => "fn feed() {\n    handler(call);\n}\n",
            "command/c.rs" => "pub fn ping() {\n}\n",
            _ => "fn write<T>(t: T) {\n}\n",
        };
        source.to_string()
    };
    assert_eq!(check(&good, source), [""; 0]);
    let faulty =
        page.replace("  (handed in as handler)", "").replace("resp/d.rs   write", "server/b.rs  wrote");
    assert_eq!(
        check(&rows(&faulty).unwrap(), source),
        [
            "`feed` of src/server/b.rs does not call `ping`",
            "the call of `ping` goes up, from server/b.rs to command/c.rs",
            "src/server/b.rs has no function `wrote`",
            "`run` of src/net/a.rs does not call `wrote`",
            "server/b.rs is entered twice",
        ]
    );
}
