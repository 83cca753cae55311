//! Files of Redis 8.0 and 7.0 and of Valkey 8.1 loaded here, and files of this server loaded there: the same keys, times, groups
//! and functions.
//!
//! Redis 7.0 refuses version 11 of snapshots, which is the least that this server writes: for it the append-only file has a base
//! of commands.
//!
//! `CUTAWAY_SEED=7` makes others.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;

use cutaway::tools::scenario::frame::{Frame, split};
use cutaway::tools::scenario::words::Request;

use super::commands::values::{Chance, value};
use super::machine::encode;
use super::reference_server::{Kind, ReferenceServer, find};
use super::running::{PATIENCE, Running, cutaway};

/// How many keys a server is given.
const KEYS: usize = 60;

/// Which files a server keeps.
#[derive(Clone, Copy, Debug)]
enum Files {
    Snapshot,
    /// An append-only file whose base is a snapshot, or commands.
    Log {
        preamble: &'static str,
    },
}

impl Files {
    fn settings(self, directory: &Path) -> Vec<(String, Vec<String>)> {
        let mut settings = vec![
            ("dir", directory.display().to_string()),
            ("save", String::new()),
            ("enable-debug-command", "yes".into()),
        ];
        if let Files::Log { preamble } = self {
            settings.extend([
                ("appendonly", "yes".into()),
                ("appendfsync", "always".into()),
                ("aof-use-rdb-preamble", preamble.into()),
            ]);
        }
        settings.into_iter().map(|(name, value)| (name.into(), vec![value])).collect()
    }
}

/// What both of two servers know, and say in the same way.
#[derive(Clone, Copy)]
struct Common {
    /// That fields of hashes expire, and how many entries a group has not read, though some were removed.
    is_redis_8: bool,
    /// How DEBUG DIGEST prints a score, and when a consumer was last given something: Redis 7.0 prints 17 digits, and knows only
    /// when it was last seen. And its XREADGROUP does not record how many entries a group has read.
    is_new: bool,
}

impl Common {
    fn of(servers: [Option<Kind>; 2]) -> Common {
        let is_redis_8 = servers.iter().all(|kind| matches!(kind, None | Some(Kind::Redis)));
        Common { is_redis_8, is_new: !servers.contains(&Some(Kind::OldRedis)) }
    }

    /// What XINFO STREAM FULL says that is kept in such files.
    fn kept(self, stream: &str, files: Files) -> String {
        let mut kept = stream.to_string();
        if !self.is_redis_8 {
            kept = without(&kept, "lag");
        }
        if !self.is_new {
            kept = without(&without(&kept, "active-time"), "entries-read");
            kept = kept.replace(" *10 \"name\"", " *8 \"name\"");
        }
        match files {
            Files::Snapshot => kept,
            Files::Log { .. } => kept_by_commands(&kept),
        }
    }
}

/// A server, and one connection to it.
struct Server {
    /// The process: dropping it kills it.
    _here: Option<Running>,
    _there: Option<ReferenceServer>,
    stream: TcpStream,
}

impl Server {
    /// Starts this server (`kind` is None) or another one on a directory. None: there is none.
    fn start(kind: Option<Kind>, files: Files, directory: &Path) -> Option<Server> {
        let settings = files.settings(directory);
        let (here, there, address) = match kind {
            Some(kind) => {
                let server = ReferenceServer::start(&find(kind)?, &settings);
                let address = server.address;
                (None, Some(server), address)
            }
            None => {
                let server = Running::on_free_port(|port| {
                    let mut command = cutaway();
                    command.args(["--port", &port.to_string()]);
                    for (name, words) in &settings {
                        command.arg(format!("--{name}")).args(words);
                    }
                    command
                });
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port));
                (Some(server.with_log_ignored()), None, address)
            }
        };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Server { _here: here, _there: there, stream })
    }

    fn ask(&mut self, request: &[Vec<u8>]) -> Frame {
        self.stream.write_all(&encode(request)).unwrap();
        let (mut buffer, mut piece) = (Vec::new(), [0; 65536]);
        loop {
            let count = self.stream.read(&mut piece).unwrap();
            assert!(count > 0, "closed after {request:?}");
            buffer.extend_from_slice(&piece[..count]);
            let mut frames = split(&buffer);
            if !matches!(frames.last(), Some(Frame::Rest(_))) {
                return frames.remove(0);
            }
        }
    }

    fn say(&mut self, words: &[&str]) -> String {
        let request: Request = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        self.ask(&request).print("")
    }

    /// Fills it with values of each type; half of them are written behind the base of an append-only file. `fields_expire`: some
    /// fields of hashes do.
    fn fill(&mut self, files: Files, fields_expire: bool) {
        let (mut chance, _) = Chance::asked();
        for number in 0..KEYS {
            if number == KEYS / 2 && matches!(files, Files::Log { .. }) {
                self.rewrite();
            }
            self.say(&["SELECT", ["0", "3"][number % 2]]);
            for request in value(&mut chance) {
                let expires = ["HSETEX", "HPERSIST"].iter().any(|name| request[0] == name.as_bytes());
                // Commands that are executed again make a HyperLogLog of the form that is set then; no server
                // records the room that a BITFIELD has made if its number fails; and XCLAIM, which is what a rewrite makes
                // of what is pending, claims no entry that is gone.
                let by_command = matches!(files, Files::Log { .. });
                let lost: [&[u8]; 3] = [b"hll-sparse-max-bytes", b"FAIL", b"XTRIM"];
                let is_lost = |word: &Vec<u8>| lost.contains(&&word[..]);
                if (fields_expire || !expires) && !(by_command && request.iter().any(is_lost)) {
                    self.ask(&request);
                }
            }
            let key = format!("key:{number}");
            self.say(&["RENAME", "k", &key]);
            self.say(&["DEL", "other"]);
            if number % 3 == 0 {
                let at = 33_177_117_420_000 + chance.below(100_000);
                assert_eq!(self.say(&["PEXPIREAT", &key, &at.to_string()]), ":1");
            }
        }
        let library = "#!lua name=l\nredis.register_function('f', function() return 7 end)";
        self.say(&["FUNCTION", "LOAD", library]);
        if let Files::Snapshot = files {
            assert_eq!(self.say(&["SAVE"]), "+OK");
        }
    }

    /// Has a new base made, and waits for it.
    fn rewrite(&mut self) {
        self.say(&["BGREWRITEAOF"]);
        let running = ["aof_rewrite_in_progress:1", "aof_rewrite_scheduled:1"];
        while running.iter().any(|field| self.say(&["INFO", "persistence"]).contains(field)) {
            std::thread::yield_now();
        }
    }

    /// What it says of all that the files keep.
    fn about(&mut self, files: Files, common: Common) -> String {
        let mut lines = vec![self.say(&["FUNCTION", "LIST", "WITHCODE"])];
        for db in ["0", "3"] {
            self.say(&["SELECT", db]);
            lines.push(self.say(&["DBSIZE"]));
            for number in 0..KEYS {
                let key = format!("key:{number}");
                lines.push(match self.say(&["TYPE", &key]).as_str() {
                    "+zset" if !common.is_new => self.members_and_scores(&key),
                    kind => format!("{key} {kind} {}", self.say(&["DEBUG", "DIGEST-VALUE", &key])),
                });
                lines.push(self.say(&["PEXPIRETIME", &key]));
                let stream = self.say(&["XINFO", "STREAM", &key, "FULL", "COUNT", "0"]);
                lines.push(common.kept(&stream, files));
                if common.is_redis_8 {
                    lines.push(self.times_of_fields(&key));
                }
            }
        }
        lines.join("\n")
    }

    /// The members of a sorted set, and their scores as numbers, however they are printed.
    fn members_and_scores(&mut self, key: &str) -> String {
        let members = self.ask(&["ZRANGE", key, "0", "-1", "WITHSCORES"].map(|word| word.into()));
        let Frame::Aggregate(_, members) = members else { panic!("{key}: {members:?}") };
        let words: Vec<&[u8]> = members.iter().filter_map(Frame::as_bulk).collect();
        let score = |text: &[u8]| std::str::from_utf8(text).unwrap().parse::<f64>().unwrap();
        words.chunks(2).map(|pair| format!("{:?} {:?}; ", pair[0], score(pair[1]))).collect()
    }

    /// When each field of a hash expires, in the order of their names.
    fn times_of_fields(&mut self, key: &str) -> String {
        let Frame::Aggregate(_, fields) = self.ask(&[b"HKEYS".to_vec(), key.into()]) else {
            return String::new();
        };
        let mut fields: Request = fields.iter().filter_map(Frame::as_bulk).map(<[u8]>::to_vec).collect();
        if fields.is_empty() {
            return String::new();
        }
        fields.sort();
        let mut request: Request = ["HPEXPIRETIME", key, "FIELDS", &fields.len().to_string()]
            .iter()
            .map(|word| word.as_bytes().to_vec())
            .collect();
        request.append(&mut fields);
        self.ask(&request).print("")
    }
}

/// A reply without the number behind each word like this.
fn without(reply: &str, word: &str) -> String {
    let word = format!(" \"{word}\" ");
    let mut parts = reply.split(&word);
    let first = parts.next().unwrap_or_default().to_string();
    first + &parts.map(|part| part.find(' ').map_or("", |at| &part[at..])).collect::<String>()
}

/// What XINFO says of a stream that comes back by commands: not the shape of its tree, which follows the settings of that moment,
/// nor the lists of consumers, as a consumer that was given nothing is in no command, nor when one was seen. What is pending,
/// and for whom, stands before each list.
fn kept_by_commands(stream: &str) -> String {
    let stream = stream.find("\"last-generated-id\"").map_or(stream, |at| &stream[at..]);
    let mut parts = stream.split("\"consumers\" *");
    let first = parts.next().unwrap_or_default().to_string();
    let groups = parts.map(|part| part.find(" *14 \"name\"").map_or("", |at| &part[at..]));
    first + &groups.collect::<String>()
}

/// A server fills the files, is killed, and another one loads them.
fn is_loaded(writer: Option<Kind>, reader: Option<Kind>, files: Files) {
    let directory = tempfile::tempdir().unwrap();
    let Some(mut server) = Server::start(writer, files, directory.path()) else { return };
    let common = Common::of([writer, reader]);
    server.fill(files, common.is_redis_8);
    let written = server.about(files, common);
    drop(server);
    let Some(mut server) = Server::start(reader, files, directory.path()) else { return };
    let read = server.about(files, common);
    for (read, written) in read.lines().zip(written.lines()) {
        assert_eq!(read, written, "{files:?}");
    }
    assert_eq!(read.lines().count(), written.lines().count());
}

const ALL: [Files; 3] = [Files::Snapshot, Files::Log { preamble: "yes" }, Files::Log { preamble: "no" }];

#[test]
fn this_server_loads_what_redis_has_written() {
    ALL.into_iter().for_each(|files| is_loaded(Some(Kind::Redis), None, files));
}

#[test]
fn this_server_loads_what_valkey_has_written() {
    ALL.into_iter().for_each(|files| is_loaded(Some(Kind::Valkey), None, files));
}

#[test]
fn this_server_loads_what_redis_7_has_written() {
    ALL.into_iter().for_each(|files| is_loaded(Some(Kind::OldRedis), None, files));
}

#[test]
fn redis_loads_what_this_server_has_written() {
    ALL.into_iter().for_each(|files| is_loaded(None, Some(Kind::Redis), files));
}

#[test]
fn valkey_loads_what_this_server_has_written() {
    ALL.into_iter().for_each(|files| is_loaded(None, Some(Kind::Valkey), files));
}

#[test]
fn redis_7_loads_commands_that_this_server_has_written() {
    is_loaded(None, Some(Kind::OldRedis), Files::Log { preamble: "no" });
}

#[test]
fn this_server_loads_what_it_has_written() {
    ALL.into_iter().for_each(|files| is_loaded(None, None, files));
}
