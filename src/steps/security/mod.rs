//! Steps of CAPIF_Security_API at the core function.

mod authorization;
mod context;
mod information;
mod refusals;
mod revocation;
mod tokens;
