//! Imports go one way: between the modules of the library, whose layers are listed here, and between
//! the files of each folder, where no circle may be.
//!
//! The sources are read as text: comments, strings and test modules are blanked, the rest is cut into
//! tokens, and every path in it is resolved as the compiler would, through `crate`, `self`, `super`
//! and re-exports.
//!
//! # What counts as an edge
//!
//! In each folder of `src` the nodes are its files and its sub-folders, each of which is searched for
//! circles of its own besides. An edge from one node to another is any path in the first that leads
//! into the second: in a `use`, whatever its form and nesting, or in the code, `super::x::f()`.
//!
//! The folder's own `mod.rs` (`lib.rs`, `main.rs`) is no node. It declares its children and may use
//! them, and they may use what it defines: `super::Item` is no edge. But what it only passes on is:
//! where it says `pub use x::Thing` or `use x::Thing`, a child that says `super::Thing` uses `x`, and
//! so does one that says `crate::Thing` where `lib.rs` passes it on.
//!
//! A circle is a set of nodes of which each leads to each other one. What stands in a module under
//! `#[cfg(test)]` is no edge. Paths that a macro puts together from its arguments are not seen.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Bottom first: a module may use those before it and never those behind. `train` ends in
/// `WordVectors`, so it stands behind `vectors`.
const LAYERS: &[&str] = &[
    "shown", "error", "hex", "mmap", "threads", "kernels", "matrix", "corpus", "vocab", "encode",
    "doctor", "cooccur", "vectors", "train", "formats", "eval", "plan", "machine", "session",
    "report",
];

/// Circles that are known, each with its folder. This list may only become shorter: a circle that is
/// not in it fails the test, and so does an entry without its circle.
const KNOWN_CIRCLES: &[(&str, &[&str])] = &[];

/// A word or a sign of the code.
#[derive(Clone, Copy)]
struct Token<'a> {
    at: usize,
    line: usize,
    text: &'a str,
}

impl Token<'_> {
    fn is_name(self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Cuts code without comments and strings into names, numbers and signs; `::` is one sign.
fn tokens(code: &str) -> Vec<Token<'_>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while let Some(c) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = match c {
            _ if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ if rest.starts_with("::") => 2,
            _ => c.len_utf8(),
        };
        if !c.is_whitespace() {
            found.push(Token { at, line, text: &rest[..length] });
        }
        line += usize::from(c == '\n');
        at += length;
    }
    found
}

/// The length of the comment, string or character at the beginning of `rest`, if there is one.
fn no_code(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        let (mut depth, mut at) = (1, 2);
        while depth > 0 && at < rest.len() {
            match &rest.as_bytes()[at..] {
                [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
                [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
        }
        return Some(at);
    }
    if let Some(body) = rest.strip_prefix('\'') {
        // One character or an escape; else a lifetime.
        let mut chars = body.chars();
        return match (chars.next(), chars.next()) {
            (Some('\\'), Some(escaped)) => {
                let from = 2 + escaped.len_utf8();
                Some(from + rest[from..].find('\'')? + 1)
            }
            (Some(c), Some('\'')) => Some(2 + c.len_utf8()),
            _ => None,
        };
    }
    let quoted = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    if let Some(raw) = quoted.strip_prefix('r') {
        let body = raw.trim_start_matches('#');
        let end = format!("\"{}", "#".repeat(raw.len() - body.len()));
        let body = body.strip_prefix('"')?;
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(rest.len() - body.len() + length);
    }
    let body = quoted.strip_prefix('"')?;
    let mut escaped = false;
    let end = body.bytes().position(|b| {
        let ends = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    });
    Some(rest.len() - body.len() + end.map_or(body.len(), |end| end + 1))
}

/// Overwrites a part of the text with spaces, but for line ends.
fn blank(text: &str, range: std::ops::Range<usize>) -> String {
    let spaces = text[range.clone()].chars().map(|c| if c == '\n' { c } else { ' ' });
    [&text[..range.start], &spaces.collect::<String>(), &text[range.end..]].concat()
}

/// The code of a file: comments, strings and test modules are blank, lines are where they were; and
/// the names of test modules that are files of their own.
fn code(text: &str) -> (String, Names) {
    let mut code = String::new();
    let mut after_word = false;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        // The `r` of `for"` would begin no string.
        let skipped = if after_word && c.is_alphanumeric() { None } else { no_code(&text[at..]) };
        let length = skipped.unwrap_or(c.len_utf8());
        let part = &text[at..at + length];
        match skipped {
            Some(_) => code.extend(part.chars().map(|c| if c == '\n' { c } else { ' ' })),
            None => code.push(c),
        }
        after_word = c.is_alphanumeric() || c == '_';
        at += length;
    }
    let mut files = Names::new();
    while let Some((name, range)) = test_module(&code) {
        files.extend(code[range.clone()].ends_with(';').then_some(name));
        code = blank(&code, range);
    }
    (code, files)
}

/// The first module under `#[cfg(test)]`, and where it lies from its attribute to its end: a body in
/// braces or a semicolon.
fn test_module(code: &str) -> Option<(String, std::ops::Range<usize>)> {
    let tokens = tokens(code);
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text);
    // The token behind the closing bracket that belongs to the opening one at `i`.
    let behind = |mut i: usize, open: &str, close: &str| {
        let mut depth = 0;
        loop {
            depth += usize::from(text(i) == open);
            depth -= usize::from(text(i) == close);
            i += 1;
            if depth == 0 || i >= tokens.len() {
                return i;
            }
        }
    };
    for start in 0..tokens.len() {
        let is =
            |words: &[&str]| words.iter().enumerate().all(|(i, word)| text(start + i) == *word);
        if !is(&["#", "[", "cfg", "(", "test"]) && !is(&["#", "[", "cfg", "(", "all", "(", "test"])
        {
            continue;
        }
        let mut i = behind(start + 1, "[", "]");
        while text(i) == "#" {
            i = behind(i + 1, "[", "]");
        }
        if text(i) == "pub" {
            i += 1;
            if text(i) == "(" {
                i = behind(i, "(", ")");
            }
        }
        if text(i) != "mod" {
            continue;
        }
        let end = match text(i + 2) {
            "{" => behind(i + 2, "{", "}"),
            _ => i + 3,
        };
        let last = tokens[end.min(tokens.len()) - 1];
        return Some((text(i + 1).to_owned(), tokens[start].at..last.at + last.text.len()));
    }
    None
}

/// Names from the outside to the inside: of modules, and of an item at the end.
type Names = Vec<String>;

fn below(module: &[String], name: &str) -> Names {
    [module, &[name.to_owned()]].concat()
}

/// A path in the code.
struct Mention {
    line: usize,
    /// The modules in braces within the file in which it stands.
    within: Names,
    /// As it is written; the members of a nested list are paths of their own. `*` may be the last.
    path: Names,
    /// What a `use` calls it.
    bound: Option<String>,
}

/// All paths of two or more names in `use` declarations and elsewhere.
fn mentions(tokens: &[Token<'_>]) -> Vec<Mention> {
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text);
    let mut found = Vec::new();
    // Modules in braces, each with the depth at which it stands.
    let mut within: Vec<(String, usize)> = Vec::new();
    let (mut depth, mut i) = (0, 0);
    while i < tokens.len() {
        let begins_path = tokens[i].is_name() && text(i.wrapping_sub(1)) != "::";
        match text(i) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                within.pop_if(|(_, outside)| *outside == depth);
            }
            "mod" if text(i + 2) == "{" => within.push((text(i + 1).to_owned(), depth)),
            "mod" if text(i + 1) == "$" && text(i + 3) == "{" => {
                within.push((text(i + 2).to_owned(), depth));
            }
            "use" if text(i + 1) != "<" => {
                let modules: Names = within.iter().map(|(name, _)| name.clone()).collect();
                i = use_tree(tokens, i + 1, &modules, &[], &mut found);
                continue;
            }
            _ if begins_path && text(i + 1) == "::" => {
                let line = tokens[i].line;
                let mut path = vec![text(i).to_owned()];
                while text(i + 1) == "::" && tokens.get(i + 2).is_some_and(|next| next.is_name()) {
                    path.push(text(i + 2).to_owned());
                    i += 2;
                }
                let within = within.iter().map(|(name, _)| name.clone()).collect();
                found.push(Mention { line, within, path, bound: None });
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// Reads one tree of a `use` from token `i` on; returns the token behind it.
fn use_tree(
    tokens: &[Token<'_>],
    mut i: usize,
    within: &[String],
    before: &[String],
    found: &mut Vec<Mention>,
) -> usize {
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text);
    let mut path = before.to_vec();
    let line = tokens.get(i).map_or(0, |token| token.line);
    // `::name` is another crate.
    if text(i) == "::" && before.is_empty() {
        path.push(String::new());
        i += 1;
    }
    loop {
        match text(i) {
            "{" => {
                i += 1;
                while !matches!(text(i), "}" | "") {
                    i = use_tree(tokens, i, within, &path, found);
                    i += usize::from(text(i) == ",");
                }
                return i + 1;
            }
            name => {
                // At the end of a path `self` is what stands before it.
                if name != "self" || path.is_empty() {
                    path.push(name.to_owned());
                }
                i += 1;
            }
        }
        if text(i) != "::" {
            break;
        }
        i += 1;
    }
    let mut bound = path.last().cloned();
    if text(i) == "as" {
        bound = Some(text(i + 1).to_owned());
        i += 2;
    }
    found.push(Mention { line, within: within.to_vec(), path, bound });
    i
}

/// A file of a crate.
struct File {
    /// Below `src`.
    name: String,
    /// The module that it is: none for `lib.rs`.
    module: Names,
    code: String,
    mentions: Vec<Mention>,
    /// Test modules that it declares and that are other files.
    tests: Names,
    /// All names in it.
    names: BTreeSet<String>,
    /// Those that it defines.
    defined: BTreeSet<String>,
}

impl File {
    fn new(name: &str, text: &str) -> Self {
        let mut module: Names = name.split('/').map(str::to_owned).collect();
        let last = module.pop().expect("a name");
        if !matches!(last.as_str(), "mod.rs" | "lib.rs" | "main.rs") {
            module.push(last.trim_end_matches(".rs").to_owned());
        }
        let (code, tests) = code(text);
        let tokens = tokens(&code);
        let definers = ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "mod"];
        let pairs = tokens.windows(2);
        let defined = pairs.filter(|pair| definers.contains(&pair[0].text)).map(|pair| pair[1]);
        let name_of = |token: Token<'_>| token.is_name().then(|| token.text.to_owned());
        let (defined, names) = (
            defined.filter_map(name_of).collect(),
            tokens.iter().copied().filter_map(name_of).collect(),
        );
        let mentions = mentions(&tokens);
        File { name: name.to_owned(), module, code, mentions, tests, names, defined }
    }
}

/// One node of a folder uses another.
struct Edge {
    /// Below `src`.
    folder: String,
    /// `file.rs` or `folder/`.
    from: String,
    to: String,
    /// "file:line: path".
    place: String,
}

/// The files of a crate without its tests.
struct Crate(Vec<File>);

impl Crate {
    fn new(sources: &[(String, String)]) -> Self {
        let files = sources.iter().map(|(name, text)| File::new(name, text));
        let mut files: Vec<File> = files.collect();
        let tests = files.iter().flat_map(|file| {
            let module = |name: &String| below(&file.module, name);
            file.tests.iter().map(module)
        });
        let tests: Vec<Names> = tests.collect();
        files.retain(|file| !tests.iter().any(|test| file.module.starts_with(test)));
        Crate(files)
    }

    fn is_module(&self, module: &[String]) -> bool {
        self.0.iter().any(|file| file.module == module)
    }

    /// A path from the crate's root on; `None` where it leads out of the crate or to what the file
    /// has itself.
    fn absolute(&self, file: &File, within: &[String], path: &[String]) -> Option<Names> {
        let here = [&file.module[..], within].concat();
        match path[0].as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([&here, &path[1..]].concat()),
            "super" => {
                let up = path.iter().take_while(|name| *name == "super").count();
                let above = here.len().checked_sub(up)?;
                Some([&here[..above], &path[up..]].concat())
            }
            first => {
                let child = below(&here, first);
                self.is_module(&child).then(|| [&here[..], path].concat())
            }
        }
    }

    /// What the `use` declarations of a module call `name`; with those of other modules' names that
    /// come by `*`.
    fn imports(&self, module: &[String], name: &str) -> Vec<Names> {
        let files = self.0.iter().filter(|file| file.module == module);
        let mut found = Vec::new();
        for file in files {
            for mention in file.mentions.iter().filter(|mention| mention.within.is_empty()) {
                let Some(bound) = &mention.bound else {
                    continue;
                };
                let Some(path) = self.absolute(file, &[], &mention.path) else {
                    continue;
                };
                if bound == name {
                    found.push(path);
                } else if let Some((star, source)) = path.split_last()
                    && star == "*"
                    && self
                        .0
                        .iter()
                        .any(|other| other.module == source && other.defined.contains(name))
                {
                    found.push(below(source, name));
                }
            }
        }
        found
    }

    /// The folder and the node to which a path leads out of the file's own node, if it does.
    fn leads_to(&self, file: &File, path: &[String], jumps: usize) -> Vec<(Names, String)> {
        for (at, name) in path.iter().enumerate() {
            let (folder, rest) = path.split_at(at);
            // All that is left is the file's own.
            if file.module == folder {
                break;
            }
            let node = &path[..=at];
            let mut found = Vec::new();
            if self.is_module(node) {
                if file.module.starts_with(node) {
                    continue;
                }
                found.push((folder.to_vec(), name.clone()));
            } else if name == "*" {
                // All that the folder passes on, as far as this file says its name.
                for name in &file.names {
                    let path = below(folder, name);
                    found.extend(self.leads_to(file, &path, jumps + 1));
                }
            }
            // Passed on by the folder.
            for import in self.imports(folder, name) {
                if jumps < 8 && import != node {
                    let path = [&import, &rest[1..]].concat();
                    found.extend(self.leads_to(file, &path, jumps + 1));
                }
            }
            return found;
        }
        Vec::new()
    }

    /// The name of a node: `file.rs` or `folder/`.
    fn shown(&self, folder: &[String], node: &str) -> String {
        let inside = [folder, &[node.to_owned(), "mod.rs".to_owned()]].concat().join("/");
        match self.0.iter().any(|file| file.name == inside) {
            true => format!("{node}/"),
            false => format!("{node}.rs"),
        }
    }

    /// All uses of one node of a folder by another, in the order of the files.
    fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for file in &self.0 {
            for mention in &file.mentions {
                let mut path = self.absolute(file, &mention.within, &mention.path);
                if path.is_none() && mention.bound.is_none() {
                    // A module above that a `use` gave a name, `use super::super::folder;`.
                    let imports = self.imports(&file.module, &mention.path[0]);
                    let above = imports.into_iter().find(|path| file.module.starts_with(path));
                    path = above.map(|above| [&above, &mention.path[1..]].concat());
                }
                let written = mention.path.join("::");
                let mut nodes = path.map_or(Vec::new(), |path| self.leads_to(file, &path, 0));
                nodes.sort();
                nodes.dedup();
                for (folder, to) in nodes {
                    let from = self.shown(&folder, &file.module[folder.len()]);
                    let to = self.shown(&folder, &to);
                    let place = format!("{}:{}: {written}", file.name, mention.line);
                    edges.push(Edge { folder: folder.join("/"), from, to, place });
                }
            }
        }
        edges
    }
}

/// A set of nodes of one folder, each of which leads to each other one.
struct Circle {
    folder: String,
    nodes: BTreeSet<String>,
    /// The edges between them.
    edges: Vec<String>,
}

impl std::fmt::Display for Circle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nodes: Vec<&str> = self.nodes.iter().map(String::as_str).collect();
        writeln!(f, "src/{}: {}", self.folder, nodes.join(", "))?;
        self.edges.iter().try_for_each(|edge| writeln!(f, "    {edge}"))
    }
}

fn circles(edges: &[Edge]) -> Vec<Circle> {
    let folders: BTreeSet<&String> = edges.iter().map(|edge| &edge.folder).collect();
    let mut found = Vec::new();
    for folder in folders {
        let edges: Vec<&Edge> = edges.iter().filter(|edge| edge.folder == *folder).collect();
        let nodes: BTreeSet<&str> = edges.iter().map(|edge| edge.from.as_str()).collect();
        // What can be reached from each node.
        let reached = |from| {
            let (mut known, mut new) = (BTreeSet::new(), vec![from]);
            while let Some(node) = new.pop() {
                let next = edges.iter().filter(|edge| edge.from == node);
                new.extend(next.map(|edge| edge.to.as_str()).filter(|to| known.insert(*to)));
            }
            known
        };
        let mut done = BTreeSet::new();
        for &node in &nodes {
            let circle = reached(node).into_iter().filter(|other| reached(other).contains(node));
            let circle: BTreeSet<&str> = circle.collect();
            if circle.contains(node) && done.insert(circle.clone()) {
                let within = |edge: &&&Edge| {
                    circle.contains(edge.from.as_str()) && circle.contains(edge.to.as_str())
                };
                let tell = |edge: &&Edge| format!("{} -> {}: {}", edge.from, edge.to, edge.place);
                found.push(Circle {
                    folder: folder.clone(),
                    nodes: circle.iter().map(|node| (*node).to_owned()).collect(),
                    edges: edges.iter().filter(within).map(tell).collect(),
                });
            }
        }
    }
    found
}

/// Uses of a later layer: "file:line: path".
fn back_edges(files: &[(String, String)]) -> Vec<String> {
    let layer_of =
        |node: &str| LAYERS.iter().position(|layer| node.split(['/', '.']).next() == Some(layer));
    let edges = Crate::new(files).edges().into_iter().filter(|edge| edge.folder.is_empty());
    let back = edges.filter(|edge| match (layer_of(&edge.from), layer_of(&edge.to)) {
        (Some(own), Some(used)) => used > own,
        _ => false,
    });
    back.map(|edge| edge.place).collect()
}

fn sources(folder: &Path, root: &Path, into: &mut Vec<(String, String)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("src is there")
        .map(|entry| entry.expect("readable").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, root, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let name =
                path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
            into.push((name, fs::read_to_string(&path).expect("readable")));
        }
    }
}

/// The files of the library, and those of the binary.
fn crates() -> [Vec<(String, String)>; 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &root, &mut files);
    let (binary, library): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(name, _)| name.starts_with("cli/") || name == "main.rs");
    assert!(library.len() > 20 && binary.len() > 20, "{} {}", library.len(), binary.len());
    [library, binary]
}

/// Code of each file of both crates, without comments, strings and tests; paths begin with `src`.
pub(crate) fn code_of_all() -> Vec<(String, String)> {
    let files = crates().map(|files| Crate::new(&files).0).into_iter().flatten();
    files.map(|file| (format!("src/{}", file.name), file.code)).collect()
}

fn library() -> Vec<(String, String)> {
    let [library, _] = crates();
    library
}

fn owned<const N: usize>(files: [(&str, &str); N]) -> Vec<(String, String)> {
    files.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

/// Circles that are not in `known`, and members of it that are none, each with what to do.
fn surprises(found: &[Circle], known: &[(&str, &[&str])]) -> Vec<String> {
    let is = |circle: &Circle, (folder, nodes): &(&str, &[&str])| {
        circle.folder == *folder && circle.nodes.iter().eq(nodes.iter())
    };
    let new = found.iter().filter(|circle| !known.iter().any(|known| is(circle, known)));
    let gone = known.iter().filter(|known| !found.iter().any(|circle| is(circle, known)));
    let new = new.map(|circle| format!("a circle in {circle}"));
    let gone = gone.map(|(folder, nodes)| {
        let nodes = nodes.join(", ");
        format!("src/{folder} has no circle {nodes} any more: take it from KNOWN_CIRCLES")
    });
    new.chain(gone).collect()
}

#[test]
fn no_folder_has_a_circle() {
    let edges: Vec<Edge> = crates().iter().flat_map(|files| Crate::new(files).edges()).collect();
    let surprises = surprises(&circles(&edges), KNOWN_CIRCLES);
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// Each way to use `two` from `one`, while `two` uses `one`.
#[test]
fn every_form_of_an_import_is_seen() {
    let forms: [(&str, &str, &str); 19] = [
        ("a path", "", "use super::two::B;"),
        ("a list", "", "use super::{\n    three::C,\n    two::{self as other, B as D},\n};"),
        ("a path of the crate", "", "use crate::made::two::B;"),
        ("a list of the crate", "", "use crate::{error::Error, made::{three, two::B}};"),
        ("a name passed on", "pub use two::B;", "use super::B;"),
        ("a name passed on privately", "use self::two::{A, B};", "use super::{B};"),
        ("a name passed on under another", "pub(crate) use two::B as C;", "use super::C;"),
        ("all names passed on", "pub use two::*;", "use super::B;"),
        ("all names of the folder", "use two::B;", "use super::*;\nfn f(_: B) {}"),
        ("a name passed on twice", "pub use two::B;", "use crate::Facade;"),
        ("a path in code", "", "fn f() {\n    super::two::b();\n}"),
        ("a path of the crate in code", "", "fn f(x: &crate::made::two::B) {}"),
        ("a path of a macro", "", "macro_rules! m { () => { $crate::made::two::b() }; }"),
        ("a folder by its name", "", "use super::super::made;\nfn f() { made::two::b() }"),
        ("a module in braces", "", "mod inner {\n    use super::super::two::B;\n}"),
        (
            "code behind a test module",
            "",
            "#[cfg(test)]\nmod tests {\n    fn f() -> char { g(\"{{\"); '{' }\n}\nuse super::two::B;",
        ),
        ("code behind a test file", "", "#[cfg(test)]\nmod tests;\nuse super::two::B;"),
        ("code behind comments", "", "/* /* { */ \" */ // \"\nuse super::two::B; // \""),
        (
            "code behind strings",
            "",
            "const S: &str = r#\"\"//\"#; const Q: char = '\"'; use super::two::B;",
        ),
    ];
    for (form, folder, one) in forms {
        let files = owned([
            ("lib.rs", "mod made;\npub use made::B as Facade;"),
            ("made/mod.rs", folder),
            ("made/one.rs", one),
            ("made/two.rs", "use super::one::A;\npub struct B;"),
            ("made/three.rs", "pub struct C;"),
        ]);
        let found = circles(&Crate::new(&files).edges());
        let nodes: Vec<_> = found.iter().flat_map(|circle| &circle.nodes).collect();
        assert_eq!(nodes, ["one.rs", "two.rs"], "{form}: {one}");
    }
}

#[test]
fn a_sub_folder_is_a_node_and_a_folder() {
    let files = owned([
        ("lib.rs", ""),
        ("made/mod.rs", "mod one;\nmod two;"),
        ("made/one/mod.rs", "mod inner;\nmod outer;\nuse inner::A;"),
        ("made/one/inner.rs", "use super::outer::C;\nuse super::super::two::B;"),
        ("made/one/outer.rs", "use crate::made::one::inner::A;"),
        ("made/two.rs", "use super::one::A;"),
    ]);
    let found = circles(&Crate::new(&files).edges());
    let told: Vec<String> = found.iter().map(Circle::to_string).collect();
    let expected = [
        "src/made: one/, two.rs\n    one/ -> two.rs: made/one/inner.rs:2: super::super::two::B\n    \
         two.rs -> one/: made/two.rs:1: super::one::A\n",
        "src/made/one: inner.rs, outer.rs\n    inner.rs -> outer.rs: made/one/inner.rs:1: \
         super::outer::C\n    outer.rs -> inner.rs: made/one/outer.rs:1: \
         crate::made::one::inner::A\n",
    ];
    assert_eq!(told, expected);
}

/// What is no edge: what the folder defines, comments, strings, tests, other crates.
#[test]
fn what_is_no_circle() {
    let files = owned([
        ("lib.rs", "mod made;\n#[cfg(all(test, unix))]\nmod checks;"),
        ("checks.rs", "use crate::made::one::A;"),
        ("made/mod.rs", "mod one;\nmod two;\n#[cfg(test)]\nmod tests;\nuse one::A;\nstruct Item;"),
        ("made/tests.rs", "use super::two::B;"),
        (
            "made/one.rs",
            "//! [`super::two::B`]\n/* super::two::B */\nuse super::Item;\nuse ::two::B;\n\
             const S: &str = \"\\\"super::two::B\";\nconst R: &[u8] = br#\"\" super::two::b()\"#;\n\
             fn f<'a>(x: &'a str) -> impl Fn() + use<'a> { b::two::b() }\n\
             #[cfg(test)]\n#[allow(unused)]\npub(super) mod tests {\n    use super::super::two::B;\n}\n",
        ),
        ("made/two.rs", "use super::one::A;\nuse super::{self, Item};\nfn f() { self::g() }"),
    ]);
    let crate_ = Crate::new(&files);
    let edges: Vec<String> = crate_.edges().into_iter().map(|edge| edge.place).collect();
    assert_eq!(edges, ["made/two.rs:1: super::one::A"]);
}

#[test]
fn the_list_of_circles_may_only_become_shorter() {
    let edge = |from: &str, to: &str| Edge {
        folder: "made".into(),
        from: from.into(),
        to: to.into(),
        place: format!("{from}:1"),
    };
    let three =
        [edge("a.rs", "b.rs"), edge("b.rs", "c/"), edge("c/", "a.rs"), edge("d.rs", "a.rs")];
    let found = circles(&three);
    assert!(surprises(&found, &[("made", &["a.rs", "b.rs", "c/"])]).is_empty());
    let unlisted = surprises(&found, &[]);
    assert_eq!(unlisted.len(), 1);
    assert!(
        unlisted[0].starts_with("a circle in src/made: a.rs, b.rs, c/\n    a.rs -> b.rs: a.rs:1")
    );
    let gone = surprises(&circles(&three[1..]), &[("made", &["a.rs", "b.rs", "c/"])]);
    let expected =
        "src/made has no circle a.rs, b.rs, c/ any more: take it from KNOWN_CIRCLES".to_owned();
    assert_eq!(gone, [expected]);
    // Another one than the listed one is both.
    assert_eq!(surprises(&found, &[("made", &["a.rs", "b.rs"])]).len(), 2);
}

#[test]
fn imports_go_one_way() {
    let files = library();
    let known = |name: &str| LAYERS.contains(&name.split(['/', '.']).next().unwrap_or(""));
    for (name, _) in files.iter().filter(|(name, _)| name != "lib.rs") {
        assert!(known(name), "src/{name} belongs to no layer; give it a place in LAYERS");
    }
    let found = back_edges(&files);
    assert!(found.is_empty(), "imports of a later layer:\n{}", found.join("\n"));
}

#[test]
fn a_planted_back_edge_is_found_with_its_line() {
    let planted = [
        (
            "corpus/one.rs",
            "//! docs may name crate::train::Run\nuse std::io;\nuse crate::eval::Score;\n",
        ),
        ("vocab/two.rs", "use crate::error::Error;\nlet x = crate::formats::open(\n);\n"),
        ("encode/three.rs", "use crate::{\n    error::{Error, Result},\n    train::Model,\n};\n"),
        ("matrix/four.rs", "use super::super::{formats, kernels};\n"),
        ("vectors/five.rs", "#[cfg(test)]\nuse std::fs;\nuse crate::Model;\n"),
        (
            "eval/six.rs",
            "use crate::Model;\n#[cfg(test)]\nmod tests {\n    use crate::plan::Plan;\n}\n\
             fn f() {\n    super::super::plan::g()\n}\n",
        ),
    ];
    let mut files = library();
    files.extend(owned(planted));
    let expected = [
        "corpus/one.rs:3: crate::eval::Score",
        "vocab/two.rs:2: crate::formats::open",
        "encode/three.rs:3: crate::train::Model",
        "matrix/four.rs:1: super::super::formats",
        "vectors/five.rs:3: crate::Model",
        "eval/six.rs:7: super::super::plan::g",
    ];
    assert_eq!(back_edges(&files), expected);
}

/// `unsafe` is in three places, and each block says why it is sound.
#[test]
fn unsafe_stays_in_its_rooms() {
    for (name, text) in library() {
        let rooms =
            name.starts_with("kernels/") || name.starts_with("matrix/") || name == "mmap.rs";
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            let is_unsafe = code.contains("unsafe {")
                || code.contains("unsafe fn")
                || code.contains("unsafe impl");
            assert!(rooms || !is_unsafe, "src/{name}:{}: unsafe outside its rooms", number + 1);
        }
    }
}

/// Only [`w2v::Threads`] reaches rayon: elsewhere its iterators would run on the global pool.
#[test]
fn rayon_stays_in_one_file() {
    for (name, text) in crates().into_iter().flatten() {
        let (code, _) = code(&text);
        assert!(name == "threads.rs" || !code.contains("rayon"), "src/{name}: use Threads");
    }
}

/// Where a crate prints, exits or reads the environment, as the temporary files do that are made in
/// no named folder: "file:line: what".
fn noises(files: &[(String, String)]) -> Vec<String> {
    let words = [
        "println!",
        "print!",
        "dbg!(",
        "process::exit",
        "env::",
        "std::env",
        "tempfile()",
        "tempdir()",
        "NamedTempFile::new()",
    ];
    let mut found = Vec::new();
    for file in &Crate::new(files).0 {
        for (number, line) in file.code.lines().enumerate() {
            let used = words.iter().find(|word| line.contains(*word));
            found.extend(used.map(|word| format!("src/{}:{}: {word}", file.name, number + 1)));
        }
    }
    found
}

/// The library never prints, exits or reads the environment.
#[test]
fn the_library_is_silent() {
    assert_eq!(noises(&library()), [""; 0]);
}

/// Strings of the library that name a flag of a command line: "src/file:line: flag". Parameters are
/// named as the fields of the library are; see [`w2v::error`].
fn flags(files: &[(String, String)]) -> Vec<String> {
    let is_flag = |word: &&str| {
        let name = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '-');
        let name = name.strip_prefix("--").unwrap_or("");
        name.starts_with(|c: char| c.is_ascii_lowercase())
    };
    let mut found = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| name != "error.rs") {
        let (mut at, mut after_word) = (0, false);
        while let Some(c) = text[at..].chars().next() {
            let skipped =
                if after_word && c.is_alphanumeric() { None } else { no_code(&text[at..]) };
            let part = &text[at..at + skipped.unwrap_or(c.len_utf8())];
            if skipped.is_some() && !part.starts_with('/') {
                for (number, line) in part.lines().enumerate() {
                    let line_number = text[..at].matches('\n').count() + number + 1;
                    let words = line.split([' ', '"', '`']).filter(is_flag);
                    found.extend(words.map(|word| format!("src/{name}:{line_number}: {word}")));
                }
            }
            after_word = c.is_alphanumeric() || c == '_';
            at += part.len();
        }
    }
    found
}

/// What a flag is called is the command line's business; `error.rs` has examples of it in its tests.
#[test]
fn the_library_names_no_flags() {
    assert_eq!(flags(&library()), [""; 0]);
}

#[test]
fn a_planted_flag_is_found_with_its_line() {
    let files = owned([(
        "one.rs",
        "//! --lr\n/* \"--lr\" */\nfn f() {\n    g(\"lower --lr\", \"a\\\n      (--min-count 5)\")\n}\n\
         const A: &str = r#\"-- a--b - --\"#; const B: char = '-'; const C: &str = \"`--to`\";",
    )]);
    let expected = ["src/one.rs:4: --lr", "src/one.rs:5: (--min-count", "src/one.rs:7: --to"];
    assert_eq!(flags(&files), expected);
}

#[test]
fn a_planted_noise_is_found_with_its_line() {
    let files = owned([
        ("one.rs", "//! println!()\n#[cfg(test)]\nmod tests;\nfn f() {\n    eprintln!(\"\")\n}\n"),
        ("one/tests.rs", "fn f() { println!() }\n"),
        (
            "two.rs",
            "#[cfg(test)]\nmod tests {\n    fn f() { tempdir() }\n}\nfn g() { env::temp_dir() }\n",
        ),
        ("three.rs", "use std::env::temp_dir;\nfn f() { tempfile::tempfile() }\n"),
    ]);
    let expected = [
        "src/one.rs:5: println!",
        "src/two.rs:5: env::",
        "src/three.rs:1: env::",
        "src/three.rs:2: tempfile()",
    ];
    assert_eq!(noises(&files), expected);
}
