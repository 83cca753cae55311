//! Passwords are not shown: neither to MONITOR nor in the slow log nor in the steps.
//!
//! Redis: `src/networking.c`, `redactClientCommandArgument`, as `authCommand`, `helloCommand` and
//! `configSetCommand` call it.

use crate::config;
use crate::resp::request::Request;
use crate::text::c::{is_word, until_nul};

/// What stands for a word that must not be seen.
const REDACTED: &[u8] = b"(redacted)";

/// The commands that may be given a password. ACL and MIGRATE are not built, but clients call them.
const WITH_SECRETS: [&str; 5] = ["auth", "hello", "config", "acl", "migrate"];

/// Whether a request may hold a password, whatever becomes of it: the steps, which go to a log, show its command alone.
pub(crate) fn may_hold_secret(request: Request<'_>) -> bool {
    let command = request.get(0).unwrap_or_default();
    WITH_SECRETS.iter().any(|name| command.eq_ignore_ascii_case(name.as_bytes()))
}

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
