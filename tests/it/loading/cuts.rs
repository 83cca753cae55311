//! Files that end too early: cut at each byte.

use super::super::machine::{Machine, commands};
use super::{FIRST, LOG, disk, log, snapshot};

/// What belongs together in a file of commands, and how often `n` counts up in each.
const UNITS: [(&str, usize); 5] = [
    ("SELECT 0\nINCR n", 1),
    ("INCR n", 1),
    ("MULTI\nINCR n\nINCR n\nEXEC", 2),
    ("SET other \"a\\r\\n*1\\r\\n\"", 0),
    ("INCR n", 1),
];

/// A place in the file: how many of its commands are whole there, and where the last of them ends.
fn whole_before(cut: usize) -> (usize, usize) {
    let (mut end, mut count, mut n) = (0, 0, 0);
    for (unit, of_unit) in UNITS {
        let is_transaction = unit.starts_with("MULTI");
        let parts: Vec<&str> = if is_transaction { vec![unit] } else { unit.lines().collect() };
        for part in parts {
            end += commands(part).len();
            n += if part.contains("INCR") { of_unit } else { 0 };
            if end > cut {
                return (count, end - commands(part).len());
            }
            count = n;
        }
    }
    (count, end)
}

#[test]
fn commands_cut_at_any_byte_are_loaded_up_to_the_last_whole_one() {
    let file: Vec<u8> = UNITS.iter().flat_map(|(unit, _)| commands(unit)).collect();
    for cut in 0..=file.len() {
        let (count, whole) = whole_before(cut);
        let mut machine = Machine::start(LOG, log(&file[..cut])).unwrap();
        let n = machine.ask("SET n 0 NX\nINCRBY n 0");
        assert!(n.ends_with(&format!(":{count}\r\n")), "{n} {cut}");
        assert!(machine.disk.files[FIRST].starts_with(&file[..whole]), "what is torn is cut off at {cut}");
        assert!(machine.disk.files[FIRST].len() <= whole + 200);

        let strict = Machine::start(&[LOG, &[("aof-load-truncated", "no")]].concat(), log(&file[..cut]));
        match strict {
            Ok(_) => assert_eq!(whole, cut),
            Err(reason) => {
                assert_ne!(whole, cut);
                assert_eq!(
                    reason,
                    "Unexpected end of file reading the append only file appendonly.aof.1.incr.aof. You can: 1) Make a \
                     backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively \
                     you can set the 'aof-load-truncated' configuration option to yes and restart the server."
                );
            }
        }
    }
}

#[test]
fn a_comment_that_does_not_end_is_torn() {
    let file = [commands("INCR n"), b"#TS:17000".to_vec()].concat();
    let mut machine = Machine::start(LOG, log(&file)).unwrap();
    assert_eq!(machine.ask("GET n"), "$1\r\n1\r\n");
    assert_eq!(machine.disk.files[FIRST], commands("INCR n"));
}

#[test]
fn a_snapshot_cut_at_any_byte_ends_the_start() {
    let file =
        snapshot("SET a 1\nRPUSH l a b c\nHSET h f v\nXADD s 1-1 n v\nSELECT 2\nSET b 1 PXAT 1800000000000");
    for cut in 0..file.len() {
        let reason = Machine::start(&[], disk(&[("dump.rdb", &file[..cut])])).map(|_| ()).unwrap_err();
        assert_eq!(reason, "Fatal error loading the DB, check server logs. Exiting.", "{cut}");
    }
    assert!(Machine::start(&[], disk(&[("dump.rdb", &file)])).is_ok());
}
