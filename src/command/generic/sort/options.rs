//! What SORT is asked for beside its key.
//!
//! Redis: `src/sort.c`, the first half of `sortCommandGeneric`.

use super::pattern::Pattern;
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use std::ops::Range;

/// The options.
#[derive(Debug, Default)]
pub struct Options<'a> {
    /// DESC.
    pub descending: bool,
    /// ALPHA.
    pub alpha: bool,
    /// LIMIT: how many are passed over, and how many are wanted; all, if that is negative.
    limit: Option<(i64, i64)>,
    /// A BY without a star, wherever it stands: the elements keep the order that they have.
    pub keeps_order: bool,
    /// BY.
    pub by: Option<Pattern<'a>>,
    /// GET, each.
    pub get: Vec<Pattern<'a>>,
    /// STORE.
    pub store: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    /// Reads the options; None: it has replied what is wrong. Of an option that comes twice the last counts, but for GET.
    pub fn parse(call: &mut Call<'a>, may_store: bool) -> Option<Options<'a>> {
        let args = call.args;
        let mut options = Options::default();
        let mut at = 2;
        while at < args.len() {
            if call.is(at, "asc") {
                options.descending = false;
            } else if call.is(at, "desc") {
                options.descending = true;
            } else if call.is(at, "alpha") {
                options.alpha = true;
            } else if call.is(at, "limit") && at + 2 < args.len() {
                let start = call.integer(at + 1, NOT_AN_INTEGER)?;
                options.limit = Some((start, call.integer(at + 2, NOT_AN_INTEGER)?));
                at += 2;
            } else if let Some(word) = args.get(at + 1) {
                match () {
                    () if may_store && call.is(at, "store") => options.store = Some(word),
                    () if call.is(at, "by") => {
                        let by = Pattern::new(word);
                        options.keeps_order |= !matches!(by, Pattern::Key { .. });
                        options.by = Some(by);
                    }
                    () if call.is(at, "get") => options.get.push(Pattern::new(word)),
                    () => {
                        call.syntax_error();
                        return None;
                    }
                }
                at += 1;
            } else {
                call.syntax_error();
                return None;
            }
            at += 1;
        }
        Some(options)
    }

    /// Which of `len` elements, once they are in order, are wanted.
    pub fn range(&self, len: usize) -> Range<usize> {
        let Some((start, count)) = self.limit else { return 0..len };
        let start = usize::try_from(start.max(0)).map_or(len, |start| start.min(len));
        let count = usize::try_from(count).map_or(len, |count| count.min(len));
        start..len.min(start + count)
    }
}
