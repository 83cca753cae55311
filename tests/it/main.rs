//! All tests that can share one program: it is compiled and linked once.
//!
//! A module is a file here, with the files it is made of in a folder of its name; what the tests read (scenarios, cases,
//! records) stands beside this folder in `tests/`. `cargo test --test it scenarios::` runs one module.
//!
//! Two programs stand alone: `logs`, because the level of the log is one for the whole process, and `what_was_compared`,
//! because it prints.

/// What the fuzzer runs.
#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code)] // each module uses some of it
mod bodies;
mod machine;
mod reference_server;
mod running;
mod sans_io;

mod append_only;
mod arrows;
mod benchmark;
mod book;
mod both_ways;
mod check;
mod commands;
mod dotnet;
mod eviction;
mod expiry;
mod field_expiry;
mod figures;
mod found_by_fuzzing;
mod functions;
mod fuzz_corpus;
mod glob;
mod hints;
mod hostile;
mod introspection;
mod lab;
mod live;
mod loading;
mod model;
mod packaging;
mod power_cut;
mod printed_commands;
mod propagation;
mod real_disk;
mod real_kills;
mod redis_rs;
mod saving;
mod scenarios;
mod scripts;
mod session;
mod settings;
mod start;
mod stream_memory;
mod streams;
mod streams_on_the_wire;
mod tracking;
mod turn;
mod waiting;
mod wake_ups;
mod walk;
