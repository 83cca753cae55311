//! The rows of the command table: CLUSTER and what belongs to it. A server without cluster support knows these commands,
//! checks their arguments, and refuses all of them.
//!
//! Redis: `src/commands/*.json`, group `cluster`.

use crate::command::cluster;
use crate::server::dispatch::spec::*;
use crate::server::dispatch::table::SERVED;

const ALTERING: Flags = STALE | ADMIN | NO_ASYNC_LOADING;
const CONNECTION: &[&str] = &["connection"];
const CHANGING: &[&str] = &["nondeterministic_output"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::container("cluster", CLUSTER_SUBCOMMANDS),
    Command::new("readonly", 1, SERVED | FAST, cluster::disabled).categories(CONNECTION),
    Command::new("readwrite", 1, SERVED | FAST, cluster::disabled).categories(CONNECTION),
    Command::new("asking", 1, FAST, cluster::disabled).categories(CONNECTION),
];

#[rustfmt::skip]
static CLUSTER_SUBCOMMANDS: &[Command] = &[
    Command::new("cluster|addslots", -3, ALTERING, cluster::disabled),
    Command::new("cluster|addslotsrange", -4, ALTERING, cluster::disabled),
    Command::new("cluster|bumpepoch", 2, ALTERING, cluster::disabled).tips(CHANGING),
    Command::new("cluster|count-failure-reports", 3, STALE | ADMIN, cluster::disabled).tips(CHANGING),
    Command::new("cluster|countkeysinslot", 3, STALE, cluster::disabled),
    Command::new("cluster|delslots", -3, ALTERING, cluster::disabled),
    Command::new("cluster|delslotsrange", -4, ALTERING, cluster::disabled),
    Command::new("cluster|failover", -2, ALTERING, cluster::disabled),
    Command::new("cluster|flushslots", 2, ALTERING, cluster::disabled),
    Command::new("cluster|forget", 3, ALTERING, cluster::disabled),
    Command::new("cluster|getkeysinslot", 4, STALE, cluster::disabled).tips(CHANGING),
    Command::new("cluster|help", 2, SERVED, cluster::disabled),
    Command::new("cluster|info", 2, STALE, cluster::disabled).tips(CHANGING),
    Command::new("cluster|keyslot", 3, STALE, cluster::disabled),
    Command::new("cluster|links", 2, STALE, cluster::disabled).tips(CHANGING),
    Command::new("cluster|meet", -4, ALTERING, cluster::disabled),
    Command::new("cluster|myid", 2, STALE, cluster::disabled),
    Command::new("cluster|myshardid", 2, STALE, cluster::disabled).tips(CHANGING),
    Command::new("cluster|nodes", 2, STALE, cluster::disabled).tips(CHANGING),
    Command::new("cluster|replicas", 3, STALE | ADMIN, cluster::disabled).tips(CHANGING),
    Command::new("cluster|replicate", 3, ALTERING, cluster::disabled),
    Command::new("cluster|reset", -2, STALE | NOSCRIPT | ADMIN, cluster::disabled),
    Command::new("cluster|saveconfig", 2, ALTERING, cluster::disabled),
    Command::new("cluster|set-config-epoch", 3, ALTERING, cluster::disabled),
    Command::new("cluster|setslot", -4, ALTERING, cluster::disabled),
    Command::new("cluster|shards", 2, SERVED, cluster::disabled).tips(CHANGING),
    Command::new("cluster|slaves", 3, STALE | ADMIN, cluster::disabled).tips(CHANGING),
    Command::new("cluster|slots", 2, SERVED, cluster::disabled).tips(CHANGING),
];
