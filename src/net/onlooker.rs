//! Somebody who looks at the server between two turns of the loop, and is not needed for any of them: the live page.
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
