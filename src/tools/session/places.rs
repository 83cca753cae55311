//! Where in the sources each kind of step happens, and what does the same job in Redis.
//!
//! The excerpts are cut out of the sources while these are compiled ([`cut`]), around the line `step!(Kind`: they are what the
//! program does, and cannot be out of date. Kinds that happen in several structures have a place for each:
//! `appended:pubsub_patterns`.
//!
//! Redis: named in each row, as file and function of Redis 8.0.

use super::cut;
use serde_json::{Map, Value, json};

/// The most lines of a function before the step and after it.
const BEFORE: usize = 10;
const AFTER: usize = 10;

/// A place in the sources.
pub struct Place {
    /// The kind of step as in JSON, and the structure if the kind has several places.
    pub kind: &'static str,
    /// The file, from the root of the repository.
    pub file: &'static str,
    /// The whole function.
    function: &'static [u8],
    /// The number of the step's line in the file, from 1, and in the function, from 0.
    line: usize,
    within: usize,
    /// The file and the function of Redis.
    pub redis: &'static str,
}

/// Rows of: kind, file below `src/`, the beginning of the line, Redis's function.
macro_rules! places {
    ($($kind:literal $file:literal $needle:literal $redis:literal;)*) => {
        &[$({
            const TEXT: &[u8] = include_bytes!(concat!("../../", $file));
            const CUT: cut::Cut = cut::function(TEXT, concat!("step!(", $needle).as_bytes());
            const LENGTH: usize = CUT.end - CUT.start;
            static FUNCTION: [u8; LENGTH] = cut::bytes(TEXT, CUT.start);
            Place {
                kind: $kind,
                file: concat!("src/", $file),
                function: &FUNCTION,
                line: CUT.line,
                within: CUT.within,
                redis: $redis,
            }
        }),*]
    };
}

/// Every place. `left_out` has none: the recorder makes it.
pub const PLACES: &[Place] = places! {
    "connected" "server/connections.rs" "Connected" "networking.c: createClient";
    "arrived" "server/input.rs" "Arrived" "networking.c: readQueryFromClient";
    "parsed" "server/input.rs" "Parsed" "networking.c: processMultibulkBuffer";
    "dispatched" "server/dispatch/mod.rs" "Dispatched" "server.c: call";
    "refused" "server/dispatch/mod.rs" "Refused" "server.c: rejectCommand";
    "postponed" "server/dispatch/mod.rs" "Postponed" "blocked.c: blockPostponeClient";
    "enqueued" "server/dispatch/mod.rs" "Enqueued" "multi.c: queueMultiCommand";
    "key_event" "server/notify.rs" "KeyEvent" "notify.c: notifyKeyspaceEvent";
    "fields_expired" "server/fields.rs" "FieldsExpired { db, key: readable(key), fields: removed" "t_hash.c: hashTypeActiveExpire";
    "emptied" "server/keys.rs" "Emptied" "db.c: emptyDbStructure";
    "swapped" "server/keys.rs" "Swapped" "db.c: dbSwapDatabases";
    "trimmed" "command/stream/mod.rs" "Trimmed" "t_stream.c: streamTrim";
    "group_read" "command/stream/steps.rs" "GroupRead" "t_stream.c: streamReplyWithRange";
    "pending" "command/stream/steps.rs" "Pending" "t_stream.c: streamCreateNACK";
    "acknowledged" "command/stream/steps.rs" "Acknowledged" "t_stream.c: xackCommand";
    "link_read" "command/sorted_set/steps.rs" "LinkRead" "t_zset.c: zslGetRank";
    "drawn" "command/hyperloglog/steps.rs" "Drawn" "hyperloglog.c: hllPatLen";
    "counted" "command/hyperloglog/mod.rs" "Counted" "hyperloglog.c: hllCount";
    "over_maxmemory" "server/evict.rs" "OverMaxmemory" "evict.c: getMaxmemoryState";
    "sampled" "server/evict.rs" "Sampled" "evict.c: evictionPoolPopulate";
    "watches" "server/watching.rs" "Watches" "multi.c: watchForKey";
    "transaction_begun" "command/transactions/mod.rs" "TransactionBegun" "multi.c: multiCommand";
    "transaction_ended" "server/watching.rs" "TransactionEnded" "multi.c: discardTransaction";
    "script_kept" "server/script.rs" "ScriptKept" "eval.c: luaCreateFunction";
    "scripts_forgotten" "command/scripting/kept.rs" "ScriptsForgotten" "eval.c: scriptingReset";
    "library_loaded" "server/functions.rs" "LibraryLoaded" "functions.c: libraryLink";
    "libraries_forgotten" "server/functions.rs" "LibrariesForgotten" "functions.c: libraryUnlink";
    "waits" "server/blocking.rs" "Waits" "blocked.c: blockForKeys";
    "woken" "server/blocking.rs" "Woken" "blocked.c: unblockClientOnKey";
    "wait_ended" "server/blocking.rs" "WaitEnded" "blocked.c: unblockClient";
    "looked_up" "pubsub/channels.rs" "LookedUp" "pubsub.c: pubsubPublishMessageInternal";
    "looked_up:tracking_table" "pubsub/tracking/table.rs" "LookedUp" "tracking.c: trackingInvalidateKey";
    "entered" "pubsub/channels.rs" "Entered" "pubsub.c: pubsubSubscribeChannel";
    "entered:pubsub_patterns" "pubsub/patterns.rs" "Entered" "pubsub.c: pubsubSubscribePattern";
    "entered:tracking_table" "pubsub/tracking/table.rs" "Entered" "tracking.c: trackingRememberKeys";
    "entered:tracking_prefixes" "pubsub/tracking/prefixes.rs" "Entered" "tracking.c: enableBcastTrackingForPrefix";
    "appended" "pubsub/channels.rs" "Appended" "pubsub.c: pubsubSubscribeChannel";
    "appended:pubsub_patterns" "pubsub/patterns.rs" "Appended" "pubsub.c: pubsubSubscribePattern";
    "appended:tracking_table" "pubsub/tracking/table.rs" "Appended" "tracking.c: trackingRememberKeys";
    "appended:tracking_prefixes" "pubsub/tracking/prefixes.rs" "Appended" "tracking.c: enableBcastTrackingForPrefix";
    "visited" "pubsub/publish.rs" "Visited" "pubsub.c: pubsubPublishMessageInternal";
    "visited:tracking_table" "pubsub/tracking/table.rs" "Visited" "tracking.c: trackingInvalidateKey";
    "visited:tracking_prefixes" "server/invalidation.rs" "Visited" "tracking.c: trackingBroadcastInvalidationMessages";
    "unlinked" "pubsub/channels.rs" "Unlinked" "pubsub.c: pubsubUnsubscribeChannel";
    "unlinked:pubsub_patterns" "pubsub/patterns.rs" "Unlinked" "pubsub.c: pubsubUnsubscribePattern";
    "unlinked:tracking_prefixes" "pubsub/tracking/prefixes.rs" "Unlinked" "tracking.c: disableTracking";
    "left" "pubsub/channels.rs" "Left" "pubsub.c: pubsubUnsubscribeChannel";
    "left:pubsub_patterns" "pubsub/patterns.rs" "Left" "pubsub.c: pubsubUnsubscribePattern";
    "left:tracking_table" "pubsub/tracking/table.rs" "Left" "tracking.c: trackingInvalidateKey";
    "left:tracking_prefixes" "pubsub/tracking/prefixes.rs" "Left" "tracking.c: disableTracking";
    "noted" "pubsub/tracking/prefixes.rs" "Noted" "tracking.c: trackingRememberKeyToBroadcast";
    "announced" "server/invalidation.rs" "Announced" "tracking.c: trackingBroadcastInvalidationMessages";
    "index_asked" "pubsub/publish.rs" "IndexAsked" "none: it tests every pattern";
    "tested" "pubsub/publish.rs" "Tested" "util.c: stringmatchlen";
    "encoded" "pubsub/publication.rs" "Encoded" "pubsub.c: addReplyPubsubMessage";
    "queued" "client/deliver.rs" "Queued" "networking.c: _addReplyToBufferOrList";
    "deferred" "client/deliver.rs" "Deferred" "server.c: afterCommand";
    "replied" "client/deliver.rs" "Replied" "networking.c: addReply";
    "propagated" "server/propagate.rs" "Propagated" "server.c: propagatePendingCommands";
    "sync_begun" "server/persistence/log.rs" "SyncBegun" "aof.c: aof_background_fsync";
    "file_grown" "server/persistence/log.rs" "FileGrown" "aof.c: flushAppendOnlyFile";
    "file_synced" "server/persistence/log.rs" "FileSynced" "aof.c: flushAppendOnlyFile";
    "snapshot_begun" "server/persistence/snapshot/mod.rs" "SnapshotBegun" "rdb.c: rdbSaveBackground";
    "key_saved" "server/persistence/snapshot/mod.rs" "KeySaved" "rdb.c: rdbSaveDb";
    "saved_ahead" "server/persistence/snapshot/changes.rs" "SavedAhead" "none: the kernel copies the page";
    "snapshot_grown" "server/persistence/snapshot/mod.rs" "SnapshotGrown" "rio.c: rioFileWrite";
    "snapshot_synced" "server/persistence/snapshot/mod.rs" "SnapshotSynced" "rdb.c: rdbSaveInternal";
    "written" "client/clients.rs" "Written" "networking.c: writeToClient";
    "blocked" "client/clients.rs" "Blocked" "networking.c: writeToClient";
    "closed" "client/close.rs" "Closed" "networking.c: freeClientAsync";
};

/// Every place, by its kind.
pub fn all() -> Value {
    let places: Map<String, Value> = PLACES.iter().map(|place| (place.kind.into(), place.object())).collect();
    json!({ "places": places })
}

impl Place {
    /// The function's name.
    pub fn name(&self) -> String {
        let text = String::from_utf8_lossy(self.function);
        let declared = text.split_once("fn ").map_or("", |(_, name)| name);
        declared.split(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap_or_default().into()
    }

    /// The lines around the step, and which of them is the step's, from 0. The first is always the function's first.
    pub fn excerpt(&self) -> (String, usize) {
        let text = String::from_utf8_lossy(self.function);
        let left = text.len() - text.trim_start().len();
        // The marks of the book's excerpts are no part of the code.
        let is_code = |line: &&str| !line.trim_start().starts_with("// ANCHOR");
        let before = text.lines().take(self.within).filter(is_code).count();
        let lines: Vec<&str> =
            text.lines().filter(is_code).map(|line| line.get(left..).unwrap_or(line)).collect();
        let (from, to) = (before.saturating_sub(BEFORE), (before + AFTER + 1).min(lines.len()));
        let mut shown: Vec<&str> = if from > 0 { vec![lines[0], "    …"] } else { Vec::new() };
        let step = shown.len() + before - from;
        shown.extend(&lines[from..to]);
        shown.extend((to < lines.len()).then_some("    …"));
        (shown.join("\n"), step)
    }

    fn object(&self) -> Value {
        let (excerpt, step) = self.excerpt();
        json!({
            "file": self.file, "line": self.line, "function": self.name(), "excerpt": excerpt,
            "excerpt_line": step, "redis": self.redis,
        })
    }
}
