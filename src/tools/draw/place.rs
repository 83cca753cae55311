//! The place in a picture that a step is about: the same text stands in the attribute `data-at` of the element, so that a
//! page can show a walk where it happens.
//!
//! ```text
//! pubsub_channels/rain           a name of a dict       pubsub_channels/rain/A     a node of its list
//! pubsub_patterns/*it*           every node of it       client/A                   a client
//! database%200/k                 a key                  skiplist%20of%20k/level%200/m
//! ```
//!
//! Redis has no counterpart.

use crate::steps::Step;

/// A place from its parts. What could end an attribute, or separate it from the next, is written as in an address.
pub fn place(parts: &[&str]) -> String {
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { "/" });
        for character in part.chars() {
            match character {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '.' | ':' | '*' | '?' | '#' => {
                    text.push(character);
                }
                other => {
                    let mut buffer = [0; 4];
                    let bytes = other.encode_utf8(&mut buffer).bytes();
                    bytes.for_each(|byte| text.push_str(&format!("%{byte:02x}")));
                }
            }
        }
    }
    text
}

/// The place that a step is about, if a picture may have it; `client` is the name of the step's client.
pub fn of(step: &Step, client: Option<&str>) -> Option<String> {
    let client = client.unwrap_or_default();
    Some(match step {
        Step::LookedUp { dict, name, .. } | Step::Entered { dict, name } | Step::Left { dict, name } => {
            place(&[&dict.to_string(), name])
        }
        Step::Appended { dict, name, .. }
        | Step::Visited { dict, name, .. }
        | Step::Unlinked { dict, name, .. } => place(&[&dict.to_string(), name, client]),
        Step::Tested { pattern, .. } => place(&["pubsub_patterns", pattern]),
        Step::KeyEvent { db, key, .. }
        | Step::FieldsExpired { db, key, .. }
        | Step::KeySaved { db, key }
        | Step::SavedAhead { db, key } => place(&[&format!("database {db}"), key]),
        Step::GroupRead { key, group, .. }
        | Step::Pending { key, group, .. }
        | Step::Acknowledged { key, group, .. } => place(&[&format!("groups of {key}"), group]),
        Step::LinkRead { key, level, to, .. } => {
            let (list, level) = (format!("skiplist of {key}"), format!("level {level}"));
            match to {
                Some(member) => place(&[&list, &level, member]),
                None => place(&[&list, &level]),
            }
        }
        Step::Sampled { key, .. } => place(&["eviction pool", key]),
        Step::Watches { key, .. } => place(&["watched_keys", key]),
        Step::Woken { key, .. } => place(&["blocking_keys", key]),
        Step::ScriptKept { sha, .. } => place(&["scripts", sha]),
        Step::LibraryLoaded { library, .. } => place(&["libraries", library]),
        Step::Noted { prefix, .. } | Step::Announced { prefix, .. } => place(&["tracking_prefixes", prefix]),
        Step::Trimmed { .. }
        | Step::Drawn { .. }
        | Step::Counted { .. }
        | Step::Emptied { .. }
        | Step::Swapped { .. }
        | Step::OverMaxmemory { .. }
        | Step::ScriptsForgotten { .. }
        | Step::LibrariesForgotten { .. }
        | Step::IndexAsked { .. }
        | Step::Encoded { .. }
        | Step::Propagated { .. }
        | Step::SyncBegun { .. }
        | Step::FileGrown { .. }
        | Step::FileSynced { .. }
        | Step::SnapshotBegun { .. }
        | Step::SnapshotGrown { .. }
        | Step::SnapshotSynced { .. }
        | Step::LeftOut { .. } => return None,
        Step::Connected { .. }
        | Step::Arrived { .. }
        | Step::Parsed { .. }
        | Step::Dispatched { .. }
        | Step::Refused { .. }
        | Step::Postponed { .. }
        | Step::Enqueued { .. }
        | Step::TransactionBegun { .. }
        | Step::TransactionEnded { .. }
        | Step::Waits { .. }
        | Step::WaitEnded { .. }
        | Step::Queued { .. }
        | Step::Deferred { .. }
        | Step::Replied { .. }
        | Step::Written { .. }
        | Step::Blocked { .. }
        | Step::Closed { .. } => place(&["client", client]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_ends_no_attribute_and_is_one_word() {
        assert_eq!(place(&["client", "A-1"]), "client/A-1");
        assert_eq!(place(&["database 0", "a/b \"c\" é\n"]), "database%200/a%2fb%20%22c%22%20%c3%a9%0a");
    }
}
