//! `user default …`: the line that Redis's CONFIG REWRITE adds to every config file. It is read if it says what holds here
//! anyway: the user may do everything, with the password of `requirepass` or without one. Any other `user` line is refused.
//!
//! Redis: `src/acl.c`, `ACLAppendUserForLoading`, `ACLDescribeUser`.

use super::Config;
use sha2::{Digest, Sha256};

/// What each of these groups of words must be there by: one of the group.
const NEEDED: [&[&str]; 4] = [&["on"], &["~*", "allkeys"], &["&*", "allchannels"], &["+@all", "allcommands"]];
/// Words that may be there too.
const FINE: [&str; 2] = ["sanitize-payload", "nopass"];

/// The password of the user that a `user` line describes, as the line has it: the SHA-256 in hexadecimal digits, or nothing
/// for `nopass`. The error is Redis's, with our reason.
pub(super) fn default_user(words: &[String]) -> Result<String, String> {
    let (name, rules) = words.split_first().ok_or("wrong number of arguments")?;
    let hash = rules.iter().find_map(|rule| rule.strip_prefix('#'));
    let is_known = |rule: &String| {
        FINE.contains(&rule.as_str()) || NEEDED.concat().contains(&rule.as_str()) || rule.starts_with('#')
    };
    let is_whole = NEEDED.iter().all(|group| rules.iter().any(|rule| group.contains(&rule.as_str())));
    let has_password = rules.iter().filter(|rule| rule.starts_with('#') || *rule == "nopass").count() == 1;
    if name != "default" || !rules.iter().all(is_known) || !is_whole || !has_password {
        return Err(format!(
            "Error in user declaration '{name}': there is no user but 'default', who may do everything"
        ));
    }
    Ok(hash.unwrap_or_default().to_ascii_lowercase())
}

impl Config {
    /// Whether a password that [`default_user`] returned is another than `requirepass`. Without one in the line there may
    /// be one here: that is the safer.
    pub(super) fn is_another_password(&self, hash: &str) -> bool {
        let ours = || -> String {
            let digest = Sha256::digest(self.requirepass.as_bytes());
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        !hash.is_empty() && hash != ours()
    }
}
