//! A correct little server: PING, SUBSCRIBE and PUBLISH, a thread for each client. And the same with a fault.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use super::broken_server::listen;

/// The subscribers of each channel.
type Subscribers = Mutex<Vec<(Vec<u8>, TcpStream)>>;

/// How it answers a command that it does not know. None: it closes.
pub type Refuses = fn(&str) -> Option<String>;

/// Redis's words.
pub fn politely(command: &str) -> Option<String> {
    Some(format!("-ERR unknown command '{command}'\r\n"))
}

/// A toy whose PUBLISH answers what `count` makes of the number of subscribers.
pub fn toy(refuses: Refuses, count: fn(usize) -> usize) -> SocketAddr {
    let subscribers = Arc::new(Subscribers::default());
    listen(move |client| {
        let port = client.peer_addr().unwrap().port();
        let _ = serve(client, &subscribers, refuses, count);
        let here =
            |(_, subscriber): &(_, TcpStream)| subscriber.peer_addr().is_ok_and(|addr| addr.port() == port);
        subscribers.lock().unwrap().retain(|subscriber| !here(subscriber));
    })
}

fn serve(
    mut client: TcpStream,
    subscribers: &Subscribers,
    refuses: Refuses,
    count: fn(usize) -> usize,
) -> Option<()> {
    let mut input = BufReader::new(client.try_clone().ok()?);
    let mut own: Vec<Vec<u8>> = Vec::new();
    loop {
        let words = request(&mut input)?;
        // One request at a time, so that messages and replies keep one order.
        let mut subscribers = subscribers.lock().unwrap();
        let reply = match (words[0].to_ascii_uppercase().as_slice(), &words[1..]) {
            (b"PING", []) => b"+PONG\r\n".to_vec(),
            (b"PING", [word, ..]) => bulk(word),
            (b"SUBSCRIBE", channels) => {
                let mut reply = Vec::new();
                for channel in channels {
                    if !own.contains(channel) {
                        own.push(channel.clone());
                        subscribers.push((channel.clone(), client.try_clone().ok()?));
                    }
                    reply.extend([&b"*3\r\n"[..], &bulk(b"subscribe"), &bulk(channel)].concat());
                    reply.extend(format!(":{}\r\n", own.len()).into_bytes());
                }
                reply
            }
            (b"PUBLISH", [channel, message, ..]) => {
                let frame = [&b"*3\r\n"[..], &bulk(b"message"), &bulk(channel), &bulk(message)].concat();
                let mut sent = 0;
                for (_, subscriber) in subscribers.iter_mut().filter(|(name, _)| name == channel) {
                    let _ = subscriber.write_all(&frame);
                    sent += 1;
                }
                format!(":{}\r\n", count(sent)).into_bytes()
            }
            _ => refuses(&String::from_utf8_lossy(&words[0]))?.into_bytes(),
        };
        client.write_all(&reply).ok()?;
    }
}

/// The words of the next request; None when the client has left, or breaks the protocol.
fn request(input: &mut impl BufRead) -> Option<Vec<Vec<u8>>> {
    let count: usize = number(input, "*")?;
    (0..count.max(1)).map(|_| word(input)).collect()
}

fn word(input: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut word = vec![0; number(input, "$")? + 2];
    input.read_exact(&mut word).ok()?;
    word.truncate(word.len() - 2);
    Some(word)
}

fn number(input: &mut impl BufRead, prefix: &str) -> Option<usize> {
    let mut line = String::new();
    input.by_ref().take(100).read_line(&mut line).ok()?;
    line.strip_prefix(prefix)?.trim_end().parse().ok()
}

fn bulk(word: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", word.len()).as_bytes(), word, b"\r\n"].concat()
}
