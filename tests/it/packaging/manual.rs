//! The manual pages: `cutaway(1)`, and one for each tool.

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};
use cutaway::cli;
use cutaway::tools::TOOLS;

const DESCRIPTION: &str = "\
cutaway serves the protocol of Redis: Pub/Sub, keys that expire, strings, hashes, lists, streams, transactions and Lua \
scripts, all in memory. The first argument is a config file unless it begins with a dash; each --setting is read as a \
line of that file, and wins over it. A single dash as the first or the last argument reads more lines from standard \
input. Settings of Redis that are not listed here are accepted; the log names each that asks for something that is not \
done.";

/// What stands at the foot of a page.
const SOURCE: &str = concat!("cutaway ", env!("CARGO_PKG_VERSION"));

/// A name, and what is said about it.
type Entries = &'static [(&'static str, &'static str)];

const SIGNALS: Entries = &[
    (
        "SIGTERM, SIGINT",
        "End the server: the pid file and the Unix socket are removed, the status is 0. A second SIGINT ends at once a server that does not come to it, with status 1.",
    ),
    (
        "SIGHUP, SIGUSR1, SIGUSR2",
        "Are logged and do nothing. The log file needs no signal: it is opened anew when it was moved away.",
    ),
];

const FILES: Entries = &[
    (
        "/etc/cutaway/cutaway.conf",
        "The config file of the service. The one in packaging/ explains every setting.",
    ),
    (
        "/var/run/redis.pid",
        "The pid file of a server that runs in the background without the setting pidfile.",
    ),
];

const ENVIRONMENT: Entries = &[
    (
        "NOTIFY_SOCKET",
        "With supervised systemd or auto: the socket on which systemd is notified that the server is ready and that it ends.",
    ),
    ("RUST_LOG", "Adds to what is logged, e.g. cutaway::step=trace for every step of the server."),
];

const EXIT_STATUS: Entries = &[
    (
        "0",
        "The server was asked to end; with daemonize yes: the server went into the background, where its log says how it fared.",
    ),
    ("1", "It could not start, and standard error says why; or a second SIGINT came."),
];

/// The name of each page and its text.
pub fn pages() -> Vec<(String, String)> {
    let mut pages = vec![("cutaway.1".to_string(), server())];
    for tool in TOOLS {
        let command = (tool.command)().about(tool.about).name(format!("cutaway-{}", tool.name));
        let man = Man::new(command.bin_name(format!("cutaway {}", tool.name)))
            .title(format!("cutaway-{}", tool.name));
        let mut text = Vec::new();
        man.render(&mut text).unwrap();
        pages.push((format!("cutaway-{}.1", tool.name), String::from_utf8(text).unwrap()));
    }
    pages
}

fn server() -> String {
    let man = Man::new(cli::command(TOOLS)).source(SOURCE);
    let mut text = Vec::new();
    man.render_title(&mut text).unwrap();
    man.render_name_section(&mut text).unwrap();
    let mut before = Roff::new();
    before.control("SH", ["SYNOPSIS"]);
    before.text([bold("cutaway"), roman(" ["), italic("CONFIG"), roman("] [--setting value ...] [-]")]);
    before.control("br", []);
    before.text([bold("cutaway"), roman(" "), italic("TOOL"), roman(" ...")]);
    before.control("SH", ["DESCRIPTION"]);
    before.text([roman(DESCRIPTION)]);
    before.to_writer(&mut text).unwrap();
    man.render_options_section(&mut text).unwrap();
    let mut after = Roff::new();
    after.control("SH", ["TOOLS"]);
    for tool in TOOLS {
        entry(&mut after, tool.name, &format!("{}: see cutaway-{}(1).", tool.about, tool.name));
    }
    for (title, entries) in
        [("SIGNALS", SIGNALS), ("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT), ("EXIT STATUS", EXIT_STATUS)]
    {
        after.control("SH", [title]);
        for (name, about) in entries {
            entry(&mut after, name, about);
        }
    }
    after.control("SH", ["SEE ALSO"]);
    after.text([bold("redis-cli"), roman("(1), "), bold("systemd.service"), roman("(5)")]);
    after.to_writer(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn entry(page: &mut Roff, name: &str, about: &str) {
    page.control("TP", []);
    page.text([bold(name)]);
    page.text([roman(about)]);
}
