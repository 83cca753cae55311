//! Names and requests as a step holds them: text that is short, printable and without secrets.

use crate::resp::request::Request;

/// Words of a request that are shown.
const WORDS: usize = 16;

/// A name as it is if it is a plain word, else quoted; long ones are cut.
pub fn readable(name: &[u8]) -> String {
    const MOST: usize = 40;
    let cut = &name[..name.len().min(MOST)];
    let plain = !cut.is_empty() && cut.iter().all(|b| b.is_ascii_graphic() && *b != b'"');
    let mut text = Vec::new();
    if plain {
        text.extend(cut);
    } else {
        crate::text::quote::quote(cut, &mut text);
    }
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if cut.len() < name.len() {
        text.push_str(&format!("…({} bytes)", name.len()));
    }
    text
}

/// The first words of a request; of one with a secret, which must not come into a log, the command alone.
pub(crate) fn request(request: Request<'_>, is_secret: bool) -> String {
    let shown = if is_secret { 1 } else { WORDS };
    let mut words: Vec<String> = request.from(0).take(shown).map(readable).collect();
    if request.len() > shown {
        words.push("…".into());
    }
    words.join(" ")
}
