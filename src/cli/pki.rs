//! `capifspec pki`: the certificates of our own roles.

use std::fs;
use std::io;
use std::path::Path;

use super::args::{ExportArguments, PkiArguments, PkiCommand};
use super::{Failure, show};
use crate::lab::{self, Exported};
use crate::run::NotStarted;
use crate::target;

pub(super) fn pki(asked: &PkiArguments) -> Result<u8, Failure> {
    match &asked.command {
        PkiCommand::Export(asked) => export(asked),
    }
}

fn export(asked: &ExportArguments) -> Result<u8, Failure> {
    // Nothing of the product is needed, its root certificate neither: it may be got in exchange for ours.
    let target = target::survey(&asked.target, &super::target::overlay(&[])?, false)?.target;
    let Some(kept) = &target.harness.pki else {
        // What was written now would be of no use: the next run had others.
        let why = "has no harness.pki: every run makes new certificates; write pki = \"capifspec-pki\" below [harness], \
                   and they are made once and kept there";
        return Err(Failure::Usage(format!("{} {why}", asked.target.display())));
    };
    let exported = lab::export(&target);
    let exported = exported.map_err(|error| Failure::Usage(format!("cannot export: {}", show::chain(&error))))?;
    let written = fs::create_dir_all(&asked.out)
        .and_then(|()| exported.iter().try_for_each(|one| write(&asked.out.join(&one.name), one)));
    written.map_err(|source| NotStarted::Output { path: asked.out.clone(), source })?;
    let mut out = format!("kept in {}, the same in every run with this target file:\n\n", kept.display());
    for Exported { name, about, .. } in &exported {
        out.push_str(&format!("  {:40} {about}\n", asked.out.join(name).display().to_string()));
    }
    show::print(&out);
    Ok(0)
}

fn write(path: &Path, exported: &Exported) -> io::Result<()> {
    if exported.is_secret { show::write_secret(path, &exported.pem) } else { fs::write(path, &exported.pem) }
}
