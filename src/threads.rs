//! The threads of a run: a count, and one pool that is made when work first needs it.
//!
//! In: a count, or none for all cores. Out: [`Threads`], which options and
//! [`WordVectors`](crate::WordVectors) carry and every parallel stage is given. This is the only file
//! that uses rayon: code elsewhere cannot reach rayon's global pool, which would ignore the count.
//!
//! Work that would not be split runs on the calling thread, and so does all work where the count is 1:
//! then no pool is made. rayon's `use_current_thread`, a pool with the calling thread in it, is no
//! replacement: such a thread can be in one pool only, and a call from another thread waits until the
//! first one has time.
//!
//! The stages that keep threads of their own (encoding, counting, training) take the count alone.

use crate::error::{Error, Result};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// How many threads work, and the pool that they are in. Clones share the pool; the default is all
/// cores. Two are equal where their counts are.
///
/// No result depends on the count. Where the system refuses to start so many threads (`ulimit -u`,
/// memory), half as many are tried, and so on down to the calling thread alone: work is then slower and
/// its result the same.
///
/// ```
/// use w2v::{Threads, Vocab, WordId, WordVectors, vectors::Query};
/// let vocab = Vocab::new([("cat", 3), ("dog", 2), ("car", 1)]);
/// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.8, 0.2, 0.1, 0.8])?;
/// let vectors = vectors.with_threads(Threads::new(3)?);
/// assert_eq!(vectors.neighbors(&Query::word(WordId(0)), 1)?[0].id, WordId(1));
/// assert_eq!(vectors.threads().count(), 3);
/// # Ok::<(), w2v::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Threads(Arc<Inner>);

#[derive(Default)]
struct Inner {
    count: OnceLock<usize>,
    /// `None`: the system refused to start threads.
    pool: OnceLock<Option<ThreadPool>>,
}

impl Threads {
    /// Exactly `count` threads, also where there are fewer cores.
    ///
    /// # Errors
    /// [`Error::Parameter`] where `count` is not 1 to 1024.
    pub fn new(count: usize) -> Result<Self> {
        match count {
            1..=1024 => Ok(Threads(Arc::new(Inner { count: count.into(), ..Inner::default() }))),
            _ => Err(Error::parameter("threads", count, "1 to 1024")),
        }
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get());
        *self.0.count.get_or_init(cores)
    }

    /// The pool for `jobs` jobs of which `least` go together; `None` where there is nothing to split.
    fn pool(&self, jobs: usize, least: usize) -> Option<&ThreadPool> {
        if jobs / 2 < least.max(1) || self.count() == 1 {
            return None;
        }
        let build = |count: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(count);
            pool.thread_name(|nth| format!("w2v-{nth}")).build().ok()
        };
        let pool = self.0.pool.get_or_init(|| {
            let halves = std::iter::successors(Some(self.count()), |count| Some(count / 2));
            halves.take_while(|count| *count > 1).find_map(build)
        });
        pool.as_ref()
    }

    /// Both results; `a` and `b` run at the same time.
    pub(crate) fn join<A: Send, B: Send>(
        &self,
        a: impl FnOnce() -> A + Send,
        b: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        match self.pool(2, 1) {
            Some(pool) => pool.join(a, b),
            None => (a(), b()),
        }
    }

    /// `make(job)` for each job below `jobs`, in their order; a thread takes `least` or more in a row.
    pub(crate) fn map<T: Send>(
        &self,
        jobs: usize,
        least: usize,
        make: impl Fn(usize) -> T + Sync + Send,
    ) -> Vec<T> {
        self.map_with(jobs, least, || (), |(), job| make(job))
    }

    /// The same with a buffer that is used for several jobs.
    pub(crate) fn map_with<S, T: Send>(
        &self,
        jobs: usize,
        least: usize,
        buffer: impl Fn() -> S + Sync + Send,
        make: impl Fn(&mut S, usize) -> T + Sync + Send,
    ) -> Vec<T> {
        let Some(pool) = self.pool(jobs, least) else {
            let mut buffer = buffer();
            return (0..jobs).map(|job| make(&mut buffer, job)).collect();
        };
        let jobs = (0..jobs).into_par_iter().with_min_len(least);
        pool.install(|| jobs.map_init(buffer, make).collect())
    }

    /// The same for pieces of `width` of `numbers`, each with its number.
    pub(crate) fn map_chunks<X: Send, S, T: Send>(
        &self,
        numbers: &mut [X],
        width: usize,
        least: usize,
        buffer: impl Fn() -> S + Sync + Send,
        make: impl Fn(&mut S, usize, &mut [X]) -> T + Sync + Send,
    ) -> Vec<T> {
        let width = width.max(1);
        let Some(pool) = self.pool(numbers.len().div_ceil(width), least) else {
            let mut buffer = buffer();
            let jobs = numbers.chunks_mut(width).enumerate();
            return jobs.map(|(job, chunk)| make(&mut buffer, job, chunk)).collect();
        };
        let jobs = numbers.par_chunks_mut(width).enumerate().with_min_len(least);
        let make = |buffer: &mut S, (job, chunk): (usize, &mut [X])| make(buffer, job, chunk);
        pool.install(|| jobs.map_init(buffer, make).collect())
    }

    /// What `find` finds in the first job in which it finds something.
    pub(crate) fn find_first<S, T: Send>(
        &self,
        jobs: usize,
        least: usize,
        buffer: impl Fn() -> S + Sync + Send,
        find: impl Fn(&mut S, usize) -> Option<T> + Sync + Send,
    ) -> Option<T> {
        let Some(pool) = self.pool(jobs, least) else {
            let mut buffer = buffer();
            return (0..jobs).find_map(|job| find(&mut buffer, job));
        };
        let jobs = (0..jobs).into_par_iter().with_min_len(least);
        pool.install(|| jobs.map_init(buffer, find).find_first(Option::is_some).flatten())
    }

    /// Adds up all jobs: each thread `step`s through some of them from a `fresh` beginning, and what
    /// they have is `merge`d in the order of the jobs.
    pub(crate) fn fold<A: Send>(
        &self,
        jobs: usize,
        least: usize,
        fresh: impl Fn() -> A + Sync + Send,
        step: impl Fn(&mut A, usize) + Sync + Send,
        merge: impl Fn(A, A) -> A + Sync + Send,
    ) -> A {
        let step = |mut all: A, job: usize| {
            step(&mut all, job);
            all
        };
        let Some(pool) = self.pool(jobs, least) else {
            return (0..jobs).fold(fresh(), step);
        };
        let jobs = (0..jobs).into_par_iter().with_min_len(least);
        let all = pool.install(|| jobs.fold(&fresh, step).reduce_with(merge));
        all.unwrap_or_else(fresh)
    }
}

impl PartialEq for Threads {
    fn eq(&self, other: &Self) -> bool {
        self.count() == other.count()
    }
}

impl Eq for Threads {}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Threads").field(&self.count()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::{Condvar, Mutex};
    use std::time::Duration;

    /// Three jobs that wait for each other end on three threads only, however many cores there are.
    #[test]
    fn three_threads_are_three() {
        let threads = Threads::new(3).unwrap();
        let (arrived, all_there) = (Mutex::new(0), Condvar::new());
        let name = |_| {
            let mut arrived = arrived.lock().unwrap();
            *arrived += 1;
            all_there.notify_all();
            let missing = |arrived: &mut i32| *arrived < 3;
            let minute = Duration::from_secs(60);
            let waited = all_there.wait_timeout_while(arrived, minute, missing).unwrap().1;
            assert!(!waited.timed_out(), "fewer than three threads");
            std::thread::current().name().unwrap().to_owned()
        };
        let names: BTreeSet<String> = threads.clone().map(3, 1, name).into_iter().collect();
        assert!(names.iter().map(String::as_str).eq(["w2v-0", "w2v-1", "w2v-2"]), "{names:?}");
    }

    #[test]
    fn no_pool_is_made_for_one_thread_or_for_work_that_is_not_split() {
        let here = |_| std::thread::current().id();
        for (count, jobs, least) in [(1, 1000, 1), (4, 1000, 501), (4, 1, 1), (4, 0, 0)] {
            let threads = Threads::new(count).unwrap();
            let ids = threads.map(jobs, least, here);
            assert!(ids.iter().all(|id| *id == std::thread::current().id()));
            assert!(threads.0.pool.get().is_none(), "{count} {jobs} {least}");
        }
    }

    #[test]
    fn results_do_not_depend_on_the_count() {
        let run = |count: usize| {
            let threads = Threads::new(count).unwrap();
            let mut numbers: Vec<usize> = (0..1000).collect();
            let sums = threads.map_chunks(&mut numbers, 7, 2, Vec::new, |seen, job, chunk| {
                seen.push(job);
                chunk.reverse();
                job + chunk.iter().sum::<usize>()
            });
            let words = threads.fold(
                1000,
                3,
                String::new,
                |all, job| all.push_str(&job.to_string()),
                |a, b| a + &b,
            );
            let first = threads.find_first(1000, 1, || (), |(), n| (n % 301 == 300).then_some(n));
            let none = threads.find_first(1000, 1, || (), |(), _| None::<u8>);
            let squares = threads.map_with(100, 1, || 2, |two, n| n.pow(*two));
            (numbers, sums, words, first, none, squares, threads.join(|| 1, || 'b'))
        };
        let one = run(1);
        assert_eq!((one.3, one.4, one.5[9]), (Some(300), None, 81));
        assert_eq!(run(2), one);
        assert_eq!(run(7), one);
    }

    #[test]
    fn counts_out_of_range_are_refused() {
        for count in [0, 1025] {
            let error = Threads::new(count).unwrap_err().to_string();
            assert_eq!(error, format!("`threads` is {count}, expected 1 to 1024"));
        }
        assert!(Threads::default().count() >= 1);
    }
}
