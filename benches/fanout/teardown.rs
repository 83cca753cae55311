//! The end of many subscribers at once: 5,000 clients with 100 channels each close their sockets, while one more client
//! keeps asking and notes how long the server lets it wait.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::fan_out::subscribe;
use crate::load::Window;
use crate::run::Once;
use crate::server::Server;
use crate::{Result, stats, wire};

pub fn teardown(server: &Server, clients: usize, channels: usize) -> Result<Once> {
    let names: Vec<Vec<u8>> = (0..channels).map(|i| format!("room:{i:06}").into_bytes()).collect();
    let mut streams = Vec::new();
    for _ in 0..clients {
        let mut stream = server.connect()?;
        subscribe(&mut stream, &names)?;
        streams.push(stream);
    }
    let question = [wire::command(&[b"PING"]), wire::command(&[b"PUBSUB", b"NUMSUB", &names[0]])].concat();
    let mut asker = server.connect()?;
    if subscribers(&mut asker, &question)? != clients {
        return Err("NUMSUB does not count all subscribers before the end".into());
    }

    let cpu = server.cpu_at_rest()?;
    let begin = Instant::now();
    // Closing takes this process some time too; in a thread of its own it does not delay the questions.
    let closing = thread::spawn(move || drop(streams));
    let mut window = Window::default();
    loop {
        let asked = Instant::now();
        let left = subscribers(&mut asker, &question)?;
        window.record(asked, Instant::now());
        if left == 0 {
            break;
        }
        if begin.elapsed() > Duration::from_secs(60) {
            return Err(format!("{left} subscribers are still there after a minute").into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    let gone = begin.elapsed();
    closing.join().map_err(|_| "the closing thread panicked")?;
    let spent = server.cpu_at_rest()? - cpu;
    let longest = window.latencies.iter().copied().max().unwrap_or(0);
    Ok(Once {
        figure: spent as f64 / clients as f64,
        per_second: Some(clients as f64 / gone.as_secs_f64()),
        note: Some(format!("longest wait {}", stats::time(f64::from(longest)))),
        latencies: window.latencies,
    })
}

/// Asks PING and NUMSUB in one write; the number of subscribers. The reply is five lines:
/// `+PONG`, `*2`, `$11`, `room:000000`, `:4711`.
fn subscribers(stream: &mut TcpStream, question: &[u8]) -> Result<usize> {
    stream.write_all(question)?;
    let mut answer = Vec::new();
    let mut part = [0; 256];
    while answer.iter().filter(|&&byte| byte == b'\n').count() < 5 {
        match stream.read(&mut part)? {
            0 => return Err("closed by the server".into()),
            len => answer.extend_from_slice(&part[..len]),
        }
    }
    let text = String::from_utf8_lossy(&answer);
    let lines: Vec<&str> = text.lines().collect();
    match lines[..] {
        ["+PONG", "*2", _, _, count] => Ok(count.trim_start_matches(':').parse()?),
        _ => Err(format!("PING and NUMSUB answered {text:?}").into()),
    }
}
