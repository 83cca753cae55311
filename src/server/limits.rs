//! What the settings say of the forms that values have: when a value is packed, and how it is written and read.
//!
//! Redis: `hash-max-listpack-entries` and its like, where `src/t_hash.c`, `src/t_set.c`, `src/t_zset.c`, `src/t_list.c` and
//! `src/rdb.c` ask for them.

use super::Server;
use crate::keyspace::{hash, list, set, zset};
use crate::persist::Rules;

/// How a setting counts: one that is negative sets no limit.
fn number(setting: i64) -> usize {
    usize::try_from(setting).unwrap_or(usize::MAX)
}

/// How large the packed blocks of a list are.
pub(crate) fn of_lists(server: &Server) -> list::Limit {
    list::Limit::new(server.config.list_max_listpack_size)
}

/// When a hash is packed.
pub(crate) fn of_hashes(server: &Server) -> hash::Limits {
    hash::Limits {
        entries: number(server.config.hash_max_listpack_entries),
        value: number(server.config.hash_max_listpack_value_bytes),
        hasher: server.keyspace.hasher(),
    }
}

/// When a set is a row of integers, and when it is packed.
pub(crate) fn of_sets(server: &Server) -> set::Limits {
    set::Limits {
        intset: number(server.config.set_max_intset_entries),
        entries: number(server.config.set_max_listpack_entries),
        value: number(server.config.set_max_listpack_value_bytes),
        hasher: server.keyspace.hasher(),
    }
}

/// When a sorted set is packed.
pub(crate) fn of_sorted_sets(server: &Server) -> zset::Limits {
    zset::Limits {
        entries: number(server.config.zset_max_listpack_entries),
        value: number(server.config.zset_max_listpack_value_bytes),
        hasher: server.keyspace.hasher(),
    }
}

/// How values are written and read.
pub(crate) fn rules(server: &Server) -> Rules {
    Rules {
        compress: server.config.rdbcompression,
        list: of_lists(server),
        hash: of_hashes(server),
        set: of_sets(server),
        zset: of_sorted_sets(server),
    }
}
