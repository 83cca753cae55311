//! A real Redis with an append-only file.

use super::listing::Listing;
use super::prepare;
use crate::commands::asked::{Asked, There};
use crate::reference_server::{Kind, ReferenceServer, find};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// A reference server that appends to a file in a directory of its own.
pub struct Redis {
    server: ReferenceServer,
    directory: TempDir,
}

impl Redis {
    /// None: there is no Redis, and `find` has said so.
    pub fn start() -> Option<Redis> {
        Redis::with(&[])
    }

    /// The same with these settings too.
    pub fn with(settings: &[(String, Vec<String>)]) -> Option<Redis> {
        let program = find(Kind::Redis)?;
        let directory = tempfile::tempdir().unwrap();
        let own = [
            ("enable-debug-command", "yes"),
            ("dir", directory.path().to_str().unwrap()),
            ("appendonly", "yes"),
            ("appendfsync", "no"),
            ("aof-use-rdb-preamble", "no"),
            ("auto-aof-rewrite-percentage", "0"),
        ];
        let own = own.map(|(name, value)| (name.to_string(), vec![value.to_string()]));
        let settings: Vec<(String, Vec<String>)> = own.into_iter().chain(settings.iter().cloned()).collect();
        let server = ReferenceServer::start(&program, &settings);
        Some(Redis { server, directory })
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The bytes of its file. What it has replied to is there.
    pub fn appended(&self) -> Vec<u8> {
        fs::read(self.directory.path().join("appendonlydir/appendonly.aof.1.incr.aof")).unwrap()
    }

    /// What is appended while `work` talks to it, when it was emptied. Nothing expires unasked.
    pub fn listing(&self, work: impl FnOnce(&mut dyn Asked)) -> Listing {
        let mut there = There::new(self.server.address);
        let before = self.appended().len();
        prepare(&mut there);
        let (changed, begun_ms) = (self.changes(), now_ms());
        work(&mut there);
        let changes = self.changes() - changed;
        Listing::new(&self.appended()[before..], begun_ms).with_changes(changes)
    }

    /// `rdb_changes_since_last_save`
    fn changes(&self) -> i64 {
        let mut stream = TcpStream::connect(self.server.address).unwrap();
        stream.write_all(b"INFO persistence\r\nQUIT\r\n").unwrap();
        let mut info = String::new();
        stream.read_to_string(&mut info).unwrap();
        let value = info.lines().find_map(|line| line.strip_prefix("rdb_changes_since_last_save:"));
        value.expect("a count of changes").parse().unwrap()
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}
