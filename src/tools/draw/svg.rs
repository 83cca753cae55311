//! The few shapes that the figures are made of, as SVG text. Everything that is written is escaped here.
//!
//! Redis has no counterpart. Colours are classes of one style sheet with a light and a dark half, so that a picture follows
//! the page it stands on. Fonts are generic families: nothing is fetched.

use std::fmt::Write;

/// How wide every figure is: 16:9 on a projector with the usual heights, and a page's width in print.
pub const WIDTH: i32 = 960;

/// The size of names, in pixels; that of labels is [`SMALL`]. Both stay legible if a page shows the picture smaller.
pub const SIZE: i32 = 19;
/// The size of labels.
pub const SMALL: i32 = 16;

/// The style sheet of every figure; a page that shows several needs it once. What is printed is light. The colours stand in
/// the rules themselves, the light ones first: a viewer that knows no variables and no media shows those. The dark ones come
/// last and say again what is not filled and has no line.
pub const STYLE: &str = "\
.cutaway .page{fill:#fff}
.cutaway text{fill:#1a1a1a;font-family:monospace;font-size:19px}
.cutaway .small{fill:#595959;font-family:sans-serif;font-size:16px}
.cutaway .middle{text-anchor:middle}
.cutaway .head{font-weight:bold}
.cutaway .box{fill:#f3f4f6;stroke:#6b6b6b;stroke-width:1.5}
.cutaway .add{fill:#d9f2e3;stroke:#0b6b3a;stroke-width:3.5}
.cutaway .gone{stroke:#a32020;fill:none;stroke-width:2;stroke-dasharray:7 5}
.cutaway .hit{fill:#dce9fc;stroke:#0a4fb5;stroke-width:3}
.cutaway .off{stroke:#767676;fill:none;stroke-width:1.5;stroke-dasharray:2 4}
.cutaway text.add,.cutaway text.new{fill:#0b6b3a;stroke:none;font-weight:bold}
.cutaway text.gone{fill:#a32020;stroke:none;text-decoration:line-through}
.cutaway text.hit{fill:#0a4fb5;stroke:none;font-weight:bold}
.cutaway text.off{fill:#767676;stroke:none}
.cutaway .link{stroke:#6b6b6b;fill:none;stroke-width:2}
.cutaway .link.add{stroke:#0b6b3a;stroke-width:3}
.cutaway .link.gone{stroke:#a32020}
.cutaway .link.off{stroke:#767676}
.cutaway .link.hit{stroke:#0a4fb5;stroke-width:4}
.cutaway .tip{fill:#6b6b6b;stroke:none}
.cutaway .tip.add{fill:#0b6b3a}
.cutaway .tip.gone{fill:#a32020}
.cutaway .tip.off{fill:#767676}
.cutaway .tip.hit{fill:#0a4fb5}
.cutaway .disc{fill:#0a4fb5;stroke:#fff;stroke-width:2}
.cutaway .disc.add{fill:#0b6b3a}
.cutaway .disc.gone{fill:#a32020;stroke-dasharray:none}
.cutaway text.ondisc{fill:#fff;stroke:none;font-family:sans-serif;font-size:16px;font-weight:bold;text-anchor:middle}
@media screen and (prefers-color-scheme:dark){
.cutaway .page{fill:#16181d}.cutaway text{fill:#f2f2f2}.cutaway .small{fill:#b9bcc4}
.cutaway .box{fill:#282c34;stroke:#a5a9b3}.cutaway .add{fill:#143a27;stroke:#62d998}
.cutaway .gone{fill:none;stroke:#ff9a93}.cutaway .hit{fill:#16325e;stroke:#8bb8ff}
.cutaway .off{fill:none;stroke:#9095a0}.cutaway text.add,.cutaway text.new{fill:#62d998}
.cutaway text.gone{fill:#ff9a93}.cutaway text.hit{fill:#8bb8ff}.cutaway text.off{fill:#9095a0}
.cutaway .link{fill:none;stroke:#a5a9b3}.cutaway .link.add{stroke:#62d998}.cutaway .link.gone{stroke:#ff9a93}
.cutaway .link.off{stroke:#9095a0}.cutaway .link.hit{stroke:#8bb8ff}.cutaway .tip{fill:#a5a9b3;stroke:none}
.cutaway .tip.add{fill:#62d998}.cutaway .tip.gone{fill:#ff9a93}.cutaway .tip.off{fill:#9095a0}
.cutaway .tip.hit{fill:#8bb8ff}.cutaway .disc{fill:#8bb8ff;stroke:#16181d}.cutaway .disc.add{fill:#62d998}
.cutaway .disc.gone{fill:#ff9a93}.cutaway text.ondisc{fill:#16181d}}";

/// A picture in the making; its height is known at the end.
#[derive(Default)]
pub struct Svg {
    body: String,
    /// The places of elements ([`super::place`]): where in the body their attribute belongs.
    places: Vec<(usize, String)>,
}

impl Svg {
    /// A box with round corners.
    pub fn rect(&mut self, class: &str, (x, y): (i32, i32), (width, height): (i32, i32)) {
        self.put(format_args!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>"#
        ));
    }

    /// Such a box at these places.
    pub fn rect_at(&mut self, places: &str, class: &str, corner: (i32, i32), size: (i32, i32)) {
        if !places.is_empty() {
            self.places.push((self.body.len() + "<rect".len(), escape(places)));
        }
        self.rect(class, corner, size);
    }

    /// Text that begins at `x`, on the base line `y`.
    pub fn text(&mut self, class: &str, (x, y): (i32, i32), text: &str) {
        let text = escape(text);
        self.put(format_args!(r#"<text class="{class}" x="{x}" y="{y}" xml:space="preserve">{text}</text>"#));
    }

    /// A number or a sign on a disc.
    pub fn disc(&mut self, class: &str, (x, y): (i32, i32), sign: &str) {
        let half = half_disc(sign);
        self.put(format_args!(
            r#"<rect class="disc {class}" x="{}" y="{}" width="{}" height="26" rx="13"/>"#,
            x - half,
            y - 13,
            2 * half
        ));
        self.text("ondisc", (x, y + 6), sign);
    }

    /// An arrow along the corners of `points`, with a tip at its end; `both` puts one at its beginning too.
    pub fn arrow(&mut self, class: &str, points: &[(i32, i32)], both: bool) {
        let [first, .., last] = points else { return };
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        self.put(format_args!(r#"<polyline class="link {class}" points="{}"/>"#, path.join(" ")));
        self.tip(class, points[points.len() - 2], *last);
        if both {
            self.tip(class, points[1], *first);
        }
    }

    /// A line without a tip.
    pub fn line(&mut self, class: &str, from: (i32, i32), to: (i32, i32)) {
        self.put(format_args!(
            r#"<polyline class="link {class}" points="{},{} {},{}"/>"#,
            from.0, from.1, to.0, to.1
        ));
    }

    /// Whether there is an arrow of this class.
    pub fn has_link(&self, class: &str) -> bool {
        self.body.contains(&format!(r#"class="link {class}""#))
    }

    /// The tip of an arrow that goes straight from `from` to `to`, along one of the axes.
    fn tip(&mut self, class: &str, from: (i32, i32), to: (i32, i32)) {
        let (dx, dy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
        let (x, y) = (to.0 - 9 * dx, to.1 - 9 * dy);
        self.put(format_args!(
            r#"<polygon class="tip {class}" points="{},{} {},{} {},{}"/>"#,
            to.0 + dx,
            to.1 + dy,
            x - 6 * dy,
            y + 6 * dx,
            x + 6 * dy,
            y - 6 * dx
        ));
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.body, "{element}");
    }

    /// The picture, of this height; `title` and `desc` are its words for who cannot see it.
    pub fn finish(self, height: i32, title: &str, desc: &str) -> Picture {
        let Svg { body, places } = self;
        Picture { height, title: escape(title), desc: escape(desc), body, places }
    }
}

/// A picture.
pub struct Picture {
    height: i32,
    title: String,
    desc: String,
    body: String,
    places: Vec<(usize, String)>,
}

impl Picture {
    /// The same as part of a page that shows walks in it: each element has its places in the attribute `data-at`.
    pub fn with_places(&self) -> String {
        let (mut body, mut from) = (String::with_capacity(self.body.len() * 5 / 4), 0);
        for (at, places) in &self.places {
            body.push_str(&self.body[from..*at]);
            body.push_str(&format!(" data-at=\"{places}\""));
            from = *at;
        }
        body.push_str(&self.body[from..]);
        self.part_of(0, &body)
    }

    /// Whether there is an element at this place.
    pub fn has_place(&self, place: &str) -> bool {
        self.places.iter().any(|(_, places)| places.split(' ').any(|other| other == place))
    }

    /// The picture as part of a page that has the [`STYLE`], `y` pixels below the top of what it stands in.
    pub fn part(&self, y: i32) -> String {
        self.part_of(y, &self.body)
    }

    fn part_of(&self, y: i32, body: &str) -> String {
        format!(
            "<svg class=\"cutaway\" role=\"img\" y=\"{y}\" {}>\n{}</svg>\n",
            self.frame(),
            self.inside("", body)
        )
    }

    /// The picture as a document of its own.
    pub fn document(&self) -> String {
        let style = format!("<style>\n{STYLE}\n</style>\n");
        format!(
            "<svg {NAMESPACE} class=\"cutaway\" role=\"img\" {}>\n{}</svg>\n",
            self.frame(),
            self.inside(&style, &self.body)
        )
    }

    fn frame(&self) -> String {
        frame(self.height)
    }

    fn inside(&self, style: &str, body: &str) -> String {
        let Picture { height, title, desc, .. } = self;
        format!(
            "<title>{title}</title>\n<desc>{desc}</desc>\n{style}\
             <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n{body}"
        )
    }
}

const NAMESPACE: &str = "xmlns=\"http://www.w3.org/2000/svg\"";

fn frame(height: i32) -> String {
    format!("viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\"")
}

/// Pictures one below the other, as one document.
pub fn stack(title: &str, pictures: &[Picture]) -> String {
    let height = pictures.iter().map(|picture| picture.height).sum();
    let mut y = 0;
    let parts: String = pictures
        .iter()
        .map(|picture| {
            let part = picture.part(y);
            y += picture.height;
            part
        })
        .collect();
    format!(
        "<svg {NAMESPACE} class=\"cutaway\" {}>\n<title>{}</title>\n<style>\n{STYLE}\n</style>\n{parts}</svg>\n",
        frame(height),
        escape(title)
    )
}

/// Half the width of a disc: two digits and more want a pill.
pub fn half_disc(sign: &str) -> i32 {
    13 + 5 * (sign.chars().count() as i32 - 1)
}

/// How wide a text will be, about: all generic monospaced fonts are close to 0.6 of their size, sans serif ones below that.
pub fn width(text: &str, size: i32) -> i32 {
    let cells: i32 = text.chars().map(|c| if c < '\u{1100}' || c == '…' { 1 } else { 2 }).sum();
    (cells * size * 61 + 99) / 100
}

/// How wide a text without serifs will be, about, in the widest of the usual fonts.
pub fn sans_width(text: &str, size: i32) -> i32 {
    let thousandths = |c: char| match c {
        'f' | 'i' | 'j' | 'l' | 'r' | 't' | 'I' | ' ' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | '-'
        | '(' | ')' => 400,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '─' | '►' => 1000,
        '=' | '+' | '<' | '>' | '~' => 840,
        'A'..='Z' => 720,
        wide if wide >= '\u{1100}' => 1000,
        _ => 640,
    };
    text.chars().map(|c| thousandths(c) * size).sum::<i32>() / 1000 + 1
}

/// `text`, cut at its end if it is wider than `most`.
pub fn fit(text: &str, size: i32, most: i32) -> String {
    if width(text, size) <= most {
        return text.into();
    }
    let mut cut = String::new();
    for character in text.chars() {
        cut.push(character);
        if width(&cut, size) + width("…", size) > most {
            cut.pop();
            break;
        }
    }
    cut.push('…');
    cut
}

/// `text` in lines that are no wider than `most`, broken at spaces where there are any; what is beyond `count` lines is cut.
pub fn wrap(text: &str, size: i32, most: i32, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while lines.len() + 1 < count && width(rest, size) > most {
        let fits = |&(at, _): &(usize, char)| width(&rest[..at], size) <= most;
        let end = rest.char_indices().take_while(fits).last().map_or(rest.len(), |(at, _)| at);
        let end = rest[..end].rfind(' ').filter(|&at| at > 0).unwrap_or(end);
        lines.push(rest[..end].to_string());
        rest = rest[end..].trim_start();
    }
    lines.push(fit(rest, size, most));
    lines
}

/// `text` with `&`, `<`, `>` and `"` as entities. What XML cannot hold at all becomes U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control.is_control() => escaped.push('\u{fffd}'),
            plain => escaped.push(plain),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_broken_at_spaces_and_cut_in_the_end() {
        let most = width("abcdefgh", SIZE);
        for (text, expected) in [
            ("abc", &["abc"][..]),
            ("abc defgh ij", &["abc", "defgh ij"]),
            ("abcdefghijklm", &["abcdefgh", "ijklm"]),
            ("abcdefgh ijklmnop qrst", &["abcdefgh", "ijklmn…"]),
        ] {
            assert_eq!(wrap(text, SIZE, most, 2), expected, "{text}");
        }
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("a<b> & \"c\"\u{1}\u{ffff}é"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}\u{fffd}é");
    }
}
