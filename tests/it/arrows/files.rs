//! The files of `src/` as modules, the imports between them, and the circles that imports make.

use super::source::{Written, items, read};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Name = Vec<String>;

/// A module, in a file of its own or inside one.
#[derive(Default)]
struct Module {
    /// Below `src/`.
    file: String,
    /// Items that the file defines, its inline modules' among them.
    items: BTreeSet<String>,
    /// Names that `use` lines bring in, with the paths that they stand for; `*` may come often.
    names: Vec<(String, Vec<String>)>,
}

/// A path in a file and where it leads.
pub struct Import {
    /// Below `src/`.
    pub file: String,
    pub line: usize,
    /// As written, but from `crate` on.
    pub path: String,
    /// Whether it only makes a name known (`pub use`).
    pub handed_on: bool,
    /// The file of the module that the path names, or that holds the item it names.
    pub through: String,
    /// The file that defines the item, behind all re-exports.
    pub target: String,
}

/// A program or library with all its modules.
pub struct Files {
    modules: BTreeMap<Name, Module>,
    written: Vec<(Name, String, Written)>,
}

impl Files {
    /// Reads the modules of a crate from its root on, `lib.rs` or `main.rs`.
    pub fn read(src: &Path, root: &str) -> Files {
        let mut files = Files { modules: BTreeMap::new(), written: Vec::new() };
        files.add(src, root.into(), Vec::new(), src.to_path_buf());
        files
    }

    /// Reads a file, and the files of the modules that it declares, which stand in `folder`.
    fn add(&mut self, src: &Path, file: PathBuf, name: Name, folder: PathBuf) {
        let text = fs::read_to_string(src.join(&file)).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let source = read(&text);
        let shown = file.to_str().expect("a name in UTF-8").to_string();
        let module = |items| Module { file: shown.clone(), items, names: Vec::new() };
        let inline = source.inline.iter().map(|inside| [&name[..], inside].concat());
        self.modules.extend(inline.map(|inline| (inline, module(BTreeSet::new()))));
        // Of two modules with one name, of which a feature chooses one, paths lead to the first.
        self.modules.entry(name.clone()).or_insert_with(|| module(items(&text).into_keys().collect()));
        for written in source.paths {
            let here = [&name[..], &written.inside].concat();
            if let (Some(known_as), Some(module)) = (&written.known_as, self.modules.get_mut(&here)) {
                module.names.push((known_as.clone(), written.segments.clone()));
            }
            self.written.push((here, shown.clone(), written));
        }
        for (inside, child, path) in source.declared {
            let folder = inside.iter().fold(folder.clone(), |folder, part| folder.join(part));
            let places = match path {
                Some(path) => vec![src.join(&file).with_file_name(path)],
                None => vec![folder.join(format!("{child}.rs")), folder.join(&child).join("mod.rs")],
            };
            let Some(place) = places.iter().find(|place| place.is_file()) else { continue };
            let name = [&name[..], &inside, std::slice::from_ref(&child)].concat();
            let below = place.strip_prefix(src).expect("modules stand in src").to_path_buf();
            self.add(src, below, name, folder.join(&child));
        }
    }

    /// Every path into the same crate, in the order of modules.
    pub fn imports(&self) -> Vec<Import> {
        let imports = self.written.iter().filter_map(|(here, file, written)| {
            let (module, target) = self.resolve(here, &written.segments, 0)?;
            let full = match written.segments[0].as_str() {
                "crate" => written.segments.join("::"),
                _ => format!("{} (crate::{})", written.segments.join("::"), module.join("::")),
            };
            let through = self.file(&module);
            Some(Import {
                file: file.clone(),
                line: written.line,
                path: full,
                handed_on: written.handed_on,
                through,
                target,
            })
        });
        imports.collect()
    }

    /// The paths of another crate that lead here by the name `us`: those of `main.rs` into the library.
    pub fn imports_by(&self, other: &Files, us: &str) -> Vec<Import> {
        let paths = other.written.iter().filter(|(_, _, written)| written.segments[0] == us);
        let imports = paths.filter_map(|(_, file, written)| {
            let path = [&["crate".to_string()], &written.segments[1..]].concat();
            let (module, target) = self.resolve(&[], &path, 0)?;
            let (path, through) = (written.segments.join("::"), self.file(&module));
            Some(Import { file: file.clone(), line: written.line, path, handed_on: false, through, target })
        });
        imports.collect()
    }

    /// The module that a path names as it is written, and the file that defines what it leads to. None: another crate.
    fn resolve(&self, here: &[String], segments: &[String], depth: usize) -> Option<(Name, String)> {
        if depth > 16 {
            return None;
        }
        let mut module: Name = here.to_vec();
        let mut rest = segments;
        let first = rest.first()?;
        match first.as_str() {
            "crate" => {
                module.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {}
            name if self.modules.contains_key(&[here, &[name.to_string()]].concat()) => {}
            name => {
                // A name that a `use` line of this module brought in, and which leads on into another module.
                let (_, path) = self.modules.get(here)?.names.iter().find(|(known, _)| known == name)?;
                if segments.len() < 2 || path == segments {
                    return None;
                }
                return self.resolve(here, &[path, &rest[1..]].concat(), depth + 1);
            }
        }
        while let Some(segment) = rest.first() {
            if segment == "super" {
                module.pop();
            } else {
                let child = [&module[..], std::slice::from_ref(segment)].concat();
                if !self.modules.contains_key(&child) {
                    break;
                }
                module = child;
            }
            rest = &rest[1..];
        }
        let target = self.definer(&module, rest, depth + 1).unwrap_or_else(|| self.file(&module));
        Some((module, target))
    }

    fn file(&self, module: &[String]) -> String {
        self.modules.get(module).map(|module| module.file.clone()).unwrap_or_default()
    }

    /// The file that defines an item which can be named in this module.
    fn definer(&self, name: &[String], rest: &[String], depth: usize) -> Option<String> {
        let item = rest.first()?;
        let module = self.modules.get(name)?;
        let named = module.names.iter().filter(|(known, _)| known == item);
        let globs = module.names.iter().filter(|(known, _)| known == "*");
        for (_, path) in named {
            if let Some((_, target)) = self.resolve(name, &[path, &rest[1..]].concat(), depth) {
                return Some(target);
            }
        }
        if module.items.contains(item) || depth > 16 {
            return Some(module.file.clone());
        }
        globs.into_iter().find_map(|(_, path)| {
            let (inner, _) = self.resolve(name, path, depth)?;
            (inner != name).then(|| self.definer(&inner, rest, depth + 1))?
        })
    }
}

/// Those that import each other, directly or through others: of a graph, each set of more than one, the largest first.
pub fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|from| {
            let (mut reached, mut open) = (BTreeSet::new(), vec![from.as_str()]);
            while let Some(at) = open.pop() {
                let next = edges.get(at).into_iter().flatten().map(String::as_str);
                open.extend(next.filter(|to| reached.insert(*to)));
            }
            (from.as_str(), reached)
        })
        .collect();
    let mut circles = BTreeSet::new();
    for (from, reached) in &reach {
        let both = |to: &&str| reach.get(to).is_some_and(|back| back.contains(from));
        let circle: BTreeSet<&str> = reached.iter().copied().filter(both).collect();
        if circle.len() > 1 {
            circles.insert(circle.into_iter().map(String::from).collect::<Vec<_>>());
        }
    }
    let mut circles: Vec<_> = circles.into_iter().collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

#[test]
fn circles_are_found_through_others() {
    let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d"), ("f", "f")];
    let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
    for (from, to) in edges {
        graph.entry(from.into()).or_default().insert(to.into());
    }
    assert_eq!(circles(&graph), [vec!["a", "b", "c"], vec!["d", "e"]]);
}
