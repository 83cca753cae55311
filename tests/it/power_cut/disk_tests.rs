//! The disk keeps its own rules.

use super::data::Rest;
use super::disk::{Disk, Manners};
use super::files::Files;
use super::random::Random;
use cutaway::server::persistence::disk::{Answer, Job, JobId, Lane, Outcome, Step};
use std::collections::BTreeSet;
use std::sync::Arc;

fn path() -> String {
    "d/f".into()
}

fn append(bytes: &[u8]) -> Step {
    Step::Append(path(), Arc::new(bytes.to_vec()))
}

/// A disk with one file in a directory, all of it synced.
fn disk(bytes: &[u8]) -> Disk {
    let mut disk = Disk::new(Files::default(), Manners::default(), Random::new(1));
    let steps = vec![
        Step::MakeDirectory("d".into()),
        Step::Create(path()),
        append(bytes),
        Step::Sync(path()),
        Step::SyncDirectory("d".into()),
        Step::SyncDirectory(String::new()),
    ];
    assert!(run(&mut disk, steps).is_ok());
    disk
}

fn run(disk: &mut Disk, steps: Vec<Step>) -> Outcome {
    disk.start(Job { id: JobId(0), lane: Lane::Log, steps, is_short: false });
    while disk.call().is_some() {}
    disk.next_turn().pop().unwrap().1
}

/// All that cuts may leave of the file.
fn remains(disk: &Disk, rest: Rest) -> BTreeSet<Option<Vec<u8>>> {
    let mut random = Random::new(7);
    let left = |_| {
        let mut files = disk.files.after_cut(rest, &mut random);
        files.file("d/f").ok().map(|file| file.bytes().to_vec())
    };
    (0..2000).map(left).collect()
}

fn some(versions: &[&str]) -> BTreeSet<Option<Vec<u8>>> {
    versions.iter().map(|version| Some(version.as_bytes().to_vec())).collect()
}

#[test]
fn what_was_not_synced_is_torn_at_any_byte_and_what_was_synced_stays() {
    let mut disk = disk(b"one");
    run(&mut disk, vec![append(b"two"), append(b"3")]).unwrap();
    let prefixes = ["one", "onet", "onetw", "onetwo", "onetwo3"];
    assert_eq!(remains(&disk, Rest::Prefix), some(&prefixes));
    assert_eq!(remains(&disk, Rest::Nothing), some(&["one"]));
    assert_eq!(remains(&disk, Rest::All), some(&["onetwo3"]));
    run(&mut disk, vec![Step::Sync(path())]).unwrap();
    for rest in [Rest::Prefix, Rest::Nothing, Rest::All, Rest::Blocks] {
        assert_eq!(remains(&disk, rest), some(&["onetwo3"]));
    }
}

#[test]
fn a_cut_to_a_length_may_be_lost_and_never_comes_after_what_follows_it() {
    let mut disk = disk(b"one");
    run(&mut disk, vec![append(b"tw"), Step::Truncate(path(), 3), append(b"33")]).unwrap();
    assert_eq!(remains(&disk, Rest::Prefix), some(&["one", "onet", "onetw", "one3", "one33"]));
}

#[test]
fn blocks_are_written_in_any_order_and_holes_are_zeros() {
    let mut disk = disk(b"");
    run(&mut disk, vec![append(&[b'a'; 1024])]).unwrap();
    let left = remains(&disk, Rest::Blocks);
    let halves = |first: u8, second: u8| {
        left.iter()
            .flatten()
            .any(|file| file.len() == 1024 && file[..512] == [first; 512] && file[512..] == [second; 512])
    };
    for (first, second) in [(0, 0), (0, b'a'), (b'a', 0), (b'a', b'a')] {
        assert!(halves(first, second), "{first} {second}");
    }
}

#[test]
fn pages_of_a_failed_sync_count_as_written_and_a_later_sync_does_not_bring_them() {
    let mut disk = disk(b"one");
    disk.manners = Manners { fails_one_in: 1, after_failed_sync: Rest::Nothing, ..Manners::default() };
    disk.files.file("d/f").unwrap().append(b"two");
    assert!(run(&mut disk, vec![Step::Sync(path())]).is_err());
    disk.manners.fails_one_in = 0;
    run(&mut disk, vec![append(b"3"), Step::Sync(path())]).unwrap();
    let read = vec![Step::Read { path: path(), from: 0, most: 100 }];
    assert!(matches!(run(&mut disk, read), Ok(Answer::Bytes(bytes)) if bytes == b"onetwo3"));
    assert_eq!(remains(&disk, Rest::All), some(&["one\0\0\x003"]));
}

#[test]
fn a_name_is_lost_until_its_directory_is_synced() {
    let mut disk = Disk::new(Files::default(), Manners::default(), Random::new(1));
    let steps =
        vec![Step::MakeDirectory("d".into()), Step::Create(path()), append(b"one"), Step::Sync(path())];
    run(&mut disk, steps).unwrap();
    let lost_or_there: BTreeSet<_> = some(&["one"]).into_iter().chain([None]).collect();
    assert_eq!(remains(&disk, Rest::Prefix), lost_or_there);
    run(&mut disk, vec![Step::SyncDirectory("d".into())]).unwrap();
    assert_eq!(remains(&disk, Rest::Prefix), lost_or_there, "the directory itself has a name");
    run(&mut disk, vec![Step::SyncDirectory(String::new())]).unwrap();
    assert_eq!(remains(&disk, Rest::Prefix), some(&["one"]));
}

#[test]
fn a_rename_leaves_the_old_file_or_the_new_one() {
    let mut disk = disk(b"old");
    let new = || String::from("new");
    let steps = vec![
        Step::Create(new()),
        Step::Append(new(), Arc::new(b"new".to_vec())),
        Step::Sync(new()),
        Step::Rename(new(), path()),
    ];
    run(&mut disk, steps).unwrap();
    assert_eq!(remains(&disk, Rest::Prefix), some(&["old", "new"]));
    run(&mut disk, vec![Step::SyncDirectory("d".into())]).unwrap();
    assert_eq!(remains(&disk, Rest::Prefix), some(&["new"]));
}

#[test]
fn outcomes_are_told_late_and_in_the_order_of_their_lane() {
    let manners = Manners { late: 5, ..Manners::default() };
    let mut disk = Disk::new(Files::default(), manners, Random::new(3));
    for id in 0..20 {
        let lane = if id % 2 == 0 { Lane::Log } else { Lane::Snapshot };
        disk.start(Job { id: JobId(id), lane, steps: vec![Step::Create(format!("{id}"))], is_short: false });
    }
    while disk.call().is_some() {}
    let turns: Vec<Vec<u64>> =
        (0..6).map(|_| disk.next_turn().into_iter().map(|(JobId(id), _)| id).collect()).collect();
    assert!(turns.iter().filter(|told| !told.is_empty()).count() > 1, "{turns:?}");
    for parity in 0..2 {
        let told: Vec<u64> = turns.concat().into_iter().filter(|id| id % 2 == parity).collect();
        assert_eq!(told, (0..20).filter(|id| id % 2 == parity).collect::<Vec<_>>());
    }
    assert!(disk.is_idle());
}
