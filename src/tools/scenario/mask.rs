//! The one table of what is different at every run or from build to build, and is therefore not compared: ids, addresses,
//! ages, sizes, times, versions.
//!
//! An id or address that belongs to a client of the scenario is not hidden but named: `id=7 addr=127.0.0.1:51234` becomes
//! `id={A.id} addr={A.addr}`. So a wrong id is still seen.
//!
//! | where | masked |
//! |---|---|
//! | HELLO | `version`, `id`, `modules` (Redis 8 has its vector sets there) |
//! | CLIENT ID | as many replies as there are requests, if they are the asking client's own id |
//! | CLIENT GETREDIR, CLIENT TRACKINGINFO | the id of the client that is told instead is named |
//! | CLIENT LIST, CLIENT INFO | the fields not in [`CLIENT_FIELDS`]; the runner's own line is left out |
//! | INFO | sections not in [`INFO_SECTIONS`] and fields not in [`INFO_FIELDS`] are left out; times in `cmdstat_…`; [`RUNNERS_COMMANDS`] |
//! | MONITOR | time and address; what the runner itself sent is left out |
//! | TIME | both numbers |
//! | SLOWLOG GET | id (the runner's CLIENT LIST counts), time, duration, address |
//! | COMMAND COUNT | the number |
//! | XPENDING, XINFO | since when an entry is pending, how long a consumer was idle |
//! | PUBSUB SUBSCRIBERS, PUBSUB EXPLAIN | ids and addresses, the cursor too, are named (not in Redis) |

use super::frame::Frame;
use super::order::begins;
use super::subject::{BARRIER, Identity};
use super::words::Request;

/// The fields of a CLIENT LIST line that are compared, value and all.
pub const CLIENT_FIELDS: &[&str] = &[
    "id", "addr", "name", "flags", "db", "sub", "psub", "ssub", "multi", "watch", "cmd", "user", "redir",
    "resp", "lib-name", "lib-ver",
];

/// The sections of INFO that are compared.
pub const INFO_SECTIONS: &[&str] =
    &["# Server", "# Clients", "# Memory", "# Stats", "# Replication", "# Commandstats", "# Keyspace"];

/// The fields of INFO that are compared, besides all `cmdstat_…` and `db0`, `db1`….
pub const INFO_FIELDS: &[&str] = &[
    "redis_mode",
    "connected_clients",
    "maxclients",
    "blocked_clients",
    "total_blocking_keys",
    "total_blocking_keys_on_nokey",
    "tracking_clients",
    "tracking_total_keys",
    "tracking_total_items",
    "tracking_total_prefixes",
    "pubsub_clients",
    "watching_clients",
    "rejected_connections",
    "pubsub_channels",
    "pubsub_patterns",
    "pubsubshard_channels",
    "client_output_buffer_limit_disconnections",
    "client_query_buffer_limit_disconnections",
    "role",
    "connected_slaves",
];

/// Lines of INFO commandstats that are not compared: the runner asks for CLIENT LIST itself, and `cutaway check` resets the
/// statistics of a running server before each scenario.
pub const RUNNERS_COMMANDS: &[&str] = &["cmdstat_client|list", "cmdstat_config|resetstat"];

/// The frames `client` received, masked; `requests` are those of its own whose replies are among them.
pub fn mask(
    frames: Vec<Frame>,
    client: &str,
    requests: &[Request],
    identities: &[(Identity, String)],
) -> Vec<Frame> {
    let own: Vec<_> = identities.iter().filter(|(_, name)| name == client).cloned().collect();
    let asked = |words: &[&str]| requests.iter().any(|request| begins(request, words));
    let mut ids_asked = requests.iter().filter(|request| begins(request, &["client", "id"])).count();
    let mut masked = Vec::with_capacity(frames.len());
    for frame in frames {
        let frame = match frame {
            Frame::Text(b'+', text) => match monitor_line(&text, identities) {
                Monitored::Other => Frame::Text(b'+', text),
                Monitored::Fence => continue,
                Monitored::Line(line) => Frame::Text(b'+', line),
            },
            Frame::Text(b':', number) if ids_asked > 0 => {
                let name = name_of_id(&number, &own);
                ids_asked -= usize::from(name != number);
                Frame::Text(b':', name)
            }
            Frame::Text(b':', _) if asked(&["command", "count"]) => Frame::Text(b':', b"<count>".into()),
            Frame::Text(b':', number) if asked(&["client", "getredir"]) => {
                Frame::Text(b':', name_of_id(&number, identities))
            }
            Frame::Blob(kind, text) if text.starts_with(b"id=") || text.starts_with(b"txt:id=") => {
                Frame::Blob(kind, client_lines(&text, identities))
            }
            Frame::Blob(kind, text)
                if asked(&["info"]) && (text.starts_with(b"# ") || text.starts_with(b"txt:# ")) =>
            {
                Frame::Blob(kind, info(&text))
            }
            Frame::Aggregate(kind, items) if is_hello(&items) => {
                Frame::Aggregate(kind, hello(items, identities))
            }
            Frame::Aggregate(kind, items) if tells_redirection(&items) => {
                Frame::Aggregate(kind, items.into_iter().map(|item| redirection(item, identities)).collect())
            }
            frame @ Frame::Aggregate(..) if asked(&["pubsub", "subscribers"]) => {
                subscribers(frame, identities)
            }
            frame @ Frame::Aggregate(..) if asked(&["pubsub", "explain"]) => explanation(frame, identities),
            Frame::Aggregate(kind, items) if asked(&["time"]) && items.len() == 2 => {
                Frame::Aggregate(kind, vec![Frame::bulk("<seconds>"), Frame::bulk("<microseconds>")])
            }
            Frame::Aggregate(kind, items) if asked(&["slowlog", "get"]) => Frame::Aggregate(
                kind,
                items.into_iter().map(|entry| slowlog_entry(entry, identities)).collect(),
            ),
            frame @ Frame::Aggregate(..) if asked(&["xpending"]) || asked(&["xinfo"]) => stream_ages(frame),
            other => other,
        };
        masked.push(frame);
    }
    masked
}

/// Whether these are the items of HELLO's reply.
pub fn is_hello(items: &[Frame]) -> bool {
    let names: Vec<Option<&[u8]>> = items.iter().step_by(2).map(Frame::as_bulk).collect();
    names.starts_with(&[Some(b"server"), Some(b"version"), Some(b"proto"), Some(b"id")])
}

/// Whether these are the items of CLIENT TRACKINGINFO's reply, or of the push that the client is gone that was to be told.
fn tells_redirection(items: &[Frame]) -> bool {
    let name = |at: usize| items.get(at).and_then(Frame::as_bulk);
    name(0) == Some(b"tracking-redir-broken") || (name(0) == Some(b"flags") && name(2) == Some(b"redirect"))
}

fn redirection(item: Frame, identities: &[(Identity, String)]) -> Frame {
    match item {
        Frame::Text(b':', number) => Frame::Text(b':', name_of_id(&number, identities)),
        item => item,
    }
}

fn hello(mut items: Vec<Frame>, identities: &[(Identity, String)]) -> Vec<Frame> {
    items[3] = Frame::bulk("<version>");
    if let Some(Frame::Text(b':', id)) = items.get(7) {
        items[7] = Frame::Text(b':', name_of_id(id, identities));
    }
    if items.len() == 14 {
        items[13] = Frame::bulk("<modules>");
    }
    items
}

/// The cursor, which is an id or 0, and a map for each subscriber.
fn subscribers(frame: Frame, identities: &[(Identity, String)]) -> Frame {
    let Frame::Aggregate(kind, mut parts) = frame else { return frame };
    if let [cursor, Frame::Aggregate(_, rows)] = &mut parts[..] {
        name_id(cursor, identities);
        for row in rows {
            let Frame::Aggregate(_, fields) = row else { continue };
            if let Some(id) = value_of(fields, b"id") {
                name_id(id, identities);
            }
            if let Some(Frame::Blob(_, addr)) = value_of(fields, b"addr") {
                *addr = name_of_addr(&String::from_utf8_lossy(addr), identities).into_bytes();
            }
        }
    }
    Frame::Aggregate(kind, parts)
}

/// The list of clients, and the first of each receiver's values.
fn explanation(frame: Frame, identities: &[(Identity, String)]) -> Frame {
    let Frame::Aggregate(kind, mut fields) = frame else { return frame };
    if let Some(Frame::Aggregate(_, ids)) = value_of(&mut fields, b"clients") {
        ids.iter_mut().for_each(|id| name_id(id, identities));
    }
    if let Some(Frame::Aggregate(_, receivers)) = value_of(&mut fields, b"receivers") {
        for receiver in receivers {
            if let Frame::Aggregate(_, values) = receiver
                && let Some(id) = values.first_mut()
            {
                name_id(id, identities);
            }
        }
    }
    Frame::Aggregate(kind, fields)
}

/// The value of a field of a map, which is an array of pairs in RESP2.
fn value_of<'a>(fields: &'a mut [Frame], name: &[u8]) -> Option<&'a mut Frame> {
    let at = fields.iter().step_by(2).position(|field| field.as_bulk() == Some(name))?;
    fields.get_mut(at * 2 + 1)
}

fn name_id(frame: &mut Frame, identities: &[(Identity, String)]) {
    if let Frame::Text(b':', number) = frame {
        *number = name_of_id(number, identities);
    }
}

/// `{A.id}`, or the number itself if it is nobody's: that will show.
fn name_of_id(number: &[u8], identities: &[(Identity, String)]) -> Vec<u8> {
    let known = identities.iter().find(|(identity, _)| identity.id.to_string().as_bytes() == number);
    known.map_or_else(|| number.to_vec(), |(_, name)| format!("{{{name}.id}}").into_bytes())
}

fn name_of_addr(addr: &str, identities: &[(Identity, String)]) -> String {
    let known = identities.iter().rev().find(|(identity, _)| identity.addr == addr);
    known.map_or_else(|| addr.to_string(), |(_, name)| format!("{{{name}.addr}}"))
}

/// CLIENT LIST and CLIENT INFO: one client a line.
fn client_lines(text: &[u8], identities: &[(Identity, String)]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let (sign, lines) = text.strip_prefix("txt:").map_or(("", &*text), |lines| ("txt:", lines));
    let mut masked = sign.to_string();
    let own = format!("addr={{{BARRIER}.addr}}");
    for line in lines.lines() {
        let fields: Vec<String> =
            line.split(' ').filter_map(|field| client_field(field, identities)).collect();
        if !fields.contains(&own) {
            masked.push_str(&fields.join(" "));
            masked.push('\n');
        }
    }
    masked.into_bytes()
}

fn client_field(field: &str, identities: &[(Identity, String)]) -> Option<String> {
    let (name, value) = field.split_once('=').unwrap_or((field, ""));
    match name {
        "id" => Some(format!("id={}", String::from_utf8_lossy(&name_of_id(value.as_bytes(), identities)))),
        "redir" => {
            Some(format!("redir={}", String::from_utf8_lossy(&name_of_id(value.as_bytes(), identities))))
        }
        "addr" => Some(format!("addr={}", name_of_addr(value, identities))),
        name if CLIENT_FIELDS.contains(&name) => Some(field.to_string()),
        _ => None,
    }
}

/// INFO, also as RESP3's verbatim string.
fn info(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let (sign, lines) = text.strip_prefix("txt:").map_or(("", &*text), |lines| ("txt:", lines));
    let mut masked = sign.to_string();
    let mut kept = true;
    for line in lines.lines().filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            kept = INFO_SECTIONS.contains(&line);
        }
        let name = line.split(':').next().unwrap_or_default();
        let compared = line.starts_with('#')
            || INFO_FIELDS.contains(&name)
            || (name.starts_with("cmdstat_") && !RUNNERS_COMMANDS.contains(&name))
            || name.strip_prefix("db").is_some_and(|number| number.parse::<u32>().is_ok());
        if kept && compared {
            let values: Vec<&str> = line.split(',').filter(|value| !is_a_time(value)).collect();
            masked.push_str(&values.join(","));
            masked.push_str("\r\n");
        }
    }
    masked.into_bytes()
}

/// The parts of `cmdstat_…` and `db…` that are times, or that only newer servers have.
fn is_a_time(value: &str) -> bool {
    ["usec=", "usec_per_call=", "avg_ttl=", "subexpiry="].iter().any(|name| value.starts_with(name))
}

/// What a simple string is to MONITOR.
enum Monitored {
    /// No line of MONITOR.
    Other,
    /// A line about the runner's own connection.
    Fence,
    Line(Vec<u8>),
}

/// `1795220371.450054 [0 127.0.0.1:59030] "PUBLISH" …`
fn monitor_line(text: &[u8], identities: &[(Identity, String)]) -> Monitored {
    let text = String::from_utf8_lossy(text);
    let parts = text.split_once(" [").and_then(|(time, rest)| Some((time, rest.split_once("] ")?)));
    let Some((time, (place, command))) = parts else { return Monitored::Other };
    if time.is_empty() || !time.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Monitored::Other;
    }
    let (db, addr) = place.split_once(' ').unwrap_or((place, ""));
    let name = name_of_addr(addr, identities);
    if name == format!("{{{BARRIER}.addr}}") {
        return Monitored::Fence;
    }
    Monitored::Line(format!("<time> [{db} {name}] {command}").into_bytes())
}

/// Pending entries are `id, consumer, time, deliveries` or `id, time, deliveries`; the times of consumers have names.
fn stream_ages(frame: Frame) -> Frame {
    let Frame::Aggregate(kind, items) = frame else { return frame };
    let mut items: Vec<Frame> = items.into_iter().map(stream_ages).collect();
    let number = |item: &Frame| matches!(item, Frame::Text(b':', text) if text != b"-1");
    let times: [&[u8]; 4] = [b"idle", b"inactive", b"seen-time", b"active-time"];
    for at in 1..items.len() {
        if items[at - 1].as_bulk().is_some_and(|name| times.contains(&name)) && number(&items[at]) {
            items[at] = Frame::Text(b':', b"<ms>".into());
        }
    }
    if let [id, .., time, deliveries] = &mut items[..]
        && id.as_bulk().is_some()
        && number(time)
        && number(deliveries)
    {
        *time = Frame::Text(b':', b"<ms>".into());
    }
    Frame::Aggregate(kind, items)
}

/// `id, time, duration, arguments, address, name`
fn slowlog_entry(entry: Frame, identities: &[(Identity, String)]) -> Frame {
    let Frame::Aggregate(kind, mut items) = entry else { return entry };
    if items.len() == 6 {
        items[0] = Frame::Text(b':', b"<id>".into());
        items[1] = Frame::Text(b':', b"<time>".into());
        items[2] = Frame::Text(b':', b"<microseconds>".into());
        if let Some(addr) = items[4].as_bulk() {
            items[4] = Frame::bulk(name_of_addr(&String::from_utf8_lossy(addr), identities));
        }
    }
    Frame::Aggregate(kind, items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::scenario::frame::split;
    use crate::tools::scenario::words;

    #[test]
    fn each_row_of_the_table() {
        let identity = |id, addr: &str, name: &str| (Identity { id, addr: addr.into() }, name.to_string());
        let bulk = |text: &str| format!("${}\r\n{text}\r\n", text.len());
        let identities = [identity(3, "127.0.0.1:1", BARRIER), identity(7, "127.0.0.1:2", "A")];
        let cases: &[(&str, &str, &[&str])] = &[
            (
                "HELLO",
                "*8\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$1\r\n8\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:7\r\n",
                &["*8 \"server\" \"redis\" \"version\" \"<version>\" \"proto\" :2 \"id\" :{A.id}"],
            ),
            ("CLIENT ID", ":7\r\n", &[":{A.id}"]),
            ("client id", ":8\r\n", &[":8"]),
            ("PUBLISH a b", ":7\r\n", &[":7"]),
            (
                "CLIENT LIST",
                &bulk("id=3 addr=127.0.0.1:1 fd=8 name= cmd=x\nid=7 addr=127.0.0.1:2 fd=9 name=a\n"),
                &["\"id={A.id} addr={A.addr} name=a\\n\""],
            ),
            (
                "INFO",
                &bulk(
                    "# Stats\r\nkeyspace_hits:1\r\npubsub_channels:2\r\n\r\n# CPU\r\na:1\r\n# Keyspace\r\ndb0:keys=1,avg_ttl=3\r\n",
                ),
                &["\"# Stats\\r\\npubsub_channels:2\\r\\n# Keyspace\\r\\ndb0:keys=1\\r\\n\""],
            ),
            (
                "MONITOR",
                "+OK\r\n+1.5 [0 127.0.0.1:2] \"GET\" \"a\"\r\n+1.5 [0 127.0.0.1:1] \"PING\"\r\n",
                &["+OK", "+<time> [0 {A.addr}] \"GET\" \"a\""],
            ),
            ("TIME", "*2\r\n$1\r\n1\r\n$1\r\n2\r\n", &["*2 \"<seconds>\" \"<microseconds>\""]),
            (
                "SLOWLOG GET",
                "*1\r\n*6\r\n:0\r\n:9\r\n:8\r\n*1\r\n$4\r\nPING\r\n$11\r\n127.0.0.1:2\r\n$0\r\n\r\n",
                &["*1 *6 :<id> :<time> :<microseconds> *1 \"PING\" \"{A.addr}\" \"\""],
            ),
            ("COMMAND COUNT", ":241\r\n", &[":<count>"]),
            (
                "XPENDING s g - + 1",
                "*1\r\n*4\r\n$3\r\n1-1\r\n$1\r\nc\r\n:1762\r\n:3\r\n",
                &["*1 *4 \"1-1\" \"c\" :<ms> :3"],
            ),
            (
                "XINFO CONSUMERS s g",
                "*1\r\n*6\r\n$4\r\nname\r\n$1\r\nc\r\n$4\r\nidle\r\n:7\r\n$8\r\ninactive\r\n:-1\r\n",
                &["*1 *6 \"name\" \"c\" \"idle\" :<ms> \"inactive\" :-1"],
            ),
            (
                "PUBSUB SUBSCRIBERS a",
                "*2\r\n:7\r\n*1\r\n*6\r\n$2\r\nid\r\n:7\r\n$4\r\naddr\r\n$11\r\n127.0.0.1:2\r\n$4\r\nowed\r\n:7\r\n",
                &["*2 :{A.id} *1 *6 \"id\" :{A.id} \"addr\" \"{A.addr}\" \"owed\" :7"],
            ),
            (
                "PUBSUB EXPLAIN a",
                "%3\r\n$7\r\nclients\r\n*1\r\n:7\r\n$9\r\nreceivers\r\n*1\r\n*1\r\n:7\r\n$5\r\nreply\r\n:7\r\n",
                &["%3 \"clients\" *1 :{A.id} \"receivers\" *1 *1 :{A.id} \"reply\" :7"],
            ),
        ];
        for (request, bytes, expected) in cases {
            let frames = mask(split(bytes.as_bytes()), "A", &[words::split(request).unwrap()], &identities);
            assert_eq!(
                frames.iter().map(|frame| frame.print(" ")).collect::<Vec<_>>(),
                *expected,
                "{request}"
            );
        }
    }
}
