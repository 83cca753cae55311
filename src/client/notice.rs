//! The last word to a client that is closed for owing too much: why.
//!
//! Redis: none; `closeClientOnOutputBufferLimitReached` only logs. Here a RESP3 client may ask for it with
//! `CLIENT NOTIFY-CLOSE ON`.
//!
//! The notice takes the place of all that the client was owed, and is written with the turn's other writes,
//! once, before the socket is dropped: if the socket does not take it, it is lost. The client can read it only
//! if it begins where a frame begins. The output knows no frames, but one place is known to be between two:
//! where the queue was last empty, since nothing is written between the parts of one frame being queued.
//! So if anything of this queue was sent already, the stream may stand in the middle of a frame, and there is no
//! notice. Nor is there one while the socket is full. What is left are clients that get too much in one turn of
//! the loop; a slow one learns the reason from the log alone.

use super::clients::Clients;
use super::reason::Reason;
use crate::base::ids::ClientKey;
use crate::resp::Protocol;

const NOTICE: &[u8] = b">3\r\n$7\r\ncutaway\r\n$7\r\nclosing\r\n$19\r\noutput buffer limit\r\n";

impl Clients {
    /// Closes a client that owes too much; one that asked for it is told so, if that can be.
    pub(super) fn close_for_limit(&mut self, key: ClientKey, reason: &Reason) {
        let client = &self[key];
        let told = client.about.notify_close
            && client.protocol == Protocol::Resp3
            && client.is_open()
            && !client.output.is_begun()
            && !client.output.is_blocked();
        self.close_asap(key, reason);
        if told {
            self[key].output.push(NOTICE);
            self.queue_write(key);
        }
    }
}
