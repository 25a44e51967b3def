//! Files made to do harm. Reading one never panics, never takes more memory than a small multiple of the
//! file, and always ends; a length that cannot be is an error that says where.

mod damaged;
#[path = "../support/encoded.rs"]
mod encoded;
mod lengths;
#[allow(dead_code, reason = "shared with other tests, each of which needs a part")]
#[path = "../support/pickles.rs"]
mod pickles;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts what is allocated, and what was at most.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn add(bytes: usize) {
    let now = NOW.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(now, Relaxed);
}

// SAFETY: every call goes to the system's allocator with the arguments it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: see above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: see above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: see above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a file may take: buffers, the table, words with their index, and parts of all again while they
/// are made; and 16 MiB for what does not depend on the file, threads' buffers above all.
fn allowed(file: usize) -> usize {
    100 * file + (16 << 20)
}

/// Long for files of a few kB, also on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// Tests run one at a time: the allocator counts for all threads.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `read`, which reads a file of `file` bytes, and asserts what it took. The caller is [`alone`].
fn measured<T>(what: &str, file: usize, read: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = read();
    let (taken, most) = (PEAK.load(Relaxed) - before, allowed(file));
    assert!(taken <= most, "{what}: {taken} bytes for a file of {file}, at most {most}");
    assert!(began.elapsed() < LIMIT, "{what}: took {:?}", began.elapsed());
    result
}

#[test]
fn the_allocator_counts() {
    let _alone = alone();
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    drop(std::hint::black_box(vec![1u8; 5_000_000]));
    assert!(PEAK.load(Relaxed) - before >= 5_000_000);
}
