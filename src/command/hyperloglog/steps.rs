//! PFADD of an element, with a step that says what it draws and what comes of it: a HyperLogLog itself reports none.
//!
//! Redis has no counterpart.

use crate::keyspace::hyperloglog;
use crate::keyspace::hyperloglog::{Corrupted, draw};
use crate::steps;
use crate::steps::{readable, step};

/// [`hyperloglog::add`] to the bytes at a key.
pub fn add(key: &[u8], bytes: &mut Vec<u8>, element: &[u8], limit: usize) -> Result<bool, Corrupted> {
    if !steps::on() {
        return hyperloglog::add(bytes, element, limit);
    }
    let (drawn, size) = (draw(element), bytes.len());
    let before = hyperloglog::register(bytes, drawn.index);
    let changed = hyperloglog::raise(bytes, drawn, limit)?;
    step!(Drawn {
        key: readable(key),
        element: readable(element),
        register: drawn.index,
        run: drawn.run,
        before,
        bytes: size,
        after: bytes.len(),
    });
    Ok(changed)
}
