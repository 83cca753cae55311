//! The first line of a script that says how it is to be run: `#!lua flags=no-writes,allow-stale`.
//!
//! Redis: `evalExtractShebangFlags` in `src/eval.c`, `scriptFlags` in `src/script.c`.

/// What a script says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// There is no such line: the script may do whatever scripts could do before there were flags. Redis:
    /// `SCRIPT_FLAG_EVAL_COMPAT_MODE`.
    pub unmarked: bool,
    /// It does not write, and may not.
    pub no_writes: bool,
}

/// The flags there are. All but `no-writes` speak of what this server does not have: a limit of memory, replicas, a
/// cluster.
const FLAGS: &[&[u8]] =
    &[b"no-writes", b"allow-oom", b"allow-stale", b"no-cluster", b"allow-cross-slot-keys"];

/// The flags of a script, and how long the line that has them is, without its end.
pub fn flags(script: &[u8]) -> Result<(Flags, usize), String> {
    if !script.starts_with(b"#!") {
        return Ok((Flags { unmarked: true, no_writes: false }, 0));
    }
    let Some(end) = memchr::memchr(b'\n', script) else {
        return Err("ERR Invalid script shebang".into());
    };
    let mut parts = script[..end].split(|&byte| byte == b' ').filter(|part| !part.is_empty());
    let engine = parts.next().unwrap_or(&[]);
    if engine != b"#!lua" {
        let engine = String::from_utf8_lossy(engine).into_owned();
        return Err(format!("ERR Unexpected engine in script shebang: {engine}"));
    }
    let mut flags = Flags::default();
    for part in parts {
        let Some(names) = part.strip_prefix(b"flags=") else {
            let part = String::from_utf8_lossy(part);
            return Err(format!("ERR Unknown lua shebang option: {part}"));
        };
        for name in names.split(|&byte| byte == b',').filter(|name| !name.is_empty()) {
            if !FLAGS.contains(&name) {
                let name = String::from_utf8_lossy(name);
                return Err(format!("ERR Unexpected flag in script shebang: {name}"));
            }
            flags.no_writes |= name == b"no-writes";
        }
    }
    Ok((flags, end))
}
