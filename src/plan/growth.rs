//! How the number of words grows with the text.
//!
//! In: how often each word stands in each of eight bands of a sample, every band spread over the whole
//! text. Out: V_k(N), how many words will stand k times or more in a text of N tokens.
//!
//! # The estimator
//!
//! Types grow by Heaps' law, V_1(N) ~ N^β with β falling slowly. Words of at least k occurrences grow
//! faster at first, while many words wait just below k, and in the end with the same β. What one needs
//! is how fast V_k grows at sizes that nobody has read. The spectrum of natural text keeps its shape:
//! V_k(2N) is about 2^β·V_{k/2}(N), so that **the growth of V_k over the next doubling is that of
//! V_{k/2} over the last one**, and over the doubling after that of V_{k/4}. That can be counted: the
//! mean of V_j over several halves of the sample, and V_j of the whole. From V_1 on, which takes over
//! after log₂ k doublings, β itself goes on falling as it did within the sample, half as much each
//! time.
//!
//! Measured on slices of English (up to 340 MB, 442,000 types) and of Chinese by characters (up to 105
//! MB), for words that occur 5, 10, 20 and 50 times or more: from a tenth of the text or more 3 %
//! wrong at most and 1 % in the mean; from a hundredth 20 % at most and 6 % in the mean. `docs/plan.md`
//! has the tables. Tried and dropped: the slope of V_k itself (wrong by half from a sample of a
//! twentieth, k = 5), and the slope of V_1 for every k (wrong by a fifth for k = 20).
//!
//! Bands are spread over the text because neighbouring pages share their words: the first tenth of a
//! text knows less of the rest than every tenth page of it.

/// Bands of a sample.
pub const BANDS: usize = 8;

/// Occurrences that are told apart; words above are counted by their own numbers.
const LEVELS: usize = 1024;

/// Words that must be above a level for its growth to mean something.
const ENOUGH: f64 = 50.0;

/// A word that the sample has so often has its share of the text in proportion.
const OFTEN: f64 = 16.0;

/// Sets of bands that together are an eighth, a quarter and a half of the sample, each band in as
/// many of them as any other.
const EIGHTHS: &[&[usize]] = &[&[0], &[1], &[2], &[3], &[4], &[5], &[6], &[7]];
const QUARTERS: &[&[usize]] =
    &[&[0, 1], &[2, 3], &[4, 5], &[6, 7], &[0, 4], &[1, 5], &[2, 6], &[3, 7]];
const HALVES: &[&[usize]] = &[
    &[0, 1, 2, 3],
    &[4, 5, 6, 7],
    &[0, 1, 4, 5],
    &[2, 3, 6, 7],
    &[0, 2, 4, 6],
    &[1, 3, 5, 7],
    &[0, 3, 4, 7],
    &[1, 2, 5, 6],
];
const WHOLE: &[&[usize]] = &[&[0, 1, 2, 3, 4, 5, 6, 7]];

/// The growth of a vocabulary, from a sample.
#[derive(Clone, Debug)]
pub struct Growth {
    /// Tokens of the sample.
    tokens: f64,
    /// Occurrences of every word in the sample, most first.
    counts: Vec<u64>,
    /// `slopes[k - 1]`: d ln V_k ÷ d ln N over the last doubling of the sample.
    slopes: Vec<f64>,
    /// How much the slope of V_1 fell, a doubling.
    fall: f64,
}

/// Words at each level, and tokens, in a part of the sample: means over several parts of one size.
struct Part {
    tokens: f64,
    /// `at_least[k - 1]` words occur k times or more.
    at_least: Vec<f64>,
}

impl Part {
    fn mean(sets: &[&[usize]], tokens: &[u64; BANDS], words: &[[u32; BANDS]]) -> Self {
        let mut at_least = vec![0.0; LEVELS];
        let mut all = 0;
        for set in sets {
            let mut exactly = vec![0u64; LEVELS + 1];
            for word in words {
                let count: u32 = set.iter().map(|&band| word[band]).sum();
                exactly[(count as usize).min(LEVELS)] += 1;
            }
            let mut above = 0;
            for level in (1..=LEVELS).rev() {
                above += exactly[level];
                at_least[level - 1] += above as f64;
            }
            all += set.iter().map(|&band| tokens[band]).sum::<u64>();
        }
        let share = 1.0 / sets.len() as f64;
        at_least.iter_mut().for_each(|words| *words *= share);
        Part { tokens: all as f64 * share, at_least }
    }

    fn slope_to(&self, larger: &Part, level: usize) -> f64 {
        let (before, after) = (self.at_least[level - 1], larger.at_least[level - 1]);
        let doublings = (larger.tokens / self.tokens).ln();
        match before > 0.0 && doublings > 0.0 {
            true => ((after / before).ln() / doublings).clamp(0.0, 4.0),
            false => 0.0,
        }
    }
}

impl Growth {
    /// From the tokens of each band and each word's occurrences in them.
    ///
    /// ```
    /// use w2v::plan::Growth;
    /// // Two words everywhere, and one that each band has for itself.
    /// let mut words = vec![[10; 8], [5; 8]];
    /// words.extend((0..8).map(|band| std::array::from_fn(|b| u32::from(b == band))));
    /// let growth = Growth::new(&[16; 8], &words);
    /// assert_eq!(growth.at_least(1, 1.0), 10.0);
    /// assert_eq!(growth.at_least(5, 1.0), 2.0);
    /// // In twice the text there are more words, but no more frequent ones.
    /// assert!(growth.at_least(1, 2.0) > 15.0);
    /// assert_eq!(growth.at_least(40, 2.0), 2.0);
    /// ```
    pub fn new(tokens: &[u64; BANDS], words: &[[u32; BANDS]]) -> Self {
        let parts = [EIGHTHS, QUARTERS, HALVES, WHOLE].map(|sets| Part::mean(sets, tokens, words));
        let [eighth, quarter, half, whole] = &parts;
        let slopes = (1..=LEVELS).map(|level| half.slope_to(whole, level));
        let slopes: Vec<f64> = slopes.collect();
        let first = eighth.slope_to(quarter, 1);
        let mut counts: Vec<u64> = (words.iter())
            .map(|bands| bands.iter().map(|&count| u64::from(count)).sum())
            .filter(|count| *count > 0)
            .collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        Growth { tokens: whole.tokens, counts, fall: ((first - slopes[0]) / 2.0).max(0.0), slopes }
    }

    /// Tokens of the sample.
    pub fn tokens(&self) -> f64 {
        self.tokens
    }

    /// Occurrences of the sample's words, most first.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many words occur `count` times or more in a text `times` as long as the sample; exact
    /// where that is once.
    pub fn at_least(&self, count: u64, times: f64) -> f64 {
        let count = count.max(1);
        if times <= 1.0 {
            return self.above(count as f64);
        }
        let share = count as f64 / times;
        if share >= OFTEN {
            return self.above(share);
        }
        // A level that the sample hardly reaches: by the shape of the spectrum, one that it does.
        let (mut level, mut times, mut shifted) = (count, times, 0.0);
        let mut now = self.above(level as f64);
        while level > 1 && times > 2.0 && (now < ENOUGH || level as usize > LEVELS) {
            level = level.div_ceil(2);
            times /= 2.0;
            shifted += self.slopes[0];
            now = self.above(level as f64);
        }
        let mut log = now.max(f64::MIN_POSITIVE).ln() + shifted * std::f64::consts::LN_2;
        let (mut left, mut at, mut falling) = (times.log2(), level as f64, 0.0);
        while left > 0.0 {
            at /= 2.0;
            if at < 1.0 {
                falling = (falling + self.fall) / 2.0;
            }
            // After log₂ k doublings `falling` runs to `fall` by halves: ½, ¾, ⅞ of it.
            let slope = (self.slope(at) - falling).max(0.0);
            log += slope * left.min(1.0) * std::f64::consts::LN_2;
            left -= 1.0;
        }
        log.exp().min(self.tokens * times)
    }

    /// Tokens of words that occur less than `count` times, in a text `times` as long.
    pub fn rare_tokens(&self, count: u64, times: f64) -> f64 {
        if times <= 1.0 {
            let rare = self.counts.iter().filter(|c| **c < count);
            return rare.sum::<u64>() as f64;
        }
        // Σ m·(V_m − V_{m+1}) for m < k, summed by parts; by steps for a large k.
        let last = self.at_least(count, times);
        let mut sum = 0.0;
        let mut level = 1;
        while level < count {
            let step = (level / 16).max(1).min(count - level);
            let words = self.at_least(level + step / 2, times);
            sum += (words - last).max(0.0) * step as f64;
            level += step;
        }
        sum.min(self.tokens * times)
    }

    /// About how often each of the `words` most frequent words occurs in a text `times` as long, most
    /// first, none less than `least`.
    pub fn frequencies(&self, words: usize, least: u64, times: f64) -> Vec<u64> {
        if times <= 1.0 {
            return self.counts.iter().take(words).copied().collect();
        }
        let often = self.counts.iter().take_while(|c| **c as f64 >= OFTEN);
        let mut all: Vec<u64> = often.take(words).map(|c| (*c as f64 * times) as u64).collect();
        // Then from level to level, in between by equal ratios.
        let mut above = all.last().copied().unwrap_or((OFTEN * times) as u64).max(least) as f64;
        while all.len() < words {
            let level = (above / 1.25).max(least as f64);
            let rank = self.at_least(level.ceil() as u64, times).round() as usize;
            let rank = match level <= least as f64 {
                true => words,
                false => rank.clamp(all.len(), words),
            };
            let (from, here) = (all.len(), (rank - all.len()) as f64);
            for place in from..rank {
                let share = (place - from + 1) as f64 / here;
                let count = above * (level / above).powf(share);
                all.push((count as u64).max(least));
            }
            above = level;
        }
        all
    }

    /// Words that the sample has `count` times or more, in between by a straight line.
    fn above(&self, count: f64) -> f64 {
        let words = |count: f64| self.counts.partition_point(|c| *c as f64 >= count) as f64;
        let (low, share) = (count.floor(), count.fract());
        words(low) * (1.0 - share) + words(low + 1.0) * share
    }

    fn slope(&self, level: f64) -> f64 {
        let of = |level: usize| self.slopes[level.clamp(1, LEVELS) - 1];
        let level = level.max(1.0);
        let (low, share) = (level.floor() as usize, level.fract());
        of(low) * (1.0 - share) + of(low + 1) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 8 bands of 100 tokens. By hand: V_1 is 3 in each eighth and quarter… of words that all bands
    /// have, and grows as the text where each band has words of its own.
    #[test]
    fn slopes_by_hand() {
        let common = vec![[20; BANDS]; 5];
        let growth = Growth::new(&[100; BANDS], &common);
        assert_eq!((growth.slope(1.0), growth.fall), (0.0, 0.0));
        assert!((growth.at_least(1, 1000.0) - 5.0).abs() < 1e-9);
        let own: Vec<[u32; BANDS]> =
            (0..80).map(|i| std::array::from_fn(|band| u32::from(band == i % BANDS))).collect();
        let growth = Growth::new(&[100; BANDS], &own);
        assert!((growth.slope(1.0) - 1.0).abs() < 1e-12);
        assert!((growth.at_least(1, 4.0) - 320.0).abs() < 1e-6);
        assert_eq!(growth.at_least(1, 1.0), 80.0);
    }

    /// The whole text as the sample: everything is counted.
    #[test]
    fn once_the_sample_is_exact() {
        let words: Vec<[u32; BANDS]> =
            (1..200u32).map(|i| std::array::from_fn(|band| (400 / i + band as u32) / 3)).collect();
        let tokens: [u64; BANDS] =
            std::array::from_fn(|b| words.iter().map(|w| u64::from(w[b])).sum());
        let growth = Growth::new(&tokens, &words);
        let sum = |w: &[u32; BANDS]| w.iter().map(|c| u64::from(*c)).sum::<u64>();
        for count in [1, 2, 5, 17, 100] {
            let expected = words.iter().filter(|w| sum(w) >= count).count();
            assert_eq!(growth.at_least(count, 1.0), expected as f64);
            let rare: u64 = words.iter().map(sum).filter(|c| *c < count).sum();
            assert_eq!(growth.rare_tokens(count, 1.0), rare as f64);
        }
        let all = growth.frequencies(words.len(), 1, 1.0);
        assert_eq!(all.iter().sum::<u64>(), tokens.iter().sum::<u64>());
    }

    /// A text drawn from Zipf's law, from which nothing but the law is known: V_k of ten times as
    /// much is near, for small and large k.
    #[test]
    fn a_text_of_zipfs_law_is_foreseen() {
        use rand::{RngExt, SeedableRng};
        let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(3);
        // Rank r with probability in proportion to r^−1.5, out of as many words as needed: the
        // inverse of the tail of a Pareto law.
        let mut draw = || (random.random_range(1e-12..1.0f64).powf(-1.0 / 0.7)) as u64;
        let (sample, times) = (80_000, 10);
        let mut bands: std::collections::HashMap<u64, [u32; BANDS]> = Default::default();
        let mut all: std::collections::HashMap<u64, u64> = Default::default();
        for i in 0..sample * times {
            let word = draw();
            if i < sample {
                bands.entry(word).or_default()[i % BANDS] += 1;
            }
            *all.entry(word).or_default() += 1;
        }
        let words: Vec<_> = bands.into_values().collect();
        let growth = Growth::new(&[sample as u64 / 8; BANDS], &words);
        let all_tokens = (sample * times) as f64;
        for count in [1, 2, 5, 10, 50, 500] {
            let found = all.values().filter(|c| **c >= count).count() as f64;
            let guess = growth.at_least(count, times as f64);
            assert!((guess / found - 1.0).abs() < 0.12, "{count}: {guess}, found {found}");
            let rare: u64 = all.values().filter(|c| **c < count).sum();
            let guess = growth.rare_tokens(count, times as f64);
            assert!(
                // Of few words that are frequent, or of the whole text.
                (guess - rare as f64).abs() <= (0.15 * rare as f64).max(0.02 * all_tokens),
                "{count}: {guess}, {rare}"
            );
        }
        let words = growth.at_least(5, times as f64) as usize;
        let frequencies = growth.frequencies(words, 5, times as f64);
        assert!(frequencies.is_sorted_by(|a, b| a >= b) && frequencies.len() == words);
        let kept: u64 = all.values().filter(|c| **c >= 5).sum();
        let sum = frequencies.iter().sum::<u64>() as f64;
        assert!((sum / kept as f64 - 1.0).abs() < 0.05, "{sum} of {kept}");
    }

    #[test]
    fn nothing_gives_nothing() {
        let growth = Growth::new(&[0; BANDS], &[]);
        assert!(growth.at_least(5, 10.0) < 1e-9);
        assert!(growth.frequencies(0, 5, 10.0).is_empty());
    }
}
