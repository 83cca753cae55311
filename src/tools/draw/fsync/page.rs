//! The time lines as a picture: a lane for each policy, in it a row for each write, one for the disk, and one for a power cut.
//!
//! Redis has no counterpart.

use super::super::svg::{Picture, SIZE, SMALL, Svg, WIDTH, sans_width, width, wrap};
use super::run::{Run, SYNC_MS, Write};
use crate::text::plural::plural;

const LEFT: i32 = 44;
/// Where time begins and ends.
const BEGIN: i32 = 216;
const END: i32 = WIDTH - 36;
/// How high a row is, and what stands in it.
const ROW: i32 = 38;
const BAR: i32 = 24;

/// What a policy comes to.
fn gloss(policy: &str) -> &'static str {
    match policy {
        "always" => "a reply leaves when the fsync of its write has returned",
        "everysec" => "a reply leaves at once; an fsync begins each second",
        _ => "a reply leaves at once; the operating system writes when it likes",
    }
}

/// Draws the runs, one below the other.
pub fn draw(runs: &[Run]) -> Picture {
    let mut page = Page { svg: Svg::default(), y: 40, end_ms: 1 };
    let writes = runs.first().map_or(0, |run| run.writes.len());
    let title = format!("{}, three policies, and the power goes", plural(writes, "write"));
    page.svg.text("head", (LEFT, page.y), &title);
    page.y += 30;
    let summary = format!(
        "On a disk of which an fsync takes {SYNC_MS} ms. A bar begins when the write comes. Where it is dashed, its client \
         has a reply, and a power cut loses the write."
    );
    for line in wrap(&summary, SMALL, (END - LEFT) * 9 / 8, 3) {
        page.svg.text("small", (LEFT, page.y), &line);
        page.y += 24;
    }
    page.y += 26;
    for run in runs {
        page.lane(run);
    }
    page.legend();
    let height = page.y;
    page.svg.finish(height, &title, &words(runs))
}

struct Page {
    svg: Svg,
    y: i32,
    end_ms: u64,
}

impl Page {
    /// The place of a time.
    fn x(&self, at_ms: u64) -> i32 {
        BEGIN + ((END - BEGIN) as u64 * at_ms / self.end_ms) as i32
    }

    fn lane(&mut self, run: &Run) {
        self.end_ms = run.end_ms.max(1);
        let name = format!("appendfsync {}", run.policy);
        self.svg.text("head", (LEFT, self.y), &name);
        self.svg.text("small", (LEFT + width(&name, SIZE) + 16, self.y), gloss(run.policy));
        self.y += 16;
        let rows = run.writes.len() as i32 + 2;
        for second in 0..=run.end_ms / 1000 {
            let x = self.x(second * 1000);
            self.svg.line("off", (x, self.y + 6), (x, self.y + rows * ROW + 2));
            self.svg.text("small middle", (x, self.y + rows * ROW + 20), &format!("{second} s"));
        }
        self.y += 10;
        for write in &run.writes {
            self.label(&write.text);
            self.write(write, run.end_ms);
            self.y += ROW;
        }
        self.note("the disk");
        for &(begun, returned) in &run.syncs {
            self.bar("hit", begun, returned.unwrap_or(run.end_ms));
            let middle = (self.x(begun) + self.x(returned.unwrap_or(run.end_ms))) / 2;
            self.svg.text("small middle", (middle, self.y + 18), "fsync");
        }
        if run.syncs.is_empty() {
            self.svg.text("small", (self.x(0) + 8, self.y + 18), "no fsync by the server");
        }
        self.y += ROW;
        self.note("a power cut loses");
        for (from, to, count) in run.losses() {
            if count > 0 {
                self.bar("gone", from, to);
                let middle = (self.x(from) + self.x(to)) / 2;
                self.svg.text("small middle", (middle, self.y + 18), &count.to_string());
            } else if sans_width("nothing", SMALL) < self.x(to) - self.x(from) {
                let middle = (self.x(from) + self.x(to)) / 2;
                self.svg.text("small middle", (middle, self.y + 18), "nothing");
            }
        }
        self.y += ROW + 52;
    }

    fn label(&mut self, text: &str) {
        self.svg.text("", (LEFT, self.y + 19), text);
    }

    fn note(&mut self, text: &str) {
        self.svg.text("small", (LEFT, self.y + 18), text);
    }

    fn bar(&mut self, class: &str, from: u64, to: u64) {
        let (from, to) = (self.x(from), self.x(to));
        if to > from {
            self.svg.rect(class, (from, self.y), (to - from, BAR));
        }
    }

    fn write(&mut self, write: &Write, end_ms: u64) {
        let replied = write.replied_ms.unwrap_or(end_ms);
        let durable = write.durable_ms.unwrap_or(end_ms);
        self.bar("off", write.recorded_ms, replied.min(durable));
        self.bar("add", durable, end_ms);
        self.bar("gone", replied, durable);
        if let Some(appended) = write.appended_ms {
            let x = self.x(appended);
            self.svg.line("", (x, self.y - 5), (x, self.y + BAR + 5));
        }
        if write.replied_ms.is_some() {
            self.svg.disc("", (self.x(replied), self.y + BAR / 2), "R");
        }
    }

    /// What the shapes mean.
    fn legend(&mut self) {
        let mut x = LEFT;
        let shapes = [
            ("off", "no reply yet"),
            ("gone", "answered, and lost by a power cut"),
            ("add", "on the disk"),
            ("R", "the reply is sent"),
            ("|", "appended to the file"),
        ];
        for (shape, words) in shapes {
            let begin = match shape {
                "R" => 34,
                "|" => 18,
                _ => 48,
            };
            if x + begin + sans_width(words, SMALL) > END {
                (x, self.y) = (LEFT, self.y + 38);
            }
            match shape {
                "R" => self.svg.disc("", (x + 13, self.y), "R"),
                "|" => self.svg.line("", (x + 4, self.y - 17), (x + 4, self.y + 17)),
                class => self.svg.rect(class, (x, self.y - BAR / 2), (38, BAR)),
            }
            self.svg.text("small", (x + begin, self.y + 6), words);
            x += begin + sans_width(words, SMALL) + 30;
        }
        self.y += 38;
    }
}

/// The same in words.
fn words(runs: &[Run]) -> String {
    runs.iter().map(lane_words).collect::<Vec<_>>().join(" ")
}

fn lane_words(run: &Run) -> String {
    let seconds = |ms: u64| format!("{}.{:02} s", ms / 1000, ms % 1000 / 10);
    let write = |write: &Write| {
        let replied =
            write.replied_ms.map_or("without a reply".into(), |at| format!("reply at {}", seconds(at)));
        let durable = write
            .durable_ms
            .map_or("not on the disk in the end".into(), |at| format!("on the disk at {}", seconds(at)));
        format!("{} comes at {}, {replied}, {durable}", write.text, seconds(write.recorded_ms))
    };
    let writes: Vec<String> = run.writes.iter().map(write).collect();
    let sync = |&(begun, returned): &(u64, Option<u64>)| match returned {
        Some(returned) => format!("{} to {}", seconds(begun), seconds(returned)),
        None => format!("{} to the end", seconds(begun)),
    };
    let syncs = match run.syncs.is_empty() {
        true => "none".into(),
        false => run.syncs.iter().map(sync).collect::<Vec<_>>().join(", "),
    };
    let loss = |&(from, to, count): &(u64, u64, usize)| {
        format!("{} from {} to {}", plural(count, "write"), seconds(from), seconds(to))
    };
    let losses: Vec<String> = run.losses().iter().filter(|(.., count)| *count > 0).map(loss).collect();
    let losses = if losses.is_empty() { "nothing at any moment".into() } else { losses.join(", ") };
    format!(
        "appendfsync {}: {}. fsync: {syncs}. A power cut loses, of what clients have a reply for: {losses}.",
        run.policy,
        writes.join("; ")
    )
}
