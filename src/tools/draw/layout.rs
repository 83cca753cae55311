//! Where everything goes: dicts, lists, sets, and the arrows of the walk.
//!
//! Redis has no counterpart. From top to bottom: the line, the dict, the list, the clients, or the other structures, what
//! the signs mean. Never by colour alone: added has a `+`, removed a `−` and a broken outline, delivered a number, and a
//! remark that has changed says `now`.

mod clients;

use super::items::{Item, Row, Visit};
use super::parts::{Part, Parts};
use super::section::Links;
use super::state::{Mark, Walk};
use super::svg::{Picture, SIZE, SMALL, Svg, WIDTH, sans_width, width, wrap};
use super::words::Words;

const LEFT: i32 = 44;
const RIGHT: i32 = WIDTH - 36;
/// Where the walk goes down from the dict to the list.
const LANE: i32 = WIDTH - 16;
const BOX: i32 = 40;
const GAP: i32 = 46;
/// The most lines of a heading.
const HEADING: usize = 3;

/// A node on the page: its left and top, and its width.
type Place = (i32, i32, i32);

/// The picture so far, and how far down it reaches.
struct Page {
    svg: Svg,
    y: i32,
}

/// Draws everything.
pub fn draw(words: &Words, parts: &Parts, walk: Option<&Walk>) -> Picture {
    let mut page = Page { svg: Svg::default(), y: 40 };
    for line in wrap(&words.line, SIZE, RIGHT - LEFT, HEADING) {
        page.svg.text("head", (LEFT, page.y), &line);
        page.y += 30;
    }
    let summary = wrap(&words.summary, SMALL, RIGHT - LEFT, HEADING);
    for (at, line) in summary.iter().enumerate() {
        page.y += if at == 0 { 0 } else { 24 };
        page.svg.text("small", (LEFT, page.y), line);
    }
    page.y += 44;
    if parts.halves.0 {
        page.subscriptions(parts, walk);
        page.y += if parts.halves.1 { 36 } else { 0 };
    }
    for (title, gloss, rows) in parts.sections.iter().filter(|_| parts.halves.1) {
        page.title(title, gloss);
        page.dict(rows, None);
    }
    page.legend(parts, walk.is_some_and(|walk| !walk.deliveries.is_empty()));
    let height = page.y;
    page.svg.finish(height, &words.title, &words.desc)
}

/// What stands above the figures of a whole scenario: its title and its settings.
pub fn heading<'a>(title: &str, settings: impl Iterator<Item = &'a str>) -> Picture {
    let mut page = Page { svg: Svg::default(), y: 40 };
    for line in wrap(title, SIZE, RIGHT - LEFT, HEADING) {
        page.svg.text("head", (LEFT, page.y), &line);
        page.y += 30;
    }
    for line in settings.flat_map(|setting| wrap(setting, SIZE, RIGHT - LEFT, HEADING)) {
        page.svg.text("", (LEFT, page.y), &line);
        page.y += 30;
    }
    let height = page.y;
    page.svg.finish(height, title, "The title and the settings of the scenario.")
}

fn class(item: &Item) -> &'static str {
    match (item.mark, item.visit) {
        (Mark::Added, _) => "add",
        (Mark::Removed, _) => "gone",
        (Mark::Kept, Visit::Delivered(_)) => "hit",
        (Mark::Kept, Visit::NoMatch | Visit::Skipped | Visit::Passed) => "off",
        (Mark::Kept, Visit::None) => "box",
    }
}

fn box_width(item: &Item) -> i32 {
    let note = match &item.note {
        // Bold letters are wider.
        (note, true) => note_width(note) * 9 / 8,
        (note, false) => note_width(note),
    };
    (width(&item.text, SIZE) + 28).max(note + 8).max(52)
}

fn note_width(note: &str) -> i32 {
    sans_width(note, SMALL)
}

/// What is written below a node, and how.
fn note(item: &Item) -> Option<(&str, &'static str)> {
    match item.visit {
        Visit::NoMatch => Some(("no match", "small middle")),
        Visit::Skipped => Some(("skipped", "small middle")),
        _ if item.note.0.is_empty() => None,
        _ if item.note.1 => Some((&item.note.0, "small middle new")),
        _ => Some((&item.note.0, "small middle")),
    }
}

/// Whether a walk comes to the node.
fn visited(item: &Item) -> bool {
    matches!(item.visit, Visit::Delivered(_) | Visit::NoMatch | Visit::Passed)
}

impl Page {
    /// The structures of Pub/Sub.
    fn subscriptions(&mut self, parts: &Parts, walk: Option<&Walk>) {
        self.title("pubsub_channels", "a dict: each channel and the linked list of its clients");
        let sharded = walk.is_some_and(|walk| walk.sharded);
        let looked_up = parts.channel.as_ref().filter(|_| !sharded);
        let from = self.dict(&parts.channels, looked_up);
        self.title("pubsub_patterns", "one linked list: (client, pattern) in order of subscription");
        self.patterns(&parts.patterns, from);
        if sharded || !parts.shard_channels.shown.is_empty() {
            self.title("pubsub_shard_channels", "a dict of its own; no pattern looks into it");
            self.dict(&parts.shard_channels, parts.channel.as_ref().filter(|_| sharded));
        }
        self.title("clients", "each client's own sets");
        self.clients(&parts.clients);
    }

    fn title(&mut self, name: &str, gloss: &str) {
        self.svg.text("head", (LEFT, self.y), name);
        self.svg.text("small", (LEFT + width(name, SIZE) + 16, self.y), gloss);
        self.y += 34;
    }

    fn note(&mut self, x: i32, text: &str) {
        self.svg.text("small", (x, self.y + 16), text);
        self.y += 44;
    }

    fn hidden(&mut self, hidden: usize) {
        if hidden > 0 {
            self.note(LEFT, &format!("… and {hidden} more, not drawn"));
        }
    }

    fn node(&mut self, item: &Item, (x, y, w): Place) {
        let class = class(item);
        self.svg.rect_at(&item.places, class, (x, y), (w, BOX));
        let text = if class == "box" { "" } else { class };
        self.svg.text(text, (x + (w - width(&item.text, SIZE)) / 2, y + 27), &item.text);
        if let Some((note, class)) = note(item) {
            self.svg.text(class, (x + w / 2, y + BOX + 20), note);
        }
    }

    /// The sign on a node's corner.
    fn sign(&mut self, item: &Item, (x, y, _): Place) {
        match (item.mark, item.visit) {
            (_, Visit::Delivered(n)) => self.svg.disc("", (x, y), &n.to_string()),
            (Mark::Added, _) => self.svg.disc("add", (x, y), "+"),
            (Mark::Removed, _) => self.svg.disc("gone", (x, y), "−"),
            _ => {}
        }
    }

    /// A dict, in which a publish looks up a channel. Gives the place from which its walk goes on: the last node it visited,
    /// or the name it did not find.
    fn dict(&mut self, rows: &Part<Row>, channel: Option<&Item>) -> Option<Place> {
        let mut end = None;
        let names = rows.shown.iter().map(|row| box_width(&row.name)).max().unwrap_or(0);
        for row in &rows.shown {
            let place = (LEFT, self.y, names);
            let mut name = row.name.clone();
            if row.looked_up {
                name.visit = Visit::Delivered(0);
                self.svg.arrow("hit", &[(8, self.y + BOX / 2), (LEFT, self.y + BOX / 2)], false);
            }
            self.node(&name, place);
            if row.name.mark != Mark::Kept {
                self.sign(&row.name, place);
            }
            let places = self.list(&row.list, LEFT + names + GAP, Some((&name, place)), row.links);
            if row.looked_up {
                end = places.last().copied();
            }
        }
        if let Some(item) = channel.filter(|_| end.is_none()) {
            let place = (LEFT, self.y, box_width(item));
            self.svg.arrow("hit", &[(8, self.y + BOX / 2), (LEFT, self.y + BOX / 2)], false);
            self.node(item, place);
            let after = LEFT + place.2 + 14;
            let text = "not in the dict: nobody subscribes to it";
            self.svg.text("small", (after, self.y + 26), text);
            end = Some((after, self.y, width(text, SMALL) * 9 / 10));
            self.y += BOX + 26;
        } else if rows.shown.is_empty() {
            self.note(LEFT, "empty");
        }
        self.hidden(rows.hidden);
        self.y += 22;
        end
    }

    /// The list of patterns; `from` is where the walk comes from.
    fn patterns(&mut self, items: &[Item], from: Option<Place>) {
        if items.is_empty() {
            self.note(LEFT, "empty");
            self.y += 22;
            return;
        }
        self.y += 18;
        let places = self.list(items, LEFT, None, Links::Both);
        let first = items.iter().zip(&places).find(|(item, _)| visited(item));
        if let (Some((x, y, w)), Some((_, to))) = (from, first) {
            let (across, down) = (to.1 - 32, to.0 + to.2 / 2);
            let middle = y + BOX / 2;
            let points = [(x + w, middle), (LANE, middle), (LANE, across), (down, across), (down, to.1)];
            self.svg.arrow("hit", &points, false);
        }
        // The signs lie over the arrow.
        items.iter().zip(&places).for_each(|(item, place)| self.sign(item, *place));
        self.y += 22;
    }

    /// The nodes of a list from left to right, row under row, with their links. Goes down below them.
    fn list(&mut self, items: &[Item], left: i32, head: Option<(&Item, Place)>, links: Links) -> Vec<Place> {
        let labels = items.iter().chain(head.map(|(name, _)| name)).any(|item| note(item).is_some());
        let gap = if links == Links::None { GAP / 3 } else { GAP };
        // From row to row there has to be room for the arrow that goes back to the left.
        let (pitch, last) = if labels { (BOX + 60, BOX + 44) } else { (BOX + 42, BOX + 30) };
        let mut places: Vec<Place> = Vec::new();
        let mut x = left;
        for item in items {
            let w = box_width(item);
            if x > left && x + w > RIGHT {
                x = left;
                self.y += pitch;
            }
            places.push((x, self.y, w));
            x += w + gap;
        }
        let both = links == Links::Both;
        let all: Vec<(&Item, Place)> = items.iter().zip(places.iter().copied()).collect();
        if let (Some((name, (x, y, w))), Some((first, to))) = (head, all.first()) {
            let class = if visited(first) { "hit" } else { link(name, first) };
            self.svg.arrow(class, &[(x + w, y + BOX / 2), (to.0, to.1 + BOX / 2)], false);
        }
        for pair in all.windows(2).filter(|_| links != Links::None) {
            let [(one, from), (other, to)] = pair else { continue };
            let class = link(one, other);
            let start = (from.0 + from.2, from.1 + BOX / 2);
            if from.1 == to.1 {
                self.svg.arrow(class, &[start, (to.0, to.1 + BOX / 2)], both && class != "hit");
            } else {
                let (over, down) = (to.1 - 29, to.0 + to.2 / 2);
                let points =
                    [start, (start.0 + 18, start.1), (start.0 + 18, over), (down, over), (down, to.1)];
                self.svg.arrow(class, &points, both && class != "hit");
            }
        }
        if let (Links::None, Some((name, from))) = (links, head) {
            self.link_first(name, from, &all);
        } else {
            let chain: Vec<(&Item, Place)> = head.into_iter().chain(all.iter().copied()).collect();
            // A list's name leads to its first node, and nothing leads back.
            let back = if both { usize::from(head.is_some()) } else { usize::MAX };
            self.bridges(&chain, |item| item.mark != Mark::Removed, "add", back);
        }
        if items.iter().any(|item| item.visit == Visit::Skipped) {
            self.bridges(&all, visited, "hit", usize::MAX);
        }
        for (item, place) in &all {
            self.node(item, *place);
        }
        all.iter().for_each(|(item, place)| self.sign(item, *place));
        self.y += last;
        places
    }

    /// The arrow from a name to the first of its parts that is still there, if what stands before it is gone: a value that
    /// was replaced.
    fn link_first(&mut self, name: &Item, (x, y, w): Place, parts: &[(&Item, Place)]) {
        let first = parts.iter().find(|(item, _)| item.mark != Mark::Removed);
        let Some((_, to)) = first.filter(|_| name.mark != Mark::Removed) else { return };
        if parts[0].1 == *to {
            return;
        }
        let down = to.0 + to.2 / 3;
        if to.1 == y {
            // Below what is remarked on the row above.
            let points = [(x + w * 3 / 4, y), (x + w * 3 / 4, y - 14), (down, y - 14), (down, y)];
            return self.svg.arrow("add", &points, false);
        }
        // It stands in another row: through the lane behind the name, and above that row.
        let (start, lane, over) = (y + BOX - 8, x + w + GAP / 2, to.1 - 14);
        self.svg.arrow(
            "add",
            &[(x + w, start), (lane, start), (lane, over), (down, over), (down, to.1)],
            false,
        );
    }

    /// Arrows over what is left out between two nodes of `goes` that were not neighbours: the new link over one that was
    /// unlinked, the walk over what the index skipped. Those that begin at `back` or later go both ways.
    fn bridges(&mut self, all: &[(&Item, Place)], goes: impl Fn(&Item) -> bool, class: &str, back: usize) {
        let stops: Vec<usize> = (0..all.len()).filter(|&at| goes(all[at].0)).collect();
        for pair in stops.windows(2) {
            let ((_, from), (_, to)) = (all[pair[0]], all[pair[1]]);
            if pair[1] > pair[0] + 1 && from.1 == to.1 {
                let (one, other) = (from.0 + from.2 * 3 / 4, to.0 + to.2 / 3);
                let points = [(one, from.1), (one, from.1 - 18), (other, to.1 - 18), (other, to.1)];
                self.svg.arrow(class, &points, pair[0] >= back);
            }
        }
    }

    fn legend(&mut self, parts: &Parts, delivered: bool) {
        let skipped = parts.patterns.iter().any(|item| item.visit == Visit::Skipped);
        let signs = [
            (parts.counts.any(Mark::Added), "add", "+", "added by this line"),
            (parts.counts.any(Mark::Removed), "gone", "−", "removed by this line"),
            (delivered, "", "1", "order of delivery"),
        ];
        self.y += 24;
        let mut x = LEFT + 13;
        for (_, class, sign, words) in signs.into_iter().filter(|(used, ..)| *used) {
            self.svg.disc(class, (x, self.y), sign);
            self.svg.text("small", (x + 22, self.y + 6), words);
            x += 40 + width(words, SMALL);
        }
        // What has no disc: a sample of it, and what it means.
        let remarks = [
            (self.svg.has_link("add"), "new", "green arrow", "a new link"),
            (parts.counts.any(Mark::Kept), "new", "now", "changed by this line"),
            (skipped, "", "skipped", "ruled out by the index, not even tested"),
        ];
        for (_, class, sample, words) in remarks.into_iter().filter(|(used, ..)| *used) {
            let begin = width(sample, SMALL) + 8;
            if x + begin + note_width(words) > RIGHT {
                (x, self.y) = (LEFT + 13, self.y + 30);
            }
            self.svg.text(&format!("small {class}"), (x - 6, self.y + 6), sample);
            self.svg.text("small", (x + begin, self.y + 6), words);
            x += begin + note_width(words) + 30;
        }
        self.y += 34;
    }
}

/// The class of the link between two nodes.
fn link(one: &Item, other: &Item) -> &'static str {
    match (one.mark, other.mark) {
        _ if visited(one) && visited(other) => "hit",
        (Mark::Removed, _) | (_, Mark::Removed) => "gone",
        (Mark::Added, _) | (_, Mark::Added) => "add",
        _ => "plain",
    }
}
