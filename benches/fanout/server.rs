//! The servers under test: finding them, starting one on a free port, and ending it whatever happens.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::{Result, floor, process, wire};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Cutaway,
    Redis,
    Valkey,
    /// Only the unavoidable system calls; see `floor.rs`.
    Floor,
}

impl Kind {
    /// In the order in which they are measured and printed.
    pub const ALL: [Kind; 4] = [Kind::Cutaway, Kind::Redis, Kind::Valkey, Kind::Floor];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Cutaway => "cutaway",
            Kind::Redis => "redis",
            Kind::Valkey => "valkey",
            Kind::Floor => "floor",
        }
    }
}

/// The kinds of sockets that a server listens on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    Tcp,
    Unix,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A server that can be started.
pub struct Program {
    pub kind: Kind,
    path: PathBuf,
    /// What it says of itself, for the record.
    pub version: String,
}

impl Program {
    /// The program of a kind, or why there is none. It has been started once, so an `Ok` one works.
    pub fn find(kind: Kind) -> Result<Program> {
        let path = match kind {
            Kind::Cutaway => PathBuf::from(env!("CARGO_BIN_EXE_cutaway")),
            Kind::Floor => env::current_exe()?,
            Kind::Redis => search("redis-server")?,
            Kind::Valkey => search("valkey-server")?,
        };
        let version = match kind {
            Kind::Cutaway => env!("CARGO_PKG_VERSION").to_string(),
            Kind::Floor => "the unavoidable system calls".to_string(),
            Kind::Redis | Kind::Valkey => version(&path)?,
        };
        let program = Program { kind, path, version };
        program.start()?;
        Ok(program)
    }

    /// Starts a fresh process and waits until it answers.
    pub fn start(&self) -> Result<Server> {
        let port = free_port()?;
        // A benchmark that was killed leaves it behind.
        let _ = fs::remove_file(socket_path(port));
        let mut command = Command::new(&self.path);
        if self.kind == Kind::Floor {
            command.args([floor::FLAG, &port.to_string()]);
        } else {
            // Nothing on disc, and room for 10,000 idle clients beside those that work.
            command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
            command.arg("--unixsocket").arg(socket_path(port));
            command.args(["--save", "", "--appendonly", "no", "--maxclients", "20000"]);
        }
        let directory = tempfile::tempdir()?;
        let child = command
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("{}: {e}", self.path.display()))?;
        let mut server = Server { kind: self.kind, port, child, _directory: directory };
        server.wait_until_ready()?;
        Ok(server)
    }
}

/// `redis-server` and the like: where CUTAWAY_REFERENCE points, then in target/reference/*/, then on the PATH. The
/// places that somebody chose come before the one that happens to be there.
fn search(name: &str) -> Result<PathBuf> {
    let mut places: Vec<PathBuf> = env::var_os("CUTAWAY_REFERENCE").map(PathBuf::from).into_iter().collect();
    let references = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../reference");
    places.extend(fs::read_dir(references).into_iter().flatten().flatten().map(|entry| entry.path()));
    places.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    let found = places.iter().map(|place| place.join(name)).find(|path| path.is_file());
    Ok(found.ok_or_else(|| format!("no {name} in CUTAWAY_REFERENCE, target/reference/*/ or on the PATH"))?)
}

/// `Redis server v=8.0.2 sha=...` becomes `8.0.2`. Ours names the version of Redis too, and then its own.
fn version(path: &Path) -> Result<String> {
    let output = Command::new(path).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let after = |name: &str| text.split_whitespace().find_map(|word| word.strip_prefix(name));
    Ok(after("cutaway=").or(after("v=")).unwrap_or("unknown").to_string())
}

/// The next port nobody listens on. Ports take turns, because a port used again at once would meet the thousands of
/// closed connections that the kernel still remembers for it.
fn free_port() -> Result<u16> {
    const FIRST: u16 = 17200;
    const COUNT: u16 = 100;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    for _ in 0..COUNT {
        let port = FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(format!("no free port between {FIRST} and {}", FIRST + COUNT - 1).into())
}

/// Where the server on that port listens on a Unix socket: a short path, for the kernel takes about a hundred bytes.
pub fn socket_path(port: u16) -> PathBuf {
    env::temp_dir().join(format!("cutaway-bench-{port}.sock"))
}

/// A running server. Dropping it ends its process, also when the benchmark panics.
pub struct Server {
    pub kind: Kind,
    pub port: u16,
    child: Child,
    /// Where it works; nothing is saved there.
    _directory: tempfile::TempDir,
}

impl Server {
    fn wait_until_ready(&mut self) -> Result<()> {
        let (request, reply) = match self.kind {
            Kind::Floor => (floor::Role::Idle.hello(), b"+OK\r\n".to_vec()),
            _ => (wire::command(&[b"PING"]), b"+PONG\r\n".to_vec()),
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("it ended before it answered ({status})").into());
            }
            match self.connect().and_then(|mut stream| ask(&mut stream, &request, &reply, true)) {
                Ok(()) => return Ok(()),
                Err(e) if Instant::now() > deadline => return Err(format!("no answer in 10 s: {e}").into()),
                Err(_) => thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    pub fn connect(&self) -> Result<TcpStream> {
        connect(self.port)
    }

    /// A blocking connection of either kind; no read waits longer than ten seconds.
    pub fn connect_over(&self, over: Over) -> Result<Socket> {
        let (domain, address) = match over {
            Over::Tcp => (Domain::IPV4, SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))),
            Over::Unix => (Domain::UNIX, SockAddr::unix(socket_path(self.port))?),
        };
        let socket = Socket::new(domain, Type::STREAM, None)?;
        socket.connect(&address)?;
        if over == Over::Tcp {
            socket.set_tcp_nodelay(true)?;
        }
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(socket)
    }

    pub fn is_floor(&self) -> bool {
        self.kind == Kind::Floor
    }

    pub fn cpu_at_rest(&self) -> Result<u64> {
        process::cpu_at_rest(self.child.id())
    }

    pub fn peak_memory(&self) -> Result<u64> {
        process::peak_memory(self.child.id())
    }

    pub fn resident_memory(&self) -> Result<u64> {
        process::resident_memory(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(socket_path(self.port));
    }
}

/// A blocking connection; no read waits longer than ten seconds.
pub fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(stream)
}

/// Sends a request and reads its whole reply, which must be `reply`, byte for byte if `exact`, else in length.
pub fn ask(stream: &mut (impl Read + Write), request: &[u8], reply: &[u8], exact: bool) -> Result<()> {
    stream.write_all(request)?;
    let mut answer = vec![0; reply.len()];
    match stream.read_exact(&mut answer) {
        Err(e) if e.kind() == ErrorKind::WouldBlock => return Err("no whole reply in 10 s".into()),
        other => other?,
    }
    if exact && answer != reply {
        return Err(mismatch(reply, &answer).into());
    }
    Ok(())
}

/// Where two byte strings part, in words.
pub fn mismatch(expected: &[u8], got: &[u8]) -> String {
    let at = expected.iter().zip(got).take_while(|(a, b)| a == b).count();
    let excerpt =
        |bytes: &[u8]| bytes[at.min(bytes.len())..bytes.len().min(at + 40)].escape_ascii().to_string();
    format!("byte {at}: expected \"{}\", got \"{}\"", excerpt(expected), excerpt(got))
}
