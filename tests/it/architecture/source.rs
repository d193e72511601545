//! Source files as the architecture tests see them: code without comments, literals and tests.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of Rust.
pub(super) struct Source {
    /// Its path from the root of the repository, with forward slashes.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
    /// The same, character by character, with comments and the inside of literals blanked.
    pub(super) code: String,
    /// The same once more, with everything that only tests compile blanked too.
    pub(super) production: String,
}

/// A function and where it stands.
pub(super) struct Function {
    /// Its name.
    pub(super) name: String,
    /// Offset of `fn`.
    pub(super) at: usize,
    /// What stands between its braces.
    pub(super) body: std::ops::Range<usize>,
    /// Lines from `fn` to the closing brace.
    pub(super) lines: usize,
}

/// Every file of `src/`, those that only tests compile left out.
pub(super) fn production_files() -> Vec<Source> {
    let all = files("src");
    let test_only: Vec<String> = all.iter().flat_map(test_modules).collect();
    let compiled = |source: &Source| {
        !test_only
            .iter()
            .any(|module| source.path == format!("{module}.rs") || source.path.starts_with(&format!("{module}/")))
    };
    all.into_iter().filter(compiled).collect()
}

/// Every `.rs` file below a directory of the repository.
pub(super) fn files(directory: &str) -> Vec<Source> {
    paths(&root().join(directory), "rs").into_iter().map(|path| Source::read(&path)).collect()
}

/// Every file below a directory with this ending, sorted.
pub(super) fn paths(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(paths(&path, ending));
        } else if path.extension().is_some_and(|given| given == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A path from the root of the repository, with forward slashes.
pub(super) fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

impl Source {
    fn read(path: &Path) -> Self {
        Self::of(&relative(path), fs::read_to_string(path).unwrap())
    }

    pub(super) fn of(path: &str, text: String) -> Self {
        let code = without_comments_and_literals(&text);
        let production = without_tests(&code);
        Self { path: path.to_owned(), text, code, production }
    }

    /// `path:line` of an offset.
    pub(super) fn place(&self, at: usize) -> String {
        format!("{}:{}", self.path, self.code[..at].matches('\n').count() + 1)
    }

    /// Every place where one of these words stands in the code proper, as a whole word.
    pub(super) fn words<'a>(&'a self, words: &'a [&'a str]) -> impl Iterator<Item = (usize, &'a str)> {
        words.iter().flat_map(move |word| whole_words(&self.production, word).map(move |at| (at, *word)))
    }

    /// The first part of the path below `src/`: the module of the floor table.
    pub(super) fn module(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap();
        inside.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// Every function with a body, tests left out.
    pub(super) fn functions(&self) -> Vec<Function> {
        whole_words(&self.production, "fn").filter_map(|at| self.function(at)).collect()
    }

    fn function(&self, at: usize) -> Option<Function> {
        let code = &self.production;
        let rest = code[at + 2..].trim_start();
        let name: String = rest.chars().take_while(|c| is_word(*c)).collect();
        let open = (!name.is_empty()).then(|| opening(code, at)).flatten()?;
        let close = closing(code, open)?;
        let lines = code[at..close].matches('\n').count() + 1;
        Some(Function { name, at, body: open + 1..close, lines })
    }
}

/// Where a brace-delimited body begins; none when a semicolon comes first.
fn opening(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in code[from..].char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(from + at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in code[open..].char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth == 0 {
            return Some(open + at);
        }
    }
    None
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn whole_words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let opens = word.starts_with(is_word) && before.is_some_and(is_word);
        let closes = word.ends_with(is_word) && after.is_some_and(is_word);
        !opens && !closes
    })
}

/// Paths without ending of the modules that a file declares for tests only.
fn test_modules(source: &Source) -> Vec<String> {
    let directory = source.path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
    let lines: Vec<&str> = source.code.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0].trim() == "#[cfg(test)]")
        .filter_map(|pair| pair[1].trim().strip_prefix("mod ")?.strip_suffix(';'))
        .map(|name| format!("{directory}/{name}"))
        .collect()
}

fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    for (at, _) in code.match_indices(MARK) {
        let item = at + MARK.len();
        let end = match opening(code, item) {
            Some(open) => closing(code, open).map_or(code.len(), |close| close + 1),
            None => code[item..].find(';').map_or(code.len(), |end| item + end + 1),
        };
        out.replace_range(at..end, &blanked(&code[at..end]));
    }
    out
}

/// As long as it was, line by line, and empty. (Bytes, not characters: offsets stay good.)
fn blanked(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

fn without_comments_and_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let before = out.chars().next_back();
        let length = token(rest, before);
        let (taken, left) = rest.split_at(length.unwrap_or(first.len_utf8()));
        if length.is_some() || !first.is_ascii() {
            out.push_str(&blanked(taken));
        } else {
            out.push(first);
        }
        rest = left;
    }
    out
}

/// Length of the comment or literal that begins here, if one does.
fn token(rest: &str, before: Option<char>) -> Option<usize> {
    let fresh = !before.is_some_and(is_word);
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    let raw = rest.strip_prefix('b').unwrap_or(rest);
    if fresh && raw.starts_with("r#") | raw.starts_with("r\"") {
        return raw_string(raw).map(|length| length + rest.len() - raw.len());
    }
    match rest.chars().next()? {
        '"' => Some(quoted(rest, '"')),
        '\'' if is_character(rest) => Some(quoted(rest, '\'')),
        _ => None,
    }
}

fn raw_string(raw: &str) -> Option<usize> {
    let hashes = raw[1..].chars().take_while(|c| *c == '#').count();
    let inside = raw[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(inside.find(&end).map_or(raw.len(), |at| at + 2 + hashes + end.len()))
}

/// A quote opens a character, not a lifetime, when one character or an escape stands between it and the next.
fn is_character(rest: &str) -> bool {
    let mut inside = rest.chars().skip(1);
    inside.next() == Some('\\') || inside.next() == Some('\'')
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn comments_literals_and_tests_are_no_code() {
    let text = "/// crate::a\nfn f<'a>(c: char) -> &'a str { if c == '\"' { \"crate::b \\\" }\" } else { r#\"crate::c\"# } }\n\
                #[cfg(test)]\nmod tests { use crate::d; }\nfn g() {}\n";
    let source = Source::of("src/x.rs", text.to_owned());
    assert!(!source.production.contains("crate::"), "{}", source.production);
    assert_eq!(source.production.len(), text.len());
    let functions = source.functions();
    assert_eq!(functions.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["f", "g"]);
    assert_eq!(source.place(functions[1].at), "src/x.rs:5");
}
