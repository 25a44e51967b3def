//! The flags of each objective, and what they ask for.

use super::cooccur::CountingArgs;
use super::grow::Begin;
use clap::ArgMatches;
use clap::parser::ValueSource;
use std::path::PathBuf;
use w2v::train::{Combine, Engine, GloveParameters, Parameters, Storage};
use w2v::{Glove, SkipGram};

/// The flags that say what is learnt.
#[derive(clap::Args)]
pub(super) struct ObjectiveArgs {
    /// What is learnt
    #[arg(long, value_enum, default_value_t, help_heading = "Training")]
    pub(super) model: ModelName,

    /// Dimensions of a vector [default: 100; with --continue and --init those of the file]
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Training",
          aliases = ["size", "vector-size"])]
    dim: Option<usize>,

    /// Words to each side that are context [default: 5; glove 15]
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Training",
          aliases = ["ws", "window-size"])]
    window: Option<usize>,

    /// Passes over the text [default: 5; glove 25]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        help_heading = "Training",
        alias = "iter"
    )]
    epochs: Option<u32>,

    /// Learning rate at the beginning [default: 0.025; glove 0.05; with --continue 0.01]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "X",
        alias = "eta",
        help_heading = "Training"
    )]
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
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        help_heading = "Training",
        alias = "neg"
    )]
    negative: Option<usize>,

    /// Draw negatives in proportion to their count to the power of X [default: 0.75]
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Training")]
    ns_exponent: Option<f64>,

    /// Leave out some of the words that make up more than this share of all tokens; 0 keeps all
    /// [default: 0.001]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "Training")]
    sample: Option<f64>,

    /// Learning rate at the end [default: a ten-thousandth of --lr]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "Training")]
    min_lr: Option<f32>,

    /// How pairs of words become steps [default: block]
    #[arg(long, value_enum, help_heading = "Training")]
    engine: Option<EngineName>,

    /// How numbers are kept during training; the vectors are f32 either way [default: f32]
    #[arg(long, value_enum, help_heading = "Training")]
    storage: Option<StorageName>,

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
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "GloVe")]
    x_max: Option<f32>,

    /// Exponent of the weights of counts below --x-max [default: 0.75]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "GloVe")]
    alpha: Option<f32>,

    /// Cut gradients at plus and minus X [default: 100]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "X",
        alias = "grad-clip",
        help_heading = "GloVe"
    )]
    clip: Option<f32>,

    /// Train without this share of the counts and show the loss of these [default: 0]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "GloVe")]
    held_out: Option<f64>,

    /// Which vectors one asks [default: sum]
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "GloVe")]
    combine: Option<CombineName>,

    /// Add a vector `<unk>`, the mean of the 100 rarest words
    #[arg(long, help_heading = "GloVe")]
    unk: bool,

    #[command(flatten)]
    counting: CountingArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum CombineName {
    /// Word vector plus context vector
    Sum,
    /// Word vectors
    Word,
    /// Context vectors
    Context,
    /// Both, one behind the other: twice the dimensions
    Concat,
}

impl From<CombineName> for Combine {
    fn from(name: CombineName) -> Self {
        match name {
            CombineName::Sum => Combine::Sum,
            CombineName::Word => Combine::Word,
            CombineName::Context => Combine::Context,
            CombineName::Concat => Combine::Concat,
        }
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ModelName {
    /// Skip-gram with negative sampling: predict the words around a word
    #[default]
    Skipgram,
    /// GloVe: fit the logarithms of how often words stand near each other
    Glove,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum EngineName {
    /// Blocks of positions that share their negatives: fast
    #[default]
    Block,
    /// One pair at a time, as word2vec.c: the reference
    Pair,
}

impl From<EngineName> for Engine {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Block => Engine::Block,
            EngineName::Pair => Engine::Pair,
        }
    }
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum StorageName {
    /// 4 bytes
    #[default]
    F32,
    /// 2 bytes, rounded at random: less memory traffic
    Bf16,
}

impl From<StorageName> for Storage {
    fn from(name: StorageName) -> Self {
        match name {
            StorageName::F32 => Storage::F32,
            StorageName::Bf16 => Storage::Bf16,
        }
    }
}

/// The first flag of `A` that was typed.
pub(super) fn first_given<A: clap::Args>(typed: &ArgMatches) -> Option<String> {
    let flags = A::augment_args(clap::Command::new("flags"));
    let given = |flag: &&clap::Arg| {
        typed.value_source(flag.get_id().as_str()) == Some(ValueSource::CommandLine)
    };
    let flag = flags.get_arguments().find(given)?;
    Some(format!("--{}", flag.get_long().expect("every flag has a long name")))
}

impl ObjectiveArgs {
    /// A message about a flag that belongs to another model.
    pub(super) fn foreign_flag(&self, typed: &ArgMatches) -> Option<String> {
        let (flag, of, to) = match self.model {
            ModelName::Skipgram => (first_given::<GloveArgs>(typed), "skip-gram", "glove"),
            ModelName::Glove => (first_given::<SkipGramArgs>(typed), "--model glove", "skipgram"),
        };
        Some(format!("{} means nothing with {of}; it belongs to --model {to}", flag?))
    }

    /// The objective with the parameters that flags set; the others are the defaults, and with --continue
    /// those of the model.
    pub(super) fn asked(&self, begin: Option<&Begin>) -> Parameters {
        match self.model {
            ModelName::Skipgram => {
                let defaults = match begin.and_then(Begin::parameters) {
                    Some(Parameters::SkipGram(was)) => SkipGram {
                        epochs: SkipGram::default().epochs,
                        storage: Storage::default(),
                        lr: SkipGram::CONTINUE_LR,
                        ..was.clone()
                    },
                    _ => SkipGram::default(),
                };
                let dim = begin.map_or(defaults.dim, Begin::dim);
                let (flags, lr) = (&self.skipgram, self.lr.unwrap_or(defaults.lr));
                Parameters::SkipGram(SkipGram {
                    dim: self.dim.unwrap_or(dim),
                    window: self.window.unwrap_or(defaults.window),
                    shrink_window: defaults.shrink_window && !flags.fixed_window,
                    negative: flags.negative.unwrap_or(defaults.negative),
                    ns_exponent: flags.ns_exponent.unwrap_or(defaults.ns_exponent),
                    sample: flags.sample.unwrap_or(defaults.sample),
                    epochs: self.epochs.unwrap_or(defaults.epochs),
                    lr,
                    min_lr: flags.min_lr.unwrap_or(lr * 1e-4),
                    engine: flags.engine.map_or(defaults.engine, Engine::from),
                    storage: flags.storage.map_or(defaults.storage, Storage::from),
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
                    combine: flags.combine.map_or(defaults.combine, Combine::from),
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
