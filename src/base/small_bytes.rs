//! Some bytes that do not change, in 24 bytes if they are few.
//!
//! Redis: `src/sds.c` has headers of several sizes, and `src/object.c` embeds short strings (`embstr`), for the same
//! reason.
//!
//! Most names of channels, keys and fields are short (`live_room:123`), and so are most values: an allocation of 32
//! bytes for 13 would be a third of what a subscription costs.

/// The most bytes that need no allocation.
const SHORT: usize = 22;

/// Some bytes that do not change.
#[derive(Clone)]
pub enum SmallBytes {
    /// The first `len` of `bytes`.
    Short {
        /// How many.
        len: u8,
        /// The place for them.
        bytes: [u8; SHORT],
    },
    /// Too many for that.
    Long(Box<[u8]>),
}

impl SmallBytes {
    /// Whether so many bytes need no allocation.
    pub const fn is_short(length: usize) -> bool {
        length <= SHORT
    }
}

impl From<&[u8]> for SmallBytes {
    fn from(text: &[u8]) -> SmallBytes {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text);
                SmallBytes::Short { len: text.len() as u8, bytes }
            }
            None => SmallBytes::Long(text.into()),
        }
    }
}

impl std::fmt::Debug for SmallBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.escape_ascii())
    }
}

impl std::ops::Deref for SmallBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            SmallBytes::Short { len, bytes } => &bytes[..usize::from(*len)],
            SmallBytes::Long(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::linked_list::List;

    #[test]
    fn names_of_any_length_are_kept() {
        for len in [0, 1, 21, 22, 23, 1000] {
            let text: Vec<u8> = (0..len).map(|n| n as u8).collect();
            assert_eq!(*SmallBytes::from(text.as_slice()), *text);
        }
    }

    #[test]
    fn a_channel_with_its_list_takes_forty_bytes_in_the_slab() {
        // The slab's own mark of a free place fits into the enum's.
        assert_eq!(size_of::<SmallBytes>(), 24);
        assert_eq!(size_of::<Option<(SmallBytes, List)>>(), 40);
    }
}
