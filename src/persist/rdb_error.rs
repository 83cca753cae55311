//! Why a snapshot cannot be loaded, in the words of Redis's log.
//!
//! Redis: `src/rdb.c` (`rdbLoadRioWithLoadingCtx`, `rdbReportError`); `src/module.c`, `moduleTypeNameByID`.

use std::fmt;

/// Why a snapshot cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RdbError {
    /// It does not begin as one.
    Signature,
    /// A version that is not known.
    Version(u32),
    /// A version that only Valkey writes.
    Valkey(u32),
    /// It ends too early.
    Short,
    /// A database with a number that is not less than this.
    Databases(u32),
    /// It has data of a module, of this name.
    ModuleAux(String),
    /// It has a value of a module, of this name.
    ModuleValue(String),
    /// It has values of a module, as release candidates of Redis 4 wrote them.
    OldModule,
    /// It has functions as release candidates of Redis 7 wrote them.
    OldFunction,
    /// A type that is not known, and where in the file.
    Type(u8, u64),
    /// What is wrong with a value, and where in the file its key begins.
    Corrupt(&'static str, u64),
    /// The checksum of the bytes, and the one behind them.
    Checksum(u64, u64),
}

impl fmt::Display for RdbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RdbError::Signature => f.write_str("Wrong signature trying to load DB from file"),
            RdbError::Version(version) => write!(f, "Can't handle RDB format version {version}"),
            RdbError::Valkey(version) => {
                write!(
                    f,
                    "Can't handle RDB format version {version} of Valkey: save it with Valkey 8 or older"
                )
            }
            RdbError::Short => {
                f.write_str("Short read or OOM loading DB. Unrecoverable error, aborting now.")
            }
            RdbError::Databases(count) => write!(
                f,
                "FATAL: Data file was created with a Redis server configured to handle more than {count} databases. \
                 Exiting"
            ),
            RdbError::ModuleAux(name) => {
                write!(f, "The RDB file contains AUX module data I can't load: no matching module '{name}'")
            }
            RdbError::ModuleValue(name) => {
                write!(f, "The RDB file contains module data I can't load: no matching module type '{name}'")
            }
            RdbError::OldModule => f.write_str("Pre-release module format not supported"),
            RdbError::OldFunction => f.write_str("Pre-release function format not supported."),
            RdbError::Type(kind, at) => internal(f, *at, &format!("Unknown RDB encoding type {kind}")),
            RdbError::Corrupt(what, at) => internal(f, *at, what),
            RdbError::Checksum(expected, got) => {
                write!(
                    f,
                    "Wrong RDB checksum expected: ({expected:x}) but got ({got:x}): RDB CRC error. Aborting now."
                )
            }
        }
    }
}

impl std::error::Error for RdbError {}

fn internal(f: &mut fmt::Formatter<'_>, at: u64, what: &str) -> fmt::Result {
    write!(f, "Internal error in RDB reading offset {at} -> {what}")
}

/// The name of a module's type: nine letters of six bits each; the last ten bits are the version of its values.
pub fn module_name(id: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..9).rev().map(|place| char::from(LETTERS[(id >> (10 + 6 * place)) as usize & 0x3f])).collect()
}
