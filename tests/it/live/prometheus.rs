//! Reads the text format of Prometheus, as strictly as its own tool (`promtool check metrics`) does: a family is announced
//! by HELP and TYPE before its samples, its samples stand together, and names follow the conventions.

use std::collections::{BTreeMap, BTreeSet};

fn is_name(name: &str) -> bool {
    let is_first = |c: char| c.is_ascii_lowercase() || c == '_';
    name.starts_with(is_first) && name.chars().all(|c| is_first(c) || c.is_ascii_digit())
}

/// The samples of a document, each with its labels as they stand.
pub fn read(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'), "the last line has an end");
    let (mut samples, mut families) = (BTreeMap::new(), BTreeSet::new());
    let (mut family, mut helped, mut kind) = (String::new(), false, String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(is_name(name) && help.ends_with('.') && !help.contains('\\'), "{line}");
            assert!(families.insert(name.to_string()), "a family stands together: {line}");
            (family, helped, kind) = (name.into(), true, String::new());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, of) = rest.split_once(' ').unwrap();
            assert!(helped && name == family && kind.is_empty(), "{line}");
            assert!(["counter", "gauge"].contains(&of), "{line}");
            assert_eq!(
                of == "counter",
                name.ends_with("_total"),
                "a counter is a total, and nothing else is: {line}"
            );
            kind = of.into();
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let (bare, labels) = name.split_once('{').map_or((name, None), |(bare, rest)| (bare, Some(rest)));
            assert!(bare == family && !kind.is_empty(), "{line}");
            if let Some(labels) = labels {
                let (label, value) = labels.strip_suffix("\"}").unwrap().split_once("=\"").unwrap();
                assert!(is_name(label) && !value.contains(['"', '\\', ',']), "{line}");
            }
            let value: f64 = value.parse().unwrap();
            assert!(value.is_finite() && value >= 0.0, "{line}");
            assert!(samples.insert(name.to_string(), value).is_none(), "twice: {line}");
        }
    }
    let units = ["_bytes", "_seconds", "_ratio"];
    for name in &families {
        assert!(name.starts_with("cutaway_"), "{name}");
        let stem = name.strip_suffix("_total").unwrap_or(name);
        let is_of_unit = ["bytes", "seconds", "ratio"].iter().any(|unit| stem.contains(unit));
        assert!(!is_of_unit || units.iter().any(|unit| stem.ends_with(unit)), "the unit stands last: {name}");
        for wrong in ["_ms", "_us", "_kb", "_mb", "_percent", "_count"] {
            assert!(!stem.ends_with(wrong), "{name}");
        }
    }
    samples
}
