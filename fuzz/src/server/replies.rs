//! Reads what a client received: whole values of the protocol, one after another, and at most the last cut
//! short. Written from the protocol's description; it shares nothing with the writer.

/// How deep values may stand in one another: those of COMMAND nine, in EXEC one more, and a script may return tables
/// that are nested 2,000 deep.
const DEPTH: usize = 2010;

/// Panics if `bytes` are not what a client can read.
pub fn check(bytes: &[u8]) {
    let mut at = 0;
    while at < bytes.len() {
        match value(bytes, at, DEPTH) {
            Some(end) => at = end,
            None => return,
        }
    }
}

/// Where the value ends that begins at `at`; None if its end has not come.
fn value(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    assert!(depth > 0, "aggregates stand too deep");
    let kind = *bytes.get(at)?;
    let broken = |what: &str| -> ! {
        let part = &bytes[at..bytes.len().min(at + 80)];
        panic!("{what} at {at}: {}", part.escape_ascii())
    };
    let end = at + bytes[at..].iter().position(|&byte| byte == b'\r' || byte == b'\n')?;
    let line = &bytes[at + 1..end];
    match bytes.get(end..end + 2) {
        Some(b"\r\n") => {}
        Some(_) => broken("half a line end in a line"),
        None => return None,
    }
    let next = end + 2;
    let number = || str::from_utf8(line).ok().and_then(|text| text.parse::<i64>().ok());
    match kind {
        b'+' | b'-' => Some(next),
        b':' => number().map_or_else(|| broken("no number"), |_| Some(next)),
        b',' | b'(' if !line.is_empty() => Some(next),
        b'_' if line.is_empty() => Some(next),
        b'#' if line == b"t" || line == b"f" => Some(next),
        b'$' | b'=' => match number() {
            Some(-1) => Some(next),
            Some(length @ 0..) => {
                let after = next + length as usize;
                match bytes.get(after..after + 2) {
                    Some(b"\r\n") => Some(after + 2),
                    None => None,
                    Some(_) => broken("a string longer than announced"),
                }
            }
            _ => broken("no length"),
        },
        b'*' | b'~' | b'>' | b'%' | b'|' => {
            let count = match number() {
                Some(-1) if kind == b'*' => 0,
                Some(count @ 0..) => count,
                _ => broken("no count"),
            };
            // An attribute comes before the value that it says something about.
            let values =
                if matches!(kind, b'%' | b'|') { 2 * count } else { count } + i64::from(kind == b'|');
            (0..values).try_fold(next, |at, _| value(bytes, at, depth - 1))
        }
        _ => broken("no value"),
    }
}
