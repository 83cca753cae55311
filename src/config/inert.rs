//! The settings that change nothing here: those of Redis for what is not built.
//!
//! Redis: `src/config.c`, `static_configs`. Tools and harnesses set them, and clients read some (`slave-read-only`
//! above all), so they are accepted, kept, shown and rewritten, with Redis's defaults but for `save`, which is empty:
//! nothing is saved.
//!
//! Naive: their values are read only as far as it takes to show them as Redis does. A word that Redis would
//! refuse, for `appendfsync` say, is taken, and numbers have no bounds.

use super::table::{Setting, setting};
use super::value::{Kind, parse_memory};
use crate::resp::request::parse_integer;

/// How the value of such a setting is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any words, but at least one.
    Any,
    /// At least one of these words, shown in this order.
    Among(&'static [&'static str]),
    /// A host and a port: `replicaof`; or nothing.
    Master,
    /// Pairs of seconds and changes: `save`; or nothing, also without quotes.
    Saves,
    /// `yes` or `no`.
    YesNo,
    /// A whole number.
    Number,
    /// A number of bytes, with a unit if wanted; shown in bytes.
    Bytes,
    /// The same, or a percentage: `maxmemory-clients`.
    Share,
}

impl Shape {
    /// The value as CONFIG GET shows it, or why it is none.
    pub fn read(self, words: &[String]) -> Result<String, String> {
        let value = words.join(" ");
        let lower = value.to_ascii_lowercase();
        match self {
            Shape::Any if words.is_empty() => Err("wrong number of arguments".into()),
            Shape::Any => Ok(value),
            Shape::Among(choices) => {
                let mut given = lower.split_whitespace();
                if lower.is_empty() || !given.all(|word| choices.contains(&word)) {
                    let choices = choices.join(", ");
                    return Err(format!("argument(s) must be one of the following: {choices}"));
                }
                let is_given = |choice: &&str| lower.split_whitespace().any(|word| word == *choice);
                Ok(choices.iter().copied().filter(is_given).collect::<Vec<_>>().join(" "))
            }
            Shape::Master => match words {
                [nothing] if nothing.is_empty() => Ok(value),
                [_, port] if port.parse::<u16>().is_ok() => Ok(value),
                [_, _] => Err("Invalid master port".into()),
                _ => Err("wrong number of arguments".into()),
            },
            Shape::Saves => {
                let words: Vec<&str> = value.split_whitespace().collect();
                let number = |word: &str, least| word.parse::<i64>().ok().filter(|n| *n >= least);
                let pairs = words.chunks(2).map(|pair| match pair {
                    [seconds, changes] => Some(format!("{} {}", number(seconds, 1)?, number(changes, 0)?)),
                    _ => None,
                });
                let pairs: Option<Vec<String>> = pairs.collect();
                Ok(pairs.ok_or("Invalid save parameters")?.join(" "))
            }
            _ if words.len() != 1 => Err("wrong number of arguments".into()),
            Shape::YesNo if lower == "yes" || lower == "no" => Ok(lower),
            Shape::YesNo => Err("argument must be 'yes' or 'no'".into()),
            Shape::Number => match parse_integer(value.as_bytes()) {
                Some(number) => Ok(number.to_string()),
                None => Err("argument couldn't be parsed into an integer".into()),
            },
            Shape::Share if value.ends_with('%') => match value.trim_end_matches('%').parse::<u32>() {
                Ok(0..=100) => Ok(value),
                Ok(_) => Err("percentage argument must be less or equal to 100".into()),
                Err(_) => Err("argument must be a memory or percent value".into()),
            },
            Shape::Share => match parse_memory(&value) {
                Some(bytes) => Ok(bytes.to_string()),
                None => Err("argument must be a memory or percent value".into()),
            },
            Shape::Bytes => match parse_memory(&value) {
                Some(bytes) => Ok(bytes.to_string()),
                None => Err("argument must be a memory value".into()),
            },
        }
    }
}

const SHUTDOWN: Shape = Shape::Among(&["default", "save", "nosave", "now", "force"]);
const DOC: &str = "Accepted for tools that set it; changes nothing here.";

const fn any(name: &'static str, default: &'static str) -> Setting {
    setting(name, Kind::Inert(Shape::Any), default, DOC)
}

const fn yes_no(name: &'static str, default: &'static str) -> Setting {
    setting(name, Kind::Inert(Shape::YesNo), default, DOC)
}

const fn number(name: &'static str, default: &'static str) -> Setting {
    setting(name, Kind::Inert(Shape::Number), default, DOC)
}

const fn bytes(name: &'static str, default: &'static str) -> Setting {
    setting(name, Kind::Inert(Shape::Bytes), default, DOC)
}

const fn share(name: &'static str, default: &'static str) -> Setting {
    setting(name, Kind::Inert(Shape::Share), default, DOC)
}

/// All of them: name and default.
#[rustfmt::skip]
pub static INERT: &[Setting] = &[
    // Persistence.
    setting("save", Kind::Inert(Shape::Saves), "", DOC), yes_no("appendonly", "no"), any("appendfsync", "everysec"),
    any("dbfilename", "dump.rdb").protected(), any("appendfilename", "appendonly.aof").at_start(),
    any("appenddirname", "appendonlydir").at_start(), yes_no("rdbcompression", "yes"),
    yes_no("rdbchecksum", "yes").at_start(), yes_no("stop-writes-on-bgsave-error", "yes"),
    yes_no("no-appendfsync-on-rewrite", "no"), number("auto-aof-rewrite-percentage", "100"),
    bytes("auto-aof-rewrite-min-size", "67108864"), yes_no("aof-use-rdb-preamble", "yes"),
    yes_no("aof-load-truncated", "yes"), yes_no("aof-rewrite-incremental-fsync", "yes"),
    yes_no("aof-timestamp-enabled", "no"), yes_no("rdb-del-sync-files", "no"),
    yes_no("rdb-save-incremental-fsync", "yes"), any("sanitize-dump-payload", "no"),
    // The process.
    yes_no("always-show-logo", "no").at_start(), yes_no("set-proc-title", "yes").at_start(),
    yes_no("crash-log-enabled", "yes"), yes_no("crash-memcheck-enabled", "yes"),
    yes_no("syslog-enabled", "no").at_start(), number("hz", "10"), yes_no("dynamic-hz", "yes"),
    yes_no("activerehashing", "yes"), number("io-threads", "1").at_start(), number("shutdown-timeout", "10"),
    setting("shutdown-on-sigint", Kind::Inert(SHUTDOWN), "default", DOC),
    setting("shutdown-on-sigterm", Kind::Inert(SHUTDOWN), "default", DOC),
    any("proc-title-template", "{title} {listen-addr} {server-mode}"), any("bind-source-addr", ""),
    yes_no("disable-thp", "yes").at_start(), yes_no("hide-user-data-from-log", "no"), any("ignore-warnings", ""),
    any("locale-collate", ""), number("max-new-connections-per-cycle", "10"),
    any("oom-score-adj", "no"),
    any("oom-score-adj-values", "0 200 800"), number("socket-mark-id", "0").at_start(),
    any("syslog-facility", "local0").at_start(), any("syslog-ident", "redis").at_start(),
    // Memory.
    yes_no("activedefrag", "no"), bytes("maxmemory", "0"), any("maxmemory-policy", "noeviction"),
    number("maxmemory-samples", "5"), share("maxmemory-clients", "0"), yes_no("lazyfree-lazy-eviction", "no"),
    yes_no("lazyfree-lazy-expire", "no"), yes_no("lazyfree-lazy-server-del", "no"),
    yes_no("lazyfree-lazy-user-del", "no"), yes_no("lazyfree-lazy-user-flush", "no"),
    number("active-expire-effort", "1"), number("lfu-log-factor", "10"), number("lfu-decay-time", "1"),
    number("active-defrag-cycle-max", "25"), number("active-defrag-cycle-min", "1"),
    bytes("active-defrag-ignore-bytes", "104857600"), number("active-defrag-max-scan-fields", "1000"),
    number("active-defrag-threshold-lower", "10"), number("active-defrag-threshold-upper", "100"),
    number("maxmemory-eviction-tenacity", "10"),
    // Replication and the cluster.
    yes_no("replica-read-only", "yes").alias("slave-read-only"),
    yes_no("replica-serve-stale-data", "yes").alias("slave-serve-stale-data"),
    number("replica-priority", "100").alias("slave-priority"), yes_no("repl-diskless-sync", "yes"),
    number("repl-diskless-sync-delay", "5"), number("repl-timeout", "60"), bytes("repl-backlog-size", "1048576"),
    setting("replicaof", Kind::Inert(Shape::Master), "", DOC).alias("slaveof").at_start(),
    number("min-replicas-to-write", "0").alias("min-slaves-to-write"), any("propagation-error-behavior", "ignore"),
    yes_no("cluster-enabled", "no").at_start(), number("cluster-port", "0").at_start(),
    yes_no("cluster-allow-pubsubshard-when-down", "yes"), any("masterauth", ""), any("masteruser", ""),
    number("min-replicas-max-lag", "10").alias("min-slaves-max-lag"), number("repl-backlog-ttl", "3600"),
    yes_no("repl-disable-tcp-nodelay", "no"), any("repl-diskless-load", "disabled"),
    number("repl-diskless-sync-max-replicas", "0"),
    number("repl-ping-replica-period", "10").alias("repl-ping-slave-period"),
    any("replica-announce-ip", "").alias("slave-announce-ip"),
    number("replica-announce-port", "0").alias("slave-announce-port"), yes_no("replica-announced", "yes"),
    bytes("replica-full-sync-buffer-limit", "0"), yes_no("replica-ignore-disk-write-errors", "no"),
    yes_no("replica-ignore-maxmemory", "yes").alias("slave-ignore-maxmemory"),
    yes_no("replica-lazy-flush", "no").alias("slave-lazy-flush"),
    // Types that are not here.
    number("set-max-intset-entries", "512"),
    number("set-max-listpack-entries", "128"), number("set-max-listpack-value", "64"),
    number("zset-max-listpack-entries", "128").alias("zset-max-ziplist-entries"),
    number("zset-max-listpack-value", "64").alias("zset-max-ziplist-value"),
    number("list-compress-depth", "0"),
    bytes("hll-sparse-max-bytes", "3000"),
    // Clients, scripts, watching.
    
    any("enable-module-command", "no").at_start(),
    any("acl-pubsub-default", "resetchannels"), number("acllog-max-len", "128"),
    number("tracking-table-max-keys", "1000000"), number("tls-port", "0"), any("aclfile", "").at_start(),
];

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! reads {
        ($($name:ident: $shape:ident $text:literal => $value:expr;)*) => {$(
            #[test]
            fn $name() {
                let value: Result<&str, &str> = $value;
                assert_eq!(Shape::$shape.read(&[$text.into()]).as_deref().map_err(String::as_str), value);
            }
        )*};
    }

    reads! {
        any_words_are_kept: Any "0 200  800" => Ok("0 200  800");
        pairs_of_numbers_are_times_to_save: Saves "900 1 300 010" => Ok("900 1 300 10");
        times_to_save_are_shown_with_one_space: Saves " 900 1  300 10" => Ok("900 1 300 10");
        an_empty_save_is_fine: Saves "" => Ok("");
        seconds_without_changes_are_no_time_to_save: Saves "900" => Err("Invalid save parameters");
        changes_in_no_time_are_none: Saves "0 1" => Err("Invalid save parameters");
        yes_in_capitals_is_yes: YesNo "YES" => Ok("yes");
        maybe_is_neither_yes_nor_no: YesNo "maybe" => Err("argument must be 'yes' or 'no'");
        a_number_is_kept: Number "-2" => Ok("-2");
        a_word_is_no_number: Number "x" => Err("argument couldn't be parsed into an integer");
        a_unit_is_worked_out: Bytes "700mb" => Ok("734003200");
        a_word_is_no_memory: Bytes "lots" => Err("argument must be a memory value");
        a_share_may_be_bytes: Share "1kb" => Ok("1024");
        a_share_may_be_a_percentage: Share "10%" => Ok("10%");
        more_than_all_is_no_share: Share "200%" => Err("percentage argument must be less or equal to 100");
        a_word_is_no_share: Share "x%" => Err("argument must be a memory or percent value");
    }

    #[test]
    fn words_of_a_choice_are_shown_in_its_order() {
        let read =
            |words: &[&str]| SHUTDOWN.read(&words.iter().map(|word| word.to_string()).collect::<Vec<_>>());
        assert_eq!(read(&["force", "now nosave"]), Ok("nosave now force".into()));
        let error = "argument(s) must be one of the following: default, save, nosave, now, force";
        assert_eq!(read(&["later"]), Err(error.into()));
        assert_eq!(read(&[]), Err(error.into()));
    }

    #[test]
    fn a_master_is_a_host_and_a_port() {
        let read = |words: &[&str]| {
            Shape::Master.read(&words.iter().map(|word| word.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(read(&["host", "6379"]), Ok("host 6379".into()));
        assert_eq!(read(&["host", "abc"]), Err("Invalid master port".into()));
        assert_eq!(read(&["host"]), Err("wrong number of arguments".into()));
        assert_eq!(read(&[""]), Ok("".into()));
    }

    #[test]
    fn save_without_a_value_is_an_empty_one() {
        assert_eq!(Shape::Saves.read(&[]), Ok("".into()));
    }

    #[test]
    fn only_any_takes_several_words() {
        let two = ["1".to_string(), "2".to_string()];
        assert_eq!(Shape::Any.read(&two), Ok("1 2".into()));
        assert_eq!(Shape::Number.read(&two), Err("wrong number of arguments".into()));
    }
}
