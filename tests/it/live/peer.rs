//! A server with a page, and those who connect to it: over HTTP by hand, over WebSocket by a library.

use super::{PATIENCE, Running, cutaway, until};
use serde_json::Value;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

/// A server with a page.
pub struct Live {
    pub running: Running,
    /// The page's port.
    page: u16,
    _directory: Option<TempDir>,
}

impl Live {
    /// Starts one with these arguments beside.
    pub fn start(arguments: &[&str]) -> Live {
        let directory = tempfile::tempdir().unwrap();
        let live = Live::start_in(directory.path(), arguments, "Ready to accept connections");
        Live { _directory: Some(directory), ..live }
    }

    /// Starts one in a directory, and waits until it logs this.
    pub fn start_in(directory: &Path, arguments: &[&str], line: &str) -> Live {
        for _ in 0..5 {
            let port = crate::running::free_port();
            let mut command = cutaway();
            command.args(["--port", &port.to_string(), "--live", "127.0.0.1:0"]).args(arguments);
            command.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::piped());
            let mut process = command.spawn().unwrap();
            let mut log = BufReader::new(process.stdout.take().unwrap());
            let lines = until(&mut log, line);
            let running = Running::of(process, log);
            // Another program may have taken the port.
            let Some(lines) = lines else { continue };
            let (_, address) = lines.split_once("http://127.0.0.1:").unwrap();
            let page = address.split('/').next().unwrap().parse().unwrap();
            let mut running = running.with_log_ignored();
            running.port = port;
            return Live { running, page, _directory: None };
        }
        panic!("no server with a page");
    }

    /// What its page's address is called.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.page)
    }

    /// A connection to the page.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.host()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// All replies of the server to these requests, from a client of its own.
    pub fn ask(&mut self, requests: &str) -> String {
        let mut stream = self.running.connect();
        stream.write_all(requests.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut replies = String::new();
        stream.read_to_string(&mut replies).unwrap();
        replies
    }
}

/// The reply to these bytes.
pub fn raw(live: &Live, request: &str) -> String {
    let mut stream = live.connect();
    // A request that is refused early is not read to its end.
    let _ = stream.write_all(request.as_bytes());
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    String::from_utf8(reply).unwrap()
}

/// The reply to a request for a path, with these headers beside.
pub fn get(live: &Live, path: &str, headers: &str) -> String {
    raw(live, &format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", live.host()))
}

/// The status of a reply.
pub fn status(reply: &str) -> u16 {
    reply
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no status: {reply:?}"))
}

/// The headers of a reply.
pub fn headers(reply: &str) -> Vec<(&str, &str)> {
    let head = reply.split("\r\n\r\n").next().unwrap();
    head.lines().skip(1).filter_map(|line| line.split_once(": ")).collect()
}

/// A page's connection.
#[derive(Debug)]
pub struct Socket {
    socket: WebSocket<TcpStream>,
    /// The turns that were shown.
    turns: Vec<Value>,
    /// The most steps that came in one turn.
    pub most_steps: usize,
}

impl Socket {
    /// Opens one as the page would.
    pub fn open(live: &Live) -> Socket {
        Socket::try_open(live, &format!("Origin: http://{}\r\n", live.host()))
            .unwrap_or_else(|reply| panic!("{reply}"))
    }

    /// Opens one with these headers; or returns the reply that refuses.
    pub fn try_open(live: &Live, headers: &str) -> Result<Socket, String> {
        let mut request = format!("ws://{}/live", live.host()).into_client_request().unwrap();
        for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match tungstenite::client(request, live.connect()) {
            Ok((socket, _)) => Ok(Socket { socket, turns: Vec::new(), most_steps: 0 }),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(reply))) => {
                Err(format!("HTTP/1.1 {} refused", reply.status().as_u16()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends a text.
    pub fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).unwrap();
    }

    /// Sends bytes that are no frame.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        // It may be closed before all is sent.
        let _ = self.socket.get_mut().write_all(bytes);
    }

    fn receive(&mut self) -> Value {
        loop {
            match self.socket.read().unwrap() {
                Message::Text(text) => {
                    let value: Value = serde_json::from_str(&text).unwrap();
                    if let Some(turn) = value.get("live") {
                        self.most_steps = self.most_steps.max(turn["steps"].as_array().unwrap().len());
                        self.turns.push(turn.clone());
                    }
                    return value;
                }
                Message::Close(frame) => panic!("the server has closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// What `found` finds in the next message in which it finds something.
    pub fn next(&mut self, found: impl Fn(&Value) -> Option<Value>) -> Value {
        loop {
            if let Some(value) = found(&self.receive()) {
                return value;
            }
        }
    }

    /// The next turn with a step of this kind.
    pub fn turn_with(&mut self, kind: &str) -> Value {
        self.next(|message| {
            let turn = message.get("live")?;
            turn["steps"].as_array().unwrap().iter().any(|step| step["step"] == kind).then(|| turn.clone())
        })
    }

    /// The last step of this kind that was shown.
    pub fn seen_step(&self, kind: &str) -> &Value {
        let mut steps = self.turns.iter().flat_map(|turn| turn["steps"].as_array().unwrap());
        steps.rfind(|step| step["step"] == kind).unwrap()
    }

    /// The code with which the server closes.
    pub fn close_code(&mut self) -> Option<CloseCode> {
        loop {
            match self.socket.read() {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code),
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}
