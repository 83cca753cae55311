//! "Did you mean": the known word that is most like one that is not known. Redis has no counterpart.

/// How alike two words must be, from 0 to 1: `prot` and `port` are, `redis.conf` and `check` are not.
const ALIKE: f64 = 0.8;

/// The word of `known` that is most like `word`. None if none is.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let alike = known.into_iter().map(|known| (strsim::jaro(&word, known), known));
    let (likeness, known) = alike.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (likeness >= ALIKE).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inert::INERT;
    use crate::config::table::SETTINGS;

    #[test]
    fn a_slip_of_the_finger_is_seen_through() {
        let settings = || SETTINGS.iter().chain(INERT).map(|setting| setting.name);
        for (word, meant) in [
            ("prot", Some("port")),
            ("Bnid", Some("bind")),
            ("max-memory", Some("maxmemory")),
            ("requirepas", Some("requirepass")),
            ("daemonise", Some("daemonize")),
            ("log-level", Some("loglevel")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, settings()), meant, "{word}");
        }
    }
}
