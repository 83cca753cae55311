//! INFO: how the server is.
//!
//! Redis: `src/server.c`, `infoCommand` and `genInfoSectionDict`; the sections are in
//! [`super::info_sections`].

use super::info_sections::{DEFAULT, SECTIONS};
use crate::server::dispatch::Call;

/// `INFO [section …]`: the sections named, in the server's order; `default`, `all` and `everything` stand for
/// several. An unknown section is left out.
pub fn info(call: &mut Call<'_>) {
    let mut asked: Vec<String> =
        call.args.from(1).map(|word| String::from_utf8_lossy(word).to_ascii_lowercase()).collect();
    if asked.is_empty() {
        asked.push("default".into());
    }
    let wanted = |name: &str| {
        asked.iter().any(|word| match word.as_str() {
            "all" => name != "modules",
            "everything" => true,
            "default" => DEFAULT.contains(&name),
            word => word == name,
        })
    };
    let mut text = String::new();
    for (name, title, write) in SECTIONS.iter().filter(|(name, ..)| wanted(name)) {
        if !text.is_empty() {
            text.push_str("\r\n");
        }
        debug_assert_eq!(*name, title.to_ascii_lowercase());
        text.push_str(&format!("# {title}\r\n"));
        write(call.server, &mut text);
    }
    call.reply.verbatim(text.as_bytes());
}
