//! Any bytes as an append-only file: commands and comments up to where the file is good, the same in pieces as at once; what was
//! read is, written again, what the file holds up to there.

use cutaway::persist::aof_read::{CommandReader, Entry};
use cutaway::persist::aof_write;

pub fn run(data: &[u8]) {
    let whole = read(data, usize::MAX);
    let piece = 1 + data.first().map_or(0, |&byte| usize::from(byte % 16));
    assert_eq!(whole, read(data, piece), "in pieces of {piece}");
}

/// Where the file is good, and why it is not beyond.
fn read(data: &[u8], piece: usize) -> (u64, String) {
    let mut reader = CommandReader::new(1000);
    let (mut pieces, mut at, mut is_all) = (data.chunks(piece), 0, false);
    loop {
        match reader.next() {
            Ok(Some(Entry::Command(words))) => {
                let mut bytes = Vec::new();
                assert!(words.iter().len() > 0);
                aof_write::head(&mut bytes, words.iter().len());
                words.iter().for_each(|word| aof_write::word(&mut bytes, word.into()));
                assert!(data[at..].starts_with(&bytes));
                at += bytes.len();
            }
            Ok(Some(Entry::Comment(text))) => {
                assert!(data[at..].starts_with(text));
                at = reader.offset() as usize;
            }
            Ok(None) if is_all => {
                assert_eq!(at, data.len());
                return (reader.offset(), String::new());
            }
            Ok(None) => match pieces.next() {
                Some(piece) => reader.feed(piece),
                None => {
                    reader.feed_end();
                    is_all = true;
                }
            },
            Err(error) => return (reader.offset(), format!("{error:?}")),
        }
        assert_eq!(reader.offset(), at as u64);
    }
}
