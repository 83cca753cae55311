//! Listening sockets and connections, TCP and Unix alike.
//!
//! Redis: `src/anet.c`, `src/connection.c`.

use crate::client::About;
use crate::config::Config;
use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use socket2::{Domain, SockAddr, SockRef, Socket, TcpKeepalive, Type};
use std::io;
use std::io::{IoSlice, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::time::Duration;

/// A socket that accepts.
pub enum Listener {
    /// On an address and the port.
    Tcp(TcpListener),
    /// On a path.
    Unix(UnixListener, String),
}

/// A connection.
pub enum Stream {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over the Unix socket.
    Unix(UnixStream),
}

/// Opens every socket the settings name. The error is one line for stderr.
pub fn listen(config: &Config) -> Result<Vec<Listener>, String> {
    let mut listeners = listen_tcp(config)?;
    if !config.unixsocket.is_empty() {
        let path = &config.unixsocket;
        let listener = listen_on_path(path, config.unixsocketperm as u32)
            .map_err(|error| format!("could not listen on the Unix socket {path}: {error}"))?;
        listeners.push(Listener::Unix(listener, path.clone()));
    }
    if listeners.is_empty() && config.port != 0 {
        return Err(format!(
            "nothing to listen on: this machine has none of the addresses in bind ({})",
            config.bind.join(" ")
        ));
    }
    if listeners.is_empty() {
        return Err("nothing to listen on: port is 0 and no unixsocket is set".into());
    }
    Ok(listeners)
}

/// Opens the TCP sockets among them.
pub fn listen_tcp(config: &Config) -> Result<Vec<Listener>, String> {
    let mut listeners = Vec::new();
    if config.port == 0 {
        return Ok(listeners);
    }
    for bind in &config.bind {
        let optional = bind.starts_with('-');
        match listen_on(bind.trim_start_matches('-'), config) {
            Ok(listener) => listeners.push(Listener::Tcp(listener)),
            // `-::1`: that this machine has no such address is no reason not to start.
            Err(error) if optional && error.kind() != io::ErrorKind::AddrInUse => {}
            Err(error) => {
                return Err(format!("could not listen on {bind} port {}: {error}", config.port));
            }
        }
    }
    Ok(listeners)
}

fn listen_on(address: &str, config: &Config) -> io::Result<TcpListener> {
    let ip: IpAddr = match address {
        "*" => Ipv4Addr::UNSPECIFIED.into(),
        "::*" => Ipv6Addr::UNSPECIFIED.into(),
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        address => {
            address.parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not an IP address"))?
        }
    };
    let address = SocketAddr::new(ip, config.port as u16);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(config.tcp_backlog as i32)?;
    Ok(TcpListener::from_std(socket.into()))
}

fn listen_on_path(path: &str, permissions: u32) -> io::Result<UnixListener> {
    // A socket that nobody answers on was left behind by a server that died; one that is answered is in use.
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
        // A path of any other kind refuses connections too, and is somebody's: binding to it will fail.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            if std::fs::metadata(path)?.file_type().is_socket() {
                std::fs::remove_file(path)?;
            }
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    if permissions != 0 {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(permissions))?;
    }
    Ok(listener)
}

impl Listener {
    /// Takes the next connection that waits, set up for serving, and what is known of it.
    pub fn accept(&self, config: &Config) -> io::Result<(Stream, About)> {
        let mut about = About::default();
        let stream = match self {
            Listener::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                about.addr = peer.to_string().into();
                about.laddr = stream.local_addr().map(|addr| addr.to_string()).unwrap_or_default().into();
                // A connection that the peer has closed already refuses these; reading it will tell.
                let _ = stream.set_nodelay(true);
                let _ = keep_alive(&stream, config.tcp_keepalive_seconds as u64);
                Stream::Tcp(stream)
            }
            Listener::Unix(listener, path) => {
                let (stream, _) = listener.accept()?;
                about.addr = format!("{path}:0").into();
                about.laddr = about.addr.clone();
                about.unix = true;
                Stream::Unix(stream)
            }
        };
        about.fd = stream.fd();
        Ok((stream, about))
    }

    /// What mio registers.
    pub fn source(&mut self) -> &mut dyn Source {
        match self {
            Listener::Tcp(listener) => listener,
            Listener::Unix(listener, _) => listener,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Listener::Unix(_, path) = self {
            // The path may be gone already, which is as good.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// After `seconds` of silence the kernel asks the peer, three times in as long again, and then fails the
/// connection: so a half-open peer is found. Redis: `anetKeepAlive`.
fn keep_alive(stream: &TcpStream, seconds: u64) -> io::Result<()> {
    if seconds == 0 {
        return Ok(());
    }
    let between = Duration::from_secs((seconds / 3).max(1));
    let settings =
        TcpKeepalive::new().with_time(Duration::from_secs(seconds)).with_interval(between).with_retries(3);
    SockRef::from(stream).set_tcp_keepalive(&settings)
}

impl Stream {
    /// Reads what is there, at most `buffer.len()` bytes.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Unix(stream) => stream.read(buffer),
        }
    }

    /// Writes as many of the slices as the socket takes, in one system call.
    pub fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match (self, slices) {
            // One slice is the common case, and a plain write is cheaper than a vectored one.
            (Stream::Tcp(stream), [one]) => stream.write(one),
            (Stream::Unix(stream), [one]) => stream.write(one),
            (Stream::Tcp(stream), slices) => stream.write_vectored(slices),
            (Stream::Unix(stream), slices) => stream.write_vectored(slices),
        }
    }

    /// What mio registers.
    pub fn source(&mut self) -> &mut dyn Source {
        match self {
            Stream::Tcp(stream) => stream,
            Stream::Unix(stream) => stream,
        }
    }

    fn fd(&self) -> i64 {
        let fd = match self {
            Stream::Tcp(stream) => stream.as_raw_fd(),
            Stream::Unix(stream) => stream.as_raw_fd(),
        };
        i64::from(fd)
    }
}
