//! What a connection and a subscription cost in memory: the server's resident pages before and after many of them.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::crowd::Crowd;
use crate::fan_out::subscribe;
use crate::run::Once;
use crate::server::{Server, ask};
use crate::{Result, wire};

/// Bytes per connection of `count` that have sent one PING each and then fell silent.
pub fn idle_connections(server: &Server, count: usize, patience: Duration) -> Result<Once> {
    let before = settled(server, Duration::ZERO)?;
    let crowd = Crowd::gather(server, count)?;
    let after = settled(server, patience)?;
    drop(crowd);
    Ok(Once::figure(after.saturating_sub(before) as f64 / count as f64))
}

/// Bytes per subscription of `clients` with `each` channels: the same for all, or each client's own.
pub fn subscriptions(
    server: &Server,
    clients: usize,
    each: usize,
    own: bool,
    patience: Duration,
) -> Result<Once> {
    let mut streams = connect(server, clients)?;
    let before = settled(server, patience)?;
    for (client, stream) in streams.iter_mut().enumerate() {
        let owner = if own { client } else { 0 };
        let names: Vec<Vec<u8>> = (0..each).map(|i| format!("room:{owner:06}:{i:04}").into_bytes()).collect();
        subscribe(stream, &names)?;
    }
    let after = settled(server, patience)?;
    Ok(Once::figure(after.saturating_sub(before) as f64 / (clients * each) as f64))
}

/// Connections that have been answered once: a server may put off its allocations until then.
fn connect(server: &Server, count: usize) -> Result<Vec<TcpStream>> {
    (0..count)
        .map(|_| {
            let mut stream = server.connect()?;
            ask(&mut stream, &wire::command(&[b"PING"]), b"+PONG\r\n", true)?;
            Ok(stream)
        })
        .collect()
}

/// The lowest resident memory within `patience`: Redis gives an idle client's buffers back some seconds later, and
/// that is what an idle client costs.
fn settled(server: &Server, patience: Duration) -> Result<u64> {
    let end = Instant::now() + patience;
    let mut lowest = server.resident_memory()?;
    while Instant::now() < end {
        thread::sleep(Duration::from_millis(100));
        lowest = lowest.min(server.resident_memory()?);
    }
    Ok(lowest)
}
