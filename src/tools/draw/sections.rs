//! The rest of the server's memory, as the figures show it: what is in the databases, who waits for a key, who watches one,
//! what is queued for EXEC, what a group has given out, which scripts are kept.
//!
//! Redis has no counterpart. Each of them is a dict: names, and what each name leads to, copied out of the server and put
//! into words.

use super::section::{Cell, Entry, Links, MOST_PARTS, Section, section};
use super::{skiplists, streams};
use crate::base::ids::ClientKey;
use crate::keyspace::listpack;
use crate::keyspace::value::Value;
use crate::keyspace::{Database, Item};
use crate::resp::owned::OwnedRequest;
use crate::server::Server;
use crate::steps::readable;
use crate::text::double;
use std::fmt::Write;

/// The most names of a dict, and the most parts of what each leads to, in a drawing of text.
const MOST_LINES: usize = 40;
const MOST_WORDS: usize = 20;

/// What is not empty. `client` tells the scenario's name for a client, `clients` all of them.
pub fn sections(
    server: &Server,
    client: &impl Fn(ClientKey) -> String,
    clients: &[(&str, ClientKey)],
) -> Vec<Section> {
    let mut all = databases(server);
    all.extend(expiring(server));
    all.extend(expiring_fields(server));
    all.extend(streams::sections(server));
    all.extend(skiplists::sections(server));
    all.push(section(
        2,
        "watched_keys",
        "a dict: each watched key and who watches it",
        Links::Next,
        server.watchers.watched().map(|(db, key, watching)| {
            let cells = watching.map(|key| Cell::new(client(key), "")).collect();
            let nouns = ["watched key", "watching client"];
            (db_key(db, key), Entry { nouns, name: key_cell(db, key), cells })
        }),
    ));
    all.push(section(
        3,
        "transactions",
        "what each client has queued since MULTI",
        Links::Next,
        clients.iter().filter_map(|(name, key)| Some((name.as_bytes().to_vec(), queue(server, name, *key)?))),
    ));
    all.push(section(
        4,
        "blocking_keys",
        "a dict: each key that is waited for and who waits, the longest first",
        Links::Next,
        server.blocking.waiting().map(|(db, key, waiting)| {
            let cells = waiting.map(|key| Cell::new(client(key), deadline(server, key))).collect();
            let nouns = ["awaited key", "waiting client"];
            (db_key(db, key), Entry { nouns, name: key_cell(db, key), cells })
        }),
    ));
    all.extend(tracking(server, client));
    all.push(section(
        5,
        "scripts",
        "a dict: the SHA-1 of each text, and the text compiled",
        Links::None,
        server.kept_scripts().map(|(sha, loaded, bytes)| {
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
        server.kept_libraries().map(|(library, bytes, functions)| {
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
fn tracking(server: &Server, client: &impl Fn(ClientKey) -> String) -> [Section; 2] {
    let name = |name: &[u8]| Cell::new(readable(name), "");
    let table = server.tracking.table.iter().map(|(key, readers)| {
        let cells = readers.map(|reader| Cell::new(client(reader), "")).collect();
        (key.to_vec(), Entry { nouns: ["tracked key", "reader"], name: name(key), cells })
    });
    let prefixes = server.tracking.prefixes.iter().map(|(prefix, clients)| {
        let cells = clients.map(|key| Cell::new(client(key), "")).collect();
        (prefix.to_vec(), Entry { nouns: ["prefix", "client"], name: name(prefix), cells })
    });
    let gloss = "a dict: each key and the clients that may hold its value";
    [
        section(6, "tracking_table", gloss, Links::Both, table),
        section(
            7,
            "tracking_prefixes",
            "the clients that asked for keys by how they begin",
            Links::None,
            prefixes,
        ),
    ]
}

/// Tells keys of several databases apart, and keeps them in order.
fn db_key(db: u32, key: &[u8]) -> Vec<u8> {
    [&db.to_be_bytes(), key].concat()
}

fn key_cell(db: u32, key: &[u8]) -> Cell {
    Cell::new(readable(key), if db == 0 { String::new() } else { format!("in database {db}") })
}

fn databases(server: &Server) -> Vec<Section> {
    let now = (server.time.unix_micros / 1000) as i64;
    let of = |(db, database): (u32, &Database)| {
        let entries = database.iter().map(|(key, item)| {
            let name = Cell::new(readable(key), remark(item, now));
            let cells = parts(&item.value, now);
            (key.to_vec(), Entry { nouns: ["key", part_noun(&item.value)], name, cells })
        });
        let gloss = "a dict: each key and its value";
        section(0, format!("database {db}"), gloss, Links::None, entries.collect::<Vec<_>>().into_iter())
    };
    server.keyspace.in_use().map(of).collect()
}

/// The keys of each database that expire.
fn expiring(server: &Server) -> impl Iterator<Item = Section> + '_ {
    let now = (server.time.unix_micros / 1000) as i64;
    server.keyspace.in_use().map(move |(db, database)| {
        let entries = database.expiry_times().map(|(at, key)| {
            let name = Cell::new(format!("in {} ms", at.saturating_sub(now).max(0)), "");
            let order = [&at.to_be_bytes(), key].concat();
            let cells = vec![Cell::new(readable(key), "")];
            (order, Entry { nouns: ["expiry time", ""], name, cells })
        });
        let title = if db == 0 { "expiring".into() } else { format!("expiring in database {db}") };
        section(0, title, "a set: when each key expires, the next one first", Links::None, entries)
    })
}

/// The hashes of each database that have fields that expire.
fn expiring_fields(server: &Server) -> impl Iterator<Item = Section> + '_ {
    let now = (server.time.unix_micros / 1000) as i64;
    server.keyspace.in_use().map(move |(db, database)| {
        let entries = database.field_expiry_times().map(|(at, key)| {
            let name = Cell::new(format!("in {} ms", at.saturating_sub(now).max(0)), "");
            let order = [&at.to_be_bytes(), key].concat();
            let cells = vec![Cell::new(readable(key), "")];
            (order, Entry { nouns: ["expiry time of a field", ""], name, cells })
        });
        let title =
            if db == 0 { "expiring_fields".into() } else { format!("expiring_fields in database {db}") };
        let gloss = "a set: when the next field of each hash expires, the earliest first";
        section(0, title, gloss, Links::None, entries)
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
fn parts(value: &Value, now: i64) -> Vec<Cell> {
    let plain = |text: String| Cell::new(text, "");
    let (cells, count): (Vec<Cell>, usize) = match value {
        Value::String(string) => (vec![plain(readable(&string.bytes()))], 1),
        Value::List(list) => {
            let elements = list.iter().take(MOST_PARTS).map(|element| plain(readable(&element.to_vec())));
            (elements.collect(), list.len())
        }
        Value::Hash(hash) => {
            let pair = |(field, value, time): (listpack::Entry<'_>, listpack::Entry<'_>, Option<i64>)| {
                let left = time.map(|time| format!("{} ms left", time.saturating_sub(now).max(0)));
                let pair = format!("{}: {}", readable(&field.to_vec()), readable(&value.to_vec()));
                Cell::new(pair, left.unwrap_or_default())
            };
            (hash.iter_with_times().take(MOST_PARTS).map(pair).collect(), hash.len())
        }
        Value::Set(set) => {
            let members = set.iter().take(MOST_PARTS).map(|member| plain(readable(&member.to_vec())));
            (members.collect(), set.len())
        }
        Value::Zset(zset) => {
            let pair = |(member, score): (listpack::Entry<'_>, f64)| {
                plain(format!("{}: {}", readable(&double::text(score)), readable(&member.to_vec())))
            };
            (zset.iter().take(MOST_PARTS).map(pair).collect(), zset.len())
        }
        Value::Stream(stream) => (streams::entries(stream), stream.log.len() as usize),
    };
    let hidden = count.saturating_sub(cells.len());
    let rest = (hidden > 0).then(|| plain(format!("… and {hidden} more")));
    cells.into_iter().chain(rest).collect()
}

/// What a client has queued, if it has sent MULTI; nothing, if a key that it watched has changed before that.
fn queue(server: &Server, name: &str, client: ClientKey) -> Option<Entry> {
    let transaction = server.clients.get(client)?.transaction.as_deref()?;
    let cell = |request: &OwnedRequest| {
        let words: Vec<String> = request.request().from(0).map(readable).collect();
        Cell::new(words.join(" "), "")
    };
    if transaction.queue.is_none() && !transaction.touched {
        return None;
    }
    let cells = transaction.queue.iter().flatten().map(|(_, request)| cell(request)).collect();
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
        let hidden = section.entries.len().saturating_sub(MOST_LINES);
        if hidden > 0 {
            text.push_str(&format!("  … {hidden} more\n"));
        }
    }
    text
}
