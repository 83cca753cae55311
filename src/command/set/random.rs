//! SPOP and SRANDMEMBER: members that chance chooses, taken out or only shown.
//!
//! Redis: `src/t_set.c` (`spopCommand`, `spopWithCountCommand`, `srandmemberCommand`, `srandmemberWithCountCommand`).
//!
//! Different on purpose: SRANDMEMBER with a negative count draws ten million times at most, as HRANDFIELD does. With a
//! count that is a large part of the set it takes the members in one walk, each with the odds that are left; Redis copies the
//! set and removes members from the copy.

use super::{limits, read};
use crate::command::hash::scan::{MOST_DRAWN, closed_beyond};
use crate::keyspace::events::SET;
use crate::keyspace::listpack::Entry;
use crate::keyspace::set::Set;
use crate::keyspace::value::WrongType;
use crate::persist::aof_write::Word;
use crate::resp::reply::Reply;
use crate::server::dispatch::{Call, bulk_entry};
use std::collections::BTreeSet;

/// A count this many times smaller than the set is drawn, member by member. Redis: `SRANDMEMBER_SUB_STRATEGY_MUL`.
const DRAWN_BELOW: usize = 3;
/// In the append-only file, the members that SPOP has removed stand in commands of no more than so many.
const MEMBERS_PER_SREM: usize = 1024;

/// `SPOP key [count]`: removes a member, or up to that many, and replies with them.
pub fn spop(call: &mut Call<'_>) {
    match call.args.len() {
        2 => pop_one(call),
        3 => pop_many(call),
        _ => call.syntax_error(),
    }
}

fn pop_one(call: &mut Call<'_>) {
    let (db, args) = (call.db(), call.args);
    let key = &args[1];
    let random = call.server.generator();
    let (records, mut popped) = (call.server.propagation.is_on(), Vec::new());
    let set = match call.server.write::<Set>(db, key) {
        Ok(Some(set)) => set,
        Ok(None) => return call.reply.null(),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    set.pop(random, |member| {
        bulk_entry(call.reply, member);
        if records {
            popped = member.to_vec();
        }
    });
    let is_empty = set.is_empty();
    call.server.rewrite_command(["SREM".into(), key.into(), popped[..].into()]);
    call.server.modified(db, key, SET, "spop");
    if is_empty {
        call.server.delete_emptied(db, key);
    }
}

fn pop_many(call: &mut Call<'_>) {
    let Some(count) = call.positive(2) else { return };
    let (db, args, limits) = (call.db(), call.args, limits(call.server));
    let key = &args[1];
    let random = call.server.generator();
    let (records, mut popped) = (call.server.propagation.is_on(), Vec::new());
    let set = match call.server.write::<Set>(db, key) {
        Ok(Some(set)) if count > 0 => set,
        Ok(_) => return call.reply.set(0),
        Err(WrongType) => return call.reply.wrong_type(),
    };
    let taken = count.min(set.len());
    let is_all = taken == set.len();
    call.reply.set(taken);
    if is_all {
        set.iter().for_each(|member| bulk_entry(call.reply, member));
        // Redis replies by SUNION, which reads the key once more.
        call.server.stats.keyspace_hits += 1;
    } else {
        set.pop_many(taken, random, limits, |member| {
            bulk_entry(call.reply, member);
            if records {
                popped.push(member.to_vec());
            }
        });
    }
    call.server.modified(db, key, SET, "spop");
    call.server.stats.dirty += taken as u64 - 1;
    if is_all {
        call.server.delete_emptied(db, key);
        call.server.rewrite_as_deletion(key, call.server.config.lazyfree_lazy_server_del);
    } else {
        for members in popped.chunks(MEMBERS_PER_SREM) {
            let members = members.iter().map(|member| Word::Bytes(member));
            call.server.also_propagate(db, ["SREM".into(), key.into()].into_iter().chain(members));
        }
        call.server.prevent_propagation();
    }
}

/// `SRANDMEMBER key [count]`: a member; or up to that many different ones; or, if `count` is negative, exactly that many,
/// some of which may be the same.
pub fn srandmember(call: &mut Call<'_>) {
    let db = call.db();
    let has_count = call.args.len() > 2;
    if call.args.len() > 3 {
        return call.syntax_error();
    }
    let mut count = 1;
    if has_count {
        let Some(wanted) = call.long(2) else { return };
        count = wanted;
    }
    let enough = closed_beyond(call);
    let mut random = call.server.generator();
    let Some(set) = read(call.server, db, &call.args[1], call.reply) else { return };
    match set {
        None if has_count => call.reply.array(0),
        None => call.reply.null(),
        Some(set) if !has_count => {
            set.random(random).into_iter().for_each(|member| bulk_entry(call.reply, member));
        }
        Some(_) if count < -MOST_DRAWN && enough == usize::MAX => {
            call.reply.error("ERR value is out of range");
        }
        Some(set) if count < 0 => {
            // To find a packed member by its number is a walk: one walk for all draws.
            let packed: Vec<_> = if let Set::Packed(_) = set { set.iter().collect() } else { Vec::new() };
            let mut draw = || match packed.len() as u64 {
                0 => set.random(&mut random),
                len => packed.get((random() % len) as usize).copied(),
            };
            call.reply.array(count.unsigned_abs() as usize);
            for _ in 0..count.unsigned_abs() {
                if call.reply.bytes.len() > enough {
                    break;
                }
                draw().into_iter().for_each(|member| bulk_entry(call.reply, member));
            }
        }
        Some(set) => {
            let wanted = usize::try_from(count).map_or(set.len(), |count| count.min(set.len()));
            call.reply.array(wanted);
            different(set, wanted, random, call.reply);
        }
    }
}

/// Replies with so many different members. There must be as many.
fn different(set: &Set, wanted: usize, mut random: impl FnMut() -> u64, reply: &mut Reply) {
    if matches!(set, Set::Packed(_)) || wanted.saturating_mul(DRAWN_BELOW) > set.len() {
        return set.choose(wanted, random, |member, chosen| {
            if chosen {
                bulk_entry(reply, member);
            }
        });
    }
    let mut drawn: BTreeSet<Entry<'_>> = BTreeSet::new();
    while drawn.len() < wanted {
        let Some(member) = set.random(&mut random) else { return };
        if drawn.insert(member) {
            bulk_entry(reply, member);
        }
    }
}
