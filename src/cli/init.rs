//! `capifspec init`: a target file in which every key is explained.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::args::InitArguments;
use super::{Failure, show};
use crate::run::{NotStarted, quoted};
use crate::spec::Role;
use crate::target;

pub(super) fn init(asked: &InitArguments) -> Result<u8, Failure> {
    let roles = if asked.role.is_empty() { vec![Role::CoreFunction] } else { asked.role.clone() };
    if let Some(role) = roles.iter().find(|role| !target::external_roles().any(|known| known == **role)) {
        let known: Vec<&str> = target::external_roles().map(Role::code).collect();
        return Err(Failure::Usage(format!("{role} is judged in no target; there are {}", known.join(", "))));
    }
    let text = target::example(&roles);
    if asked.out == Path::new("-") {
        show::print(&text);
        return Ok(0);
    }
    // Nothing that is there is ever written over.
    let file = OpenOptions::new().write(true).create_new(true).open(&asked.out);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| {
        if source.kind() == ErrorKind::AlreadyExists {
            let out = asked.out.display();
            Failure::Usage(format!("{out} is there already and is left alone; name another place with --out"))
        } else {
            NotStarted::Output { path: asked.out.clone(), source }.into()
        }
    })?;
    show::print(&next(&roles, &asked.out));
    Ok(0)
}

fn next(roles: &[Role], out: &Path) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.code()).collect();
    let (words, file) = (words.join(", "), quoted(&out.display().to_string()));
    format!(
        "{file} is written for {words}. What to do next:\n\n  \
         1. Edit it: say where your product is, and put the root certificate of its server beside it as ca.pem.\n  \
         2. See what it comes to, what is played for it and what it has to trust:\n       \
            capifspec target explain --target {file}\n  \
         3. Check the set-up:\n       capifspec doctor --target {file}\n  \
         4. Judge it:\n       capifspec run --target {file}\n"
    )
}
