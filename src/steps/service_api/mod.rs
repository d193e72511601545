//! Steps about the invocation of service APIs.

mod by_invoker;
mod invoking;
mod refused;
mod served;
