//! The playground's module: one session of cutaway, called from JavaScript.
//!
//! ```text
//! alloc(length) ─► address            JavaScript writes a request there
//! answer(address) ─► address, length  the session's answer to it; the request is freed
//! free(address)                       JavaScript has read the answer
//! ```
//!
//! Requests and answers are JSON in UTF-8 (`src/tools/session/`). Several sessions are several instances of the module.
//!
//! The attribute `no_mangle` is called unsafe because two functions of one name could be linked into each other. These three
//! names are exported by this crate alone, and a module of WebAssembly is linked with no other: its only imports would be
//! those of JavaScript, and it has none. Nothing else here is unsafe: an address that JavaScript hands over is looked up
//! among the buffers that it was given, and never followed.

#![deny(unsafe_code)]

use cutaway::tools::session::Session;
use std::cell::RefCell;

thread_local! {
    static SESSION: RefCell<Session> = RefCell::default();
    /// The buffers that JavaScript has.
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Gives JavaScript a buffer, and returns its address.
fn lend(mut buffer: Vec<u8>) -> *mut u8 {
    // An empty one has no address of its own.
    buffer.reserve(1);
    BUFFERS.with_borrow_mut(|buffers| {
        buffers.push(buffer);
        buffers.last_mut().map_or(std::ptr::null_mut(), Vec::as_mut_ptr)
    })
}

/// Takes a buffer back. None: there is none at that address.
fn take_back(address: *const u8) -> Option<Vec<u8>> {
    BUFFERS.with_borrow_mut(|buffers| {
        let place = buffers.iter().position(|buffer| buffer.as_ptr() == address)?;
        Some(buffers.swap_remove(place))
    })
}

/// Returns the address of so many bytes, for a request.
#[expect(unsafe_code, reason = "exported under this name, see above")]
#[unsafe(no_mangle)]
pub extern "C" fn alloc(length: usize) -> *mut u8 {
    lend(vec![0; length])
}

/// Answers the request at this address, which is freed. Returns the answer's address in the upper 32 bits and its length in
/// the lower ones; 0 if there is no buffer at the address.
#[expect(unsafe_code, reason = "exported under this name, see above")]
#[unsafe(no_mangle)]
pub extern "C" fn answer(request: *const u8) -> u64 {
    let Some(request) = take_back(request) else { return 0 };
    let answer = SESSION.with_borrow_mut(|session| session.answer(&String::from_utf8_lossy(&request)));
    let length = answer.len() as u64;
    (lend(answer.into_bytes()) as u64) << 32 | length
}

/// Frees an answer that was read, or a request that is not to be asked.
#[expect(unsafe_code, reason = "exported under this name, see above")]
#[unsafe(no_mangle)]
pub extern "C" fn free(address: *const u8) {
    take_back(address);
}
