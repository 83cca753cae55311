//! HELP: what the subcommands of a command are.
//!
//! Redis: `addReplyHelp` in `src/networking.c` and its callers. The texts are Redis's, recorded from 8.0.2 in `help.txt`, a
//! section for each command; subcommands that are not built are left out, and lines that begin with `+` there are ours.

use crate::server::dispatch::Call;

const TEXT: &str = include_str!("help.txt");

/// The lines about the subcommands of `command`, in upper case.
pub fn lines(command: &str) -> impl Iterator<Item = &'static str> + Clone + use<> {
    let section = TEXT.split("# ").find_map(|section| section.strip_prefix(command)?.strip_prefix('\n'));
    section.unwrap_or_default().lines().map(|line| line.strip_prefix('+').unwrap_or(line))
}

impl Call<'_> {
    /// Replies with the help of `command`, in upper case.
    pub fn help(&mut self, command: &str) {
        let lines = lines(command);
        self.reply.array(lines.clone().count() + 3);
        self.reply.simple(&format!("{command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
        lines.for_each(|line| self.reply.simple(line));
        self.reply.simple("HELP");
        self.reply.simple("    Print this help.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::all::commands;
    use crate::server::dispatch::table::subname;

    #[test]
    fn every_subcommand_that_is_built_is_in_the_help_of_its_command_and_no_other() {
        for command in
            commands().filter(|command| !command.subcommands.is_empty() && command.name != "cluster")
        {
            let mut built: Vec<&str> =
                command.subcommands.iter().map(subname).filter(|&sub| sub != "help").collect();
            let heads =
                lines(&command.name.to_ascii_uppercase()).filter(|line| !line.starts_with([' ', '(']));
            let mut documented: Vec<String> =
                heads.map(|head| head.split(' ').next().unwrap_or(head).to_ascii_lowercase()).collect();
            built.sort_unstable();
            documented.sort_unstable();
            documented.dedup();
            assert_eq!(documented, built, "{}", command.name);
        }
    }
}
