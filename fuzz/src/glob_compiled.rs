//! The compiled matcher, with tables and without, the plain one and the reference agree, with case and without.

use super::{pattern_and_string, reference};
use cutaway::glob::{Pattern, plain};

pub fn run(data: &[u8]) {
    let (pattern, string) = pattern_and_string(data);
    for nocase in [false, true] {
        let compiled = if nocase { Pattern::new_nocase(pattern) } else { Pattern::new(pattern) };
        let Ok(compiled) = compiled else { return };
        let expected = reference::matches(pattern, string, nocase);
        assert_eq!(plain::matches(pattern, string, nocase), expected, "plain, nocase {nocase}");
        assert_eq!(compiled.matches(string), expected, "compiled, nocase {nocase}");
        let text = Pattern::with_tables(pattern, nocase, 0).expect("as short as above");
        assert_eq!(text.matches(string), expected, "kept as text, nocase {nocase}");
        if expected {
            assert!(string.starts_with(compiled.literal_prefix()), "prefix, nocase {nocase}");
            assert!(string.ends_with(compiled.literal_suffix()), "suffix, nocase {nocase}");
        }
    }
}
