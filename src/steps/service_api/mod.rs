//! Steps about the invocation of service APIs.

mod invoking;
mod refused;
mod served;
