//! Says what came of each stage, as it is played: a line for one that passes, ten for one that fails.
//!
//! Redis has no counterpart.

use super::grade::{Count, Grade, Graded};
use super::options::{Options, Subject};
use super::words::tell;
use super::{json, junit};
use crate::tools::interrupt;

/// What was found so far.
pub struct Report<'a> {
    options: &'a Options,
    graded: Vec<Graded>,
}

impl<'a> Report<'a> {
    /// Nothing yet.
    pub fn new(options: &'a Options) -> Report<'a> {
        Report { options, graded: Vec::new() }
    }

    /// One more stage; it is told at once.
    pub fn add(&mut self, graded: Graded) {
        let stage = format!("stage {:2}  {:18}", graded.number, graded.stage.name);
        self.say(&match &graded.grade {
            Grade::Passes => format!("{stage} passes   {}", graded.stage.title),
            Grade::Skipped(reason) => format!("{stage} skipped  {reason}"),
            Grade::Fails(failure) => {
                format!(
                    "{stage} FAILS    {}\n{}  again     {}",
                    graded.stage.title,
                    tell(&graded, failure),
                    self.again(&graded)
                )
            }
        });
        self.graded.push(graded);
    }

    /// The numbers.
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for graded in &self.graded {
            match graded.grade {
                Grade::Passes => count.pass += 1,
                Grade::Fails(_) => count.fail += 1,
                Grade::Skipped(_) => count.skipped += 1,
            }
        }
        count
    }

    /// Says the numbers and writes the files. `error`: why nothing could be played.
    pub fn finish(&self, error: Option<&str>) -> Result<(), String> {
        let Count { pass, fail, skipped } = self.count();
        let wanted = self.options.wanted().count();
        let interrupted = interrupt::came().map(interrupt::name);
        if error.is_none() {
            let end = interrupted.map_or(String::new(), |signal| format!(": interrupted by {signal}"));
            self.say(&format!(
                "\n{pass} of {wanted} stages pass, {fail} fail, {skipped} skipped, {} not played{end}",
                wanted - self.graded.len()
            ));
        }
        let (server, count, error) = (self.server(), self.count(), error.or(interrupted));
        self.options.outputs.write(
            || json::report(&server, count, error, &self.graded),
            || junit::report(&server, count, error, &self.graded),
        )
    }

    /// What is graded, as the command line says it.
    fn server(&self) -> String {
        match &self.options.subject {
            Subject::Running(server) => server.clone(),
            Subject::Program(command) => {
                let words: Vec<_> = command.iter().map(|word| quoted(&word.to_string_lossy())).collect();
                format!("-- {}", words.join(" "))
            }
        }
    }

    /// The command that plays one stage again.
    fn again(&self, graded: &Graded) -> String {
        let (server, number) = (self.server(), graded.number);
        match &self.options.subject {
            Subject::Running(_) => format!("cutaway lab {server} --stage {number}"),
            Subject::Program(_) => format!("cutaway lab --stage {number} {server}"),
        }
    }

    fn say(&self, text: &str) {
        self.options.outputs.say(text);
    }
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "_-./=:,@%+".contains(sign);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_given_to_a_shell_again() {
        let cases = [
            ("./my-redis", "./my-redis"),
            ("a b", "'a b'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("$PORT", "'$PORT'"),
        ];
        for (word, expected) in cases {
            assert_eq!(quoted(word), expected);
        }
    }
}
