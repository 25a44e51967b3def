//! placeholder
/// placeholder
pub struct AnalogyMethod;
