//! The options of XADD and XTRIM.
//!
//! Redis: `src/t_stream.c`, `streamParseAddOrTrimArgsOrReply`.

use crate::persist::aof_write::Word;
use crate::resp::request::Request;
use crate::server::dispatch::Call;
use crate::stream::id::{INVALID_ID, NewId, StreamId};
use crate::stream::log::Log;
use crate::stream::trim::{Keep, Trim};

/// What the options ask for.
#[derive(Default)]
pub struct Options {
    /// `NOMKSTREAM`: do nothing if the key is not there.
    pub no_mkstream: bool,
    /// How to trim.
    pub trim: Option<Trim>,
    /// Where the threshold stands, if there is one.
    threshold_at: usize,
    /// The new entry's id and where it stands; XADD only.
    pub id: Option<(NewId, usize)>,
}

/// Reads the options after the key, up to the id if it `adds`. None: an error was replied.
pub fn parse(call: &mut Call<'_>, adds: bool) -> Option<Options> {
    let mut options = Options::default();
    let mut keep = None;
    let mut approximately = false;
    let mut limit = None;
    let mut at = 2;
    while at < call.args.len() {
        let more = call.args.len() - 1 - at;
        if adds && &call.args[at] == b"*" {
            options.id = Some((NewId::Auto, at));
            break;
        } else if (call.is(at, "maxlen") || call.is(at, "minid")) && more > 0 {
            if keep.is_some() {
                call.reply
                    .error("ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
                return None;
            }
            let by_id = call.is(at, "minid");
            approximately = more > 1 && &call.args[at + 1] == b"~";
            if approximately || more > 1 && &call.args[at + 1] == b"=" {
                at += 1;
            }
            at += 1;
            options.threshold_at = at;
            keep = Some(if by_id {
                Keep::Since(call.stream_id(at)?)
            } else {
                Keep::Newest(not_negative(call, at, "MAXLEN")?)
            });
        } else if call.is(at, "limit") && more > 0 {
            at += 1;
            limit = Some(not_negative(call, at, "LIMIT")?);
        } else if adds && call.is(at, "nomkstream") {
            options.no_mkstream = true;
        } else if adds {
            let Some(id) = NewId::parse(&call.args[at]) else {
                call.reply.error(INVALID_ID);
                return None;
            };
            options.id = Some((id, at));
            break;
        } else {
            call.syntax_error();
            return None;
        }
        at += 1;
    }
    let error = match keep {
        None if limit.is_some_and(|limit| limit > 0) => {
            "LIMIT cannot be used without specifying a trimming strategy"
        }
        None if !adds => "XTRIM must be called with a trimming strategy",
        // A file that is loaded has the number of entries that were left, and the words around it as they were sent.
        _ if limit.is_some() && !approximately && !call.server.is_loading() => {
            "LIMIT cannot be used without the special ~ option"
        }
        _ => {
            let limit = match limit {
                _ if call.server.is_loading() => 0,
                None if approximately => default_limit(call),
                limit => limit.unwrap_or(0),
            };
            options.trim = keep.map(|keep| Trim { keep, approximately, limit });
            return Some(options);
        }
    };
    call.reply.error(format!("ERR syntax error, {error}"));
    None
}

impl Options {
    /// The words of the command as the append-only file is to have them: of an approximate trim, what has come of it. `log` is the
    /// stream now, `id` that of the entry that was added.
    pub fn exact<'w>(
        &self,
        args: &'w Request<'w>,
        log: &Log,
        added: Option<StreamId>,
    ) -> impl Iterator<Item = Word<'w>> + use<'w> {
        let trim = self.trim.filter(|trim| trim.approximately);
        let threshold = trim.map(|trim| match trim.keep {
            Keep::Newest(_) => Word::Number(log.len() as i64),
            Keep::Since(_) => Word::Id(log.first_stored_id()),
        });
        let id_at = self.id.filter(|(id, _)| !matches!(id, NewId::Given(_))).map(|(_, at)| at);
        let threshold_at = self.threshold_at;
        (0..).zip(args.from(0)).map(move |(at, word)| match (threshold, added) {
            (Some(_), _) if at + 1 == threshold_at => "=".into(),
            (Some(threshold), _) if at == threshold_at => threshold,
            (_, Some(id)) if Some(at) == id_at => id.into(),
            _ => word.into(),
        })
    }

    /// Whether those words are others than the command's own.
    pub fn is_inexact(&self) -> bool {
        self.trim.is_some_and(|trim| trim.approximately)
            || self.id.is_some_and(|(id, _)| !matches!(id, NewId::Given(_)))
    }
}

fn not_negative(call: &mut Call<'_>, at: usize, option: &str) -> Option<u64> {
    let number = u64::try_from(call.count(at)?);
    if number.is_err() {
        call.reply.error(format!("ERR The {option} argument must be >= 0."));
    }
    number.ok()
}

/// An approximate trim removes no more than a hundred blocks, so that it does not take long.
fn default_limit(call: &Call<'_>) -> u64 {
    match (call.server.config.stream_node_max_entries as u64).saturating_mul(100) {
        0 => 10_000,
        limit => limit.min(1_000_000),
    }
}
