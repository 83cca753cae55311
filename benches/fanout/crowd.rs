//! Idle connections, held by a process of their own. 10,000 to each of four servers are more files than one process may
//! open where nobody may raise the limit, and the load's own `epoll` should not know them.
//!
//! The benchmark starts itself again as the crowd; the crowd connects, says one word on each connection, prints a line,
//! and ends when its standard input does, that is, when the [`Crowd`] is dropped or the benchmark is killed.

use std::io::{BufRead, BufReader, Read, stdin};
use std::process::{Child, Command, Stdio};

use crate::Result;
use crate::floor::Role;
use crate::server::{Server, ask, connect};
use crate::wire::command;

/// How the benchmark starts itself as a crowd: `--crowd PORT,COUNT,FLOOR`.
pub const FLAG: &str = "--crowd";

pub struct Crowd(Child);

impl Crowd {
    /// Connects `count` clients to a server; they are idle when this returns.
    pub fn gather(server: &Server, count: usize) -> Result<Crowd> {
        let argument = format!("{},{count},{}", server.port, u8::from(server.is_floor()));
        let mut child = Command::new(std::env::current_exe()?)
            .args([FLAG, &argument])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take();
        let crowd = Crowd(child);
        let mut line = String::new();
        BufReader::new(output.ok_or("the crowd has no output")?).read_line(&mut line)?;
        if line != "idle\n" {
            return Err(format!("{count} idle connections could not be made").into());
        }
        Ok(crowd)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The crowd's side. The third number: 0 says PING, 1 what the floor understands.
pub fn stand(argument: &str) -> Result<()> {
    let numbers: Vec<usize> = argument.split(',').map(str::parse).collect::<std::result::Result<_, _>>()?;
    let &[port, count, floor] = &numbers[..] else { return Err("--crowd PORT,COUNT,FLOOR".into()) };
    let (request, reply) = match floor {
        0 => (command(&[b"PING"]), &b"+PONG\r\n"[..]),
        _ => (Role::Idle.hello(), &b"+OK\r\n"[..]),
    };
    let mut streams = Vec::with_capacity(count);
    for _ in 0..count {
        let mut stream = connect(u16::try_from(port)?)?;
        ask(&mut stream, &request, reply, true)?;
        streams.push(stream);
    }
    println!("idle");
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
