//! The listening sockets: accepting who waits, and listening elsewhere after CONFIG SET port or bind.
//!
//! Redis: `src/networking.c`, `acceptTcpHandler`; `src/server.c`, `changeListener`.

use super::event_loop::{ACCEPT_RETRY_MS, ACCEPTS_PER_TURN, Connection, LISTENERS, Sockets};
use super::onlooker::Onlooker;
use super::socket;
use super::socket::{Listener, Stream};
use crate::client::About;
use crate::config::Config;
use crate::server::Server;
use mio::{Interest, Token};
use std::io::ErrorKind;

impl Sockets {
    /// Accepts who waits. Redis: `acceptTcpHandler`.
    pub(crate) fn accept_if_asked(&mut self, server: &mut Server) {
        if !self.unaccepted || server.time.millis < self.accept_again_ms || !server.lets_clients_in() {
            return;
        }
        let was_exhausted = std::mem::take(&mut self.accept_again_ms) != 0;
        self.unaccepted = false;
        for index in 0..self.listeners.len() {
            for accepted in 0.. {
                if accepted == ACCEPTS_PER_TURN {
                    self.unaccepted = true;
                    break;
                }
                match self.listeners[index].accept(&server.config) {
                    Ok((stream, about)) => self.begin(server, stream, about),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error)
                        if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                    Err(error) => {
                        // Most likely no file descriptor is left; those who wait are tried again soon. Told
                        // once: there may be none for hours.
                        if !was_exhausted {
                            tracing::warn!(%error, "accepting a client connection");
                        }
                        self.unaccepted = true;
                        self.accept_again_ms = server.time.millis + ACCEPT_RETRY_MS;
                        break;
                    }
                }
            }
        }
    }

    /// Serves the connections that the onlooker brings.
    pub(super) fn take_in(&mut self, onlooker: &mut dyn Onlooker, server: &mut Server) {
        while let Some((stream, about)) = onlooker.next_client() {
            self.begin(server, stream, about);
        }
    }

    /// A connection is there: the server is told of the client, and the poll watches the socket.
    fn begin(&mut self, server: &mut Server, mut stream: Stream, about: About) {
        let key = server.connect(about);
        let token = Token(key.place());
        if let Err(error) = self.poll.registry().register(stream.source(), token, Interest::READABLE) {
            server.socket_failed(key, "watching", &error);
        }
        let at = key.place();
        if self.connections.len() <= at {
            self.connections.resize_with(at + 1, || None);
        }
        self.connections[at] = Some(Connection::new(stream));
    }

    /// Listens on the TCP addresses of the settings and no others. False: one of them cannot be had, the log says why,
    /// and there are none now. Who waited to be accepted at an old one is lost, as in Redis.
    pub(crate) fn listen(&mut self, config: &Config) -> bool {
        // First, since a new address may be among the old ones.
        self.listeners.retain(|listener| matches!(listener, Listener::Unix(..)));
        let opened = socket::listen_tcp(config).and_then(|mut listeners| {
            for listener in &mut listeners {
                let registry = self.poll.registry();
                registry
                    .register(listener.source(), LISTENERS, Interest::READABLE)
                    .map_err(|error| error.to_string())?;
            }
            Ok(listeners)
        });
        match opened {
            Ok(listeners) => self.listeners.extend(listeners),
            Err(why) => {
                tracing::warn!("Failed listening on port {}: {why}", config.port);
                return false;
            }
        }
        true
    }
}
