//! `w2v train --explain`: the first step, number by number.

use super::output::Output;
use super::size::{counted, grouped};
use anyhow::ensure;
use w2v::encode::EncodedCorpus;
use w2v::train::{Explanation, Step, TokenFate, explain};
use w2v::{SkipGram, Vocab, WordId};

/// Words that are listed.
const LISTED: usize = 50;
/// Steps among which one is looked for that moves its input row.
const LOOKED_AT: usize = 200;

/// Refuses numbers that nobody can follow.
pub(super) fn check(parameters: &SkipGram) -> anyhow::Result<()> {
    ensure!(
        parameters.dim <= 1000 && parameters.negative <= 100,
        "--dim {} with --negative {}: with --explain expected at most 1000 and 100; nobody checks more by \
         hand",
        parameters.dim,
        parameters.negative
    );
    Ok(())
}

/// Prints what training does first on this text: see [`w2v::train::explain`] for the numbers.
pub(super) fn show(
    vocab: &Vocab,
    corpus: &EncodedCorpus,
    parameters: &SkipGram,
    seed: u64,
) -> anyhow::Result<()> {
    let told = explain(vocab, corpus, parameters, seed, LOOKED_AT)?;
    let mut output = Output::new(false);
    words(&mut output, vocab, &told, parameters)?;
    let first = &told.steps[0];
    sampling(&mut output, vocab, &told, first)?;
    output.line("")?;
    output.line("3. WINDOW")?;
    window(&mut output, vocab, first, parameters)?;
    negatives(&mut output, vocab, &told, first, parameters)?;
    output.line("")?;
    output.line("5. ONE STEP")?;
    one_step(&mut output, vocab, first, parameters)?;
    // All output rows begin as zeros, so that the first step leaves the input row where it is.
    let moved = |step: &&Step| {
        let far = |(a, b): (&f32, &f32)| (a - b).abs() >= 1e-5;
        step.row.iter().zip(&step.after).any(far)
    };
    if let Some(at) = told.steps.iter().position(|step| moved(&step)) {
        let step = &told.steps[at];
        output.line("")?;
        output.line(format_args!(
            "6. A LATER STEP, the {} of the run: now the input row moves too",
            ordinal(at + 1)
        ))?;
        window(&mut output, vocab, step, parameters)?;
        one_step(&mut output, vocab, step, parameters)?;
    }
    output.line("")?;
    output.line(
        "These are steps of --engine pair; --engine block, the default, makes the same in expectation.",
    )?;
    output.line("Nothing was trained: leave out --explain for that.")?;
    Ok(())
}

fn ordinal(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

fn words(
    output: &mut Output,
    vocab: &Vocab,
    told: &Explanation,
    p: &SkipGram,
) -> anyhow::Result<()> {
    let total = vocab.total();
    output.line(format_args!(
        "1. COUNT: {}, {}",
        counted(total, "token"),
        counted(vocab.len() as u64, "different word")
    ))?;
    output.line(format_args!("   f = count / {}", grouped(total)))?;
    match p.sample {
        0.0 => output.line("   keep = 1: with --sample 0 every token is kept")?,
        t => output.line(format_args!(
            "   keep = √(t/f) + t/f, at most 1, with t = {t} (--sample): how likely a token is kept"
        ))?,
    }
    output.line(format_args!(
        "   noise = count^{} / {:.6}, which is the sum of count^{}: how likely a word is drawn as a negative",
        p.ns_exponent, told.noise_sum, p.ns_exponent
    ))?;
    output.line("   index  count         f      keep     noise  word")?;
    for facts in told.words.iter().take(LISTED) {
        output.line(format_args!(
            "   {:>5}  {:>5}  {:.6}  {:.6}  {:.6}  {}",
            facts.id.0,
            facts.count,
            facts.frequency,
            facts.keep,
            facts.noise,
            vocab.word(facts.id)
        ))?;
    }
    if told.words.len() > LISTED {
        output.line(format_args!("       … {} more", told.words.len() - LISTED))?;
    }
    Ok(())
}

fn sampling(
    output: &mut Output,
    vocab: &Vocab,
    told: &Explanation,
    first: &Step,
) -> anyhow::Result<()> {
    output.line("")?;
    output.line("2. SUB-SAMPLE: a token is kept where the number drawn for it is below keep")?;
    for (number, sentence) in told.sentences[..=first.sentence].iter().enumerate() {
        if sentence.len() > LISTED {
            output.line(format_args!(
                "   sentence {}: {}, too many to show",
                number + 1,
                counted(sentence.len() as u64, "token")
            ))?;
            continue;
        }
        let fate = |token: &TokenFate| {
            let sign = if token.kept { "<" } else { "≥" };
            let keep = told.words[token.id.index()].keep;
            let kept = if token.kept { "kept" } else { "left out" };
            format!("   {}: {:.6} {sign} {keep:.6}, {kept}", vocab.word(token.id), token.drawn)
        };
        output.line(format_args!("   sentence {}", number + 1))?;
        for token in sentence {
            output.line(fate(token))?;
        }
    }
    Ok(())
}

fn window(output: &mut Output, vocab: &Vocab, step: &Step, p: &SkipGram) -> anyhow::Result<()> {
    let word = |id: WordId| vocab.word(id);
    let center = word(step.targets[0].id);
    let context: Vec<&str> = step.context.iter().map(|id| word(*id)).collect();
    output.line(format_args!(
        "   sentence {}, word {} of those kept: {center}",
        step.sentence + 1,
        step.position + 1
    ))?;
    let drawn = match p.shrink_window {
        true => format!("drawn from 1 to {} (--window)", p.window),
        false => "whole (--fixed-window)".to_owned(),
    };
    output.line(format_args!(
        "   window {}, {drawn}: context {}",
        step.window,
        context.join(", ")
    ))?;
    output.line(format_args!("   pair: {} predicts {center}", word(step.input)))?;
    Ok(())
}

fn negatives(
    output: &mut Output,
    vocab: &Vocab,
    told: &Explanation,
    step: &Step,
    p: &SkipGram,
) -> anyhow::Result<()> {
    let word = |id: WordId| vocab.word(id);
    output.line("")?;
    output.line(format_args!("4. NEGATIVES: {} drawn (--negative)", p.negative))?;
    for target in &step.targets[1..] {
        let noise = told.words[target.id.index()].noise;
        output.line(format_args!("   {}: noise {noise:.6}", word(target.id)))?;
    }
    if step.left_out > 0 {
        output.line(format_args!(
            "   {}: left out ({}), being the true word",
            word(step.targets[0].id),
            counted(step.left_out as u64, "time")
        ))?;
    }
    Ok(())
}

fn numbers(row: &[f32]) -> String {
    let numbers: Vec<String> = row.iter().map(|x| format!("{x:.6}")).collect();
    format!("[{}]", numbers.join(" "))
}

fn one_step(output: &mut Output, vocab: &Vocab, step: &Step, p: &SkipGram) -> anyhow::Result<()> {
    let word = |id: WordId| vocab.word(id);
    output.line(format_args!("   lr = {:.6} (--lr {})", step.lr, p.lr))?;
    output.line(format_args!(
        "   input row of {}: v = {}",
        word(step.input),
        numbers(&step.row)
    ))?;
    output.line(
        "   of each word the output row u, z = v·u, σ(z) = 1/(1 + e^−z), g = lr·(y − σ(z)):",
    )?;
    for (k, target) in step.targets.iter().enumerate() {
        let (y, role) = if k == 0 { (1, "the true word") } else { (0, "a negative") };
        let sigmoid = 1.0 / (1.0 + (-f64::from(target.z)).exp());
        output.line(format_args!(
            "   {} ({role}): y = {y}, u = {}",
            word(target.id),
            numbers(&target.row)
        ))?;
        output.line(format_args!(
            "      z = {:.6}, σ(z) = {sigmoid:.6}, g = {:.6}",
            target.z, target.g
        ))?;
    }
    output.line(format_args!(
        "   loss = −log σ(z) of the true word − Σ log(1 − σ(z)) of the negatives = {:.6}",
        step.loss
    ))?;
    output.line("   each output row becomes u + g·v:")?;
    let mut shown = Vec::new();
    for target in &step.targets {
        let times = step.targets.iter().filter(|other| other.id == target.id).count();
        if shown.contains(&target.id) {
            continue;
        }
        shown.push(target.id);
        let note = match times {
            1 => String::new(),
            n => format!("   ({n} times)"),
        };
        output.line(format_args!("   {}: {}{note}", word(target.id), numbers(&target.after)))?;
    }
    output.line("   the input row becomes v + Σ g·u, with each u as it was before:")?;
    output.line(format_args!("   {}: {}", word(step.input), numbers(&step.after)))?;
    Ok(())
}
