//! Any text as the manifest of the append-only file: an error that names its line, or a manifest that is read again as it is
//! written.

use cutaway::persist::manifest::Manifest;

pub fn run(data: &[u8]) {
    match Manifest::parse(data) {
        Ok(manifest) => {
            let text = manifest.to_string();
            if !text.is_empty() {
                assert_eq!(Manifest::parse(text.as_bytes()), Ok(manifest), "{text}");
            }
        }
        Err(error) => {
            let lines = data.split_inclusive(|&byte| byte == b'\n').count();
            assert!(error.line <= lines && !error.error.is_empty());
        }
    }
}
