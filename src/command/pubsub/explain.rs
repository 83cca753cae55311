//! PUBSUB EXPLAIN and PUBSUB SUBSCRIBERS: what a message would meet, and who would receive it.
//!
//! Redis: none. Operators have had to guess from CLIENT LIST, which does not tell channels.

use crate::client::Client;
use crate::pubsub::DryRun;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;
use crate::text::integer::parse_integer;
use std::ops::Bound;

/// How many clients PUBSUB SUBSCRIBERS tells of without COUNT.
const COUNT: usize = 100;

/// `PUBSUB EXPLAIN channel [SHARD]`: a dry run of PUBLISH (SPUBLISH), as a map.
pub fn explain(call: &mut Call<'_>) {
    let shard = call.args.len() == 4 && call.is(3, "shard");
    if call.args.len() > 3 && !shard {
        return call.syntax_error();
    }
    let pubsub = &mut call.server.pubsub;
    let run = DryRun::new(pubsub, &call.args[2], shard);
    let dict = if shard { &pubsub.shard_channels } else { &pubsub.channels };
    let audience = dict.audience(&call.args[2]);
    let (clients, reply) = (&call.server.clients, &mut *call.reply);
    reply.map(8);
    reply.bulk("channel");
    reply.bulk(&call.args[2]);
    reply.bulk("found");
    reply.boolean(!audience.is_empty());
    reply.bulk("clients");
    reply.array(audience.len());
    dict.clients(audience).for_each(|key| reply.integer(clients[key].id as i64));
    reply.bulk("index");
    reply.boolean(!shard && !pubsub.plain_walk);
    reply.bulk("tested");
    reply.array(run.tested.len());
    for (pattern, matches) in &run.tested {
        reply.array(2);
        reply.bulk(pattern);
        reply.boolean(*matches);
    }
    reply.bulk("skipped");
    reply.integer(if shard { 0 } else { pubsub.patterns.unique() - run.tested.len() } as i64);
    reply.bulk("receivers");
    reply.array(run.receivers.len());
    for &(key, frame) in &run.receivers {
        let (kind, pattern) = run.frame(frame);
        reply.array(4);
        reply.integer(clients[key].id as i64);
        reply.bulk(clients[key].about.name.as_bytes());
        reply.bulk(kind.name());
        bulk_or_null(reply, pattern);
    }
    reply.bulk("reply");
    reply.integer(run.reply as i64);
}

/// What PUBSUB SUBSCRIBERS was asked for.
#[derive(Default)]
struct Options {
    patterns: bool,
    shard: bool,
    count: usize,
    /// The id of the last client that was told of.
    cursor: u64,
}

/// `PUBSUB SUBSCRIBERS channel [PATTERNS] [SHARD] [COUNT n] [CURSOR c]`: the next cursor, 0 at the end, and the
/// subscribers, a map each. They come in the order of their ids, and the cursor is the id of the last: so one
/// who is subscribed from the first call to the last is told of once, whatever else changes in between. COUNT
/// is of clients: all that one client receives a message by comes in one reply.
pub fn subscribers(call: &mut Call<'_>) {
    let Some(options) = options(call) else { return };
    let pubsub = &mut call.server.pubsub;
    let clients = &call.server.clients;
    let run = options.patterns.then(|| DryRun::new(pubsub, &call.args[2], false));
    // (id, place in the order of delivery, key, what it is received by)
    let after = (Bound::Excluded(options.cursor), Bound::Unbounded);
    let found: Vec<(u64, usize, &Client, Option<&[u8]>)> = match &run {
        Some(run) => {
            let by = |&(key, frame)| (&clients[key], run.frame(frame).1);
            number(run.receivers.iter().map(by), after)
        }
        None => {
            let dict = if options.shard { &pubsub.shard_channels } else { &pubsub.channels };
            number(dict.clients(dict.audience(&call.args[2])).map(|key| (&clients[key], None)), after)
        }
    };
    let shown: usize = found.chunk_by(|a, b| a.0 == b.0).take(options.count).map(<[_]>::len).sum();
    let reply = &mut *call.reply;
    reply.array(2);
    reply.integer(if shown < found.len() { found[shown - 1].0 as i64 } else { 0 });
    reply.array(shown);
    found[..shown].iter().for_each(|&(_, _, client, by)| subscriber(reply, client, by));
}

/// The receivers with ids in `range`, each with its id and its place, in the order of the ids.
fn number<'a>(
    receivers: impl Iterator<Item = (&'a Client, Option<&'a [u8]>)>,
    range: impl std::ops::RangeBounds<u64>,
) -> Vec<(u64, usize, &'a Client, Option<&'a [u8]>)> {
    let mut all: Vec<_> = receivers
        .enumerate()
        .map(|(place, (client, by))| (client.id, place, client, by))
        .filter(|(id, ..)| range.contains(id))
        .collect();
    all.sort_unstable_by_key(|&(id, place, ..)| (id, place));
    all
}

fn options(call: &mut Call<'_>) -> Option<Options> {
    let mut options = Options { count: COUNT, ..Options::default() };
    let mut at = 3;
    while at < call.args.len() {
        let value = call.args.get(at + 1);
        if call.is(at, "patterns") {
            options.patterns = true;
        } else if call.is(at, "shard") {
            options.shard = true;
        } else if call.is(at, "count") && value.is_some() {
            at += 1;
            match call.integer(at, "value is not an integer or out of range")? {
                count @ 1.. => options.count = count as usize,
                _ => {
                    call.syntax_error();
                    return None;
                }
            }
        } else if call.is(at, "cursor")
            && let Some(value) = value
        {
            at += 1;
            let Some(cursor) = parse_integer(value).and_then(|cursor| u64::try_from(cursor).ok()) else {
                call.reply.error("ERR invalid cursor");
                return None;
            };
            options.cursor = cursor;
        } else {
            call.syntax_error();
            return None;
        }
        at += 1;
    }
    if options.patterns && options.shard {
        call.reply.error("ERR no pattern matches a shard channel: PATTERNS and SHARD exclude each other");
        return None;
    }
    Some(options)
}

fn subscriber(reply: &mut Reply, client: &Client, by: Option<&[u8]>) {
    reply.map(11);
    reply.bulk("id");
    reply.integer(client.id as i64);
    for (name, text) in [
        ("addr", &*client.about.addr),
        ("name", &*client.about.name),
        ("lib-name", &client.about.lib_name),
        ("lib-ver", &client.about.lib_ver),
    ] {
        reply.bulk(name);
        reply.bulk(text.as_bytes());
    }
    reply.bulk("resp");
    reply.integer(client.protocol.number());
    reply.bulk("by");
    bulk_or_null(reply, by);
    for (name, number) in [
        ("owed", client.output.owed() as i64),
        ("pieces", client.output.pieces() as i64),
        ("delivered", client.delivered as i64),
        ("dropped", i64::from(client.dropped)),
    ] {
        reply.bulk(name);
        reply.integer(number);
    }
}

fn bulk_or_null(reply: &mut Reply, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => reply.bulk(bytes),
        None => reply.null(),
    }
}
