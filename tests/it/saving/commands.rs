//! SAVE, BGSAVE, LASTSAVE, save points, and what clients are told when the disk fails.

use super::disk::Disk;
use crate::sans_io::{config, connect};
use cutaway::base::ids::ClientKey;
use cutaway::server::{Process, Server, Time};

const MISCONF: &str = "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. \
    Commands that may modify the data set are disabled, because this instance is configured to report errors during \
    writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about \
    the RDB error.\r\n";

/// A server that began in second 1,000,000 of 1970, with a disk and a client.
struct Scene {
    server: Server,
    client: ClientKey,
    disk: Disk,
}

impl Scene {
    fn new(save: &str) -> Scene {
        let mut config = config(&[("loglevel", "warning")]);
        config.set_at_start("save", &[save.into()]).unwrap();
        let table = cutaway::command::table(&config).unwrap();
        let process = Process { has_disk: true, pid: 7, ..Process::default() };
        let time = Time { unix_micros: 1_000_000_000_000, millis: 5000 };
        let mut server = Server::new(table, config, process, time, || 0);
        let client = connect(&mut server);
        Scene { server, client, disk: Disk::default() }
    }

    /// What is answered in the turn of the request.
    fn ask(&mut self, line: &str) -> String {
        self.disk.ask(&mut self.server, self.client, line)
    }

    fn words(&mut self, words: &[&str]) -> String {
        self.disk.ask_words(&mut self.server, self.client, words)
    }

    /// Has the disk do all that it is asked; what the client is sent then.
    fn settle(&mut self) -> String {
        self.disk.settle(&mut self.server);
        self.disk.replies(self.client)
    }

    fn seconds_later(&mut self, seconds: u64) {
        self.server.set_time(self.server.time.after(1000 * seconds));
        self.server.end_turn(&mut self.disk);
    }

    fn files(&self) -> Vec<&str> {
        self.disk.files.files.keys().map(String::as_str).collect()
    }

    /// A field of INFO persistence.
    fn field(&mut self, name: &str) -> String {
        let info = self.ask("INFO persistence");
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {name} in {info}")).into()
    }
}

#[test]
fn save_is_answered_when_the_disk_has_the_file_and_others_are_served_meanwhile() {
    let mut scene = Scene::new("");
    scene.ask("SET a 1");
    scene.seconds_later(9);
    assert_eq!(scene.ask("SAVE"), "");
    let other = connect(&mut scene.server);
    assert_eq!(scene.disk.ask(&mut scene.server, other, "SET a 2"), "+OK\r\n");
    assert_eq!(
        scene.disk.ask(&mut scene.server, other, "SAVE"),
        "-ERR Background save already in progress\r\n"
    );
    assert_eq!(scene.disk.ask(&mut scene.server, other, "LASTSAVE"), ":1000000\r\n");
    assert_eq!(scene.settle(), "+OK\r\n");
    assert_eq!(scene.ask("LASTSAVE"), ":1000009\r\n");
    assert_eq!(scene.files(), ["dump.rdb"]);
    // The change that came behind SAVE is in no file.
    assert_eq!(scene.field("rdb_changes_since_last_save"), "1");
}

#[test]
fn a_save_that_fails_in_any_step_leaves_no_file_and_the_one_before_is_whole() {
    let mut scene = Scene::new("");
    scene.ask("SET a 1");
    scene.ask("SAVE");
    assert_eq!(scene.settle(), "+OK\r\n");
    let before = scene.disk.files.files.clone();
    scene.ask("SET a 2");
    // Create; append; append the checksum, sync; rename.
    for failing in [(0, 0), (1, 0), (2, 0), (2, 1), (3, 0)] {
        scene.disk.failing = Some(failing);
        scene.ask("SAVE");
        assert_eq!(scene.settle(), "-ERR\r\n", "{failing:?}");
        assert_eq!(scene.disk.files.files, before, "{failing:?}");
        assert_eq!(scene.ask("PING"), "+PONG\r\n");
    }
    scene.disk.failing = Some((3, 1));
    scene.ask("SAVE");
    assert_eq!(scene.settle(), "-ERR\r\n");
    assert_eq!(scene.field("rdb_changes_since_last_save"), "1");
    scene.ask("SAVE");
    assert_eq!(scene.settle(), "+OK\r\n");
    assert_eq!(scene.field("rdb_changes_since_last_save"), "0");
}

#[test]
fn bgsave_is_answered_at_once_and_only_one_save_runs() {
    let mut scene = Scene::new("");
    assert_eq!(scene.field("rdb_last_bgsave_time_sec"), "-1");
    assert_eq!(scene.ask("BGSAVE now"), "-ERR syntax error\r\n");
    assert_eq!(scene.ask("BGSAVE"), "+Background saving started\r\n");
    assert_eq!(scene.ask("BGSAVE"), "-ERR Background save already in progress\r\n");
    assert_eq!(scene.ask("BGSAVE SCHEDULE"), "-ERR Background save already in progress\r\n");
    assert_eq!(scene.field("rdb_bgsave_in_progress"), "1");
    scene.seconds_later(3);
    assert_eq!(scene.field("rdb_current_bgsave_time_sec"), "3");
    scene.settle();
    for (field, value) in [
        ("rdb_bgsave_in_progress", "0"),
        ("rdb_current_bgsave_time_sec", "-1"),
        ("rdb_last_bgsave_time_sec", "3"),
        ("rdb_last_bgsave_status", "ok"),
        ("rdb_last_save_time", "1000003"),
        ("rdb_saves", "1"),
    ] {
        assert_eq!(scene.field(field), value, "{field}");
    }
}

#[test]
fn bgsave_in_a_transaction_begins_behind_it() {
    let mut scene = Scene::new("");
    scene.ask("MULTI");
    scene.ask("BGSAVE");
    assert_eq!(scene.ask("EXEC"), "*1\r\n+Background saving scheduled\r\n");
    assert!(scene.files().is_empty());
    assert_eq!(scene.server.deadline(), Some(scene.server.time.millis));
    scene.seconds_later(0);
    scene.settle();
    assert_eq!(scene.files(), ["dump.rdb"]);
}

#[test]
fn a_save_point_saves_when_there_are_as_many_changes_after_as_many_seconds() {
    let mut scene = Scene::new("10 2 100 1");
    scene.seconds_later(50);
    scene.ask("SET a 1");
    scene.settle();
    assert!(scene.files().is_empty());
    assert_eq!(scene.server.deadline(), Some(5000 + 101_000));
    scene.ask("SET a 2");
    assert_eq!(scene.server.deadline(), Some(scene.server.time.millis));
    scene.seconds_later(0);
    scene.settle();
    assert_eq!(scene.files(), ["dump.rdb"]);
    assert_eq!(scene.server.deadline(), None);
    scene.ask("MSET a 1 b 2");
    scene.ask("SET c 1");
    assert_eq!(scene.server.deadline(), Some(scene.server.time.millis + 11_000));
}

#[test]
fn without_a_disk_nothing_is_saved_and_everybody_is_told_that_it_was() {
    let mut scene = Scene::new("1 1");
    scene.server.process.has_disk = false;
    scene.ask("SET a 1");
    assert_eq!(scene.server.deadline(), None);
    assert_eq!(scene.ask("SAVE"), "+OK\r\n");
    assert_eq!(scene.ask("BGSAVE"), "+Background saving started\r\n");
    assert_eq!(scene.ask("LASTSAVE"), ":1000000\r\n");
    assert!(scene.disk.jobs.is_empty());
}

#[test]
fn after_a_save_in_the_background_has_failed_no_command_writes() {
    let mut scene = Scene::new("10 1");
    scene.ask("SET a 1");
    scene.ask("BGSAVE");
    scene.disk.failing = Some((1, 0));
    scene.settle();
    assert_eq!(scene.field("rdb_last_bgsave_status"), "err");
    for line in ["SET a 2", "PING", "XADD s * a b", "FUNCTION FLUSH"] {
        assert_eq!(scene.ask(line), MISCONF, "{line}");
    }
    assert_eq!(scene.words(&["EVAL", "#!lua\nreturn 1", "0"]), MISCONF);
    assert_eq!(scene.words(&["EVAL", "#!lua flags=no-writes\nreturn 1", "0"]), ":1\r\n");
    let write = scene.words(&["EVAL", "return redis.call('set', 'a', '2')", "0"]);
    assert!(write.starts_with(MISCONF.trim_end()), "{write}");
    assert_eq!(scene.words(&["EVAL", "return redis.call('get', 'a')", "0"]), "$1\r\n1\r\n");
    assert_eq!(scene.ask("GET a"), "$1\r\n1\r\n");
    scene.ask("MULTI");
    assert_eq!(scene.ask("SET a 2"), MISCONF);
    assert_eq!(scene.ask("EXEC"), "-EXECABORT Transaction discarded because of previous errors.\r\n");
    // Six seconds after the first try there is another.
    scene.seconds_later(11);
    scene.settle();
    assert_eq!(scene.field("rdb_last_bgsave_status"), "ok");
    assert_eq!(scene.ask("SET a 2"), "+OK\r\n");
}

#[test]
fn a_transaction_that_would_write_is_refused_when_the_disk_has_failed_since() {
    let mut scene = Scene::new("10 1");
    scene.ask("MULTI");
    scene.ask("SET a 1");
    let other = connect(&mut scene.server);
    scene.disk.failing = Some((1, 0));
    scene.disk.ask(&mut scene.server, other, "BGSAVE");
    scene.settle();
    let why = MISCONF.strip_prefix('-').unwrap();
    assert_eq!(scene.ask("EXEC"), format!("-EXECABORT Transaction discarded because of: {why}"));
    scene.ask("MULTI");
    scene.ask("GET a");
    assert_eq!(scene.ask("EXEC"), "*1\r\n$-1\r\n");
    // EXEC does not know what a script will do.
    scene.ask("MULTI");
    scene.words(&["EVAL", "return redis.call('set', 'a', '2')", "0"]);
    assert!(scene.ask("EXEC").starts_with("*1\r\n-MISCONF Redis is configured to save RDB snapshots, but"));
}

#[test]
fn a_script_in_a_transaction_that_says_that_it_writes_has_an_error_of_its_own() {
    let mut scene = Scene::new("10 1");
    scene.ask("MULTI");
    scene.words(&["EVAL", "#!lua\nreturn 1", "0"]);
    let other = connect(&mut scene.server);
    scene.disk.failing = Some((1, 0));
    scene.disk.ask(&mut scene.server, other, "BGSAVE");
    scene.settle();
    assert_eq!(
        scene.ask("EXEC"),
        "*1\r\n-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. \
         Writable scripts are blocked. Use 'no-writes' flag for read only scripts.\r\n"
    );
}

#[test]
fn writes_go_on_without_save_points_or_if_the_setting_says_so() {
    let mut scene = Scene::new("");
    scene.ask("BGSAVE");
    scene.disk.failing = Some((1, 0));
    scene.settle();
    assert_eq!(scene.ask("SET a 1"), "+OK\r\n");
    scene.words(&["CONFIG", "SET", "save", "100 1"]);
    assert_eq!(scene.ask("SET a 1"), MISCONF);
    scene.ask("CONFIG SET stop-writes-on-bgsave-error no");
    assert_eq!(scene.ask("SET a 1"), "+OK\r\n");
}

#[test]
fn flushall_gives_up_the_save_that_runs_and_saves_that_there_is_nothing() {
    let mut scene = Scene::new("100 1");
    scene.ask("SET key value");
    scene.ask("BGSAVE");
    scene.disk.do_one(&mut scene.server);
    assert_eq!(scene.ask("FLUSHALL"), "+OK\r\n");
    scene.settle();
    assert_eq!(scene.files(), ["dump.rdb"]);
    assert!(!scene.disk.files.files["dump.rdb"].windows(3).any(|word| word == b"key"));
    assert_eq!(scene.field("rdb_changes_since_last_save"), "0");
    assert_eq!(scene.field("rdb_last_bgsave_status"), "ok");
}

#[test]
fn a_client_that_goes_while_it_waits_for_save_leaves_its_reply_to_nobody() {
    let mut scene = Scene::new("");
    scene.ask("SAVE");
    scene.server.disconnect(scene.client);
    scene.server.end_turn(&mut scene.disk);
    let next = connect(&mut scene.server);
    assert_eq!(scene.disk.ask(&mut scene.server, next, "BLPOP list 0"), "");
    scene.settle();
    assert_eq!(scene.disk.replies(next), "");
    assert_eq!(scene.files(), ["dump.rdb"]);
}

#[test]
fn a_client_that_was_unblocked_from_save_is_not_answered_twice() {
    let mut scene = Scene::new("");
    let id = scene.ask("CLIENT ID");
    scene.ask("SAVE");
    let other = connect(&mut scene.server);
    let unblock = format!("CLIENT UNBLOCK {}", id.trim_start_matches(':').trim());
    assert_eq!(scene.disk.ask(&mut scene.server, other, &unblock), ":1\r\n");
    assert_eq!(scene.disk.replies(scene.client), "-ERR\r\n");
    assert_eq!(scene.ask("BLPOP list 0"), "");
    assert_eq!(scene.settle(), "");
    assert_eq!(scene.files(), ["dump.rdb"]);
}
