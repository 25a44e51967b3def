//! The flags of each objective, and what they ask for.

use super::cooccur::CountingArgs;
use super::values::choice;
use std::path::PathBuf;
use w2v::session::Begin;
use w2v::train::{Combine, Engine, GloveParameters, Parameters, Storage};
use w2v::{Glove, SkipGram};

/// The flags that say what is learnt.
#[derive(clap::Args)]
pub(super) struct ObjectiveArgs {
    /// What is learnt
    #[arg(long, value_enum, default_value_t, help_heading = "Training")]
    pub(super) model: ModelName,

    /// Dimensions of a vector [default: 100; with --continue and --init those of the file]
    #[arg(long, value_name = "N", help_heading = "Training",
          aliases = ["size", "vector-size"])]
    dim: Option<usize>,

    /// Words to each side that are context [default: 5; glove 15]
    #[arg(long, value_name = "N", help_heading = "Training",
          aliases = ["ws", "window-size"])]
    window: Option<usize>,

    /// Passes over the text [default: 5; glove 25]
    #[arg(long, value_name = "N", alias = "iter", help_heading = "Training")]
    epochs: Option<u32>,

    /// Learning rate at the beginning [default: 0.025; glove 0.05; with --continue 0.01]
    #[arg(long, value_name = "X", alias = "eta", help_heading = "Training")]
    lr: Option<f32>,

    #[command(flatten)]
    pub(super) skipgram: SkipGramArgs,

    #[command(flatten)]
    pub(super) glove: GloveArgs,
}

/// The flags that only skip-gram has.
#[derive(clap::Args)]
pub(super) struct SkipGramArgs {
    /// Always use the whole window, instead of drawing its size for each word
    #[arg(long, help_heading = "Training")]
    fixed_window: bool,

    /// Negatives (words drawn at random) for each pair of words [default: 5]
    #[arg(long, value_name = "N", alias = "neg", help_heading = "Training")]
    negative: Option<usize>,

    /// Draw negatives in proportion to their count to the power of X [default: 0.75]
    #[arg(long, value_name = "X", help_heading = "Training")]
    ns_exponent: Option<f64>,

    /// Leave out some of the words that make up more than this share of all tokens; 0 keeps all
    /// [default: 0.001]
    #[arg(long, value_name = "X", help_heading = "Training")]
    sample: Option<f64>,

    /// Learning rate at the end [default: a ten-thousandth of --lr]
    #[arg(long, value_name = "X", help_heading = "Training")]
    min_lr: Option<f32>,

    /// How pairs of words become steps [default: block]
    #[arg(long, value_parser = choice(ENGINES), help_heading = "Training")]
    engine: Option<Engine>,

    /// How numbers are kept during training; the vectors are f32 either way [default: f32]
    #[arg(long, value_parser = choice(STORAGES), help_heading = "Training")]
    storage: Option<Storage>,

    /// Train nothing; print what training does first on a tiny text, so that it can be checked by
    /// hand: counts, probabilities, a window, negatives and one gradient step. Every word counts
    /// (--min-count 1); best with --dim 3 and --sample 0
    #[arg(long, help_heading = "Training")]
    pub(super) explain: bool,
}

/// The flags that only GloVe has.
#[derive(clap::Args)]
pub(super) struct GloveArgs {
    /// Train GloVe on counts that were made before: by `w2v cooccur`, or a `cooccurrence.bin` of
    /// GloVe with --vocab
    #[arg(long, value_name = "FILE", help_heading = "GloVe")]
    pub(super) cooccur: Option<PathBuf>,

    /// Counts from X on weigh the same [default: 100; about 10 suits small texts]
    #[arg(long, value_name = "X", help_heading = "GloVe")]
    x_max: Option<f32>,

    /// Exponent of the weights of counts below --x-max [default: 0.75]
    #[arg(long, value_name = "X", help_heading = "GloVe")]
    alpha: Option<f32>,

    /// Cut gradients at plus and minus X [default: 100]
    #[arg(long, value_name = "X", alias = "grad-clip", help_heading = "GloVe")]
    clip: Option<f32>,

    /// Train without this share of the counts and show the loss of these [default: 0]
    #[arg(long, value_name = "X", help_heading = "GloVe")]
    held_out: Option<f64>,

    /// Which vectors one asks [default: sum]
    #[arg(long, value_parser = choice(COMBINATIONS), value_name = "WHICH", help_heading = "GloVe")]
    combine: Option<Combine>,

    /// Add a vector `<unk>`, the mean of the 100 rarest words
    #[arg(long, help_heading = "GloVe")]
    unk: bool,

    #[command(flatten)]
    counting: CountingArgs,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ModelName {
    /// Skip-gram with negative sampling: predict the words around a word
    #[default]
    Skipgram,
    /// GloVe: fit the logarithms of how often words stand near each other
    Glove,
}

/// `--combine`
const COMBINATIONS: &[(&str, Combine, &str)] = &[
    ("sum", Combine::Sum, "Word vector plus context vector"),
    ("word", Combine::Word, "Word vectors"),
    ("context", Combine::Context, "Context vectors"),
    ("concat", Combine::Concat, "Both, one behind the other: twice the dimensions"),
];

/// `--engine`
const ENGINES: &[(&str, Engine, &str)] = &[
    ("block", Engine::Block, "Blocks of positions that share their negatives: fast"),
    ("pair", Engine::Pair, "One pair at a time, as word2vec.c: the reference"),
];

/// `--storage`
const STORAGES: &[(&str, Storage, &str)] = &[
    ("f32", Storage::F32, "4 bytes"),
    ("bf16", Storage::Bf16, "2 bytes, rounded at random: less memory traffic"),
];

impl ObjectiveArgs {
    /// The objective with the parameters that flags set; the others are the defaults, and with --continue
    /// those of the model.
    pub(super) fn asked(&self, begin: Option<&Begin>) -> Parameters {
        match self.model {
            ModelName::Skipgram => {
                let defaults = begin.map_or_else(SkipGram::default, Begin::skipgram);
                let (flags, lr) = (&self.skipgram, self.lr.unwrap_or(defaults.lr));
                Parameters::SkipGram(SkipGram {
                    dim: self.dim.unwrap_or(defaults.dim),
                    window: self.window.unwrap_or(defaults.window),
                    shrink_window: defaults.shrink_window && !flags.fixed_window,
                    negative: flags.negative.unwrap_or(defaults.negative),
                    ns_exponent: flags.ns_exponent.unwrap_or(defaults.ns_exponent),
                    sample: flags.sample.unwrap_or(defaults.sample),
                    epochs: self.epochs.unwrap_or(defaults.epochs),
                    lr,
                    min_lr: flags.min_lr.unwrap_or(lr * 1e-4),
                    engine: flags.engine.unwrap_or(defaults.engine),
                    storage: flags.storage.unwrap_or(defaults.storage),
                })
            }
            ModelName::Glove => {
                let (flags, defaults) = (&self.glove, Glove::default());
                let glove = Glove {
                    dim: self.dim.unwrap_or(defaults.dim),
                    x_max: flags.x_max.unwrap_or(defaults.x_max),
                    alpha: flags.alpha.unwrap_or(defaults.alpha),
                    lr: self.lr.unwrap_or(defaults.lr),
                    epochs: self.epochs.unwrap_or(defaults.epochs),
                    clip: flags.clip.unwrap_or(defaults.clip),
                    held_out: flags.held_out.unwrap_or(defaults.held_out),
                    combine: flags.combine.unwrap_or(defaults.combine),
                    unk: flags.unk,
                };
                // Of a file of counts it is not known yet.
                let counting =
                    flags.cooccur.is_none().then(|| flags.counting.counting(self.window));
                Parameters::Glove(GloveParameters { glove, counting })
            }
        }
    }
}
