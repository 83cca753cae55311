#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| cutaway_fuzz::glob_match_crate::run(data));
