//! What a key holds: one value, of one of several types.
//!
//! Redis: `struct redisObject` in `src/server.h`; `src/object.c`, `checkType`.

use super::hash::Hash;
use super::list::List;
use super::set::Set;
use super::string::Str;
use super::zset::Zset;
use crate::stream::Stream;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `string`
    String(Str),
    /// `stream`
    Stream(Box<Stream>),
    /// `list`
    List(Box<List>),
    /// `hash`
    Hash(Hash),
    /// `set`
    Set(Set),
    /// `zset`
    Zset(Zset),
}

impl Value {
    /// How many own the value, as OBJECT REFCOUNT replies it: one, here; but small numbers are shared in Redis, and it
    /// counts no owners of what is shared.
    pub fn refcount(&self) -> i32 {
        match self {
            Value::String(Str::Int(0..SHARED_INTEGERS)) => i32::MAX,
            _ => 1,
        }
    }

    /// The type, as TYPE replies it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::String(_) => "string",
            Value::Stream(_) => "stream",
            Value::List(_) => "list",
            Value::Hash(_) => "hash",
            Value::Set(_) => "set",
            Value::Zset(_) => "zset",
        }
    }

    /// The encoding, as OBJECT ENCODING replies it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::String(string) => string.encoding(),
            Value::Stream(_) => "stream",
            Value::List(list) => list.encoding(),
            Value::Hash(hash) => hash.encoding(),
            Value::Set(set) => set.encoding(),
            Value::Zset(zset) => zset.encoding(),
        }
    }
}

/// Redis keeps one object for each number below this, for all keys. Redis: `OBJ_SHARED_INTEGERS`.
const SHARED_INTEGERS: i64 = 10_000;

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
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::String(self)
    }
}

impl Typed for Stream {
    fn of(value: &mut Value) -> Option<&mut Stream> {
        match value {
            Value::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::Stream(Box::new(self))
    }
}

impl Typed for List {
    fn of(value: &mut Value) -> Option<&mut List> {
        match value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::List(Box::new(self))
    }
}

impl Typed for Hash {
    fn of(value: &mut Value) -> Option<&mut Hash> {
        match value {
            Value::Hash(hash) => Some(hash),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::Hash(self)
    }
}

impl Typed for Set {
    fn of(value: &mut Value) -> Option<&mut Set> {
        match value {
            Value::Set(set) => Some(set),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::Set(self)
    }
}

impl Typed for Zset {
    fn of(value: &mut Value) -> Option<&mut Zset> {
        match value {
            Value::Zset(zset) => Some(zset),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::Zset(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_no_more_than_a_short_string() {
        assert_eq!(size_of::<Value>(), size_of::<Str>());
    }
}
