//! What lines of scenarios mean, and which are refused.

use super::*;

fn request(client: &str, words: &[&str], held: bool) -> Action {
    let words = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    Action::Send { client: client.into(), sending: Sending::Request(words), held }
}

#[test]
fn a_whole_file() {
    let text = "# Title\n# More.\n! set maxclients 10\n! set client-output-buffer-limit pubsub 1mb 0 0\n! only cutaway: time\n\n\
        A+ PING\nA: SUBSCRIBE \"two words\"\n# A note.\n! do not compare the next line: a reason\nB| \"\\r\\n\" 'x'\n! wait 61s\n";
    let scenario = Scenario::parse(text).unwrap();
    assert_eq!(scenario.title, "Title");
    assert_eq!(scenario.prose, ["More."]);
    assert_eq!(
        scenario.settings[1],
        Setting {
            number: 4,
            text: "! set client-output-buffer-limit pubsub 1mb 0 0".into(),
            name: "client-output-buffer-limit".into(),
            words: ["pubsub", "1mb", "0", "0"].map(String::from).into(),
        }
    );
    assert_eq!(scenario.only_cutaway.as_deref(), Some("time"));
    assert!(scenario.moves_the_clock());
    let actions: Vec<_> =
        scenario.lines.iter().map(|line| (line.number, line.action.clone(), line.loose.is_some())).collect();
    let raw = Action::Send { client: "B".into(), sending: Sending::Raw(b"\r\nx".into()), held: false };
    assert_eq!(
        actions,
        [
            (7, request("A", &["PING"], true), false),
            (8, request("A", &["SUBSCRIBE", "two words"], false), false),
            (9, Action::Note, false),
            (11, raw, true),
            (12, Action::Wait(Duration::from_secs(61)), false),
        ]
    );
}

#[test]
fn each_direction() {
    let cases = [
        ("! A connects", Action::Connect("A".into())),
        ("! App-1 disconnects", Action::Disconnect("App-1".into())),
        ("! A stops reading", Action::StopReading("A".into())),
        ("! A reads 100 bytes a turn", Action::ReadSlowly("A".into(), 100)),
        ("! the server is killed and starts again", Action::Restart),
        ("! A resets", Action::Reset("A".into())),
        ("! A reads again", Action::ReadAgain("A".into())),
        ("! wait 300ms", Action::Wait(Duration::from_millis(300))),
        ("! wait 5m", Action::Wait(Duration::from_secs(300))),
        ("A: GET a:b", request("A", &["GET", "a:b"], false)),
    ];
    for (text, action) in cases {
        assert_eq!(Scenario::parse_line(1, text).map(|line| line.action), Ok(action), "{text}");
    }
}

#[test]
fn a_slip_names_its_line() {
    let cases = [
        ("A: PING", 1),
        ("# t\nA:", 2),
        ("# t\nA PING", 2),
        ("# t\n1A: PING", 2),
        ("# t\nA: \"", 2),
        ("# t\n! A dances", 2),
        ("# t\n! wait long", 2),
        ("# t\n! wait 99999999999999999999s", 2),
        ("# t\n! only cutaway:", 2),
        ("# t\nA: PING\n! set a b", 3),
        ("# t\nA+ PING", 2),
        ("# t\nA: PING\n! do not compare the next line: x\n\n", 3),
        ("# t\nA+ PING\nB: PING\nB: PING", 2),
        ("# t\n! wait 8000000s", 2),
        ("", 1),
    ];
    for (text, line) in cases {
        assert_eq!(Scenario::parse(text).unwrap_err().line, line, "{text}");
    }
}

#[test]
fn a_slip_is_told_with_what_would_be_right() {
    let told = |text: &str| Scenario::parse(text).unwrap_err().to_string();
    assert_eq!(told(""), "line 1: nothing here: the first line is a comment, the title");
    assert_eq!(
        told("# t\nSET a:b 1"),
        "line 2: `SET a` is no client's name (letters, digits, `_` and `-`, a letter first); a line is \
         `NAME: COMMAND …`, `NAME+ …`, `NAME| …`, `! …` or `# …`"
    );
    assert_eq!(
        told("# t\n! A dances"),
        "line 2: unknown direction `A dances`: there are `! A connects`, `! A disconnects`, `! A resets`, \
         `! A stops reading`, `! A reads 100 bytes a turn`, `! A reads again`, `! wait 61s`, \
         `! the server is killed and starts again` and `! set NAME VALUE`"
    );
    assert_eq!(told("# t\n! wait 8d"), "line 2: `8d` is no time: 300ms, 61s, 5m");
}

#[test]
fn lines_may_end_as_on_windows_and_a_byte_order_mark_may_come_first() {
    let scenario = Scenario::parse("\u{feff}# T\r\n! set timeout 3\r\nA: PING\r\n").unwrap();
    assert_eq!((scenario.title.as_str(), scenario.settings[0].words[0].as_str()), ("T", "3"));
    assert_eq!(scenario.lines[0].text, "A: PING");
}
