//! Any text as the manifest of the append-only file: an error that names its line, or a manifest that is read again as it is
//! written. But for names of some 250 bytes that need quotes: between them a byte may take four, and a line grow longer than
//! Redis reads, and than we do. `appendfilename` would have to be such a name.

use cutaway::persist::manifest::{LINE_MAX, Manifest};

pub fn run(data: &[u8]) {
    match Manifest::parse(data) {
        Ok(manifest) => {
            let text = manifest.to_string();
            let is_readable = text.split_inclusive('\n').all(|line| line.len() <= LINE_MAX);
            if !text.is_empty() && is_readable {
                assert_eq!(Manifest::parse(text.as_bytes()), Ok(manifest), "{text}");
            }
        }
        Err(error) => {
            let lines = data.split_inclusive(|&byte| byte == b'\n').count();
            assert!(error.line <= lines && !error.error.is_empty());
        }
    }
}
