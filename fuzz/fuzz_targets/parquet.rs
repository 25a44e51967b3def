#![no_main]
use w2v::formats::Format;

libfuzzer_sys::fuzz_target!(
    init: {
        // Panics of the crate that reads pages become errors: only others end the run.
        let end = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let at = panic.location().map_or("", |at| at.file());
            if !["/parquet-", "/bytes-"].iter().any(|name| at.contains(name)) {
                end(panic);
            }
        }));
    },
    |data: &[u8]| w2v_fuzz::read(Format::Parquet, data)
);
