//! A server without sockets, for tests that feed it and look at it: its time and its stopwatch stand still.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::{Process, Server, Time};

/// The default settings, but for these, each with one value.
pub fn config(settings: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    for (name, value) in settings {
        config.set_at_start(name, &[value.to_string()]).unwrap();
    }
    config
}

/// A server with these settings and all commands.
pub fn server(config: Config) -> Server {
    let table = cutaway::command::table(&config).unwrap();
    Server::new(table, config, Process::default(), Time::default(), || 0)
}

/// A client of this machine.
pub fn connect(server: &mut Server) -> ClientKey {
    server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() })
}

/// A server and its first client.
pub fn server_and_client(config: Config) -> (Server, ClientKey) {
    let mut server = server(config);
    let client = connect(&mut server);
    (server, client)
}
