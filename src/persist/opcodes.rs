//! The bytes of a file that are not the type of a value. Redis: `RDB_OPCODE_…` in `src/rdb.h`.

/// Of a cluster: the number of a slot, how many keys it has, and how many of them expire.
pub const SLOT_INFO: u8 = 244;
/// The text of a library of functions.
pub const FUNCTION: u8 = 245;
/// The same, as release candidates of Redis 7 wrote it.
pub const FUNCTION_OLD: u8 = 246;
/// What a module saved beside the keys.
pub const MODULE_AUX: u8 = 247;
/// How long the next key was not used, in seconds.
pub const IDLE: u8 = 248;
/// How often the next key was used.
pub const FREQUENCY: u8 = 249;
/// A name and a text that say something about the file.
pub const AUX: u8 = 250;
/// How many keys the database has, and how many of them expire.
pub const RESIZE: u8 = 251;
/// When the next key expires, in milliseconds.
pub const EXPIRES_MS: u8 = 252;
/// The same, in seconds.
pub const EXPIRES: u8 = 253;
/// The number of the database that the next keys are in.
pub const SELECT: u8 = 254;
/// The end; from version 5 on, the checksum follows.
pub const END: u8 = 255;
