//! Every integration test, in one binary.

mod catalogue;
mod openapi;
mod schema_facts;
mod wire;
