//! The patterns of BY and GET: which value belongs to an element.
//!
//! Redis: `src/sort.c`, `lookupKeyByPattern`.
//!
//! `weight_*` is the string at a key whose name has the element where the star is, `object_*->price` a field of a hash, `#` the
//! element itself. As C reads it, what comes after a NUL has no star and no arrow, but is part of the names.

use crate::keyspace::listpack::Entry;
use crate::keyspace::string::Str;
use crate::keyspace::value::Value;
use crate::server::Server;
use crate::text::c::until_nul;

/// A pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern<'a> {
    /// `#`
    Element,
    /// Without a star: of no element.
    Constant,
    /// With one: what stands before it and behind it in the key's name, and the field.
    Key {
        /// Before the star.
        prefix: &'a [u8],
        /// After it.
        suffix: &'a [u8],
        /// After `->`.
        field: Option<&'a [u8]>,
    },
}

impl<'a> Pattern<'a> {
    /// Reads a pattern.
    pub fn new(word: &'a [u8]) -> Pattern<'a> {
        let text = until_nul(word);
        if text == b"#" {
            return Pattern::Element;
        }
        let Some(star) = memchr::memchr(b'*', text) else { return Pattern::Constant };
        let (prefix, rest) = (&word[..star], &word[star + 1..]);
        let arrow = memchr::memmem::find(&text[star + 1..], b"->");
        // An arrow with nothing behind it is part of the key's name.
        let arrow = arrow.filter(|arrow| star + 1 + arrow + 2 < text.len());
        match arrow {
            Some(arrow) => Pattern::Key { prefix, suffix: &rest[..arrow], field: Some(&rest[arrow + 2..]) },
            None => Pattern::Key { prefix, suffix: rest, field: None },
        }
    }

    /// The value that belongs to an element; None: there is none, or it is not of the type that the pattern asks for.
    /// `name` is written over with the key's name.
    pub fn value<'v>(
        self,
        server: &'v mut Server,
        db: u32,
        element: &'v [u8],
        name: &mut Vec<u8>,
    ) -> Option<Entry<'v>> {
        let (prefix, suffix, field) = match self {
            Pattern::Element => return Some(Entry::Bytes(element)),
            Pattern::Constant => return None,
            Pattern::Key { prefix, suffix, field } => (prefix, suffix, field),
        };
        name.clear();
        [prefix, element, suffix].iter().for_each(|part| name.extend_from_slice(part));
        let place = server.lookup_read_place(db, name)?;
        if let Some(field) = field
            && server.expire_field_at(db, place, name, field)
        {
            return None;
        }
        match (&server.keyspace.db(db).item(place).value, field) {
            (Value::Hash(hash), Some(field)) => hash.get(field),
            (Value::String(Str::Int(number)), None) => Some(Entry::Number(*number)),
            (Value::String(Str::Fixed(bytes)), None) => Some(Entry::Bytes(bytes)),
            (Value::String(Str::Growing(bytes)), None) => Some(Entry::Bytes(bytes)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(prefix: &'a str, suffix: &'a str, field: Option<&'a str>) -> Pattern<'a> {
        Pattern::Key { prefix: prefix.as_bytes(), suffix: suffix.as_bytes(), field: field.map(str::as_bytes) }
    }

    #[test]
    fn stars_and_arrows_are_found_before_a_nul() {
        let cases = [
            ("#", Pattern::Element),
            ("#\0*", Pattern::Element),
            ("##", Pattern::Constant),
            ("nosort", Pattern::Constant),
            ("nosort\0*", Pattern::Constant),
            ("", Pattern::Constant),
            ("*", key("", "", None)),
            ("#*", key("#", "", None)),
            ("w_*_w", key("w_", "_w", None)),
            ("w_*_*", key("w_", "_*", None)),
            ("w_*->f", key("w_", "", Some("f"))),
            ("w_*_x->f->g", key("w_", "_x", Some("f->g"))),
            ("w->*->f", key("w->", "", Some("f"))),
            ("w_*->", key("w_", "->", None)),
            ("w_*->\0f", key("w_", "->\0f", None)),
            ("w_*->f\0g", key("w_", "", Some("f\0g"))),
            ("w_*\0->f", key("w_", "\0->f", None)),
        ];
        for (word, expected) in cases {
            assert_eq!(Pattern::new(word.as_bytes()), expected, "{word:?}");
        }
    }
}
