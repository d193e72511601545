//! JWS compact, made and read by hand.
