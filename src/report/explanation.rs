//! The first steps of skip-gram, number by number.

use super::layout::columns;
use super::numbers::{counted, grouped};
use crate::train::{Explanation, SkipGram, Step, Target, TokenFate};
use crate::vocab::{Vocab, WordId};

/// Words that are listed.
const LISTED: usize = 50;
/// What training does first: counts, probabilities, a window, negatives and steps, to be checked by hand. See
/// [`crate::train::explain`] for the numbers.
pub fn explanation(told: &Explanation, vocab: &Vocab, parameters: &SkipGram) -> String {
    let teller = Teller { vocab, told, p: parameters };
    let first = &told.steps[0];
    let mut text = format!(
        "{}\n2. SUB-SAMPLE: a token is kept where the number drawn for it is below keep\n{}\n3. WINDOW\n{}\n\
         {}\n5. ONE STEP\n{}",
        teller.words(),
        teller.sampling(first),
        teller.window(first),
        teller.negatives(first),
        teller.step(first),
    );
    // All output rows begin as zeros, so that the first step leaves the input row where it is.
    let moved = |step: &Step| {
        let far = |(a, b): (&f32, &f32)| (a - b).abs() >= 1e-5;
        step.row.iter().zip(&step.after).any(far)
    };
    if let Some(at) = told.steps.iter().position(moved) {
        let (step, nth) = (&told.steps[at], ordinal(at + 1));
        text += &format!(
            "\n6. A LATER STEP, the {nth} of the run: now the input row moves too\n{}{}",
            teller.window(step),
            teller.step(step)
        );
    }
    text += "\nThese are steps of `engine=pair`; `engine=block`, the default, makes the same in \
             expectation.\nNothing was trained: leave out `explain` for that.\n";
    text
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

fn numbers(row: &[f32]) -> String {
    let numbers: Vec<String> = row.iter().map(|x| format!("{x:.6}")).collect();
    format!("[{}]", numbers.join(" "))
}

/// Makes paragraphs of an explanation, each with its line ends.
struct Teller<'a> {
    vocab: &'a Vocab,
    told: &'a Explanation,
    p: &'a SkipGram,
}

impl Teller<'_> {
    fn word(&self, id: WordId) -> &str {
        self.vocab.word(id)
    }

    fn words(&self) -> String {
        let (total, power) = (self.vocab.total(), self.p.ns_exponent);
        let keep = match self.p.sample {
            0.0 => "1: with `sample=0` every token is kept".to_owned(),
            t => format!(
                "√(t/f) + t/f, at most 1, with t = {t} (`sample`): how likely a token is kept"
            ),
        };
        let head = ["   index", "count", "f", "keep", "noise", "word"].map(str::to_owned);
        let rows = self.told.words.iter().take(LISTED).map(|w| {
            let [f, keep, noise] = [w.frequency, w.keep, w.noise].map(|x| format!("{x:.6}"));
            [w.id.0.to_string(), w.count.to_string(), f, keep, noise, self.word(w.id).to_owned()]
        });
        let rows: Vec<_> = [head].into_iter().chain(rows).collect();
        let more = match self.told.words.len() {
            n if n > LISTED => format!("       … {} more\n", n - LISTED),
            _ => String::new(),
        };
        format!(
            "1. COUNT: {}, {}\n   f = count / {}\n   keep = {keep}\n   noise = count^{power} / {:.6}, which \
             is the sum of count^{power}: how likely a word is drawn as a negative\n{}{more}",
            counted(total, "token"),
            counted(self.vocab.len() as u64, "different word"),
            grouped(total),
            self.told.noise_sum,
            columns(">8 >5 >8 >8 >8 <", &rows)
        )
    }

    fn sampling(&self, first: &Step) -> String {
        let fate = |token: &TokenFate| {
            let (sign, kept) = if token.kept { ("<", "kept") } else { ("≥", "left out") };
            let keep = self.told.words[token.id.index()].keep;
            format!("   {}: {:.6} {sign} {keep:.6}, {kept}\n", self.word(token.id), token.drawn)
        };
        let sentence = |(number, sentence): (usize, &Vec<TokenFate>)| match sentence.len() {
            n if n > LISTED => {
                format!("   sentence {number}: {}, too many to show\n", counted(n as u64, "token"))
            }
            _ => {
                let tokens: String = sentence.iter().map(fate).collect();
                format!("   sentence {number}\n{tokens}")
            }
        };
        (1..).zip(&self.told.sentences[..=first.sentence]).map(sentence).collect()
    }

    fn window(&self, step: &Step) -> String {
        let (center, input) = (self.word(step.targets[0].id), self.word(step.input));
        let context: Vec<&str> = step.context.iter().map(|id| self.word(*id)).collect();
        let drawn = match self.p.shrink_window {
            true => format!("drawn from 1 to {} (`window`)", self.p.window),
            false => "whole (`fixed_window`)".to_owned(),
        };
        format!(
            "   sentence {}, word {} of those kept: {center}\n   window {}, {drawn}: context {}\n   pair: \
             {input} predicts {center}\n",
            step.sentence + 1,
            step.position + 1,
            step.window,
            context.join(", ")
        )
    }

    fn negatives(&self, step: &Step) -> String {
        let mut text = format!("4. NEGATIVES: {} drawn (`negative`)\n", self.p.negative);
        for target in &step.targets[1..] {
            let noise = self.told.words[target.id.index()].noise;
            text += &format!("   {}: noise {noise:.6}\n", self.word(target.id));
        }
        if step.left_out > 0 {
            let (word, times) = (self.word(step.targets[0].id), step.left_out as u64);
            let times = counted(times, "time");
            text += &format!("   {word}: left out ({times}), being the true word\n");
        }
        text
    }

    fn step(&self, step: &Step) -> String {
        let mut text = format!(
            "   lr = {:.6} (`lr={}`)\n   input row of {}: v = {}\n   of each word the output row u, z = v·u, \
             σ(z) = 1/(1 + e^−z), g = lr·(y − σ(z)):\n",
            step.lr,
            self.p.lr,
            self.word(step.input),
            numbers(&step.row)
        );
        for (k, target) in step.targets.iter().enumerate() {
            let (y, role) = if k == 0 { (1, "the true word") } else { (0, "a negative") };
            let (word, u) = (self.word(target.id), numbers(&target.row));
            let (z, g) = (target.z, target.g);
            let sigmoid = 1.0 / (1.0 + (-f64::from(z)).exp());
            text += &format!(
                "   {word} ({role}): y = {y}, u = {u}\n      z = {z:.6}, σ(z) = {sigmoid:.6}, g = {g:.6}\n"
            );
        }
        text += &format!(
            "   loss = −log σ(z) of the true word − Σ log(1 − σ(z)) of the negatives = {:.6}\n   each output \
             row becomes u + g·v:\n",
            step.loss
        );
        for (k, target) in step.targets.iter().enumerate() {
            let same = |other: &&Target| other.id == target.id;
            let times = match step.targets.iter().filter(same).count() {
                1 => String::new(),
                n => format!("   ({n} times)"),
            };
            if !step.targets[..k].iter().any(|other| same(&other)) {
                text +=
                    &format!("   {}: {}{times}\n", self.word(target.id), numbers(&target.after));
            }
        }
        text + &format!(
            "   the input row becomes v + Σ g·u, with each u as it was before:\n   {}: {}\n",
            self.word(step.input),
            numbers(&step.after)
        )
    }
}
