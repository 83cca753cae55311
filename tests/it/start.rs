//! The program from its start to its end, as a service manager, an init script and an operator meet it: background, pid
//! file, supervision, signals, a log that is moved away. Nothing sleeps: each test waits for a line of the log, a
//! datagram, or the end of the process.

use crate::running::{self, PATIENCE, Running, cutaway};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An empty directory of a test; dropping it removes it.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = std::env::temp_dir().join(format!("cutaway-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().into()
    }

    /// A pipe with a name: a log that a test can wait for, also a background process's.
    fn fifo(&self, name: &str) -> String {
        let path = self.path(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    /// The program, working here and listening on the Unix socket `s` alone.
    fn cutaway(&self, arguments: &str) -> Command {
        let mut command = cutaway();
        command.args(["--port", "0", "--unixsocket", "s", "--dir"]).arg(&self.0);
        command
            .args(["--save", ""])
            .args(arguments.split_whitespace())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command.env_remove("NOTIFY_SOCKET").env_remove("UPSTART_JOB").env_remove("RUST_LOG");
        command
    }

    /// Sends a request to the server that works here, and returns what the server sends up to the end, of the connection
    /// or of the reply to QUIT.
    fn ask(&self, request: &str) -> String {
        let mut stream = UnixStream::connect(self.0.join("s")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(format!("{request}\r\nQUIT\r\n").as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Starts the program in the foreground and waits until it serves. The lines of the log up to there come too.
fn start(command: &mut Command) -> (Running, String) {
    Running::try_start(command).expect("a server that is ready")
}

fn send(server: &Running, signal: Signal) {
    kill_process(Pid::from_child(&server.process), signal).unwrap();
}

/// The rest of the log, and the status that the process ends with.
fn end(mut server: Running) -> (String, Option<i32>) {
    let mut rest = String::new();
    server.log.read_to_string(&mut rest).unwrap();
    (rest, server.process.wait().unwrap().code())
}

/// Reads lines up to the one that contains `text`.
fn until(log: &mut dyn BufRead, text: &str) -> String {
    running::until(log, text).unwrap_or_else(|| panic!("the log ends without {text:?}"))
}

/// The messages of a log, without time and level.
fn messages(log: &str) -> Vec<&str> {
    log.lines()
        .map(|line| line.split_whitespace().nth(2).map_or("", |word| &line[line.find(word).unwrap()..]))
        .collect()
}

#[test]
fn in_the_background_the_pid_file_names_the_child_and_is_gone_after_shutdown() {
    let here = Directory::new("background");
    let (log, pid_file) = (here.fifo("log"), here.path("pid"));
    let mut parent = here.cutaway(&format!("--daemonize yes --logfile {log} --pidfile pid")).spawn().unwrap();
    let mut log = BufReader::new(fs::File::open(log).unwrap());
    until(&mut log, "Ready to accept connections");
    assert_eq!(parent.wait().unwrap().code(), Some(0));
    let pid: u32 = fs::read_to_string(&pid_file).unwrap().trim_end().parse().unwrap();
    assert_ne!(pid, parent.id());
    assert!(here.ask("INFO server").contains(&format!("\r\nprocess_id:{pid}\r\n")));
    // The terminal, or the shell that started the server, must not be held open.
    let mut output = String::new();
    parent.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    assert_eq!(output, "");
    here.ask("SHUTDOWN");
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(!Path::new(&pid_file).exists(), "{rest}");
}

#[test]
fn a_port_that_is_taken_is_in_the_log_of_the_background_and_the_pid_file_of_the_other_server_stays() {
    let here = Directory::new("taken");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (log, pid_file) = (here.fifo("log"), here.path("pid"));
    fs::write(&pid_file, "17\n").unwrap();
    let arguments = format!("--daemonize yes --port {port} --logfile {log} --pidfile pid");
    let mut parent = here.cutaway(&arguments).spawn().unwrap();
    let mut text = String::new();
    fs::File::open(log).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(parent.wait().unwrap().code(), Some(0), "the parent does not wait for the child, as in Redis");
    assert!(text.contains(&format!("ERROR Failed listening on port {port}: ")), "{text}");
    assert_eq!(fs::read_to_string(&pid_file).unwrap(), "17\n");
}

#[test]
fn a_pid_file_that_cannot_be_written_is_a_warning() {
    let here = Directory::new("no-pid-file");
    let (server, log) = start(&mut here.cutaway("--pidfile /no/such/directory/pid"));
    assert!(log.contains(" WARN Failed to write PID file /no/such/directory/pid: No such file"), "{log}");
    assert_eq!(here.ask("PING"), "+PONG\r\n+OK\r\n");
    drop(server);
}

#[test]
fn signals_of_those_who_rotate_logs_do_not_end_the_server() {
    let here = Directory::new("signals");
    let (mut server, _) = start(&mut here.cutaway("--pidfile pid"));
    for (signal, name) in [(Signal::HUP, "SIGHUP"), (Signal::USR1, "SIGUSR1"), (Signal::USR2, "SIGUSR2")] {
        send(&server, signal);
        until(&mut server.log, &format!("Received {name}: ignored"));
    }
    assert_eq!(here.ask("PING"), "+PONG\r\n+OK\r\n");
    assert!(Path::new(&here.path("pid")).exists());
}

#[test]
fn the_log_says_which_signal_ended_the_server() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        let here = Directory::new(name);
        let (server, _) = start(&mut here.cutaway("--pidfile pid"));
        send(&server, signal);
        let (log, status) = end(server);
        let received = format!("Received {name} scheduling shutdown...");
        let expected = [
            &received,
            "User requested shutdown...",
            "Removing the pid file.",
            "cutaway is now ready to exit, bye bye...",
        ];
        assert_eq!(messages(&log), expected);
        assert_eq!(status, Some(0));
        assert!(!Path::new(&here.path("pid")).exists());
        assert!(!Path::new(&here.path("s")).exists(), "the socket is gone too");
    }
}

#[test]
fn a_second_interrupt_ends_a_server_that_does_not_come_to_hear_the_first() {
    let here = Directory::new("insist");
    let mut command = here.cutaway("--enable-debug-command yes");
    let (mut server, _) = start(command.env("RUST_LOG", "cutaway::step=trace"));
    let mut sleeper = UnixStream::connect(here.0.join("s")).unwrap();
    sleeper.write_all(b"DEBUG SLEEP 20\r\n").unwrap();
    until(&mut server.log, "DEBUG SLEEP 20");
    // Signals that come at once are one; so they are sent until there were two.
    let status = loop {
        match server.process.try_wait().unwrap() {
            Some(status) => break status,
            None => send(&server, Signal::INT),
        }
        std::thread::yield_now();
    };
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_log_file_that_was_moved_away_is_begun_anew() {
    let here = Directory::new("rotated");
    let fifo = here.fifo("ready");
    // The last of several names of a log that the test can wait for; the server writes through the link.
    let (log, moved) = (here.path("log"), here.path("log.1"));
    std::os::unix::fs::symlink(&fifo, &log).unwrap();
    let mut process = here.cutaway("--logfile log").spawn().unwrap();
    until(&mut BufReader::new(fs::File::open(&fifo).unwrap()), "Ready to accept connections");
    fs::rename(&log, &moved).unwrap();
    here.ask("SHUTDOWN");
    assert!(process.wait().unwrap().success());
    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(messages(&text), ["User requested shutdown...", "cutaway is now ready to exit, bye bye..."]);
}

#[test]
fn a_relative_log_file_is_in_the_directory_that_dir_names() {
    let here = Directory::new("relative");
    let mut process =
        here.cutaway("--logfile log --port 0 --unixsocket /no/such/directory/s").spawn().unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(1));
    let text = fs::read_to_string(here.path("log")).unwrap();
    assert!(text.contains("could not listen on the Unix socket /no/such/directory/s"), "{text}");
}

#[test]
fn a_log_that_nothing_reads_any_longer_does_not_end_the_server() {
    let here = Directory::new("closed-log");
    let mut command = here.cutaway("--loglevel debug");
    let (mut server, _) = start(command.stderr(Stdio::piped()));
    drop(server.process.stderr.take());
    server.log = Box::new(std::io::empty());
    send(&server, Signal::HUP);
    assert_eq!(here.ask("PING"), "+PONG\r\n+OK\r\n");
    send(&server, Signal::TERM);
    assert_eq!(end(server).1, Some(0));
}

/// Takes the next datagram.
fn received(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 200];
    let length = socket.recv(&mut buffer).expect("a message for the service manager");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// Starts a server whose `NOTIFY_SOCKET` is `name`, and ends it; `socket` receives what Redis would send.
fn is_supervised(here: &Directory, socket: &UnixDatagram, name: &str, arguments: &str) {
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let (server, log) = start(here.cutaway(arguments).env("NOTIFY_SOCKET", name));
    assert!(log.contains(" INFO Supervised by systemd\n"), "{log}");
    assert_eq!(received(socket), "STATUS=cutaway is loading...\n");
    assert_eq!(received(socket), "STATUS=Ready to accept connections\n");
    assert_eq!(received(socket), "READY=1\n");
    assert!(here.ask("INFO server").contains("\r\nprocess_supervised:systemd\r\n"));
    send(&server, Signal::TERM);
    assert_eq!(received(socket), "STOPPING=1\n");
    assert_eq!(end(server).1, Some(0));
}

#[test]
fn systemd_hears_when_the_server_is_ready_and_when_it_ends() {
    let here = Directory::new("systemd");
    let path = here.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    is_supervised(&here, &socket, &path, "--supervised systemd");
}

#[test]
fn a_supervised_server_stays_in_the_foreground() {
    let here = Directory::new("foreground");
    let path = here.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    is_supervised(&here, &socket, &path, "--supervised auto --daemonize yes");
}

#[cfg(target_os = "linux")]
#[test]
fn the_socket_of_the_service_manager_may_have_an_abstract_name() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;
    let here = Directory::new("abstract");
    let name = format!("cutaway-{}", std::process::id());
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    is_supervised(&here, &socket, &format!("@{name}"), "--supervised systemd");
}

#[test]
fn a_supervisor_that_is_not_there_is_a_warning() {
    let wrong = [
        (None, "supervised systemd", "systemd supervision error: NOTIFY_SOCKET not found!"),
        (Some("/no/such/socket"), "supervised systemd", "NOTIFY_SOCKET=/no/such/socket: No such file"),
        (
            Some("vsock:2:1"),
            "supervised auto",
            "NOTIFY_SOCKET=vsock:2:1: neither a path nor an abstract name",
        ),
        (None, "supervised upstart", "upstart supervision requested, but UPSTART_JOB not found!"),
    ];
    for (socket, setting, warning) in wrong {
        let here = Directory::new("unsupervised");
        let mut command = here.cutaway(&format!("--{setting}"));
        command.envs(socket.map(|socket| ("NOTIFY_SOCKET", socket)));
        let (server, log) = start(&mut command);
        assert!(log.contains(warning), "{log}");
        assert!(here.ask("INFO server").contains("\r\nprocess_supervised:no\r\n"));
        drop(server);
    }
}

#[test]
fn upstart_is_waited_for() {
    let here = Directory::new("upstart");
    let mut command = here.cutaway("--supervised auto");
    let mut process = command.env("UPSTART_JOB", "cutaway").spawn().unwrap();
    let pid = Pid::from_child(&process);
    let mut log = BufReader::new(process.stdout.take().unwrap());
    until(&mut log, "supervised by upstart, will stop to signal readiness.");
    // Its parent sees it stop, as Upstart would, and lets it go on.
    let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(status.stopped());
    let mut running = Running::of(process, log);
    send(&running, Signal::CONT);
    until(&mut running.log, "Ready to accept connections");
    assert!(here.ask("INFO server").contains("\r\nprocess_supervised:upstart\r\n"));
}

#[test]
fn a_reader_of_the_help_that_has_left_is_no_panic() {
    for words in
        ["--help", "version", "walk --help", "check --help", "check --list", "draw --help", "ping --help"]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = cutaway();
        let output = command.args(words.split(' ')).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8(output.stderr).unwrap()),
            (Some(0), String::new()),
            "{words}"
        );
    }
}
