//! placeholder
/// placeholder
pub struct OddOneOut;
