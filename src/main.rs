//! Starts the server: settings, log, sockets, signals, loop.
//!
//! Redis: `main()` in `src/server.c`.

use cutaway::cli::{self, Request};
use cutaway::config::Config;
use cutaway::event_loop::{End, EventLoop};
use cutaway::server::{Server, Time};
use cutaway::{process, socket};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook_mio::v1_0::Signals;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let outcome = match cli::parse(std::env::args_os()) {
        Ok(Request::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Request::Run(config)) => run(*config),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cutaway: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Config) -> Result<(), String> {
    start_log(&config)?;
    std::env::set_current_dir(&config.dir)
        .map_err(|error| format!("cannot work in {}: {error}", config.dir))?;
    let listeners = socket::listen(&config)?;
    let signals =
        Signals::new([SIGINT, SIGTERM]).map_err(|error| format!("cannot watch signals: {error}"))?;
    let pidfile = config.pidfile.clone();
    if !pidfile.is_empty() {
        std::fs::write(&pidfile, format!("{}\n", std::process::id()))
            .map_err(|error| format!("cannot write {pidfile}: {error}"))?;
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), pid = std::process::id(), "cutaway starts");
    tracing::info!(
        port = config.port,
        bind = config.bind.join(" "),
        unixsocket = config.unixsocket,
        "listening"
    );
    let unix_micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64;
    let server = Server::new(config, process::describe(), Time { unix_micros, millis: 0 }, stopwatch);
    let mut event_loop = EventLoop::new(server, listeners, signals).map_err(|error| error.to_string())?;
    tracing::info!("Ready to accept connections");
    let end = event_loop.run().map_err(|error| format!("the event loop failed: {error}"))?;
    match end {
        End::Signal => tracing::warn!("Received SIGINT or SIGTERM, shutting down"),
        End::Command => tracing::warn!("shutting down"),
    }
    if !pidfile.is_empty() {
        // Whoever removed it first meant the same.
        let _ = std::fs::remove_file(&pidfile);
    }
    Ok(())
}

/// Microseconds since the first call: what commands are timed with.
fn stopwatch() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_micros() as u64
}

/// The log goes to standard output, or to `logfile`; `RUST_LOG` overrides `loglevel`.
fn start_log(config: &Config) -> Result<(), String> {
    let level = match config.loglevel {
        "debug" => LevelFilter::TRACE,
        "verbose" => LevelFilter::DEBUG,
        "notice" => LevelFilter::INFO,
        "warning" => LevelFilter::WARN,
        _ => LevelFilter::OFF,
    };
    let filter =
        tracing_subscriber::EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    let terminal = std::io::stdout().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_ansi(terminal);
    if config.logfile.is_empty() {
        log.init();
    } else {
        let path = &config.logfile;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|error| format!("cannot open the log file {path}: {error}"))?;
        log.with_ansi(false).with_writer(std::sync::Mutex::new(file)).init();
    }
    Ok(())
}
