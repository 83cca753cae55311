//! Scripts: Lua, what it may do, and the scripts that are kept by the SHA-1 of their text. Functions are in [`functions`].
//!
//! Redis: `src/eval.c` (the scripts kept), `src/script_lua.c` (Lua).
//!
//! This room knows no server: what a script asks of the server that it runs in is [`host::Host`], and `server/script_host.rs`
//! answers. The commands are in `command/scripting/`.
//!
//! Different on purpose: Lua's memory is bounded ([`MEMORY`]); Redis's is not.
//!
//! Circle: the sandbox puts all libraries into a new interpreter, and the libraries raise errors, make values and ask the host
//! as the interpreter here does.

mod collector;
pub mod crossing;
pub mod engine;
pub mod fault;
pub mod functions;
pub mod host;
mod libraries;
pub mod memory;
pub mod number;
pub mod outcome;
pub mod sandbox;
pub mod shebang;
pub mod to_lua;
pub mod to_reply;

pub use engine::Engine;
use engine::Kind;
use shebang::Flags;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What Lua may use, in bytes, unless told otherwise: all scripts and all that they hold together.
pub const MEMORY: usize = 512 << 20;
/// Places that Lua's stack has for a function: its arguments and results. Lua: `LUAI_MAXCSTACK`.
pub const STACK: usize = 8000;
/// Values that a function of ours may return, at most.
pub const MAX_RESULTS: usize = STACK - 100;
/// Of that, the scripts that EVAL brought may take one part in so many, and those of SCRIPT LOAD another.
const KEPT_PART: usize = 4;
/// Steps that the collector takes for each short script that is kept.
const COLLECTED: usize = 3;
/// A script is short up to so many bytes.
const SHORT: usize = 4096;
/// Scripts that EVAL brought are forgotten, the one that was used least recently first, when there are more. Redis:
/// `LRU_LIST_LENGTH`.
const EVALUATED: usize = 500;

/// The name of a script: 40 hexadecimal digits in lower case.
pub type Sha = [u8; 40];

/// The SHA-1 of a text.
pub fn sha1(text: &[u8]) -> Sha {
    let mut sha = [0; 40];
    let digits = sha1_smol::Sha1::from(text).digest().to_string();
    sha.copy_from_slice(digits.as_bytes());
    sha
}

/// The name of a script as a client spells it, in any case. None: no script has such a name.
pub fn sha_named(name: &[u8]) -> Option<Sha> {
    let mut sha = Sha::try_from(name).ok()?;
    sha.make_ascii_lowercase();
    Some(sha)
}

/// What is known of a script that is kept.
#[derive(Clone, Copy)]
pub struct Kept {
    /// What its first line says.
    pub flags: Flags,
    /// SCRIPT LOAD: it is kept until SCRIPT FLUSH.
    pub loaded: bool,
    /// The length of its text.
    pub bytes: usize,
}

impl Kept {
    fn weight(&self) -> usize {
        weight(self.bytes)
    }
}

/// What a script takes of Lua's memory, about: an instruction and its line are eight bytes for two or three of the text, a
/// constant has a head of 24.
fn weight(bytes: usize) -> usize {
    5 * bytes + 400
}

/// All scripts that are kept.
#[derive(Default)]
pub struct Scripts {
    /// Made when the first script comes: most servers never have one.
    engine: Option<Rc<Engine>>,
    kept: BTreeMap<Sha, Kept>,
    /// Scripts that EVAL brought, the one used most recently last.
    evaluated: VecDeque<Sha>,
    evaluated_weight: usize,
    loaded_weight: usize,
    /// How many of them were forgotten: `evicted_scripts`.
    pub evicted: u64,
    /// What Lua may use; 0: [`MEMORY`].
    pub memory_limit: usize,
}

impl Scripts {
    /// The state of Lua, made now if there is none.
    pub fn engine(&mut self) -> mlua::Result<Rc<Engine>> {
        if let Some(engine) = &self.engine {
            return Ok(engine.clone());
        }
        let engine = Rc::new(Engine::open(self.memory(), Kind::Scripts)?);
        self.engine = Some(engine.clone());
        Ok(engine)
    }

    /// What Lua may use, in bytes.
    pub fn memory(&self) -> usize {
        if self.memory_limit == 0 { MEMORY } else { self.memory_limit }
    }

    /// The flags of a script that is kept.
    pub fn find(&self, sha: &Sha) -> Option<Flags> {
        self.kept.get(sha).map(|kept| kept.flags)
    }

    /// Every script that is kept: its name, whether until SCRIPT FLUSH, and how many bytes its text has.
    pub fn kept(&self) -> impl Iterator<Item = (&Sha, bool, usize)> {
        self.kept.iter().map(|(sha, kept)| (sha, kept.loaded, kept.bytes))
    }

    /// The flags of a script that is kept, and is to be kept; `loaded`: from now on until SCRIPT FLUSH.
    pub fn known(&mut self, sha: &Sha, loaded: bool) -> Option<Flags> {
        let kept = self.kept.get_mut(sha)?;
        if loaded && !kept.loaded {
            kept.loaded = true;
            self.loaded_weight += kept.weight();
            self.evaluated_weight -= kept.weight();
            self.evaluated.retain(|other| other != sha);
        }
        Some(kept.flags)
    }

    /// Whether a text of `bytes` may be kept: it takes too much of Lua's memory alone, or with all that SCRIPT LOAD has
    /// brought.
    pub fn has_room(&self, bytes: usize, loaded: bool) -> bool {
        let others = if loaded { self.loaded_weight } else { 0 };
        others + weight(bytes) <= self.memory() / KEPT_PART
    }

    /// Keeps a script that was compiled just now; `loaded`: until SCRIPT FLUSH. Others that EVAL brought may be forgotten.
    pub fn keep(&mut self, engine: &Engine, sha: &Sha, kept: Kept) {
        // Else many short scripts loaded one after another would leave as much again behind. Redis: `luaGC`. A long one
        // makes the collector work while it is compiled, and a step would have it begin anew.
        let steps = if kept.bytes < SHORT { COLLECTED } else { 0 };
        engine.collect(steps);
        engine.settle(self.memory());
        self.kept.insert(*sha, kept);
        if kept.loaded {
            self.loaded_weight += kept.weight();
            return;
        }
        self.evaluated.push_back(*sha);
        self.evaluated_weight += kept.weight();
        while self.evaluated.len() > EVALUATED || self.evaluated_weight > self.memory() / KEPT_PART {
            let Some(oldest) = self.evaluated.pop_front() else { break };
            self.evaluated_weight -= self.kept.remove(&oldest).map_or(0, |kept| kept.weight());
            engine.forget(&oldest);
            self.evicted += 1;
        }
    }

    /// A script is run: it is the last of those that EVAL brought to be forgotten.
    pub fn used(&mut self, sha: &Sha) {
        if self.evaluated.back() == Some(sha) || self.kept.get(sha).is_none_or(|kept| kept.loaded) {
            return;
        }
        if let Some(at) = self.evaluated.iter().position(|other| other == sha) {
            self.evaluated.remove(at);
            self.evaluated.push_back(*sha);
        }
    }

    /// SCRIPT FLUSH: forgets all scripts, and all that Lua holds.
    pub fn flush(&mut self) {
        self.engine = None;
        self.kept.clear();
        self.evaluated.clear();
        (self.evaluated_weight, self.loaded_weight) = (0, 0);
    }

    /// How many scripts are kept: `number_of_cached_scripts`.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The bytes of their texts, and of what is known of them: `used_memory_scripts_eval`. Redis: `evalScriptsMemoryEngine`.
    pub fn kept_memory(&self) -> usize {
        let texts: usize = self.kept.values().map(|kept| kept.bytes).sum();
        let entry = size_of::<(Sha, Kept)>();
        texts + self.kept.len() * entry + self.evaluated.len() * size_of::<Sha>()
    }

    /// What Lua uses: `used_memory_lua`.
    pub fn lua_memory(&self) -> usize {
        self.engine.as_ref().map_or(0, |engine| engine.lua.used_memory())
    }

    /// A script has ended, or Lua looks at the clock: the collector is told how fast to work. Redis: `luaGC`.
    pub fn settle(&self) {
        if let Some(engine) = &self.engine {
            engine.settle(self.memory());
        }
    }
}
