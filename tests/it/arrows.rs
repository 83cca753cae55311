//! The walls of the house: no room of `src/` imports a room that does not lie below it.
//!
//! `docs/architecture.md` draws which rooms there are and who may import whom; the test reads that drawing and every path of
//! `src/`, tests included, so that page, code and test cannot drift.
//!
//! ```text
//! cargo test --test it arrows:: -- --ignored --nocapture     prints every arrow up, and every circle
//! CUTAWAY_HOUSE=/some/checkout CUTAWAY_ROOMS="event_loop=net scenario=tools" cargo test --test it arrows:: -- --ignored --nocapture
//! ```
//!
//! The second line prints those of another checkout, where files may stand elsewhere: `file or folder=room`.

mod files;
mod house;
mod source;

use files::{Files, Import, circles};
use house::House;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

impl Import {
    /// Whether the file itself needs the other one.
    fn is_need(&self) -> bool {
        !self.handed_on && self.file != self.target
    }
}

/// A source tree, with the rooms that its files belong to.
struct Tree {
    src: PathBuf,
    /// Files or folders below `src/` and their rooms, where the first part of the name is not the room.
    moved: Vec<(String, String)>,
    imports: Vec<Import>,
}

impl Tree {
    fn read(repository: &Path, moved: &str) -> Tree {
        let src = repository.join("src");
        let (library, program) = (Files::read(&src, "lib.rs"), Files::read(&src, "main.rs"));
        let mut imports = library.imports();
        imports.extend(program.imports());
        imports.extend(library.imports_by(&program, "cutaway"));
        imports.retain(|import| import.file != import.through || import.file != import.target);
        let moved = moved.split_whitespace().filter_map(|moved| moved.split_once('='));
        let mut moved: Vec<_> = moved.map(|(place, room)| (place.into(), room.into())).collect();
        moved.sort_by_key(|(place, _): &(String, String)| std::cmp::Reverse(place.len()));
        Tree { src, moved, imports }
    }

    /// This repository's.
    fn ours() -> Tree {
        Tree::read(Path::new(env!("CARGO_MANIFEST_DIR")), "allocator=main showing=main")
    }

    /// The room that a file stands in.
    fn room<'a>(&'a self, file: &'a str) -> &'a str {
        let name = file.strip_suffix(".rs").unwrap_or(file);
        let is_in = |place: &str| {
            name.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match self.moved.iter().find(|(place, _)| is_in(place)) {
            Some((_, room)) => room,
            None => name.split('/').next().expect("a part"),
        }
    }

    /// The imports that the house does not allow.
    fn up<'a>(&'a self, house: &House) -> Vec<&'a Import> {
        let up = self.imports.iter().filter(|import| {
            let (from, to) = (self.room(&import.file), self.room(&import.through));
            !house.allows(from, to, &import.through)
        });
        up.collect()
    }

    /// Which file needs which, behind re-exports.
    fn files(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut edges = BTreeMap::<_, BTreeSet<_>>::new();
        for import in self.imports.iter().filter(|import| import.is_need()) {
            edges.entry(import.file.clone()).or_default().insert(import.target.clone());
        }
        edges
    }

    /// Which room imports which.
    fn rooms(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut edges = BTreeMap::<_, BTreeSet<_>>::new();
        for import in &self.imports {
            let (from, to) = (self.room(&import.file), self.room(&import.through));
            if from != to {
                edges.entry(from.to_string()).or_default().insert(to.to_string());
            }
        }
        edges
    }

    /// Whether these files stand in more than one room.
    fn is_across(&self, circle: &[String]) -> bool {
        circle.iter().map(|file| self.room(file)).collect::<BTreeSet<_>>().len() > 1
    }
}

fn house() -> House {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    House::read(&fs::read_to_string(page).unwrap())
}

/// An arrow as the test prints it.
fn line(tree: &Tree, import: &Import) -> String {
    let (from, to) = (tree.room(&import.file), tree.room(&import.through));
    format!("src/{}:{}: {from} ─► {to}: {}", import.file, import.line, import.path)
}

#[test]
fn no_arrow_points_up() {
    let (house, tree) = (house(), Tree::ours());
    let up = tree
        .up(&house)
        .into_iter()
        .map(|import| format!("{}\n    {}\n", line(&tree, import), house.rule(tree.room(&import.file))));
    let up: String = up.collect();
    assert!(up.is_empty(), "docs/architecture.md does not draw these arrows:\n{up}");
}

#[test]
fn the_house_has_a_line_for_each_room_and_its_arrows_lead_down() {
    let (house, tree) = (house(), Tree::ours());
    let entries =
        fs::read_dir(&tree.src).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = entries.filter(|name| name != "lib.rs").collect();
    let there: BTreeSet<&str> = files.iter().map(|name| tree.room(name)).collect();
    assert_eq!(house.rooms().collect::<BTreeSet<_>>(), there);
    for room in house.rooms() {
        assert!(!house.below(room).contains(room), "{room} lies below itself");
    }
}

/// Files that need each other belong together: in one room, and a header says why they do.
#[test]
fn files_import_in_a_circle_only_within_a_room_and_say_why() {
    let tree = Tree::ours();
    let mut wrong = String::new();
    for circle in circles(&tree.files()) {
        let says_why = circle.iter().any(|file| {
            let text = fs::read_to_string(tree.src.join(file)).unwrap();
            text.lines()
                .take_while(|line| line.starts_with("//!"))
                .any(|line| line.starts_with("//! Circle: "))
        });
        if tree.is_across(&circle) {
            writeln!(wrong, "a circle through more than one room: {}", circle.join(", ")).unwrap();
        } else if !says_why {
            writeln!(wrong, "no header says why (`//! Circle: …`): {}", circle.join(", ")).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
#[ignore = "prints a report"]
fn report() {
    let ours = Tree::ours();
    let tree = match std::env::var_os("CUTAWAY_HOUSE") {
        Some(other) => Tree::read(Path::new(&other), &std::env::var("CUTAWAY_ROOMS").unwrap_or_default()),
        None => ours,
    };
    let house = house();
    let up = tree.up(&house);
    let mut pairs = BTreeMap::<_, usize>::new();
    for import in &up {
        println!("{}", line(&tree, import));
        *pairs.entry((tree.room(&import.file), tree.room(&import.through))).or_default() += 1;
    }
    for ((from, to), count) in &pairs {
        println!("{count:4} {from} ─► {to}");
    }
    let in_circles = circles(&tree.files());
    let (across, within): (Vec<_>, Vec<_>) = in_circles.iter().partition(|circle| tree.is_across(circle));
    for circle in across.iter().chain(&within) {
        println!("circle of {} files: {}", circle.len(), circle.join(" "));
        let inside = |file: &String| circle.contains(file);
        for import in tree.imports.iter().filter(|import| inside(&import.file) && inside(&import.target)) {
            if import.is_need() {
                println!("    {}:{} ─► {}: {}", import.file, import.line, import.target, import.path);
            }
        }
    }
    for circle in circles(&tree.rooms()) {
        println!("circle of {} rooms: {}", circle.len(), circle.join(" "));
    }
    let files = |circles: &[&Vec<String>]| circles.iter().map(|circle| circle.len()).sum::<usize>();
    println!(
        "{} imports point up, from {} rooms to {} rooms, {} pairs; {} circles through more than one room with {} files, {} circles within a room with {} files",
        up.len(),
        pairs.keys().map(|(from, _)| from).collect::<BTreeSet<_>>().len(),
        pairs.keys().map(|(_, to)| to).collect::<BTreeSet<_>>().len(),
        pairs.len(),
        across.len(),
        files(&across),
        within.len(),
        files(&within),
    );
}
