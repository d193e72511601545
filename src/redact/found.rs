//! A secret that was found: what is shown instead, what to look out for from now on, what may be told.

use crate::event::TokenEvent;

use super::token;

/// A secret that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    value: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Token { place: String },
    Named { label: &'static str },
}

impl Found {
    /// A token, compact or opaque.
    pub(super) fn token(value: &str, place: String) -> Self {
        Self { value: value.to_owned(), kind: Kind::Token { place } }
    }

    /// A value that is secret for its place, called by what it is.
    pub(super) fn named(label: &'static str, value: &str) -> Self {
        Self { value: value.to_owned(), kind: Kind::Named { label } }
    }

    /// What is shown instead.
    pub(super) fn shown(&self) -> String {
        match &self.kind {
            Kind::Token { .. } => format!("<redacted: token {}>", token::fingerprint(&self.value)),
            Kind::Named { label } => format!("<redacted: {label}>"),
        }
    }

    /// The strings to look out for from now on: the whole, and the signature that makes a token worth stealing.
    /// Plain words are left alone, lest every text lose them.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        let signature = match &self.kind {
            Kind::Token { .. } => self.value.rsplit_once('.').map(|(_, signature)| signature),
            Kind::Named { .. } => None,
        };
        std::iter::once(self.value.as_str()).chain(signature).filter(|part| {
            part.len() >= 8
                && part.bytes().any(|byte| !byte.is_ascii_lowercase() && !matches!(byte, b'_' | b'-' | b' '))
        })
    }

    /// What may be told about a token.
    pub(super) fn token_event(&self) -> Option<TokenEvent> {
        match &self.kind {
            Kind::Token { place } => {
                let (header, claims) = token::decoded(&self.value);
                Some(TokenEvent { fingerprint: token::fingerprint(&self.value), place: place.clone(), header, claims })
            }
            Kind::Named { .. } => None,
        }
    }
}
