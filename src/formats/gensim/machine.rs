//! What the machine of [`super::pickle`] has, and what its opcodes do with it: a stack with marks, a memo,
//! the nodes that were made, and operands in the file.

use super::classes::{self, Class};
use super::values::{Node, Object, Value};
use crate::error::Result;
use crate::formats::Place;
use crate::formats::cursor::Cursor;

/// The state of the machine.
pub(super) struct Machine<'a> {
    pub(super) file: Cursor<'a>,
    /// The byte of the opcode that runs.
    pub(super) opcode: usize,
    pub(super) size: usize,
    pub(super) stack: Vec<Value>,
    /// Heights of the stack.
    pub(super) marks: Vec<usize>,
    pub(super) memo: Vec<Option<Value>>,
    pub(super) nodes: Vec<Node>,
    pub(super) decoded: Vec<u8>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(file: &'a [u8], at: Place<'a>) -> Self {
        Machine {
            file: Cursor::new(file, at),
            opcode: 0,
            size: file.len(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
            nodes: Vec::new(),
            decoded: Vec::new(),
        }
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> crate::Error {
        self.file.error_at(self.opcode, problem)
    }

    pub(super) fn pop(&mut self) -> Result<Value> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len() > floor {
            true => Ok(self.stack.pop().expect("a value above the mark")),
            false => Err(self.error("takes a value that is not there: damaged")),
        }
    }

    /// The values above the last mark, which is taken away.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<Value>> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.error("goes back to a mark that is not there: damaged")),
        }
    }

    pub(super) fn push_node(&mut self, node: Node) {
        self.stack.push(Value::Node(self.nodes.len()));
        self.nodes.push(node);
    }

    pub(super) fn push_tuple(&mut self, items: Vec<Value>) {
        self.push_node(Node::Tuple(items.into()));
    }

    /// A tuple of the last `count` values.
    pub(super) fn tuple_of(&mut self, count: usize) -> Result<()> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        self.push_tuple(items);
        Ok(())
    }

    /// Pairs of values that follow each other.
    pub(super) fn paired(&self, items: &[Value]) -> Result<Vec<(Value, Value)>> {
        match items.as_chunks::<2>() {
            (pairs, []) => Ok(pairs.iter().map(|&[key, value]| (key, value)).collect()),
            _ => Err(self.error("a key without a value: damaged")),
        }
    }

    /// Notes a call.
    pub(super) fn call(&mut self, class: Value, arguments: Value) -> Result<()> {
        let Value::Class(class) = class else {
            return Err(self.error("calls what is not a class: damaged"));
        };
        let object = Object { class, arguments, state: None, pairs: Vec::new() };
        self.push_node(Node::Object(Box::new(object)));
        Ok(())
    }

    pub(super) fn class(&self, module: &[u8], name: &[u8]) -> Result<&'static Class> {
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
    pub(super) fn text(&mut self, width: u64) -> Result<()> {
        let mut length = [0; 8];
        let written = self.file.take(width, "the length of a text")?;
        length[..written.len()].copy_from_slice(written);
        self.file.take(u64::from_le_bytes(length), "a text")?;
        self.stack.push(Value::Text(self.opcode));
        Ok(())
    }

    pub(super) fn decoded(&mut self, text: &[u8]) {
        self.stack.push(Value::Text(self.size + self.decoded.len()));
        self.decoded.extend((text.len() as u64).to_le_bytes());
        self.decoded.extend(text);
    }

    /// A number written in digits.
    pub(super) fn digits(&mut self) -> Result<Option<i64>> {
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

    pub(super) fn integer(&mut self, width: u64) -> Result<u64> {
        let mut number = [0; 8];
        let written = self.file.take(width, "a number")?;
        number[..written.len()].copy_from_slice(written);
        Ok(u64::from_le_bytes(number))
    }

    /// An integer of any length, two's complement.
    pub(super) fn long(&mut self, length: u64) -> Result<()> {
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

    pub(super) fn put(&mut self, index: u64) -> Result<()> {
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

    pub(super) fn get(&mut self, index: u64) -> Result<()> {
        let known = usize::try_from(index).ok().and_then(|index| *self.memo.get(index)?);
        let Some(value) = known else {
            return Err(self.error(format!("value {index} of the memo is not there: damaged")));
        };
        self.stack.push(value);
        Ok(())
    }

    /// The node on top of the stack, which is changed by what was above it.
    pub(super) fn top(&mut self) -> Result<&mut Node> {
        match self.stack.last() {
            Some(&Value::Node(node)) => Ok(&mut self.nodes[node]),
            _ => Err(self.error("adds to what is not a list, dict or object: damaged")),
        }
    }

    pub(super) fn append(&mut self, items: &[Value]) -> Result<()> {
        match self.top()? {
            Node::List(list) => list.extend(items),
            _ => return Err(self.error("appends to what is not a list: damaged")),
        }
        Ok(())
    }

    pub(super) fn set_items(&mut self, items: &[Value]) -> Result<()> {
        let new = self.paired(items)?;
        match self.top()? {
            Node::Dict(pairs) => pairs.extend(new),
            Node::Object(object) => object.pairs.extend(new),
            _ => return Err(self.error("sets items of what is not a dict: damaged")),
        }
        Ok(())
    }

    pub(super) fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        match self.top()? {
            Node::Object(object) if object.state.is_none() => object.state = Some(state),
            Node::Object(_) => return Err(self.error("sets the state of an object twice: damaged")),
            _ => return Err(self.error("sets the state of what is not an object: damaged")),
        }
        Ok(())
    }

    pub(super) fn called_with(&mut self, class: Value, arguments: Vec<Value>) -> Result<()> {
        self.push_tuple(arguments);
        let arguments = self.pop()?;
        self.call(class, arguments)
    }

    /// The class whose module and name are on the stack.
    pub(super) fn class_of(&self, module: Value, name: Value) -> Result<&'static Class> {
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
