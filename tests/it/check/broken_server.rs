//! Servers that are wrong on purpose: a proxy that corrupts what a good one says, and listeners that are no servers.
//!
//! The threads end with the test's process.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What becomes of bytes on their way to a client, if it needs nothing else.
pub type Corrupt = fn(Vec<u8>) -> Vec<u8>;

/// A proxy in front of `server`. Addresses in CLIENT LIST are made to fit, so that clients are known by their own.
pub fn proxy(server: SocketAddr, corrupt: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let corrupt = Arc::new(corrupt);
    // The port the server sees, and the client's own. Both have five digits, so lengths stay.
    let ports: Arc<Mutex<Vec<(u16, u16)>>> = Arc::default();
    listen(move |client| {
        let upstream = TcpStream::connect(server).unwrap();
        upstream.set_nodelay(true).unwrap();
        let pair = (upstream.local_addr().unwrap().port(), client.peer_addr().unwrap().port());
        ports.lock().unwrap().push(pair);
        let (from_client, to_server) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
        thread::spawn(move || copy(from_client, to_server, |bytes| bytes));
        let (ports, corrupt) = (Arc::clone(&ports), Arc::clone(&corrupt));
        copy(upstream, client, move |bytes| {
            let ports = ports.lock().unwrap();
            // The newest first: a port may have been used before.
            let renamed = ports.iter().rev().fold(bytes, |bytes, (theirs, own)| {
                replace(
                    bytes,
                    format!(" addr=127.0.0.1:{theirs} ").as_bytes(),
                    format!(" addr=127.0.0.1:{own} ").as_bytes(),
                )
            });
            corrupt(renamed)
        });
    })
}

/// Accepts connections and hands each to a thread of its own.
pub fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(client));
        }
    });
    address
}

/// A server that answers so many requests with PONG, all connections together, and is gone.
pub fn dies_after(requests: usize) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut left = requests;
        // One connection at a time will do for as long as it lives.
        while left > 0 {
            let Ok((mut client, _)) = listener.accept() else { return };
            let mut buffer = [0; 4096];
            while left > 0 && client.read(&mut buffer).is_ok_and(|count| count > 0) {
                left -= 1;
                let _ = client.write_all(b"+PONG\r\n");
            }
        }
    });
    address
}

/// `bytes` with every `old` replaced by `new`.
pub fn replace(bytes: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut left = &bytes[..];
    while let Some(at) = left.windows(old.len()).position(|window| window == old) {
        out.extend_from_slice(&left[..at]);
        out.extend_from_slice(new);
        left = &left[at + old.len()..];
    }
    out.extend_from_slice(left);
    out
}

fn copy(mut from: TcpStream, mut to: TcpStream, change: impl Fn(Vec<u8>) -> Vec<u8>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&change(buffer[..count].to_vec())).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
