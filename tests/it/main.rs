//! One test binary, one module per concern.

mod reports_golden;
mod sample_journal;
