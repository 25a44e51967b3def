//! Counts and first places of each kind, by one thread; tallies of several threads add up to the same
//! as one thread's.

use super::findings::Kind;
use super::places::Spot;
use super::report::PLACES;
use super::scripts::is_invisible;

/// Count and first places of one kind.
#[derive(Clone, Default)]
pub(super) struct Count {
    pub(super) count: u64,
    /// At most [`PLACES`], in the order of the text, each with what stands there.
    pub(super) first: Vec<(Spot, String)>,
}

/// All kinds.
#[derive(Clone)]
pub(super) struct Tally {
    counts: Vec<Count>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Tally { counts: vec![Count::default(); Kind::ALL.len()] }
    }

    pub(super) fn get(&self, kind: Kind) -> &Count {
        &self.counts[kind as usize]
    }

    pub(super) fn count(&self, kind: Kind) -> u64 {
        self.get(kind).count
    }

    pub(super) fn add(&mut self, kind: Kind, count: u64) {
        self.counts[kind as usize].count += count;
    }

    /// Whether places are still wanted. A thread meets places in the order of the text, so that the
    /// first ones that it meets are its first ones.
    pub(super) fn wants(&self, kind: Kind) -> bool {
        self.counts[kind as usize].first.len() < PLACES
    }

    /// Notes a place, where one is wanted; a line once.
    pub(super) fn place(&mut self, kind: Kind, spot: Spot, example: impl FnOnce() -> String) {
        let first = &mut self.counts[kind as usize].first;
        let known = first.iter().any(|(known, _)| *known == spot);
        if first.len() < PLACES && (!known || by_word(kind)) {
            first.push((spot, example()));
        }
    }

    /// Counts one and notes its place.
    pub(super) fn found(&mut self, kind: Kind, spot: Spot, example: impl FnOnce() -> String) {
        self.add(kind, 1);
        self.place(kind, spot, example);
    }

    /// Notes the first place of a word, once.
    pub(super) fn word(&mut self, kind: Kind, spot: Spot, word: &str) {
        let known = |(_, other): &(Spot, String)| *other == shown(word);
        if self.wants(kind) && !self.counts[kind as usize].first.iter().any(known) {
            self.place(kind, spot, || shown(word));
        }
    }

    /// Adds another thread's tally.
    pub(super) fn merge(&mut self, other: Tally) {
        for (kind, other) in Kind::ALL.iter().zip(other.counts) {
            let own = &mut self.counts[*kind as usize];
            own.count += other.count;
            own.first.extend(other.first);
            own.first.sort_by_key(|(spot, _)| *spot);
            if !by_word(*kind) {
                own.first.dedup_by_key(|(spot, _)| *spot);
            } else {
                let mut seen: Vec<String> = Vec::new();
                own.first.retain(|(_, word)| {
                    let new = !seen.contains(word);
                    seen.push(word.clone());
                    new
                });
            }
            own.first.truncate(PLACES);
        }
    }
}

/// Whether the places of a kind are the first ones of different words.
fn by_word(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Unsegmented
            | Kind::GiantTokens
            | Kind::SpecialTokens
            | Kind::Labels
            | Kind::MarkupWords
            | Kind::SingleCharacters
    )
}

/// A piece of text as an example: at most 60 characters, what cannot be seen escaped.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == MOST {
            shown.push('…');
            break;
        }
        let invisible = is_invisible(c) && c != ' ';
        match c.is_control() || invisible || c == '\u{fffd}' {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// The text around a byte, which need not be at a character's beginning.
pub(super) fn around(text: &str, at: usize) -> String {
    let floor = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let at = floor(at.min(text.len()));
    let is_end = |b: u8| b == b'\n' || b == b'\r';
    let bytes = text.as_bytes();
    let low = floor(at.saturating_sub(24));
    let start = bytes[low..at].iter().rposition(|&b| is_end(b)).map_or(low, |n| low + n + 1);
    let high = floor((at + 40).min(text.len()));
    let end = bytes[at..high].iter().position(|&b| is_end(b)).map_or(high, |n| at + n);
    shown(text[start..end].trim())
}
