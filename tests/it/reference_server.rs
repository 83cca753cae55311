//! Finds a real Redis 8.0, Redis 7.0 or Valkey 8.1 and starts one for a test: on a free loopback port, with nothing saved, killed at
//! the end.
//!
//! A test that finds none returns, and libtest says `ok` of it: libtest has no way to say at run time that a test was
//! skipped. So [`find`] itself prints `SKIPPED`, the test and the remedy, past libtest's capture; in CI it fails the test.
//! `tests/what_was_compared.rs`, which runs last, sums it up.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Redis,
    /// The oldest whose append-only file has the form of today. It reads snapshots up to version 10, and commands.
    OldRedis,
    Valkey,
}

impl Kind {
    /// The names that it may have.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Kind::Redis => &["redis-server"],
            Kind::OldRedis => &["redis-server-7.0", "redis-server"],
            Kind::Valkey => &["valkey-server"],
        }
    }

    /// The server and the version we compare with.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Redis => "Redis 8.0",
            Kind::OldRedis => "Redis 7.0",
            Kind::Valkey => "Valkey 8.1",
        }
    }

    /// What `--version` prints of the version we compare with.
    fn version(self) -> &'static str {
        match self {
            Kind::Redis => " v=8.0.",
            Kind::OldRedis => " v=7.0.",
            Kind::Valkey => " v=8.1.",
        }
    }
}

/// The executable that a test needs. None if there is none: the test is skipped, and this has said so. In CI every test
/// runs, so there the test fails.
///
/// # Panics
///
/// If there is none and [`in_ci`].
pub fn find(kind: Kind) -> Option<PathBuf> {
    let reason = match look_for(kind) {
        Ok(path) => return Some(path),
        Err(reason) => reason,
    };
    skip(&reason);
    None
}

/// Says that this test is skipped, and why.
///
/// # Panics
///
/// If [`in_ci`].
pub fn skip(reason: &str) {
    assert!(!in_ci(), "{reason}; in CI (the variable CI is set) no test may be skipped");
    // `println!` would be captured, and shown only if the test failed.
    let test = std::thread::current().name().unwrap_or("a test").to_string();
    let _ = writeln!(io::stderr(), "SKIPPED {test}: {reason}");
}

/// Whether this is a run in which every test must run: `CI` is set, and not to `false`, `0` or nothing.
pub fn in_ci() -> bool {
    env::var("CI").is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()))
}

/// The executable: in `CUTAWAY_REFERENCE`, in `target/reference/*/` (where `tests/reference` puts it), or on the PATH;
/// nowhere if `CUTAWAY_REFERENCE` is `none`. Otherwise the reason why there is none.
pub fn look_for(kind: Kind) -> Result<PathBuf, String> {
    let given = env::var_os("CUTAWAY_REFERENCE");
    if given.as_ref().is_some_and(|given| given == "none") {
        return Err(format!("no {} wanted (CUTAWAY_REFERENCE=none)", kind.name()));
    }
    let mut places: Vec<PathBuf> = given.map(PathBuf::from).into_iter().collect();
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/reference");
    places.extend(fs::read_dir(unpacked).into_iter().flatten().flatten().map(|entry| entry.path()));
    places.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    let mut others = String::new();
    let names = kind.programs();
    let paths = places.iter().flat_map(|place| names.iter().map(|name| place.join(name)));
    for path in paths.filter(|path| path.is_file()) {
        let version =
            Command::new(&path).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
        let version = String::from_utf8_lossy(&version).into_owned();
        if version.contains(kind.version()) {
            return Ok(path);
        }
        others.push_str(&format!("; {} is another version: {}", path.display(), version.trim()));
    }
    Err(format!("no {} found (`tests/reference` fetches one){others}", kind.name()))
}

/// A running server; dropping it kills it.
pub struct ReferenceServer {
    child: Child,
    pub address: SocketAddr,
    /// Where it was started, and saves what a test has it save.
    _directory: TempDir,
}

impl ReferenceServer {
    /// Starts `program` with the settings of a scenario and waits until it says that it is ready.
    pub fn start(program: &Path, settings: &[(String, Vec<String>)]) -> ReferenceServer {
        // Between asking for a free port and taking it another process may be quicker: then once more.
        for _ in 0..10 {
            if let Some(server) = Self::try_start(program, settings) {
                return server;
            }
        }
        panic!("{} does not start with {settings:?}", program.display());
    }

    fn try_start(program: &Path, settings: &[(String, Vec<String>)]) -> Option<ReferenceServer> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
            .arg(port.to_string());
        // FLUSHALL answers at once, not when another thread is done: the runner could not wait for that.
        command.args(["--lazyfree-lazy-user-flush", "yes"]);
        if program.ends_with("valkey-server") {
            // So that HELLO and INFO say `redis`.
            command.args(["--extended-redis-compatibility", "yes"]);
        }
        for (name, values) in settings {
            command.arg(format!("--{name}")).args(values);
        }
        let directory = tempfile::tempdir().unwrap();
        command.current_dir(directory.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let log = BufReader::new(child.stdout.take().unwrap());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let server = ReferenceServer { child, address, _directory: directory };
        let mut lines = log.lines().map_while(Result::ok);
        let ready = lines.any(|line| line.contains("Ready to accept connections"));
        // The rest of its log is short; somebody must take it, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        ready.then_some(server)
    }
}

impl Drop for ReferenceServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
