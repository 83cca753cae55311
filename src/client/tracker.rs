//! What a client has asked for with CLIENT TRACKING.
//!
//! Redis: `client_tracking_redirection`, `client_tracking_prefixes` and the flags `CLIENT_TRACKING…` of `struct client`.

use crate::base::ids::ClientKey;
use crate::pubsub::tracking::ReaderId;
use crate::pubsub::tracking::prefixes::PrefixSet;

/// What a client has asked for, since it first did.
pub struct Tracker {
    /// It is this reader in the tracking table, also when tracking is off: what it read while it was on is not forgotten.
    pub reader: ReaderId,
    /// The client that is sent the messages in its place: its id, and the key that the id had.
    pub redirect: Option<(u64, ClientKey)>,
    /// The prefixes of BCAST.
    pub prefixes: PrefixSet,
    /// What holds while tracking is on.
    pub mode: Mode,
}

/// The flags of tracking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// Tracking is on.
    pub on: bool,
    /// BCAST: the client has prefixes, and is not in the table.
    pub broadcast: bool,
    /// OPTIN: what it reads is remembered if CLIENT CACHING YES came before.
    pub opt_in: bool,
    /// OPTOUT: it is remembered unless CLIENT CACHING NO came before.
    pub opt_out: bool,
    /// NOLOOP: the client is not sent what it changes itself.
    pub no_loop: bool,
    /// CLIENT CACHING has come: for the next command, or the transaction.
    pub caching: bool,
    /// A message could not be sent, as the client that it was to go to has gone.
    pub broken: bool,
}

impl Mode {
    /// Whether the keys of a command that reads are remembered.
    pub fn remembers(self) -> bool {
        self.on
            && !self.broadcast
            && match self.opt_in {
                true => self.caching,
                false => !(self.opt_out && self.caching),
            }
    }
}

impl Tracker {
    /// Tracking is off, and nothing was asked for yet.
    pub fn new(reader: ReaderId) -> Tracker {
        Tracker { reader, redirect: None, prefixes: PrefixSet::default(), mode: Mode::default() }
    }

    /// The memory it takes, in bytes. An estimate.
    pub fn memory(&self) -> usize {
        size_of::<Tracker>()
            + self.prefixes.keys().map(|prefix| prefix.len() + size_of::<Box<[u8]>>()).sum::<usize>()
    }
}
