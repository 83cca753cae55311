//! Starts the server: settings, log, sockets, signals, loop. Or one of the tools.
//!
//! Redis: `main()` in `src/server.c`.

use cutaway::cli::{self, Request};
use cutaway::config::Config;
use cutaway::event_loop::{End, EventLoop};
use cutaway::server::{Server, Time};
use cutaway::{process, socket};
use quanta::Clock;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook_mio::v1_0::Signals;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    if let Some(tool) = cli::tool(&args) {
        return (tool.main)(&args[1..]);
    }
    let outcome = match cli::parse(args.into_iter()) {
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

fn run(mut config: Config) -> Result<(), String> {
    start_log(&config)?;
    std::env::set_current_dir(&config.dir)
        .map_err(|error| format!("cannot work in {}: {error}", config.dir))?;
    if let Ok(dir) = std::env::current_dir() {
        config.dir = dir.to_string_lossy().into_owned();
    }
    // The lines up to "Ready to accept connections" have the words that tools wait for, and those that Redis's
    // own test-suite waits for: " PID: N", "Server initialized" and "Failed listening on port".
    tracing::info!("cutaway {} starts, PID: {}", env!("CARGO_PKG_VERSION"), std::process::id());
    process::make_room_for_clients(&mut config);
    let listeners = socket::listen(&config).inspect_err(|why| {
        tracing::error!("Failed listening on port {}: {why}", config.port);
    })?;
    let signals =
        Signals::new([SIGINT, SIGTERM]).map_err(|error| format!("cannot watch signals: {error}"))?;
    let pidfile = config.pidfile.clone();
    if !pidfile.is_empty() {
        std::fs::write(&pidfile, format!("{}\n", std::process::id()))
            .map_err(|error| format!("cannot write {pidfile}: {error}"))?;
    }
    tracing::info!(
        port = config.port,
        bind = config.bind.join(" "),
        unixsocket = config.unixsocket,
        "listening"
    );
    let unix_micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64;
    stopwatch(); // The first call calibrates the counter, which takes a moment.
    let mut process = process::describe();
    process.set_log_level = Some(set_log_level);
    let server = Server::new(config, process, Time { unix_micros, millis: 0 }, stopwatch);
    let mut event_loop = EventLoop::new(server, listeners, signals).map_err(|error| error.to_string())?;
    tracing::info!("Server initialized");
    tracing::info!("Ready to accept connections");
    let end = event_loop.run().map_err(|error| format!("the event loop failed: {error}"))?;
    match end {
        End::Signal => tracing::warn!("Received SIGINT or SIGTERM, shutting down"),
        End::Command => tracing::warn!("shutting down"),
    }
    tracing::warn!("cutaway is now ready to exit, bye bye...");
    if !pidfile.is_empty() {
        // Whoever removed it first meant the same.
        let _ = std::fs::remove_file(&pidfile);
    }
    Ok(())
}

/// Microseconds since the first call: what commands are timed with. Read once for each command, so it is the
/// processor's counter and not a call of the kernel's clock.
fn stopwatch() -> u64 {
    static START: OnceLock<(Clock, u64)> = OnceLock::new();
    let (clock, start) = START.get_or_init(|| {
        let clock = Clock::new();
        (clock.clone(), clock.raw())
    });
    clock.delta_as_nanos(*start, clock.raw()) / 1000
}

/// The filter of the log, once it is started.
static LOG_LEVEL: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// CONFIG SET loglevel.
fn set_log_level(level: &str) {
    if let Some(handle) = LOG_LEVEL.get() {
        // It fails only when the log is gone, and then there is nobody to tell.
        let _ = handle.reload(filter(level));
    }
}

/// `loglevel` as a filter; `RUST_LOG` adds to it.
fn filter(level: &str) -> EnvFilter {
    let level = match level {
        "debug" => LevelFilter::TRACE,
        "verbose" => LevelFilter::DEBUG,
        "notice" => LevelFilter::INFO,
        "warning" => LevelFilter::WARN,
        _ => LevelFilter::OFF,
    };
    EnvFilter::builder().with_default_directive(level.into()).from_env_lossy()
}

/// The log goes to standard output, or to `logfile`.
fn start_log(config: &Config) -> Result<(), String> {
    let (filter, handle) = reload::Layer::new(filter(config.loglevel));
    let _ = LOG_LEVEL.set(handle);
    let log = tracing_subscriber::fmt::layer().with_target(false);
    let registry = tracing_subscriber::registry().with(filter);
    if config.logfile.is_empty() {
        registry.with(log.with_ansi(std::io::stdout().is_terminal())).init();
    } else {
        let path = &config.logfile;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|error| format!("cannot open the log file {path}: {error}"))?;
        registry.with(log.with_ansi(false).with_writer(std::sync::Mutex::new(file))).init();
    }
    Ok(())
}
