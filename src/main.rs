//! Starts the server: settings, log, sockets, signals, loop. Or one of the tools.
//!
//! Redis: `main()` in `src/server.c`.

mod allocator;
#[cfg(feature = "live")]
mod showing;

use cutaway::cli::{self, Request};
use cutaway::command;
use cutaway::config::Config;
use cutaway::net::event_loop::EventLoop;
use cutaway::net::signals::Watch;
use cutaway::net::socket;
use cutaway::os;
use cutaway::os::claim::claim_dir;
use cutaway::os::log;
use cutaway::os::pid_file::{self, PidFile};
use cutaway::os::process;
use cutaway::os::supervised::Supervisor;
use cutaway::server::dispatch::table::Table;
use cutaway::server::{Server, Time};
#[cfg(feature = "tools")]
use cutaway::tools::TOOLS;
use quanta::Clock;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Without the feature `tools` the program is the server and nothing else.
#[cfg(not(feature = "tools"))]
const TOOLS: &[cli::Tool] = &[];

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    if let Some((tool, args)) = cli::tool(TOOLS, &args) {
        return (tool.main)(&args);
    }
    let outcome = match cli::parse(TOOLS, args.into_iter()) {
        Ok(Request::Print(text)) => {
            cli::print(&text);
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
    let table = command::table(&config)?;
    config.dir =
        os::set_dir(&config.dir).map_err(|error| format!("cannot work in {} (dir): {error}", config.dir))?;
    log::start(&config)?;
    let supervisor = Supervisor::find(config.supervised);
    let background = config.daemonize && matches!(supervisor, Supervisor::No);
    if background {
        os::daemonize().map_err(|error| format!("cannot go into the background: {error}"))?;
    }
    serve(config, table, background, &supervisor).inspect_err(|why| {
        // The last chance to say so in the background, where standard error is closed.
        tracing::error!("{why}");
    })
}

/// Serves until the end, in the process that stays.
fn serve(mut config: Config, table: Table, background: bool, supervisor: &Supervisor) -> Result<(), String> {
    let signals = Watch::start().map_err(|error| format!("cannot watch signals: {error}"))?;
    // The lines up to "Ready to accept connections" have the words that tools wait for, and those that Redis's
    // own test-suite waits for: " PID: N", "Server initialized" and "Failed listening on port".
    tracing::info!("cutaway {} starts, PID: {}", env!("CARGO_PKG_VERSION"), std::process::id());
    for warning in config.warnings().into_iter().chain(table.warning_about(&config.renamed)) {
        tracing::warn!("{warning}");
    }
    process::check_tcp_backlog(&config);
    process::make_room_for_clients(&mut config);
    if config.saves_by_itself() {
        claim_dir().map_err(|error| format!("cannot save in {}: {error}", config.dir))?;
    }
    let listeners =
        socket::listen(&config).map_err(|why| format!("Failed listening on port {}: {why}", config.port))?;
    if background && config.pidfile.is_empty() {
        config.pidfile = pid_file::DEFAULT.into();
    }
    let pid_file = (!config.pidfile.is_empty()).then(|| PidFile::write(&config.pidfile));
    tracing::info!(
        port = config.port,
        bind = config.bind.join(" "),
        unixsocket = config.unixsocket,
        "listening"
    );
    let unix_micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64;
    stopwatch(); // The first call calibrates the counter, which takes a moment.
    allocator::start_thread();
    let mut process = process::describe();
    process.allocator = allocator::allocator();
    process.set_log_level = Some(log::set_level);
    process.set_dir = Some(os::set_dir);
    process.claim_dir = Some(claim_dir);
    process.has_disk = true;
    process.supervised = supervisor.name();
    let page = config.clone();
    let server = Server::new(table, config, process, Time { unix_micros, millis: 0 }, stopwatch);
    let mut event_loop = EventLoop::new(server, listeners, signals).map_err(|error| error.to_string())?;
    show(&page, &mut event_loop)?;
    tracing::info!("Server initialized");
    let ready = || {
        tracing::info!("Ready to accept connections");
        supervisor.ready();
    };
    event_loop.run(ready).map_err(|error| format!("the event loop failed: {error}"))?;
    if let Some(why) = event_loop.load_failure() {
        return Err(why.into());
    }
    event_loop.end();
    supervisor.stopping();
    drop(pid_file);
    tracing::warn!("cutaway is now ready to exit, bye bye...");
    Ok(())
}

/// Starts the live page if the settings ask for it.
#[cfg(feature = "live")]
fn show(config: &Config, event_loop: &mut EventLoop) -> Result<(), String> {
    showing::start(config, event_loop)
}

/// Without the feature `live` there is none.
#[cfg(not(feature = "live"))]
fn show(config: &Config, _: &mut EventLoop) -> Result<(), String> {
    match &*config.live {
        "" => Ok(()),
        address => {
            Err(format!("live {address}: this program was built without the live page (feature live)"))
        }
    }
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
