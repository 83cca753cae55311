#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| cutaway_fuzz::session::run(data));
