//! Stimuli: what the harness says to the role under test, valid by default.
//!
//! One function per service operation makes a valid [`Stimulus`]; a negative is that stimulus plus one
//! [`Deviation`], which is data. Nothing here judges and nothing here answers, but for the plain sinks
//! that take notifications.

pub mod aef_security;
pub mod bearer;
pub mod deviation;
pub mod discovery;
pub mod enrolment;
pub mod member;
pub mod security;
pub mod service_api;
pub mod sink;
pub mod stimulus;
pub mod token;

pub use deviation::Deviation;
pub use stimulus::{Body, Presents, Stimulus};
