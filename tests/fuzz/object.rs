//! Fuzz target: `inputs::fuzzed::object`, where it is told what goes in.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| inputs::fuzzed::object(input));
