#![no_main]
use w2v::formats::Format;

// With the checksums corrected, or else nothing behind them would ever be reached.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    w2v_fuzz::read(Format::Native, data);
    w2v_fuzz::read(Format::Native, &w2v_fuzz::signed(data));
});
