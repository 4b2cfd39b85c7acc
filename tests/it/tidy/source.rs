//! Rust as far as the checks need it: code without comments and texts, and the texts by themselves.

use std::fs;
use std::path::Path;

/// A file of `src/`.
pub(super) struct Source {
    /// Under `src/`, with slashes.
    pub(super) path: String,
    /// The file, with comments and the insides of texts blanked out.
    code: String,
    /// The insides of its texts, each with the line on which it begins.
    pub(super) literals: Vec<(usize, String)>,
}

/// All files of `src/`, in no particular order.
pub(super) fn sources() -> impl Iterator<Item = Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    super::files(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(move |path| {
            let text = fs::read_to_string(&path).expect("a text");
            let path = path.strip_prefix(&root).expect("under src");
            Source::read(&path.to_string_lossy().replace('\\', "/"), &text)
        })
}

impl Source {
    fn read(path: &str, text: &str) -> Source {
        let (code, literals) = split(text);
        let path = path.to_owned();
        Source { path, code, literals }
    }

    /// The module right under the crate: `slack` for `slack/bot/command.rs`.
    pub(super) fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }

    /// Is it this file, or in this folder (or the file of this module)?
    pub(super) fn is_under(&self, place: &str) -> bool {
        let rest = self.path.strip_prefix(place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
    }

    /// How many lines it has.
    pub(super) fn lines(&self) -> usize {
        self.code.lines().count()
    }

    /// The code of a line, counted from 1.
    pub(super) fn code_line(&self, line: usize) -> &str {
        self.code.lines().nth(line - 1).unwrap_or_default()
    }

    /// The lines whose code has `part`, counted from 1.
    pub(super) fn lines_with(&self, part: &str) -> Vec<usize> {
        let numbered = self.code.lines().enumerate();
        let with = numbered.filter(|(_, line)| line.contains(part));
        with.map(|(index, _)| index + 1).collect()
    }

    /// Every module of the crate that it names, by `crate::…` or by enough `super::`.
    pub(super) fn imports(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (at, part) in self.code.match_indices("crate::") {
            let line = self.line_of(at);
            let names = names(&self.code[at + part.len()..]);
            found.extend(names.into_iter().map(|name| (line, name)));
        }
        // `super::` as often as the file is deep leads to the root of the crate.
        let depth = self.path.trim_end_matches("/mod.rs").split('/').count();
        let chain = "super::".repeat(depth);
        for (at, _) in self.code.match_indices(&chain) {
            let line = self.line_of(at);
            let rest = self.code[at..].trim_start_matches("super::");
            let top = names(rest).into_iter().filter(|name| is_top(name));
            found.extend(top.map(|name| (line, name)));
        }
        found
    }

    fn line_of(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

/// Is it a module right under the crate?
fn is_top(name: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    root.join(name).is_dir() || root.join(format!("{name}.rs")).is_file()
}

/// The first name of a path, or of every path between braces.
fn names(path: &str) -> Vec<String> {
    let name = |path: &str| -> String {
        let letters = path.trim_start().chars();
        letters.take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(name(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// Does `text` have `part`, and not as a piece of a longer word?
pub(super) fn is_word(text: &str, part: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(part).any(|(at, _)| {
        let before = text[..at]
            .chars()
            .next_back()
            .filter(|_| part.starts_with(letter));
        let after = text[at + part.len()..]
            .chars()
            .next()
            .filter(|_| part.ends_with(letter));
        !before.is_some_and(letter) && !after.is_some_and(letter)
    })
}

/// The code with comments and the insides of texts blanked, and those insides.
fn split(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut code, mut literals, mut rest, mut line) = (String::new(), Vec::new(), text, 1);
    while let Some(c) = rest.chars().next() {
        let (length, literal) = match c {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), None),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |end| end + 2), None),
            '"' => plain(rest),
            'r' if raw_hashes(rest).is_some()
                && !code.ends_with(|c: char| c.is_alphanumeric() || c == '_') =>
            {
                raw(rest)
            }
            '\'' if character(rest) > 0 => (character(rest), None),
            _ => {
                code.push(c);
                line += usize::from(c == '\n');
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        let (piece, after) = rest.split_at(length);
        literals.extend(literal.map(|literal| (line, literal)));
        code.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        line += piece.matches('\n').count();
        rest = after;
    }
    (code, literals)
}

/// `"…"`: its length, and what is in it.
fn plain(rest: &str) -> (usize, Option<String>) {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return (at + 1, Some(rest[1..at].to_owned())),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (rest.len(), None)
}

/// The hashes of `r"`, `r#"`, ….
fn raw_hashes(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// `r#"…"#`: its length, and what is in it.
fn raw(rest: &str) -> (usize, Option<String>) {
    let hashes = raw_hashes(rest).unwrap_or_default();
    let (start, end) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
    match rest[start..].find(&end) {
        Some(length) => (
            start + length + end.len(),
            Some(rest[start..start + length].to_owned()),
        ),
        None => (rest.len(), None),
    }
}

/// The length of a character literal, 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let after = at + escaped.len_utf8();
            rest[after..].find('\'').map_or(0, |end| after + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

#[test]
fn comments_and_texts_are_no_code() {
    let text =
        "a /* \"no\" */ // crate::x\n'\"' \"one \\\" crate::y\" r#\"two \"quoted\"\"# &'a str\n\"\nthree\"";
    let source = Source::read("view/card.rs", text);
    let expected = [(2, "one \\\" crate::y"), (2, "two \"quoted\""), (3, "\nthree")];
    assert_eq!(
        source.literals,
        expected.map(|(line, text)| (line, text.to_owned()))
    );
    assert!(source.lines_with("crate::").is_empty());
    assert!(
        source.code_line(2).contains("&'a str"),
        "{:?}",
        source.code_line(2)
    );
    assert_eq!((source.lines(), source.module()), (4, "view"));
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "use crate::store::Store;\nuse crate::{\n    app::{A, B},\n    ops, view,\n};\nuse super::super::slack::X;\nuse super::text;\n";
    let imports = Source::read("domain/words.rs", text).imports();
    let found: Vec<(usize, &str)> = imports
        .iter()
        .map(|(line, name)| (*line, name.as_str()))
        .collect();
    assert_eq!(
        found,
        [(1, "store"), (2, "app"), (2, "ops"), (2, "view"), (6, "slack")]
    );
    let root = Source::read("ops.rs", "fn f() { super::store::open() }\n").imports();
    assert_eq!(root, [(1, "store".to_owned())]);
}
