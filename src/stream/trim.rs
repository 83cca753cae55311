//! Trimming: old entries go when a stream is too long, or they are too old.
//!
//! Redis: `src/t_stream.c`, `streamTrim`.

use super::id::StreamId;
use super::log::Log;

/// What may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// So many of the newest entries: MAXLEN.
    Newest(u64),
    /// Entries with this id or a greater one: MINID.
    Since(StreamId),
}

/// A request to trim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trim {
    /// What may stay.
    pub keep: Keep,
    /// `~`: only whole blocks go.
    pub approximately: bool,
    /// Remove no more than so many entries; 0 is no limit.
    pub limit: u64,
}

impl Log {
    /// Removes entries from the front; returns how many.
    ///
    /// A block that goes as a whole costs nothing but its memory; only of the last one are entries marked one by one.
    pub fn trim(&mut self, trim: Trim) -> u64 {
        let before = self.length;
        while let Some((first, block)) = self.blocks.first_mut() {
            if let Keep::Newest(count) = trim.keep
                && self.length <= count
            {
                break;
            }
            let live = block.live();
            if trim.limit > 0 && before - self.length + live > trim.limit {
                break;
            }
            let whole = match trim.keep {
                Keep::Newest(count) => self.length - live >= count,
                Keep::Since(id) => block.walk(first).next_back().is_none_or(|e| e.id < id),
            };
            if whole {
                self.length -= live;
                self.blocks.remove(first);
                continue;
            }
            if trim.approximately {
                break;
            }
            let mut to_go = Vec::new();
            for entry in block.walk(first) {
                let stays = match trim.keep {
                    Keep::Newest(count) => self.length - to_go.len() as u64 <= count,
                    Keep::Since(id) => entry.id >= id,
                };
                if stays {
                    break;
                }
                if !entry.deleted {
                    to_go.push(entry.place);
                }
            }
            self.length -= to_go.len() as u64;
            to_go.into_iter().for_each(|place| block.delete(place));
            break;
        }
        let removed = before - self.length;
        if removed > 0 {
            self.find_first();
        }
        removed
    }
}
