//! LPOS: where elements are.
//!
//! Redis: `src/t_list.c`, `lposCommand`.

use super::read;
use crate::keyspace::listpack::Entry;
use crate::server::dispatch::Call;

/// What the options of LPOS ask for.
struct Options {
    /// RANK: the first match that counts; from the end, if it is negative.
    rank: i64,
    /// COUNT: how many matches; 0 is all; None: the first, not in an array.
    count: Option<usize>,
    /// MAXLEN: how many elements are looked at; 0 is all.
    max_len: usize,
}

/// `LPOS key element [RANK rank] [COUNT count] [MAXLEN len]`
pub fn lpos(call: &mut Call<'_>) {
    let Some(options) = parse(call) else { return };
    let args = call.args;
    let wanted = Entry::new(&args[2]);
    let Some((list, reply)) = read(call) else { return };
    let len = list.map_or(0, |list| list.len());
    let looked_at = if options.max_len == 0 { len } else { options.max_len.min(len) };
    let skipped = (options.rank.unsigned_abs() - 1).try_into().unwrap_or(usize::MAX);
    let most = match options.count {
        None => 1,
        Some(0) => usize::MAX,
        Some(count) => count,
    };
    let mut places: Vec<usize> = Vec::new();
    if let Some(list) = list {
        let is_wanted = |(_, entry): &(usize, Entry<'_>)| *entry == wanted;
        let place = |(number, _)| number;
        places = match options.rank > 0 {
            true => {
                let all = (0..).zip(list.iter());
                all.take(looked_at).filter(is_wanted).skip(skipped).take(most).map(place).collect()
            }
            false => {
                let all = (0..len).rev().zip(list.iter().rev());
                all.take(looked_at).filter(is_wanted).skip(skipped).take(most).map(place).collect()
            }
        };
    }
    match (options.count, places.first()) {
        (None, Some(&place)) => reply.integer(place as i64),
        (None, None) => reply.null(),
        (Some(_), _) => {
            reply.array(places.len());
            places.iter().for_each(|&place| reply.integer(place as i64));
        }
    }
}

/// None: it has replied what is wrong.
fn parse(call: &mut Call<'_>) -> Option<Options> {
    let mut options = Options { rank: 1, count: None, max_len: 0 };
    for at in (3..call.args.len()).step_by(2) {
        let has_value = at + 1 < call.args.len();
        if call.is(at, "rank") && has_value {
            let rank = call.long(at + 1)?;
            if rank == 0 {
                call.reply.error(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to \
                     start from the end of the list",
                );
                return None;
            }
            options.rank = rank;
        } else if call.is(at, "count") && has_value {
            options.count = Some(not_negative(call, at + 1, "ERR COUNT can't be negative")?);
        } else if call.is(at, "maxlen") && has_value {
            options.max_len = not_negative(call, at + 1, "ERR MAXLEN can't be negative")?;
        } else {
            call.syntax_error();
            return None;
        }
    }
    Some(options)
}

fn not_negative(call: &mut Call<'_>, at: usize, error: &str) -> Option<usize> {
    let value = call.args.get(at).and_then(crate::text::integer::parse_integer);
    let value = value.and_then(|value| usize::try_from(value).ok());
    if value.is_none() {
        call.reply.error(error);
    }
    value
}
