#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| cutaway_fuzz::aof_file::run(data));
