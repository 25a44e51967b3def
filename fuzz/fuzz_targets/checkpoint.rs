#![no_main]

// With the checksums corrected, or else nothing behind them would ever be reached.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    w2v_fuzz::read_checkpoint(data);
    w2v_fuzz::read_checkpoint(&w2v_fuzz::signed(data));
});
