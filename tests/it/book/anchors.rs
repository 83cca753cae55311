//! The marks in the source between which an excerpt lies: `// ANCHOR: name` … `// ANCHOR_END: name`, in Python with `#`, in
//! Lua with `--`.
//!
//! They may lie within one another, so that a long function and a part of it can both be shown.

use std::collections::BTreeSet;

const BEGIN: &str = "// ANCHOR: ";
const END: &str = "// ANCHOR_END: ";

/// The names of all anchors of a file; or what is wrong with them.
pub fn names(source: &str) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for line in source.lines() {
        if let Some(name) = marked(line, BEGIN).or(marked(line, END)) {
            names.insert(name.to_string());
        }
    }
    for name in &names {
        excerpt(source, name)?;
    }
    Ok(names)
}

/// The lines between the marks of `name`, without marks and without the indentation that all of them share.
pub fn excerpt(source: &str, name: &str) -> Result<String, String> {
    let lines: Vec<&str> = source.lines().collect();
    let place = |mark: &str| {
        let at: Vec<usize> = (0..lines.len()).filter(|&at| marked(lines[at], mark) == Some(name)).collect();
        match at[..] {
            [one] => Ok(one),
            [] => Err(format!("there is no line `{mark}{name}`")),
            _ => Err(format!("there is more than one line `{mark}{name}`")),
        }
    };
    let (begin, end) = (place(BEGIN)?, place(END)?);
    if end < begin {
        return Err(format!("`{END}{name}` stands before `{BEGIN}{name}`"));
    }
    let is_mark = |line: &str| marked(line, BEGIN).or(marked(line, END)).is_some();
    let mut shown: Vec<&str> = lines[begin + 1..end].iter().copied().filter(|line| !is_mark(line)).collect();
    while shown.len() > 1 && shown.last().is_some_and(|line| line.trim().is_empty()) {
        shown.pop();
    }
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let common = shown.iter().filter(|line| !line.trim().is_empty()).map(indent).min();
    let Some(common) = common else { return Err(format!("nothing lies between the marks of `{name}`")) };
    let cut = shown.iter().map(|line| line.get(common..).unwrap_or("").to_string() + "\n");
    Ok(cut.collect())
}

/// The name in a line that is such a mark.
fn marked<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let line = line.trim();
    let rest = ["//", "--", "#"].into_iter().find_map(|comment| line.strip_prefix(comment))?;
    rest.strip_prefix(mark.strip_prefix("//")?)
}

#[test]
fn an_excerpt_lies_between_comments_of_its_language() {
    let source = "# ANCHOR: x\ndef f():\n    # b\n\n\n# ANCHOR_END: x\n";
    assert_eq!(excerpt(source, "x").as_deref(), Ok("def f():\n    # b\n"));
    assert_eq!(excerpt("-- ANCHOR: x\n-- b\n-- ANCHOR_END: x\n", "x").as_deref(), Ok("-- b\n"));
}

#[test]
fn an_excerpt_is_what_lies_between_the_marks() {
    let source = "a\n    // ANCHOR: x\n    b\n    // ANCHOR: y\n        c\n    // ANCHOR_END: y\n\n    d\n    // ANCHOR_END: x\n";
    assert_eq!(excerpt(source, "x").as_deref(), Ok("b\n    c\n\nd\n"));
    assert_eq!(excerpt(source, "y").as_deref(), Ok("c\n"));
    assert_eq!(names(source).unwrap().into_iter().collect::<Vec<_>>(), ["x", "y"]);
}

#[test]
fn marks_that_are_no_pair_are_told() {
    let cases = [
        ("// ANCHOR: x\na\n", "there is no line `// ANCHOR_END: x`"),
        ("a\n// ANCHOR_END: x\n", "there is no line `// ANCHOR: x`"),
        (
            "// ANCHOR: x\na\n// ANCHOR: x\nb\n// ANCHOR_END: x\n",
            "there is more than one line `// ANCHOR: x`",
        ),
        ("// ANCHOR_END: x\na\n// ANCHOR: x\n", "`// ANCHOR_END: x` stands before `// ANCHOR: x`"),
        ("// ANCHOR: x\n\n// ANCHOR_END: x\n", "nothing lies between the marks of `x`"),
    ];
    for (source, error) in cases {
        assert_eq!(names(source), Err(error.to_string()));
    }
}
