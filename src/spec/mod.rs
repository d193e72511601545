//! The specification as data: requirements, readings, operations and schema facts. Imports nothing from the crate.
//!
//! The tables come from `fixtures/` through `build.rs`; no id can be made from a string that is not in them.

mod catalogue;
mod nearest;
mod operation;
mod party;
mod percent;
mod readings;
pub mod schema;
mod selector;
mod sets;
mod vocabulary;

pub use catalogue::{Clause, Requirement, RequirementId, UnknownRequirement, Untested};
pub use nearest::nearest;
pub use operation::{Body, Operation, QueryParameter, Service, Success, Target};
pub use party::{Party, UnknownParty};
pub use readings::{Discrepancy, ReadingId, Readings, UnknownReading};
pub use selector::{Selector, UnknownSelector};
pub use sets::{RequirementSet, UnknownSet, holds};
pub use vocabulary::{Document, Release, Role, Strength, Testability, UnknownWord, UntestedKind};

/// The id of a listed requirement, checked by the compiler: `req!("33122-6.5.2.3-04")`.
#[macro_export]
macro_rules! req {
    ($id:literal) => {{
        // An item, unlike a const block, is evaluated by `cargo check` too.
        const LISTED: $crate::spec::RequirementId = $crate::spec::RequirementId::listed($id);
        LISTED
    }};
}

/// The id of a listed discrepancy, checked by the compiler: `reading!("token-exp")`.
#[macro_export]
macro_rules! reading {
    ($id:literal) => {{
        const LISTED: $crate::spec::ReadingId = $crate::spec::ReadingId::listed($id);
        LISTED
    }};
}

/// A listed operation, checked by the compiler: `operation!("GetOAuthIndAPIInv")`.
#[macro_export]
macro_rules! operation {
    ($id:literal) => {{
        const LISTED: &$crate::spec::Operation = $crate::spec::Operation::listed($id);
        LISTED
    }};
}

/// The name of a listed data type, checked by the compiler: `data_type!("ServiceSecurity")`.
#[macro_export]
macro_rules! data_type {
    ($name:literal) => {{
        const LISTED: $crate::spec::schema::TypeName = $crate::spec::schema::TypeName::listed($name);
        LISTED
    }};
}

/// String equality that the compiler can evaluate.
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}
