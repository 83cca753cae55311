//! Relative links of a page: to files, and to headings.
//!
//! Links to other hosts are not followed: a test must not need the network.

use std::fs;
use std::path::Path;

use super::markdown::prose;

/// A link and where it stands.
pub struct Link {
    pub line: usize,
    pub target: String,
}

/// Every `[text](target)` and `[name]: target` of the prose.
pub fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    // The text of a link may be code, which `prose` takes out; its brackets and target stay.
    for (index, line) in prose(text).lines().enumerate() {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, after)) = after.split_once(')') else { break };
            found.push(Link { line: index + 1, target: target.trim().into() });
            rest = after;
        }
        if let Some((_, target)) = line.strip_prefix('[').and_then(|line| line.split_once("]: ")) {
            found.push(Link { line: index + 1, target: target.trim().into() });
        }
    }
    found
}

/// Whether `target` leads somewhere from `page`, whose text is given.
pub fn check(page: &Path, text: &str, target: &str) -> Result<(), String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return Ok(());
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let other;
    let text = if path.is_empty() {
        text
    } else {
        let file = page.parent().unwrap_or(Path::new("")).join(path);
        if !file.exists() {
            return Err("there is no such file".into());
        }
        // What is behind the `#` of another kind of page is not a heading.
        if heading.is_empty() || !path.ends_with(".md") {
            return Ok(());
        }
        other = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        &other
    };
    if headings(text).iter().any(|id| id == heading) {
        return Ok(());
    }
    Err(format!("there is no such heading; there are {}", headings(text).join(", ")))
}

/// The ids that a browser of the repository, and mdBook, give to the headings: small letters, digits, `-` and `_` stay,
/// spaces become `-`, all else goes; the second of its name gets `-1`.
fn headings(text: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut barrier: Option<&str> = None;
    for line in text.lines() {
        match barrier {
            Some(open) if super::markdown::closes_block(line, open) => barrier = None,
            Some(_) => {}
            None => barrier = super::markdown::opens_block(line),
        }
        let title = line.trim_start_matches('#');
        if barrier.is_some() || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let mut id = String::new();
        for sign in title.trim().chars() {
            match sign {
                ' ' => id.push('-'),
                '-' | '_' => id.push(sign),
                letter if letter.is_alphanumeric() => id.extend(letter.to_lowercase()),
                _ => {}
            }
        }
        let same = ids.iter().filter(|other| **other == id).count();
        ids.push(if same == 0 { id } else { format!("{id}-{same}") });
    }
    ids
}

#[test]
fn links_are_found_in_prose_only() {
    let text = "[a](b.md) `[c](d)` [`e`](f.md#g)\n```\n[h](i)\n```\n[j]: k.md\n<!-- [l](m) -->\n";
    let found: Vec<(usize, String)> = links(text).into_iter().map(|link| (link.line, link.target)).collect();
    assert_eq!(found, [(1, "b.md".into()), (1, "f.md#g".into()), (5, "k.md".into())]);
}

#[test]
fn headings_have_ids() {
    let text = "# The walk: `publish`, line by line\n```\n# no\n```\n## O(1)\n## O(1)\n#no\n";
    assert_eq!(headings(text), ["the-walk-publish-line-by-line", "o1", "o1-1"]);
}

#[test]
fn dead_links_are_told() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SUMMARY.md");
    assert_eq!(check(&page, "# Here\n", "#here"), Ok(()));
    assert_eq!(check(&page, "", "scenarios.md#marks"), Ok(()));
    assert_eq!(check(&page, "", "https://redis.io"), Ok(()));
    assert!(check(&page, "", "nosuch.md").is_err());
    assert!(check(&page, "", "scenarios.md#nosuch").is_err());
    assert!(check(&page, "# Here\n", "#there").is_err());
}
