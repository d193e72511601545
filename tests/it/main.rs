//! Every integration test, in one binary: one module per concern.

mod architecture;
mod built_in;
mod catalogue;
mod degenerate;
mod foreign;
mod mutants;
mod openapi;
mod operation_facts;
mod report_folds;
mod reports_golden;
mod sample_journal;
mod schema_facts;
mod selftest;
mod stand_in;
mod traceability;
mod wire;
