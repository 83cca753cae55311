//! The rows of the command table, of all groups.
//!
//! Redis: `src/commands.def`.
//!
//! Circle: COMMAND, which is a row of this table, describes all rows.

use super::{
    bitmap, cluster, connection, generic, geo, hash, hyperloglog, list, pubsub, scripting, server, set,
    sorted_set, stream, string, transactions,
};
use crate::config::Config;
use crate::server::dispatch::spec::Command;
use crate::server::dispatch::table::{Rows, Table};

/// The rows, by group: what the server is handed, in a [`Table`].
pub static ALL: Rows = &[
    pubsub::rows::COMMANDS,
    connection::rows::COMMANDS,
    server::rows::COMMANDS,
    cluster::rows::COMMANDS,
    generic::rows::COMMANDS,
    string::rows::COMMANDS,
    bitmap::rows::COMMANDS,
    hyperloglog::rows::COMMANDS,
    stream::rows::COMMANDS,
    hash::rows::COMMANDS,
    list::rows::COMMANDS,
    set::rows::COMMANDS,
    sorted_set::rows::COMMANDS,
    geo::rows::COMMANDS,
    transactions::rows::COMMANDS,
    scripting::rows::COMMANDS,
];

/// Every command, by group; subcommands are in their commands.
pub fn commands() -> impl Iterator<Item = &'static Command> + Clone {
    ALL.iter().copied().flatten()
}

/// The table of all commands, with the names that the settings give them. The error is the `rename-command` line that
/// cannot be done.
pub fn table(config: &Config) -> Result<Table, String> {
    Table::new(ALL, &config.renamed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::dispatch::known;

    #[test]
    fn names_are_found_in_any_case_again_and_again() {
        let table = table(&Config::default()).unwrap();
        for _ in 0..2 {
            let named = |name: &[u8]| table.named(name).map(|id| table.command(id).name);
            assert_eq!(named(b"PUBLISH"), Some("publish"));
            assert_eq!(named(b"publish"), Some("publish"));
            assert_eq!(named(b"publish\0"), None);
            assert_eq!(named(b"publis"), None);
            assert_eq!(named(b""), None);
            assert_eq!(named(&[b'p'; 1000]), None);
        }
    }

    #[test]
    fn every_name_is_short_enough_to_be_found() {
        let table = table(&Config::default()).unwrap();
        assert!(commands().all(|command| table.named(command.name.as_bytes()).is_some()));
    }

    #[test]
    fn every_command_that_is_built_is_known() {
        let names = commands().map(|command| command.name);
        let unknown: Vec<_> = names.filter(|name| !known::is_known(name.as_bytes())).collect();
        assert_eq!(unknown, [""; 0]);
    }
}
