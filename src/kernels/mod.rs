//! placeholder page, being written

/// Σ aᵢ·bᵢ over two slices of one length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// All dot products of the rows of two dense matrices: `out[i·n + j] = aᵢ·bⱼ`, where `a` is m×`dim`,
/// `b` is n×`dim` and `out` is m×n, all row-major.
pub fn products(a: &[f32], b: &[f32], dim: usize, out: &mut [f32]) {
    let n = b.len() / dim;
    for (i, a) in a.chunks_exact(dim).enumerate() {
        for (j, b) in b.chunks_exact(dim).enumerate() {
            out[i * n + j] = dot(a, b);
        }
    }
}
