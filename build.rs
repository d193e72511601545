//! Turns the specification data of `fixtures/` into the static tables that `src/spec/` includes.
//!
//! Reading is strict: an unknown key, a duplicate id or an unknown word stops the build with file and id.

use std::error::Error;
use std::path::Path;
use std::{env, fmt, fs};

#[path = "src/spec/build/catalogue.rs"]
mod catalogue;
#[path = "src/spec/build/emit.rs"]
mod emit;
#[path = "src/spec/build/operations.rs"]
mod operations;
#[path = "src/spec/build/schemas.rs"]
mod schemas;

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/spec/build");
    println!("cargo::rerun-if-changed=fixtures/requirements");
    println!("cargo::rerun-if-changed=fixtures/schemas");
    let catalogue = catalogue::Catalogue::read(Path::new("fixtures/requirements"))?;
    let schemas = schemas::Schemas::read(Path::new("fixtures/schemas"))?;
    let out = env::var("OUT_DIR")?;
    for (name, source) in [
        ("requirements.rs", catalogue.requirements()),
        ("readings.rs", catalogue.readings()),
        ("operations.rs", operations::source(&catalogue, &schemas)?),
        ("schemas.rs", schemas.source(&catalogue)?),
    ] {
        fs::write(Path::new(&out).join(name), source)?;
    }
    Ok(())
}

/// What stopped the build, readable: cargo shows the debug form.
struct Failure(Box<dyn Error>);

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
