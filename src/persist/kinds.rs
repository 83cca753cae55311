//! The byte before a value: its type and its form. Redis: `RDB_TYPE_…` in `src/rdb.h`.

pub const STRING: u8 = 0;
/// Elements one after another.
pub const LIST: u8 = 1;
pub const SET: u8 = 2;
/// Members with scores as text.
pub const ZSET: u8 = 3;
pub const HASH: u8 = 4;
/// Members with scores of eight bytes.
pub const ZSET_2: u8 = 5;
/// Values of modules.
pub const MODULE_OLD: u8 = 6;
pub const MODULE: u8 = 7;
pub const HASH_ZIPMAP: u8 = 9;
pub const LIST_ZIPLIST: u8 = 10;
pub const SET_INTSET: u8 = 11;
pub const ZSET_ZIPLIST: u8 = 12;
pub const HASH_ZIPLIST: u8 = 13;
/// Ziplists one after another.
pub const LIST_QUICKLIST: u8 = 14;
pub const STREAM: u8 = 15;
pub const HASH_LISTPACK: u8 = 16;
pub const ZSET_LISTPACK: u8 = 17;
/// Blocks one after another, each with a number that says what it is.
pub const LIST_QUICKLIST_2: u8 = 18;
/// With the first id, the greatest that was deleted, and counters.
pub const STREAM_2: u8 = 19;
pub const SET_LISTPACK: u8 = 20;
/// With the time at which a consumer was last active.
pub const STREAM_3: u8 = 21;
/// Hashes whose fields may expire, as release candidates of Redis 7.4 wrote them.
pub const HASH_EXPIRING_OLD: u8 = 22;
pub const HASH_EXPIRING_LISTPACK_OLD: u8 = 23;
/// Hashes whose fields may expire. The earliest time comes first.
pub const HASH_EXPIRING: u8 = 24;
pub const HASH_EXPIRING_LISTPACK: u8 = 25;
/// The first version of a file that may have them.
pub const EXPIRING_SINCE: u16 = 12;

/// Whether there is such a kind.
pub fn is_known(kind: u8) -> bool {
    matches!(kind, STRING..=MODULE | HASH_ZIPMAP..=HASH_EXPIRING_LISTPACK)
}

/// What a block of a list is: one element, or a listpack of them. Redis: `QUICKLIST_NODE_CONTAINER_PLAIN`, `_PACKED`.
pub const PLAIN: u64 = 1;
pub const PACKED: u64 = 2;
