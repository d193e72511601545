//! Certificates and keys, good and deliberately bad.
