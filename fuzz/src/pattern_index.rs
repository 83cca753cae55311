//! The index finds what the walk finds, while patterns come and go.
//!
//! The input is a script, readable in an editor; one line, one step:
//!
//! ```text
//! +news.*         insert this pattern
//! -3              remove the pattern that was inserted fourth (counted round the end), unless it is gone
//! news.uk.sport   publish to this channel
//! ```

use cutaway::glob::{Pattern, plain};
use cutaway::pubsub::pattern_index::PatternIndex;

pub fn run(data: &[u8]) {
    let mut index = PatternIndex::new(0x9e37_79b9_7f4a_7c15);
    let mut walk: Vec<Option<(&[u8], Pattern)>> = Vec::new(); // The place in this list is the id.
    for line in data.split(|&byte| byte == b'\n') {
        match line {
            [b'+', text @ ..] => {
                if let Ok(pattern) = Pattern::new(text) {
                    index.insert(walk.len() as u32, &pattern);
                    walk.push(Some((text, pattern)));
                }
            }
            [b'-', number @ ..] => {
                let number = number
                    .iter()
                    .fold(0usize, |n, &byte| n.wrapping_mul(10).wrapping_add(usize::from(byte & 15)));
                let id = number % walk.len().max(1);
                if let Some((_, pattern)) = walk.get_mut(id).and_then(Option::take) {
                    index.remove(id as u32, &pattern);
                    index.remove(id as u32, &pattern); // The second time it is not there: nothing happens.
                }
            }
            channel => publish(&index, &walk, channel),
        }
    }
}

fn publish(index: &PatternIndex, walk: &[Option<(&[u8], Pattern)>], channel: &[u8]) {
    let expected = walk.iter().enumerate().filter_map(|(id, entry)| {
        let (text, _) = entry.as_ref()?;
        plain::matches(text, channel, false).then_some(id as u32)
    });
    let mut candidates = Vec::new();
    index.candidates(channel, &mut candidates);
    candidates.sort();
    let found = candidates.into_iter().filter(|&id| match &walk[id as usize] {
        Some((_, pattern)) => pattern.matches(channel),
        None => panic!("candidate {id} was removed"),
    });
    assert!(found.eq(expected), "the index and the walk differ");
}
