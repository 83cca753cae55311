//! Libraries of functions: texts that are run once, and the functions that they have registered, which are called by name.
//!
//! Redis: `src/functions.c` (`functionsLibCtx`, `libraryLink`, `libraryUnlink`, `libraryJoin`,
//! `functionsCreateWithLibraryCtx`).
//!
//! ```text
//! text ─► load ─► staged ─► join ─► libraries        FUNCTION LOAD stages one, FUNCTION RESTORE as many as a payload has
//! ```
//!
//! What is staged no call finds, and nothing is changed before all of it is known to be right. The callbacks are Lua's; here
//! is what else is known of them.
//!
//! Different on purpose: libraries come in the order of their names, functions in the order in which they were registered;
//! Redis's dicts have no order. The memory for all of them is bounded ([`Functions::room`]).

use super::engine::{Engine, Kind};
use super::shebang::Flags;
use super::{COLLECTED, KEPT_PART, MEMORY, shebang, weight};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A function of a library.
#[derive(Debug)]
pub struct Registered {
    /// Its name; it is called by it in any case.
    pub name: Rc<[u8]>,
    /// What its library says of it.
    pub description: Option<Box<[u8]>>,
    /// What it says of itself.
    pub flags: Flags,
}

impl Registered {
    /// What it takes of the memory for libraries, about: names and entries here and in Lua.
    fn weight(&self) -> usize {
        4 * self.name.len() + self.description.as_ref().map_or(0, |text| text.len()) + 400
    }
}

/// A library.
pub struct Library {
    /// Its text.
    pub code: Box<[u8]>,
    /// Its functions.
    pub functions: Vec<Rc<Registered>>,
}

impl Library {
    fn weight(&self) -> usize {
        weight(self.code.len()) + self.functions.iter().map(|function| function.weight()).sum::<usize>()
    }

    /// The bytes of its text and of what is known of its functions.
    fn memory(&self) -> usize {
        let of = |function: &Rc<Registered>| {
            2 * function.name.len()
                + function.description.as_ref().map_or(0, |text| text.len())
                + size_of::<Registered>()
        };
        self.code.len() + size_of::<Library>() + self.functions.iter().map(of).sum::<usize>()
    }
}

/// The library that is being loaded: what `redis.register_function` adds to.
#[derive(Default)]
pub struct Loading {
    open: bool,
    functions: Vec<Rc<Registered>>,
    /// What its functions may still weigh.
    room: usize,
}

impl Loading {
    /// Whether a library is being loaded.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Adds a function. The error is told to the library.
    pub fn add(&mut self, function: Registered) -> Result<(), &'static str> {
        if self.functions.iter().any(|other| other.name.eq_ignore_ascii_case(&function.name)) {
            return Err("Function already exists in the library");
        }
        self.room = self.room.checked_sub(function.weight()).ok_or("not enough memory")?;
        self.functions.push(Rc::new(function));
        Ok(())
    }
}

/// Libraries, and their functions by name. Redis: `functionsLibCtx`.
#[derive(Default)]
pub struct Libraries {
    by_name: BTreeMap<Rc<[u8]>, Library>,
    /// By their names in lower case.
    functions: BTreeMap<Box<[u8]>, Linked>,
    weight: usize,
}

/// A function, and the name of its library.
struct Linked {
    function: Rc<Registered>,
    library: Rc<[u8]>,
}

impl Libraries {
    /// Every library with its name, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Library)> + Clone {
        self.by_name.iter().map(|(name, library)| (&**name, library))
    }

    /// Whether there is a library of that name.
    pub fn has(&self, name: &[u8]) -> bool {
        self.by_name.contains_key(name)
    }

    /// The function of that name, in any case.
    pub fn function(&self, name: &[u8]) -> Option<&Rc<Registered>> {
        self.functions.get(&*name.to_ascii_lowercase()).map(|linked| &linked.function)
    }

    /// How many libraries there are: `number_of_libraries`.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// How many functions there are: `number_of_functions`.
    pub fn functions(&self) -> usize {
        self.functions.len()
    }

    fn link(&mut self, name: Rc<[u8]>, library: Library) {
        self.weight += library.weight();
        for function in &library.functions {
            let entry = Linked { function: function.clone(), library: name.clone() };
            self.functions.insert(function.name.to_ascii_lowercase().into(), entry);
        }
        self.by_name.insert(name, library);
    }

    /// Takes a library out, and returns its functions' names in lower case.
    fn unlink(&mut self, name: &[u8]) -> Option<Vec<Vec<u8>>> {
        let library = self.by_name.remove(name)?;
        self.weight -= library.weight();
        let names = library.functions.iter().map(|function| function.name.to_ascii_lowercase());
        let names: Vec<Vec<u8>> = names.collect();
        for name in &names {
            self.functions.remove(&**name);
        }
        Some(names)
    }
}

/// What becomes of the libraries that are there when others join them. Redis: `restorePolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// They go.
    Flush,
    /// They stay, and none of the others may have a name of theirs.
    Append,
    /// They go if one of the others has their name.
    Replace,
}

/// All functions, and Lua for them.
#[derive(Default)]
pub struct Functions {
    /// Made when the first library comes.
    engine: Option<Rc<Engine>>,
    loading: Rc<RefCell<Loading>>,
    /// The libraries.
    pub libraries: Libraries,
    /// What Lua may use; 0: [`MEMORY`].
    pub memory_limit: usize,
}

impl Functions {
    /// The state of Lua, made now if there is none.
    pub fn engine(&mut self) -> mlua::Result<Rc<Engine>> {
        if let Some(engine) = &self.engine {
            return Ok(engine.clone());
        }
        let engine = Rc::new(Engine::open(self.memory(), Kind::Functions(self.loading.clone()))?);
        self.engine = Some(engine.clone());
        Ok(engine)
    }

    /// What Lua may use, in bytes.
    pub fn memory(&self) -> usize {
        if self.memory_limit == 0 { MEMORY } else { self.memory_limit }
    }

    /// What more libraries may weigh beside those that are there: all of them may take a part of Lua's memory, as the scripts
    /// that are kept may.
    fn room(&self, staged: &Libraries) -> usize {
        (self.memory() / KEPT_PART).saturating_sub(self.libraries.weight).saturating_sub(staged.weight)
    }

    /// Begins to load a library: returns its name, and the part of its text that Lua runs. The errors are for the client,
    /// without their code.
    pub fn begin<'a>(&self, code: &'a [u8], staged: &Libraries) -> Result<(Vec<u8>, &'a [u8]), Vec<u8>> {
        let (name, head) = shebang::library(code)?;
        if staged.has(&name) {
            return Err(exists("Library", &name));
        }
        let room = self.room(staged).checked_sub(weight(code.len()));
        let room = room.ok_or_else(|| Vec::from(b"Error compiling function: not enough memory"))?;
        self.loading.replace(Loading { open: true, functions: Vec::new(), room });
        Ok((name, &code[head..]))
    }

    /// The text has been run: stages the library, if it is right.
    pub fn stage(&self, name: &[u8], code: &[u8], staged: &mut Libraries) -> Result<(), Vec<u8>> {
        let functions = self.loading.take().functions;
        if functions.is_empty() {
            return Err(b"No functions registered".into());
        }
        if let Some(taken) = functions.iter().find(|function| staged.function(&function.name).is_some()) {
            return Err(already(&taken.name));
        }
        staged.link(name.into(), Library { code: code.into(), functions });
        Ok(())
    }

    /// The loading of libraries has failed.
    pub fn abandon(&self) {
        self.loading.take();
        if let Some(engine) = &self.engine {
            engine.finish(false);
        }
    }

    /// What is staged joins the libraries, all of it or nothing. Redis: `libraryJoin`.
    pub fn join(&mut self, staged: Libraries, policy: Policy) -> Result<(), Vec<u8>> {
        if policy != Policy::Flush {
            let mut there = self.libraries.by_name.keys();
            if policy == Policy::Append
                && let Some(name) = there.find(|name| staged.by_name.contains_key(*name))
            {
                return Err([b"Library ", &name[..], b" already exists"].concat());
            }
            let stays = |name: &[u8]| {
                let known = self.libraries.functions.get(name);
                known.is_some_and(|linked| !staged.by_name.contains_key(&linked.library))
            };
            if let Some((_, taken)) = staged.functions.iter().find(|(name, _)| stays(name)) {
                return Err(already(&taken.function.name));
            }
        }
        let leaves = |name: &&Rc<[u8]>| policy == Policy::Flush || staged.by_name.contains_key(*name);
        let leaving: Vec<Rc<[u8]>> = self.libraries.by_name.keys().filter(leaves).cloned().collect();
        for name in leaving {
            self.remove(&name);
        }
        for (name, library) in staged.by_name {
            self.libraries.link(name, library);
        }
        if let Some(engine) = &self.engine {
            engine.finish(true);
            engine.collect(COLLECTED);
            engine.settle(self.memory());
        }
        Ok(())
    }

    /// Removes a library; returns whether it was there.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        let Some(functions) = self.libraries.unlink(name) else { return false };
        if let Some(engine) = &self.engine {
            functions.iter().for_each(|name| engine.forget(name));
            engine.collect(COLLECTED);
        }
        true
    }

    /// FUNCTION FLUSH: forgets all libraries, and all that Lua holds.
    pub fn flush(&mut self) {
        (self.engine, self.libraries) = (None, Libraries::default());
    }

    /// What Lua uses: `used_memory_vm_functions`.
    pub fn lua_memory(&self) -> usize {
        self.engine.as_ref().map_or(0, |engine| engine.lua.used_memory())
    }

    /// The bytes of all texts, and of what is known of their functions: `used_memory_functions`. Redis:
    /// `functionsMemoryEngine`.
    pub fn kept_memory(&self) -> usize {
        self.libraries.iter().map(|(name, library)| name.len() + library.memory()).sum()
    }

    /// Tells the collector how fast to work.
    pub fn settle(&self) {
        if let Some(engine) = &self.engine {
            engine.settle(self.memory());
        }
    }
}

/// `Library 'name' already exists`
pub fn exists(what: &str, name: &[u8]) -> Vec<u8> {
    [what.as_bytes(), b" '", name, b"' already exists"].concat()
}

/// `Function name already exists`
fn already(name: &[u8]) -> Vec<u8> {
    [b"Function ", name, b" already exists"].concat()
}
