//! What a pickle holds, as the machine of [`super::pickle`] leaves it: values that refer to each other by
//! number.
//!
//! A pickle may hold itself, and lists in lists a million deep. So nothing here owns another thing, and
//! nothing is walked through recursively: dropping a [`Pickle`] drops some tables, and a reader follows a
//! fixed path (model, vectors, array). A text is the place where it is written in the file; a call, of
//! [`Role`] `Encode` for instance, stays a call until its result is asked for. So a text that is referred
//! to a thousand times is in memory once.

use super::classes::{Class, Role};
use crate::mmap::Bytes;
use std::ops::Range;

/// One value; 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// A float, or an integer of more than 64 bits: of no use here.
    Number,
    /// Text or bytes, which Python 2 did not tell apart: where it begins, see [`Pickle::bytes`].
    Text(usize),
    Class(&'static Class),
    /// A place in the table of nodes.
    Node(usize),
}

/// A value that holds others.
#[derive(Debug)]
pub(super) enum Node {
    /// A list or a set.
    List(Vec<Value>),
    Tuple(Box<[Value]>),
    Dict(Vec<(Value, Value)>),
    Object(Box<Object>),
}

/// A call of a class or function, with what was set afterwards.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) class: &'static Class,
    /// A tuple.
    pub(super) arguments: Value,
    pub(super) state: Option<Value>,
    /// Items of a class that is a dictionary.
    pub(super) pairs: Vec<(Value, Value)>,
}

/// A whole pickle.
pub(super) struct Pickle {
    pub(super) file: Bytes,
    /// Texts that had to be decoded, each behind its length.
    pub(super) decoded: Vec<u8>,
    pub(super) nodes: Vec<Node>,
    pub(super) root: Value,
}

/// Where the text `at` lies: in the file or among those that were decoded. The machine has passed over
/// it, so that its length is known to be right.
fn range(file: &[u8], decoded: &[u8], at: usize) -> (bool, Range<usize>) {
    let (in_file, bytes, start, width) = match at.checked_sub(file.len()) {
        Some(at) => (false, decoded, at, 8),
        None => {
            let width = match file[at] {
                b'U' | b'C' | 0x8c => 1,
                b'T' | b'B' | b'X' => 4,
                _ => 8,
            };
            (true, file, at + 1, width)
        }
    };
    let mut length = [0; 8];
    length[..width].copy_from_slice(&bytes[start..start + width]);
    let start = start + width;
    (in_file, start..start + u64::from_le_bytes(length) as usize)
}

/// The text `at`, see [`Value::Text`].
pub(super) fn text<'a>(file: &'a [u8], decoded: &'a [u8], at: usize) -> &'a [u8] {
    match range(file, decoded, at) {
        (true, range) => &file[range],
        (false, range) => &decoded[range],
    }
}

impl Pickle {
    /// Text or bytes.
    pub(super) fn bytes(&self, value: Value) -> Option<&[u8]> {
        let Value::Text(at) = value else {
            return None;
        };
        Some(text(&self.file, &self.decoded, at))
    }

    /// Bytes to be shared, as a part of the file. Those that were written as text are decoded.
    pub(super) fn shared(&self, value: Value) -> Option<(Bytes, Range<usize>)> {
        if let Some((Role::Encode, arguments)) = self.call(value) {
            let [text, encoding] = *arguments.first_chunk()?;
            if self.bytes(encoding)? != b"latin1" {
                return None;
            }
            let text = std::str::from_utf8(self.bytes(text)?).ok()?;
            let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
            let bytes: Bytes = bytes?.into();
            let range = 0..bytes.len();
            return Some((bytes, range));
        }
        let Value::Text(at) = value else {
            return None;
        };
        Some(match range(&self.file, &self.decoded, at) {
            (true, range) => (self.file.clone(), range),
            (false, range) => (self.decoded[range.clone()].to_vec().into(), 0..range.len()),
        })
    }

    fn node(&self, value: Value) -> Option<&Node> {
        match value {
            Value::Node(node) => self.nodes.get(node),
            _ => None,
        }
    }

    fn object(&self, value: Value) -> Option<&Object> {
        match self.node(value)? {
            Node::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items of a list or tuple.
    pub(super) fn items(&self, value: Value) -> Option<&[Value]> {
        match self.node(value)? {
            Node::List(items) => Some(items),
            Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The items of a dictionary.
    pub(super) fn pairs(&self, value: Value) -> Option<&[(Value, Value)]> {
        match self.node(value)? {
            Node::Dict(pairs) => Some(pairs),
            Node::Object(object) => Some(&object.pairs),
            _ => None,
        }
    }

    /// What a call is, and its arguments.
    pub(super) fn call(&self, value: Value) -> Option<(Role, &[Value])> {
        let object = self.object(value)?;
        Some((object.class.role, self.items(object.arguments)?))
    }

    /// What was set after a call.
    pub(super) fn state(&self, value: Value) -> Option<Value> {
        self.object(value)?.state
    }

    /// The class of an object.
    pub(super) fn class(&self, value: Value) -> Option<&'static Class> {
        let object = self.object(value)?;
        match object.class.role {
            Role::Reconstructor => match self.items(object.arguments)?.first()? {
                Value::Class(class) => Some(class),
                _ => None,
            },
            _ => Some(object.class),
        }
    }

    /// The attributes of an object.
    pub(super) fn attributes(&self, object: Value) -> Option<&[(Value, Value)]> {
        let state = self.state(object)?;
        match self.node(state)? {
            Node::Dict(pairs) => Some(pairs),
            // A class with slots has both.
            Node::Tuple(both) => self.pairs(*both.first()?),
            _ => None,
        }
    }

    /// An attribute, unless it is `None`.
    pub(super) fn attribute(&self, object: Value, name: &str) -> Option<Value> {
        self.item(self.attributes(object)?, name)
    }

    /// The item of this name, unless it is `None`.
    pub(super) fn item(&self, pairs: &[(Value, Value)], name: &str) -> Option<Value> {
        let named = |(key, _): &&(Value, Value)| self.bytes(*key) == Some(name.as_bytes());
        // What is set twice is what it was set to last.
        let (_, value) = pairs.iter().rev().find(named)?;
        (!matches!(value, Value::None)).then_some(*value)
    }

    /// What a value is, for messages.
    pub(super) fn kind(&self, value: Value) -> String {
        match value {
            Value::None => "None".into(),
            Value::Bool(_) | Value::Int(_) | Value::Number => "a number".into(),
            Value::Text(_) => "a text".into(),
            Value::Class(class) => format!("the class `{}` itself", class.full_name()),
            Value::Node(_) => match (self.node(value), self.class(value)) {
                (_, Some(class)) => format!("`{}`", class.full_name()),
                (Some(Node::List(_)), _) => "a list".into(),
                (Some(Node::Tuple(_)), _) => "a tuple".into(),
                _ => "a dict".into(),
            },
        }
    }
}
