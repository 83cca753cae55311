//! What a script may call: Redis's own functions, and the libraries beside them.
//!
//! Redis: `src/script_lua.c`, `deps/lua/src/lua_cjson.c`, `lua_cmsgpack.c`, `lua_struct.c`, `lua_bit.c`.

pub mod bit;
pub mod cjson;
pub(crate) mod cjson_decode;
pub(crate) mod cjson_encode;
pub mod cmsgpack;
pub(crate) mod cmsgpack_unpack;
pub mod pattern;
pub mod random;
pub mod redis_api;
pub mod register;
pub mod strings;
pub mod struct_lib;
