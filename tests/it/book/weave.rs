//! Weaves a page: puts what each directive asks for into the block, image or bold text that follows it.

use super::directive::{Directive, leading};
use super::markdown::{closes_block, opens_block};

/// Where what a directive asks for comes from.
pub trait Material {
    /// The lines of a block.
    fn block(&self, directive: &Directive) -> Result<String, String>;
    /// Makes, or checks, the picture in the file `target`.
    fn picture(&self, directive: &Directive, target: &str) -> Result<(), String>;
    /// The text of a number.
    fn number(&self, directive: &Directive) -> Result<String, String>;
    /// Where in the playground what is shown can be played. None: it cannot.
    fn playground(&self, _: &Directive) -> Option<String> {
        None
    }
}

/// What the link to the playground begins with, below a block or an image, behind an empty line.
const PLAY: &str = "[Play this](";

/// A page as it should be.
pub struct Woven {
    pub text: String,
    /// Directives that cannot be followed: the line, and what is wrong.
    pub broken: Vec<(usize, String)>,
    /// What the page shows otherwise: the line, and what it is.
    pub stale: Vec<(usize, String)>,
}

/// Every directive of a page, with its line.
pub fn directives(page: &str) -> Vec<(usize, Result<Directive, String>)> {
    struct Nothing;
    impl Material for Nothing {
        fn block(&self, _: &Directive) -> Result<String, String> {
            Err(String::new())
        }
        fn picture(&self, _: &Directive, _: &str) -> Result<(), String> {
            Ok(())
        }
        fn number(&self, _: &Directive) -> Result<String, String> {
            Err(String::new())
        }
    }
    let mut weaver = Weaver::new(page, &Nothing);
    weaver.run();
    weaver.found
}

/// Weaves `page`. A directive that cannot be followed leaves what is there.
pub fn weave(page: &str, material: &dyn Material) -> Woven {
    let mut weaver = Weaver::new(page, material);
    weaver.run();
    weaver.woven
}

struct Weaver<'a> {
    lines: Vec<&'a str>,
    /// The line to be looked at next.
    at: usize,
    material: &'a dyn Material,
    woven: Woven,
    last_link: Option<String>,
    found: Vec<(usize, Result<Directive, String>)>,
}

impl<'a> Weaver<'a> {
    fn new(page: &'a str, material: &'a dyn Material) -> Weaver<'a> {
        let woven = Woven { text: String::new(), broken: Vec::new(), stale: Vec::new() };
        Weaver { lines: page.lines().collect(), at: 0, material, woven, last_link: None, found: Vec::new() }
    }

    fn run(&mut self) {
        while let Some(&line) = self.lines.get(self.at) {
            if opens_block(line).is_some() {
                let end = self.block_end(self.at);
                self.keep(end);
                continue;
            }
            match leading(line) {
                Some((Ok(directive @ Directive::Number { .. }), length)) if length == line.len() => {
                    self.found.push((self.at + 1, Ok(directive.clone())));
                    self.keep(self.at + 1);
                    self.number_below(&directive);
                }
                Some((Ok(Directive::Number { .. }), _)) => {
                    self.broken(
                        "a line that begins with a comment is HTML to Markdown: put a word before it".into(),
                    );
                    self.keep(self.at + 1);
                }
                Some((directive, length)) => {
                    self.found.push((self.at + 1, directive.clone()));
                    match directive {
                        Ok(_) if length < line.len() => {
                            self.broken("the comment must be all of its line".into());
                        }
                        Ok(directive) => {
                            self.below(&directive);
                            continue;
                        }
                        Err(error) => self.broken(error),
                    }
                    self.keep(self.at + 1);
                }
                None => self.numbers_within(line),
            }
        }
    }

    /// The line after the block that begins at `start`.
    fn block_end(&self, start: usize) -> usize {
        let Some(barrier) = opens_block(self.lines[start]) else { return start };
        let close = (start + 1..self.lines.len()).find(|&at| closes_block(self.lines[at], barrier));
        close.map_or(self.lines.len(), |at| at + 1)
    }

    fn keep(&mut self, until: usize) {
        for line in &self.lines[self.at..until] {
            self.woven.text.push_str(line);
            self.woven.text.push('\n');
        }
        self.at = until;
    }

    fn broken(&mut self, what: String) {
        self.woven.broken.push((self.at + 1, what));
    }

    /// A directive that has a line of its own; what it owns stands directly below.
    fn below(&mut self, directive: &Directive) {
        let line = self.at + 1;
        if let Directive::Figure { .. } = directive {
            let image = self.lines.get(self.at + 1).and_then(|next| image_target(next));
            let outcome = match image {
                Some(target) => self.material.picture(directive, target),
                None => Err("an image must follow, `![what it shows](figures/NAME.svg)`".into()),
            };
            if let Err(error) = outcome {
                self.broken(error);
                return self.keep(self.at + 1);
            }
            self.keep(self.at + 2);
            if !self.play_below(directive) {
                self.woven.stale.push((line, describe(directive)));
            }
            return;
        }
        let content = match self.material.block(directive) {
            Ok(content) => content,
            Err(error) => {
                self.broken(error);
                return self.keep(self.at + 1);
            }
        };
        self.keep(self.at + 1);
        let end = self.block_end(self.at.min(self.lines.len().saturating_sub(1)));
        let has_block = self.at < self.lines.len() && end > self.at;
        let barrier = "`".repeat(3.max(longest_run_of_backticks(&content) + 1));
        let language = match directive {
            Directive::Excerpt { file, .. } if file.ends_with(".py") => "python",
            Directive::Excerpt { file, .. } if file.ends_with(".lua") => "lua",
            Directive::Excerpt { file, .. } if file.ends_with(".cs") => "csharp",
            Directive::Excerpt { .. } => "rust",
            _ => "text",
        };
        let block = format!("{barrier}{language}\n{content}{barrier}\n");
        let old = if has_block { self.lines[self.at..end].join("\n") + "\n" } else { String::new() };
        self.woven.text.push_str(&block);
        self.at = if has_block { end } else { self.at };
        if !self.play_below(directive) || old != block {
            self.woven.stale.push((line, describe(directive)));
        }
    }

    /// The link to the playground below a block or an image. Returns whether it was there as it should be.
    fn play_below(&mut self, directive: &Directive) -> bool {
        let old = match self.lines[self.at..] {
            ["", link, ..] if link.starts_with(PLAY) => Some(link),
            _ => None,
        };
        self.at += if old.is_some() { 2 } else { 0 };
        let link = self.material.playground(directive).map(|place| format!("{PLAY}{place})"));
        // A figure of the line that was just shown needs no link of its own.
        let link = link.filter(|link| self.last_link.as_ref() != Some(link));
        if let Some(link) = &link {
            self.woven.text.push_str(&format!("\n{link}\n"));
            self.last_link = Some(link.clone());
        }
        old == link.as_deref()
    }

    /// A number whose directive has a line of its own: its bold text begins the next one.
    fn number_below(&mut self, directive: &Directive) {
        let line = self.lines.get(self.at).copied().unwrap_or_default();
        self.bold(directive, line);
        if self.at < self.lines.len() {
            self.woven.text.push('\n');
            self.at += 1;
        }
    }

    /// Numbers in the middle of a line.
    fn numbers_within(&mut self, line: &'a str) {
        let mut rest = line;
        while let Some(start) = rest.find("<!-- number: ") {
            let Some((directive, length)) = leading(&rest[start..]) else { break };
            self.found.push((self.at + 1, directive.clone()));
            self.woven.text.push_str(&rest[..start + length]);
            rest = &rest[start + length..];
            match directive {
                // The bold text may stand on the next line.
                Ok(directive) if rest.trim().is_empty() => {
                    self.woven.text.push_str(rest);
                    self.woven.text.push('\n');
                    self.at += 1;
                    return self.number_below(&directive);
                }
                Ok(directive) => rest = self.bold_part(&directive, rest),
                Err(error) => self.broken(error),
            }
        }
        self.woven.text.push_str(rest);
        self.woven.text.push('\n');
        self.at += 1;
    }

    /// Writes the line with its leading bold text replaced, and without its end.
    fn bold(&mut self, directive: &Directive, line: &'a str) {
        let rest = self.bold_part(directive, line);
        self.woven.text.push_str(rest);
    }

    /// Writes the bold text that `text` begins with as it should be; returns what follows it.
    fn bold_part(&mut self, directive: &Directive, text: &'a str) -> &'a str {
        let space = text.len() - text.trim_start().len();
        let bold = text[space..].strip_prefix("**").and_then(|inner| inner.split_once("**"));
        let Some((old, after)) = bold else {
            self.broken("the number must follow in bold, `**0.31x**`".into());
            return text;
        };
        let new = match self.material.number(directive) {
            Ok(new) => new,
            Err(error) => {
                self.broken(error);
                old.to_string()
            }
        };
        if new != old {
            self.woven.stale.push((self.at + 1, describe(directive)));
        }
        self.woven.text.push_str(&format!("{}**{new}**", &text[..space]));
        after
    }
}

fn describe(directive: &Directive) -> String {
    match directive {
        Directive::Excerpt { file, anchor } => format!("excerpt of {file} {anchor}"),
        Directive::Transcript { scenario, .. } => format!("transcript of {scenario}"),
        Directive::Wire { scenario, .. } => format!("bytes of {scenario}"),
        Directive::Steps { scenario, line } => format!("steps of {scenario}, line {line}"),
        Directive::Figure { scenario, line, .. } => format!("figure of {scenario}, line {line}"),
        Directive::Commands => "list of commands".into(),
        Directive::Number { record, case, what } => format!("number {record} \"{case}\" {what}"),
    }
}

/// The file of `![alt](file)`.
fn image_target(line: &str) -> Option<&str> {
    line.strip_prefix("![")?.split_once("](")?.1.strip_suffix(')')
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|sign| sign != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows the directive's own words.
    struct Words;
    impl Material for Words {
        fn block(&self, directive: &Directive) -> Result<String, String> {
            match directive {
                Directive::Excerpt { anchor, .. } if anchor == "none" => Err("no anchor".into()),
                Directive::Excerpt { anchor, .. } if anchor == "ticks" => Ok("```\n".into()),
                Directive::Excerpt { anchor, .. } => Ok(format!("{anchor}\n")),
                _ => Ok("text\n".into()),
            }
        }
        fn picture(&self, _: &Directive, target: &str) -> Result<(), String> {
            if target == "a.svg" { Ok(()) } else { Err("no picture".into()) }
        }
        fn number(&self, _: &Directive) -> Result<String, String> {
            Ok("2x".into())
        }
        fn playground(&self, directive: &Directive) -> Option<String> {
            matches!(directive, Directive::Figure { .. }).then(|| "p#s".into())
        }
    }

    /// The page after weaving, and how many things were broken and stale.
    fn woven(page: &str) -> (String, usize, usize) {
        let woven = weave(page, &Words);
        (woven.text, woven.broken.len(), woven.stale.len())
    }

    #[test]
    fn a_block_is_replaced_or_put_in() {
        let fresh = "a\n<!-- excerpt: f x -->\n```rust\nx\n```\nb\n";
        for page in
            [fresh, "a\n<!-- excerpt: f x -->\n```rust\nold\nold\n```\nb\n", "a\n<!-- excerpt: f x -->\nb\n"]
        {
            assert_eq!(woven(page), (fresh.into(), 0, usize::from(page != fresh)), "{page}");
        }
        let at_the_end = "<!-- transcript: weather -->\n";
        assert_eq!(woven(at_the_end).0, "<!-- transcript: weather -->\n```text\ntext\n```\n");
    }

    #[test]
    fn what_can_be_played_has_a_link_below() {
        let fresh = "<!-- figure: weather 8 publish -->\n![a](a.svg)\n\n[Play this](p#s)\n\ntext\n";
        for page in [
            fresh,
            "<!-- figure: weather 8 publish -->\n![a](a.svg)\n\n[Play this](p#old)\n\ntext\n",
            "<!-- figure: weather 8 publish -->\n![a](a.svg)\n\ntext\n",
        ] {
            assert_eq!(woven(page), (fresh.into(), 0, usize::from(page != fresh)), "{page}");
        }
        let none = "<!-- transcript: weather -->\n```text\ntext\n```\n";
        assert_eq!(woven(&format!("{none}\n[Play this](p#s)\n")), (none.into(), 0, 1));
    }

    #[test]
    fn a_fence_is_longer_than_those_within() {
        assert_eq!(
            woven("<!-- excerpt: f ticks -->\n").0,
            "<!-- excerpt: f ticks -->\n````rust\n```\n````\n"
        );
    }

    #[test]
    fn what_is_broken_is_left_and_told() {
        for page in [
            "<!-- excerpt: f none -->\n```rust\nold\n```\n",
            "<!-- excerpt: f -->\n```rust\nold\n```\n",
            "<!-- excerpts: f x -->\n",
            "<!-- excerpt: f x --> text\n",
            "<!-- figure: weather 8 publish -->\n![a](b.svg)\n",
            "<!-- figure: weather 8 publish -->\nno image\n",
            "<!-- number: r \"c\" s -->**1x**\n",
            "a <!-- number: r \"c\" s --> 1x\n",
        ] {
            assert_eq!(woven(page), (page.into(), 1, 0), "{page}");
        }
    }

    #[test]
    fn numbers_are_replaced_where_they_stand() {
        let directive = "<!-- number: r \"c\" s -->";
        for (page, fresh, stale) in [
            (format!("a {directive}**1x** b\n"), format!("a {directive}**2x** b\n"), 1),
            (format!("{directive}\n**1x** b\n"), format!("{directive}\n**2x** b\n"), 1),
            (format!("a {directive}\n**1x** b\n"), format!("a {directive}\n**2x** b\n"), 1),
            (
                format!("| {directive}**2x** | {directive}**1x** |\n"),
                format!("| {directive}**2x** | {directive}**2x** |\n"),
                1,
            ),
        ] {
            assert_eq!(woven(&page), (fresh, 0, stale), "{page}");
        }
    }

    #[test]
    fn directives_in_code_blocks_are_examples() {
        let page = "```\n<!-- excerpt: f x -->\n```\nand `<!-- number: r` too\n";
        assert_eq!(woven(page), (page.into(), 0, 0));
        assert_eq!(directives(page), []);
    }
}
