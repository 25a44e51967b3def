//! The oracle: each kernel as its formula, in f64, one number at a time. Slow; for tests, and for
//! readers.

/// Σ aᵢ·bᵢ.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

/// σ(z) = 1 / (1 + e⁻ᶻ).
pub fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// log(1 + eᶻ) = −log σ(−z), without overflow.
pub fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// What [`pair_step`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct PairStep {
    /// The loss before the step.
    pub loss: f64,
    /// `lr`·(yₖ − σ(zₖ)) for each row.
    pub g: Vec<f64>,
    /// Σₖ gₖ·rowₖ.
    pub step: Vec<f64>,
}

/// One step of skip-gram with negative sampling: see [`super::Isa::pair_step`].
pub fn pair_step(x: &[f32], rows: &[f32], lr: f64) -> PairStep {
    let mut all = PairStep { loss: 0.0, g: Vec::new(), step: vec![0.0; x.len()] };
    for (k, row) in rows.chunks_exact(x.len()).enumerate() {
        let z = dot(x, row);
        let label = if k == 0 { 1.0 } else { 0.0 };
        all.loss += if k == 0 { softplus(-z) } else { softplus(z) };
        let g = lr * (label - sigmoid(z));
        all.g.push(g);
        all.step.iter_mut().zip(row).for_each(|(s, &r)| *s += g * f64::from(r));
    }
    all
}

/// What [`block_step`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockSteps {
    /// The loss before the step.
    pub loss: f64,
    /// B×D, without gaps.
    pub inputs: Vec<f64>,
    /// O×D, without gaps.
    pub outputs: Vec<f64>,
    /// K×D, without gaps.
    pub negatives: Vec<f64>,
}

/// One step for a block: see [`super::Kernels::block_step`].
pub fn block_step(b: &super::BlockStep<'_>) -> BlockSteps {
    let dim = b.dim;
    let rows = |lanes: &[super::lanes::Lanes]| -> Vec<Vec<f32>> {
        let rows = lanes.chunks_exact(b.pitch);
        rows.map(|row| row.as_flattened()[..dim].to_vec()).collect()
    };
    let (inputs, outputs, negatives) = (rows(b.inputs), rows(b.outputs), rows(b.negatives));
    let per_row = negatives.len().next_multiple_of(16);
    let mut all = BlockSteps {
        loss: 0.0,
        inputs: vec![0.0; inputs.len() * dim],
        outputs: vec![0.0; outputs.len() * dim],
        negatives: vec![0.0; negatives.len() * dim],
    };
    let add = |step: &mut [f64], at: usize, g: f64, row: &[f32]| {
        let step = step[at * dim..(at + 1) * dim].iter_mut();
        step.zip(row).for_each(|(s, &x)| *s += g * f64::from(x));
    };
    for (i, x) in inputs.iter().enumerate() {
        for o in b.spans[i].outputs() {
            let z = dot(x, &outputs[o]);
            all.loss += softplus(-z);
            let g = f64::from(b.lr) * (1.0 - sigmoid(z));
            add(&mut all.inputs, i, g, &outputs[o]);
            add(&mut all.outputs, o, g, x);
        }
        for (k, row) in negatives.iter().enumerate() {
            let weight = b.weights.as_flattened()[i * per_row + k];
            let weight = f64::from(weight) * f64::from(b.share);
            let z = dot(x, row);
            all.loss += weight * softplus(z);
            let g = -f64::from(b.lr) * weight * sigmoid(z);
            add(&mut all.inputs, i, g, row);
            add(&mut all.negatives, k, g, x);
        }
    }
    all
}

/// What [`glove_step`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct GloveStep {
    /// ½·weight·e².
    pub loss: f64,
    /// The gradient of the loss by each number of the word, then by its bias.
    pub word: Vec<f64>,
    /// The gradient by each number of the context, then by its bias.
    pub context: Vec<f64>,
}

/// Loss and gradients of one cell of GloVe (Pennington et al. 2014, eq. 8, times ½ as in the program):
/// `word` and `context` are D numbers and a bias.
pub fn glove_step(word: &[f32], context: &[f32], log: f64, weight: f64) -> GloveStep {
    let dim = word.len() - 1;
    let biases = f64::from(word[dim]) + f64::from(context[dim]);
    let e = dot(&word[..dim], &context[..dim]) + biases - log;
    let gradient = |of: &[f32]| -> Vec<f64> {
        let slopes = of[..dim].iter().map(|&x| f64::from(x)).chain([1.0]);
        slopes.map(|slope| weight * e * slope).collect()
    };
    GloveStep { loss: 0.5 * weight * e * e, word: gradient(context), context: gradient(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glove_step_is_the_gradient_of_its_loss() {
        let (word, context) = ([0.3f32, -0.7, 0.2], [0.5f32, 0.1, -0.4]);
        let at = glove_step(&word, &context, 1.5, 0.3);
        let h = 1e-3f32;
        for i in 0..3 {
            let slope = |loss: &dyn Fn(f32) -> f64| (loss(h) - loss(-h)) / f64::from(2.0 * h);
            let moved = |row: &[f32; 3], by: f32| {
                let mut row = *row;
                row[i] += by;
                row
            };
            let by_word = slope(&|h| glove_step(&moved(&word, h), &context, 1.5, 0.3).loss);
            let by_context = slope(&|h| glove_step(&word, &moved(&context, h), 1.5, 0.3).loss);
            assert!((at.word[i] - by_word).abs() < 1e-5, "{i}");
            assert!((at.context[i] - by_context).abs() < 1e-5, "{i}");
        }
    }

    /// The steps are the negative gradient of the loss: against central differences.
    #[test]
    fn pair_step_is_the_gradient_of_its_loss() {
        let x = [0.3f32, -0.7, 0.2];
        let rows = [0.5f32, 0.1, -0.4, -0.2, 0.9, 0.3, 0.8, -0.6, 0.1];
        let at = pair_step(&x, &rows, 1.0);
        let h = 1e-3f32;
        for i in 0..3 {
            let (mut up, mut down) = (x, x);
            up[i] += h;
            down[i] -= h;
            let slope = (pair_step(&up, &rows, 1.0).loss - pair_step(&down, &rows, 1.0).loss)
                / f64::from(up[i] - down[i]);
            assert!((at.step[i] + slope).abs() < 1e-5, "{} against {slope}", at.step[i]);
        }
        for i in 0..9 {
            let (mut up, mut down) = (rows, rows);
            up[i] += h;
            down[i] -= h;
            let slope = (pair_step(&x, &up, 1.0).loss - pair_step(&x, &down, 1.0).loss)
                / f64::from(up[i] - down[i]);
            let step = at.g[i / 3] * f64::from(x[i % 3]);
            assert!((step + slope).abs() < 1e-5, "{step} against {slope}");
        }
    }

    /// z₀ = 0 and z₁ = log 3: σ = ½ and ¾; loss = log 2 + log 4.
    #[test]
    fn pair_step_by_hand() {
        let all = pair_step(&[1.0], &[0.0, 3.0f32.ln()], 0.4);
        assert!((all.loss - 8.0f64.ln()).abs() < 1e-7);
        assert!((all.g[0] - 0.2).abs() < 1e-7 && (all.g[1] + 0.3).abs() < 1e-7);
        assert!((all.step[0] + 0.3 * 3.0f64.ln()).abs() < 1e-6);
    }
}
