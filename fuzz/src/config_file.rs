//! Any text as a config file, then CONFIG SET, then CONFIG REWRITE: nothing panics, and what is rewritten
//! loads to the same values.
//!
//! The input is the file; from the first line `--` on, each line is a name and a value for CONFIG SET, with the
//! quotes of inline requests.

use cutaway::config::Config;
use cutaway::config::inert::INERT;
use cutaway::config::rewrite::Which;
use cutaway::config::table::SETTINGS;
use cutaway::text::words::split_words;

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (file, changes) = text.split_once("\n--\n").unwrap_or((&text, ""));
    let mut config = Config::default();
    if config.load(file).is_err() {
        return;
    }
    for line in changes.lines() {
        let words = split_words(line.as_bytes()).unwrap_or_default();
        let pairs: Vec<(&[u8], &[u8])> =
            words.chunks_exact(2).map(|pair| (&pair[0][..], &pair[1][..])).collect();
        let before = values(&mut config);
        if config.set(&pairs, true).is_err() {
            assert_eq!(values(&mut config), before, "CONFIG SET failed, and changed something");
        }
    }

    let rewritten = config.rewritten(file, Which::Changed);
    let mut loaded = Config::default();
    if let Err(error) = loaded.load(&rewritten) {
        panic!("the rewritten file does not load: {error}\n{rewritten}");
    }
    for (now, then) in values(&mut loaded).into_iter().zip(values(&mut config)) {
        assert_eq!(now, then, "{rewritten}");
    }
    assert_eq!(loaded.rewritten(&rewritten, Which::Changed), rewritten, "a second rewrite changes nothing");
}

fn values(config: &mut Config) -> Vec<(&'static str, String)> {
    SETTINGS.iter().chain(INERT).map(|setting| (setting.name, config.value(setting))).collect()
}
