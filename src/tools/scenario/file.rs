//! Reads a scenario from a file, for the tools: what is wrong is said in one line, with the file and the line.

use super::Scenario;
use std::fs::File;
use std::io;
use std::io::Read;

/// The longest file that is read: more is no dialogue, and `/dev/zero` has no end.
const LONGEST: u64 = 64 << 20;

/// Reads the scenario in a file; `-` is standard input.
pub fn read(path: &str) -> Result<Scenario, String> {
    let mut bytes = Vec::new();
    let read = match path {
        "-" => io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes),
        _ => File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| format!("cannot read {path}: {error}"))?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("{path}: more than {LONGEST} bytes are no scenario"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let line = 1 + bytes[..at].iter().filter(|&&byte| byte == b'\n').count();
        format!("{path}: line {line}: a scenario is UTF-8 text, and the byte 0x{:02x} is not", bytes[at])
    })?;
    Scenario::parse(&text).map_err(|error| format!("{path}: {error}"))
}
