//! `supervised`: reports the state of the process to the service manager that started it.
//!
//! Redis: `src/server.c`, `redisIsSupervised`, `redisCommunicateSystemd`.
//!
//! Systemd names a datagram socket in `NOTIFY_SOCKET`: a path, or after `@` a name in Linux's abstract namespace. Each
//! message is a datagram of its own, with a line end, in Redis's order. The crate `sd-notify` would do, but knows no
//! abstract names.

use rustix::process::{Signal, getpid, kill_process};
use socket2::{Domain, SockAddr, Socket, Type};
use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::time::Duration;

/// How long a supervisor may take to make room for a message.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The supervisor of this process.
pub enum Supervisor {
    /// None that was asked for, or none that could be reached.
    No,
    /// Upstart, which was sent what it waits for.
    Upstart,
    /// Systemd, at this address.
    Systemd(SockAddr),
}

impl Supervisor {
    /// Finds the supervisor that `supervised` asks for, and reports that the server is starting. Upstart stops the
    /// process here until it has taken note.
    pub fn find(supervised: &str) -> Supervisor {
        let supervised = match supervised {
            "auto" if env::var_os("UPSTART_JOB").is_some() => "upstart",
            "auto" if env::var_os("NOTIFY_SOCKET").is_some() => "systemd",
            other => other,
        };
        match supervised {
            "upstart" => upstart(),
            "systemd" => systemd(env::var_os("NOTIFY_SOCKET")),
            _ => Supervisor::No,
        }
    }

    /// Its name, as INFO has it.
    pub fn name(&self) -> &'static str {
        match self {
            Supervisor::No => "no",
            Supervisor::Upstart => "upstart",
            Supervisor::Systemd(_) => "systemd",
        }
    }

    /// The server accepts connections.
    pub fn ready(&self) {
        self.send("STATUS=Ready to accept connections");
        self.send("READY=1");
    }

    /// The server has been asked to end.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, message: &str) {
        if let Supervisor::Systemd(address) = self
            && let Err(error) = datagram(address, message)
        {
            tracing::warn!("systemd supervision error: cannot send {message}: {error}");
        }
    }
}

fn upstart() -> Supervisor {
    if env::var_os("UPSTART_JOB").is_none() {
        tracing::warn!("upstart supervision requested, but UPSTART_JOB not found!");
        return Supervisor::No;
    }
    tracing::info!("supervised by upstart, will stop to signal readiness.");
    if let Err(error) = kill_process(getpid(), Signal::STOP) {
        tracing::warn!("upstart supervision error: cannot stop: {error}");
        return Supervisor::No;
    }
    Supervisor::Upstart
}

fn systemd(socket: Option<OsString>) -> Supervisor {
    let Some(socket) = socket else {
        tracing::warn!("systemd supervision error: NOTIFY_SOCKET not found!");
        return Supervisor::No;
    };
    let sent = address(&socket).and_then(|address| {
        datagram(&address, "STATUS=cutaway is loading...")?;
        Ok(address)
    });
    match sent {
        Ok(address) => {
            tracing::info!("Supervised by systemd");
            Supervisor::Systemd(address)
        }
        Err(error) => {
            tracing::warn!("systemd supervision error: NOTIFY_SOCKET={}: {error}", socket.display());
            Supervisor::No
        }
    }
}

/// The address that a value of `NOTIFY_SOCKET` names.
fn address(socket: &OsStr) -> io::Result<SockAddr> {
    match socket.as_bytes() {
        // Socket2 takes a path that begins with a NUL for an abstract name, as the kernel does.
        [b'@', name @ ..] => SockAddr::unix(OsString::from_vec([b"\0", name].concat())),
        [b'/', ..] => SockAddr::unix(socket),
        _ => Err(io::Error::new(io::ErrorKind::Unsupported, "neither a path nor an abstract name")),
    }
}

/// Sends a message. A supervisor that has much to read is waited for, since without READY it would end the server; one
/// that does not read at all must not hold it up.
fn datagram(address: &SockAddr, message: &str) -> io::Result<()> {
    let socket = Socket::new(Domain::UNIX, Type::DGRAM, None)?;
    socket.set_write_timeout(Some(TIMEOUT))?;
    socket.send_to(format!("{message}\n").as_bytes(), address).map(|_| ())
}
