//! The rest of the server's memory, as the figures show it: what is in the databases, who waits for a key, who watches one,
//! what is queued for EXEC, what a group has given out, which scripts are kept.
//!
//! Redis has no counterpart. Each of them is a dict: names, and what each name leads to, copied out of the server and put
//! into words.

use super::keys::Keys;
use super::scope::Scope;
use super::section::{Cell, Entry, Links, MOST_PARTS, Section, section};
use super::{skiplists, streams};
use crate::base::ids::ClientKey;
use crate::keyspace::Item;
use crate::keyspace::listpack;
use crate::keyspace::value::Value;
use crate::resp::owned::OwnedRequest;
use crate::server::Server;
use crate::steps::readable;
use crate::text::double;
use std::fmt::Write;

/// The most names of a dict, and the most parts of what each leads to, in a drawing of text.
const MOST_LINES: usize = 40;
const MOST_WORDS: usize = 20;

/// What is not empty, as far as it is in the scope. `client` is the name of a client, `clients` are those whose transactions
/// are drawn.
pub fn sections(
    server: &Server,
    client: &impl Fn(ClientKey) -> String,
    clients: &[(String, ClientKey)],
    scope: &Scope,
) -> Vec<Section> {
    let keys: Vec<Keys<'_>> =
        server.keyspace.in_use().map(|(db, database)| Keys::of(db, database, scope)).collect();
    let mut all: Vec<Section> = keys.iter().map(|keys| database(server, keys, scope)).collect();
    all.extend(expiring(server, scope));
    all.extend(expiring_fields(server, scope));
    all.extend(keys.iter().flat_map(streams::sections));
    all.extend(keys.iter().flat_map(skiplists::sections));
    let watched = scope.names(server.watchers.keys(), server.watchers.watched(), |(_, key, _)| key);
    let gloss = "a dict: each watched key and who watches it";
    let entries = watched.shown.into_iter().map(|(db, key, watching)| {
        let cells = cells(client, watching, scope);
        let nouns = ["watched key", "watching client"];
        (db_key(db, key), Entry { nouns, name: key_cell(db, key), cells })
    });
    all.push(section(2, "watched_keys", gloss, Links::Next, entries).and_more(watched.more));
    all.push(section(
        3,
        "transactions",
        "what each client has queued since MULTI",
        Links::Next,
        clients
            .iter()
            .filter_map(|(name, key)| Some((name.as_bytes().to_vec(), queue(server, name, *key, scope)?))),
    ));
    let awaited = scope.names(server.blocking.keys(), server.blocking.waiting(), |(_, key, _)| key);
    let gloss = "a dict: each key that is waited for and who waits, the longest first";
    let entries = awaited.shown.into_iter().map(|(db, key, waiting)| {
        let waiting = waiting.take(scope.most_parts);
        let cells = waiting.map(|key| Cell::new(client(key), deadline(server, key))).collect();
        let nouns = ["awaited key", "waiting client"];
        (db_key(db, key), Entry { nouns, name: key_cell(db, key), cells })
    });
    all.push(section(4, "blocking_keys", gloss, Links::Next, entries).and_more(awaited.more));
    all.extend(tracking(server, client, scope));
    all.push(section(
        5,
        "scripts",
        "a dict: the SHA-1 of each text, and the text compiled",
        Links::None,
        server.kept_scripts().take(scope.most_names).map(|(sha, loaded, bytes)| {
            let name = String::from_utf8_lossy(sha);
            let note = if loaded { "by SCRIPT LOAD" } else { "by EVAL" };
            let cells = vec![Cell::new(format!("{bytes} bytes"), note)];
            (sha.to_vec(), Entry { nouns: ["script", ""], name: Cell::new(name, ""), cells })
        }),
    ));
    all.push(section(
        6,
        "libraries",
        "a dict: each library and the functions that it has registered",
        Links::None,
        server.kept_libraries().take(scope.most_names).map(|(library, bytes, functions)| {
            let name = Cell::new(readable(library), format!("{bytes} bytes"));
            let cells = functions.into_iter().map(|(name, flags)| Cell::new(readable(name), flags)).collect();
            (library.to_vec(), Entry { nouns: ["library", "function"], name, cells })
        }),
    ));
    all.push(section(
        7,
        "eviction pool",
        "a list: what samples have found, the best to evict last",
        Links::None,
        (0u8..).zip(server.eviction.pool.candidates()).map(|(place, candidate)| {
            let name = key_cell(candidate.db, &candidate.key);
            let cells = vec![Cell::new(format!("score {}", candidate.score), "")];
            (vec![place], Entry { nouns: ["candidate", "score"], name, cells })
        }),
    ));
    all.retain(|section| !section.entries.is_empty());
    all
}

/// Which clients may hold which key, and which asked for which prefixes.
fn tracking(server: &Server, client: &impl Fn(ClientKey) -> String, scope: &Scope) -> [Section; 2] {
    let name = |name: &[u8]| Cell::new(readable(name), "");
    let (table, prefixes) = (&server.tracking.table, &server.tracking.prefixes);
    let tracked = scope.names(table.len(), table.iter(), |(key, _)| key);
    let keys = tracked.shown.into_iter().map(|(key, readers)| {
        let cells = cells(client, readers, scope);
        (key.to_vec(), Entry { nouns: ["tracked key", "reader"], name: name(key), cells })
    });
    let gloss = "a dict: each key and the clients that may hold its value";
    let keys = section(6, "tracking_table", gloss, Links::Both, keys).and_more(tracked.more);
    let asked = scope.names(prefixes.len(), prefixes.iter(), |(prefix, _)| prefix);
    let prefixes = asked.shown.into_iter().map(|(prefix, clients)| {
        let cells = cells(client, clients, scope);
        (prefix.to_vec(), Entry { nouns: ["prefix", "client"], name: name(prefix), cells })
    });
    let gloss = "the clients that asked for keys by how they begin";
    [keys, section(7, "tracking_prefixes", gloss, Links::None, prefixes).and_more(asked.more)]
}

/// Clients, as many as are shown of a list.
fn cells(
    client: &impl Fn(ClientKey) -> String,
    all: impl Iterator<Item = ClientKey>,
    scope: &Scope,
) -> Vec<Cell> {
    all.take(scope.most_parts).map(|key| Cell::new(client(key), "")).collect()
}

/// Tells keys of several databases apart, and keeps them in order.
fn db_key(db: u32, key: &[u8]) -> Vec<u8> {
    [&db.to_be_bytes(), key].concat()
}

fn key_cell(db: u32, key: &[u8]) -> Cell {
    Cell::new(readable(key), if db == 0 { String::new() } else { format!("in database {db}") })
}

fn database(server: &Server, keys: &Keys<'_>, scope: &Scope) -> Section {
    let now = (server.time.unix_micros / 1000) as i64;
    let entries = keys.items.shown.iter().map(|&(key, item)| {
        let name = Cell::new(readable(key), remark(item, now));
        let cells = parts(&item.value, now, scope.most_parts.min(MOST_PARTS));
        (key.to_vec(), Entry { nouns: ["key", part_noun(&item.value)], name, cells })
    });
    let gloss = "a dict: each key and its value";
    section(0, format!("database {}", keys.db), gloss, Links::None, entries).and_more(keys.items.more)
}

/// The keys of each database that expire.
fn expiring<'a>(server: &'a Server, scope: &'a Scope) -> impl Iterator<Item = Section> + 'a {
    let now = (server.time.unix_micros / 1000) as i64;
    server.keyspace.in_use().map(move |(db, database)| {
        let times = scope.names(database.expiring(), database.expiry_times(), |(_, key)| key);
        let entries = times.shown.into_iter().map(|(at, key)| {
            let name = Cell::new(format!("in {} ms", at.saturating_sub(now).max(0)), "");
            let order = [&at.to_be_bytes(), key].concat();
            let cells = vec![Cell::new(readable(key), "")];
            (order, Entry { nouns: ["expiry time", ""], name, cells })
        });
        let title = if db == 0 { "expiring".into() } else { format!("expiring in database {db}") };
        let gloss = "a set: when each key expires, the next one first";
        section(0, title, gloss, Links::None, entries).and_more(times.more)
    })
}

/// The hashes of each database that have fields that expire.
fn expiring_fields<'a>(server: &'a Server, scope: &'a Scope) -> impl Iterator<Item = Section> + 'a {
    let now = (server.time.unix_micros / 1000) as i64;
    server.keyspace.in_use().map(move |(db, database)| {
        let times = scope.names(database.expiring_hashes(), database.field_expiry_times(), |(_, key)| key);
        let entries = times.shown.into_iter().map(|(at, key)| {
            let name = Cell::new(format!("in {} ms", at.saturating_sub(now).max(0)), "");
            let order = [&at.to_be_bytes(), key].concat();
            let cells = vec![Cell::new(readable(key), "")];
            (order, Entry { nouns: ["expiry time of a field", ""], name, cells })
        });
        let title =
            if db == 0 { "expiring_fields".into() } else { format!("expiring_fields in database {db}") };
        let gloss = "a set: when the next field of each hash expires, the earliest first";
        section(0, title, gloss, Links::None, entries).and_more(times.more)
    })
}

/// What kind of value a key has, or how long.
fn remark(item: &Item, now: i64) -> String {
    let (kind, encoding) = (item.value.type_name(), item.value.encoding());
    match item.expires() {
        Some(at) => format!("{kind}, {} ms left", at.saturating_sub(now).max(0)),
        None if kind == encoding => kind.into(),
        None => format!("{kind}, {encoding}"),
    }
}

/// What a value's parts are called.
fn part_noun(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "value",
        Value::List(_) => "element",
        Value::Hash(_) => "field",
        Value::Set(_) => "member",
        Value::Zset(_) => "member",
        Value::Stream(_) => "entry",
    }
}

/// A value's parts.
pub(super) fn parts(value: &Value, now: i64, most: usize) -> Vec<Cell> {
    let plain = |text: String| Cell::new(text, "");
    let (cells, count): (Vec<Cell>, usize) = match value {
        Value::String(string) => (vec![plain(readable(&string.bytes()))], 1),
        Value::List(list) => {
            let elements = list.iter().take(most).map(|element| plain(readable(&element.to_vec())));
            (elements.collect(), list.len())
        }
        Value::Hash(hash) => {
            let pair = |(field, value, time): (listpack::Entry<'_>, listpack::Entry<'_>, Option<i64>)| {
                let left = time.map(|time| format!("{} ms left", time.saturating_sub(now).max(0)));
                let pair = format!("{}: {}", readable(&field.to_vec()), readable(&value.to_vec()));
                Cell::new(pair, left.unwrap_or_default())
            };
            (hash.iter_with_times().take(most).map(pair).collect(), hash.len())
        }
        Value::Set(set) => {
            let members = set.iter().take(most).map(|member| plain(readable(&member.to_vec())));
            (members.collect(), set.len())
        }
        Value::Zset(zset) => {
            let pair = |(member, score): (listpack::Entry<'_>, f64)| {
                plain(format!("{}: {}", readable(&double::text(score)), readable(&member.to_vec())))
            };
            (zset.iter().take(most).map(pair).collect(), zset.len())
        }
        Value::Stream(stream) => (streams::entries(stream, most), stream.log.len() as usize),
    };
    let hidden = count.saturating_sub(cells.len());
    let rest = (hidden > 0).then(|| plain(format!("… and {hidden} more")));
    cells.into_iter().chain(rest).collect()
}

/// What a client has queued, if it has sent MULTI; nothing, if a key that it watched has changed before that.
fn queue(server: &Server, name: &str, client: ClientKey, scope: &Scope) -> Option<Entry> {
    let transaction = server.clients.get(client)?.transaction.as_deref()?;
    let cell = |request: &OwnedRequest| {
        let words: Vec<String> = request.request().from(0).map(readable).collect();
        Cell::new(words.join(" "), "")
    };
    if transaction.queue.is_none() && !transaction.touched {
        return None;
    }
    let cells =
        transaction.queue.iter().flatten().take(scope.most_parts).map(|(_, request)| cell(request)).collect();
    let note = match (transaction.refused, transaction.touched) {
        (true, _) => "refused",
        (_, true) => "touched",
        _ => "",
    };
    Some(Entry { nouns: ["transaction", "queued command"], name: Cell::new(name, note), cells })
}

/// How long a client that waits for a key still does.
fn deadline(server: &Server, client: ClientKey) -> String {
    let blocked = server.clients.get(client).and_then(|client| client.blocked.as_deref());
    match blocked.and_then(|blocked| blocked.until()) {
        Some(until) => format!("{} ms left", until.saturating_sub(server.time.millis)),
        None => "for ever".into(),
    }
}

/// The sections as text, as [`crate::tools::scenario::structures`] draws those of Pub/Sub.
///
/// ```text
/// database 0
///   tickets (string, int) ─► 0
/// watched_keys
///   tickets ─► B
/// ```
pub fn draw(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        text.push_str(&format!("{}\n", section.title));
        for entry in section.entries.values().take(MOST_LINES) {
            let _ = write!(text, "  {}", entry.name);
            let between = match section.links {
                Links::Both => " ⇄ ",
                Links::Next => " ─► ",
                Links::None => ", ",
            };
            for (at, cell) in entry.cells.iter().take(MOST_WORDS).enumerate() {
                let _ = write!(text, "{}{cell}", if at == 0 { " ─► " } else { between });
            }
            let hidden = entry.cells.len().saturating_sub(MOST_WORDS);
            text.push_str(&if hidden > 0 { format!(" … {hidden} more\n") } else { "\n".into() });
        }
        let hidden = section.more + section.entries.len().saturating_sub(MOST_LINES);
        if hidden > 0 {
            text.push_str(&format!("  … {hidden} more\n"));
        }
    }
    text
}
