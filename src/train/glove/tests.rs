//! Against a twin in f64, and what must not depend on threads or on where the table lies.

use super::order::Order;
use super::records::{Role, initial};
use super::*;
use crate::cooccur::{CountOptions, Counting, count};
use crate::encode::fixture::encoded;
use crate::kernels::scalar;
use crate::matrix::Matrix;
use crate::train::{Event, Model, Recipe, Trainer};
use crate::vocab::Vocab;
use std::path::Path;

/// Two topics whose words never meet, with some hundred words.
fn pairs(lines: usize, max_memory: u64) -> (Vocab, Cooccurrences) {
    let line = |i: usize| {
        let topic = ["a", "b"][i % 2];
        let word = |k: usize| format!("{topic}{} ", (i * i + k * k * k) % (7 + 20 * k));
        (0..6).map(word).collect::<String>() + "\n"
    };
    let (vocab, encoded) = encoded(&(0..lines).map(line).collect::<String>());
    let folder = tempfile::tempdir().unwrap();
    let temp_dir = Some(folder.path().to_owned());
    let options = CountOptions { max_memory, temp_dir, ..Default::default() };
    let pairs = count(&vocab, &encoded, &Counting::default(), &options).unwrap();
    (vocab, pairs)
}

fn small() -> Glove {
    Glove { dim: 10, epochs: 4, x_max: 10.0, ..Default::default() }
}

fn trained(pairs: &(Vocab, Cooccurrences), parameters: &Glove, threads: usize, seed: u64) -> Model {
    let recipe = Recipe { threads, seed, ..Recipe::new(parameters.clone()) };
    Trainer::new(pairs.0.clone(), &pairs.1, &recipe).train().unwrap()
}

#[test]
fn an_order_meets_every_cell_once_and_differs_by_epoch_and_seed() {
    let (_, pairs) = pairs(3000, 1 << 30);
    let cells = |seed, epoch| {
        let order = Order::new(&pairs, seed, epoch);
        let mut all = Vec::new();
        for group in 0..order.groups() {
            let group = order.read(group).unwrap();
            for &chunk in &group.chunks {
                let cells = group.cells(chunk);
                assert!((1..=order::CHUNK).contains(&cells.len()));
                all.extend(cells.iter().map(|cell| (chunk.word, cell.column, cell.x.to_bits())));
            }
        }
        all
    };
    let first = cells(1, 0);
    assert!(first != cells(1, 1) && first != cells(2, 0));
    let mut sorted = first;
    sorted.sort_unstable();
    let mut expected = Vec::new();
    let mut rows = pairs.rows();
    while let Some((word, cells)) = rows.next_row().unwrap() {
        expected.extend(cells.iter().map(|cell| (word.0, cell.column, cell.x.to_bits())));
    }
    assert!(sorted == expected);
}

/// The program's formulas, in f64, on the same cells in the same order.
#[test]
#[allow(clippy::needless_range_loop)] // several rows side by side
fn serial_training_is_its_twin_in_f64() {
    let both = pairs(300, 1 << 30);
    let (vocab, table) = (&both.0, &both.1);
    let p = small();
    let model = trained(&both, &p, 1, 7);
    let dim = p.dim;
    let initial: Vec<Matrix> = initial(vocab.len(), dim, 7);
    let rows = |role: Role| -> Vec<Vec<f64>> {
        let records = match role {
            Role::Word => &initial[0],
            Role::Context => &initial[1],
        };
        let bias = role.lanes(dim).0;
        let numbers = |row| {
            let record: &[f32] = records.row(row);
            record[..dim].iter().chain([&record[bias]]).map(|&x| f64::from(x)).collect()
        };
        (0..vocab.len()).map(numbers).collect()
    };
    let (mut words, mut contexts) = (rows(Role::Word), rows(Role::Context));
    let mut word_squares = vec![vec![1.0f64; dim + 1]; vocab.len()];
    let mut context_squares = word_squares.clone();
    for epoch in 0..p.epochs {
        let (mut loss, mut cells) = (0.0, 0.0);
        let order = Order::new(table, 7, epoch);
        for group in 0..order.groups() {
            let group = order.read(group).unwrap();
            for &chunk in &group.chunks {
                for cell in group.cells(chunk) {
                    let (i, j, x) = (chunk.word as usize, cell.column as usize, f64::from(cell.x));
                    let weight = (x / f64::from(p.x_max)).powf(f64::from(p.alpha)).min(1.0);
                    let [w, c] = [&words[i], &contexts[j]]
                        .map(|row| row.iter().map(|&x| x as f32).collect::<Vec<_>>());
                    let step = scalar::glove_step(&w, &c, x.ln(), weight);
                    loss += step.loss;
                    cells += 1.0;
                    let lr = f64::from(p.lr);
                    let sides = [
                        (&mut words[i], &mut word_squares[i], &step.word),
                        (&mut contexts[j], &mut context_squares[j], &step.context),
                    ];
                    for (row, squares, gradient) in sides {
                        for k in 0..=dim {
                            let g = lr * gradient[k];
                            row[k] -= g / squares[k].sqrt();
                            squares[k] += g * g;
                        }
                    }
                }
            }
        }
        let found = model.training.record.losses[epoch as usize];
        assert!((found - loss / cells).abs() < 1e-4 * found, "{found} {}", loss / cells);
    }
    let [of_words, of_contexts] =
        ["input.bias", "output.bias"].map(|name| model.table(name).unwrap());
    for row in 0..vocab.len() {
        for (found, expected) in
            [(model.input.row(row), &words[row]), (model.output.row(row), &contexts[row])]
        {
            for k in 0..dim {
                assert!((f64::from(found[k]) - expected[k]).abs() < 2e-3, "{row} {k}");
            }
        }
        assert!((f64::from(of_words.row(row)[0]) - words[row][dim]).abs() < 2e-3);
        assert!((f64::from(of_contexts.row(row)[0]) - contexts[row][dim]).abs() < 2e-3);
    }
}

fn same(a: &Model, b: &Model) -> bool {
    let rows = |of: &Model| -> Vec<Vec<f32>> {
        let matrices = [&of.input].into_iter().chain(of.tables.iter().map(|table| &table.matrix));
        matrices.flat_map(|of| (0..of.rows()).map(|row| of.row(row).to_vec())).collect()
    };
    rows(a) == rows(b) && a.training.record.losses == b.training.record.losses
}

#[test]
fn one_thread_repeats_itself_from_memory_and_from_a_file_and_every_loss_falls() {
    let (in_memory, in_file) = (pairs(2000, 1 << 30), pairs(2000, 5000));
    assert_eq!((in_memory.1.is_on_disk(), in_file.1.is_on_disk()), (false, true));
    let one = trained(&in_memory, &small(), 1, 1);
    assert!(same(&one, &trained(&in_memory, &small(), 1, 1)));
    assert!(same(&one, &trained(&in_file, &small(), 1, 1)));
    assert!(!same(&one, &trained(&in_memory, &small(), 1, 2)));
    assert!(
        one.training.record.losses.is_sorted_by(|a, b| a > b),
        "{:?}",
        one.training.record.losses
    );
}

#[test]
fn every_cell_is_trained_once_an_epoch_by_any_number_of_threads() {
    let pairs = pairs(2000, 1 << 30);
    let expected = 4 * pairs.1.cells();
    let serial = trained(&pairs, &small(), 1, 1).training;
    for threads in [2, 5] {
        let training = trained(&pairs, &small(), threads, 1).training;
        assert_eq!(training.record.trained_tokens, expected);
        let (one, many) = (serial.record.losses[3], training.record.losses[3]);
        assert!((one / many - 1.0).abs() < 0.2, "{one} {many}");
    }
}

#[test]
fn held_out_cells_are_judged_and_not_trained() {
    let (vocab, table) = pairs(2000, 1 << 30);
    let recipe = Recipe::new(Glove { held_out: 0.25, ..small() });
    let mut held = Vec::new();
    let model = Trainer::new(vocab, &table, &recipe).train_with(|event| {
        if let Event::EpochEnd { held_out, .. } = event {
            held.push(held_out.unwrap());
        }
        true
    });
    let trained = model.unwrap().training.record.trained_tokens as f64 / (4 * table.cells()) as f64;
    assert!((0.7..0.8).contains(&trained), "{trained}");
    assert!(held.len() == 4 && held[3] < held[0], "{held:?}");
}

#[test]
fn a_run_that_diverges_stops_and_keeps_the_epoch_before() {
    let (vocab, table) = pairs(500, 1 << 30);
    let folder = tempfile::tempdir().unwrap();
    // In memory and in a file.
    let attempt_in = |temp_dir: Option<&Path>, lr: f32, clip: f32| {
        let recipe = Recipe::new(Glove { lr, clip, epochs: 50, ..small() });
        let mut diverged = None;
        let mut trainer = Trainer::new(vocab.clone(), &table, &recipe);
        if let Some(folder) = temp_dir {
            trainer = trainer.temp_dir(folder.to_owned());
        }
        let model = trainer.train_with(|event| {
            if let Event::Diverged { epoch, .. } = event {
                diverged = Some(*epoch);
            }
            true
        });
        model.map(|model| (model, diverged))
    };
    let attempt = |lr: f32, clip: f32| {
        let here = attempt_in(None, lr, clip);
        let there = attempt_in(Some(folder.path()), lr, clip);
        if let (Ok((here, at)), Ok((there, then))) = (&here, &there) {
            assert!(here.input.lanes() == there.input.lanes() && at == then);
        }
        assert_eq!(here.is_ok(), there.is_ok());
        here
    };
    let error = attempt(1e6, 1e9).expect_err("a rate of a million").to_string();
    assert!(error.contains("lower `lr` (it was 1000000)"), "{error}");
    let (model, diverged) = attempt(0.05, 100.0).unwrap();
    assert_eq!((model.training.record.losses.len(), diverged), (50, None));
    // Whatever rate it is that lets an epoch pass: what comes back is finite.
    for power in 1..40 {
        let Ok((model, diverged)) = attempt(1.3f32.powi(power), 1e9) else {
            continue;
        };
        assert!(model.input.is_finite() && model.output.is_finite());
        let losses = model.training.record.losses;
        assert!(losses.iter().all(|loss| loss.is_finite()));
        assert_eq!(losses.len(), diverged.map_or(50, |epoch| epoch as usize - 1));
    }
}

/// A loss that stays finite and is absurd is no success, and a run that is only rough goes on.
#[test]
fn a_finite_loss_far_above_its_start_is_divergence_and_no_other_is() {
    let (vocab, table) = pairs(500, 1 << 30);
    let run = |vocab: &Vocab, table: &Cooccurrences, lr: f32, threads: usize| {
        let glove = Glove { lr, epochs: 4, ..small() };
        let recipe = Recipe { threads, ..Recipe::new(glove) };
        let mut diverged = false;
        let model = Trainer::new(vocab.clone(), table, &recipe).train_with(|event| {
            diverged |= matches!(event, Event::Diverged { .. });
            true
        });
        diverged || matches!(model, Err(Error::CellsDiverged { .. }))
    };
    for threads in [1, 3] {
        for lr in [5.0, 20.0, 100.0] {
            assert!(run(&vocab, &table, lr, threads), "{lr}");
        }
        for lr in [1e-4, 0.05, 0.1, 0.2] {
            assert!(!run(&vocab, &table, lr, threads), "{lr}");
            // Two words, of which all counts are small.
            let (vocab, table) = pairs(2, 1 << 30);
            assert!(!run(&vocab, &table, lr, threads), "{lr}, two words");
        }
    }
}

#[test]
fn another_vocabulary_and_an_interrupt_are_errors() {
    let (vocab, table) = pairs(100, 1 << 30);
    let recipe = Recipe::new(small());
    let other = Vocab::new([("x", 1)]);
    let error = Trainer::new(other, &table, &recipe).train().err().unwrap();
    assert!(error.to_string().contains("another vocabulary"), "{error}");
    let stopped = Trainer::new(vocab, &table, &recipe).train_with(|_| false);
    assert!(matches!(stopped, Err(Error::Interrupted { .. })));
}
