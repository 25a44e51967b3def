//! Lines of standard input, as many at a time as are waiting.
//!
//! A thread reads them while others are answered: a line typed at a terminal comes alone and at once,
//! the lines of a file come together. A line ends with LF, CR LF or CR.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Lines that are answered together.
const MOST: usize = 1024;

/// Bytes of a line: a longer one is no question.
const LONGEST: usize = 1 << 24;

/// A line without its end.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// From 1 on.
    pub(super) number: u64,
    /// Where it is not UTF-8, with replacement characters.
    pub(super) text: String,
    /// Why it is no text.
    pub(super) problem: Option<String>,
}

impl Line {
    /// The answer to a line that is no text.
    pub(super) fn error(&self) -> w2v::Error {
        let problem = self.problem.as_deref().unwrap_or("no question");
        w2v::Error::query(format!("line {}: {problem}", self.number))
    }
}

/// The lines of standard input.
pub(super) struct Lines {
    read: Receiver<io::Result<Vec<Line>>>,
    waiting: VecDeque<Line>,
}

impl Lines {
    /// Begins to read.
    pub(super) fn of_standard_input() -> Self {
        let (send, read) = sync_channel(16);
        std::thread::spawn(move || {
            if let Err(error) = read_all(io::stdin(), &send) {
                let _ = send.send(Err(error));
            }
        });
        Lines { read, waiting: VecDeque::new() }
    }

    /// Waits for a line, and takes those behind it that have been read already; empty at the end.
    pub(super) fn next_batch(&mut self) -> io::Result<Vec<Line>> {
        while self.waiting.is_empty() {
            match self.read.recv() {
                Ok(lines) => self.waiting.extend(lines?),
                Err(_) => return Ok(Vec::new()),
            }
        }
        while self.waiting.len() < MOST
            && let Ok(lines) = self.read.try_recv()
        {
            self.waiting.extend(lines?);
        }
        Ok(self.waiting.drain(..self.waiting.len().min(MOST)).collect())
    }
}

/// Sends all lines of `input`, those of one `read` together, until nobody takes them.
fn read_all(mut input: impl Read, send: &SyncSender<io::Result<Vec<Line>>>) -> io::Result<()> {
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let mut lines = Vec::new();
        let count = match input.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        match count {
            0 => splitter.finish(&mut lines),
            count => splitter.push(&buffer[..count], &mut lines),
        }
        if send.send(Ok(lines)).is_err() || count == 0 {
            return Ok(());
        }
    }
}

/// Cuts bytes into lines as they come.
#[derive(Default)]
struct Splitter {
    line: Vec<u8>,
    /// Whether bytes of the line were left out.
    is_cut: bool,
    /// Lines so far.
    number: u64,
    /// Whether the last byte was CR: an LF behind it ends no other line.
    after_cr: bool,
}

impl Splitter {
    fn push(&mut self, mut bytes: &[u8], lines: &mut Vec<Line>) {
        if self.after_cr && bytes.first() == Some(&b'\n') {
            bytes = &bytes[1..];
            self.after_cr = false;
        }
        if bytes.is_empty() {
            return;
        }
        self.after_cr = false;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            self.keep(&bytes[..end]);
            lines.push(self.take());
            self.after_cr = bytes[end..] == [b'\r'];
            bytes = &bytes[end + if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 }..];
        }
        self.keep(bytes);
    }

    /// A last line without an end.
    fn finish(&mut self, lines: &mut Vec<Line>) {
        if !self.line.is_empty() {
            lines.push(self.take());
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = (LONGEST - self.line.len()).min(bytes.len());
        self.line.extend_from_slice(&bytes[..room]);
        self.is_cut |= room < bytes.len();
    }

    fn take(&mut self) -> Line {
        self.number += 1;
        let bytes = match self.number {
            1 => self.line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.line),
            _ => &self.line,
        };
        let problem = match std::str::from_utf8(bytes) {
            _ if self.is_cut => Some(format!("longer than {LONGEST} bytes")),
            Ok(_) => None,
            Err(error) => Some(format!(
                "byte {} is not UTF-8; convert the questions to UTF-8",
                error.valid_up_to()
            )),
        };
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.line = Vec::new();
        self.is_cut = false;
        Line { number: self.number, text, problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(bytes: &[u8], width: usize) -> Vec<Line> {
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        bytes.chunks(width).for_each(|chunk| splitter.push(chunk, &mut lines));
        splitter.finish(&mut lines);
        lines
    }

    #[test]
    fn every_line_end_wherever_a_read_ends() {
        let text = "\u{feff}a\r\nb\rc\n\n\r\r\n\u{feff}d e\tf".as_bytes();
        let expected = ["a", "b", "c", "", "", "", "\u{feff}d e\tf"];
        for width in 1..=text.len() {
            let lines = split(text, width);
            assert!(lines.iter().map(|line| &*line.text).eq(expected), "{width}: {lines:?}");
            assert!(lines.iter().map(|line| line.number).eq(1..8));
            assert!(lines.iter().all(|line| line.problem.is_none()));
        }
        for width in 1..=6 {
            let lines = split(b"a\r\n\nb\n", width);
            assert!(lines.iter().map(|line| &*line.text).eq(["a", "", "b"]), "{width}");
        }
        assert_eq!(split(b"a\n", 9).len(), 1);
        assert_eq!(split(b"", 9), []);
    }

    /// The end of a typed line is known before the next byte comes.
    #[test]
    fn a_line_does_not_wait_for_the_next() {
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        splitter.push(b"a\r", &mut lines);
        assert_eq!(lines.len(), 1);
        splitter.push(b"\nb\n", &mut lines);
        assert_eq!((lines.len(), &*lines[1].text), (2, "b"));
    }

    #[test]
    fn what_is_no_text_is_a_line_with_a_problem() {
        let lines = split(b"a\nb\xff\xfec\nd", 3);
        let problem = lines[1].problem.as_deref();
        assert_eq!(problem, Some("byte 1 is not UTF-8; convert the questions to UTF-8"));
        assert_eq!((lines[1].number, &*lines[1].text), (2, "b\u{fffd}\u{fffd}c"));
        assert_eq!(&*lines[2].text, "d");
        let long = [vec![b'x'; LONGEST + 5], b"\ny".to_vec()].concat();
        let lines = split(&long, 1 << 16);
        assert_eq!(lines[0].problem.as_deref(), Some("longer than 16777216 bytes"));
        assert_eq!((lines[0].text.len(), &*lines[1].text), (LONGEST, "y"));
    }

    #[test]
    fn a_batch_is_what_is_waiting_and_at_most_1024() {
        let (send, read) = sync_channel(16);
        let text: String = (0..3000).map(|i| format!("{i}\n")).collect();
        read_all(text.as_bytes(), &send).unwrap();
        drop(send);
        let mut lines = Lines { read, waiting: VecDeque::new() };
        let sizes = [(); 4].map(|()| lines.next_batch().unwrap().len());
        assert_eq!(sizes, [1024, 1024, 952, 0]);
    }
}
