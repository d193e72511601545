//! The reference peers.
