//! One deviation in how an invocation carries its access token: none, somebody else's, in another place, for something
//! else, or one that is forged.

use std::fmt;
use std::str::FromStr;

use super::deviation::{Identifiers, Inapplicable};
use super::member::other_case;
use super::stimulus::{Body, Stimulus};
use super::token::{self, TokenDeviation};
use crate::spec::Party;

/// One thing wrong about the bearer token of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BearerDeviation {
    /// There is none.
    LeftOut,
    /// It stands in the query (RFC 6750 clause 2.3).
    InQuery,
    /// It stands in a form (RFC 6750 clause 2.2).
    InForm,
    /// It stands in the Authorization header under this scheme.
    UnderScheme(String),
    /// It stands in another header field, of this name.
    InHeader(String),
    /// It stands in a cookie.
    InCookie,
    /// It is the token of another party.
    TokenOf(Party),
    /// Its scope names another service API at the same exposing function, by label, and nothing else.
    ForApi(String),
    /// Its scope names the same service API at another exposing function, and nothing else.
    ForParty(Party),
    /// Its scope names service APIs at the same exposing function whose names begin as that of the one invoked does, or
    /// that begin it.
    ForNamesakes,
    /// Its scope names a service API at the same exposing function whose name has other letters in upper case.
    ForOtherCase,
    /// Its scope names another service API, by label, at the same exposing function, and the one invoked at another.
    Crossed(String, Party),
    /// The token itself is not as it should be.
    Forged(TokenDeviation),
}

/// The phrases understood, for `capifspec steps` and for error messages; those of forged tokens come with them.
pub const PHRASES: [&str; 12] = [
    "the token is left out",
    "the token is in the query",
    "the token is in a form",
    "the token is under the scheme \"<text>\"",
    "the token is in the header \"<text>\"",
    "the token is in a cookie",
    "the token is that of <party>",
    "the token is for the service API \"<label>\" only",
    "the token is for <party> only",
    "the token is for service APIs whose names begin alike",
    "the token is for a service API whose name differs in case only",
    "the token is for the service API \"<label>\" here and for the one invoked at <party>",
];

const AUTHORIZATION: &str = "Authorization";

impl BearerDeviation {
    /// Changes the invocation.
    pub(super) fn apply(&self, deviant: &mut Stimulus, known: &dyn Identifiers) -> Result<(), Inapplicable> {
        let at = deviant.headers.iter().position(|(name, _)| name == AUTHORIZATION);
        let at = at.ok_or_else(|| Inapplicable::NoSuchMember(AUTHORIZATION.to_owned()))?;
        let (_, header) = deviant.headers.remove(at);
        let token = header.trim_start_matches("Bearer ").to_owned();
        let other = match self {
            Self::LeftOut => return Ok(()),
            Self::InQuery => {
                let separator = if deviant.target.contains('?') { '&' } else { '?' };
                deviant.target = format!("{}{separator}access_token={token}", deviant.target);
                return Ok(());
            }
            Self::InForm => {
                deviant.body = Body::Form(vec![("access_token".to_owned(), token)]);
                return Ok(());
            }
            Self::UnderScheme(scheme) => {
                deviant.headers.insert(at, (AUTHORIZATION.to_owned(), format!("{scheme} {token}")));
                return Ok(());
            }
            Self::InHeader(name) => {
                deviant.headers.insert(at, (name.clone(), token));
                return Ok(());
            }
            Self::InCookie => {
                deviant.headers.insert(at, ("Cookie".to_owned(), format!("access_token={token}")));
                return Ok(());
            }
            Self::TokenOf(party) => known.token(*party).ok_or(Inapplicable::NoSuchProperty(*party, "token"))?,
            Self::ForApi(label) => {
                let scope = known.scope(deviant.to, label);
                let scope = scope.ok_or_else(|| Inapplicable::NoSuchMember(label.clone()))?;
                forged(&TokenDeviation::Scope(scope), &token, known)?
            }
            Self::ForParty(party) => {
                let name = invoked_api(deviant)?;
                let id = known.identifier(*party).ok_or(Inapplicable::NoSuchProperty(*party, "identifier"))?;
                forged(&TokenDeviation::Scope(format!("3gpp#{id}:{name}")), &token, known)?
            }
            Self::ForNamesakes => {
                let name = invoked_api(deviant)?;
                let id = known.identifier(deviant.to).ok_or(Inapplicable::NoSuchProperty(deviant.to, "identifier"))?;
                let shorter: String = name.chars().take(name.chars().count().saturating_sub(1)).collect();
                forged(&TokenDeviation::Scope(format!("3gpp#{id}:{shorter},{name}x")), &token, known)?
            }
            Self::ForOtherCase => forged(&TokenDeviation::Scope(in_other_case(deviant, known)?), &token, known)?,
            Self::Crossed(label, party) => {
                let name = invoked_api(deviant)?;
                let here = known.scope(deviant.to, label);
                let here = here.ok_or_else(|| Inapplicable::NoSuchMember(label.clone()))?;
                let id = known.identifier(*party).ok_or(Inapplicable::NoSuchProperty(*party, "identifier"))?;
                forged(&TokenDeviation::Scope(format!("{here};{id}:{name}")), &token, known)?
            }
            Self::Forged(deviation) => forged(deviation, &token, known)?,
        };
        deviant.headers.insert(at, (AUTHORIZATION.to_owned(), format!("Bearer {other}")));
        Ok(())
    }
}

fn forged(deviation: &TokenDeviation, token: &str, known: &dyn Identifiers) -> Result<String, Inapplicable> {
    let smith = known.smith().ok_or(Inapplicable::NoSmith)?;
    Ok(deviation.forge(token, &smith)?)
}

/// The scope that names, in the other case, the API that is invoked.
fn in_other_case(deviant: &Stimulus, known: &dyn Identifiers) -> Result<String, Inapplicable> {
    let name = invoked_api(deviant)?;
    let other: String = name.chars().map(other_case).collect();
    if other == name {
        return Err(Inapplicable::NoSuchMember("letter in the name of the service API".to_owned()));
    }
    let id = known.identifier(deviant.to).ok_or(Inapplicable::NoSuchProperty(deviant.to, "identifier"))?;
    Ok(format!("3gpp#{id}:{other}"))
}

/// The name of the API that is invoked.
fn invoked_api(deviant: &Stimulus) -> Result<&str, Inapplicable> {
    deviant.service_api.as_deref().ok_or_else(|| Inapplicable::NoSuchMember("service API".to_owned()))
}

impl FromStr for BearerDeviation {
    type Err = token::UnknownTokenDeviation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        carried(text).map_or_else(|| text.parse().map(Self::Forged), Ok)
    }
}

fn carried(text: &str) -> Option<BearerDeviation> {
    Some(match text {
        "the token is left out" => BearerDeviation::LeftOut,
        "the token is in the query" => BearerDeviation::InQuery,
        "the token is in a form" => BearerDeviation::InForm,
        "the token is in a cookie" => BearerDeviation::InCookie,
        "the token is for service APIs whose names begin alike" => BearerDeviation::ForNamesakes,
        "the token is for a service API whose name differs in case only" => BearerDeviation::ForOtherCase,
        other => {
            let rest = other.strip_prefix("the token is ")?;
            if let Some((label, party)) = rest.split_once("\" here and for the one invoked at ") {
                let label = label.strip_prefix("for the service API \"")?.to_owned();
                BearerDeviation::Crossed(label, party.parse().ok()?)
            } else if let Some(scheme) = rest.strip_prefix("under the scheme \"") {
                BearerDeviation::UnderScheme(scheme.strip_suffix('"')?.to_owned())
            } else if let Some(name) = rest.strip_prefix("in the header \"") {
                BearerDeviation::InHeader(name.strip_suffix('"')?.to_owned())
            } else if let Some(party) = rest.strip_prefix("that of ") {
                BearerDeviation::TokenOf(party.parse().ok()?)
            } else {
                let only = rest.strip_prefix("for ")?.strip_suffix(" only")?;
                match only.strip_prefix("the service API \"") {
                    Some(label) => BearerDeviation::ForApi(label.strip_suffix('"')?.to_owned()),
                    None => BearerDeviation::ForParty(only.parse().ok()?),
                }
            }
        }
    })
}

impl fmt::Display for BearerDeviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut => f.write_str("the token is left out"),
            Self::InQuery => f.write_str("the token is in the query"),
            Self::InForm => f.write_str("the token is in a form"),
            Self::UnderScheme(scheme) => write!(f, "the token is under the scheme \"{scheme}\""),
            Self::InHeader(name) => write!(f, "the token is in the header \"{name}\""),
            Self::InCookie => f.write_str("the token is in a cookie"),
            Self::TokenOf(party) => write!(f, "the token is that of {party}"),
            Self::ForApi(label) => write!(f, "the token is for the service API \"{label}\" only"),
            Self::ForParty(party) => write!(f, "the token is for {party} only"),
            Self::ForNamesakes => f.write_str("the token is for service APIs whose names begin alike"),
            Self::ForOtherCase => f.write_str("the token is for a service API whose name differs in case only"),
            Self::Crossed(label, party) => {
                write!(f, "the token is for the service API \"{label}\" here and for the one invoked at {party}")
            }
            Self::Forged(deviation) => deviation.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_reads_back_as_written() {
        for phrase in PHRASES {
            let example = phrase.replace("<label>", "quality").replace("<text>", "Token");
            let example = example.replace("<party>", "the second exposing function");
            assert_eq!(example.parse::<BearerDeviation>().unwrap().to_string(), example);
        }
        let forged: BearerDeviation = "the token has no exp".parse().unwrap();
        assert_eq!(forged, BearerDeviation::Forged(TokenDeviation::NoExp));
    }
}
