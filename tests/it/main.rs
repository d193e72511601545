//! One test binary, one module per concern.

mod report_folds;
mod reports_golden;
mod sample_journal;
