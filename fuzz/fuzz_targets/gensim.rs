#![no_main]
use w2v::formats::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| w2v_fuzz::read(Format::Gensim, data));
