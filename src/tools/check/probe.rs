//! Finds out, before anything is played, who the server is, what it can take, and whether it may be disturbed.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::keys;
use super::lack::Unknown;
use super::options::Options;
use super::selection::Entry;
use crate::tools::scenario::frame::Frame;
use crate::tools::scenario::order::begins;
use crate::tools::scenario::socket::{PING, UNKNOWN};
use crate::tools::scenario::subject::BARRIER;
use crate::tools::scenario::words::Request;
use crate::tools::scenario::{Capabilities, PlayError, Scenario, Socket, Target};

/// A client that has left may be listed for so long.
const LEAVING: Duration = Duration::from_millis(500);

/// The time between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// What is known of the server.
pub struct About {
    /// Where it is.
    pub address: SocketAddr,
    /// What it can take.
    pub capabilities: Capabilities,
    /// How it calls itself, e.g. `valkey 8.1.1`; nothing, if it has no INFO.
    pub name: Option<String>,
    /// Its `run_id`, which is another after each start.
    pub run_id: Option<String>,
    /// How it answers a command that no server knows.
    pub unknown: Unknown,
    /// It answers CONFIG GET *.
    pub has_config: bool,
    /// It answers PUBSUB CHANNELS and PUBSUB NUMPAT.
    pub tells_subscriptions: bool,
    /// It has a config file, which CONFIG REWRITE would change.
    pub config_file: bool,
    /// It no longer takes connections.
    pub gone: bool,
}

impl About {
    /// Whether it says that it is Valkey.
    pub fn is_valkey(&self) -> bool {
        self.name.as_ref().is_some_and(|name| name.starts_with("valkey "))
    }
}

/// Asks. The error says why the server cannot be checked.
pub fn probe(options: &Options, address: SocketAddr, entries: &[Entry]) -> Result<About, String> {
    let broken = |trouble: PlayError| format!("{}: {trouble}", options.server);
    let careful = Capabilities { barrier: PING, lists_clients: false, timeout: options.timeout };
    let connect =
        |capabilities: &Capabilities| Socket::with_manners(address, capabilities.clone()).map_err(broken);

    // Each question on a connection of its own: a wrong one may cost the connection.
    let survives = |question: &[&[u8]]| -> Result<Option<Frame>, String> {
        let mut socket = connect(&careful)?;
        let Ok(answer) = socket.ask(question) else { return Ok(None) };
        let alive = socket.ask(PING).is_ok();
        // If it does not close, the first scenario will tell.
        let _ = socket.close();
        Ok(alive.then_some(answer))
    };
    if survives(PING)?
        .is_some_and(|answer| matches!(&answer, Frame::Text(b'-', text) if text.starts_with(b"NOAUTH")))
    {
        return Err(format!(
            "{0} wants a password; start one without. If it had none, a check that was killed has left its own, `secret`: \
             `redis-cli -u redis://:secret@{0} CONFIG SET requirepass \"\"` takes it away",
            options.server
        ));
    }
    let (unknown, survived) = unknown(connect(&careful)?);
    let barrier = if survived && matches!(unknown, Unknown::Error { .. }) { UNKNOWN } else { PING };
    let clients = survives(&[b"CLIENT", b"LIST"])?;
    let lists_clients = matches!(&clients, Some(Frame::Blob(..)));
    let capabilities = Capabilities { barrier, lists_clients, ..careful.clone() };
    let info = match survives(&[b"INFO", b"server"])? {
        Some(Frame::Blob(_, text)) => fields(&String::from_utf8_lossy(&text)),
        _ => BTreeMap::new(),
    };

    let has_config = matches!(survives(&[b"CONFIG", b"GET", b"*"])?, Some(Frame::Aggregate(b'*', items)) if !items.is_empty());
    let tells_subscriptions = matches!(survives(&[b"PUBSUB", b"CHANNELS"])?, Some(Frame::Aggregate(..)))
        && matches!(survives(&[b"PUBSUB", b"NUMPAT"])?, Some(Frame::Text(b':', _)));

    let mut socket = connect(&capabilities)?;
    alone(&mut socket).map_err(|error| format!("{}: {error}", options.server))?;
    keys::may_be_emptied(&mut socket, options.flush, entries)
        .map_err(|error| format!("{}: {error}", options.server))?;
    socket.close().map_err(broken)?;
    let run_id = info.get("run_id").cloned();
    let config_file = info.get("config_file").is_some_and(|file| !file.is_empty());
    Ok(About {
        address,
        capabilities,
        name: name(&info),
        run_id,
        unknown,
        has_config,
        tells_subscriptions,
        config_file,
        gone: false,
    })
}

/// How the server answers a command that no server knows, and whether the connection survives it.
fn unknown(mut socket: Socket) -> (Unknown, bool) {
    let name = String::from_utf8_lossy(UNKNOWN[0]).into_owned();
    let outcome = match socket.ask(UNKNOWN) {
        Ok(reply) => (Unknown::of(&name, Some(&reply)), socket.ask(PING).is_ok()),
        // Without a reply in time the connection is still there.
        Err(_) if socket.ask(PING).is_ok() => (Unknown::Silent, false),
        Err(_) => (Unknown::of(&name, None), false),
    };
    // If it does not close, the first scenario will tell.
    let _ = socket.close();
    outcome
}

/// The first address of `HOST:PORT` that somebody listens on.
pub fn address(server: &str) -> Result<SocketAddr, String> {
    let all = server
        .to_socket_addrs()
        .map_err(|error| format!("`{server}` is no HOST:PORT that can be found: {error}"))?;
    let mut why = "no address".to_string();
    for address in all {
        match TcpStream::connect_timeout(&address, Capabilities::default().timeout) {
            Ok(_) => return Ok(address),
            Err(error) => why = error.to_string(),
        }
    }
    Err(format!("cannot connect to {server}: {why}"))
}

/// The scenarios count clients and kill them, so nobody else may be there. A server without CLIENT LIST is believed.
fn alone(socket: &mut Socket) -> Result<(), String> {
    let Some(own) = socket.identity(BARRIER) else { return Ok(()) };
    let own = format!("addr={}", own.addr);
    let started = Instant::now();
    loop {
        let Ok(Frame::Blob(_, list)) = socket.ask(&[b"CLIENT", b"LIST"]) else { return Ok(()) };
        let list = String::from_utf8_lossy(&list);
        let mut others = list.lines().filter(|line| !line.split(' ').any(|field| field == own));
        let Some(first) = others.next() else { return Ok(()) };
        if started.elapsed() > LEAVING {
            return Err(format!(
                "{} other client(s) are connected, and the scenarios count and kill clients; use a server of its own. The first: {first}",
                others.count() + 1
            ));
        }
        sleep(LOOK);
    }
}

/// What subscriptions the server still counts although nobody is there; nothing, if all is well. A scenario that asks for such
/// counts then differs for what an earlier one has left.
pub fn left_over(socket: &mut Socket, about: &About, scenario: &Scenario) -> Option<String> {
    let asks = |request: &Request| begins(request, &["pubsub"]) || begins(request, &["info"]);
    if !about.tells_subscriptions || !scenario.requests().any(asks) {
        return None;
    }
    let (channels, patterns) =
        (socket.try_ask(&[b"PUBSUB", b"CHANNELS"])?, socket.try_ask(&[b"PUBSUB", b"NUMPAT"])?);
    let channels = if let Frame::Aggregate(_, items) = channels { items.len() } else { 0 };
    let patterns = patterns.print("");
    (channels > 0 || patterns != ":0").then(|| {
        format!(
            "before it began, the server already counted {channels} channel(s) and {} pattern(s), of clients that have left",
            patterns.trim_start_matches(':')
        )
    })
}

/// `name:value` lines.
fn fields(info: &str) -> BTreeMap<String, String> {
    info.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.into(), value.trim().into()))
        .collect()
}

/// The server's own name and version: forks say `redis_version` for compatibility, and theirs beside it.
fn name(info: &BTreeMap<String, String>) -> Option<String> {
    let versions =
        info.iter().filter_map(|(field, version)| Some((field.strip_suffix("_version")?, version)));
    let (name, version) =
        versions.filter(|(name, _)| *name != "gcc").min_by_key(|(name, _)| *name == "redis")?;
    Some(format!("{name} {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_called_by_its_own_name() {
        let cases = [
            ("redis_version:8.0.2\r\ngcc_version:14.2.0\r\n", Some("redis 8.0.2")),
            ("redis_version:7.2.4\r\nvalkey_version:8.1.1\r\ngcc_version:1\r\n", Some("valkey 8.1.1")),
            ("# Server\r\n", None),
        ];
        for (info, expected) in cases {
            assert_eq!(name(&fields(info)).as_deref(), expected);
        }
    }
}
