//! What a page says: messages of JSON.
//!
//! Redis: none.

use serde::Deserialize;
use serde_json::Value;

/// What a page looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct View {
    /// Text that is in the name of a channel, a pattern or a client; empty: any.
    pub filter: String,
    /// A channel to show whatever else there is no room for; empty: none.
    pub channel: String,
    /// A client, by its name here, in the same way.
    pub client: String,
}

/// A longer text of a view is cut.
const LONGEST: usize = 200;

/// A message of a page.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// Watch this from now on.
    Watch(View),
    /// Watch nothing.
    Rest,
    /// A request for the page's session.
    Session(Value),
    /// A command for the server.
    Console(String),
}

impl Message {
    /// Reads a message. The error is for the page.
    pub fn read(text: &str) -> Result<Message, String> {
        let mut value: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        let members = value.as_object_mut().filter(|members| members.len() == 1);
        let member = members.and_then(|members| std::mem::take(members).into_iter().next());
        let Some((name, value)) = member else {
            return Err("a message is an object with one member: watch, session or console".into());
        };
        match (name.as_str(), value) {
            ("watch", Value::Null) => Ok(Message::Rest),
            ("watch", value) => {
                let view: Result<View, _> = serde_json::from_value(value);
                view.map(|view| Message::Watch(view.cut()))
                    .map_err(|_| "watch: filter, channel and client are texts".into())
            }
            ("session", request @ Value::Object(_)) => Ok(Message::Session(request)),
            ("session", _) => Err("session: a request is an object".into()),
            ("console", Value::String(line)) => Ok(Message::Console(line)),
            ("console", _) => Err("console: a command is a text".into()),
            (_, _) => Err("a message is one of watch, session and console".into()),
        }
    }
}

impl View {
    /// The id at the end of the client's name.
    pub fn client_id(&self) -> Option<u64> {
        self.client.rsplit('#').next()?.parse().ok()
    }

    fn cut(self) -> View {
        let cut = |text: String| text.chars().take(LONGEST).collect();
        View { filter: cut(self.filter), channel: cut(self.channel), client: cut(self.client) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_an_object_with_one_member_of_three() {
        let view = View { channel: "news".into(), ..View::default() };
        assert_eq!(Message::read(r#"{"watch":{"channel":"news"}}"#), Ok(Message::Watch(view)));
        assert_eq!(Message::read(r#"{"watch":null}"#), Ok(Message::Rest));
        assert_eq!(
            Message::read(r#"{"session":{"do":"open"}}"#),
            Ok(Message::Session(json!({"do": "open"})))
        );
        assert_eq!(Message::read(r#"{"console":"PING"}"#), Ok(Message::Console("PING".into())));
        let wrong = [
            "",
            "[]",
            "{}",
            "7",
            r#"{"watch":7}"#,
            r#"{"watch":{"filter":7}}"#,
            r#"{"session":"open"}"#,
            r#"{"console":["PING"]}"#,
            r#"{"shutdown":true}"#,
            r#"{"watch":null,"console":"PING"}"#,
        ];
        for text in wrong {
            assert!(Message::read(text).is_err(), "{text}");
        }
        // Deeper than the stack would bear.
        assert!(Message::read(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn a_client_is_named_by_the_id_at_the_end() {
        let id = |name: &str| View { client: name.into(), ..View::default() }.client_id();
        assert_eq!((id("web#7"), id("#8"), id("a#b#9")), (Some(7), Some(8), Some(9)));
        assert_eq!((id(""), id("web"), id("web#")), (None, None, None));
    }

    #[test]
    fn a_long_text_of_a_view_is_cut() {
        let text = format!(r#"{{"watch":{{"filter":"{}"}}}}"#, "é".repeat(1000));
        let Ok(Message::Watch(view)) = Message::read(&text) else { panic!("no view") };
        assert_eq!(view.filter, "é".repeat(LONGEST));
    }
}
