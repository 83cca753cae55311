//! LCS: the longest common subsequence of two strings.
//!
//! Redis: `src/t_string.c`, `lcsCommand`.
//!
//! A table of all pairs of beginnings, filled row by row, then walked back from its last cell. Naive: as in Redis it takes
//! the product of both lengths in time and memory; the memory is bounded by `proto-max-bulk-len`.

use crate::keyspace::string::Str;
use crate::keyspace::value::WrongType;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;

#[derive(Default)]
struct Options {
    len: bool,
    idx: bool,
    with_match_len: bool,
    min_match_len: i64,
}

/// A piece that both strings have: the places of its bytes in each, both ends included.
struct Match {
    one: (usize, usize),
    other: (usize, usize),
}

/// `LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN]`
pub fn lcs(call: &mut Call<'_>) {
    let limit = call.server.longest_word();
    let mut strings = [(0, Vec::new()), (0, Vec::new())];
    for (at, string) in (1..).zip(&mut strings) {
        match call.server.read::<Str>(call.db(), &call.args[at]) {
            Ok(None) => {}
            // One that is too long beside the shortest is not copied in vain.
            Ok(Some(found)) if found.len() > limit / 4 => string.0 = found.len(),
            Ok(Some(found)) => *string = (found.len(), found.bytes().into_owned()),
            Err(WrongType) => return call.reply.error("ERR The specified keys must contain string values"),
        }
    }
    let Some(options) = parse_options(call) else { return };
    if options.len && options.idx {
        return call.reply.error("ERR If you want both the length and indexes, please just use IDX.");
    }
    let [(one_length, one), (other_length, other)] = &strings;
    let cells = (one_length + 1).checked_mul(other_length + 1);
    if cells.and_then(|cells| cells.checked_mul(4)).is_none_or(|bytes| bytes > limit) {
        return call
            .reply
            .error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    let table = Table::new(one, other);
    let length = table.at(one.len(), other.len()) as i64;
    if options.idx {
        let mut matches = table.matches(one, other);
        matches.retain(|found| (found.one.1 - found.one.0 + 1) as i64 >= options.min_match_len);
        call.reply.map(2);
        call.reply.bulk("matches");
        call.reply.array(matches.len());
        for Match { one, other } in matches {
            call.reply.array(if options.with_match_len { 3 } else { 2 });
            for (start, end) in [one, other] {
                call.reply.array(2);
                call.reply.integer(start as i64);
                call.reply.integer(end as i64);
            }
            if options.with_match_len {
                call.reply.integer((one.1 - one.0 + 1) as i64);
            }
        }
        call.reply.bulk("len");
        call.reply.integer(length);
    } else if options.len {
        call.reply.integer(length);
    } else {
        let matches = table.matches(one, other);
        let pieces = matches.iter().rev().flat_map(|found| &one[found.one.0..=found.one.1]);
        call.reply.bulk(pieces.copied().collect::<Vec<u8>>());
    }
}

fn parse_options(call: &mut Call<'_>) -> Option<Options> {
    let mut options = Options::default();
    let mut at = 3;
    while at < call.args.len() {
        if call.is(at, "idx") {
            options.idx = true;
        } else if call.is(at, "len") {
            options.len = true;
        } else if call.is(at, "withmatchlen") {
            options.with_match_len = true;
        } else if call.is(at, "minmatchlen") && at + 1 < call.args.len() {
            at += 1;
            options.min_match_len = call.integer(at, NOT_AN_INTEGER)?;
        } else {
            call.syntax_error();
            return None;
        }
        at += 1;
    }
    Some(options)
}

/// The length of the longest common subsequence of every two beginnings.
struct Table {
    lengths: Vec<u32>,
    width: usize,
}

impl Table {
    fn new(one: &[u8], other: &[u8]) -> Table {
        let width = other.len() + 1;
        let mut table = Table { lengths: vec![0; (one.len() + 1) * width], width };
        for (i, byte) in (1..).zip(one) {
            let (before, row) = table.lengths[(i - 1) * width..(i + 1) * width].split_at_mut(width);
            for (j, same) in (1..).zip(other.iter().map(|other| other == byte)) {
                row[j] = if same { before[j - 1] + 1 } else { before[j].max(row[j - 1]) };
            }
        }
        table
    }

    fn at(&self, i: usize, j: usize) -> u32 {
        self.lengths[i * self.width + j]
    }

    /// The pieces of one longest common subsequence, the last first.
    fn matches(&self, one: &[u8], other: &[u8]) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        let (mut i, mut j) = (one.len(), other.len());
        while i > 0 && j > 0 {
            if one[i - 1] == other[j - 1] {
                (i, j) = (i - 1, j - 1);
                match found.last_mut() {
                    Some(last) if last.one.0 == i + 1 && last.other.0 == j + 1 => {
                        (last.one.0, last.other.0) = (i, j);
                    }
                    _ => found.push(Match { one: (i, i), other: (j, j) }),
                }
            } else if self.at(i - 1, j) > self.at(i, j - 1) {
                i -= 1;
            } else {
                j -= 1;
            }
        }
        found
    }
}
