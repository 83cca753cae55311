//! Which clients CLIENT LIST shows and CLIENT KILL closes.
//!
//! Redis: `src/networking.c`, `struct clientFilter` and `clientMatchesFilter`.

use crate::client::Client;
use crate::client::limits::Class;
use crate::text::c::until_nul;

/// What a client must fit; None fits every client.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Its id.
    pub id: Option<u64>,
    /// Its peer's address.
    pub addr: Option<Vec<u8>>,
    /// Our address of it.
    pub laddr: Option<Vec<u8>>,
    /// Its class.
    pub kind: Option<Kind>,
    /// The least number of seconds since it connected.
    pub max_age: Option<u64>,
}

/// The types of clients that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of the classes of the output-buffer limits.
    Class(Class),
    /// The master of a replica: never here.
    Master,
}

/// `normal`, `master`, `replica` or `slave`, `pubsub`, in any case.
pub fn parse_kind(word: &[u8]) -> Option<Kind> {
    match until_nul(word).to_ascii_lowercase().as_slice() {
        b"normal" => Some(Kind::Class(Class::Normal)),
        b"slave" | b"replica" => Some(Kind::Class(Class::Replica)),
        b"pubsub" => Some(Kind::Class(Class::PubSub)),
        b"master" => Some(Kind::Master),
        _ => None,
    }
}

/// The error for another word.
pub fn unknown_kind(word: &[u8]) -> Vec<u8> {
    [b"ERR Unknown client type '", until_nul(word), b"'"].concat()
}

impl Filter {
    /// Whether `client` fits at the server's second `now`.
    pub fn matches(&self, client: &Client, now: u64) -> bool {
        let about = &client.about;
        let age = client.age(now);
        self.id.is_none_or(|id| id == client.id)
            && self.addr.as_ref().is_none_or(|addr| addr == about.addr.as_bytes())
            && self.laddr.as_ref().is_none_or(|laddr| laddr == about.laddr.as_bytes())
            && self.kind.is_none_or(|kind| kind == Kind::Class(client.class()))
            && self.max_age.is_none_or(|max_age| age >= max_age)
    }
}
