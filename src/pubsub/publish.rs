//! The walk: what PUBLISH does with the two structures.
//!
//! Redis: `src/pubsub.c`, `pubsubPublishMessageInternal`.
//!
//! The second half, the patterns, is here twice: [`walk_list`] as antirez wrote it, and [`walk_index`], which
//! visits only the entries that can match. Both deliver the same frames to the same clients in the same
//! order (`tests/it/model.rs`); the setting `pattern-index` chooses.

use super::names::NameId;
use super::patterns::Patterns;
use super::publication::{FrameId, Publication};
use super::{Audience, PubSub};
use crate::base::ids::ClientKey;
use crate::output::chunks::Chunks;
use crate::resp::reply::Kind;
use crate::steps::{Registry, readable, step};

/// Where the walk leaves what it finds: the receivers' outputs.
pub trait Outlet {
    /// Queues a frame of `publication` to `client`.
    fn deliver(&mut self, client: ClientKey, publication: &mut Publication<'_>, frame: FrameId);
    /// Queues it to `clients`, who are all of `audience`. Whoever has just had that audience may know the
    /// clients already.
    fn deliver_all(
        &mut self,
        _: Audience,
        clients: impl Iterator<Item = ClientKey>,
        publication: &mut Publication<'_>,
        frame: FrameId,
    ) {
        clients.for_each(|client| self.deliver(client, publication, frame));
    }
    /// Hears of each pattern that the walk tests, once. Who only delivers need not know.
    fn tested(&mut self, _pattern: &[u8], _matches: bool) {}
    /// The chunks that frames are encoded into.
    fn chunks(&mut self) -> &mut Chunks;
}

impl PubSub {
    /// Delivers `message` to the subscribers of `channel`, then to those of each pattern that matches
    /// it, both in order of subscription. Returns how many deliveries that made: a client with the
    /// channel and a matching pattern counts, and receives, twice.
    // ANCHOR: publish-walk
    pub fn publish(&mut self, channel: &[u8], message: &[u8], outlet: &mut impl Outlet) -> usize {
        let mut publication = Publication::new(channel, message);
        // 1. The dict: the list of the channel's own subscribers.
        let audience = self.channels.audience(channel);
        if !audience.is_empty() {
            let frame = publication.channel_frame(Kind::Message, audience.len());
            let clients = self.channels.clients(audience);
            let clients = clients.inspect(|&client| visited(Registry::PubsubChannels, channel, client));
            outlet.deliver_all(audience, clients, &mut publication, frame);
        }
        let mut receivers = audience.len();
        // 2. The list: every (client, pattern) whose pattern matches.
        if !self.patterns.is_empty() {
            let walk = if self.plain_walk { walk_list } else { walk_index };
            receivers += walk(&self.patterns, &mut self.scratch, channel, &mut publication, outlet);
        }
        publication.finish(outlet.chunks());
        receivers
    }
    // ANCHOR_END: publish-walk

    /// The same for a shard channel: its own dict, no patterns.
    // ANCHOR: spublish
    pub fn spublish(&mut self, channel: &[u8], message: &[u8], outlet: &mut impl Outlet) -> usize {
        let mut publication = Publication::new(channel, message);
        let audience = self.shard_channels.audience(channel);
        if !audience.is_empty() {
            let frame = publication.channel_frame(Kind::Smessage, audience.len());
            let clients = self.shard_channels.clients(audience);
            let clients = clients.inspect(|&client| visited(Registry::PubsubShardChannels, channel, client));
            outlet.deliver_all(audience, clients, &mut publication, frame);
        }
        publication.finish(outlet.chunks());
        audience.len()
    }
    // ANCHOR_END: spublish
}

/// Memory that a walk needs and the next one can use again.
#[derive(Default)]
pub(super) struct Scratch {
    /// For each pattern, what this publish has found out about it.
    verdicts: Vec<Verdict>,
    publishes: u64,
    candidates: Vec<NameId>,
    /// (number, client, frame) of the entries found through the index.
    found: Vec<(u64, ClientKey, FrameId)>,
}

/// What a walk has found out about a pattern.
#[derive(Clone, Copy, Default)]
struct Verdict {
    /// The publish that this was found in; an older one says nothing.
    publish: u64,
    /// The frame to send if the pattern matches.
    frame: Option<FrameId>,
}

/// Walks all of `pubsub_patterns`. Each pattern is tested, and its frame encoded, once, however many clients
/// hold it.
// ANCHOR: pattern-walk
fn walk_list<'a>(
    patterns: &'a Patterns,
    scratch: &mut Scratch,
    channel: &[u8],
    publication: &mut Publication<'a>,
    outlet: &mut impl Outlet,
) -> usize {
    scratch.publishes += 1;
    let mut receivers = 0;
    for entry in patterns.list.iter(&patterns.nodes) {
        visited(Registry::PubsubPatterns, patterns.dict.name(entry.pattern), entry.client);
        let id = entry.pattern as usize;
        if id >= scratch.verdicts.len() {
            scratch.verdicts.resize(id + 1, Verdict::default());
        }
        if scratch.verdicts[id].publish != scratch.publishes {
            let frame = test(patterns, entry.pattern, channel, publication, outlet);
            scratch.verdicts[id] = Verdict { publish: scratch.publishes, frame };
        }
        if let Some(frame) = scratch.verdicts[id].frame {
            outlet.deliver(entry.client, publication, frame);
            receivers += 1;
        }
    }
    receivers
}
// ANCHOR_END: pattern-walk

/// Asks the index which patterns can match, tests those, and delivers to their entries in the list's order.
// ANCHOR: index-walk
fn walk_index<'a>(
    patterns: &'a Patterns,
    scratch: &mut Scratch,
    channel: &[u8],
    publication: &mut Publication<'a>,
    outlet: &mut impl Outlet,
) -> usize {
    scratch.candidates.clear();
    patterns.index.candidates(channel, &mut scratch.candidates);
    let (candidates, all) = (scratch.candidates.len(), patterns.unique());
    step!(IndexAsked { channel: readable(channel), candidates, skipped: all - candidates });
    scratch.found.clear();
    for &id in &scratch.candidates {
        if let Some(frame) = test(patterns, id, channel, publication, outlet) {
            let members = patterns.dict.get(id).members.iter(&patterns.members);
            scratch.found.extend(members.map(|member| (member.number, member.client, frame)));
        }
    }
    // A pattern's own list is in order already: only several of them have to be merged.
    if !scratch.found.is_sorted() {
        scratch.found.sort_unstable_by_key(|&(number, ..)| number);
    }
    for &(_, client, frame) in &scratch.found {
        visited(Registry::PubsubPatterns, publication.pattern(frame).unwrap_or_default(), client);
        outlet.deliver(client, publication, frame);
    }
    scratch.found.len()
}
// ANCHOR_END: index-walk

/// Tests one pattern; if it matches, makes the frame for those who hold it.
// ANCHOR: test
fn test<'a>(
    patterns: &'a Patterns,
    id: NameId,
    channel: &[u8],
    publication: &mut Publication<'a>,
    outlet: &mut impl Outlet,
) -> Option<FrameId> {
    let (pattern, name) = (patterns.dict.get(id), patterns.dict.name(id));
    let (matches, holders) = (pattern.compiled.matches(name, channel), pattern.members.len());
    step!(Tested { pattern: readable(name), channel: readable(channel), matches, holders });
    outlet.tested(name, matches);
    matches.then(|| publication.pattern_frame(name, holders))
}
// ANCHOR_END: test

/// The walk has come to a node.
#[inline(always)]
fn visited(dict: Registry, name: &[u8], client: ClientKey) {
    step!(Visited { dict, name: readable(name), client });
}
