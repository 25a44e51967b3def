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
use super::machine::Machine;
use super::values::{Node, Pickle, Value};
use crate::error::Result;
use crate::formats::Place;
use crate::mmap::Bytes;
use std::path::Path;

/// Whether a file begins as a pickle does: of protocol 2 or later with its number, of an earlier one with
/// a class, a dictionary, a list or a tuple. Behind the class must stand an opcode that may: a text with a
/// word a line begins with a letter and two names, too.
pub(in crate::formats) fn begins(bytes: &[u8]) -> bool {
    let opcode =
        |bytes: &[u8]| matches!(bytes, [b'(', ..] | [b'p', b'0'..=b'9', ..] | [b'q', 0..=9, ..]);
    match bytes {
        [0x80, 2..=5, ..] => true,
        [b'c', rest @ ..] | [b'(', b'i', rest @ ..] => {
            name(rest).and_then(name).is_some_and(opcode)
        }
        [b'(', b'd' | b'l' | b't', b'p', b'0'..=b'9', ..] => true,
        _ => false,
    }
}

/// What follows a line with a name.
fn name(bytes: &[u8]) -> Option<&[u8]> {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let end = bytes.iter().position(|byte| !fits(byte))?;
    bytes[end..].strip_prefix(b"\n").filter(|_| end > 0)
}

/// Runs the program in `file`.
pub(super) fn load(file: Bytes, path: &Path) -> Result<Pickle> {
    let all = file.clone();
    let mut machine = Machine::new(&all, Place { path, format: NAME });
    let root = loop {
        if let Some(root) = machine.step()? {
            break root;
        }
    };
    let (nodes, decoded) = (machine.nodes, machine.decoded);
    Ok(Pickle { file, decoded, nodes, root })
}

impl Machine<'_> {
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
            b'K' | b'M' => {
                let number = self.integer(if opcode == b'K' { 1 } else { 2 })?;
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
}
