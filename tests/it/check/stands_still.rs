//! Servers that do not do what comes next: one that no longer answers, one that keeps a connection which Redis closes.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::broken_server::listen;
use cutaway::tools::check::Outcome;
use cutaway::tools::check::lack::Vocabulary;
use cutaway::tools::check::play::{What, play};
use cutaway::tools::scenario::socket::PING;
use cutaway::tools::scenario::{Capabilities, Scenario, Socket, Target};

const TIMEOUT: Duration = Duration::from_millis(200);

fn socket(server: SocketAddr) -> Socket {
    let capabilities = Capabilities { barrier: PING, lists_clients: false, timeout: TIMEOUT };
    Socket::with_manners(server, capabilities).unwrap()
}

/// A publisher that waits for a slow reader holds up everybody. The lab asked such a server once for every four kilobytes that it
/// had sent, and waited five seconds for each reply: for hours.
#[test]
fn a_server_that_stands_still_behind_a_long_line_is_not_asked_a_hundred_times() {
    let stands_still = Arc::new(AtomicBool::new(false));
    let questions = Arc::new(AtomicUsize::new(0));
    let (still, asked) = (Arc::clone(&stands_still), Arc::clone(&questions));
    let server = listen(move |mut client| {
        let mut buffer = [0; 64 * 1024];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            still.fetch_or(count > 1000, Ordering::SeqCst);
            if still.load(Ordering::SeqCst) {
                asked.fetch_add(usize::from(count < 1000), Ordering::SeqCst);
            } else if client.write_all(b"+PONG\r\n").is_err() {
                return;
            }
        }
    });
    let mut socket = socket(server);
    socket.connect("A").unwrap();
    socket.send("A", &vec![b'x'; 400_000]).unwrap();
    while !stands_still.load(Ordering::SeqCst) {
        thread::yield_now();
    }
    assert!(socket.settle().is_err());
    assert!(questions.load(Ordering::SeqCst) < 10, "{questions:?}");
}

#[test]
fn a_connection_that_redis_closes_and_the_server_keeps_is_told() {
    let server = listen(|mut client| {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            let requests = buffer[..count].iter().filter(|&&byte| byte == b'*').count();
            if client.write_all(&b"+PONG\r\n".repeat(requests)).is_err() {
                return;
            }
        }
    });
    let text =
        "# t\n! do not compare the next line: the reply is not what this is about\nA: QUIT\n! A connects\n";
    let scenario = Scenario::parse(text).unwrap();
    let outcome = play(&scenario, &mut socket(server), TIMEOUT, &mut Vocabulary::default());
    let Outcome::Differs(finding) = outcome else { panic!("it does not differ") };
    let What::Stuck(why) = finding.what else { panic!("it is not stuck") };
    assert_eq!(
        (finding.number, why.as_str()),
        (4, "the server has kept the connection of A; Redis has closed it by now")
    );
}
