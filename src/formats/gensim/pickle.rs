//! The machine that a pickle is a program of, without the parts that import and call.
//!
//! In: a file of protocol 0 to 5. Out: a [`Pickle`], or an error that names the byte.
//!
//! ```text
//! for each opcode: take what it says from the file, pop what it needs, push a value
//! GLOBAL, INST, STACK_GLOBAL   look the name up among the known classes; refuse it otherwise
//! REDUCE, NEWOBJ               note class and arguments; nothing is called
//! BUILD                        note the state
//! ```
//!
//! Every opcode takes a byte of the file and makes one value of 16 bytes at most, some with a node of 24,
//! so that memory is in proportion to the file. Three places need a rule: the memo is a table whose
//! indices must be below the byte at which they are used (all picklers number from 0 or 1); lengths are
//! compared with what is left of the file; and what a call would make of its arguments is not made here.
//!
//! Refused are references out of the file: persistent ids, the extension registry, out-of-band buffers.
//!
//! Source: CPython's `Lib/pickletools.py` and `Lib/pickle.py`.

use super::NAME;
use super::classes::{self, Class};
use super::values::{Node, Object, Pickle, Value};
use crate::error::Result;
use crate::formats::Place;
use crate::formats::cursor::Cursor;
use crate::mmap::Bytes;
use std::path::Path;

/// Whether a file begins as a pickle does: of protocol 2 or later with its number, of an earlier one with
/// a class, a dictionary, a list or a tuple.
pub(in crate::formats) fn begins(bytes: &[u8]) -> bool {
    let name = |bytes: &[u8]| {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        let end = bytes.iter().position(|byte| !fits(byte))?;
        (end > 0 && bytes[end] == b'\n').then_some(end + 1)
    };
    match bytes {
        [0x80, 2..=5, ..] => true,
        [b'c', rest @ ..] | [b'(', b'i', rest @ ..] => {
            name(rest).is_some_and(|end| name(&rest[end..]).is_some())
        }
        [b'(', b'd' | b'l' | b't', b'p', b'0'..=b'9', ..] => true,
        _ => false,
    }
}

/// Runs the program in `file`.
pub(super) fn load(file: Bytes, path: &Path) -> Result<Pickle> {
    let all = file.clone();
    let at = Place { path, format: NAME };
    let mut machine = Machine {
        file: Cursor::new(&all, at),
        opcode: 0,
        size: all.len(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Vec::new(),
        nodes: Vec::new(),
        decoded: Vec::new(),
    };
    let root = loop {
        if let Some(root) = machine.step()? {
            break root;
        }
    };
    let (nodes, decoded) = (machine.nodes, machine.decoded);
    Ok(Pickle { file, decoded, nodes, root })
}

struct Machine<'a> {
    file: Cursor<'a>,
    /// The byte of the opcode that runs.
    opcode: usize,
    size: usize,
    stack: Vec<Value>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: Vec<Option<Value>>,
    nodes: Vec<Node>,
    decoded: Vec<u8>,
}

impl Machine<'_> {
    fn error(&self, problem: impl Into<String>) -> crate::Error {
        self.file.error_at(self.opcode, problem)
    }

    fn pop(&mut self) -> Result<Value> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len() > floor {
            true => Ok(self.stack.pop().expect("a value above the mark")),
            false => Err(self.error("takes a value that is not there: damaged")),
        }
    }

    /// The values above the last mark, which is taken away.
    fn pop_mark(&mut self) -> Result<Vec<Value>> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.error("goes back to a mark that is not there: damaged")),
        }
    }

    fn push_node(&mut self, node: Node) {
        self.stack.push(Value::Node(self.nodes.len()));
        self.nodes.push(node);
    }

    fn push_tuple(&mut self, items: Vec<Value>) {
        self.push_node(Node::Tuple(items.into()));
    }

    /// A tuple of the last `count` values.
    fn tuple_of(&mut self, count: usize) -> Result<()> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        self.push_tuple(items);
        Ok(())
    }

    /// Pairs of values that follow each other.
    fn paired(&self, items: &[Value]) -> Result<Vec<(Value, Value)>> {
        match items.as_chunks::<2>() {
            (pairs, []) => Ok(pairs.iter().map(|&[key, value]| (key, value)).collect()),
            _ => Err(self.error("a key without a value: damaged")),
        }
    }

    /// Notes a call.
    fn call(&mut self, class: Value, arguments: Value) -> Result<()> {
        let Value::Class(class) = class else {
            return Err(self.error("calls what is not a class: damaged"));
        };
        let object = Object { class, arguments, state: None, pairs: Vec::new() };
        self.push_node(Node::Object(Box::new(object)));
        Ok(())
    }

    fn class(&self, module: &[u8], name: &[u8]) -> Result<&'static Class> {
        classes::find(module, name).ok_or_else(|| {
            let advice =
                "save the vectors by themselves with gensim, `model.wv.save(\"vectors.kv\")`";
            let error = self.error(classes::refusal(module, name));
            match module.starts_with(b"gensim.") {
                true => error,
                false => error.advise(advice),
            }
        })
    }

    /// A text that is written in the file as it is, behind a length of `width` bytes.
    fn text(&mut self, width: u64) -> Result<()> {
        let mut length = [0; 8];
        let written = self.file.take(width, "the length of a text")?;
        length[..written.len()].copy_from_slice(written);
        self.file.take(u64::from_le_bytes(length), "a text")?;
        self.stack.push(Value::Text(self.opcode));
        Ok(())
    }

    fn decoded(&mut self, text: &[u8]) {
        self.stack.push(Value::Text(self.size + self.decoded.len()));
        self.decoded.extend((text.len() as u64).to_le_bytes());
        self.decoded.extend(text);
    }

    /// A number written in digits.
    fn digits(&mut self) -> Result<Option<i64>> {
        let line = self.file.until(b'\n', "a number")?;
        let line = line.strip_suffix(b"L").unwrap_or(line);
        let text = std::str::from_utf8(line).ok().filter(|text| {
            text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && !text.is_empty()
        });
        match text {
            Some(text) => Ok(text.parse().ok()),
            None => Err(self.error("a number that is not written in digits: damaged")),
        }
    }

    fn integer(&mut self, width: u64) -> Result<u64> {
        let mut number = [0; 8];
        let written = self.file.take(width, "a number")?;
        number[..written.len()].copy_from_slice(written);
        Ok(u64::from_le_bytes(number))
    }

    /// An integer of any length, two's complement.
    fn long(&mut self, length: u64) -> Result<()> {
        let bytes = self.file.take(length, "an integer")?;
        let value = match bytes.len() {
            0..=8 => {
                let sign = bytes.last().is_some_and(|&byte| byte >= 0x80);
                let mut number = [if sign { 0xff } else { 0 }; 8];
                number[..bytes.len()].copy_from_slice(bytes);
                Value::Int(i64::from_le_bytes(number))
            }
            _ => Value::Number,
        };
        self.stack.push(value);
        Ok(())
    }

    fn put(&mut self, index: u64) -> Result<()> {
        let Some(&value) = self.stack.last() else {
            return Err(self.error("remembers a value that is not there: damaged"));
        };
        if index > self.opcode as u64 {
            let problem = format!("value {index} of the memo, with fewer before it: damaged");
            return Err(self.error(problem));
        }
        let index = index as usize;
        if index >= self.memo.len() {
            self.memo.resize(index + 1, None);
        }
        self.memo[index] = Some(value);
        Ok(())
    }

    fn get(&mut self, index: u64) -> Result<()> {
        let known = usize::try_from(index).ok().and_then(|index| *self.memo.get(index)?);
        let Some(value) = known else {
            return Err(self.error(format!("value {index} of the memo is not there: damaged")));
        };
        self.stack.push(value);
        Ok(())
    }

    /// The node on top of the stack, which is changed by what was above it.
    fn top(&mut self) -> Result<&mut Node> {
        match self.stack.last() {
            Some(&Value::Node(node)) => Ok(&mut self.nodes[node]),
            _ => Err(self.error("adds to what is not a list, dict or object: damaged")),
        }
    }

    fn append(&mut self, items: &[Value]) -> Result<()> {
        match self.top()? {
            Node::List(list) => list.extend(items),
            _ => return Err(self.error("appends to what is not a list: damaged")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Value]) -> Result<()> {
        let new = self.paired(items)?;
        match self.top()? {
            Node::Dict(pairs) => pairs.extend(new),
            Node::Object(object) => object.pairs.extend(new),
            _ => return Err(self.error("sets items of what is not a dict: damaged")),
        }
        Ok(())
    }

    fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        match self.top()? {
            Node::Object(object) if object.state.is_none() => object.state = Some(state),
            Node::Object(_) => return Err(self.error("sets the state of an object twice: damaged")),
            _ => return Err(self.error("sets the state of what is not an object: damaged")),
        }
        Ok(())
    }

    /// Runs one opcode; the value where it was the last one.
    fn step(&mut self) -> Result<Option<Value>> {
        self.opcode = self.file.position();
        let opcode = self.file.u8("the next opcode")?;
        match opcode {
            0x80 => {
                let protocol = self.file.u8("the protocol")?;
                if protocol > 5 {
                    let problem = format!("protocol {protocol}, expected 0 to 5");
                    return Err(self.error(problem));
                }
            }
            0x95 => {
                let length = self.integer(8)?;
                let left = self.file.left();
                if length > left as u64 {
                    let problem = format!("a frame of {length} bytes, {left} are left: cut short");
                    return Err(self.error(problem));
                }
            }
            b'.' => return self.pop().map(Some),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => {
                // A mark is taken away as a value is.
                match self.marks.last() {
                    Some(&mark) if mark == self.stack.len() => drop(self.marks.pop()),
                    _ => drop(self.pop()?),
                }
            }
            b'1' => drop(self.pop_mark()?),
            b'2' => {
                let value = self.pop()?;
                self.stack.extend([value, value]);
            }
            b'N' => self.stack.push(Value::None),
            0x88 | 0x89 => self.stack.push(Value::Bool(opcode == 0x88)),
            b'I' | b'L' => {
                let value = self.digits()?.map_or(Value::Number, Value::Int);
                self.stack.push(value);
            }
            b'K' => {
                let number = self.integer(1)?;
                self.stack.push(Value::Int(number as i64));
            }
            b'M' => {
                let number = self.integer(2)?;
                self.stack.push(Value::Int(number as i64));
            }
            b'J' => {
                let number = self.integer(4)?;
                self.stack.push(Value::Int(i64::from(number as i32)));
            }
            0x8a | 0x8b => {
                let length = self.integer(if opcode == 0x8a { 1 } else { 4 })?;
                self.long(length)?;
            }
            b'F' => {
                self.file.until(b'\n', "a number")?;
                self.stack.push(Value::Number);
            }
            b'G' => {
                self.file.take(8, "a number")?;
                self.stack.push(Value::Number);
            }
            b'S' => {
                let line = self.file.until(b'\n', "a text")?;
                let text = super::escapes::quoted(line);
                let text = text.ok_or_else(|| self.error("a text without its quotes: damaged"))?;
                self.decoded(&text);
            }
            b'V' => {
                let line = self.file.until(b'\n', "a text")?;
                self.decoded(&super::escapes::raw_unicode(line));
            }
            b'U' | b'C' | 0x8c => self.text(1)?,
            b'T' | b'B' | b'X' => self.text(4)?,
            0x8d | 0x8e | 0x96 => self.text(8)?,
            b')' => self.push_tuple(Vec::new()),
            b't' => {
                let items = self.pop_mark()?;
                self.push_tuple(items);
            }
            0x85..=0x87 => self.tuple_of(usize::from(opcode - 0x84))?,
            b']' | 0x8f => self.push_node(Node::List(Vec::new())),
            b'l' | 0x91 => {
                let items = self.pop_mark()?;
                self.push_node(Node::List(items));
            }
            b'}' => self.push_node(Node::Dict(Vec::new())),
            b'd' => {
                let items = self.pop_mark()?;
                let pairs = self.paired(&items)?;
                self.push_node(Node::Dict(pairs));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?;
                self.append(&items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set_items(&items)?;
            }
            b'p' | b'q' | b'r' | 0x94 => {
                let index = match opcode {
                    b'p' => self.digits()?.and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX),
                    b'q' => self.integer(1)?,
                    b'r' => self.integer(4)?,
                    _ => self.memo.len() as u64,
                };
                self.put(index)?;
            }
            b'g' | b'h' | b'j' => {
                let index = match opcode {
                    b'g' => self.digits()?.and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX),
                    b'h' => self.integer(1)?,
                    _ => self.integer(4)?,
                };
                self.get(index)?;
            }
            b'c' | b'i' => {
                let module = self.file.until(b'\n', "the module of a class")?;
                let name = self.file.until(b'\n', "the name of a class")?;
                let class = Value::Class(self.class(module, name)?);
                match opcode {
                    b'c' => self.stack.push(class),
                    _ => {
                        let arguments = self.pop_mark()?;
                        self.called_with(class, arguments)?;
                    }
                }
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let class = self.class_of(module, name)?;
                self.stack.push(Value::Class(class));
            }
            b'o' => {
                let mut arguments = self.pop_mark()?;
                match arguments.is_empty() {
                    true => return Err(self.error("calls what is not there: damaged")),
                    false => {
                        let class = arguments.remove(0);
                        self.called_with(class, arguments)?;
                    }
                }
            }
            b'R' | 0x81 => {
                let (arguments, class) = (self.pop()?, self.pop()?);
                self.call(class, arguments)?;
            }
            0x92 => {
                let (_, arguments, class) = (self.pop()?, self.pop()?, self.pop()?);
                self.call(class, arguments)?;
            }
            b'b' => self.build()?,
            b'P' | b'Q' | 0x82..=0x84 | 0x97 | 0x98 => {
                let problem = "refers to what is not in the file (a persistent id, an extension code or \
                     a buffer), which gensim does not write";
                return Err(self.error(problem));
            }
            other => {
                let problem = format!("opcode {other:#04x}, which no pickle has: damaged");
                return Err(self.error(problem));
            }
        }
        Ok(None)
    }

    fn called_with(&mut self, class: Value, arguments: Vec<Value>) -> Result<()> {
        self.push_tuple(arguments);
        let arguments = self.pop()?;
        self.call(class, arguments)
    }

    /// The class whose module and name are on the stack.
    fn class_of(&self, module: Value, name: Value) -> Result<&'static Class> {
        let text = |value: Value| match value {
            Value::Text(at) => {
                Some(super::values::text(self.file.slice(0..self.size), &self.decoded, at))
            }
            _ => None,
        };
        match (text(module), text(name)) {
            (Some(module), Some(name)) => self.class(module, name),
            _ => Err(self.error("names a class without a text: damaged")),
        }
    }
}
