//! Connections to a server that scenarios are played to: how they begin and end.
//!
//! Redis has no counterpart.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::subject::PlayError;

/// What a server that is left may still send.
const MOST_RECEIVED: u64 = 1 << 28;

/// Says goodbye and waits until the server has closed its end, however much it still sends.
pub(super) fn leave(mut stream: TcpStream, name: &str, timeout: Duration) -> Result<(), PlayError> {
    let _ = stream.set_read_timeout(Some(timeout));
    let _ = stream.shutdown(Shutdown::Write);
    match io::copy(&mut Read::by_ref(&mut stream).take(MOST_RECEIVED), &mut io::sink()) {
        Err(error) if is_timeout(&error) => {
            Err(PlayError::Broken(format!("the server does not close when {name} leaves")))
        }
        _ => Ok(()),
    }
}

/// Whether nothing came in time.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// A new connection.
pub(super) fn open(address: SocketAddr, timeout: Duration) -> Result<TcpStream, PlayError> {
    let connect = || -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&address, timeout)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(stream)
    };
    connect().map_err(|error| broken("a new client", &error))
}

/// `ip:port` of our end.
pub(super) fn local_addr(stream: &TcpStream) -> Result<String, PlayError> {
    stream.local_addr().map(|addr| addr.to_string()).map_err(|error| broken("a new client", &error))
}

/// An error of a connection, in words.
pub(super) fn broken(who: &str, error: &io::Error) -> PlayError {
    PlayError::Broken(format!("{who}: {error}"))
}
