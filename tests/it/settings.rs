//! The settings beside those of Redis and Valkey: which there are, what they are by default, which values they take, what
//! a start says of them, and that their stock files start.
//!
//! `tests/settings/known.txt` is the record of what the servers know, and `tests/settings/*.conf` have the settings of
//! their stock files. Where a server is found, the record is compared with it, and so is every setting.

use crate::reference_server::{Kind, ReferenceServer, find};
use crate::running::{Running, cutaway, free_port};
use cutaway::cli::{self, Request};
use cutaway::command;
use cutaway::config::inert::INERT;
use cutaway::config::rewrite::Which;
use cutaway::config::table::{Change, SETTINGS, Setting};
use cutaway::config::{Config, find as setting};
use cutaway::server::dispatch::known;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

const KNOWN: &str = include_str!("../settings/known.txt");

/// What the settings are when they are started with these arguments, or why there is no start.
fn start(args: &[&str]) -> Result<Config, String> {
    match cli::parse(&[], std::iter::once("cutaway").chain(args.iter().copied()).map(OsString::from))? {
        Request::Run(config) => command::table(&config).map(|_| *config),
        Request::Print(text) => Err(text),
    }
}

/// The lines of the record: name, servers, default.
fn record() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    KNOWN.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut columns = line.split('\t');
        (columns.next().unwrap(), columns.next().unwrap(), columns.next().unwrap())
    })
}

/// The names that a server is on record to show for `CONFIG GET *`.
fn recorded(server: &str) -> BTreeSet<String> {
    let shown = record().filter(|(_, servers, _)| servers.split(' ').any(|known| known == server));
    shown.map(|(name, ..)| name.to_string()).collect()
}

#[test]
fn every_setting_of_redis_and_valkey_is_known() {
    let in_files_only = |name: &str| {
        let outcome = Config::default().set_at_start(name, &["a".into(), "b".into()]);
        outcome.map_or_else(|error| !error.starts_with("unknown setting"), |()| true)
    };
    let unknown: Vec<&str> = record()
        .filter(|&(name, servers, _)| match (name, servers) {
            // The loader reads it; a test below includes files.
            ("include", _) => false,
            (_, "line") => !in_files_only(name),
            _ => setting(name).is_none(),
        })
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn every_setting_of_redis_has_its_default() {
    // Why these differ stands in docs/differences.md.
    let differ = ["bind", "dir"];
    let mut config = Config::default();
    let values: BTreeMap<&str, &str> = record().map(|(name, _, default)| (name, default)).collect();
    for (name, default) in values {
        if let Some(setting) = setting(name).filter(|_| !differ.contains(&name)) {
            assert_eq!(config.value(setting), default, "{name}");
        }
    }
}

#[test]
fn config_get_shows_what_redis_and_valkey_show_and_what_only_this_server_has() {
    let mut shown: BTreeSet<String> = Config::default().get(&[b"*"]).unwrap().into_keys().collect();
    for ours in ["pattern-index", "client-counters", "live", "live-hosts", "live-console"] {
        assert!(shown.remove(ours), "{ours}");
    }
    // Redis 8.0 still reads this one without showing it.
    assert!(shown.remove("io-threads-do-reads"));
    assert_eq!(shown, &recorded("8.0") | &recorded("valkey"));
    // Some are shown only when their names are spelt out, in both servers.
    let hidden = Config::default().get(&[b"watchdog-period", b"key-load-d*"]).unwrap();
    assert_eq!(hidden.into_iter().collect::<Vec<_>>(), [("watchdog-period".to_string(), "0".to_string())]);
}

/// A connection of RESP2 on which one waits for each reply.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn to(server: &ReferenceServer) -> Connection {
        Connection(BufReader::new(TcpStream::connect(server.address).unwrap()))
    }

    /// The reply's items; of an error or a status the line.
    fn ask(&mut self, words: &[&str]) -> Vec<String> {
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        self.reply()
    }

    fn reply(&mut self) -> Vec<String> {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let line = line.trim_end();
        match (&line[..1], line[1..].parse::<usize>()) {
            ("*", Ok(length)) => (0..length).flat_map(|_| self.reply()).collect(),
            ("$", Ok(length)) => {
                let mut bytes = vec![0; length + 2];
                self.0.read_exact(&mut bytes).unwrap();
                bytes.truncate(length);
                vec![String::from_utf8(bytes).unwrap()]
            }
            _ => vec![line.to_string()],
        }
    }
}

/// The settings of the file that a package of the reference has, without comments.
fn stock_settings(program: &Path, file: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(program.parent()?.join("root/etc").join(file)).ok()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Some(lines.map(String::from).collect())
}

fn check_the_record(kind: Kind, column: &str, file: &str, stock: &str) {
    let Some(program) = find(kind) else { return };
    let server = ReferenceServer::start(&program, &[]);
    let mut connection = Connection::to(&server);
    let shown: BTreeSet<String> = connection.ask(&["CONFIG", "GET", "*"]).into_iter().step_by(2).collect();
    assert_eq!(shown, recorded(column));
    let commands = connection.ask(&["COMMAND", "LIST"]);
    let unknown: Vec<&String> =
        commands.iter().filter(|name| !name.contains('|') && !known::is_known(name.as_bytes())).collect();
    assert_eq!(unknown, [""; 0]);
    // A server from elsewhere has another stock file, or none.
    if let Some(settings) = stock_settings(&program, file) {
        assert_eq!(settings, stock.lines().skip(1).collect::<Vec<_>>());
    }
}

#[test]
fn the_record_is_what_redis_knows() {
    check_the_record(Kind::Redis, "8.0", "redis/redis.conf", include_str!("../settings/redis-8.0.conf"));
}

#[test]
fn the_record_is_what_valkey_knows() {
    check_the_record(
        Kind::Valkey,
        "valkey",
        "valkey/valkey.conf",
        include_str!("../settings/valkey-8.1.conf"),
    );
}

/// Values that some settings take and others refuse.
const VALUES: &[&str] = &[
    "",
    "~bad",
    "yes",
    "NO",
    "0",
    "1",
    "-1",
    "65536",
    "501",
    "1001",
    "-3000000000",
    "3000000000",
    "007",
    "+1",
    " 1",
    "1k",
    "1kb",
    "1Gb",
    "1xb",
    "50%",
    "101%",
    "-5%",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "-99999999999999999999",
    "a/b",
    "a b",
    "1 2 3",
    "900 1",
    "900 1 300",
    "{title}",
    "{title",
    "save nosave",
    "force now",
    "127.0.0.1",
    "::1",
    "always",
    "allkeys-lru",
];

/// CONFIG SET of every value to every one of the settings: where the reply, or the value after it, is not the server's.
fn differences(kind: Kind, names: BTreeSet<String>) -> Vec<String> {
    let Some(program) = find(kind) else { return Vec::new() };
    let protected = ("enable-protected-configs", ["yes".to_string()]);
    let server = ReferenceServer::start(&program, &[(protected.0.into(), protected.1.to_vec())]);
    let mut there = Connection::to(&server);
    let mut differences = Vec::new();
    for name in names.iter().map(String::as_str) {
        let default = there.ask(&["CONFIG", "GET", name])[1].clone();
        let mut fresh = Config::default();
        fresh.set_at_start(protected.0, &protected.1).unwrap();
        // Fails for what is fixed at start.
        let _ = fresh.set(&[(name.as_bytes(), default.as_bytes())], true);
        for value in VALUES {
            let mut here = fresh.clone();
            let mut theirs = there.ask(&["CONFIG", "SET", name, value]);
            theirs.extend(there.ask(&["CONFIG", "GET", name]).pop());
            let ours = match here.set(&[(name.as_bytes(), value.as_bytes())], true) {
                Ok(()) => "+OK".to_string(),
                Err(error) => format!("-ERR {error}"),
            };
            let ours = [ours, here.value(setting(name).unwrap())];
            if ours != *theirs {
                differences.push(format!("{name} {value:?}: {theirs:?}, here {ours:?}"));
            }
            if theirs[0] == "+OK" {
                there.ask(&["CONFIG", "SET", name, &default]);
            }
        }
    }
    differences
}

/// Settings that are not set there: they would take the server away or act on what is outside it; or they ask what only
/// that machine knows, its locales and how its server was built.
const SKIPPED: &[&str] =
    &["bind", "port", "dir", "requirepass", "maxclients", "oom-score-adj", "locale-collate", "activedefrag"];

#[test]
fn every_value_is_taken_or_refused_as_redis_does() {
    let mut names = recorded("8.0");
    names.retain(|name| !SKIPPED.contains(&name.as_str()));
    assert_eq!(differences(Kind::Redis, names), [""; 0]);
}

#[test]
fn every_value_of_its_own_settings_is_taken_or_refused_as_valkey_does() {
    let mut names = &recorded("valkey") - &recorded("8.0");
    // What they take depends on how that server was built.
    names.retain(|name| !["rdma-bind", "rdma-port"].contains(&name.as_str()));
    assert_eq!(differences(Kind::Valkey, names), [""; 0]);
}

#[test]
fn what_is_fixed_at_start_is_refused_there_as_redis_refuses_it() {
    let Some(program) = find(Kind::Redis) else { return };
    let fixed = SETTINGS.iter().chain(INERT).filter(|setting| setting.change == Change::Start);
    let known = recorded("8.0");
    for setting in fixed.filter(|setting| known.contains(setting.name)) {
        for value in ["~bad", "-1", "99999999999999999999"] {
            let name = setting.name;
            let Err(here) = Config::default().set_at_start(name, &[value.into()]) else { continue };
            let there = Command::new(&program).args([format!("--{name}"), value.into()]).output().unwrap();
            let there = String::from_utf8(there.stderr).unwrap();
            let why = there.trim_end().lines().last().unwrap_or_default();
            assert!(
                !why.is_empty() && here.ends_with(&format!(": {why}")),
                "{name} {value}: {why}, here {here}"
            );
        }
    }
}

/// Starts the stock file as it stands but for the places that this machine may lack, and returns the lines of the log up to
/// the one that says it is ready.
fn start_stock_file(name: &str, settings: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, settings).unwrap();
    let start = |_| {
        let mut command = cutaway();
        command.arg(&path).arg("--dir").arg(directory.path());
        command.args(["--logfile", "", "--pidfile", "cutaway.pid", "--daemonize", "no", "--port"]);
        Running::try_start(command.arg(free_port().to_string()))
    };
    // Between asking for a free port and taking it another process may be quicker: then once more.
    let (_running, lines) = (0..10).find_map(start).unwrap_or_else(|| panic!("{name} does not start"));
    lines.lines().map(String::from).collect()
}

macro_rules! stock_files {
    ($($test:ident: $file:literal;)*) => {$(
        #[test]
        fn $test() {
            let lines = start_stock_file($file, include_str!(concat!("../settings/", $file)));
            let warnings: Vec<&String> = lines.iter().filter(|line| line.contains(" WARN ")).collect();
            // The limit of open files is the machine's.
            let ours = warnings.iter().filter(|line| !line.contains("maxclients")).count();
            assert_eq!(ours, 0, "{warnings:#?}");
        }
    )*};
}

stock_files! {
    the_stock_file_of_redis_7_0_starts_without_a_warning: "redis-7.0.conf";
    the_stock_file_of_redis_8_0_starts_without_a_warning: "redis-8.0.conf";
    the_stock_file_of_valkey_8_1_starts_without_a_warning: "valkey-8.1.conf";
}

#[test]
fn a_setting_that_nobody_knows_is_an_error_with_file_and_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.conf");
    fs::write(&path, "port 1\n\njemalloc-bg-thraed yes\n").unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(
        start(&[path]).unwrap_err(),
        format!(
            "{path}: line 3: unknown setting 'jemalloc-bg-thraed \"yes\"': Bad directive or wrong number of arguments; did you mean 'jemalloc-bg-thread'?"
        )
    );
}

#[test]
fn what_is_not_there_and_must_not_be_missed_is_refused_at_the_start() {
    for (args, why) in [
        (
            &["--aclfile", "/etc/redis/users.acl"][..],
            "bad value for 'aclfile /etc/redis/users.acl': Aborting startup because of ACL errors: there is no user but 'default'",
        ),
        (
            &["--user", "alice", "on"],
            "Error in user declaration 'alice': there is no user but 'default', who may do everything",
        ),
        (&["--tls-port", "6380"], "bad value for 'tls-port 6380': Failed to configure TLS: there is none"),
        (
            &["--tls-replication", "yes"],
            "bad value for 'tls-replication yes': Failed to configure TLS: there is none",
        ),
        (
            &["--tls-cluster", "yes"],
            "bad value for 'tls-cluster yes': Failed to configure TLS: there is none",
        ),
        (&["--cluster-enabled", "yes"], "bad value for 'cluster-enabled yes': there is no cluster"),
        (&["--replicaof", "h", "6379"], "bad value for 'replicaof h 6379': there is no replication"),
        (&["--slaveof", "h 6379"], "bad value for 'replicaof h 6379': there is no replication"),
        (
            &["--cluster-enabled", "yes", "--replicaof", "h", "1"],
            "replicaof directive not allowed in cluster mode",
        ),
        (
            &["--loadmodule", "/m.so", "x"],
            "Can't load module from /m.so: server aborting (there are no modules)",
        ),
    ] {
        assert_eq!(start(args).unwrap_err(), why);
    }
}

/// What CONFIG REWRITE of Redis 8.0 makes of a file with `requirepass "abc"`.
const REWRITTEN_BY_REDIS: &str = "requirepass \"abc\"

# Generated by CONFIG REWRITE
pidfile \"/var/run/redis.pid\"
save 3600 1
save 300 100
save 60 10000
latency-tracking-info-percentiles 50 99 99.9
user default on sanitize-payload #ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad ~* &* +@all
";

#[test]
fn a_file_that_redis_has_rewritten_starts() {
    let config = with_files(&[("redis.conf", REWRITTEN_BY_REDIS)]).unwrap();
    assert_eq!(config.requirepass, "abc");
    let open = "user default on nopass sanitize-payload ~* &* +@all";
    assert_eq!(with_files(&[("redis.conf", open)]).map(drop), Ok(()));
}

#[test]
fn a_default_user_who_is_not_that_of_this_server_is_refused() {
    for rules in [
        "off nopass ~* &* +@all",
        "on nopass ~* &* +@all -flushall",
        "on nopass ~a* &* +@all",
        "on nopass ~* resetchannels +@all",
        "on ~* &* +@all",
        "on nopass ~* &*",
    ] {
        let error = with_files(&[("a.conf", &format!("user default {rules}"))]).unwrap_err();
        assert_eq!(
            error,
            "HOME/a.conf: line 1: Error in user declaration 'default': there is no user but 'default', who may do everything"
        );
    }
    let without = REWRITTEN_BY_REDIS.replace("requirepass \"abc\"", "");
    assert_eq!(
        with_files(&[("a.conf", &without)]).unwrap_err(),
        "Error in user declaration 'default': its password is not that of requirepass"
    );
}

#[test]
fn a_rewrite_does_not_leave_a_default_user_with_the_password_of_before() {
    let mut config = with_files(&[("a.conf", REWRITTEN_BY_REDIS)]).unwrap();
    assert!(
        config
            .rewritten(REWRITTEN_BY_REDIS, Which::Changed)
            .contains("user default on sanitize-payload #ba78")
    );
    config.set(&[(b"requirepass", b"new")], false).unwrap();
    let text = config.rewritten(REWRITTEN_BY_REDIS, Which::Changed);
    assert!(text.starts_with("requirepass new\n") && !text.contains("user default"), "{text}");
}

#[test]
fn a_refusal_names_the_line_that_has_the_last_word() {
    let include = ("a.conf", "tls-port 1\n\ninclude HOME/b.conf");
    assert_eq!(
        with_files(&[include, ("b.conf", "# TLS\ntls-port 2")]).unwrap_err(),
        "HOME/a.conf: line 3: HOME/b.conf: line 2: bad value for 'tls-port 2': Failed to configure TLS: there is none"
    );
    assert!(with_files(&[include, ("b.conf", "tls-port 0")]).is_ok());
    assert_eq!(
        with_files(&[include, ("b.conf", "timeout 1")]).unwrap_err(),
        "HOME/a.conf: line 1: bad value for 'tls-port 1': Failed to configure TLS: there is none"
    );
}

#[test]
fn values_that_ask_for_nothing_are_silent() {
    let mut config = start(&[
        "--tls-port",
        "0",
        "--save",
        "",
        "--appendonly",
        "no",
        "--maxmemory",
        "0",
        "--slaveof",
        "no",
        "one",
        "--aclfile",
        "",
        "--tls-cluster",
        "no",
        "--cluster-enabled",
        "no",
        "--hz",
        "100",
        "--lazyfree-lazy-user-del",
        "yes",
        "--shutdown-on-sigterm",
        "nosave",
        "--timeout",
        "7",
    ])
    .unwrap();
    assert_eq!(config.warnings(), [""; 0]);
    // A later line has the last word, here as in Redis.
    assert!(start(&["--tls-port", "6380", "--tls-port", "0"]).is_ok());
}

#[test]
fn values_that_ask_for_what_is_not_done_are_warned_of_by_reason() {
    let mut config = start(&[
        "--masterauth",
        "hidden",
        "--io-threads",
        "4",
        "--syslog-ident",
        "a\nb",
        "--proc-title-template",
        &"x".repeat(100),
        "--rename-command",
        "BGSAVE",
        "",
        "--rename-command",
        "migrate",
        "zplus",
        "--proto-max-bulk-len",
        "3gb",
    ])
    .unwrap();
    let renames = command::table(&config).unwrap().warning_about(&config.renamed);
    assert_eq!(
        config.warnings().into_iter().chain(renames).collect::<Vec<_>>(),
        [
            "'syslog-ident \"a\\nb\"' changes nothing: nothing is written to the system log",
            "'io-threads 4' changes nothing: one thread does all the work, on any processor",
            &format!(
                "'proc-title-template {}…' changes nothing: the process keeps its title",
                "x".repeat(64)
            ),
            "'masterauth' changes nothing: there is no replication",
            "'proto-max-bulk-len 3221225472' means 2147483648: more is not built",
            "rename-command of migrate changes nothing: these commands are not built",
        ]
    );
}

#[test]
fn config_set_refuses_tls_in_redis_words_and_takes_the_rest() {
    let mut config = Config::default();
    let mut set = |name: &str, value: &str| config.set(&[(name.as_bytes(), value.as_bytes())], true);
    for (name, value) in [("tls-port", "6380"), ("tls-cluster", "yes"), ("tls-replication", "yes")] {
        assert_eq!(
            set(name, value),
            Err(format!(
                "CONFIG SET failed (possibly related to argument '{name}') - Unable to update TLS configuration. Check server logs."
            ))
        );
    }
    assert_eq!(set("tls-port", "0"), Ok(()));
    assert_eq!(set("activedefrag", "yes"), Ok(()));
    assert_eq!(config.warnings(), ["'activedefrag yes' changes nothing: memory is not defragmented"]);
}

#[test]
fn a_rename_of_a_command_that_nobody_knows_ends_the_start() {
    let rename = |from, to| start(&["--rename-command", from, to]).map(drop);
    assert_eq!(
        rename("NOSUCH", ""),
        Err("bad value for 'rename-command \"NOSUCH\" \"\"': No such command in rename-command".into())
    );
    assert_eq!(
        rename("BGSAVE", "get"),
        Err("bad value for 'rename-command \"BGSAVE\" \"get\"': Target command name already exists".into())
    );
    assert_eq!(rename("BGSAVE", ""), Ok(()));
}

/// A directory with these files, and the settings after a start with the first.
fn with_files(files: &[(&str, &str)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().to_str().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("HOME", home)).unwrap();
    }
    let first = directory.path().join(files[0].0);
    start(&[first.to_str().unwrap()]).map_err(|error| error.replace(home, "HOME"))
}

#[test]
fn a_relative_include_is_looked_up_in_the_directory_that_was_set_before_it() {
    let config = with_files(&[
        ("a.conf", "dir HOME\ninclude one.conf\ndir sub\ninclude one.conf\ninclude ../two.conf"),
        ("one.conf", "timeout 1"),
        ("sub/one.conf", "tcp-keepalive 2"),
        ("two.conf", "maxclients 3"),
    ])
    .unwrap();
    assert_eq!((config.timeout_seconds, config.tcp_keepalive_seconds, config.maxclients), (1, 2, 3));
    assert!(config.dir.ends_with("/sub"));
}

#[test]
fn a_glob_includes_the_files_in_the_order_of_their_names_and_may_match_none() {
    let config = with_files(&[
        ("a.conf", "dir HOME\ninclude none/*.conf\ninclude conf.d/*.conf\ninclude HOME/conf.d/**.extra"),
        ("conf.d/20.conf", "timeout 20"),
        ("conf.d/10.conf", "timeout 10\ntcp-keepalive 10"),
        ("conf.d/.hidden.conf", "timeout 30"),
        ("conf.d/dir.conf/x", "timeout 40"),
        ("conf.d/x.extra", "maxclients 5"),
    ])
    .unwrap();
    assert_eq!((config.timeout_seconds, config.tcp_keepalive_seconds, config.maxclients), (20, 10, 5));
}

#[test]
fn an_included_file_that_is_missing_ends_the_start_and_its_errors_name_the_way_to_it() {
    assert_eq!(
        with_files(&[("a.conf", "port 1\ninclude HOME/none.conf")]).unwrap_err(),
        "HOME/a.conf: line 2: Fatal error, can't open config file 'HOME/none.conf': No such file or directory"
    );
    assert_eq!(
        with_files(&[("a.conf", "include HOME/b.conf"), ("b.conf", "\nhz x")]).unwrap_err(),
        "HOME/a.conf: line 1: HOME/b.conf: line 2: bad value for 'hz \"x\"': argument couldn't be parsed into an integer"
    );
}

#[test]
fn files_that_include_each_other_end_the_start_after_a_bounded_number_of_steps() {
    let error =
        with_files(&[("a.conf", "include HOME/b.conf"), ("b.conf", "include HOME/a.conf")]).unwrap_err();
    assert!(error.ends_with("too many files include each other: 'HOME/a.conf' is not read"), "{error}");
    // Not inside each other for ever, but more often at each level.
    let many = "include HOME/c*.conf\n".repeat(40);
    let error = with_files(&[("a.conf", &many), ("c1.conf", &many), ("c2.conf", "timeout 1")]).unwrap_err();
    assert!(error.contains("too many files include each other"), "{error}");
}

#[test]
fn no_secret_setting_shows_its_value_in_a_warning() {
    let secret: Vec<&Setting> = SETTINGS.iter().chain(INERT).filter(|setting| setting.secret).collect();
    let names: Vec<&str> = secret.iter().map(|setting| setting.name).collect();
    assert_eq!(
        names,
        ["requirepass", "masterauth", "masteruser", "tls-client-key-file-pass", "tls-key-file-pass"]
    );
    let mut config = Config::default();
    for name in names {
        config.set_at_start(name, &["hunter2".into()]).unwrap();
    }
    assert!(!config.warnings().concat().contains("hunter2"));
}

/// A server of ours, started by a line of `sh` with this config file, and a client of it on a Unix socket.
#[cfg(unix)]
fn serve(
    shell: &str,
    settings: &str,
) -> (tempfile::TempDir, Running, BufReader<std::os::unix::net::UnixStream>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cutaway.conf");
    fs::write(&path, settings).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{shell} exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_cutaway")]).arg(&path);
    command.args(["--port", "0", "--unixsocket", "socket", "--dir"]).arg(directory.path());
    let (running, _) = Running::try_start(&mut command).expect("a server that is ready");
    let client = std::os::unix::net::UnixStream::connect(directory.path().join("socket")).unwrap();
    (directory, running, BufReader::new(client))
}

/// The line of the reply to an inline request.
#[cfg(unix)]
fn ask(client: &mut BufReader<std::os::unix::net::UnixStream>, request: &str) -> String {
    client.get_mut().write_all(format!("{request}\r\n").as_bytes()).unwrap();
    let mut line = String::new();
    client.read_line(&mut line).unwrap();
    line.trim_end().to_string()
}

/// A full disk, for a process: files may have so few bytes, and the signal for that is ignored.
#[cfg(unix)]
#[test]
fn a_rewrite_that_the_disk_has_no_room_for_keeps_the_old_file_and_leaves_no_other() {
    let text = format!("# {}\n", "x".repeat(600));
    let (directory, _running, mut client) = serve("trap '' XFSZ; ulimit -f 1;", &text);
    assert_eq!(ask(&mut client, &format!("CONFIG SET masterauth {}", "m".repeat(900))), "+OK");
    assert_eq!(ask(&mut client, "CONFIG REWRITE"), "-ERR Rewriting config file: File too large");
    assert_eq!(fs::read_to_string(directory.path().join("cutaway.conf")).unwrap(), text);
    let mut names: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["cutaway.conf", "socket"]);
}

#[cfg(unix)]
#[test]
fn config_set_dir_moves_the_process_or_changes_nothing() {
    let (directory, _running, mut client) = serve("", "enable-protected-configs yes\n");
    let failed = |why: &str| format!("-ERR CONFIG SET failed (possibly related to argument 'dir') - {why}");
    assert_eq!(ask(&mut client, "CONFIG SET dir none timeout 7"), failed("No such file or directory"));
    assert_eq!(ask(&mut client, "CONFIG SET dir cutaway.conf timeout 7"), failed("Not a directory"));
    fs::create_dir(directory.path().join("sub")).unwrap();
    assert_eq!(ask(&mut client, "CONFIG SET dir sub"), "+OK");
    // The file that the settings came from has a full path, so it is rewritten where it is.
    assert_eq!(ask(&mut client, "CONFIG REWRITE"), "+OK");
    let home = directory.path().canonicalize().unwrap();
    let text = fs::read_to_string(directory.path().join("cutaway.conf")).unwrap();
    assert!(text.contains(&format!("dir {}/sub\n", home.display())), "{text}");
    assert!(!text.contains("timeout"), "{text}");
}
