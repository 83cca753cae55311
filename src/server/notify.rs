//! Keyspace notifications: changes of keys, published to channels.
//!
//! Redis: `src/notify.c` (`notifyKeyspaceEvent`).
//!
//! An event goes out twice, if the setting `notify-keyspace-events` asks for both: to `__keyspace@0__:key` with the event
//! as the message, and to `__keyevent@0__:event` with the key. Both take the way of every PUBLISH.

use super::Server;
use crate::keyspace::events::{Events, KEYEVENT, KEYSPACE};
use crate::steps::{readable, step};

impl Server {
    /// Something has happened to a key: publishes it, if somebody asked for that class of events.
    // ANCHOR: notify
    pub(crate) fn notify(&mut self, class: Events, event: &str, key: &[u8], db: u32) {
        step!(KeyEvent { db, key: readable(key), event: event.to_string() });
        let wanted = self.config.notify_keyspace_events;
        if wanted & class == 0 {
            return;
        }
        if wanted & KEYSPACE != 0 {
            let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
            self.pubsub.publish(&channel, event.as_bytes(), &mut self.clients);
        }
        if wanted & KEYEVENT != 0 {
            let channel = format!("__keyevent@{db}__:{event}");
            self.pubsub.publish(channel.as_bytes(), key, &mut self.clients);
        }
    }
    // ANCHOR_END: notify
}
