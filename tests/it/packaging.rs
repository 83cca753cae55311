//! What `packaging/` has for an installation: it is made from the settings table and the command line, or
//! agrees with them, and it works.
//!
//! `CUTAWAY_BLESS=1 cargo test --test it packaging::` writes `cutaway.conf`, the manual pages and the completions anew.

mod conf;
mod manual;

use crate::running::{Running, cutaway};
use clap::Command;
use clap_complete::{Shell, generate};
use cutaway::cli::{self, Request};
use cutaway::config::Config;
use cutaway::tools::TOOLS;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command as Program;

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(packaging(name)).unwrap_or_else(|error| panic!("packaging/{name}: {error}"))
}

/// Fails if a file is not what is made for it, or writes it anew if asked to.
fn is_fresh(name: &str, made: &str) {
    if std::env::var_os("CUTAWAY_BLESS").is_some() {
        fs::write(packaging(name), made).unwrap();
    }
    let is = read(name);
    let stale = is.lines().zip(made.lines()).find(|(is, should)| is != should);
    assert!(
        is == made,
        "packaging/{name} is stale: CUTAWAY_BLESS=1 cargo test --test it packaging:: writes it anew; first difference: {stale:?}"
    );
}

/// Says what could not be tested here, past libtest's capture.
fn skipped(what: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED {what}");
}

/// The command line with the tools as subcommands.
fn whole_command() -> Command {
    let tools = TOOLS.iter().map(|tool| (tool.command)().about(tool.about));
    let version = Command::new("version").about("Print the version");
    cli::command(TOOLS).subcommands(tools).subcommand(version)
}

#[test]
fn the_config_file_is_made_from_the_settings() {
    is_fresh("cutaway.conf", &conf::text());
}

#[test]
fn the_manual_is_made_from_the_command_line() {
    for (name, text) in manual::pages() {
        is_fresh(&name, &text);
    }
}

#[test]
fn the_completions_are_made_from_the_command_line() {
    for (shell, name) in
        [(Shell::Bash, "cutaway.bash"), (Shell::Zsh, "_cutaway"), (Shell::Fish, "cutaway.fish")]
    {
        let mut script = Vec::new();
        generate(shell, &mut whole_command(), "cutaway", &mut script);
        is_fresh(&format!("completions/{name}"), &String::from_utf8(script).unwrap());
    }
}

#[test]
fn the_shells_can_read_their_completions() {
    for (shell, name) in [("bash", "cutaway.bash"), ("zsh", "_cutaway"), ("fish", "cutaway.fish")] {
        match Program::new(shell).arg("-n").arg(packaging("completions").join(name)).output() {
            Ok(output) => assert!(output.status.success(), "{name}: {output:?}"),
            Err(error) => skipped(&format!("the_shells_can_read_their_completions: {shell}: {error}")),
        }
    }
}

/// The settings of a server that is started with a file of these lines.
fn settings(name: &str, text: &str) -> Config {
    let path = std::env::temp_dir().join(format!("cutaway-{}-{name}.conf", std::process::id()));
    fs::write(&path, text).unwrap();
    let arguments = ["cutaway".into(), path.clone().into()].into_iter();
    let request = cli::parse(TOOLS, arguments);
    fs::remove_file(path).unwrap();
    match request {
        Ok(Request::Run(config)) => *config,
        Ok(Request::Print(text)) => panic!("{text}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_line_of_the_config_file_is_a_setting_at_its_default() {
    let text: String = conf::settings(&read("cutaway.conf")).map(|line| format!("{line}\n")).collect();
    let all: &[&[u8]] = &[b"*"];
    assert_eq!(settings("lines", &text).get(all).unwrap(), Config::default().get(all).unwrap());
}

#[test]
fn a_server_starts_with_the_config_file() {
    let commented = read("cutaway.conf");
    let uncommented: String = conf::settings(&commented).map(|line| format!("{line}\n")).collect();
    for (name, text) in [("commented", commented), ("uncommented", uncommented)] {
        let directory = std::env::temp_dir().join(format!("cutaway-{}-start-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("cutaway.conf"), text).unwrap();
        let mut command = cutaway();
        command.args(["cutaway.conf", "--port", "0", "--unixsocket", "s"]).current_dir(&directory);
        let (server, log) = Running::try_start(&mut command).expect("a server that is ready");
        let answer = cutaway().args(["ping", "./s"]).current_dir(&directory).output().unwrap();
        drop(server);
        fs::remove_dir_all(directory).unwrap();
        assert_eq!(String::from_utf8(answer.stdout).unwrap(), "PONG\n", "{log}");
        assert!(!log.contains(" WARN "), "{log}");
    }
}

#[test]
fn ping_fails_where_no_server_answers() {
    let ping = |server: &str| {
        let output = cutaway().args(["ping", server]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (status, error) = ping(&closed);
    assert_eq!(status, Some(1));
    assert!(error.starts_with(&format!("cutaway ping: {closed}: Connection refused")), "{error}");
    assert_eq!(ping("nowhere").0, Some(1));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let closing = std::thread::spawn(move || drop(silent.accept()));
    assert_eq!(ping(&address).0, Some(1));
    closing.join().unwrap();
}

/// The words of the line of a file that begins with `name`, and follow it.
fn words_after<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}"));
    line.split_whitespace().collect()
}

#[test]
fn the_unit_starts_the_server_with_settings_that_there_are() {
    let unit = read("cutaway.service");
    let words = words_after(&unit, "ExecStart=/usr/bin/cutaway /etc/cutaway/cutaway.conf");
    let arguments = std::iter::once("cutaway").chain(words).map(OsString::from);
    let Ok(Request::Run(config)) = cli::parse(TOOLS, arguments) else { panic!("not these settings") };
    assert_eq!((config.supervised, config.daemonize), ("systemd", false));
    assert_eq!(words_after(&unit, "Type="), ["notify"]);
    let user = read("cutaway.sysusers");
    assert_eq!(words_after(&user, "u")[0], words_after(&unit, "User=")[0]);
}

#[test]
fn systemd_finds_no_fault_with_the_unit() {
    let directory = std::env::temp_dir().join(format!("cutaway-{}-unit", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join("cutaway.service");
    fs::write(&path, read("cutaway.service").replace("/usr/bin/cutaway", env!("CARGO_BIN_EXE_cutaway")))
        .unwrap();
    let verdict = Program::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output();
    fs::remove_dir_all(directory).unwrap();
    match verdict {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && !said.contains("cutaway.service"), "{said}");
        }
        Err(error) => skipped(&format!("systemd_finds_no_fault_with_the_unit: systemd-analyze: {error}")),
    }
}

#[test]
fn the_container_runs_what_there_is_and_not_as_root() {
    let dockerfile = read("Dockerfile");
    let instructions = |name: &str| {
        dockerfile.lines().filter_map(|line| line.strip_prefix(name)).map(str::to_string).collect::<Vec<_>>()
    };
    assert_eq!(instructions("USER "), ["cutaway"]);
    assert_eq!(instructions("EXPOSE "), [Config::default().port.to_string()]);
    assert_eq!(instructions("FROM ").len(), 2, "the compiler stays in the first stage");
    for copied in instructions("COPY packaging/") {
        let file = copied.split_whitespace().next().unwrap();
        assert!(packaging(file).exists(), "{file}");
    }
    let health = instructions("HEALTHCHECK ").concat();
    assert!(health.ends_with(r#"CMD cutaway ping "$CUTAWAY_ADDRESS""#), "{health}");
    assert!(TOOLS.iter().any(|tool| tool.name == "ping"));
}

/// What the container's entry point starts for these arguments.
fn entry_point(arguments: &[&str]) -> String {
    let directory =
        std::env::temp_dir().join(format!("cutaway-{}-entry-{}", std::process::id(), arguments.len()));
    fs::create_dir_all(&directory).unwrap();
    // In the place of the server: what shows its arguments.
    std::os::unix::fs::symlink("/bin/echo", directory.join("cutaway")).unwrap();
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    let output =
        Program::new("sh").arg(packaging("docker-entrypoint.sh")).args(arguments).env("PATH", path).output();
    fs::remove_dir_all(directory).unwrap();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

#[test]
fn the_container_listens_on_all_its_addresses_unless_a_config_file_says_otherwise() {
    assert_eq!(entry_point(&[]), "--bind * -::* --protected-mode no\n");
    assert_eq!(entry_point(&["--port", "7000"]), "--bind * -::* --protected-mode no --port 7000\n");
    assert_eq!(entry_point(&["/etc/my.conf"]), "/etc/my.conf\n");
    assert_eq!(entry_point(&["cutaway", "walk", "x"]), "walk x\n");
    let words = ["cutaway", "--bind", "*", "-::*", "--protected-mode", "no", "--port", "7000"];
    let Ok(Request::Run(config)) = cli::parse(TOOLS, words.map(OsString::from).into_iter()) else { panic!() };
    assert_eq!((config.bind.join(" ").as_str(), config.protected_mode, config.port), ("* -::*", false, 7000));
}
