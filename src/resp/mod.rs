//! RESP, the protocol of Redis: requests are read ([`request`]), replies are written ([`reply`]).
//!
//! Redis: the parsing half of `src/networking.c` and its `addReply*` family.

pub mod owned;
pub mod reply;
pub mod request;

/// The version of the protocol a client speaks: 2 from the start, 3 after `HELLO 3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Protocol {
    /// RESP2: every client begins here.
    #[default]
    Resp2 = 0,
    /// RESP3: maps, sets, doubles, booleans, and pushes that may come between replies.
    Resp3 = 1,
}

impl Protocol {
    /// The number in `HELLO` and `CLIENT LIST`: 2 or 3.
    pub fn number(self) -> i64 {
        self as i64 + 2
    }
}
