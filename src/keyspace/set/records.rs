//! The memory of a large set: a record for each member, its link beside it, in chunks.
//!
//! Redis: none; there each member is a string of `src/sds.c` in an allocation of its own, and the second member of a bucket has
//! a `dictEntryNoValue` besides (`src/dict.c`).
//!
//! ```text
//! next: 4 bytes · length: 1 byte · the member · up to 3 bytes, so that the next record begins at a multiple of four
//! ```
//!
//! A record is named by where it begins, counted in fours over all chunks; 0 is no record. One bit for each four bytes says
//! whether a record begins there: so that all members can be walked in the order of memory, and chance can choose one. A member
//! of more than 250 bytes has an allocation of its own, and its record has its number.
//!
//! The memory of a removed member is kept for the next member of its size. The owner of the records asks whether most of it is
//! free, and then moves them to new chunks.
//!
//! Naive: a record is numbered by 32 bits, so that a set has at most 16 GB of records.

use slab::Slab;

/// Where a record begins, in fours of bytes.
pub type Record = u32;

/// How many fours of bytes a chunk has.
const FOURS: usize = 1 << 14;
/// The bytes of a record before the member.
const HEAD: usize = 5;
/// The longest member that stands in its record.
const SHORT: usize = 250;
/// Instead of the length: the number of a long member follows.
const LONG: u8 = 255;

/// A piece of memory for records.
#[derive(Clone)]
struct Chunk {
    bytes: Vec<u8>,
    /// A bit for each four of the bytes: whether a record begins there.
    begins: Vec<u64>,
}

/// Records of members.
#[derive(Clone, Default)]
// ANCHOR: records
pub struct Records {
    chunks: Vec<Chunk>,
    /// Members that are too long for a record.
    long: Slab<Box<[u8]>>,
    /// How many bytes they have.
    long_bytes: usize,
    /// Records that are free, by their size in fours: the first of a chain.
    free: Vec<Record>,
    /// How many fours of bytes are in use.
    used: usize,
}
// ANCHOR_END: records

impl Records {
    /// The memory that the records take, by capacity.
    pub fn memory(&self) -> usize {
        let chunk = |chunk: &Chunk| size_of::<Chunk>() + chunk.bytes.capacity() + 8 * chunk.begins.capacity();
        self.chunks.iter().map(chunk).sum::<usize>()
            + self.free.capacity() * size_of::<Record>()
            + self.long.capacity() * size_of::<Box<[u8]>>()
            + self.long_bytes
    }

    /// The member of a record, and the record after it in its chain.
    pub fn get(&self, record: Record) -> (&[u8], Record) {
        let bytes = &self.chunks[record as usize / FOURS].bytes[record as usize % FOURS * 4..];
        let member = match bytes[4] {
            LONG => &self.long[number_at(&bytes[HEAD..]) as usize],
            len => &bytes[HEAD..HEAD + usize::from(len)],
        };
        (member, number_at(bytes))
    }

    /// Puts another record after this one.
    pub fn set_next(&mut self, record: Record, next: Record) {
        let chunk = &mut self.chunks[record as usize / FOURS];
        chunk.bytes[record as usize % FOURS * 4..][..4].copy_from_slice(&next.to_le_bytes());
    }

    /// Makes a record for a member: where one of its size was removed, or behind the last. Its next is for the caller to say.
    pub fn add(&mut self, member: &[u8]) -> Record {
        let mut head = [0; HEAD + 4];
        let is_long = member.len() > SHORT;
        if is_long {
            head[4] = LONG;
            let number = self.long.insert(member.into()) as u32;
            head[HEAD..].copy_from_slice(&number.to_le_bytes());
            self.long_bytes += member.len();
        } else {
            head[4] = member.len() as u8;
        }
        let (head, body) = if is_long { (&head[..], &[][..]) } else { (&head[..HEAD], member) };
        let size = head.len() + body.len();
        let fours = size.div_ceil(4);
        self.used += fours;
        let record = match self.free.get(fours) {
            Some(&free) if free != 0 => {
                self.free[fours] = self.get(free).1;
                free
            }
            _ => self.make_room(fours),
        };
        let (chunk, four) = (&mut self.chunks[record as usize / FOURS], record as usize % FOURS);
        let place = &mut chunk.bytes[four * 4..][..size];
        place[..head.len()].copy_from_slice(head);
        place[head.len()..].copy_from_slice(body);
        chunk.begins[four / 64] |= 1 << (four % 64);
        record
    }

    /// Room for a record behind the last one.
    fn make_room(&mut self, fours: usize) -> Record {
        let is_full = |chunk: &Chunk| chunk.bytes.len() / 4 + fours > FOURS;
        if self.chunks.last().is_none_or(is_full) {
            // The first grows with the set. No record is named 0.
            let first = || Chunk { bytes: vec![0; 4], begins: vec![0] };
            let next =
                || Chunk { bytes: Vec::with_capacity(FOURS * 4), begins: Vec::with_capacity(FOURS / 64) };
            self.chunks.push(if self.chunks.is_empty() { first() } else { next() });
        }
        let before = (self.chunks.len() - 1) * FOURS;
        let Some(chunk) = self.chunks.last_mut() else { return 0 };
        let four = chunk.bytes.len() / 4;
        chunk.bytes.resize((four + fours) * 4, 0);
        chunk.begins.resize(four / 64 + 1, 0);
        (before + four) as Record
    }

    /// Puts a record, which is in no chain, among the free ones of its size.
    pub fn remove(&mut self, record: Record) {
        let (chunk, four) = (&mut self.chunks[record as usize / FOURS], record as usize % FOURS);
        chunk.begins[four / 64] &= !(1 << (four % 64));
        let bytes = &chunk.bytes[four * 4..];
        let size = match bytes[4] {
            LONG => {
                let number = number_at(&bytes[HEAD..]) as usize;
                self.long_bytes -= self.long.remove(number).len();
                // A free record has no member.
                chunk.bytes[four * 4 + 4] = 0;
                HEAD + 4
            }
            len => HEAD + usize::from(len),
        };
        let fours = size.div_ceil(4);
        self.used -= fours;
        if fours >= self.free.len() {
            self.free.resize(fours + 1, 0);
        }
        let next = std::mem::replace(&mut self.free[fours], record);
        self.set_next(record, next);
    }

    /// The records that begin at this place or behind it, with their members, in the order of memory: that in which they came, as
    /// long as none was removed.
    pub fn iter_from(&self, from: Record) -> impl Iterator<Item = (Record, &[u8])> {
        let (first, four) = (from / FOURS as u32, from % FOURS as u32);
        let chunks = (first..).zip(self.chunks.iter().skip(first as usize));
        chunks.flat_map(move |(number, chunk)| {
            let four = if number == first { four } else { 0 };
            let words = (four / 64..).zip(chunk.begins.iter().skip(four as usize / 64));
            let records = words.flat_map(move |(at, &word)| {
                let before = if at == four / 64 { four % 64 } else { 0 };
                ones(word >> before << before).map(move |bit| at * 64 + bit)
            });
            records.map(move |four| {
                let record = number * FOURS as u32 + four;
                (record, self.get(record).0)
            })
        })
    }

    /// Whether a record begins at this place.
    pub fn is_record(&self, place: Record) -> bool {
        let four = place as usize % FOURS;
        let word = self.chunks.get(place as usize / FOURS).and_then(|chunk| chunk.begins.get(four / 64));
        word.is_some_and(|word| word >> (four % 64) & 1 == 1)
    }

    /// The place after the last record; at least 1.
    pub fn end(&self) -> usize {
        let before = self.chunks.len().saturating_sub(1) * FOURS;
        (before + self.chunks.last().map_or(0, |chunk| chunk.bytes.len() / 4)).max(1)
    }

    /// Whether less than one in so many bytes is in use, and so many are not that it matters.
    pub fn used_below(&self, one_in: usize) -> bool {
        self.chunks.len() > 1 && self.used * one_in < (self.chunks.len() - 1) * FOURS
    }
}

fn number_at(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The places of the ones in a word, from the lowest.
fn ones(word: u64) -> impl Iterator<Item = u32> {
    let some = |word: u64| Some(word).filter(|&word| word != 0);
    std::iter::successors(some(word), move |&word| some(word & (word - 1))).map(u64::trailing_zeros)
}
