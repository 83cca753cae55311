//! The clients of a figure: what each is subscribed to and what it receives, as text that wraps.
//!
//! Redis has no counterpart.

use super::{LEFT, Page, RIGHT, box_width};
use crate::tools::draw::items::Visit;
use crate::tools::draw::parts::{Client, Part};
use crate::tools::draw::state::Mark;
use crate::tools::draw::svg::{SIZE, SMALL, Svg, half_disc, width};

impl Page {
    /// Draws each client in rows of its own.
    pub(super) fn clients(&mut self, clients: &Part<Client>) {
        if clients.shown.is_empty() {
            self.note(LEFT, "none has a subscription");
        }
        let names = clients.shown.iter().map(|client| box_width(&client.name)).max().unwrap_or(0);
        for client in &clients.shown {
            let mut name = client.name.clone();
            if let Some((number, _)) = client.receives.shown.first() {
                name.visit = Visit::Delivered(*number);
            }
            let place = (LEFT, self.y, names);
            self.node(&name, place);
            if client.name.mark != Mark::Kept {
                self.sign(&client.name, place);
            }
            let mut flow = Flow { left: LEFT + names + 24, x: LEFT + names + 24, y: self.y + 27 };
            for (title, set) in &client.sets {
                flow.put(&mut self.svg, "small", &format!("{title} "), SMALL);
                for item in &set.shown {
                    let (class, sign) = match item.mark {
                        Mark::Kept => ("", ""),
                        Mark::Added => ("add", "+"),
                        Mark::Removed => ("gone", "−"),
                    };
                    flow.put(&mut self.svg, class, &format!("{sign}{}", item.text), SIZE);
                }
                flow.more(&mut self.svg, set.hidden);
                flow.x += 14;
            }
            // A client that was closed in the same line gets none of what was queued to it.
            let (receives, class) =
                if client.name.mark == Mark::Removed { ("loses", "gone") } else { ("receives", "hit") };
            if !client.receives.shown.is_empty() {
                (flow.x, flow.y) = (flow.left, flow.y + 34);
                flow.put(&mut self.svg, "small", receives, SMALL);
                flow.x -= 4;
            }
            for (number, what) in &client.receives.shown {
                let sign = number.to_string();
                let half = half_disc(&sign);
                flow.room(2 * half + 26 + width(what, SIZE));
                self.svg.disc("", (flow.x + 1 + half, flow.y - 6), &sign);
                flow.x += 2 * half + 10;
                flow.put(&mut self.svg, class, what, SIZE);
            }
            flow.more(&mut self.svg, client.receives.hidden);
            self.y = flow.y.max(self.y + 27) + 34;
        }
        self.hidden(clients.hidden);
    }
}

/// Text that goes on from left to right and wraps.
struct Flow {
    left: i32,
    x: i32,
    y: i32,
}

impl Flow {
    /// Goes to the next line if `width` does not fit on this one.
    fn room(&mut self, width: i32) {
        if self.x > self.left && self.x + width > RIGHT {
            (self.x, self.y) = (self.left, self.y + 30);
        }
    }

    fn more(&mut self, svg: &mut Svg, hidden: usize) {
        if hidden > 0 {
            self.put(svg, "small", &format!("… {hidden} more"), SMALL);
        }
    }

    fn put(&mut self, svg: &mut Svg, class: &str, text: &str, size: i32) {
        let wide = if class == "small" { width(text, size) * 9 / 10 } else { width(text, size) };
        self.room(wide);
        svg.text(class, (self.x, self.y), text);
        self.x += wide + 14;
    }
}
