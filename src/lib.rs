//! capifspec: the executable specification of CAPIF.
//!
//! Floors, lowest first; arrows only go down (`tests/it/architecture.rs` holds every `use crate::` against this list):
//! `spec`, `clock` · `verdict`, `wire`, `pki`, `jose` · `control`, `fault`, `target` · `actors`, `checks`, `drive` ·
//! `lab` · `event`, `redact`, `steps` · `run`, `prove`, `report` · `cli`.

pub mod actors;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod control;
pub mod drive;
pub mod event;
pub mod fault;
pub mod jose;
pub mod lab;
pub mod pki;
pub mod prove;
pub mod redact;
pub mod report;
pub mod run;
pub mod spec;
pub mod steps;
pub mod target;
pub mod verdict;
pub mod wire;
