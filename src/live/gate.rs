//! By which names the page may be asked for, and by which pages.
//!
//! Redis: none.
//!
//! A browser lets any page of any site send requests to 127.0.0.1, and read the replies if a name of that site leads there
//! (DNS rebinding). So the name that was asked for, `Host`, must be one of this server's: an attacker's never is. And a
//! WebSocket, to which a browser lets pages of all sites connect, must be asked for by a page of this server: its `Origin`
//! must have the same name.

use std::net::{IpAddr, SocketAddr};

/// The names.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The address that the page is on.
    address: IpAddr,
    /// The setting `live-hosts`, in small letters.
    hosts: Vec<String>,
}

impl Rules {
    /// The rules of a page on this address, and with these names beside.
    pub fn new(address: IpAddr, hosts: &[String]) -> Rules {
        Rules { address, hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// Whether the page may be asked for by this `Host`, on a connection to this address of ours: `localhost`, that address
    /// or the one that the page is on, or a name of `live-hosts`; with any port, unless `live-hosts` names one.
    pub fn knows_host(&self, host: &str, local: SocketAddr) -> bool {
        let host = host.to_ascii_lowercase();
        let Some(name) = name(&host) else { return false };
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_own =
            |address: IpAddr| address.to_canonical() == local.ip().to_canonical() || address == self.address;
        name == "localhost"
            || address.is_ok_and(is_own)
            || self.hosts.iter().any(|known| *known == host || known == name)
    }
}

/// Whether a page of this `Origin` came from where it now connects to: the same name and the same port as in `Host`.
pub fn is_same_origin(origin: &str, host: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| name(authority).is_some() && authority.eq_ignore_ascii_case(host))
}

/// The name in front of the port, if it is a name, or an address in brackets.
fn name(host: &str) -> Option<&str> {
    let (name, port) = match host.rfind(':') {
        Some(at) if !host.ends_with(']') => (&host[..at], &host[at + 1..]),
        _ => (host, "0"),
    };
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    let is_address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .is_some_and(|name| name.parse::<std::net::Ipv6Addr>().is_ok());
    (is_port && !name.is_empty() && (name.bytes().all(is_name) || is_address)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(address: &str, hosts: &[&str]) -> Rules {
        Rules::new(address.parse().unwrap(), &hosts.iter().map(|host| host.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn the_page_is_asked_for_by_its_address_localhost_or_a_name_that_was_set() {
        let here = "127.0.0.1:8379".parse().unwrap();
        let page = rules("127.0.0.1", &["Wall.example", "other.example:8443"]);
        let known = [
            "127.0.0.1:8379",
            "127.0.0.1",
            "localhost",
            "LOCALHOST:9",
            "wall.example",
            "wall.example:443",
            "other.example:8443",
        ];
        for host in known {
            assert!(page.knows_host(host, here), "{host}");
        }
        let unknown = [
            "",
            "evil.example",
            "evil.example:8379",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "other.example",
            "127.0.0.2",
            "192.168.1.7:8379",
            "127.0.0.1:",
            "127.0.0.1:x",
            "127.0.0.1:99999",
            "localhost:+80",
            ":8379",
            "user@localhost",
            "localhost/",
            "[::1]:8379",
            "[localhost]",
            "[::1",
            "wall.example.",
        ];
        for host in unknown {
            assert!(!page.knows_host(host, here), "{host}");
        }
    }

    #[test]
    fn on_all_addresses_it_is_asked_for_by_the_one_that_the_connection_came_to() {
        let all = rules("::", &[]);
        assert!(all.knows_host("192.168.1.7:8379", "[::ffff:192.168.1.7]:8379".parse().unwrap()));
        assert!(all.knows_host("[::1]:8379", "[::1]:8379".parse().unwrap()));
        assert!(!all.knows_host("192.168.1.8:8379", "[::ffff:192.168.1.7]:8379".parse().unwrap()));
    }

    #[test]
    fn a_page_of_another_site_or_port_has_another_origin() {
        assert!(is_same_origin("http://127.0.0.1:8379", "127.0.0.1:8379"));
        assert!(is_same_origin("https://wall.example", "Wall.example"));
        for origin in
            ["null", "", "http://", "http://127.0.0.1", "http://127.0.0.1:80", "http://evil.example"]
        {
            assert!(!is_same_origin(origin, "127.0.0.1:8379"), "{origin}");
        }
        assert!(!is_same_origin("file://", ""));
        assert!(!is_same_origin("http://a b", "a b"));
    }
}
