//! Turns the specification data of `fixtures/` into the static tables that `src/spec/` includes.
//!
//! Reading is strict: an unknown key, a duplicate id or an unknown word stops the build with file and id.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

#[path = "src/spec/build/catalogue.rs"]
mod catalogue;
#[path = "src/spec/build/emit.rs"]
mod emit;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/spec/build");
    println!("cargo::rerun-if-changed=fixtures/requirements");
    let out = env::var("OUT_DIR")?;
    let catalogue = catalogue::Catalogue::read(Path::new("fixtures/requirements"))?;
    fs::write(
        Path::new(&out).join("requirements.rs"),
        catalogue.requirements(),
    )?;
    fs::write(Path::new(&out).join("readings.rs"), catalogue.readings())?;
    Ok(())
}
