//! A client that waits for a key: what for, until when, and what is executed then.
//!
//! Redis: `blockingState` in `src/server.h`; the lines of clients at the keys are the server's.

use crate::base::ids::CommandId;
use crate::base::linked_list::NodeKey;
use crate::resp::owned::OwnedRequest;
use crate::resp::reply::Reply;

/// Until which of the server's milliseconds a command may wait; None: forever.
pub type Deadline = Option<u64>;

/// What a command waits for.
pub struct Wait {
    /// The keys: any of them will do. A key that is named twice is waited for once.
    pub keys: Vec<Box<[u8]>>,
    /// The type of value it works on; a key with another does not wake it. See [`crate::keyspace::value::Value::type_name`].
    pub type_name: &'static str,
    /// Whether it is also to be executed again when a key is gone or has another type: XREADGROUP. Redis:
    /// `unblock_on_nokey`.
    pub on_missing: bool,
    /// When it has waited enough.
    pub until: Deadline,
    /// The reply when that time has come.
    pub on_timeout: fn(&mut Reply),
}

/// What a name takes in [`Wait::keys`] beside its bytes, with its node.
pub(crate) const NAME_OVERHEAD: usize = size_of::<Box<[u8]>>() + size_of::<NodeKey>();

/// What is kept of a client that waits. Redis: `c->bstate`.
pub struct Blocked {
    /// What its command waits for.
    pub(crate) wait: Wait,
    /// The client's node in the line of each key, in the order of the keys: leaving a line is O(1).
    pub(crate) nodes: Box<[NodeKey]>,
    /// The database of the keys.
    pub(crate) db: u32,
    /// The command, to be executed again.
    pub(crate) command: CommandId,
    /// Its words.
    pub(crate) request: OwnedRequest,
    /// The memory of the request and of the keys' names, in bytes.
    pub(crate) memory: usize,
}

impl Blocked {
    /// The database and the keys that it waits for.
    pub fn keys(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.wait.keys.iter().map(|key| (self.db, &**key))
    }

    /// When it has waited enough.
    pub fn until(&self) -> Deadline {
        self.wait.until
    }

    /// The memory it takes, in bytes.
    pub fn memory(&self) -> usize {
        self.memory
    }
}
