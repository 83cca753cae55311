//! The book (`docs/`) is woven, never pasted: what a page shows of the source, of a dialogue, of the structures or of a
//! measurement is made here from the thing itself, and this test fails when the page says something else.
//!
//! `CUTAWAY_BLESS=1 cargo test --test it book::` writes the pages anew. `docs/README.md` tells authors how.

mod anchors;
mod chain;
mod directive;
mod links;
mod markdown;
mod material;
mod measurements;
mod weave;
mod wire;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use self::directive::Directive;
use self::material::Repository;

/// A longer source file must be explained by a chapter.
const LONGEST_UNEXPLAINED: usize = 400;

/// A page of the book: its path from `docs/` and its text.
struct Page {
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages that `docs/SUMMARY.md` lists and that exist; [`every_page_is_in_the_summary`] tells of the others.
fn pages() -> Vec<Page> {
    let summary = read(&root().join("docs/SUMMARY.md"));
    let listed = links::links(&summary).into_iter().map(|link| link.target);
    listed
        .filter(|path| root().join("docs").join(path).is_file())
        .map(|path| Page { text: read(&root().join("docs").join(&path)), path })
        .collect()
}

/// Every file below `directory` whose name ends in `extension`, as paths from the repository's root.
fn files(directory: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![root().join(directory)];
    while let Some(directory) = left.pop() {
        let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                let path: PathBuf = path.strip_prefix(root()).unwrap().into();
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// Fails with all that is wrong, one thing a line.
fn report(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_page_shows_what_is_there() {
    let bless = std::env::var_os("CUTAWAY_BLESS").is_some();
    let mut wrong = Vec::new();
    for page in pages() {
        let repository = Repository { root: root(), page: &page.path, bless };
        let woven = weave::weave(&page.text, &repository);
        wrong.extend(woven.broken.iter().map(|(line, what)| format!("docs/{}:{line}: {what}", page.path)));
        if woven.text == page.text {
            continue;
        }
        if bless {
            fs::write(root().join("docs").join(&page.path), &woven.text).unwrap();
            println!("docs/{} is written anew", page.path);
            continue;
        }
        wrong.extend(woven.stale.iter().map(|(line, what)| {
            format!(
                "docs/{}:{line}: stale {what}; `CUTAWAY_BLESS=1 cargo test --test it book::` refreshes it, then \
                 read the text around it again",
                page.path
            )
        }));
    }
    report(wrong);
}

/// A PUBLISH to one subscriber passes so many files at most.
const FILES_OF_A_PUBLISH: usize = 14;

#[test]
fn the_calls_of_a_publish_are_those_of_the_first_chapter() {
    let rows = chain::rows(&read(&root().join("docs/01-life-of-a-publish.md"))).unwrap();
    let mut wrong = chain::check(&rows, |file| read(&root().join("src").join(file)));
    if chain::files(&rows) > FILES_OF_A_PUBLISH {
        wrong.push(format!("{} files, {FILES_OF_A_PUBLISH} at most", chain::files(&rows)));
    }
    report(wrong);
}

#[test]
fn every_anchor_is_a_pair_and_is_shown() {
    let mut used = BTreeSet::new();
    for page in pages() {
        for (_, found) in weave::directives(&page.text) {
            if let Ok(Directive::Excerpt { file, anchor }) = found {
                used.insert((file, anchor));
            }
        }
    }
    let mut wrong = Vec::new();
    let sources = [files("src", "rs"), files("src", "lua"), files("docs/lab", "py")].concat();
    for file in sources {
        match anchors::names(&read(&root().join(&file))) {
            Ok(names) => {
                let unused = names.into_iter().filter(|name| !used.contains(&(file.clone(), name.clone())));
                wrong.extend(unused.map(|name| {
                    format!(
                        "{file}: no page shows the anchor `{name}`: put `<!-- excerpt: {file} {name} -->` into \
                         one, or take both comments out"
                    )
                }));
            }
            Err(error) => wrong.push(format!("{file}: {error}")),
        }
    }
    report(wrong);
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let summary = Page { path: "SUMMARY.md".into(), text: read(&root().join("docs/SUMMARY.md")) };
    let readme = Page { path: "../README.md".into(), text: read(&root().join("README.md")) };
    for page in pages().into_iter().chain([summary, readme]) {
        let path = root().join("docs").join(&page.path);
        for link in links::links(&page.text) {
            if let Err(reason) = links::check(&path, &page.text, &link.target) {
                wrong.push(format!("docs/{}:{}: dead link {}: {reason}", page.path, link.line, link.target));
            }
        }
    }
    report(wrong);
}

#[test]
fn every_figure_is_shown() {
    let shown: BTreeSet<String> = pages()
        .iter()
        .flat_map(|page| links::links(&page.text))
        .filter_map(|link| {
            let target = link.target.trim_start_matches("../");
            target.starts_with("figures/").then(|| format!("docs/{target}"))
        })
        .collect();
    let left = files("docs/figures", "svg").into_iter().filter(|path| !shown.contains(path));
    report(left.map(|path| format!("no page shows {path}: delete it")).collect());
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = read(&root().join("docs/SUMMARY.md"));
    let listed: BTreeSet<String> = links::links(&summary).into_iter().map(|link| link.target).collect();
    let mut wrong: Vec<String> = files("docs", "md")
        .into_iter()
        .map(|path| path.trim_start_matches("docs/").to_string())
        .filter(|path| path != "SUMMARY.md" && !listed.contains(path))
        .map(|path| format!("docs/{path} is in no line of docs/SUMMARY.md: nobody will find it"))
        .collect();
    let missing = listed.iter().filter(|path| !root().join("docs").join(path).is_file());
    wrong.extend(missing.map(|path| format!("docs/SUMMARY.md lists {path}, which does not exist")));
    report(wrong);
}

#[test]
fn every_long_source_file_is_explained() {
    let mut explained = BTreeSet::new();
    for page in pages() {
        for (_, found) in weave::directives(&page.text) {
            if let Ok(Directive::Excerpt { file, .. }) = found {
                explained.insert(file);
            }
        }
        let targets = links::links(&page.text).into_iter().map(|link| link.target);
        explained.extend(targets.filter_map(|target| target.strip_prefix("../").map(str::to_string)));
    }
    let mut wrong = Vec::new();
    for file in files("src", "rs") {
        let lines = read(&root().join(&file)).lines().count();
        if lines > LONGEST_UNEXPLAINED && !explained.contains(&file) {
            wrong.push(format!(
                "{file} has {lines} lines and no chapter shows or links it: split it, or explain it with \
                 `<!-- excerpt: {file} ANCHOR -->` or a link to ../{file}"
            ));
        }
    }
    report(wrong);
}

#[test]
fn every_source_file_is_in_the_table_of_files() {
    let table = read(&root().join("docs/files.md"));
    let missing = files("src", "rs")
        .into_iter()
        .filter(|path| !table.contains(&format!("(../{path})")))
        .map(|path| format!("{path} has no row in docs/files.md: say what it does and what it mirrors"))
        .collect();
    report(missing);
}
