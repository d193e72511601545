//! Rust source text from plain values.

use std::fmt::Write;

/// An optional string as an expression.
pub(crate) fn option(text: Option<&str>) -> String {
    text.map_or_else(|| "None".to_owned(), |text| format!("Some({text:?})"))
}

/// A `static` (or `const`) array of the given items.
pub(crate) fn table(kind: &str, name: &str, item_type: &str, items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    let mut text = format!("{kind} {name}: [{item_type}; {}] = [\n", items.len());
    for item in items {
        let _ = writeln!(text, "    {item},");
    }
    text.push_str("];\n");
    text
}
