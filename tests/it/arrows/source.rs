//! Rust source as far as imports go: words and signs without comments and strings, the modules that a file declares, and
//! every path that it writes, in `use` lines (nested braces too) and in the code.

use std::collections::BTreeMap;

/// A word or a sign of a file. Of a string literal only the text is kept, for `#[path = "…"]`.
#[derive(Clone, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Sign(char),
    /// `::`
    Join,
    Text(&'a str),
}

/// A path as it is written, from `crate`, `super`, `self` or a name on.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub line: usize,
    /// The inline modules of the file that it stands in.
    pub inside: Vec<String>,
    pub segments: Vec<String>,
    /// In a `pub use` line, which makes a name known and needs nothing itself.
    pub handed_on: bool,
    /// In a `use` line: the name it has from then on; `*` if all names are imported. None in the code.
    pub known_as: Option<String>,
}

/// What one file says of modules.
#[derive(Debug, Default)]
pub struct Source {
    pub paths: Vec<Written>,
    /// `mod name;`: the inline modules it stands in, its name, and the file that `#[path]` gives.
    pub declared: Vec<(Vec<String>, String, Option<String>)>,
    /// `mod name { … }`, with the modules around it.
    pub inline: Vec<Vec<String>>,
}

pub fn read(text: &str) -> Source {
    let tokens = tokens(text);
    let mut source = Source::default();
    let (mut inside, mut depths, mut depth) = (Vec::<String>::new(), Vec::new(), 0_usize);
    let mut file = None;
    let mut at = 0;
    let token = |at: usize| tokens.get(at).map(|(token, _)| token);
    while at < tokens.len() {
        let line = tokens[at].1;
        match (&tokens[at].0, token(at + 1), token(at + 2)) {
            (Token::Word("path"), Some(Token::Sign('=')), Some(Token::Text(path)))
                if at > 0 && token(at - 1) == Some(&Token::Sign('[')) =>
            {
                file = Some(path.to_string());
                at += 3;
                continue;
            }
            (Token::Word("mod"), Some(Token::Word(name)), Some(Token::Sign('{'))) => {
                inside.push(name.to_string());
                source.inline.push(inside.clone());
                depths.push(depth);
                depth += 1;
                at += 3;
                continue;
            }
            (Token::Word("mod"), Some(Token::Word(name)), Some(Token::Sign(';'))) => {
                source.declared.push((inside.clone(), name.to_string(), file.take()));
            }
            (Token::Sign('{'), ..) => depth += 1,
            (Token::Sign('}'), ..) => {
                depth = depth.saturating_sub(1);
                if depths.last() == Some(&depth) {
                    depths.pop();
                    inside.pop();
                }
            }
            (Token::Word("use"), ..) => {
                let mut found = Vec::new();
                // `pub use` and `pub(crate) use`.
                let before = token(at.wrapping_sub(1));
                let handed_on = matches!(before, Some(Token::Word("pub") | Token::Sign(')')));
                at = tree(&tokens, at + 1, &[], &mut found);
                source.paths.extend(found.into_iter().map(|(line, segments, known_as)| Written {
                    line,
                    inside: inside.clone(),
                    segments,
                    handed_on,
                    known_as: Some(known_as),
                }));
                continue;
            }
            (Token::Word(first), Some(Token::Join), _) if at == 0 || token(at - 1) != Some(&Token::Join) => {
                let mut segments = vec![first.to_string()];
                at += 1;
                while let (Some(Token::Join), Some(Token::Word(word))) = (token(at), token(at + 1)) {
                    segments.push(word.to_string());
                    at += 2;
                }
                source.paths.push(Written {
                    line,
                    inside: inside.clone(),
                    segments,
                    handed_on: false,
                    known_as: None,
                });
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    source
}

/// Reads a tree of `use` from `at` on and returns where it ends: behind its last word, `*` or brace.
fn tree(
    tokens: &[(Token, usize)],
    mut at: usize,
    before: &[String],
    found: &mut Vec<(usize, Vec<String>, String)>,
) -> usize {
    let mut segments = before.to_vec();
    while let Some((token, line)) = tokens.get(at) {
        at += 1;
        match token {
            Token::Word(word) => {
                let joined = matches!(tokens.get(at), Some((Token::Join, _)));
                // `use a::{self}` is `a`.
                if *word != "self" || segments.is_empty() {
                    segments.push(word.to_string());
                }
                if !joined {
                    let mut known_as = segments.last().cloned().unwrap_or_default();
                    if let [(Token::Word("as"), _), (Token::Word(name), _), ..] = &tokens[at..] {
                        known_as = name.to_string();
                        at += 2;
                    }
                    found.push((*line, segments, known_as));
                    return at;
                }
            }
            Token::Join => {}
            Token::Sign('*') => {
                found.push((*line, segments, "*".into()));
                return at;
            }
            Token::Sign('{') => {
                while !matches!(tokens.get(at), None | Some((Token::Sign('}'), _))) {
                    match tokens[at].0 {
                        Token::Sign(',') => at += 1,
                        _ => at = tree(tokens, at, &segments, found),
                    }
                }
                return at + 1;
            }
            _ => return at,
        }
    }
    at
}

/// The items that a text defines, by name: for which file a re-exported name leads to.
pub fn items(text: &str) -> BTreeMap<String, usize> {
    const KINDS: [&str; 9] =
        ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "macro_rules"];
    let tokens: Vec<_> = tokens(text).into_iter().filter(|(token, _)| *token != Token::Sign('!')).collect();
    let pairs = tokens.windows(2).filter_map(|pair| match pair {
        [(Token::Word(kind), _), (Token::Word(name), line)] if KINDS.contains(kind) => {
            Some((name.to_string(), *line))
        }
        _ => None,
    });
    pairs.collect()
}

/// The tokens of a file with their lines, counted from 1.
fn tokens(text: &str) -> Vec<(Token<'_>, usize)> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while at < bytes.len() {
        let begin = at;
        let rest = &text[at..];
        let string = if b"rbc\"".contains(&bytes[at]) { string_at(rest) } else { None };
        if bytes[at] == b'\n' {
            line += 1;
            at += 1;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += block_comment(rest);
        } else if let Some((length, content)) = string {
            tokens.push((Token::Text(&rest[content]), line));
            at += length;
        } else if bytes[at] == b'\'' {
            at += character_or_lifetime(rest);
        } else if is_word(bytes[at]) {
            let length = rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len());
            tokens.push((Token::Word(&rest[..length]), line));
            at += length;
        } else if rest.starts_with("::") {
            tokens.push((Token::Join, line));
            at += 2;
        } else {
            let sign = rest.chars().next().expect("a character begins here");
            if !sign.is_whitespace() {
                tokens.push((Token::Sign(sign), line));
            }
            at += sign.len_utf8();
        }
        if at > begin + 1 {
            line += text[begin..at].matches('\n').count();
        }
    }
    tokens
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length of a comment `/* … */`, which may have others inside.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string literal of any kind that begins here, and where its content stands. None: none begins here.
fn string_at(text: &str) -> Option<(usize, std::ops::Range<usize>)> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        text.strip_prefix(prefix).is_some_and(|rest| match prefix.ends_with('r') {
            true => rest.trim_start_matches('#').starts_with('"'),
            false => rest.starts_with('"'),
        })
    })?;
    let rest = &text[prefix.len()..];
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let content = prefix.len() + hashes + 1;
    if prefix.ends_with('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        let length = text[content..].find(&close)?;
        return Some((content + length + close.len(), content..content + length));
    }
    let mut at = content;
    while at < text.len() && text.as_bytes()[at] != b'"' {
        at += if text.as_bytes()[at] == b'\\' { 2 } else { 1 };
    }
    Some((at + 1, content..at))
}

/// The length of `'a'`, `'\''` or `'lifetime`.
fn character_or_lifetime(text: &str) -> usize {
    let rest = &text[1..];
    let Some(first) = rest.chars().next() else { return 1 };
    if first == '\\' {
        // The escaped character may be the quote.
        return 1 + 2 + rest[2..].find('\'').map_or(0, |end| end + 1);
    }
    match rest[first.len_utf8()..].starts_with('\'') {
        true => 1 + first.len_utf8() + 1,
        false => 1 + rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len()),
    }
}

mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<(usize, String)> {
        read(text).paths.into_iter().map(|path| (path.line, path.segments.join("::"))).collect()
    }

    #[test]
    fn comments_strings_characters_and_lifetimes_hold_no_paths() {
        let text = r###"
            // crate::a
            /* crate::b /* super::c */ crate::d */
            const A: &str = "crate::e \" crate::f";
            const B: &str = r#"crate::g " crate::h"#;
            const C: (char, char, u8) = ('"', '\'', b'"');
            fn f<'a>(x: &'a str) -> crate::i::J<'a> { b"crate::k"; super::l() }
        "###;
        assert_eq!(paths(text), [(7, "crate::i::J".into()), (7, "super::l".into())]);
    }

    #[test]
    fn trees_of_use_are_read_to_their_leaves() {
        let text = "use crate::{a::{self, B as C}, d::*,\n    super::e,};\npub(crate) use crate::f;";
        let found: Vec<_> = read(text)
            .paths
            .into_iter()
            .map(|path| format!("{} {} {}", path.line, path.segments.join("::"), path.known_as.unwrap()))
            .collect();
        assert_eq!(
            found,
            ["1 crate::a a", "1 crate::a::B C", "1 crate::d *", "2 crate::super::e e", "3 crate::f f"]
        );
    }

    #[test]
    fn a_path_knows_the_modules_it_stands_in() {
        let source =
            read("mod a { mod b { use super::c; } d::e(); } mod f;\n#[path = \"h.rs\"]\nmod g; i::j::<K>();");
        let inside: Vec<_> = source.paths.iter().map(|path| path.inside.join("::")).collect();
        assert_eq!(inside, ["a::b", "a", ""]);
        assert_eq!(
            source.declared,
            [(vec![], "f".into(), None), (vec![], "g".into(), Some("h.rs".to_string()))]
        );
    }
}
