//! The text of an interned name, in 24 bytes if it is short.
//!
//! Redis: none in pub/sub; `src/sds.c` has headers of several sizes for the same reason.
//!
//! Most channels are short (`live_room:123`), and each has its own name: an allocation of 32 bytes for 13
//! would be a third of what a subscription costs.

/// The longest name that needs no allocation.
const SHORT: usize = 22;

/// Some bytes that do not change.
pub(super) enum Name {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Box<[u8]>),
}

impl From<&[u8]> for Name {
    fn from(text: &[u8]) -> Name {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text);
                Name::Short { len: text.len() as u8, bytes }
            }
            None => Name::Long(text.into()),
        }
    }
}

impl std::ops::Deref for Name {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Name::Short { len, bytes } => &bytes[..usize::from(*len)],
            Name::Long(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linked_list::List;

    #[test]
    fn names_of_any_length_are_kept() {
        for len in [0, 1, 21, 22, 23, 1000] {
            let text: Vec<u8> = (0..len).map(|n| n as u8).collect();
            assert_eq!(*Name::from(text.as_slice()), *text);
        }
    }

    #[test]
    fn a_channel_with_its_list_takes_forty_bytes_in_the_slab() {
        // The slab's own mark of a free place fits into the enum's.
        assert_eq!(size_of::<Name>(), 24);
        assert_eq!(size_of::<Option<(Name, List)>>(), 40);
    }
}
