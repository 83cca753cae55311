//! The order of the book: which chapter treats what a scenario shows.
//!
//! A table by hand, one line a page, in the order of `docs/SUMMARY.md`; within a line, what comes first in the chapter. The
//! titles are those of the summary. Tests hold both against the list of scenarios. The laboratory's scenarios are not in it:
//! they belong to its stages (`src/tools/lab/stages/`).
//!
//! Redis has no counterpart.

/// The contents of the book.
const SUMMARY: &str = include_str!("../../../docs/SUMMARY.md");

/// Each page below `docs/`, and the scenarios whose subject it treats.
const PAGES: &str = "\
01-life-of-a-publish.md: weather
02-event-loop.md: echo-and-ping order-of-publishing pipelining many-channels
03-resp.md: split-requests binary-names inline-commands protocol-errors protocol-errors-long arity unknown-commands hostile-http query-buffer-limit words-end-at-nul
04-client.md: quit client-name client-list client-flags client-reply client-kill client-kill-in-a-batch client-pause-write client-pause-all client-pause-grows client-pause-unpause client-pause-out-of-range maxclients timeout timeout-changed handshake-redis-cli handshake-redis-py handshake-redis-rs handshake-node-redis handshake-ioredis handshake-go-redis handshake-java
05-subscribe.md: duplicate-subscribes subscribed-mode flush-and-pubsub
06-psubscribe.md: live-room
07-publish.md: channel-and-pattern counting-receivers pubsub-explain
08-unsubscribe.md: unsubscribe-from-everything unsubscribe-unknown message-to-the-leaving reset-while-subscribed
09-globs.md: glob-rules glob-verdicts empty-names
10-pattern-index.md: index-candidates
11-frames.md: long-names
12-slow-subscribers.md: output-limit-hard output-limit-slow-reader output-limit-soft output-limit-sockets output-limit-stops-a-reply pubsub-subscribers client-notify-close
13-pushes-and-shards.md: hello resp2-and-resp3 self-publish sharded-channels
14-history.md: pubsub-introspection
16-wrong-tool.md: cache-invalidation
17-keyspace.md: keys strings set-options set-expiry ranges numbers numbers-float lcs object select rename scan swapdb stored-results lists list-positions list-moves list-errors list-encoding hashes hash-errors hash-encoding hash-random hash-scan expire expiry expiry-on-access lock-with-expiry hash-fields hash-fields-on-access notifications-of-strings notifications-of-keys list-and-hash-events hash-field-events
18-transactions.md: last-ticket transactions transactions-and-watch exec-refused transactions-and-pubsub publish-in-a-transaction watch-and-expired-keys
19-waiting.md: waiting-line blocking-order blocking-chain blocking-timeout blocking-timeout-arguments blocking-wakes waiting-for-moved-keys blocking-in-multi blocking-and-expiry blocking-pipeline blocking-sorted-sets blocking-unblock blocking-and-pause blocking-monitor
20-streams.md: stream-append stream-ranges stream-read stream-blocking stream-timeout stream-events
21-groups.md: two-services stream-groups stream-group-blocking stream-claims stream-info
22-scripts.md: script-values script-errors script-publish script-append script-database script-monitor script-flush client-pause-scripts functions
23-sets.md: set-encoding
24-sorted-sets.md: leaderboard
25-client-side-caching.md: cached-read tracking tracking-own-changes tracking-redirect tracking-options tracking-broadcast tracking-removed-keys tracking-hash-fields tracking-scripts tracking-on-and-off tracking-errors
26-eviction.md: eviction maxmemory
27-hyperloglog.md: unique-visitors daily-actives
28-append-only-file.md: fsync-policies append-only-file
29-snapshots.md: snapshot-in-progress
differences.md: wait no-cluster time debug-refused debug debug-sleep debug-digest
adding-a-command.md: command-table command-docs command-getkeys command-getkeys-streams
service.md: auth auth-no-password auth-in-a-batch unauthenticated-limits config config-memory-units info commandstats slowlog latency monitor monitor-is-a-replica
event-store.md: order-events append-watched
dotnet.md: handshake-ser-2.2.4 handshake-ser-2.7 handshake-ser-3.0 handshake-ser-3.1 handshake-ser-wrong-password transactions-of-ser distributed-cache signalr-channels signalr-group signalr-literal-star signalr-client-results signalr-watch";

/// Each line of the table: the page, and the names beside it.
fn pages() -> impl Iterator<Item = (&'static str, std::str::Split<'static, char>)> {
    PAGES.lines().filter_map(|line| line.split_once(": ")).map(|(file, names)| (file, names.split(' ')))
}

/// A page of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its file below `docs/`, e.g. `05-subscribe.md`.
    pub file: &'static str,
    /// Its title in the summary.
    pub title: &'static str,
}

impl Page {
    /// The chapter's number. None if it is a page behind the chapters.
    pub fn number(self) -> Option<u8> {
        self.file.split_once('-')?.0.parse().ok()
    }
}

/// The page that treats what a scenario shows, and its place in the order of the book, from 0. None if the name is not in
/// the book.
pub fn place(name: &str) -> Option<(usize, Page)> {
    let all = pages().flat_map(|(file, names)| names.map(move |name| (file, name)));
    let (at, (file, _)) = all.enumerate().find(|(_, (_, known))| *known == name)?;
    let title = SUMMARY.lines().find_map(|line| line.split_once(&format!("]({file})")));
    let title = title.and_then(|(before, _)| before.split_once('[')).map_or(file, |(_, title)| title);
    Some((at, Page { file, title }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::scenario::embedded::SCENARIOS;

    #[test]
    fn every_scenario_is_in_the_table_once() {
        let mut listed: Vec<&str> = pages().flat_map(|(_, names)| names).collect();
        listed.sort_unstable();
        let names = SCENARIOS.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("lab/"));
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        assert_eq!(
            listed, names,
            "the table in src/tools/scenario/chapters.rs has each scenario once, beside the page that treats it"
        );
    }

    #[test]
    fn the_pages_are_those_of_the_summary_in_its_order() {
        let at = |file: &str| SUMMARY.find(&format!("]({file})"));
        let places: Vec<_> = pages().map(|(file, _)| at(file).ok_or(file)).collect();
        assert!(places.iter().all(Result::is_ok) && places.is_sorted(), "{places:?}");
    }

    #[test]
    fn a_page_knows_its_number_and_title() {
        let (_, page) = place("duplicate-subscribes").unwrap();
        assert_eq!((page.number(), page.title), (Some(5), "SUBSCRIBE: the dict and its lists"));
        assert_eq!(place("config").unwrap().1.number(), None);
        assert_eq!(place("lab/ping"), None);
    }
}
