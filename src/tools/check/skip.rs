//! Which scenarios cannot or must not be played to a running server, and why.

use super::probe::About;
use crate::tools::scenario::Scenario;
use crate::tools::scenario::order::begins;
use crate::tools::scenario::words::Request;

/// Commands that write files.
const SAVES: [&str; 3] = ["save", "bgsave", "bgrewriteaof"];

/// A pause that is over before anybody notices.
const SHORT_PAUSE: u64 = 1000;

/// Why not to play it, if there is a reason.
pub fn reason(scenario: &Scenario, about: &About) -> Option<String> {
    if let Some(reason) = &scenario.only_cutaway {
        return Some(format!("only for cutaway itself: {reason}"));
    }
    if !cfg!(feature = "lua") && scenario.requests().any(is_about_scripts) {
        return Some(
            "it has scripts, and this cutaway was built without Lua: it does not know what Redis says".into(),
        );
    }
    if scenario.moves_the_clock() {
        return Some("it moves the clock, which nobody can do to a server behind a socket".into());
    }
    if scenario.kills_the_server() {
        return Some("it kills the server and starts it again, which `cutaway lab -- PROGRAM` does".into());
    }
    if let Some(reason) = scenario.differs_from_valkey.as_ref().filter(|_| about.is_valkey()) {
        return Some(format!("Valkey is known to differ here: {reason}"));
    }
    if scenario.settings.iter().any(|setting| setting.name == "appendonly")
        || scenario.requests().any(|request| SAVES.iter().any(|command| begins(request, &[command])))
    {
        return Some("it has the server write files, which would stay on its disk".into());
    }
    if about.config_file && scenario.requests().any(|request| begins(request, &["config", "rewrite"])) {
        return Some("it would rewrite the server's config file".into());
    }
    if scenario.requests().any(is_long_pause) {
        return Some("it pauses all clients for long, and nobody can lift that".into());
    }
    None
}

/// EVAL and its like.
fn is_about_scripts(request: &Request) -> bool {
    let commands = ["eval", "evalsha", "eval_ro", "evalsha_ro", "script", "function"];
    commands.into_iter().any(|command| begins(request, &[command]))
}

/// `CLIENT PAUSE ms` without WRITE.
fn is_long_pause(request: &Request) -> bool {
    let millis = request.get(2).and_then(|word| std::str::from_utf8(word).ok()?.parse::<u64>().ok());
    begins(request, &["client", "pause"])
        && request.len() == 3
        && millis.is_some_and(|millis| millis > SHORT_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, SocketAddr};

    fn about(name: &str, config_file: bool) -> About {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let (capabilities, name) = (Default::default(), Some(name.into()));
        About {
            address,
            capabilities,
            name,
            run_id: None,
            unknown: Default::default(),
            has_config: true,
            tells_subscriptions: true,
            config_file,
            gone: false,
        }
    }

    #[test]
    fn each_reason() {
        let redis = || about("redis 8.0.2", false);
        let cases = [
            ("! only cutaway: x\nA: PING", redis(), Some("only for cutaway itself: x")),
            (
                "A: PING\n! wait 1s",
                redis(),
                Some("it moves the clock, which nobody can do to a server behind a socket"),
            ),
            ("! differs from Valkey: x\nA: PING", redis(), None),
            (
                "! differs from Valkey: x\nA: PING",
                about("valkey 8.1.1", false),
                Some("Valkey is known to differ here: x"),
            ),
            ("A: BGSAVE", redis(), Some("it has the server write files, which would stay on its disk")),
            ("A: CONFIG REWRITE", redis(), None),
            (
                "A: config rewrite",
                about("redis 8.0.2", true),
                Some("it would rewrite the server's config file"),
            ),
            (
                "A: CLIENT PAUSE 5000",
                redis(),
                Some("it pauses all clients for long, and nobody can lift that"),
            ),
            ("A: CLIENT PAUSE 5000 WRITE\nA: CLIENT PAUSE 1\nA: CLIENT PAUSE x", redis(), None),
        ];
        for (lines, about, expected) in cases {
            let scenario = Scenario::parse(&format!("# t\n{lines}")).unwrap();
            assert_eq!(reason(&scenario, &about).as_deref(), expected, "{lines}");
        }
    }
}
