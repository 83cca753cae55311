//! `packaging/cutaway.conf`: every setting that does something, with its sentence and its default.

use cutaway::config::table::{Change, SETTINGS, Setting};

/// How wide the comments are.
const COLUMNS: usize = 100;

const BEGINNING: &str = "\
Settings of cutaway. Every setting is here with its default, behind a '#': take it away to change the value.

  cutaway /path/to/cutaway.conf                        starts with this file
  cutaway /path/to/cutaway.conf --port 7000            the command line wins over the file
  redis-cli CONFIG SET maxclients 500                  changes a setting while the server runs
  redis-cli CONFIG REWRITE                             writes such changes into this file; comments stay

A line is a name and its values. Values with spaces stand in quotes. Bytes may have a unit: 1k is 1000 bytes, 1kb is
1024, likewise m, mb, g and gb. Of a setting that stands twice, the last counts. A setting of Redis that is not here is
accepted, so that a redis.conf can be used as it is; the log names each that asks for something that is not done.

This file is made from the server's own table of settings by `cargo test --test it packaging::`.";

/// Titles, what is said about the settings below, and their names. A setting that none of these names stands at the end.
const SECTIONS: &[(&str, &str, &[&str])] = &[
    (
        "Network",
        "Without other settings the server can be reached from this machine only. To open it: set bind to an address of this machine or to '* -::*', and requirepass to a password. There is no TLS: put a proxy in front.",
        &[
            "port",
            "bind",
            "protected-mode",
            "requirepass",
            "unixsocket",
            "unixsocketperm",
            "tcp-backlog",
            "tcp-keepalive",
        ],
    ),
    (
        "The live page",
        "A page for the browser that shows this server at work, for people who learn and people who operate, and /metrics and /health for programs: see docs/live.md. With a password (requirepass) it asks for that.",
        &["live", "live-hosts", "live-console"],
    ),
    (
        "Running as a service",
        "Under systemd (packaging/cutaway.service) none of these is needed: the unit gives supervised, and the log goes to the journal. For an init script set daemonize, pidfile and logfile. The log file may be moved away at any time: the next line begins a new one, without a signal.",
        &["daemonize", "supervised", "pidfile", "logfile", "loglevel", "dir"],
    ),
    (
        "Clients and their limits",
        "A client that reads too slowly is closed when it is owed more than the limit of its class. The log then names the client, the limit and this setting.",
        &[
            "maxclients",
            "timeout",
            "client-output-buffer-limit",
            "client-query-buffer-limit",
            "proto-max-bulk-len",
            "client-counters",
        ],
    ),
    (
        "Keys and Pub/Sub",
        "Nothing is saved: what is in memory ends with the process.",
        &[
            "databases",
            "maxmemory",
            "maxmemory-policy",
            "maxmemory-samples",
            "maxmemory-eviction-tenacity",
            "maxmemory-clients",
            "lfu-log-factor",
            "lfu-decay-time",
            "notify-keyspace-events",
            "pattern-index",
            "hash-max-listpack-entries",
            "hash-max-listpack-value",
            "list-max-listpack-size",
            "stream-node-max-bytes",
            "stream-node-max-entries",
        ],
    ),
    (
        "Scripts, slow commands, latency",
        "SLOWLOG GET shows the commands that took long, INFO latencystats and LATENCY the rest.",
        &[
            "busy-reply-threshold",
            "slowlog-log-slower-than",
            "slowlog-max-len",
            "latency-tracking",
            "latency-tracking-info-percentiles",
            "latency-monitor-threshold",
        ],
    ),
    (
        "Which clients may do what is dangerous",
        "DEBUG can hold up the server, and CONFIG SET dir can make it write elsewhere. To take a command away, rename it: rename-command FLUSHALL \"\".",
        &["enable-debug-command", "enable-protected-configs"],
    ),
    ("Others", "", &[]),
];

/// What the file should be.
pub fn text() -> String {
    let mut text = comment(BEGINNING);
    for (title, about, names) in SECTIONS {
        let named = names.iter().map(|name| {
            SETTINGS
                .iter()
                .find(|setting| setting.name == *name)
                .unwrap_or_else(|| panic!("no setting {name}"))
        });
        let is_named = |name: &str| SECTIONS.iter().any(|(_, _, names)| names.contains(&name));
        let others = SETTINGS.iter().filter(|setting| names.is_empty() && !is_named(setting.name));
        let settings: Vec<&Setting> = named.chain(others).collect();
        if settings.is_empty() {
            continue;
        }
        let rule = "#".repeat(COLUMNS - title.len() - 6);
        text.push_str(&format!("\n#### {title} {rule}\n"));
        if !about.is_empty() {
            text.push_str(&format!("\n{}", comment(&wrapped(about))));
        }
        for setting in settings {
            text.push_str(&format!("\n{}#{}\n", comment(&wrapped(&about_setting(setting))), line(setting)));
        }
    }
    text
}

/// The lines of the file that are settings, without the `#`.
pub fn settings(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
    lines.filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
}

fn about_setting(setting: &Setting) -> String {
    let change = match setting.change {
        Change::Any => "",
        Change::Start => " Fixed at start.",
        Change::Protected => " CONFIG SET only if enable-protected-configs allows it.",
    };
    format!("{}{change}", setting.doc)
}

fn line(setting: &Setting) -> String {
    let value = if setting.default.is_empty() { "\"\"" } else { setting.default };
    format!("{} {value}", setting.name)
}

fn comment(text: &str) -> String {
    text.lines().map(|line| format!("# {line}").trim_end().to_string() + "\n").collect()
}

fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one from the start");
        if last.len() + word.len() + 3 > COLUMNS {
            lines.push(word.into());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join("\n")
}
