//! `cutaway lab`, the executable: every stage passes on Redis, Valkey and cutaway, part one on `docs/lab/tiny`, and a server with one
//! fault fails the stage that the fault belongs to, with a report that names it.

mod course;
mod faults;

use std::env;
use std::ffi::OsStr;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::check::broken_server::listen;
use crate::check::state;
use crate::reference_server::{Kind, ReferenceServer, find, skip};
use cutaway::tools::lab::stages;
use serde_json::Value;

const CUTAWAY: &str = env!("CARGO_BIN_EXE_cutaway");

/// What one run of it said.
struct Run {
    status: i32,
    out: String,
    err: String,
}

impl Run {
    fn of(output: Output) -> Run {
        Run {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn lab<S: AsRef<OsStr>>(args: &[S]) -> Run {
    Run::of(Command::new(CUTAWAY).arg("lab").args(args).output().unwrap())
}

/// What `look` finds in the end.
fn wait_for<T>(look: impl Fn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come");
        sleep(Duration::from_millis(2));
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The line of a stage that passes.
fn passes(number: usize) -> String {
    let (_, stage) = stages::all().nth(number - 1).unwrap();
    format!("stage {number:2}  {:18} passes   {}\n", stage.name, stage.title)
}

/// What is printed when these stages are played, and all pass.
fn all_pass(numbers: impl Iterator<Item = usize>) -> String {
    let lines: Vec<String> = numbers.map(passes).collect();
    let sum = format!("\n{0} of {0} stages pass, 0 fail, 0 skipped, 0 not played\n", lines.len());
    lines.concat() + &sum
}

/// What starts a server as the lab wants it: as `docs/lab/redis.sh` does, for any program that takes Redis's settings.
fn starting(program: &Path) -> [String; 5] {
    let line =
        r#"exec "$0" --port "$PORT" --dir "$DIR" --appendonly "$APPENDONLY" --appendfsync always --save ''"#;
    ["--", "sh", "-c", line, program.to_str().unwrap()].map(String::from)
}

fn all_stages_pass(run: Run) {
    assert_eq!((run.out, run.err.as_str()), (all_pass(1..=stages::all().count()), ""));
    assert_eq!(run.status, 0);
}

#[test]
fn every_stage_passes_on_cutaway() {
    all_stages_pass(lab(&starting(Path::new(CUTAWAY))));
}

#[test]
fn every_stage_passes_on_valkey() {
    let Some(program) = find(Kind::Valkey) else { return };
    all_stages_pass(lab(&starting(&program)));
}

/// By the wrapper that readers are given, which finds `redis-server` on the PATH.
#[test]
fn every_stage_passes_on_redis() {
    let Some(program) = find(Kind::Redis) else { return };
    let mut places = vec![program.parent().unwrap().to_path_buf()];
    places.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let output = Command::new(CUTAWAY)
        .args(["lab", "--", "docs/lab/redis.sh"])
        .current_dir(root())
        .env("PATH", env::join_paths(places).unwrap())
        .output()
        .unwrap();
    all_stages_pass(Run::of(output));
}

/// The stages that `docs/lab/tiny` answers.
const PART_ONE: usize = 7;

/// Makes a program of a file of Rust. The example that cargo builds is not there when these tests run alone.
fn compile(source: &Path, program: &Path) {
    let compiler = env::var_os("RUSTC").unwrap_or("rustc".into());
    let compiled = Command::new(compiler).args(["--edition", "2024", "-o"]).arg(program).arg(source).status();
    assert!(compiled.unwrap().success());
}

#[test]
fn part_one_passes_on_the_tiny_server_in_rust() {
    let directory = tempfile::tempdir().unwrap();
    let tiny = directory.path().join("tiny");
    compile(&root().join("docs/lab/tiny/tiny.rs"), &tiny);
    let run = lab(&["--stage", "1..7", "--", tiny.to_str().unwrap()]);
    assert_eq!((run.out, run.err.as_str(), run.status), (all_pass(1..=PART_ONE), "", 0));
}

#[test]
fn part_one_passes_on_the_tiny_server_in_python() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skip("no python3 found");
    }
    let tiny = root().join("docs/lab/tiny/tiny.py");
    let run = lab(&["--stage", "1..7", "--", "python3", tiny.to_str().unwrap()]);
    assert_eq!((run.out, run.err.as_str(), run.status), (all_pass(1..=PART_ONE), "", 0));
}

/// Two runs on one server: the first leaves nothing that the second meets. Its keys are gone, and all that it cannot do is to kill it.
#[test]
fn a_server_that_runs_is_left_as_it_was() {
    let server = ReferenceServer::start(Path::new(CUTAWAY), &[]);
    let before = state(server.address);
    for _ in 0..2 {
        let run = lab(&[server.address.to_string()]);
        let last = stages::all().count();
        let skipped = format!(
            "stage {last}  append-only-file   skipped  it kills the server and starts it again: run `cutaway lab -- PROGRAM`, so that the lab can\n\n\
             {} of {last} stages pass, 0 fail, 1 skipped, 0 not played\n",
            last - 1
        );
        let expected = (1..last).map(passes).collect::<String>() + &skipped;
        assert_eq!((run.out, run.err.as_str(), run.status), (expected, "", 0));
        assert_eq!(state(server.address), before);
    }
}

#[test]
fn a_server_that_cannot_be_played_to_is_no_failure() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let cases: [(&[&str], String); 4] = [
        (&[&nobody], format!("cannot connect to {nobody}: Connection refused (os error 111)")),
        (
            &["--", "/no/such/program"],
            "cannot start /no/such/program: No such file or directory (os error 2)".into(),
        ),
        (
            &["--", "sh", "-c", "echo no luck; exit 3"],
            "port 0 takes no connections: the program has ended, exit status: 3; it printed: no luck".into(),
        ),
        (&["x"], "`x` is no HOST:PORT that can be found: invalid socket address".into()),
    ];
    for (args, why) in cases {
        let run = lab(args);
        let expected = format!("cutaway lab: {why}\n");
        let masked = match run.err.split_once("port ") {
            Some((before, after)) => {
                format!("{before}port 0{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None => run.err,
        };
        assert_eq!((run.out.as_str(), masked, run.status), ("", expected, 2));
    }
}

/// The reports for programs say the same as the text.
#[test]
fn json_and_junit_say_what_the_text_says() {
    let directory = tempfile::tempdir().unwrap();
    let junit = directory.path().join("lab.xml");
    let server = listen(|mut client| {
        let _ = client.write_all(b"-ERR not today\r\n");
    });
    let run = lab(&[&*server.to_string(), "--json", "-", "--junit", junit.to_str().unwrap()]);
    assert_eq!(run.status, 1, "{}", run.err);
    let json: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&json["pass"], &json["fail"], &json["skipped"]), (&0.into(), &1.into(), &0.into()));
    let stage = &json["stages"][0];
    assert_eq!(
        (&stage["name"], &stage["outcome"], &stage["scenario"]),
        (&"ping".into(), &"fails".into(), &"lab/ping".into())
    );
    assert_eq!(stage["difference"]["received"], "-ERR not today");
    assert_eq!(
        run.err.lines().next().unwrap(),
        "stage  1  ping               FAILS    A socket that answers PING"
    );
    let junit = std::fs::read_to_string(junit).unwrap();
    let document = roxmltree::Document::parse(&junit).unwrap();
    let suite = document.root_element();
    assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("1"), Some("1")));
    let case = suite.children().find(|node| node.has_tag_name("testcase")).unwrap();
    assert_eq!(case.attribute("name"), Some("01 ping"));
    assert!(case.children().any(|node| node.has_tag_name("failure")));
}

/// What an earlier run has found is not taken for what this one finds.
#[test]
fn a_program_that_does_not_start_leaves_no_old_report() {
    let directory = tempfile::tempdir().unwrap();
    let [json, junit] = ["lab.json", "lab.xml"].map(|name| directory.path().join(name));
    for file in [&json, &junit] {
        std::fs::write(file, "what an earlier run has found").unwrap();
    }
    let (json, junit) = (json.to_str().unwrap(), junit.to_str().unwrap());
    let run = lab(&["--json", json, "--junit", junit, "--", "/no/such/program"]);
    assert_eq!(run.status, 2);
    let why = "cannot start /no/such/program: No such file or directory (os error 2)";
    let json: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(
        (&json["error"], &json["pass"], &json["stages"]),
        (&why.into(), &0.into(), &Value::Array(Vec::new()))
    );
    let junit = std::fs::read_to_string(junit).unwrap();
    let document = roxmltree::Document::parse(&junit).unwrap();
    let error = document.descendants().find(|node| node.has_tag_name("error")).unwrap();
    assert_eq!(error.attribute("message"), Some(why));
}

/// A server whose buffer is never emptied sends for ever, and the lab looks for a signal meanwhile.
#[test]
fn a_signal_ends_the_lab_while_a_server_sends_without_end() {
    let (tell, sends) = channel();
    let server = listen(move |mut client| {
        while client.write_all(&b"+PONG\r\n".repeat(1000)).is_ok() {
            let _ = tell.send(());
        }
    });
    let mut command = Command::new(CUTAWAY);
    command.args(["lab", &server.to_string()]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    for _ in 0..50 {
        sends.recv().unwrap();
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    let last = stages::all().count();
    let expected =
        format!("\n0 of {last} stages pass, 0 fail, 0 skipped, {last} not played: interrupted by SIGINT\n");
    assert_eq!((run.out, run.status), (expected, 130));
}

/// Ctrl-C ends the lab and the program that it has started.
#[test]
fn a_signal_ends_the_program_too() {
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        // It takes connections and says nothing, so that the lab waits.
        let line = format!(
            "echo $$ >{}; exec python3 -c 'import os, socket, time; s = socket.create_server((\"127.0.0.1\", int(os.environ[\"PORT\"]))); time.sleep(600)'",
            file.display()
        );
        if Command::new("python3").arg("--version").output().is_err() {
            return skip("no python3 found");
        }
        let child = Command::new(CUTAWAY)
            .args(["lab", "--stage", "2", "--patience", "600", "--", "sh", "-c", &line])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = wait_for(|| std::fs::read_to_string(&file).ok()?.trim().parse::<i32>().ok());
        Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status));
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
