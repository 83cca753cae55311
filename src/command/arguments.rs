//! Reading arguments: the checks that many commands share, with Redis's errors.
//!
//! Redis: `src/object.c`, `getLongLongFromObjectOrReply` and its siblings; `src/networking.c`,
//! `validateClientName`.

use super::Call;
use crate::resp::request::parse_integer;

impl Call<'_> {
    /// The argument at `index` as an integer. If it is none, replies with `ERR error` and returns None.
    pub fn integer(&mut self, index: usize, error: &str) -> Option<i64> {
        let value = parse_integer(&self.args[index]);
        if value.is_none() {
            self.reply.error(format!("ERR {error}"));
        }
        value
    }

    /// Replies that there is no such subcommand, or not with so many arguments. Redis:
    /// `addReplySubcommandSyntaxError`.
    pub fn wrong_subcommand(&mut self, command: &str, word: &[u8]) {
        let mut error = b"ERR unknown subcommand or wrong number of arguments for '".to_vec();
        error.extend(&word[..word.len().min(128)]);
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
