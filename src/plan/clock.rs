//! Wall time and processor time, by which a plan measures what it tries out.

use std::time::Instant;

/// Seconds of processor time that this process has used, all threads together.
///
/// Where others use the machine too, a moment of time says little of what was done in it, and
/// processor time still does.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    processor: Option<fn() -> f64>,
    start: Instant,
}

impl Clock {
    pub(super) fn new(processor: Option<fn() -> f64>) -> Self {
        Clock { processor, start: Instant::now() }
    }

    /// Seconds since some beginning: of the wall, and of the processor (of the wall too, where nothing
    /// better is known).
    pub(super) fn now(&self) -> (f64, f64) {
        let wall = self.start.elapsed().as_secs_f64();
        (wall, self.processor.map_or(wall, |processor| processor()))
    }
}
