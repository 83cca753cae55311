//! Finds the patterns that can match a channel, without a look at the rest.
//!
//! Redis: none; `src/pubsub.c`, `pubsubPublishMessageInternal` walks all patterns at each message.
//!
//! Nearly every pattern starts or ends with literal bytes: `news.*`, `*.sport`. A channel can only match
//! `news.*` when its own first five bytes are `news.`. So each pattern is filed under its literal prefix, or
//! under its literal suffix when that is longer:
//!
//! ```text
//! prefixes   length 5   hash("news.") ─► news.* ⇄ news.??
//!            length 0   hash("")      ─► *x*  ⇄ [ab]*      no literal end: candidates for each channel
//! suffixes   length 6   hash(".sport", read backwards) ─► *.sport
//! ```
//!
//! To publish to `news.uk.sport`, read it once from the front and once from the back. Wherever as many bytes
//! were read as some filed prefix (suffix) is long, look the hash so far up. What is found there are
//! candidates: they still must be matched, because a pattern has more than its literal ends, and because two
//! different prefixes may have the same hash.
//!
//! The hash is a polynomial modulo the prime 2⁶¹ - 1 at a secret random point (Rabin and Karp, 1987). It
//! grows by one byte in constant time, and nobody who does not know the point can choose prefixes that
//! collide.
//!
//! Cost of a publish: two short steps a byte of the channel, one look-up for each length in use, and the
//! candidates. Hostile patterns (all under one prefix, or each prefix one byte longer) can make that the plain
//! walk again, but not much worse: there are never more look-ups than patterns. A pattern costs 8 bytes, and 20
//! to 40 more if it is the only one under its literal; no text is kept.

use crate::glob::Compiled;
use hashbrown::HashTable;

/// The index. It knows a pattern by a small number of the caller's (`id`), and keeps an array as long as the
/// greatest.
#[derive(Debug)]
pub struct PatternIndex {
    prefixes: Side,
    suffixes: Side,
    links: Vec<Link>,
    point: u64,
}

/// The patterns filed by prefix, or those filed by suffix.
#[derive(Debug, Default)]
struct Side {
    /// The lengths in use, in ascending order.
    lengths: Vec<Length>,
    buckets: HashTable<Bucket>,
}

#[derive(Debug)]
struct Length {
    bytes: u32,
    patterns: u32,
}

/// The patterns with the same literal: a doubly linked list through `links`.
#[derive(Debug)]
struct Bucket {
    hash: u64,
    bytes: u32,
    first: u32,
}

/// Stands for a literal. The length is part of it, so that a publish never looks into the same bucket twice.
#[derive(Clone, Copy, Debug)]
struct Key {
    hash: u64,
    bytes: u32,
}

/// The neighbours of the pattern whose id is this link's place in the array.
#[derive(Clone, Copy, Debug)]
struct Link {
    previous: u32,
    next: u32,
}

/// No neighbour.
const NONE: u32 = u32::MAX;
/// `previous` of a link whose pattern is not in the index.
const ABSENT: u32 = u32::MAX - 1;

impl PatternIndex {
    /// An empty index. `secret` is any number that the clients do not know.
    pub fn new(secret: u64) -> PatternIndex {
        let point = secret % PRIME;
        PatternIndex { prefixes: Side::default(), suffixes: Side::default(), links: Vec::new(), point }
    }

    /// Files `pattern` under `id`.
    ///
    /// # Panics
    ///
    /// When the id is in the index already.
    pub fn insert(&mut self, id: u32, pattern: &Compiled) {
        let at = id as usize;
        if at >= self.links.len() {
            self.links.resize(at + 1, Link { previous: ABSENT, next: NONE });
        }
        assert!(self.links[at].previous == ABSENT, "pattern {id} is in the index already");

        let (side, key) = self.locate(pattern);
        let next = side.add(key, id);
        self.links[at] = Link { previous: NONE, next };
        if next != NONE {
            self.links[next as usize].previous = id;
        }
    }

    /// Forgets `id`, which was inserted with `pattern`. If it is not in the index, nothing happens.
    pub fn remove(&mut self, id: u32, pattern: &Compiled) {
        let Some(&Link { previous, next }) = self.links.get(id as usize) else { return };
        if previous == ABSENT {
            return;
        }
        self.links[id as usize] = Link { previous: ABSENT, next: NONE };
        if next != NONE {
            self.links[next as usize].previous = previous;
        }
        if previous != NONE {
            self.links[previous as usize].next = next;
        }
        let (side, key) = self.locate(pattern);
        side.drop_one(key, id, next);
    }

    /// Appends to `out` the ids of all patterns that can match `channel`, each once, in no particular order.
    /// Some of them may not match.
    pub fn candidates(&self, channel: &[u8], out: &mut Vec<u32>) {
        self.collect(&self.prefixes, channel.iter(), out);
        self.collect(&self.suffixes, channel.iter().rev(), out);
    }

    // ANCHOR: collect-candidates
    fn collect<'a>(
        &self,
        side: &Side,
        mut channel: impl ExactSizeIterator<Item = &'a u8>,
        out: &mut Vec<u32>,
    ) {
        let (mut hash, mut read) = (EMPTY, 0);
        for length in &side.lengths {
            let more = (length.bytes - read) as usize;
            if more > channel.len() {
                return;
            }
            hash = extend(hash, channel.by_ref().take(more), self.point);
            read = length.bytes;
            let mut id = side.first(Key { hash, bytes: read });
            while id != NONE {
                out.push(id);
                id = self.links[id as usize].next;
            }
        }
    }
    // ANCHOR_END: collect-candidates

    /// Where `pattern` is filed: under the longer of its literal ends.
    fn locate(&mut self, pattern: &Compiled) -> (&mut Side, Key) {
        let (prefix, suffix) = (pattern.literal_prefix(), pattern.literal_suffix());
        if prefix.len() >= suffix.len() {
            let hash = extend(EMPTY, prefix.iter(), self.point);
            (&mut self.prefixes, Key { hash, bytes: prefix.len() as u32 })
        } else {
            let hash = extend(EMPTY, suffix.iter().rev(), self.point);
            (&mut self.suffixes, Key { hash, bytes: suffix.len() as u32 })
        }
    }
}

impl Side {
    /// The first pattern under `key`, or [`NONE`].
    fn first(&self, key: Key) -> u32 {
        self.buckets.find(mix(key.hash), |bucket| bucket.is(key)).map_or(NONE, |bucket| bucket.first)
    }

    /// Makes `id` the first under `key`; returns which one was.
    fn add(&mut self, key: Key, id: u32) -> u32 {
        match self.lengths.binary_search_by_key(&key.bytes, |length| length.bytes) {
            Ok(at) => self.lengths[at].patterns += 1,
            Err(at) => self.lengths.insert(at, Length { bytes: key.bytes, patterns: 1 }),
        }
        let mut entry = self
            .buckets
            .entry(mix(key.hash), |bucket| bucket.is(key), |bucket| mix(bucket.hash))
            .or_insert(Bucket { hash: key.hash, bytes: key.bytes, first: NONE });
        std::mem::replace(&mut entry.get_mut().first, id)
    }

    /// `id` is gone from the list under `key`; `next` is what came after it.
    fn drop_one(&mut self, key: Key, id: u32, next: u32) {
        if let Ok(at) = self.lengths.binary_search_by_key(&key.bytes, |length| length.bytes) {
            self.lengths[at].patterns -= 1;
            if self.lengths[at].patterns == 0 {
                self.lengths.remove(at);
            }
        }
        if let Ok(mut entry) = self.buckets.find_entry(mix(key.hash), |bucket| bucket.is(key))
            && entry.get().first == id
        {
            if next == NONE {
                entry.remove();
            } else {
                entry.get_mut().first = next;
            }
        }
    }
}

impl Bucket {
    fn is(&self, key: Key) -> bool {
        self.hash == key.hash && self.bytes == key.bytes
    }
}

/// The hash for the table, which wants good bits at both ends of the word: a polynomial fills only the lower
/// 61.
fn mix(hash: u64) -> u64 {
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

const PRIME: u64 = (1 << 61) - 1;

/// The hash of no bytes. Not zero, so that leading NULs count.
const EMPTY: u64 = 1;

/// The hash of what `hash` is of, followed by `bytes`: each step is `hash * point + byte`, modulo the prime.
fn extend<'a>(hash: u64, bytes: impl Iterator<Item = &'a u8>, point: u64) -> u64 {
    bytes.fold(hash, |hash, &byte| {
        let product = u128::from(hash) * u128::from(point) + u128::from(byte);
        // 2^61 is 1 modulo the prime, so the bits above the 61st are added to those below.
        let folded = (product as u64 & PRIME) + (product >> 61) as u64;
        if folded >= PRIME { folded - PRIME } else { folded }
    })
}
