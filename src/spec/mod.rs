//! The specification as data (placeholder until the catalogue lands).
