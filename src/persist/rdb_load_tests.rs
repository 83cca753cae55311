use super::super::budget::Budget;
use super::super::finish::Finisher;
use super::super::rdb_save::{About, FileWriter, Form};
use super::super::save;
use super::super::values::{AnyValue, rules};
use super::*;
use quickcheck::quickcheck;

fn reader() -> FileReader {
    FileReader::new(Options { rules: rules(false), databases: 16, checksum: true })
}

/// What a file holds, as text, fed in pieces of this size; an error is the last of it.
fn read_in(file: &[u8], piece: usize) -> Vec<String> {
    let (mut reader, mut all) = (reader(), Vec::new());
    let mut pieces = file.chunks(piece);
    loop {
        match reader.next() {
            Err(error) => {
                all.push(error.to_string());
                return all;
            }
            Ok(Some(event)) => {
                let is_end = matches!(event, Event::End(_));
                all.push(told(event));
                if is_end {
                    return all;
                }
            }
            Ok(None) => match pieces.next() {
                Some(piece) => reader.feed(piece),
                None => reader.feed_end(),
            },
        }
    }
}

fn told(event: Event<'_>) -> String {
    match event {
        Event::Aux(name, text) => format!("aux {} {}", name.escape_ascii(), text.escape_ascii()),
        Event::Library(code) => format!("library {}", code.escape_ascii()),
        Event::Resize(Size { database, keys, expiring }) => format!("resize {database} {keys} {expiring}"),
        Event::Key(Key { database, name, info, value }) => {
            let value = save::value(&value, &rules(false));
            format!("{database} {} {info:?} {}", name.escape_ascii(), value.escape_ascii())
        }
        Event::EmptyKey(key) => format!("empty {}", key.escape_ascii()),
        Event::End(seal) => format!("{seal:?}"),
    }
}

fn read(file: &[u8]) -> Vec<String> {
    read_in(file, usize::MAX)
}

/// The only thing that a file holds.
fn only(file: &[u8]) -> String {
    let mut all = read(file);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

const NOTHING_KNOWN: &str = "KeyInfo { expires: None, usage: None }";

#[test]
fn what_is_known_of_a_key_stands_before_it() {
    let file = b"REDIS0009\
        \xfa\x09redis-ver\x056.0.1\
        \xfe\x00\xfb\x04\x02\
        \xfc\x00\x50\x5c\x18\xa3\x01\x00\x00\xf8\x40\x46\x00\x01k\xc0\x0a\
        \xfd\x00\xf1\x53\x65\xf9\x05\x00\x01f\x01x\
        \xf5\x04code\
        \xf4\x01\x02\x03\
        \xfe\x03\x00\xc0\x07\x01y\
        \xff\x00\x00\x00\x00\x00\x00\x00\x00";
    let expected = [
        "aux redis-ver 6.0.1".to_string(),
        "resize 0 4 2".into(),
        r"0 k KeyInfo { expires: Some(1800000000000), usage: Some(Idle(70)) } \x00\xc0\n".into(),
        r"0 f KeyInfo { expires: Some(1700000000000), usage: Some(Frequency(5)) } \x00\x01x".into(),
        "library code".into(),
        format!(r"3 7 {NOTHING_KNOWN} \x00\x01y"),
        "None".into(),
    ];
    for piece in [1, 7, usize::MAX] {
        assert_eq!(read_in(file, piece), expected, "in pieces of {piece}");
    }
}

#[test]
fn a_version_is_known_or_refused_by_name() {
    assert_eq!(only(b"REDIS0001\xff"), "Unchecked", "no checksum before version 5");
    assert_eq!(only(b"REDIS0005\xff\0\0\0\0\0\0\0\0"), "None");
    assert_eq!(only(b"REDIS0000\xff"), "Can't handle RDB format version 0");
    assert_eq!(only(b"REDIS0013\xff"), "Can't handle RDB format version 13");
    assert_eq!(only(b"REDISabcd\xff"), "Can't handle RDB format version 0");
    assert_eq!(only(b"*1\r\n$4\r\nPING\r\n"), "Wrong signature trying to load DB from file");
    assert_eq!(
        only(b"VALKEY080\xff"),
        "Can't handle RDB format version 80 of Valkey: save it with Valkey 8 or older"
    );
}

#[test]
fn a_wrong_checksum_is_an_error() {
    assert_eq!(only(b"REDIS0011\xff\xc0\x22\x8a\x8d\x74\x38\x97\x62"), "Right");
    assert_eq!(
        only(b"REDIS0011\xff\xc1\x22\x8a\x8d\x74\x38\x97\x62"),
        "Wrong RDB checksum expected: (629738748d8a22c0) but got (629738748d8a22c1): RDB CRC error. Aborting now."
    );
    let mut reader = FileReader::new(Options { rules: rules(false), databases: 16, checksum: false });
    reader.feed(b"REDIS0011\xff\xc1\x22\x8a\x8d\x74\x38\x97\x62rest");
    assert!(matches!(reader.next(), Ok(Some(Event::End(Seal::Unchecked)))));
    assert!(matches!(reader.next(), Ok(None)));
    assert_eq!((reader.offset(), reader.rest()), (18, &b"rest"[..]));
}

#[test]
fn what_cannot_be_loaded_is_named() {
    let error = |bytes: &[u8]| only(&[b"REDIS0012", bytes].concat());
    assert_eq!(error(b"\xf6"), "Pre-release function format not supported.");
    assert_eq!(error(b"\x06\x01k"), "Pre-release module format not supported");
    assert_eq!(error(b"\x08\x01k"), "Internal error in RDB reading offset 9 -> Unknown RDB encoding type 8");
    assert_eq!(error(b"\x1a\x01k"), "Internal error in RDB reading offset 9 -> Unknown RDB encoding type 26");
    let redisbloom = b"\x81\x04\x15\x99\xcc\x5b\x30\x00\x00";
    assert!(
        error(&[b"\xf7", &redisbloom[..]].concat())
            .starts_with("The RDB file contains AUX module data I can't load: no matching module '")
    );
    assert!(
        error(&[b"\x07\x01k", &redisbloom[..]].concat())
            .starts_with("The RDB file contains module data I can't load: no matching module type '")
    );
    assert_eq!(
        error(b"\xfe\x10"),
        "FATAL: Data file was created with a Redis server configured to handle more than 16 databases. Exiting"
    );
    assert_eq!(error(b"\x0b\x01k\x03abc"), "Internal error in RDB reading offset 9 -> a broken intset");
}

#[test]
fn the_name_of_a_module_is_in_its_id() {
    // "AAAAAAAAA", version 0; and nine letters of which the last is the lowest, version 5.
    assert_eq!(module_name(0), "AAAAAAAAA");
    let id = b"ReJSON-RL".iter().fold(0, |id, letter| {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        id << 6 | letters.iter().position(|other| other == letter).unwrap() as u64
    });
    assert_eq!(module_name(id << 10 | 5), "ReJSON-RL");
}

#[test]
fn a_key_without_elements_is_skipped_and_what_follows_is_read() {
    let empty: [&[u8]; 9] = [
        b"\x02\x01k\x00",
        b"\x01\x01k\x00",
        b"\x04\x01k\x00",
        b"\x05\x01k\x00",
        b"\x12\x01k\x00",
        b"\x12\x01k\x01\x02\x07\x07\x00\x00\x00\x00\x00\xff",
        b"\x10\x01k\x07\x07\x00\x00\x00\x00\x00\xff",
        b"\x11\x01k\x07\x07\x00\x00\x00\x00\x00\xff",
        b"\x18\x01k\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    ];
    for key in empty {
        let file =
            [b"REDIS0012\xfc\x00\x50\x5c\x18\xa3\x01\x00\x00", key, b"\x00\x01n\x01v\xff\0\0\0\0\0\0\0\0"]
                .concat();
        let expected = ["empty k".to_string(), format!(r"0 n {NOTHING_KNOWN} \x00\x01v"), "None".into()];
        assert_eq!(read(&file), expected, "{}", key.escape_ascii());
    }
}

/// A file with these values.
fn file(values: &[AnyValue]) -> Vec<u8> {
    let mut out = FileWriter::new(Form { fields_expire: true, compress: true, list: rules(true).list });
    out.begin(&About { redis_version: "8.0.2", time: 1, memory: 2, is_aof_base: true });
    out.select(3);
    for (number, AnyValue(value)) in values.iter().enumerate() {
        let mut slices = out.key(format!("key:{number}").as_bytes(), KeyInfo::default(), value);
        assert!(out.value(&mut slices, value, &mut Budget::UNLIMITED.clone()));
    }
    out.end();
    let mut finisher = Finisher::new(true, true);
    let mut file = finisher.finish(&out.take());
    file.extend(finisher.end());
    file
}

quickcheck! {
    fn what_is_saved_is_loaded(values: Vec<AnyValue>, piece: u16) -> bool {
        let file = file(&values);
        let mut expected: Vec<String> = ["redis-ver 8.0.2", "redis-bits 64", "ctime 1", "used-mem 2", "aof-base 1"]
            .iter().map(|aux| format!("aux {aux}")).collect();
        for (number, AnyValue(value)) in values.iter().enumerate() {
            let value = save::value(&load::value(&save::value(value, &rules(false)), &rules(false)).unwrap(), &rules(false));
            expected.push(format!("3 key:{number} {NOTHING_KNOWN} {}", value.escape_ascii()));
        }
        expected.push("Right".into());
        read_in(&file, usize::from(piece) + 1) == expected
    }

    fn a_file_that_is_cut_anywhere_is_an_error(value: AnyValue, at: usize) -> bool {
        let file = file(&[value]);
        let cut = read(&file[..at % file.len()]);
        cut.last().unwrap() == "Short read or OOM loading DB. Unrecoverable error, aborting now."
    }

    /// To pass over a value takes as many bytes as to read it.
    fn a_value_is_as_long_as_what_is_read_of_it(value: AnyValue) -> bool {
        let bytes = save::value(&value.0, &rules(true));
        let mut reader = Reader::new(&bytes[1..]);
        skip::value(&mut reader, bytes[0]).is_ok() && reader.left() == 0
    }
}
