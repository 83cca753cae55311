//! How the value of a setting without a field in [`super::Config`] is read: as Redis reads it, with its bounds and its
//! words when it refuses one.
//!
//! Redis: `src/config.c`, the `typeInterface` of each kind of setting and the `isValid…` functions.
//!
//! Naive: a locale's name is not looked up, and TLS files are not opened.

use crate::text::integer::{parse_integer, parse_memory};
use std::net::{Ipv4Addr, Ipv6Addr};

/// How such a value is read.
#[derive(Clone, Copy)]
pub enum Shape {
    /// Any text.
    Text,
    /// Text that obeys a rule; the rule returns what is wrong.
    Checked(fn(&str) -> Result<(), &'static str>),
    /// One of these words, in any case.
    OneOf(&'static [&'static str]),
    /// A host and a port, or `no one`, which is shown as nothing: `replicaof`.
    Master,
    /// Three numbers: `oom-score-adj-values`.
    OomScores,
    /// `yes` or `no`.
    YesNo,
    /// A whole number between two bounds, both allowed.
    Number(i64, i64),
    /// `hz`: a number that is moved into its bounds.
    Hz,
    /// A number of bytes between two bounds, with a unit if wanted; shown in bytes.
    Bytes(i64, i64),
    /// The same without bounds: up to 64 bits.
    AnyBytes,
    /// `repl-backlog-size`: a number of bytes that is moved up to the least.
    Backlog,
}

/// The bounds of `hz`. Redis: `CONFIG_MIN_HZ`, `CONFIG_MAX_HZ`.
const HZ: (i64, i64) = (1, 500);
/// Redis: `CONFIG_REPL_BACKLOG_MIN_SIZE`.
const LEAST_BACKLOG: i64 = 16 << 10;
const INT: i64 = i32::MAX as i64;

impl Shape {
    /// The value as CONFIG GET shows it, or the reason why it is refused.
    pub fn read(self, words: &[String]) -> Result<String, String> {
        let one = || match words {
            [value] => Ok(value.as_str()),
            _ => Err("wrong number of arguments"),
        };
        let number = || -> Result<i64, &str> {
            parse_integer(one()?.as_bytes()).ok_or("argument couldn't be parsed into an integer")
        };
        let bytes = || parse_memory(one()?).ok_or("argument must be a memory value");
        Ok(match self {
            Shape::Text => one()?.to_string(),
            Shape::Checked(rule) => {
                let value = one()?;
                rule(value)?;
                value.to_string()
            }
            Shape::OneOf(choices) => one_of(choices, one()?)?.to_string(),
            Shape::Master => master(words)?,
            Shape::OomScores => oom_scores(words)?,
            Shape::YesNo => match one()?.to_ascii_lowercase() {
                word if word == "yes" || word == "no" => word,
                _ => return Err("argument must be 'yes' or 'no'".into()),
            },
            Shape::Number(low, high) => within(number()?, low, high)?.to_string(),
            Shape::Hz => within(number()?, 0, INT)?.clamp(HZ.0, HZ.1).to_string(),
            // Redis keeps bytes with bounds as signed numbers, too.
            Shape::Bytes(low, high) => within(bytes()? as i64, low, high)?.to_string(),
            Shape::Backlog => within(bytes()? as i64, 1, i64::MAX)?.max(LEAST_BACKLOG).to_string(),
            Shape::AnyBytes => bytes()?.to_string(),
        })
    }

    /// Whether a value may be several words: then a line of the file need not quote it.
    pub fn takes_words(self) -> bool {
        matches!(self, Shape::Master | Shape::OomScores)
    }
}

/// `value`, or Redis's words when it is out of these bounds.
pub(super) fn within(value: i64, low: i64, high: i64) -> Result<i64, String> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(format!("argument must be between {low} and {high} inclusive"))
    }
}

/// The choice that `word` names, or Redis's words for none.
pub(super) fn one_of(choices: &[&'static str], word: &str) -> Result<&'static str, String> {
    let found = choices.iter().find(|choice| choice.eq_ignore_ascii_case(word));
    found.copied().ok_or_else(|| format!("argument(s) must be one of the following: {}", choices.join(", ")))
}

/// The words, split at white space: several arguments and one with spaces mean the same.
fn split(words: &[String]) -> Vec<&str> {
    words.iter().flat_map(|word| word.split_whitespace()).collect()
}

fn master(words: &[String]) -> Result<String, String> {
    match split(words).as_slice() {
        [no, one] if no.eq_ignore_ascii_case("no") && one.eq_ignore_ascii_case("one") => Ok(String::new()),
        [host, port] => match port.parse::<u16>() {
            Ok(port) => Ok(format!("{host} {port}")),
            Err(_) => Err("Invalid master port".into()),
        },
        _ => Err("wrong number of arguments".into()),
    }
}

fn oom_scores(words: &[String]) -> Result<String, String> {
    let words = split(words);
    if words.len() != 3 {
        return Err("wrong number of arguments".into());
    }
    let score = |word: &&str| word.parse::<i64>().ok().filter(|score| (-2000..=2000).contains(score));
    let scores: Option<Vec<i64>> = words.iter().map(score).collect();
    let scores = scores.ok_or("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")?;
    Ok(scores.iter().map(i64::to_string).collect::<Vec<_>>().join(" "))
}

/// The rules of [`Shape::Checked`].
pub(super) mod rules {
    use super::{Ipv4Addr, Ipv6Addr};

    fn when(holds: bool, error: &'static str) -> Result<(), &'static str> {
        if holds { Ok(()) } else { Err(error) }
    }

    pub fn hostname(name: &str) -> Result<(), &'static str> {
        when(name.len() < 256, "Hostnames must be less than 256 characters")?;
        let fine = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        when(fine, "Hostnames may only contain alphanumeric characters, hyphens or dots")
    }

    pub fn nodename(name: &str) -> Result<(), &'static str> {
        let fine = !name.contains(|c| "!#$%&()*+:;<>?@[]^{|}~".contains(c));
        when(fine, "Announced human node name contained invalid character")
    }

    pub fn ipv4(address: &str) -> Result<(), &'static str> {
        when(address.is_empty() || address.parse::<Ipv4Addr>().is_ok(), "Invalid IPv4 address")
    }

    pub fn ipv6(address: &str) -> Result<(), &'static str> {
        when(address.is_empty() || address.parse::<Ipv6Addr>().is_ok(), "Invalid IPv6 address")
    }

    pub fn rdma(address: &str) -> Result<(), &'static str> {
        when(address.is_empty(), "No RDMA building support.")
    }

    /// `{variable}` stands for its value, `{{` for a brace, and what comes of it must not be blank; Redis tries it with an
    /// empty title, and a server alone has no mode. Redis: `validateProcTitleTemplate`, `sdstemplate`.
    pub fn title(template: &str) -> Result<(), &'static str> {
        const ERROR: &str = "template format is invalid or contains unknown variables";
        const BLANK: [&str; 2] = ["title", "server-mode"];
        const OTHERS: [&str; 5] = ["listen-addr", "port", "tls-port", "unixsocket", "config-file"];
        let mut is_blank = true;
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            is_blank &= before.trim().is_empty();
            rest = match after.strip_prefix('{') {
                Some(after) => {
                    is_blank = false;
                    after
                }
                None => {
                    let (variable, after) = after.split_once('}').ok_or(ERROR)?;
                    when(BLANK.contains(&variable) || OTHERS.contains(&variable), ERROR)?;
                    is_blank &= BLANK.contains(&variable);
                    after
                }
            };
        }
        when(!is_blank || !rest.trim().is_empty(), ERROR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(shape: Shape, text: &str) -> Result<String, String> {
        shape.read(&[text.to_string()])
    }

    macro_rules! reads {
        ($($name:ident: $shape:expr, $text:literal => $value:expr;)*) => {$(
            #[test]
            fn $name() {
                let value: Result<&str, &str> = $value;
                assert_eq!(read($shape, $text).as_deref().map_err(String::as_str), value);
            }
        )*};
    }

    reads! {
        text_is_kept: Shape::Text, "0 200  800" => Ok("0 200  800");
        yes_in_capitals_is_yes: Shape::YesNo, "YES" => Ok("yes");
        maybe_is_neither_yes_nor_no: Shape::YesNo, "maybe" => Err("argument must be 'yes' or 'no'");
        a_number_is_kept: Shape::Number(-5, 5), "-2" => Ok("-2");
        a_number_out_of_bounds_is_refused: Shape::Number(-5, 5), "6" => Err("argument must be between -5 and 5 inclusive");
        a_word_is_no_number: Shape::Number(0, 5), "x" => Err("argument couldn't be parsed into an integer");
        a_frequency_of_nothing_becomes_the_least: Shape::Hz, "0" => Ok("1");
        a_frequency_beyond_the_most_becomes_the_most: Shape::Hz, "501" => Ok("500");
        a_unit_is_worked_out: Shape::AnyBytes, "700mb" => Ok("734003200");
        a_word_is_no_memory: Shape::Bytes(0, 1), "lots" => Err("argument must be a memory value");
        a_master_is_a_host_and_a_port: Shape::Master, "host 06379" => Ok("host 6379");
        no_one_is_no_master: Shape::Master, "NO one" => Ok("");
        a_port_that_is_none_is_no_masters: Shape::Master, "host abc" => Err("Invalid master port");
        a_host_alone_is_no_master: Shape::Master, "host" => Err("wrong number of arguments");
        three_scores_are_scores: Shape::OomScores, "-2000 0  2000" => Ok("-2000 0 2000");
        two_scores_are_too_few: Shape::OomScores, "1 2" => Err("wrong number of arguments");
        a_score_beyond_its_bounds_is_refused: Shape::OomScores, "0 0 2001" => Err("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
        a_title_has_known_variables: Shape::Checked(rules::title), "{{x} {title} }" => Ok("{{x} {title} }");
        a_title_of_an_unknown_variable_is_refused: Shape::Checked(rules::title), "{x}" => Err("template format is invalid or contains unknown variables");
        a_title_that_would_be_blank_is_refused: Shape::Checked(rules::title), " {title}" => Err("template format is invalid or contains unknown variables");
        a_backlog_has_a_least_size: Shape::Backlog, "1kb" => Ok("16384");
    }

    #[test]
    fn only_some_shapes_take_several_words() {
        let two = ["1".to_string(), "2".to_string()];
        assert_eq!(Shape::Master.read(&two), Ok("1 2".into()));
        assert_eq!(Shape::Text.read(&two), Err("wrong number of arguments".into()));
        assert_eq!(Shape::Number(0, 5).read(&two), Err("wrong number of arguments".into()));
    }
}
