//! placeholder
/// placeholder
pub struct Neighbor;
/// placeholder
pub struct Query;
