//! Passwords are not shown: neither to MONITOR nor in the slow log.
//!
//! Redis: `src/networking.c`, `redactClientCommandArgument`, as `authCommand`, `helloCommand` and
//! `configSetCommand` call it.

use crate::config;
use crate::resp::request::Request;
use crate::text::c::{is_word, until_nul};

/// What stands for a word that must not be seen.
const REDACTED: &[u8] = b"(redacted)";

/// The words of a request that `command` ran, with what is secret replaced.
pub(crate) fn shown<'a>(command: &str, request: Request<'a>) -> Vec<&'a [u8]> {
    let mut words: Vec<&[u8]> = request.from(0).collect();
    match command {
        "auth" => words[1..].fill(REDACTED),
        "hello" => {
            if let Some(at) = words.iter().position(|word| is_word(word, b"auth")) {
                words.iter_mut().skip(at + 1).take(2).for_each(|word| *word = REDACTED);
            }
        }
        "config|set" => {
            for at in (2..words.len()).step_by(2) {
                let name = String::from_utf8_lossy(until_nul(words[at]));
                let secret = config::find(&name).is_some_and(|setting| setting.secret);
                if secret && at + 1 < words.len() {
                    words[at + 1] = REDACTED;
                }
            }
        }
        _ => {}
    }
    words
}
