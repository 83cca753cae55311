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

/// The style sheet of every figure; a page that shows several needs it once. What is printed is light.
pub const STYLE: &str = "\
.cutaway{--page:#fff;--ink:#1a1a1a;--soft:#595959;--line:#6b6b6b;--box:#f3f4f6;--add:#0b6b3a;--addbox:#d9f2e3;\
--gone:#a32020;--walk:#0a4fb5;--walkbox:#dce9fc;--off:#767676}
@media screen and (prefers-color-scheme:dark){.cutaway{--page:#16181d;--ink:#f2f2f2;--soft:#b9bcc4;--line:#a5a9b3;--box:#282c34;\
--add:#62d998;--addbox:#143a27;--gone:#ff9a93;--walk:#8bb8ff;--walkbox:#16325e;--off:#9095a0}}
.cutaway .page{fill:var(--page)}
.cutaway text{fill:var(--ink);font-family:monospace;font-size:19px}
.cutaway .small{font-family:sans-serif;font-size:16px;fill:var(--soft)}
.cutaway .head{font-weight:bold}
.cutaway .box{fill:var(--box);stroke:var(--line);stroke-width:1.5}
.cutaway .add{fill:var(--addbox);stroke:var(--add);stroke-width:3.5}
.cutaway .gone{fill:none;stroke:var(--gone);stroke-width:2;stroke-dasharray:7 5}
.cutaway .hit{fill:var(--walkbox);stroke:var(--walk);stroke-width:3}
.cutaway .off{fill:none;stroke:var(--off);stroke-width:1.5;stroke-dasharray:2 4}
.cutaway text.add{fill:var(--add);stroke:none;font-weight:bold}
.cutaway text.gone{fill:var(--gone);stroke:none;text-decoration:line-through}
.cutaway text.hit{fill:var(--walk);stroke:none;font-weight:bold}
.cutaway text.off{fill:var(--off);stroke:none}
.cutaway .link{fill:none;stroke:var(--line);stroke-width:2}
.cutaway .link.add{stroke:var(--add);stroke-width:3}
.cutaway .link.gone{stroke:var(--gone)}
.cutaway .link.off{stroke:var(--off)}
.cutaway .link.hit{stroke:var(--walk);stroke-width:4}
.cutaway .tip{stroke:none;fill:var(--line)}
.cutaway .tip.add{fill:var(--add)}
.cutaway .tip.gone{fill:var(--gone)}
.cutaway .tip.off{fill:var(--off)}
.cutaway .tip.hit{fill:var(--walk)}
.cutaway .disc{stroke:var(--page);stroke-width:2;fill:var(--walk)}
.cutaway .disc.add{fill:var(--add)}
.cutaway .disc.gone{fill:var(--gone);stroke-dasharray:none}
.cutaway text.ondisc{fill:var(--page);stroke:none;font-family:sans-serif;font-size:16px;font-weight:bold;text-anchor:middle}";

/// A picture in the making; its height is known at the end.
#[derive(Default)]
pub struct Svg {
    body: String,
}

impl Svg {
    /// A box with round corners.
    pub fn rect(&mut self, class: &str, (x, y): (i32, i32), (width, height): (i32, i32)) {
        self.put(format_args!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>"#
        ));
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
        Picture { height, title: escape(title), desc: escape(desc), body: self.body }
    }
}

/// A picture.
pub struct Picture {
    height: i32,
    title: String,
    desc: String,
    body: String,
}

impl Picture {
    /// The picture as part of a page that has the [`STYLE`], `y` pixels below the top of what it stands in.
    pub fn part(&self, y: i32) -> String {
        format!(
            "<svg class=\"cutaway\" role=\"img\" y=\"{y}\" {}>\n{}</svg>\n",
            self.frame(),
            self.inside("")
        )
    }

    /// The picture as a document of its own.
    pub fn document(&self) -> String {
        let style = format!("<style>\n{STYLE}\n</style>\n");
        format!(
            "<svg {NAMESPACE} class=\"cutaway\" role=\"img\" {}>\n{}</svg>\n",
            self.frame(),
            self.inside(&style)
        )
    }

    fn frame(&self) -> String {
        frame(self.height)
    }

    fn inside(&self, style: &str) -> String {
        let Picture { height, title, desc, body } = self;
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
    fn text_is_escaped() {
        assert_eq!(escape("a<b> & \"c\"\u{1}\u{ffff}é"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}\u{fffd}é");
    }
}
