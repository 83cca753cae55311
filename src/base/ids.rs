//! The numbers that rooms name clients and commands by, without knowing what stands behind them.
//!
//! Redis has pointers instead: `client *` and `struct redisCommand *`.

use std::fmt;

/// A client: its key in the server's slab of clients. Another client may have it once this one is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "tools", derive(serde::Serialize))]
pub struct ClientKey(u32);

impl ClientKey {
    /// The client at a place of the slab.
    pub const fn at(place: usize) -> ClientKey {
        ClientKey(place as u32)
    }

    /// The place in the slab.
    pub const fn place(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A command, or a subcommand: its place in the table of commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandId(u16);

impl CommandId {
    /// The command at a place of the table.
    pub fn at(place: usize) -> CommandId {
        CommandId(place as u16)
    }

    /// The place in the table.
    pub fn place(self) -> usize {
        usize::from(self.0)
    }
}
