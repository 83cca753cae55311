//! The two structures as text, drawn from the server's own memory.
//!
//! ```text
//! pubsub_channels
//!   rainfall ─► A ⇄ D
//! pubsub_patterns
//!   A:*it* ⇄ B:*eye*
//! clients
//!   A: channels {rainfall} patterns {*it*}
//! ```

use crate::base::ids::ClientKey;
use crate::pubsub::{Channels, PubSub, Subscriptions};
use crate::steps::readable;

/// Draws what is not empty; nothing subscribed at all is an empty text. `clients` are names with their keys and
/// sets, in the order in which to draw them; a client without a name there is drawn as `?`.
pub fn structures(pubsub: &PubSub, clients: &[(&str, ClientKey, Option<&Subscriptions>)]) -> String {
    let name = |key: ClientKey| clients.iter().find(|(_, k, _)| *k == key).map_or("?", |(name, ..)| *name);
    let mut text = String::new();
    dict("pubsub_channels", &pubsub.channels, &name, &mut text);
    if !pubsub.patterns.is_empty() {
        let entries =
            pubsub.patterns.iter().map(|(key, pattern)| format!("{}:{}", name(key), readable(pattern)));
        text.push_str(&format!("pubsub_patterns\n  {}\n", entries.collect::<Vec<_>>().join(" ⇄ ")));
    }
    dict("pubsub_shard_channels", &pubsub.shard_channels, &name, &mut text);
    let sets: String =
        clients.iter().filter_map(|(name, _, sets)| Some(set_line(pubsub, name, (*sets)?))).collect();
    if !sets.is_empty() {
        text.push_str(&format!("clients\n{sets}"));
    }
    text
}

fn dict<'a>(title: &str, channels: &Channels, name: &impl Fn(ClientKey) -> &'a str, text: &mut String) {
    if channels.is_empty() {
        return;
    }
    let mut lines: Vec<String> = channels
        .iter()
        .map(|(channel, list)| {
            format!("  {} ─► {}\n", readable(channel), list.map(name).collect::<Vec<_>>().join(" ⇄ "))
        })
        .collect();
    lines.sort();
    text.push_str(&format!("{title}\n{}", lines.concat()));
}

fn set_line(pubsub: &PubSub, name: &str, sets: &Subscriptions) -> String {
    let mut line = format!("  {name}:");
    let mut set = |title: &str, names: Vec<&[u8]>| {
        if !names.is_empty() {
            let mut names: Vec<String> = names.into_iter().map(readable).collect();
            names.sort();
            line.push_str(&format!(" {title} {{{}}}", names.join(" ")));
        }
    };
    set("channels", sets.channels.iter().map(|(id, _)| pubsub.channels.name(id)).collect());
    set("patterns", sets.patterns.iter().map(|(id, _)| pubsub.patterns.name(id)).collect());
    set("shard channels", sets.shard_channels.iter().map(|(id, _)| pubsub.shard_channels.name(id)).collect());
    line + "\n"
}
