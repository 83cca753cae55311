//! The files of the page, in the program.
//!
//! Redis: none.

use std::borrow::Cow;

/// A file of `web/`.
pub struct File {
    /// Where it is to be had.
    pub path: &'static str,
    /// What it is.
    pub kind: &'static str,
    /// What is in it, as it stands in `web/`.
    text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const MODULE: &str = "text/javascript; charset=utf-8";

macro_rules! files {
    ($($path:literal: $kind:expr;)*) => {
        &[$(File { path: concat!("/", $path), kind: $kind, text: include_str!(concat!("../../web/", $path)) }),*]
    };
}

/// Every file, by hand, for the compiler to find; a test holds the list against the folder.
const FILES: &[File] = files! {
    "complete.js": MODULE;
    "consoles.js": MODULE;
    "dialogue.js": MODULE;
    "dom.js": MODULE;
    "index.html": HTML;
    "keys.js": MODULE;
    "link.js": MODULE;
    "live.js": MODULE;
    "main.js": MODULE;
    "operators.js": MODULE;
    "picture.js": MODULE;
    "plans.css": CSS;
    "pretty.js": MODULE;
    "prompt.js": MODULE;
    "queues.js": MODULE;
    "resp.js": MODULE;
    "scenarios.js": MODULE;
    "session.js": MODULE;
    "stage.js": MODULE;
    "steps.js": MODULE;
    "style.css": CSS;
    "timeline.js": MODULE;
    "track.js": MODULE;
    "turn.js": MODULE;
    "views.css": CSS;
    "views.js": MODULE;
    "watch.js": MODULE;
};

/// How the page says that it is the playground's, and how that it is a live server's.
const PLAYGROUND: &str = r#"<meta name="cutaway" content="playground">"#;
const LIVE: &str = r#"<meta name="cutaway" content="live">"#;

impl File {
    /// What is in it here: the page is told that there is a server behind it.
    pub fn body(&self) -> Cow<'static, str> {
        if self.kind == HTML { self.text.replacen(PLAYGROUND, LIVE, 1).into() } else { self.text.into() }
    }
}

/// The file that is to be had at a path; `/` is the page.
pub fn file(path: &str) -> Option<&'static File> {
    let path = if path == "/" { "/index.html" } else { path };
    FILES.iter().find(|file| file.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_list_has_every_file_of_the_page() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let is_of_page = |name: &String| [".html", ".css", ".js"].iter().any(|end| name.ends_with(end));
        let names = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(is_of_page).map(|name| format!("/{name}")).collect();
        names.sort_unstable();
        let mut listed: Vec<&str> = FILES.iter().map(|file| file.path).collect();
        listed.sort_unstable();
        assert_eq!(listed, names);
        assert_eq!(file("/").map(|file| file.path), Some("/index.html"));
        assert!(file("/../Cargo.toml").is_none() && file("").is_none());
    }
}
