//! SUBSCRIBE and its siblings, PUBLISH, PUBSUB.
//!
//! Redis: `src/pubsub.c`, `subscribeCommand`, `publishCommand`, `pubsubCommand`; the structures they work on
//! are in [`crate::pubsub`].

pub mod explain;
pub(crate) mod rows;

use crate::glob::Pattern;
use crate::pubsub::{Channels, PubSub, Subscriptions};
use crate::server::dispatch::Call;

/// The kinds of subscription. What differs between them is in these few functions; all else is shared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Channel,
    Pattern,
    Shard,
}

impl Kind {
    fn subscribed(self) -> &'static str {
        match self {
            Kind::Channel => "subscribe",
            Kind::Pattern => "psubscribe",
            Kind::Shard => "ssubscribe",
        }
    }

    fn unsubscribed(self) -> &'static str {
        match self {
            Kind::Channel => "unsubscribe",
            Kind::Pattern => "punsubscribe",
            Kind::Shard => "sunsubscribe",
        }
    }

    /// The number in a confirmation: channels and patterns count together, shard channels apart.
    fn count(self, subscriptions: &Subscriptions) -> usize {
        match self {
            Kind::Channel | Kind::Pattern => subscriptions.count(),
            Kind::Shard => subscriptions.shard_channels.len(),
        }
    }
}

/// `SUBSCRIBE channel [channel …]`
pub fn subscribe(call: &mut Call<'_>) {
    subscribe_to(call, Kind::Channel);
}

/// `PSUBSCRIBE pattern [pattern …]`
pub fn psubscribe(call: &mut Call<'_>) {
    subscribe_to(call, Kind::Pattern);
}

/// `SSUBSCRIBE channel [channel …]`
pub fn ssubscribe(call: &mut Call<'_>) {
    subscribe_to(call, Kind::Shard);
}

/// One confirmation for each name, also for one that was subscribed to already; an error in the place of a
/// pattern too long to be compiled.
// ANCHOR: subscribe-command
fn subscribe_to(call: &mut Call<'_>, kind: Kind) {
    let PubSub { channels, patterns, shard_channels, .. } = &mut call.server.pubsub;
    let client = &mut call.server.clients[call.client];
    let subscriptions = &mut **client.subscriptions.get_or_insert_default();
    for name in call.args.from(1) {
        let subscribed = match kind {
            Kind::Channel => Ok(channels.subscribe(call.client, &mut subscriptions.channels, name)),
            Kind::Pattern => patterns.subscribe(call.client, &mut subscriptions.patterns, name),
            Kind::Shard => Ok(shard_channels.subscribe(call.client, &mut subscriptions.shard_channels, name)),
        };
        match subscribed {
            Ok(_) => call.reply.subscription(kind.subscribed(), Some(name), kind.count(subscriptions)),
            Err(too_big) => call.reply.error(format!("ERR {too_big}")),
        }
    }
    if subscriptions.is_empty() {
        client.subscriptions = None;
    }
}
// ANCHOR_END: subscribe-command

/// `UNSUBSCRIBE [channel …]`
pub fn unsubscribe(call: &mut Call<'_>) {
    unsubscribe_from(call, Kind::Channel);
}

/// `PUNSUBSCRIBE [pattern …]`
pub fn punsubscribe(call: &mut Call<'_>) {
    unsubscribe_from(call, Kind::Pattern);
}

/// `SUNSUBSCRIBE [channel …]`
pub fn sunsubscribe(call: &mut Call<'_>) {
    unsubscribe_from(call, Kind::Shard);
}

/// One confirmation for each name, subscribed to or not. Without names: one for each subscription, or, if
/// there is none, one with null.
fn unsubscribe_from(call: &mut Call<'_>, kind: Kind) {
    let PubSub { channels, patterns, shard_channels, .. } = &mut call.server.pubsub;
    let client = &mut call.server.clients[call.client];
    let mut none = Box::default();
    let subscriptions: &mut Subscriptions = client.subscriptions.as_mut().unwrap_or(&mut none);
    let word = kind.unsubscribed();
    if call.args.len() > 1 {
        for name in call.args.from(1) {
            match kind {
                Kind::Channel => channels.unsubscribe(&mut subscriptions.channels, name),
                Kind::Pattern => patterns.unsubscribe(&mut subscriptions.patterns, name),
                Kind::Shard => shard_channels.unsubscribe(&mut subscriptions.shard_channels, name),
            };
            call.reply.subscription(word, Some(name), kind.count(subscriptions));
        }
    } else {
        let set = match kind {
            Kind::Channel => &subscriptions.channels,
            Kind::Pattern => &subscriptions.patterns,
            Kind::Shard => &subscriptions.shard_channels,
        };
        let mut left = kind.count(subscriptions);
        if set.is_empty() {
            call.reply.subscription(word, None, left);
        }
        let reply = &mut *call.reply;
        let confirm = |name: &[u8]| {
            left -= 1;
            reply.subscription(word, Some(name), left);
        };
        match kind {
            Kind::Channel => channels.unsubscribe_all(&mut subscriptions.channels, confirm),
            Kind::Pattern => patterns.unsubscribe_all(&mut subscriptions.patterns, confirm),
            Kind::Shard => shard_channels.unsubscribe_all(&mut subscriptions.shard_channels, confirm),
        }
    }
    if subscriptions.is_empty() {
        client.subscriptions = None;
    }
}

/// `PUBLISH channel message`: how many deliveries that made.
// ANCHOR: publish-command
pub fn publish(call: &mut Call<'_>) {
    let receivers = call.server.pubsub.publish(&call.args[1], &call.args[2], &mut call.server.clients);
    call.reply.integer(receivers as i64);
}
// ANCHOR_END: publish-command

/// `SPUBLISH channel message`
pub fn spublish(call: &mut Call<'_>) {
    let receivers = call.server.pubsub.spublish(&call.args[1], &call.args[2], &mut call.server.clients);
    call.reply.integer(receivers as i64);
}

/// `PUBSUB CHANNELS [pattern]`
pub fn channels(call: &mut Call<'_>) {
    list(call, |pubsub| &pubsub.channels);
}

/// `PUBSUB SHARDCHANNELS [pattern]`
pub fn shardchannels(call: &mut Call<'_>) {
    list(call, |pubsub| &pubsub.shard_channels);
}

fn list(call: &mut Call<'_>, dict: fn(&PubSub) -> &Channels) {
    if call.args.len() > 3 {
        return wrong_arguments(call);
    }
    let pattern = match call.args.get(2).map(Pattern::new).transpose() {
        Ok(pattern) => pattern,
        Err(too_big) => return call.reply.error(format!("ERR {too_big}")),
    };
    let matches = |name: &[u8]| pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
    let names: Vec<&[u8]> =
        dict(&call.server.pubsub).iter().map(|(name, _)| name).filter(|name| matches(name)).collect();
    call.reply.array(names.len());
    for name in names {
        call.reply.bulk(name);
    }
}

/// `PUBSUB NUMSUB [channel …]`: each channel with its subscribers, in the order asked for. Patterns do not
/// count.
pub fn numsub(call: &mut Call<'_>) {
    count(call, |pubsub| &pubsub.channels);
}

/// `PUBSUB SHARDNUMSUB [channel …]`
pub fn shardnumsub(call: &mut Call<'_>) {
    count(call, |pubsub| &pubsub.shard_channels);
}

fn count(call: &mut Call<'_>, dict: fn(&PubSub) -> &Channels) {
    let channels = dict(&call.server.pubsub);
    call.reply.array((call.args.len() - 2) * 2);
    for name in call.args.from(2) {
        call.reply.bulk(name);
        call.reply.integer(channels.audience(name).len() as i64);
    }
}

/// `PUBSUB NUMPAT`: how many different patterns there are, however many clients hold each.
// ANCHOR: numpat
pub fn numpat(call: &mut Call<'_>) {
    call.reply.integer(call.server.pubsub.patterns.unique() as i64);
}
// ANCHOR_END: numpat

/// `PUBSUB HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("PUBSUB");
}

fn wrong_arguments(call: &mut Call<'_>) {
    let word = call.args[1].to_vec();
    call.wrong_subcommand("PUBSUB", &word);
}
