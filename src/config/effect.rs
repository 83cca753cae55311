//! What comes of a setting's value, and what is reported when the value asks for something that is not done: no setting is
//! a silent promise.
//!
//! Redis: none for warnings; the refusals are those of `main` in `src/server.c` and of `loadServerConfigFromString`.

use super::table::{Effect, SETTINGS, Setting};
use super::value::Kind;
use super::{Config, default_words, find, inert::INERT};
use crate::text::quote::quote;
use std::collections::BTreeMap;

/// Redis's reply to a CONFIG SET of TLS settings that it cannot follow; all settings that are refused and not fixed at
/// start are of TLS.
pub(super) const REFUSED: &str = "Unable to update TLS configuration. Check server logs.";

/// Longer values are cut in warnings.
const LONGEST: usize = 64;

impl Config {
    /// Whether the value of a setting asks for more than the default, or than the values which its row calls fine.
    pub(super) fn asks(&mut self, setting: &'static Setting) -> bool {
        let Kind::Inert(shape) = setting.kind else { return false };
        let value = self.value(setting);
        shape.read(&default_words(setting)).is_ok_and(|default| default != value)
            && !setting.fine.contains(&value.as_str())
    }

    /// Keeps where a setting stands, `FILE: line 3: `, if its value may be refused.
    pub(super) fn stands_at(&mut self, name: &str, place: &str) {
        if name.eq_ignore_ascii_case("rename-command")
            && let Some(rename) = self.renamed.last_mut()
        {
            rename.place = place.into();
        }
        if let Some(setting) = find(name).filter(|setting| matches!(setting.effect, Effect::Refused(_))) {
            self.places.insert(setting.name, place.into());
        }
    }

    /// Why the server must not start with these settings, in one line; None if it may.
    pub fn refusal(&mut self) -> Option<String> {
        let mut refused = Vec::new();
        for setting in INERT {
            if let Effect::Refused(why) = setting.effect
                && self.asks(setting)
            {
                let line = self.line(setting);
                let place = self.places.get(setting.name).map_or("", String::as_str);
                refused.push((setting.name, format!("{place}bad value for '{line}': {why}")));
            }
        }
        let has = |name| refused.iter().any(|(refused, _)| *refused == name);
        if has("cluster-enabled") && has("replicaof") {
            return Some("replicaof directive not allowed in cluster mode".into());
        }
        if self.is_another_password(&self.default_user) {
            return Some(
                "Error in user declaration 'default': its password is not that of requirepass".into(),
            );
        }
        refused.into_iter().next().map(|(_, error)| error)
    }

    /// A line for each reason why something is not done that the settings ask for, naming these.
    pub fn warnings(&mut self) -> Vec<String> {
        self.warnings_about(SETTINGS.iter().chain(INERT).collect())
    }

    /// The same for some of the settings: the ones that CONFIG SET has changed.
    pub fn warnings_about(&mut self, settings: Vec<&'static Setting>) -> Vec<String> {
        let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut too_much = Vec::new();
        for setting in settings {
            match setting.effect {
                Effect::Missing(why) if self.asks(setting) => {
                    let line = self.line(setting);
                    by_reason.entry(why).or_default().push(format!("'{line}'"));
                }
                Effect::UpTo(most) if self.value(setting).parse::<i64>().is_ok_and(|value| value > most) => {
                    too_much.push(format!("'{}' means {most}: more is not built", self.line(setting)));
                }
                _ => {}
            }
        }
        let change = |lines: &[String]| if lines.len() == 1 { "changes" } else { "change" };
        by_reason
            .into_iter()
            .map(|(why, lines)| format!("{} {} nothing: {why}", lines.join(", "), change(&lines)))
            .chain(too_much)
            .collect()
    }

    /// The line of a config file that sets this value, short and without secrets.
    fn line(&mut self, setting: &'static Setting) -> String {
        let value = self.value(setting);
        if setting.secret {
            return setting.name.into();
        }
        let mut shown: String = value.chars().take(LONGEST).collect();
        let is_cut = shown.len() < value.len();
        if shown.is_empty() || !shown.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            let mut quoted = Vec::new();
            quote(shown.as_bytes(), &mut quoted);
            shown = String::from_utf8_lossy(&quoted).into_owned();
        }
        if is_cut {
            shown.push('…');
        }
        format!("{} {shown}", setting.name)
    }
}
