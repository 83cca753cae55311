//! Reading arguments: the checks that many commands share, with Redis's errors.
//!
//! Redis: `src/object.c`, `getLongLongFromObjectOrReply` and its siblings; `src/networking.c`,
//! `validateClientName`.

use super::Call;
use crate::text::c::printed;
use crate::text::integer::parse_integer;

/// What is wrong with most integers.
pub const NOT_AN_INTEGER: &str = "value is not an integer or out of range";

impl Call<'_> {
    /// The argument at `index` as an integer. If it is none, replies with `ERR error` and returns None.
    pub fn integer(&mut self, index: usize, error: &str) -> Option<i64> {
        let value = parse_integer(&self.args[index]);
        if value.is_none() {
            self.reply.error(format!("ERR {error}"));
        }
        value
    }

    /// The argument at `index` as a small integer; `error` takes the place of the usual ones. Redis:
    /// `getIntFromObjectOrReply`.
    pub fn int(&mut self, index: usize, error: Option<&str>) -> Option<i32> {
        let value = self.integer(index, error.unwrap_or(NOT_AN_INTEGER))?;
        let small = i32::try_from(value).ok();
        if small.is_none() {
            let range = "value is out of range, value must between -2147483648 and 2147483647";
            self.reply.error(format!("ERR {}", error.unwrap_or(range)));
        }
        small
    }

    /// The argument at `index` as an integer whose sign can be turned. Redis: `getRangeLongFromObjectOrReply` from
    /// `-LONG_MAX` on.
    pub fn long(&mut self, index: usize) -> Option<i64> {
        let value = self.integer(index, NOT_AN_INTEGER)?;
        if value == i64::MIN {
            let range = "value must between -9223372036854775807 and 9223372036854775807";
            self.reply.error(format!("ERR value is out of range, {range}"));
            return None;
        }
        Some(value)
    }

    /// The argument at `index` as a count; 0 is one. Redis: `getPositiveLongFromObjectOrReply`.
    pub fn positive(&mut self, index: usize) -> Option<usize> {
        let count = parse_integer(&self.args[index]).and_then(|count| usize::try_from(count).ok());
        if count.is_none() {
            self.reply.error("ERR value is out of range, must be positive");
        }
        count
    }

    /// The argument at `index` as the number of a database.
    pub fn database(&mut self, index: usize) -> Option<u32> {
        let number = self.int(index, None)?;
        self.existing_database(number)
    }

    /// The number as that of a database. If there is none of that number, replies so. Redis: `selectDb`.
    pub fn existing_database(&mut self, number: i32) -> Option<u32> {
        if (0..self.server.config.databases).contains(&i64::from(number)) {
            return Some(number as u32);
        }
        self.reply.error("ERR DB index is out of range");
        None
    }

    /// Replies that there is no such subcommand, or not with so many arguments. Redis:
    /// `addReplySubcommandSyntaxError`.
    pub fn wrong_subcommand(&mut self, command: &str, word: &[u8]) {
        let mut error = b"ERR unknown subcommand or wrong number of arguments for '".to_vec();
        error.extend(printed(word, 128));
        error.extend(format!("'. Try {command} HELP.").bytes());
        self.reply.error(error);
    }
}

/// The words of a name or a version that CLIENT LIST can show: no spaces, no control characters, only
/// ASCII. None: it is not such a word. Redis: `validateClientAttr`.
pub fn printable(word: &[u8]) -> Option<Box<str>> {
    let fine = word.iter().all(u8::is_ascii_graphic);
    fine.then(|| String::from_utf8_lossy(word).into())
}
