//! How the value of a setting is read and printed.
//!
//! Redis: `src/config.c`, the `typeInterface` of each kind of setting.

use super::Config;
use super::persistence::{AppendFsync, SavePoint, ShutdownWords, parse_points};
use super::shape::{Shape, one_of, within};
use crate::client::limits::{Class, Limit};
use crate::keyspace::events;
use crate::text::double;
use crate::text::integer::{parse_integer, parse_memory};

/// A field of [`Config`], to be read or written.
pub type Field<T> = fn(&mut Config) -> &mut T;

/// What a setting may be.
pub enum Kind {
    /// `yes` or `no`.
    Bool(Field<bool>),
    /// A whole number between two bounds, both allowed.
    Integer(Field<i64>, i64, i64),
    /// A number of bytes, with a unit if wanted (`1k` is 1000, `1kb` is 1024), between two bounds.
    Memory(Field<i64>, i64, i64),
    /// The same without bounds: up to 64 bits.
    AnyMemory(Field<u64>),
    /// A number of bytes or a percentage, which is kept as a negative number: `maxmemory-clients`.
    Share(Field<i64>),
    /// An octal number: the permissions of the Unix socket.
    Octal(Field<i64>),
    /// Any text.
    Text(Field<String>),
    /// Text that obeys a rule; the rule returns what is wrong.
    Checked(Field<String>, fn(&str) -> Result<(), &'static str>),
    /// One of a few words.
    Enum(Field<&'static str>, &'static [&'static str]),
    /// `notify-keyspace-events`: letters of classes.
    Events(Field<u32>),
    /// Words separated by spaces, given as several arguments or in one: `bind`.
    Words(Field<Vec<String>>),
    /// Numbers between 0 and 100, or nothing: `latency-tracking-info-percentiles`.
    Percentiles(Field<Vec<f64>>),
    /// `client-output-buffer-limit`: a class and three numbers, any number of times.
    OutputLimits(Field<[Limit; 3]>),
    /// `save`: pairs of seconds and changes, any number of them.
    Saves(Field<Vec<SavePoint>>),
    /// `appendfsync`.
    AppendFsync(Field<AppendFsync>),
    /// `shutdown-on-sigterm`: words of SHUTDOWN.
    ShutdownWords(Field<ShutdownWords>),
    /// Accepted, kept and shown, for tools that set it; changes nothing here.
    Inert(Shape),
}

impl Kind {
    /// The value as CONFIG GET shows it. `Inert` values are kept elsewhere.
    pub fn print(&self, config: &mut Config) -> String {
        match *self {
            Kind::Bool(field) => if *field(config) { "yes" } else { "no" }.into(),
            Kind::Integer(field, ..) | Kind::Memory(field, ..) => field(config).to_string(),
            Kind::AnyMemory(field) => field(config).to_string(),
            Kind::Share(field) => match *field(config) {
                bytes @ 0.. => bytes.to_string(),
                percent => format!("{}%", percent.unsigned_abs()),
            },
            Kind::Octal(field) => format!("{:o}", field(config)),
            Kind::Text(field) | Kind::Checked(field, _) => field(config).clone(),
            Kind::Enum(field, _) => field(config).to_string(),
            Kind::Events(field) => events::print(*field(config)),
            Kind::Words(field) => field(config).join(" "),
            Kind::Percentiles(field) => {
                field(config).iter().map(|&one| double::percentile(one)).collect::<Vec<_>>().join(" ")
            }
            Kind::OutputLimits(field) => print_limits(field(config)),
            Kind::Saves(field) => {
                field(config).iter().map(SavePoint::to_string).collect::<Vec<_>>().join(" ")
            }
            Kind::AppendFsync(field) => field(config).word().into(),
            Kind::ShutdownWords(field) => field(config).words(),
            Kind::Inert(_) => String::new(),
        }
    }

    /// Reads a value and stores it; on an error nothing is stored. `words` is what was given, split at
    /// white space only for the kinds that take several words.
    pub fn parse(&self, config: &mut Config, words: &[String]) -> Result<(), String> {
        let one = || match words {
            [word] => Ok(word.as_str()),
            _ => Err("wrong number of arguments".to_string()),
        };
        match *self {
            Kind::Bool(field) => {
                *field(config) = match one()?.to_ascii_lowercase().as_str() {
                    "yes" => true,
                    "no" => false,
                    _ => return Err("argument must be 'yes' or 'no'".into()),
                }
            }
            Kind::Integer(field, low, high) => {
                let value =
                    parse_integer(one()?.as_bytes()).ok_or("argument couldn't be parsed into an integer")?;
                *field(config) = within(value, low, high)?;
            }
            Kind::Memory(field, low, high) => {
                let bytes = parse_memory(one()?).ok_or("argument must be a memory value")?;
                *field(config) = within(bytes as i64, low, high)?;
            }
            Kind::AnyMemory(field) => {
                *field(config) = parse_memory(one()?).ok_or("argument must be a memory value")?;
            }
            Kind::Share(field) => *field(config) = share(one()?)?,
            Kind::Octal(field) => {
                let digits = one()?;
                let value = if digits.is_empty() { Ok(0) } else { i64::from_str_radix(digits, 8) };
                let value = value.map_err(|_| "argument couldn't be parsed as an octal number")?;
                if !(0..=0o777).contains(&value) {
                    return Err("argument must be between 0 and 777 inclusive".into());
                }
                *field(config) = value;
            }
            Kind::Text(field) => *field(config) = one()?.to_string(),
            Kind::Checked(field, rule) => {
                rule(one()?)?;
                *field(config) = one()?.to_string();
            }
            Kind::Events(field) => {
                *field(config) =
                    events::parse(one()?).ok_or("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")?;
            }
            Kind::Enum(field, choices) => *field(config) = one_of(choices, one()?)?,
            Kind::Words(field) => {
                *field(config) =
                    words.iter().flat_map(|word| word.split_whitespace()).map(String::from).collect();
            }
            Kind::Percentiles(field) => {
                // One space between two, as in Redis: a second one would stand beside an empty number.
                let words = words.iter().filter(|word| !word.is_empty()).flat_map(|word| word.split(' '));
                let percentiles: Result<Vec<f64>, _> = words.map(str::parse).collect();
                let percentiles =
                    percentiles.map_err(|_| "Invalid latency-tracking-info-percentiles parameters")?;
                if !percentiles.iter().all(|percentile| (0.0..=100.0).contains(percentile)) {
                    return Err(
                        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]".into(),
                    );
                }
                *field(config) = percentiles;
            }
            Kind::OutputLimits(field) => {
                let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
                let limits = parse_limits(*field(config), &words)?;
                *field(config) = limits;
            }
            Kind::Saves(field) => *field(config) = parse_points(words)?,
            Kind::AppendFsync(field) => *field(config) = AppendFsync::parse(one()?)?,
            Kind::ShutdownWords(field) => *field(config) = ShutdownWords::parse(words)?,
            Kind::Inert(_) => {}
        }
        Ok(())
    }

    /// Whether a value may be several words: then a line of the file need not quote it.
    pub fn takes_words(&self) -> bool {
        match self {
            Kind::Words(_) | Kind::Percentiles(_) | Kind::OutputLimits(_) | Kind::Saves(_) => true,
            Kind::ShutdownWords(_) => true,
            Kind::Inert(shape) => shape.takes_words(),
            _ => false,
        }
    }
}

const CLASSES: [(&str, Class); 4] = [
    ("normal", Class::Normal),
    ("slave", Class::Replica),
    ("replica", Class::Replica),
    ("pubsub", Class::PubSub),
];

fn parse_limits(mut limits: [Limit; 3], words: &[&str]) -> Result<[Limit; 3], String> {
    if !words.len().is_multiple_of(4) {
        return Err("Wrong number of arguments in buffer limit configuration.".into());
    }
    for group in words.chunks(4) {
        let (_, class) = CLASSES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(group[0]))
            .ok_or("Invalid client class specified in buffer limit configuration.")?;
        let number = parse_memory;
        let seconds = parse_integer(group[3].as_bytes()).and_then(|value| u64::try_from(value).ok());
        let (Some(hard), Some(soft), Some(soft_seconds)) = (number(group[1]), number(group[2]), seconds)
        else {
            return Err("Error in hard, soft or soft_seconds setting in buffer limit configuration.".into());
        };
        limits[*class as usize] = Limit { hard, soft, soft_seconds };
    }
    Ok(limits)
}

/// Redis: `memory_percent_config` in `numericConfigSet`.
fn share(value: &str) -> Result<i64, String> {
    const NEITHER: &str = "argument must be a memory or percent value";
    let percent = match parse_memory(value) {
        Some(bytes) if bytes as i64 >= 0 => return Ok(bytes as i64),
        // Redis keeps a percentage as a negative number, and so takes bytes beyond 63 bits for one.
        Some(bytes) => (bytes as i64).unsigned_abs(),
        None => {
            let digits = value.strip_suffix('%').ok_or(NEITHER)?;
            parse_integer(digits.as_bytes()).and_then(|percent| percent.try_into().ok()).ok_or(NEITHER)?
        }
    };
    match percent {
        0..=100 => Ok(-(percent as i64)),
        _ => Err("percentage argument must be less or equal to 100".into()),
    }
}

fn print_limits(limits: &[Limit; 3]) -> String {
    let one =
        |name: &str, limit: &Limit| format!("{name} {} {} {}", limit.hard, limit.soft, limit.soft_seconds);
    [one("normal", &limits[0]), one("slave", &limits[1]), one("pubsub", &limits[2])].join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_number_of_bytes_or_a_percentage() {
        let cases: &[(&str, Result<i64, &str>)] = &[
            ("1kb", Ok(1024)),
            ("10%", Ok(-10)),
            ("0%", Ok(0)),
            ("100%", Ok(-100)),
            ("200%", Err("percentage argument must be less or equal to 100")),
            ("x%", Err("argument must be a memory or percent value")),
        ];
        for &(text, expected) in cases {
            assert_eq!(share(text), expected.map_err(String::from), "{text}");
        }
    }
}
