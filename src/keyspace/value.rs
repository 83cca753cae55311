//! What a key holds: one value, of one of several types.
//!
//! Redis: `struct redisObject` in `src/server.h`; `src/object.c`, `checkType`.

use super::string::Str;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `string`
    String(Str),
}

impl Value {
    /// The type, as TYPE replies it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::String(_) => "string",
        }
    }

    /// The encoding, as OBJECT ENCODING replies it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::String(string) => string.encoding(),
        }
    }
}

/// The value is not of the type that the command works on: `WRONGTYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongType;

/// A type that a value can have: commands ask for the value at a key as theirs.
pub trait Typed: Sized {
    /// The value, if it is of this type.
    fn of(value: &mut Value) -> Option<&mut Self>;
    /// A value of this type.
    fn into_value(self) -> Value;
}

impl Typed for Str {
    fn of(value: &mut Value) -> Option<&mut Str> {
        match value {
            Value::String(string) => Some(string),
        }
    }

    fn into_value(self) -> Value {
        Value::String(self)
    }
}
