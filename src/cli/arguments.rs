//! The words of the command line: a config file, `-` for standard input, and settings, each as a line of a config file.
//!
//! Redis: `main()` in `src/server.c`.
//!
//! Different on purpose: what Redis would take for a file or a setting that does not exist is explained, with the word
//! that was probably meant.

use crate::config::find;
use crate::config::inert::INERT;
use crate::config::suggest::nearest;
use crate::config::table::SETTINGS;
use crate::text::words::split_words;

/// What the words are.
#[derive(Debug, Default, PartialEq)]
pub struct Arguments {
    /// The config file.
    pub file: Option<String>,
    /// Whether more settings are read from standard input, after those of the file.
    pub stdin: bool,
    /// The settings, which come last and so win: name and values.
    pub lines: Vec<Vec<String>>,
}

impl Arguments {
    /// Reads the words after the program's name. The first is the config file unless it begins with a dash; a `-` that is
    /// the first or the last is standard input.
    pub fn read(words: &[String]) -> Result<Arguments, String> {
        let mut arguments = Arguments::default();
        let mut words = words;
        match words.split_first() {
            Some((first, rest)) if first == "-" => (arguments.stdin, words) = (true, rest),
            Some((first, rest)) if !first.starts_with('-') => {
                (arguments.file, words) = (Some(first.clone()), rest);
            }
            _ => {}
        }
        if let Some((last, rest)) = words.split_last()
            && last == "-"
        {
            (arguments.stdin, words) = (true, rest);
        }
        if let Some(word) = words.first().filter(|word| word.starts_with('-') && !word.starts_with("--")) {
            return Err(one_dash(word));
        }
        arguments.lines = lines(words)?;
        Ok(arguments)
    }

    /// Why these words mean something else than a server with settings. None if they do not.
    pub fn mistake(&self) -> Option<String> {
        let names = self.lines.iter().filter_map(|line| line.first()).map(String::as_str);
        names.map(str::to_ascii_lowercase).find_map(|name| match name.as_str() {
            "sentinel" => Some("--sentinel: cutaway cannot be a Sentinel".into()),
            "test-memory" => Some("--test-memory: there is no memory test here; memtester is one".into()),
            "check-system" => Some("--check-system: there is no check of the system here".into()),
            name if find(name).is_some() => None,
            name => {
                let known = nearest(name, ["help", "version"])?;
                Some(format!("unknown option '--{name}'; did you mean '--{known}'?"))
            }
        })
    }
}

/// What is wrong with an option that begins with one dash. The options of redis-cli are known, since people type them out
/// of habit.
fn one_dash(word: &str) -> String {
    let name = word.trim_start_matches('-');
    let meant = match name {
        "p" => Some("port"),
        "a" => Some("requirepass"),
        "s" => Some("unixsocket"),
        name => {
            nearest(name, SETTINGS.iter().chain(INERT).map(|setting| setting.name).chain(["help", "version"]))
        }
    };
    match meant {
        Some(meant) => format!("unknown option '{word}'; did you mean '--{meant}'?"),
        None => format!("unknown option '{word}'; settings begin with two dashes, as in --port 7000"),
    }
}

/// Why a word that is no file cannot be the config file: it may have been meant for a tool. None if it is a path.
pub fn no_file_nor_tool<'a>(
    tools: impl Iterator<Item = &'a str>,
    word: &str,
    error: &std::io::Error,
) -> Option<String> {
    if error.kind() != std::io::ErrorKind::NotFound || word.contains(['/', '.']) {
        return None;
    }
    Some(match nearest(word, tools.chain(["help", "version"])) {
        Some(tool) => format!("'{word}' is neither a tool nor a config file; did you mean 'cutaway {tool}'?"),
        None => format!("'{word}' is neither a tool nor a config file; 'cutaway help' lists the tools"),
    })
}

/// The arguments as lines of a config file, each in its words. `--` begins a line, and may have the whole of it
/// (`"--port 7000"`); but right after a name it is the setting's value. `save` alone may go without a value: then it
/// is empty.
fn lines(args: &[String]) -> Result<Vec<Vec<String>>, String> {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut awaits_value = false;
    for arg in args {
        let after_save = lines.last().is_some_and(|line| line.as_slice() == ["save"]);
        match (arg.strip_prefix("--"), lines.last_mut()) {
            (Some(line), _) if !awaits_value || after_save => {
                let words = split_words(line.as_bytes()).map_err(|_| format!("unbalanced quotes: {arg}"))?;
                let words: Vec<String> =
                    words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
                awaits_value = words.len() == 1;
                lines.push(words);
            }
            (_, Some(line)) => {
                line.push(arg.clone());
                awaits_value = false;
            }
            // A name without dashes: wrong, but Redis takes it.
            (_, None) => lines.push(vec![arg.clone()]),
        }
    }
    for line in &mut lines {
        if line.as_slice() == ["save"] {
            line.push(String::new());
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Arguments {
        Arguments::read(&words.iter().map(|word| word.to_string()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_dash_that_is_first_or_last_is_standard_input() {
        let port = vec![vec!["port".to_string(), "7".to_string()]];
        let file = Some("x.conf".to_string());
        assert_eq!(read(&["-"]), Arguments { stdin: true, ..Arguments::default() });
        assert_eq!(read(&["-", "--port", "7"]), Arguments { file: None, stdin: true, lines: port.clone() });
        assert_eq!(read(&["--port", "7", "-"]), Arguments { file: None, stdin: true, lines: port.clone() });
        assert_eq!(
            read(&["x.conf", "--port", "7", "-"]),
            Arguments { file: file.clone(), stdin: true, lines: port }
        );
        assert_eq!(read(&["x.conf", "-"]), Arguments { file, stdin: true, lines: Vec::new() });
        let password = vec![vec!["requirepass".to_string(), "-".into()], vec!["port".into(), "7".into()]];
        assert_eq!(
            read(&["--requirepass", "-", "--port", "7"]).lines,
            password,
            "in the middle it is a value"
        );
    }
}
