//! What TS 29.222 fixes about message bodies, release by release, and the validator made of it.
//!
//! Facts only. A violation names the requirement it is charged to; members and values that are not listed are extensions
//! and never violations (TS 29.222 7.11).

mod check;
mod facts;
mod form;
mod json;
mod violation;

pub use check::{Checked, check_form, check_json};
pub use facts::{Content, DataType, Field, Group, GroupRule, Members, Shape, Text, TypeName, Value, fields};
pub use json::{NotJson, read_json};
pub use violation::{Violation, ViolationKind};
