//! Any bytes as what comes to the live page: as a request of HTTP, as the names in its headers, and as a message of a page.

use cutaway::live::gate::{Rules, is_same_origin};
use cutaway::live::http::{HEAD_BYTES, Parsed, parse, reason};
use cutaway::live::message::Message;

pub fn run(data: &[u8]) {
    head(data);
    if let Ok(text) = std::str::from_utf8(data) {
        let (host, origin) = text.split_once('\n').unwrap_or((text, ""));
        names(host, origin);
        message(text);
    }
}

/// A head is found as soon as it is there and not before, and then it is the same whatever comes behind it.
fn head(data: &[u8]) {
    match parse(data) {
        Parsed::Unfinished => assert!(data.len() < HEAD_BYTES),
        Parsed::Refused(status) => assert_ne!(reason(status), "Error"),
        Parsed::Whole(request, length) => {
            assert!(length <= HEAD_BYTES.min(data.len()));
            assert!(request.path.starts_with('/') && !request.path.contains('?'));
            assert!(request.websocket.is_none() || !request.is_head);
            for shorter in 0..length {
                assert_eq!(parse(&data[..shorter]), Parsed::Unfinished, "{shorter} of {length}");
            }
            assert_eq!(parse(&data[..length]), Parsed::Whole(request.clone(), length));
            names(&request.host, request.origin.as_deref().unwrap_or_default());
        }
    }
}

/// A name that is let in is one of those that were set, spelt out here; and a page is of the same origin only if it says so
/// in so many letters.
fn names(host: &str, origin: &str) {
    let rules = Rules::new([127, 0, 0, 1].into(), &["wall.example".into(), "one.example:81".into()]);
    if rules.knows_host(host, ([127, 0, 0, 1], 8379).into()) {
        let host = host.to_ascii_lowercase();
        let (name, port) = host.split_once(':').unwrap_or((&host, "1"));
        assert!(port.parse::<u16>().is_ok(), "{host}");
        assert!(
            ["localhost", "127.0.0.1", "wall.example"].contains(&name) || host == "one.example:81",
            "{host}"
        );
    }
    if is_same_origin(origin, host) {
        let (origin, host) = (origin.to_ascii_lowercase(), host.to_ascii_lowercase());
        assert!([format!("http://{host}"), format!("https://{host}")].contains(&origin), "{origin} {host}");
        assert!(host.bytes().all(|b| b.is_ascii_graphic() && !b"/@?#\\".contains(&b)), "{host}");
    }
}

/// A message is one of three, and what it holds is bounded by what came.
fn message(text: &str) {
    match Message::read(text) {
        Ok(Message::Watch(view)) => {
            let texts = [view.filter, view.channel, view.client];
            assert!(texts.iter().all(|part| part.chars().count() <= 200));
        }
        Ok(Message::Session(request)) => assert!(request.is_object()),
        Ok(Message::Rest | Message::Console(_)) => {}
        Err(why) => assert!(!why.is_empty() && why.len() < 300, "{why}"),
    }
}
