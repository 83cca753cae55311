//! The snapshot as a picture: a column for each key, and below it the file, a row for each line that has come closer to its end.
//!
//! Redis has no counterpart.

use super::super::svg::{Picture, SIZE, SMALL, Svg, WIDTH, fit, sans_width, width, wrap};
use super::recorded::{Growth, Key, Recorded};
use crate::text::plural::plural;

const LEFT: i32 = 44;
const RIGHT: i32 = WIDTH - 36;
/// Where the columns begin, and the pieces of the file.
const COLUMNS: i32 = 190;
const PIECES: i32 = 232;
const BOX: i32 = 40;
const GAP: i32 = 14;
/// How far apart two rows of the file are.
const ROW: i32 = 58;

/// Draws it.
pub fn draw(recorded: &Recorded, line: &str) -> Picture {
    let mut page = Page { svg: Svg::default(), y: 40 };
    let (saved, of) = (recorded.saved.len(), recorded.keys.iter().filter(|key| key.before.is_some()).count());
    let title = match recorded.is_done {
        true => "A snapshot, whole".to_string(),
        false => format!("A snapshot in progress: {saved} of {} are saved", plural(of, "key")),
    };
    page.svg.text("head", (LEFT, page.y), &title);
    page.y += 30;
    let summary = "The file is to have each key as it was when the snapshot began. A key that a command is about to change is \
                   encoded before that, ahead of the walk.";
    for line in wrap(summary, SMALL, (RIGHT - LEFT) * 9 / 8, 3) {
        page.svg.text("small", (LEFT, page.y), &line);
        page.y += 24;
    }
    page.y += 30;
    page.keys(recorded);
    page.file(recorded);
    page.legend(recorded);
    let height = page.y;
    page.svg.finish(height, &format!("{title}, after {line}"), &words(recorded))
}

struct Page {
    svg: Svg,
    y: i32,
}

/// How wide the column of a key is.
fn column(key: &Key) -> i32 {
    let texts = [Some(&key.name), key.before.as_ref(), key.now.as_ref()];
    texts.into_iter().flatten().map(|text| width(text, SIZE) + 28).max().unwrap_or(0).clamp(64, 200)
}

/// The class of what is encoded.
fn class(is_ahead: bool) -> &'static str {
    if is_ahead { "add" } else { "hit" }
}

impl Page {
    fn title(&mut self, name: &str, gloss: &str) {
        self.svg.text("head", (LEFT, self.y), name);
        self.svg.text("small", (LEFT + width(name, SIZE) + 16, self.y), gloss);
    }

    /// Text in the middle of a box.
    fn cell(&mut self, class: &str, (x, y): (i32, i32), wide: i32, text: &str) {
        let text = fit(text, SIZE, wide - 12);
        self.svg.text(class, (x + (wide - width(&text, SIZE)) / 2, y + 27), &text);
    }

    /// The keys: as many as there is room for.
    fn keys(&mut self, recorded: &Recorded) {
        let mut x = COLUMNS;
        let mut places = Vec::new();
        for key in &recorded.keys {
            let wide = column(key);
            if x + wide > RIGHT {
                break;
            }
            places.push((key, x, wide));
            x += wide + GAP;
        }
        self.title("the keys", "in the order of their places, in which the walk goes through them");
        self.y += 28;
        self.walk(recorded, &places);
        self.y += 28;
        let rows = [("key", 0), ("at the start", 52), ("now", 88), ("in the snapshot", 132)];
        for (label, y) in rows {
            self.svg.text("small", (LEFT, self.y + y + 26), label);
        }
        for &(key, x, wide) in &places {
            let saved = key.saved.map(|at| (at, recorded.saved[at].is_ahead));
            self.svg.rect("box", (x, self.y), (wide, BOX));
            self.cell("", (x, self.y), wide, &key.name);
            self.cell("", (x, self.y + 52), wide, key.before.as_deref().unwrap_or("–"));
            let changed = if key.now == key.before { "" } else { "head" };
            self.cell(changed, (x, self.y + 88), wide, key.now.as_deref().unwrap_or("–"));
            let corner = (x, self.y + 132);
            match saved {
                Some((at, is_ahead)) => {
                    let class = class(is_ahead);
                    self.svg.rect(class, corner, (wide, BOX));
                    self.cell(class, corner, wide, &recorded.saved[at].value);
                    let sign = if is_ahead { "add" } else { "" };
                    self.svg.disc(sign, corner, &(at + 1).to_string());
                }
                None if key.before.is_some() => {
                    self.svg.rect("off", corner, (wide, BOX));
                    self.svg.text("small middle", (x + wide / 2, corner.1 + 26), "not yet");
                }
                None => self.svg.text("small middle", (x + wide / 2, corner.1 + 26), "new: never"),
            }
        }
        self.y += 132 + BOX + 20;
        if recorded.keys.len() > places.len() {
            let hidden = recorded.keys.len() - places.len();
            self.svg.text("small", (LEFT, self.y + 10), &format!("… and {hidden} more, not drawn"));
            self.y += 30;
        }
        self.y += 34;
    }

    /// The arrow above the keys that the walk has passed.
    fn walk(&mut self, recorded: &Recorded, places: &[(&Key, i32, i32)]) {
        let is_walked = |key: &Key| key.saved.is_some_and(|at| !recorded.saved[at].is_ahead);
        let Some(&(_, x, wide)) = places.iter().rfind(|(key, ..)| is_walked(key)) else { return };
        let text = "the walk";
        self.svg.text("small", (LEFT, self.y + 6), text);
        self.svg.arrow("hit", &[(COLUMNS, self.y), (x + wide + GAP / 2, self.y)], false);
    }

    /// The file after each line.
    fn file(&mut self, recorded: &Recorded) {
        self.title(&recorded.file, "the file, after each line that has done something for it");
        self.y += 26;
        let mut written_before = 0;
        for growth in &recorded.growth {
            self.svg.text("small", (LEFT, self.y + 26), &fit(&growth.text, SMALL, PIECES - LEFT - 12));
            let mut x = PIECES;
            self.svg.rect("box", (x, self.y), (84, BOX));
            self.svg.text("small middle", (x + 42, self.y + 26), "header");
            x += 84;
            for (at, saved) in recorded.saved.iter().take(growth.encoded).enumerate() {
                let text = format!("{} {}", saved.key, saved.value);
                let wide = (width(&text, SIZE) + 22).min(220);
                // Below the piece, the bytes of the file are told.
                let room = sans_width("118 bytes, and what waits", SMALL);
                if x + wide + room > RIGHT + 60 {
                    self.svg.text("", (x + 8, self.y + 27), "…");
                    x += 30;
                    break;
                }
                let is_written = at < growth.written;
                let class = match (is_written, at < written_before) {
                    (true, true) => "box",
                    (true, false) => class(saved.is_ahead),
                    (false, _) => "off",
                };
                let x_of_piece = if is_written { x } else { x + GAP };
                self.svg.rect(class, (x_of_piece, self.y), (wide, BOX));
                let of_text = match (class, saved.is_ahead) {
                    ("box", _) => "",
                    (_, is_ahead) => self::class(is_ahead),
                };
                self.cell(of_text, (x_of_piece, self.y), wide, &text);
                if class != "box" {
                    let sign = if saved.is_ahead { "add" } else { "" };
                    self.svg.disc(sign, (x_of_piece + 2, self.y), &(at + 1).to_string());
                }
                x = x_of_piece + wide;
            }
            let size = match growth.encoded > growth.written {
                true => "waits in memory".to_string(),
                false => plural(growth.bytes as usize, "byte"),
            };
            self.svg.text("small", (x + 14, self.y + 26), &size);
            written_before = growth.written;
            self.y += ROW;
        }
        self.y += 14;
    }

    fn legend(&mut self, recorded: &Recorded) {
        let has = |is_ahead: bool| recorded.saved.iter().any(|saved| saved.is_ahead == is_ahead);
        let mut x = LEFT + 13;
        let signs = [
            (has(false), "", "encoded by the walk"),
            (has(true), "add", "encoded ahead of it, before a command changed the key"),
        ];
        for (_, class, words) in signs.into_iter().filter(|(used, ..)| *used) {
            self.svg.disc(class, (x, self.y), "1");
            self.svg.text("small", (x + 22, self.y + 6), words);
            x += 22 + sans_width(words, SMALL) + 34;
        }
        self.y += 32;
        let words = "The numbers are the order in which keys were encoded; the file has them in that order.";
        self.svg.text("small", (LEFT, self.y + 6), words);
        self.y += 38;
    }
}

/// The same in words.
fn words(recorded: &Recorded) -> String {
    let key = |key: &Key| {
        let before = key
            .before
            .as_deref()
            .map_or("not there at the start".into(), |value| format!("{value} at the start"));
        let now = key.now.as_deref().map_or("gone now".into(), |value| format!("{value} now"));
        let saved = match (key.saved, &key.before) {
            (Some(at), _) if recorded.saved[at].is_ahead => {
                format!("encoded ahead of the walk as number {} with {}", at + 1, recorded.saved[at].value)
            }
            (Some(at), _) => {
                format!("encoded by the walk as number {} with {}", at + 1, recorded.saved[at].value)
            }
            (None, Some(_)) => "not reached yet".into(),
            (None, None) => "new, and never in this snapshot".into(),
        };
        format!("{}: {before}, {now}, {saved}", key.name)
    };
    let keys: Vec<String> = recorded.keys.iter().map(key).collect();
    let grown = |growth: &Growth| {
        let waits = growth.encoded - growth.written;
        let waits =
            if waits > 0 { format!(", and {} waits in memory", plural(waits, "key")) } else { String::new() };
        let written = plural(growth.written, "key");
        format!("after {} it has {written} and {} bytes{waits}", growth.text, growth.bytes)
    };
    let growth: Vec<String> = recorded.growth.iter().map(grown).collect();
    format!("{}. The file {}: {}.", keys.join("; "), recorded.file, growth.join("; "))
}
