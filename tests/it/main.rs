//! Every integration test, in one binary.

mod catalogue;
mod openapi;
mod operation_facts;
mod schema_facts;
mod wire;
