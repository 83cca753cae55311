//! The kinds of steps: what each holds, whom it is about, and its rank in the tree of a request.

use crate::base::ids::ClientKey;
use crate::resp::Protocol;
#[cfg(feature = "tools")]
use serde::Serialize;

/// The structure that a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "tools", derive(Serialize), serde(rename_all = "snake_case"))]
pub enum Registry {
    /// The dict of channels.
    PubsubChannels,
    /// The list of (client, pattern).
    PubsubPatterns,
    /// The dict of shard channels.
    PubsubShardChannels,
    /// The dict of the keys that clients may hold.
    TrackingTable,
    /// The prefixes that clients asked for.
    TrackingPrefixes,
}

/// Something the server has just done. `name` is a channel, or a pattern if `dict` is [`Registry::PubsubPatterns`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "tools", derive(Serialize), serde(tag = "step", rename_all = "snake_case"))]
#[allow(missing_docs)] // The sentences of `tell` say what the fields are.
pub enum Step {
    /// Somebody is there; from now on the key means this client.
    Connected { client: ClientKey, id: u64, addr: String },
    /// Bytes came.
    Arrived { client: ClientKey, bytes: usize },
    /// They hold a request; passwords are left out.
    Parsed { client: ClientKey, words: usize, request: String },
    /// The request is a command that may run, and runs; `within` 0: by itself, 1: for EXEC or a script, 2: for a script
    /// that EXEC runs.
    Dispatched { client: ClientKey, command: &'static str, within: usize },
    /// It may not run.
    Refused { client: ClientKey, error: String },
    /// CLIENT PAUSE holds it back.
    Postponed { client: ClientKey, command: &'static str },
    /// MULTI was before it: it is kept for EXEC.
    Enqueued { client: ClientKey, command: &'static str },
    /// Something has happened to a key: what keyspace notifications tell, whoever listens.
    KeyEvent { db: u32, key: String, event: String },
    /// The time of so many fields of a hash has passed, and they are removed.
    FieldsExpired { db: u32, key: String, fields: usize },
    /// A database has lost all its keys.
    Emptied { db: u32, keys: usize },
    /// Two databases have each other's keys.
    Swapped { one: u32, other: u32 },
    /// XTRIM, or XADD with MAXLEN or MINID, has removed the oldest entries of a stream.
    Trimmed { key: String, entries: u64 },
    /// A group has given out entries up to this one.
    GroupRead { key: String, group: String, id: String },
    /// An entry is pending with a consumer, `from` whom it was if that was another.
    Pending {
        key: String,
        group: String,
        id: String,
        consumer: String,
        deliveries: u64,
        from: Option<String>,
    },
    /// An entry is no longer pending.
    Acknowledged { key: String, group: String, id: String },
    /// A search in a skiplist has read a link of one of its levels, `from` one member (None: from the head) `to` the next on
    /// that level (None: to the end). It `follows` the link if that member is before what it looks for, and has `passed` so
    /// many members then.
    LinkRead {
        key: String,
        level: usize,
        from: Option<String>,
        to: Option<String>,
        passed: usize,
        follows: bool,
    },
    /// PFADD: an element's hash has named a register of a HyperLogLog and a run of zeros. The register had seen a run of
    /// `before`; the string had so many `bytes`, and has `after`.
    Drawn { key: String, element: String, register: usize, run: u8, before: u8, bytes: usize, after: usize },
    /// PFCOUNT has counted the registers of a HyperLogLog and keeps the number in its header.
    Counted { key: String, count: u64 },
    /// More memory is in use than `maxmemory` allows.
    OverMaxmemory { used: u64, limit: u64 },
    /// A key of a sample was compared with the pool, and stands there at `place` now (None: it is worse than all that do).
    Sampled { db: u32, key: String, score: u64, place: Option<usize> },
    /// A client watches a key.
    Watches { client: ClientKey, key: String },
    /// MULTI: what the client sends is kept.
    TransactionBegun { client: ClientKey },
    /// EXEC, DISCARD or UNWATCH: so many commands were kept, and so many keys watched.
    TransactionEnded { client: ClientKey, commands: usize, watched: usize },
    /// A script's text was compiled, and is kept.
    ScriptKept { sha: String, bytes: usize },
    /// SCRIPT FLUSH.
    ScriptsForgotten { scripts: usize },
    /// A library's text was run, and what it has registered is kept.
    LibraryLoaded { library: String, functions: usize },
    /// FUNCTION DELETE or FLUSH.
    LibrariesForgotten { libraries: usize },
    /// The command has found nothing and waits for these keys.
    Waits { client: ClientKey, keys: String },
    /// A key that it waits for is ready: its command is executed again.
    Woken { client: ClientKey, key: String },
    /// It has waited long enough, or CLIENT UNBLOCK has ended its wait.
    WaitEnded { client: ClientKey },
    /// A channel was looked for in its dict; 0 clients: it is not there.
    LookedUp { dict: Registry, name: String, clients: usize },
    /// A name is new in the dict; for a pattern: in the dict of their compiled forms.
    Entered { dict: Registry, name: String },
    /// A node was put at the end of a list, which then has `length`.
    Appended { dict: Registry, name: String, client: ClientKey, length: usize },
    /// PUBLISH has come to a node.
    Visited { dict: Registry, name: String, client: ClientKey },
    /// A node was taken out of a list, which then has `length`.
    Unlinked { dict: Registry, name: String, client: ClientKey, length: usize },
    /// The last client of this name has left.
    Left { dict: Registry, name: String },
    /// A key with a prefix that clients asked for has changed: they are sent its name at the end of the turn.
    Noted { prefix: String, key: String },
    /// The turn ends: so many keys with this prefix have changed in it.
    Announced { prefix: String, keys: usize },
    /// The index has named the patterns that can match; the others are not looked at.
    IndexAsked { channel: String, candidates: usize, skipped: usize },
    /// A pattern was held against a channel; `holders` clients have it.
    Tested { pattern: String, channel: String, matches: bool, holders: usize },
    /// A frame was written, for so many clients to read.
    Encoded {
        frame: &'static str,
        #[cfg_attr(feature = "tools", serde(serialize_with = "protocol_number"))]
        protocol: Protocol,
        bytes: usize,
        readers: usize,
    },
    /// Bytes of a frame were put in a client's output, which owed `before` and owes `after`.
    Queued { client: ClientKey, bytes: usize, before: usize, after: usize },
    /// A frame for the client whose command runs: its reply goes first.
    Deferred { client: ClientKey, bytes: usize },
    /// The replies to a client's own requests were put in its output.
    Replied { client: ClientKey, bytes: usize, before: usize, after: usize },
    /// What the command has changed, or what has expired, as the append-only file will have it.
    Propagated { commands: String },
    /// The disk is asked to append so many bytes to a file, and to bring all that the file has on the disk.
    SyncBegun { file: String, bytes: usize },
    /// Bytes were appended to a file, which has `size` now.
    FileGrown { file: String, bytes: usize, size: u64 },
    /// All bytes of a file are on the disk.
    FileSynced { file: String, size: u64 },
    /// A snapshot of so many keys begins, which is written to a file.
    SnapshotBegun { file: String, keys: usize },
    /// The walk of a snapshot has encoded a key, in the database that had this number when the snapshot began.
    KeySaved { db: u32, key: String },
    /// A key is about to change or to go: it was encoded for the snapshot ahead of the walk.
    SavedAhead { db: u32, key: String },
    /// What was encoded of a snapshot was appended to its file, which has `size` now.
    SnapshotGrown { file: String, bytes: usize, size: u64 },
    /// A snapshot is whole and on the disk.
    SnapshotSynced { file: String, size: u64 },
    /// So much went to the socket; so much is still owed.
    Written { client: ClientKey, bytes: usize, owed: usize },
    /// The socket is full.
    Blocked { client: ClientKey, owed: usize },
    /// The client is to be closed, whatever it is owed.
    Closed { client: ClientKey, why: &'static str },
    /// So many steps were not recorded. The server never makes this one.
    LeftOut { steps: usize },
}

impl Step {
    /// The kind's name, as in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Step::Connected { .. } => "connected",
            Step::Arrived { .. } => "arrived",
            Step::Parsed { .. } => "parsed",
            Step::Dispatched { .. } => "dispatched",
            Step::Refused { .. } => "refused",
            Step::Postponed { .. } => "postponed",
            Step::Enqueued { .. } => "enqueued",
            Step::KeyEvent { .. } => "key_event",
            Step::FieldsExpired { .. } => "fields_expired",
            Step::Emptied { .. } => "emptied",
            Step::Swapped { .. } => "swapped",
            Step::Trimmed { .. } => "trimmed",
            Step::GroupRead { .. } => "group_read",
            Step::Pending { .. } => "pending",
            Step::Acknowledged { .. } => "acknowledged",
            Step::LinkRead { .. } => "link_read",
            Step::Drawn { .. } => "drawn",
            Step::Counted { .. } => "counted",
            Step::OverMaxmemory { .. } => "over_maxmemory",
            Step::Sampled { .. } => "sampled",
            Step::Watches { .. } => "watches",
            Step::TransactionBegun { .. } => "transaction_begun",
            Step::TransactionEnded { .. } => "transaction_ended",
            Step::ScriptKept { .. } => "script_kept",
            Step::ScriptsForgotten { .. } => "scripts_forgotten",
            Step::LibraryLoaded { .. } => "library_loaded",
            Step::LibrariesForgotten { .. } => "libraries_forgotten",
            Step::Waits { .. } => "waits",
            Step::Woken { .. } => "woken",
            Step::WaitEnded { .. } => "wait_ended",
            Step::LookedUp { .. } => "looked_up",
            Step::Entered { .. } => "entered",
            Step::Appended { .. } => "appended",
            Step::Visited { .. } => "visited",
            Step::Unlinked { .. } => "unlinked",
            Step::Left { .. } => "left",
            Step::Noted { .. } => "noted",
            Step::Announced { .. } => "announced",
            Step::IndexAsked { .. } => "index_asked",
            Step::Tested { .. } => "tested",
            Step::Encoded { .. } => "encoded",
            Step::Queued { .. } => "queued",
            Step::Deferred { .. } => "deferred",
            Step::Replied { .. } => "replied",
            Step::Propagated { .. } => "propagated",
            Step::SyncBegun { .. } => "sync_begun",
            Step::FileGrown { .. } => "file_grown",
            Step::FileSynced { .. } => "file_synced",
            Step::SnapshotBegun { .. } => "snapshot_begun",
            Step::KeySaved { .. } => "key_saved",
            Step::SavedAhead { .. } => "saved_ahead",
            Step::SnapshotGrown { .. } => "snapshot_grown",
            Step::SnapshotSynced { .. } => "snapshot_synced",
            Step::Written { .. } => "written",
            Step::Blocked { .. } => "blocked",
            Step::Closed { .. } => "closed",
            Step::LeftOut { .. } => "left_out",
        }
    }

    /// The client it is about, if it is about one.
    pub fn client(&self) -> Option<ClientKey> {
        match *self {
            Step::Connected { client, .. }
            | Step::Arrived { client, .. }
            | Step::Parsed { client, .. }
            | Step::Dispatched { client, .. }
            | Step::Refused { client, .. }
            | Step::Postponed { client, .. }
            | Step::Enqueued { client, .. }
            | Step::Watches { client, .. }
            | Step::TransactionBegun { client }
            | Step::TransactionEnded { client, .. }
            | Step::Waits { client, .. }
            | Step::Woken { client, .. }
            | Step::WaitEnded { client }
            | Step::Appended { client, .. }
            | Step::Visited { client, .. }
            | Step::Unlinked { client, .. }
            | Step::Queued { client, .. }
            | Step::Deferred { client, .. }
            | Step::Replied { client, .. }
            | Step::Written { client, .. }
            | Step::Blocked { client, .. }
            | Step::Closed { client, .. } => Some(client),
            Step::KeyEvent { .. }
            | Step::FieldsExpired { .. }
            | Step::Emptied { .. }
            | Step::Swapped { .. }
            | Step::Trimmed { .. }
            | Step::GroupRead { .. }
            | Step::Pending { .. }
            | Step::Acknowledged { .. }
            | Step::LinkRead { .. }
            | Step::Drawn { .. }
            | Step::Counted { .. }
            | Step::OverMaxmemory { .. }
            | Step::Sampled { .. }
            | Step::ScriptKept { .. }
            | Step::ScriptsForgotten { .. }
            | Step::LibraryLoaded { .. }
            | Step::LibrariesForgotten { .. }
            | Step::LookedUp { .. }
            | Step::Entered { .. }
            | Step::Left { .. }
            | Step::Noted { .. }
            | Step::Announced { .. }
            | Step::IndexAsked { .. }
            | Step::Tested { .. }
            | Step::Encoded { .. }
            | Step::Propagated { .. }
            | Step::SyncBegun { .. }
            | Step::FileGrown { .. }
            | Step::FileSynced { .. }
            | Step::SnapshotBegun { .. }
            | Step::KeySaved { .. }
            | Step::SavedAhead { .. }
            | Step::SnapshotGrown { .. }
            | Step::SnapshotSynced { .. }
            | Step::LeftOut { .. } => None,
        }
    }

    /// Its rank in the tree of a request: bytes, request, command, what that does, what comes of it. A step belongs to
    /// the last one before it of a lesser rank (`src/tools/walk/tree.rs` has the exceptions).
    pub fn rank(&self) -> usize {
        match self {
            Step::Connected { .. }
            | Step::Arrived { .. }
            | Step::SyncBegun { .. }
            | Step::FileGrown { .. }
            | Step::FileSynced { .. }
            | Step::KeySaved { .. }
            | Step::SnapshotGrown { .. }
            | Step::SnapshotSynced { .. }
            | Step::Written { .. }
            | Step::Announced { .. }
            | Step::Blocked { .. }
            | Step::Closed { .. }
            | Step::LeftOut { .. } => 0,
            Step::Parsed { .. } => 1,
            Step::Dispatched { .. }
            | Step::Refused { .. }
            | Step::Postponed { .. }
            | Step::Enqueued { .. }
            | Step::Propagated { .. }
            | Step::Replied { .. } => 2,
            Step::Woken { .. } => 1,
            Step::KeyEvent { .. }
            | Step::FieldsExpired { .. }
            | Step::Emptied { .. }
            | Step::Swapped { .. }
            | Step::Trimmed { .. }
            | Step::GroupRead { .. }
            | Step::Pending { .. }
            | Step::Acknowledged { .. }
            | Step::LinkRead { .. }
            | Step::Drawn { .. }
            | Step::Counted { .. }
            | Step::OverMaxmemory { .. }
            | Step::Sampled { .. }
            | Step::Watches { .. }
            | Step::TransactionBegun { .. }
            | Step::TransactionEnded { .. }
            | Step::ScriptKept { .. }
            | Step::ScriptsForgotten { .. }
            | Step::LibraryLoaded { .. }
            | Step::LibrariesForgotten { .. }
            | Step::Waits { .. }
            | Step::WaitEnded { .. }
            | Step::SnapshotBegun { .. }
            | Step::SavedAhead { .. }
            | Step::LookedUp { .. }
            | Step::Entered { .. }
            | Step::Appended { .. }
            | Step::Unlinked { .. }
            | Step::Left { .. }
            | Step::Noted { .. }
            | Step::IndexAsked { .. } => 3,
            Step::Visited { .. } | Step::Tested { .. } => 4,
            Step::Encoded { .. } | Step::Queued { .. } | Step::Deferred { .. } => 5,
        }
    }
}

#[cfg(feature = "tools")]
fn protocol_number<S: serde::Serializer>(protocol: &Protocol, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(protocol.number())
}
