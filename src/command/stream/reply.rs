//! How streams are written into replies, and how the ids of commands are read: what their commands share.
//!
//! Redis: `src/t_stream.c`, `streamReplyWithRange`, `addReplyStreamID`, `streamParseStrictIDOrReply`,
//! `streamParseIntervalIDOrReply`.

use crate::resp::reply::{Reply, write_number};
use crate::server::dispatch::Call;
use crate::stream::entries::Entry;
use crate::stream::id::{INVALID_ID, IntervalError, StreamId};
use crate::text::c::until_nul;

impl Reply {
    /// An id as a bulk string.
    pub fn stream_id(&mut self, id: StreamId) {
        self.bulk(id.text());
    }

    /// An entry: its id, and an array of its names and values.
    pub fn stream_entry(&mut self, entry: &Entry<'_>) {
        let fields = entry.fields();
        self.array(2);
        self.stream_id(entry.id);
        self.array(fields.len() * 2);
        for (name, value) in fields {
            self.bulk(name);
            self.bulk(value);
        }
    }

    /// An array of entries.
    pub fn stream_entries<'a>(&mut self, entries: impl Iterator<Item = Entry<'a>>) {
        let head = self.bytes.len();
        let mut count = 0;
        for entry in entries {
            self.stream_entry(&entry);
            count += 1;
        }
        self.insert_head(head, b'*', count);
    }

    /// Puts the head of an array (`*`) or a map (`%`) before what was written from `at` on, now that its length is
    /// known. Redis: `addReplyDeferredLen`.
    pub(crate) fn insert_head(&mut self, at: usize, kind: u8, len: usize) {
        if !self.muted {
            let mut head = Vec::new();
            write_number(&mut head, kind, len as i64);
            self.bytes.splice(at..at, head);
        }
    }
}

impl Call<'_> {
    /// The argument at `index` as an id, `-` and `+` excepted. If it is none, replies so.
    pub fn stream_id(&mut self, index: usize) -> Option<StreamId> {
        let id = StreamId::parse_strict(&self.args[index], 0);
        if id.is_none() {
            self.reply.error(INVALID_ID);
        }
        id
    }

    /// All arguments from `start` on as ids: nothing is done if one of them is none.
    pub fn stream_ids(&mut self, start: usize) -> Option<Vec<StreamId>> {
        (start..self.args.len()).map(|at| self.stream_id(at)).collect()
    }

    /// The argument at `index` as the start of an interval.
    pub fn interval_start(&mut self, index: usize) -> Option<StreamId> {
        self.bound(StreamId::parse_start(&self.args[index]), "start")
    }

    /// The argument at `index` as the end of an interval.
    pub fn interval_end(&mut self, index: usize) -> Option<StreamId> {
        self.bound(StreamId::parse_end(&self.args[index]), "end")
    }

    fn bound(&mut self, id: Result<StreamId, IntervalError>, which: &str) -> Option<StreamId> {
        match id {
            Ok(id) => return Some(id),
            Err(IntervalError::Invalid) => self.reply.error(INVALID_ID),
            Err(IntervalError::Empty) => {
                self.reply.error(format!("ERR invalid {which} ID for the interval"));
            }
        }
        None
    }

    /// The argument at `index` as an integer, or `value is not an integer or out of range`.
    pub(crate) fn count(&mut self, index: usize) -> Option<i64> {
        self.integer(index, "value is not an integer or out of range")
    }
}

/// The error for a key or a group that is not there, in the words of XPENDING, XCLAIM and XAUTOCLAIM.
pub fn no_key_or_group(key: &[u8], group: &[u8]) -> Vec<u8> {
    [b"NOGROUP No such key '", until_nul(key), b"' or consumer group '", until_nul(group), b"'"].concat()
}

/// The error for a group that is not there, in the words of XGROUP and XINFO.
pub fn no_group(key: &[u8], group: &[u8]) -> Vec<u8> {
    [b"NOGROUP No such consumer group '", until_nul(group), b"' for key name '", until_nul(key), b"'"]
        .concat()
}
