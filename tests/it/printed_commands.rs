//! Every `cargo test`, `cargo bench` and `cargo run` that the README, the book and the scripts print names something that is
//! there: a test program and a test in it, a benchmark, an example.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command as it is printed, in its words from behind `cargo` on.
#[derive(Debug, PartialEq)]
struct Printed {
    line: usize,
    words: Vec<String>,
}

/// The commands in a text. In a span of Markdown (`…`) a command may go on in the next line. Elsewhere it ends with its line,
/// or where two spaces or a `#` begin an explanation.
fn commands(text: &str) -> Vec<Printed> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("cargo") {
        if text[..at].ends_with(|before: char| before.is_alphanumeric() || "-_./".contains(before)) {
            continue;
        }
        let paragraph = text[..at].rfind("\n\n").map_or(0, |end| end + 2);
        let in_span = !text[..at].ends_with('\n')
            && text[paragraph..at].replace("```", "").matches('`').count() % 2 == 1;
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        if !in_span && text[line..at].contains("# ") {
            // A comment that speaks of the command.
            continue;
        }
        let rest = &text[at + "cargo".len()..];
        let command = match in_span {
            true => rest.split('`').next(),
            false => rest.lines().next().and_then(|line| line.split("  ").next()),
        };
        let words = command.into_iter().flat_map(str::split_whitespace);
        let words = words.take_while(|word| !word.starts_with(['#', '|', '>', '&', ';']));
        let words: Vec<String> =
            words.map(|word| word.trim_end_matches([',', '.', ';']).to_string()).collect();
        if words.first().is_some_and(|word| ["test", "bench", "run"].contains(&word.as_str())) {
            found.push(Printed { line: text[..at].matches('\n').count() + 1, words });
        }
    }
    found
}

/// What this package can build and test.
struct Package {
    tests: BTreeSet<String>,
    benches: BTreeSet<String>,
    examples: BTreeSet<String>,
    /// The tests of this program, with their modules.
    here: Vec<String>,
    /// The library's functions, with the modules of their files.
    library: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder, or the file itself.
fn files(place: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place) else { return vec![place.to_path_buf()] };
    entries.flat_map(|entry| files(&entry.unwrap().path())).collect()
}

/// Names of the Rust programs in a folder: its files, and its folders that have a `main.rs`.
fn programs(folder: &str) -> BTreeSet<String> {
    let paths = fs::read_dir(root().join(folder)).into_iter().flatten().map(|entry| entry.unwrap().path());
    let programs = paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "rs") || path.join("main.rs").is_file());
    programs.map(|path| path.file_stem().unwrap().to_str().unwrap().to_string()).collect()
}

impl Package {
    fn read() -> Package {
        let list =
            Command::new(std::env::current_exe().unwrap()).args(["--list", "--format", "terse"]).output();
        let list = String::from_utf8(list.unwrap().stdout).unwrap();
        let mut library = Vec::new();
        let src = root().join("src");
        for file in files(&src).into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "rs")) {
            let module = file.strip_prefix(&src).unwrap().with_extension("");
            let module = module.to_str().unwrap().trim_end_matches("/mod").replace('/', "::");
            let text = fs::read_to_string(&file).unwrap();
            let functions = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            library.extend(functions.map(|function| format!("{module}::{function}")));
        }
        Package {
            tests: programs("tests"),
            benches: programs("benches"),
            examples: programs("examples"),
            here: list.lines().filter_map(|line| line.strip_suffix(": test")).map(String::from).collect(),
            library,
        }
    }

    /// What is wrong with a command, if anything is.
    fn mistake(&self, words: &[String]) -> Option<String> {
        let mut words = words.iter().map(String::as_str);
        let is_test = words.next() == Some("test");
        let (mut targets, mut filters, mut is_behind_dashes) = (Vec::new(), Vec::new(), false);
        while let Some(word) = words.next() {
            let known = match word {
                "--test" => &self.tests,
                "--bench" => &self.benches,
                "--example" => &self.examples,
                "--lib" => {
                    targets.push("lib");
                    continue;
                }
                "--" if is_test => {
                    is_behind_dashes = true;
                    continue;
                }
                "--" => break,
                "--features" | "--skip" => {
                    words.next();
                    continue;
                }
                // A name in capitals is the reader's to fill in.
                filter if is_test && !filter.starts_with('-') && filter != filter.to_uppercase() => {
                    filters.push(filter);
                    continue;
                }
                _ => continue,
            };
            let Some(name) = words.next() else { return Some(format!("{word} of what?")) };
            if !known.contains(name) {
                return Some(format!("{word} {name}: there are {known:?}"));
            }
            targets.push(name);
        }
        if filters.len() > 1 && !is_behind_dashes {
            return Some("Cargo takes more than one filter behind -- only".into());
        }
        let all = targets.is_empty();
        let here = self.here.iter().filter(|_| all || targets.contains(&"it"));
        let names: Vec<&String> =
            here.chain(self.library.iter().filter(|_| all || targets.contains(&"lib"))).collect();
        let missing = filters.iter().find(|filter| !names.iter().any(|name| name.contains(**filter)));
        missing.map(|filter| format!("{filter}: no test has that in its name"))
    }
}

#[test]
fn every_command_names_what_is_there() {
    let package = Package::read();
    let places = ["README.md", "CONTRIBUTING.md", "docs", ".ci", "fuzz/README.md", "fuzz/run.sh"];
    let (mut wrong, mut count) = (String::new(), 0);
    for file in places.iter().flat_map(|place| files(&root().join(place))).filter(|file| file.is_file()) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        for Printed { line, words } in commands(&text) {
            count += 1;
            if let Some(mistake) = package.mistake(&words) {
                let file = file.strip_prefix(root()).unwrap().display();
                wrong += &format!("{file}:{line}: cargo {}\n    {mistake}\n", words.join(" "));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 50, "only {count} commands are found");
}

#[test]
fn commands_are_found_in_spans_over_two_lines_and_in_blocks_of_code() {
    let text = "Run `cargo\n   test --test it a::`, then `A=1 cargo bench --bench b -- c`; not cargo-fuzz.\n\n```\n\
                cargo test --lib d    all of d\ncargo run --release  # starts it, and cargo test comes later\n```\n";
    let found: Vec<_> =
        commands(text).into_iter().map(|command| (command.line, command.words.join(" "))).collect();
    let expected =
        [(1, "test --test it a::"), (2, "bench --bench b -- c"), (5, "test --lib d"), (6, "run --release")];
    assert_eq!(found, expected.map(|(line, words)| (line, words.to_string())));
}

#[test]
fn a_command_that_names_nothing_is_found() {
    let package = Package::read();
    let mistake = |command: &str| {
        package.mistake(&command.split(' ').map(String::from).collect::<Vec<_>>()).unwrap_or_default()
    };
    for (command, expected) in [
        ("test --test scenarios", "--test scenarios: there are "),
        ("test --test it there::is_none", "there::is_none: no test has that in its name"),
        ("test --lib printed_commands::", "printed_commands::: no test has that in its name"),
        ("test --test it book:: model::", "Cargo takes more than one filter behind -- only"),
        ("bench --bench nothing", "--bench nothing: there are "),
    ] {
        assert!(mistake(command).starts_with(expected), "{command}: {}", mistake(command));
    }
    for command in
        ["test --test it -- book:: model:: --nocapture", "test --test it NAME", "test", "test --lib resp"]
    {
        assert_eq!(mistake(command), "", "{command}");
    }
}
