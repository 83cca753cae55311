//! Reads the vectors: `hex(pattern) TAB hex(string) TAB nocase TAB expected [TAB reason]`.
//!
//! They were found by running the matcher of Redis 8.0 and that of Valkey 8.1, which agree on each of them.

use std::path::Path;

#[derive(Debug)]
pub struct Vector {
    pub pattern: Vec<u8>,
    pub string: Vec<u8>,
    pub nocase: bool,
    pub matches: bool,
    pub reason: String,
}

pub fn read(file: &str) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/glob").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().map(parse).collect()
}

fn parse(line: &str) -> Vector {
    let mut fields = line.split('\t');
    let mut field = || fields.next().unwrap_or_else(|| panic!("a field is missing: {line}"));
    Vector {
        pattern: unhex(field()),
        string: unhex(field()),
        nocase: field() == "1",
        matches: field() == "1",
        reason: fields.next().unwrap_or_default().to_string(),
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
