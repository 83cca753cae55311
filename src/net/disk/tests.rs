use super::files::Files;
use super::*;
use crate::server::persistence::disk::{Answer, JobId, Step};
use mio::{Events, Poll, Token};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Duration;
use tempfile::TempDir;

fn bytes(text: &str) -> Arc<Vec<u8>> {
    Arc::new(text.into())
}

fn append(path: &str, text: &str) -> Step {
    Step::Append(path.into(), bytes(text))
}

/// An empty directory, and the files below it.
fn files() -> (TempDir, Files) {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::new(directory.path().into(), false);
    (directory, files)
}

/// Which step failed and why, in the words of the operating system.
fn failure(result: Result<Answer, Failure>) -> (usize, String) {
    let Failure { step, error } = result.unwrap_err();
    (step, crate::config::file::reason(&error))
}

fn mode(directory: &TempDir, path: &str) -> u32 {
    fs::metadata(directory.path().join(path)).unwrap().permissions().mode() & 0o7777
}

fn text(directory: &TempDir, path: &str) -> String {
    fs::read_to_string(directory.path().join(path)).unwrap()
}

#[test]
fn steps_are_done_in_order_until_one_fails() {
    let (directory, mut files) = files();
    let steps = vec![
        Step::MakeDirectory("d".into()),
        Step::MakeDirectory("d".into()),
        Step::Create("d/a".into()),
        append("d/a", "one"),
        append("d/a", " two"),
        Step::Truncate("d/a".into(), 5),
        append("d/a", "."),
        Step::Sync("d/a".into()),
        Step::Rename("d/a".into(), "b".into()),
        Step::SyncDirectory("d".into()),
        Step::SyncDirectory(String::new()),
        Step::Remove("none".into()),
        append("d/a", "three"),
        append("b", "three"),
    ];
    assert_eq!(failure(files.run(steps)), (12, "No such file or directory".into()));
    assert_eq!(text(&directory, "b"), "one t.");
    assert_eq!((mode(&directory, "d"), mode(&directory, "b")), (0o700, 0o600));
    assert_eq!(files.run(vec![append("b", "!"), Step::Length("b".into())]).unwrap(), Answer::Length(7));
    assert_eq!(files.run(vec![Step::List("d".into())]).unwrap(), Answer::Names(vec![]));
    assert_eq!(files.run(vec![Step::List("no".into())]).unwrap(), Answer::Names(vec![]));
    let Answer::Names(mut names) = files.run(vec![Step::List(String::new())]).unwrap() else { panic!() };
    names.sort();
    assert_eq!(names, ["b", "d"]);
    assert_eq!(failure(files.run(vec![Step::MakeDirectory("b".into())])), (0, "Not a directory".into()));
}

#[test]
fn a_file_is_read_in_pieces_and_a_new_one_of_its_name_from_its_beginning() {
    let (home, mut files) = files();
    let mut read = |from, most| {
        let answer = files.run(vec![Step::Read { path: "a".into(), from, most }])?;
        let Answer::Bytes(bytes) = answer else { panic!("{answer:?}") };
        Ok(String::from_utf8(bytes).unwrap())
    };
    let step: Result<String, Failure> = read(0, 1);
    assert_eq!(failure(step.map(|_| Answer::Done)), (0, "No such file or directory".into()));
    let directory = home.path();
    fs::write(directory.join("a"), "0123456789").unwrap();
    assert_eq!(read(0, 4).unwrap(), "0123");
    assert_eq!(read(4, 4).unwrap(), "4567");
    assert_eq!(read(8, usize::MAX).unwrap(), "89");
    assert_eq!(read(10, 4).unwrap(), "");
    assert_eq!(read(0, 4).unwrap(), "0123");
    // Another program, or the other lane, puts a file in its place.
    fs::write(directory.join("b"), "abc").unwrap();
    fs::rename(directory.join("b"), directory.join("a")).unwrap();
    assert_eq!(read(0, 4).unwrap(), "abc");
}

#[test]
fn what_somebody_has_put_in_the_place_of_a_file_is_neither_followed_nor_filled() {
    let (directory, mut files) = files();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("victim"), "precious").unwrap();
    symlink("victim", path("link")).unwrap();
    symlink("nowhere", path("dangling")).unwrap();
    // A file that another user made, and may hold open.
    fs::write(path("open"), "theirs").unwrap();
    fs::set_permissions(path("open"), fs::Permissions::from_mode(0o666)).unwrap();
    fs::hard_link(path("victim"), path("hard")).unwrap();
    let appended = files.run(vec![append("link", "x")]);
    assert_eq!(failure(appended), (0, "Too many levels of symbolic links".into()));
    for name in ["link", "dangling", "open", "hard"] {
        files.run(vec![Step::Create(name.into()), append(name, "ours")]).unwrap();
        assert_eq!((text(&directory, name), mode(&directory, name)), ("ours".into(), 0o600), "{name}");
        assert!(!path(name).is_symlink());
    }
    assert_eq!(text(&directory, "victim"), "precious");
    assert!(!path("nowhere").exists());
}

#[test]
fn a_pipe_or_a_device_is_no_file() {
    let (directory, mut files) = files();
    symlink("/dev/zero", directory.path().join("zero")).unwrap();
    let read = || Step::Read { path: "zero".into(), from: 0, most: 10 };
    assert_eq!(failure(files.run(vec![read()])), (0, "Not a regular file".into()));
    fs::create_dir(directory.path().join("d")).unwrap();
    assert_eq!(failure(files.run(vec![append("d", "x")])), (0, "Is a directory".into()));
}

#[test]
fn open_files_stay_where_they_are_when_the_directory_is_another() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    let point_to = |name: &str| {
        symlink(name, path("next")).unwrap();
        fs::rename(path("next"), path("now")).unwrap();
    };
    for name in ["a", "b"] {
        fs::create_dir(path(name)).unwrap();
    }
    point_to("a");
    let mut files = Files::new(path("now"), false);
    files.run(vec![Step::Create("log".into())]).unwrap();
    point_to("b");
    files.run(vec![append("log", "old"), Step::Create("temp".into()), Step::Remove("temp".into())]).unwrap();
    assert_eq!(fs::read_to_string(path("a/log")).unwrap(), "old");
    // Once it is closed, the next file is in the new directory.
    files.run(vec![Step::Rename("log".into(), "old".into())]).unwrap();
    files.run(vec![Step::Create("log".into()), append("log", "new")]).unwrap();
    assert_eq!(fs::read_to_string(path("b/log")).unwrap(), "new");
    assert!(!path("a/log").exists());
}

#[test]
fn a_short_job_is_done_at_once_and_all_else_by_a_thread_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let (mut poll, mut events) = (Poll::new().unwrap(), Events::with_capacity(1));
    let mut disk =
        Disk::start(directory.path(), Waker::new(poll.registry(), Token(0)).unwrap().into()).unwrap();
    let job = |id, lane, steps| Job { id: JobId(id), lane, steps, is_short: false };
    let short = |id, lane, steps| Job { is_short: true, ..job(id, lane, steps) };
    let wait = |disk: &mut Disk, poll: &mut Poll, events: &mut Events| loop {
        if let Some((id, result)) = disk.next_told() {
            return (id.0, result.unwrap());
        }
        poll.poll(events, Some(Duration::from_secs(20))).unwrap();
    };
    let create =
        |disk: &mut Disk, name: &str, id, lane| disk.begin(job(id, lane, vec![Step::Create(name.into())]));
    assert!(create(&mut disk, "a", 0, Lane::Log).is_none());
    assert_eq!(wait(&mut disk, &mut poll, &mut events), (0, Answer::Done));
    let synced = |bytes| vec![append("a", bytes), Step::Sync("a".into())];
    assert_eq!(disk.begin(short(1, Lane::Log, synced("1"))).unwrap().unwrap(), Answer::Done);
    assert_eq!(text(&directory, "a"), "1");
    // Behind a job of the thread a short one waits, and each lane is one of its own.
    assert!(disk.begin(job(2, Lane::Log, synced("2"))).is_none());
    assert!(create(&mut disk, "b", 3, Lane::Snapshot).is_none());
    assert!(disk.begin(short(4, Lane::Log, synced("3"))).is_none());
    let mut told = [0; 3].map(|_| wait(&mut disk, &mut poll, &mut events));
    told.sort_by_key(|(id, _)| *id);
    assert_eq!(told, [(2, Answer::Done), (3, Answer::Done), (4, Answer::Done)]);
    assert!(disk.begin(job(5, Lane::Snapshot, vec![append("b", "45")])).is_none());
    assert_eq!(wait(&mut disk, &mut poll, &mut events), (5, Answer::Done));
    assert_eq!((text(&directory, "a"), text(&directory, "b")), ("123".into(), "45".into()));
    assert!(disk.next_told().is_none());
}

#[test]
fn a_snapshot_that_is_synced_is_closed_and_the_next_one_is_where_the_directory_is_then() {
    let (directory, _) = files();
    let path = |name: &str| directory.path().join(name);
    let mut snapshots = Files::new(path("now"), true);
    for name in ["a", "b"] {
        fs::create_dir(path(name)).unwrap();
        let _ = fs::remove_file(path("now"));
        symlink(name, path("now")).unwrap();
        // Another lane gives it its name, or the next job of this one.
        let steps = vec![Step::Create("temp".into()), append("temp", name), Step::Sync("temp".into())];
        snapshots.run(steps).unwrap();
        assert_eq!(text(&directory, &format!("{name}/temp")), name);
    }
}
