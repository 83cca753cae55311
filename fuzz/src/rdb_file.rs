//! Any bytes as a snapshot: events and at most one error, in the same place in pieces as at once; a value that was read is written and
//! read to the same value, and a key without one is passed over.

use cutaway::base::random::KeyedHash;
use cutaway::keyspace::{hash, list, set, zset};
use cutaway::persist::rdb_load::{Event, FileReader, Options};
use cutaway::persist::{Rules, load, save};

/// Small limits, so that short files have large values.
fn rules() -> Rules {
    let hasher = KeyedHash::default();
    Rules {
        compress: true,
        list: list::Limit::new(4),
        hash: hash::Limits { entries: 4, value: 16, hasher },
        set: set::Limits { intset: 4, entries: 4, value: 16, hasher },
        zset: zset::Limits { entries: 4, value: 16, hasher },
    }
}

pub fn run(data: &[u8]) {
    let whole = read(data, usize::MAX);
    let piece = 1 + data.first().map_or(0, |&byte| usize::from(byte % 16));
    assert_eq!(whole, read(data, piece), "in pieces of {piece}");
    assert!(whole.len() <= data.len() + 1);
}

/// What there is, printed; an error is the last of it.
fn read(data: &[u8], piece: usize) -> Vec<String> {
    // The checksum of what is changed is wrong.
    let mut reader = FileReader::new(Options { rules: rules(), databases: 16, checksum: false });
    let (mut all, mut pieces) = (Vec::new(), data.chunks(piece));
    loop {
        match reader.next() {
            Ok(Some(Event::Key(key))) => {
                let bytes = save::value(&key.value, &rules());
                let again = load::value(&bytes, &rules()).expect("what was written is read");
                assert!(save::value(&again, &rules()) == bytes, "and written once more");
                all.push(format!("{} {:?} {:?} {bytes:?}", key.database, key.name, key.info));
            }
            Ok(Some(event)) => {
                all.push(format!("{event:?}"));
                if let Event::End(_) = event {
                    assert!(reader.offset() <= data.len() as u64);
                    return all;
                }
            }
            Ok(None) => match pieces.next() {
                Some(piece) => reader.feed(piece),
                None => reader.feed_end(),
            },
            Err(error) => {
                // A length that lies is found where it stands, or it makes the file too short.
                assert!(!error.to_string().is_empty());
                all.push("error".into());
                return all;
            }
        }
    }
}
