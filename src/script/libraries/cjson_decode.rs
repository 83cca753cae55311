//! `cjson.decode`: a text becomes a value of Lua's.
//!
//! Redis: `deps/lua/src/lua_cjson.c`, `json_next_token`, `json_process_value` and their like.
//!
//! Different on purpose: what is open is kept in a list of our own, not on the processor's stack.

use super::cjson::{DEEPEST, Settings};
use crate::script::crossing::{Plain, plain};
use crate::script::fault::{Fault, Outcome};
use crate::script::host::Steps;
use crate::script::memory::make_values;
use crate::script::number::parse_prefix;
use mlua::{IntoLua, Lua, Table, Value};
use std::borrow::Cow;

/// A piece of the text.
enum Token<'a> {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    String(Cow<'a, [u8]>),
    Number(f64),
    Boolean(bool),
    Null,
    Colon,
    Comma,
    End,
    /// None of those, and why.
    Error(&'static str),
}

impl Token<'_> {
    /// As errors name it.
    fn name(&self) -> &'static str {
        match self {
            Token::ObjectBegin => "T_OBJ_BEGIN",
            Token::ObjectEnd => "T_OBJ_END",
            Token::ArrayBegin => "T_ARR_BEGIN",
            Token::ArrayEnd => "T_ARR_END",
            Token::String(_) => "T_STRING",
            Token::Number(_) => "T_NUMBER",
            Token::Boolean(_) => "T_BOOLEAN",
            Token::Null => "T_NULL",
            Token::Colon => "T_COLON",
            Token::Comma => "T_COMMA",
            Token::End => "T_END",
            Token::Error(why) => why,
        }
    }
}

/// Cuts the text into tokens.
struct Lexer<'a> {
    text: &'a [u8],
    /// The first byte that belongs to no token yet.
    next: usize,
    /// Where the last token begins: what errors tell, counted from 1.
    at: usize,
    allow_invalid: bool,
}

impl<'a> Lexer<'a> {
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn token(&mut self) -> Token<'a> {
        while matches!(self.byte(self.next), b' ' | b'\t' | b'\n' | b'\r') {
            self.next += 1;
        }
        self.at = self.next;
        let simple = match self.byte(self.next) {
            b'{' => Token::ObjectBegin,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayBegin,
            b']' => Token::ArrayEnd,
            b',' => Token::Comma,
            b':' => Token::Colon,
            // A NUL ends the text, wherever it stands.
            0 => return Token::End,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' => return self.number(),
            _ => return self.word(),
        };
        self.next += 1;
        simple
    }

    fn word(&mut self) -> Token<'a> {
        let rest = &self.text[self.next..];
        for (word, token) in
            [(&b"true"[..], Token::Boolean(true)), (b"false", Token::Boolean(false)), (b"null", Token::Null)]
        {
            if rest.starts_with(word) {
                self.next += word.len();
                return token;
            }
        }
        if self.allow_invalid && is_invalid_number(rest) {
            return self.number();
        }
        Token::Error("invalid token")
    }

    fn number(&mut self) -> Token<'a> {
        let rest = &self.text[self.next..];
        if !self.allow_invalid && is_invalid_number(rest) {
            return Token::Error("invalid number");
        }
        match parse_prefix(rest) {
            (_, 0) => Token::Error("invalid number"),
            (value, len) => {
                self.next += len;
                Token::Number(value)
            }
        }
    }

    fn string(&mut self) -> Token<'a> {
        let mut out = Cow::Borrowed(&self.text[..0]);
        let mut at = self.next + 1;
        loop {
            let rest = &self.text[at.min(self.text.len())..];
            let len = memchr::memchr3(b'"', b'\\', 0, rest).unwrap_or(rest.len());
            match out.is_empty() {
                true => out = Cow::Borrowed(&rest[..len]),
                false => out.to_mut().extend(&rest[..len]),
            }
            at += len;
            // An error inside is told of its own place.
            self.at = at;
            match self.byte(at) {
                b'"' => {
                    self.at = self.next;
                    self.next = at + 1;
                    return Token::String(out);
                }
                b'\\' => match self.byte(at + 1) {
                    b'u' => match self.unicode(at + 2, out.to_mut()) {
                        Some(len) => at += 2 + len,
                        None => return Token::Error("invalid unicode escape code"),
                    },
                    escape => {
                        out.to_mut().push(match escape {
                            b'"' | b'\\' | b'/' => escape,
                            b'b' => 8,
                            b't' => b'\t',
                            b'n' => b'\n',
                            b'f' => 12,
                            b'r' => b'\r',
                            _ => return Token::Error("invalid escape code"),
                        });
                        at += 2;
                    }
                },
                _ => return Token::Error("unexpected end of string"),
            }
        }
    }

    /// Decodes `XXXX`, or `XXXX\uXXXX` if the first half wants a second. Returns its length.
    fn unicode(&self, at: usize, out: &mut Vec<u8>) -> Option<usize> {
        let digits = |at: usize| {
            let digits = self.text.get(at..at + 4)?;
            digits.iter().try_fold(0, |value, &b| Some(value << 4 | (b as char).to_digit(16)?))
        };
        let mut code = digits(at)?;
        let mut len = 4;
        if (0xD800..0xDC00).contains(&code) {
            let second = (self.text.get(at + 4..at + 6)? == b"\\u").then(|| digits(at + 6))??;
            if !(0xDC00..0xE000).contains(&second) {
                return None;
            }
            code = ((code & 0x3FF) << 10 | (second & 0x3FF)) + 0x10000;
            len = 10;
        }
        let character = char::from_u32(code)?;
        out.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
        Some(len)
    }
}

/// Numbers that JSON does not have: `inf`, `nan`, hexadecimal ones. Redis: `json_is_invalid_number`.
fn is_invalid_number(text: &[u8]) -> bool {
    let text = match text.first() {
        // A plus is no number of JSON's.
        Some(b'+') => return true,
        Some(b'-') => &text[1..],
        _ => text,
    };
    let starts = |word: &[u8]| text.len() >= word.len() && text[..word.len()].eq_ignore_ascii_case(word);
    match text.first() {
        Some(b'0') => matches!(text.get(1), Some(b'x' | b'X' | b'0'..=b'9')),
        Some(b'1'..=b'9') => false,
        _ => starts(b"inf") || starts(b"nan"),
    }
}

/// What is open: a table, and what its next value is stored at.
enum Level<'a> {
    Array { table: Table, next: usize },
    Object { table: Table, key: Cow<'a, [u8]> },
}

/// The value of a text.
pub fn decode(lua: &Lua, text: &[u8], settings: &Settings) -> Outcome<Value> {
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(Fault::Message("JSON parser does not support UTF-16 or UTF-32".into()));
    }
    // Two bytes (`[]`) make a table, as four of a reply do; and what is open has its place.
    make_values(lua, 2 * text.len() + DEEPEST as usize, || document(lua, text, settings))
}

fn document(lua: &Lua, text: &[u8], settings: &Settings) -> Outcome<Value> {
    let mut lexer = Lexer { text, next: 0, at: 0, allow_invalid: settings.decode_invalid.get() };
    let mut levels: Vec<Level> = Vec::new();
    let mut token = lexer.token();
    let mut steps = Steps::default();
    loop {
        steps.take(1 + lexer.next.saturating_sub(lexer.at) / 16)?;
        let string;
        let mut done = match token {
            Token::String(text) => {
                string = text;
                plain(lua, &string)?
            }
            Token::Number(number) => Plain::Right(Value::Number(number)),
            Token::Boolean(value) => Plain::Right(Value::Boolean(value)),
            Token::Null => Plain::Right(Value::NULL),
            Token::ArrayBegin | Token::ObjectBegin => {
                let depth = levels.len() as i64 + 1;
                if depth > settings.decode_max_depth.get().min(DEEPEST) {
                    let at = lexer.next;
                    let text = format!("Found too many nested data structures ({depth}) at character {at}");
                    return Err(Fault::Message(text));
                }
                let table = lua.create_table()?;
                let is_array = matches!(token, Token::ArrayBegin);
                token = lexer.token();
                match (is_array, &token) {
                    (true, Token::ArrayEnd) | (false, Token::ObjectEnd) => Plain::Right(Value::Table(table)),
                    (true, _) => {
                        levels.push(Level::Array { table, next: 1 });
                        continue;
                    }
                    (false, _) => {
                        let key = object_key(&mut lexer, token)?;
                        levels.push(Level::Object { table, key });
                        token = lexer.token();
                        continue;
                    }
                }
            }
            other => return Err(unexpected(&lexer, "value", &other)),
        };
        // A value is complete: it goes to where it belongs, and may complete what that is in.
        loop {
            token = lexer.token();
            match levels.last_mut() {
                None => {
                    return match token {
                        Token::End => Ok(done.into_lua(lua)?),
                        other => Err(unexpected(&lexer, "the end", &other)),
                    };
                }
                Some(Level::Array { table, next }) => {
                    table.raw_seti(*next, done)?;
                    *next += 1;
                    match token {
                        Token::Comma => {
                            token = lexer.token();
                            break;
                        }
                        Token::ArrayEnd => {}
                        other => return Err(unexpected(&lexer, "comma or array end", &other)),
                    }
                }
                Some(Level::Object { table, key }) => {
                    table.raw_set(plain(lua, key)?, done)?;
                    match token {
                        Token::Comma => {
                            token = lexer.token();
                            *key = object_key(&mut lexer, token)?;
                            token = lexer.token();
                            break;
                        }
                        Token::ObjectEnd => {}
                        other => return Err(unexpected(&lexer, "comma or object end", &other)),
                    }
                }
            }
            done = match levels.pop() {
                Some(Level::Array { table, .. } | Level::Object { table, .. }) => {
                    Plain::Right(Value::Table(table))
                }
                None => Plain::Right(Value::Nil),
            };
        }
    }
}

/// The key that `token` is, and the colon after it.
fn object_key<'a>(lexer: &mut Lexer<'a>, token: Token<'a>) -> Outcome<Cow<'a, [u8]>> {
    let Token::String(key) = token else { return Err(unexpected(lexer, "object key string", &token)) };
    match lexer.token() {
        Token::Colon => Ok(key),
        other => Err(unexpected(lexer, "colon", &other)),
    }
}

fn unexpected(lexer: &Lexer<'_>, expected: &str, found: &Token) -> Fault {
    let (found, at) = (found.name(), lexer.at + 1);
    Fault::Message(format!("Expected {expected} but found {found} at character {at}"))
}
