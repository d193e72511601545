//! Every integration test, in one binary: one module per concern.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod adapters;
mod architecture;
mod built_in;
mod catalogue;
mod cleaning;
mod cli;
mod degenerate;
mod degenerate_exposing_function;
mod degenerate_invoker;
mod degenerate_owner;
mod external;
mod foreign;
mod hostile;
mod lint_cli;
mod machine;
mod mutants;
mod openapi;
mod operation_facts;
mod readme;
mod real_targets;
mod report_folds;
mod reports_golden;
mod sample_journal;
mod schema_facts;
mod selftest;
mod stand_in;
mod traceability;
mod waivers;
mod wire;
