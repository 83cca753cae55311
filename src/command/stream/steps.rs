//! Changes to what is pending in a consumer group, each with its step: a group itself reports none.
//!
//! Redis has no counterpart: no keyspace event says that an entry was delivered, claimed or acknowledged.

use crate::steps;
use crate::steps::{readable, step};
use crate::stream::group::Group;
use crate::stream::id::StreamId;
use crate::stream::pending::ConsumerKey;
use crate::stream::pending::Nack;

/// A group by its names: the key's, and its own.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The stream's key.
    pub key: &'a [u8],
    /// The group.
    pub group: &'a [u8],
}

/// [`Group::assign`]: an entry is pending from now on as `nack` says.
pub fn assign(names: Names<'_>, group: &mut Group, id: StreamId, nack: Nack) {
    let old = if steps::on() { group.pending().get(&id).map(|old| old.consumer) } else { None };
    group.assign(id, nack);
    report(names, group, id, old.filter(|&old| old != nack.consumer));
}

/// [`Group::redeliver`]: a pending entry was delivered to its consumer again.
pub fn redeliver(names: Names<'_>, group: &mut Group, id: StreamId, now: i64) {
    group.redeliver(id, now);
    report(names, group, id, None);
}

/// [`Group::acknowledge`]: an entry is no longer pending. Returns whether it was.
pub fn acknowledge(names: Names<'_>, group: &mut Group, id: StreamId) -> bool {
    let was_pending = group.acknowledge(id);
    if was_pending {
        step!(Acknowledged { key: readable(names.key), group: readable(names.group), id: id.to_string() });
    }
    was_pending
}

/// The group has read up to its `last_id`.
pub fn has_read(names: Names<'_>, group: &Group) {
    step!(GroupRead {
        key: readable(names.key),
        group: readable(names.group),
        id: group.last_id.to_string()
    });
}

/// Reports that an entry is pending; `from`: the consumer that had it before.
fn report(names: Names<'_>, group: &Group, id: StreamId, from: Option<ConsumerKey>) {
    let Some(nack) = group.pending().get(&id).filter(|_| steps::on()) else { return };
    let name = |consumer| readable(&group.consumer(consumer).name);
    step!(Pending {
        key: readable(names.key),
        group: readable(names.group),
        id: id.to_string(),
        consumer: name(nack.consumer),
        deliveries: nack.delivery_count,
        from: from.map(name),
    });
}
