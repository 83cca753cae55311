//! The address of the live page.
//!
//! Redis: none.

use super::Config;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

impl Config {
    /// Where the live page is to be had; None: there is none.
    pub fn live_address(&self) -> Option<SocketAddr> {
        read(&self.live)
    }
}

/// `ADDRESS:PORT`, `localhost:PORT`, or the port of the loopback.
fn read(value: &str) -> Option<SocketAddr> {
    let loopback = |port: &str| Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?));
    match value.strip_prefix("localhost:") {
        Some(port) => loopback(port),
        None => value.parse().ok().or_else(|| loopback(value)),
    }
}

/// The rule for the setting `live`.
pub(super) fn live_address(value: &str) -> Result<(), &'static str> {
    if value.is_empty() || read(value).is_some() {
        Ok(())
    } else {
        Err("argument must be a port, or an IP address and a port, as 127.0.0.1:8379")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_port_and_a_port_no_address() {
        let cases = [
            ("8379", Some("127.0.0.1:8379")),
            ("localhost:8379", Some("127.0.0.1:8379")),
            ("0.0.0.0:0", Some("0.0.0.0:0")),
            ("[::1]:8379", Some("[::1]:8379")),
            ("127.0.0.1", None),
            ("example.com:8379", None),
            ("65536", None),
            (":8379", None),
            ("", None),
        ];
        for (value, address) in cases {
            assert_eq!(read(value).map(|address| address.to_string()).as_deref(), address, "{value}");
        }
        assert_eq!(live_address(""), Ok(()));
        assert!(live_address("yes").is_err());
    }
}
