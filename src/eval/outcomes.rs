//! What vectors made of each item of an evaluation set: what its score is computed from, and what the
//! [bootstrap](super::Bootstrap) draws from.
//!
//! In: an item each for every question, pair or word that was found. Out: the score of all items, or
//! of a sample of them. Scores are numbers in −1..=1, higher is better.

use super::spearman;

/// The items of one set, judged by one table of vectors. Two tables are comparable where both were
/// asked the same items in the same order.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcomes {
    /// What each question earned, 0 to 1. The score is the mean.
    Credits(Vec<f64>),
    /// What people said about each pair, and its cosine. The score is Spearman's correlation.
    Pairs {
        /// The judgements.
        judged: Vec<f64>,
        /// The cosines, as many.
        cosines: Vec<f64>,
    },
    /// The cluster and the class of each word, numbered from 0. The score is the purity: the share
    /// of words that are of the most frequent class of their cluster.
    Clusters(Vec<(u32, u32)>),
}

impl Outcomes {
    /// Number of items.
    pub fn len(&self) -> usize {
        match self {
            Outcomes::Credits(credits) => credits.len(),
            Outcomes::Pairs { judged, .. } => judged.len(),
            Outcomes::Clusters(words) => words.len(),
        }
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The score of all items; none where there are none, or where a correlation is not defined
    /// (fewer than two pairs, or all of them equally alike).
    ///
    /// ```
    /// use w2v::eval::Outcomes;
    /// assert_eq!(Outcomes::Credits(vec![1.0, 0.0, 0.5, 1.0]).score(), Some(0.625));
    /// // Cluster 0 holds two words of class 0 and one of class 1, cluster 1 one of class 1.
    /// assert_eq!(Outcomes::Clusters(vec![(0, 0), (0, 1), (0, 0), (1, 1)]).score(), Some(0.75));
    /// ```
    pub fn score(&self) -> Option<f64> {
        let all: Vec<usize> = (0..self.len()).collect();
        self.score_of(&all)
    }

    /// The score of a sample, given by the indices of its items, which may repeat.
    pub(super) fn score_of(&self, sample: &[usize]) -> Option<f64> {
        if sample.is_empty() {
            return None;
        }
        match self {
            Outcomes::Credits(credits) => {
                let earned: f64 = sample.iter().map(|&item| credits[item]).sum();
                Some(earned / sample.len() as f64)
            }
            Outcomes::Pairs { judged, cosines } => {
                let pick = |list: &[f64]| -> Vec<f64> { sample.iter().map(|&i| list[i]).collect() };
                spearman(&pick(judged), &pick(cosines))
            }
            Outcomes::Clusters(words) => {
                let mut found: Vec<(u32, u32)> = sample.iter().map(|&item| words[item]).collect();
                Some(purity(&mut found))
            }
        }
    }
}

/// The share of words that are of the most frequent class of their cluster. Sorts the words.
fn purity(words: &mut [(u32, u32)]) -> f64 {
    words.sort_unstable();
    let clusters = words.chunk_by(|x, y| x.0 == y.0);
    let most = |cluster: &[(u32, u32)]| {
        let classes = cluster.chunk_by(|x, y| x.1 == y.1);
        classes.map(<[_]>::len).max().unwrap_or(0)
    };
    clusters.map(most).sum::<usize>() as f64 / words.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        assert_eq!(Outcomes::Credits(vec![]).score(), None);
        let credits = Outcomes::Credits(vec![1.0, 0.0, 0.25]);
        assert_eq!(credits.score_of(&[0, 0, 2, 1]), Some(0.5625));
        let pairs = Outcomes::Pairs { judged: vec![1.0, 2.0, 3.0], cosines: vec![0.1, 0.9, 0.4] };
        // Ranks 1 2 3 and 1 3 2: 1 − 6·2/24.
        assert_eq!(pairs.score(), Some(0.5));
        assert_eq!(pairs.score_of(&[1, 1, 1]), None);
        // Cluster 2: classes 0 0 1; cluster 5: classes 1 2; cluster 7: class 2.
        let words = vec![(5, 1), (2, 0), (2, 1), (7, 2), (2, 0), (5, 2)];
        let clusters = Outcomes::Clusters(words);
        assert_eq!(clusters.score(), Some(4.0 / 6.0));
        assert_eq!(clusters.score_of(&[2, 4]), Some(0.5));
    }
}
