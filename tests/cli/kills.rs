//! Training processes that are killed without a warning, at random moments of all stages: whatever
//! moment it was, going on ends with the right bytes, and no stray or torn file is left.
//!
//! Eight kills of skip-gram, four of GloVe and four of counting, at moments that are the same each time,
//! as far as the machine's speed is; `W2V_KILLS=100` sets how many of each, `W2V_SEED=2` other moments.
#![cfg(unix)]

use super::checkpoints::{signal, start};
use super::{Folder, bundled, json_lines};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::io::Read;
use std::time::{Duration, Instant};

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value}, expected a number")))
}

/// The seed of the moments, and their random numbers.
fn moments() -> (u64, Xoshiro256PlusPlus) {
    let seed = number("W2V_SEED").unwrap_or(1);
    println!("W2V_SEED={seed}");
    (seed, Xoshiro256PlusPlus::seed_from_u64(seed))
}

/// The stages of a run in this order, each by the event with which the one before it ends, and the
/// seconds that each takes.
fn stages(folder: &Folder, arguments: &str, ends: &[&'static str]) -> Vec<(&'static str, f64)> {
    let begun = Instant::now();
    let (mut child, seen) = start(folder, arguments, "{");
    let mut at = Vec::new();
    let mut reader = child.stderr.take().unwrap();
    let (mut text, mut buffer) = (seen, [0; 4096]);
    loop {
        let read = reader.read(&mut buffer).unwrap();
        text += &String::from_utf8_lossy(&buffer[..read]);
        while let Some(end) = ends.get(at.len())
            && text.contains(&format!("\"event\":\"{end}\""))
        {
            at.push(begun.elapsed().as_secs_f64());
        }
        if read == 0 {
            break;
        }
    }
    assert!(child.wait().unwrap().success(), "{text}");
    assert_eq!(at.len(), ends.len(), "{text}");
    at.push(begun.elapsed().as_secs_f64());
    let names = std::iter::once("start").chain(ends.iter().copied());
    let mut before = 0.0;
    names.zip(at).map(|(name, at)| (name, at - std::mem::replace(&mut before, at))).collect()
}

fn kill_at_random_moments(arguments: &str, ends: &[&'static str], kills: u64) {
    let (seed, mut random) = moments();
    let whole = Folder::new();
    let arguments = format!("{arguments} --threads 1 --progress json --checkpoint-every 20ms");
    let stages = stages(&whole, &arguments, ends);
    let right = whole.read("vectors.w2v");
    let mut resumed = 0;
    for kill in 0..kills {
        let (stage, seconds) = stages[random.random_range(0..stages.len())];
        let wait = Duration::from_secs_f64(random.random_range(0.0..1.1) * seconds);
        let folder = Folder::new();
        let moment = format!("kill {kill} of {kills}, {wait:?} after {stage}, W2V_SEED={seed}");
        let kept = || folder.path("vectors.w2v.checkpoint").exists();
        let go_on = || match kept() {
            true => format!("{arguments} --resume vectors.w2v.checkpoint"),
            false => arguments.clone(),
        };
        // One in four is killed again while it goes on, when it may not have all stages before it.
        for kills in 0..1 + u32::from(random.random_ratio(1, 4)) {
            let until = match stage {
                _ if kills > 0 => String::new(),
                "start" => String::new(),
                stage => format!("\"event\":\"{stage}\""),
            };
            let (mut child, _) = start(&folder, &go_on(), &until);
            std::thread::sleep(wait);
            signal(&child, "-KILL");
            let _ = child.wait();
            if folder.path("vectors.w2v").exists() {
                break;
            }
        }
        let mut last = go_on();
        let kept = kept();
        if folder.path("vectors.w2v").exists() {
            // Killed between the end of its work and the end of its life.
            assert!(folder.read("vectors.w2v") == right, "a torn model: {moment}");
            last += " --force";
        }
        resumed += u32::from(kept);
        let run = folder.w2v(&last);
        assert_eq!(run.code, Some(0), "{moment}: {}", run.err);
        let events = json_lines(&run.err);
        assert_eq!(events.iter().any(|event| event["event"] == "resumed"), kept, "{moment}");
        assert_eq!(folder.names(), ["vectors.w2v"], "{moment}");
        assert!(folder.read("vectors.w2v") == right, "other bytes: {moment}");
    }
    println!("{kills} kills, {resumed} with a state to go on from");
}

#[test]
fn skip_gram_survives_being_killed() {
    let train = format!("train {} --dim 20 --epochs 2", bundled("corpus.txt"));
    kill_at_random_moments(&train, &["training", "epoch_end"], number("W2V_KILLS").unwrap_or(8));
}

#[test]
fn glove_survives_being_killed() {
    let train =
        format!("train --model glove {} --dim 20 --epochs 10 --x-max 10", bundled("corpus.txt"));
    let ends = ["counted", "epoch_end"];
    kill_at_random_moments(&train, &ends, number("W2V_KILLS").unwrap_or(4));
}

/// Rows that were counted are kept when the process is killed, and the same command goes on with them.
#[test]
fn counting_survives_being_killed() {
    let count = format!(
        "cooccur {} --window 400 --across-lines --threads 1 --progress plain --checkpoint rows -o x.w2c",
        bundled("corpus.txt")
    );
    let whole = Folder::new();
    let begun = Instant::now();
    whole.w2v(&count).answer();
    let seconds = begun.elapsed().as_secs_f64();
    let right = whole.read("x.w2c");
    let (seed, mut random) = moments();
    let kills = number("W2V_KILLS").unwrap_or(4);
    let mut resumed = 0;
    for kill in 0..kills {
        let folder = Folder::new();
        let wait = Duration::from_secs_f64(random.random_range(0.0..1.0) * seconds);
        let (mut child, _) = start(&folder, &count, "");
        std::thread::sleep(wait);
        signal(&child, "-KILL");
        let _ = child.wait();
        let run = match folder.path("x.w2c").exists() {
            true => folder.w2v(&format!("{count} --force")),
            false => folder.w2v(&count),
        };
        resumed += u32::from(run.err.contains("counting went on at"));
        let moment = format!("kill {kill} of {kills}, {wait:?} after start, W2V_SEED={seed}");
        assert_eq!(run.code, Some(0), "{moment}: {}", run.err);
        assert_eq!(folder.names(), ["x.w2c"], "{moment}");
        assert!(folder.read("x.w2c") == right, "{moment}");
    }
    println!("{kills} kills, {resumed} with rows to go on from");
}
