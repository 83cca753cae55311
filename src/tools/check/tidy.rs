//! What a scenario may leave on the server, and taking it away again.
//!
//! Redis has no counterpart.

use super::journal::Risk;
use super::keys::{Keys, keys_of};
use super::settings;
use crate::tools::scenario::frame::Frame;
use crate::tools::scenario::order::begins;
use crate::tools::scenario::socket::PING;
use crate::tools::scenario::words::Request;
use crate::tools::scenario::{PlayError, Scenario, Socket};

/// Requests that leave something on a server, by their first words, and the request that takes it away.
const REMEDIES: [(&[&str], &str); 7] = [
    (&["client", "pause"], "CLIENT UNPAUSE"),
    (&["function"], "FUNCTION FLUSH"),
    (&["eval"], "SCRIPT FLUSH"),
    (&["eval_ro"], "SCRIPT FLUSH"),
    (&["script"], "SCRIPT FLUSH"),
    (&["debug", "set-active-expire"], "DEBUG SET-ACTIVE-EXPIRE 1"),
    (&["debug", "set-disable-deny-scripts"], "DEBUG SET-DISABLE-DENY-SCRIPTS 0"),
];

/// What the scenario may leave, for the journal.
pub fn risk(name: &str, scenario: &Scenario) -> Risk {
    let given = scenario.settings.iter().filter(|setting| setting.name == "requirepass");
    let asked = scenario.requests().filter(|request| begins(request, &["config", "set", "requirepass"]));
    let asked = asked.filter_map(|request| Some(String::from_utf8_lossy(request.get(3)?).into_owned()));
    Risk {
        scenario: name.into(),
        keys: keys_of(scenario),
        passwords: given.map(|setting| setting.words.join(" ")).chain(asked).collect(),
        remedies: remedies(scenario),
    }
}

fn remedies(scenario: &Scenario) -> Vec<String> {
    let asks = |first: &[&str]| scenario.requests().any(|request: &Request| begins(request, first));
    let mut remedies: Vec<String> =
        REMEDIES.iter().filter(|(first, _)| asks(first)).map(|(_, remedy)| remedy.to_string()).collect();
    remedies.dedup();
    remedies
}

/// Leaves the server as it was found.
pub fn tidy(
    mut socket: Socket,
    scenario: &Scenario,
    found: &settings::Values,
    keys: &mut Keys,
) -> Result<(), PlayError> {
    let all_left = socket.disconnect_all();
    // A barrier that broke off, or owes a reply, is no use any more. One that is logged in must stay: the password may be new.
    if socket.ask(PING) != Ok(Frame::Text(b'+', b"PONG".into())) {
        socket.renew_barrier()?;
    }
    for remedy in remedies(scenario) {
        let words: Vec<&[u8]> = remedy.split(' ').map(str::as_bytes).collect();
        // A server without the command has nothing of it.
        let _ = socket.try_ask(&words);
    }
    let put_back = settings::restore(&mut socket, found);
    keys.tidy(&mut socket, scenario);
    socket.close()?;
    all_left.and(put_back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scenario_may_leave_is_known_before_it_is_played() {
        let lines = "# t\n! set requirepass a\nA: CONFIG SET requirepass b\nA: SET k v\nA: EVAL x 0\nA: SCRIPT LOAD x\nA: client pause 1";
        let risk = risk("x", &Scenario::parse(lines).unwrap());
        assert_eq!(risk.passwords, ["a", "b"]);
        assert_eq!(risk.remedies, ["CLIENT UNPAUSE", "SCRIPT FLUSH"]);
        assert_eq!(risk.keys, [b"k".to_vec()].into());
    }
}
