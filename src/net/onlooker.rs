//! What the loop calls between two turns, though no turn needs it: the live page, which looks at the server.
//!
//! Redis: none.

use super::socket::Stream;
use crate::client::About;
use crate::server::Server;

/// Looks at the server.
pub trait Onlooker {
    /// A turn has ended.
    fn end_turn(&mut self, server: &mut Server);

    /// The server's millisecond at which another turn is due for it, though nothing else may be; None: never.
    fn deadline(&self) -> Option<u64>;

    /// A connection that the loop is to serve as if it had accepted it.
    fn next_client(&mut self) -> Option<(Stream, About)>;
}
