//! The numbers that rooms name clients and commands by, without knowing what stands behind them.
//!
//! Redis has pointers instead: `client *` and `struct redisCommand *`.

/// A client: its key in the server's slab of clients. Another client may have it once this one is gone.
pub type ClientKey = u32;

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
