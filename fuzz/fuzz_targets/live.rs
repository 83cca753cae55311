#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| cutaway_fuzz::live::run(data));
