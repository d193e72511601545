//! What stands in the places of a step: parties, methods, service APIs, deviations.

use std::convert::Infallible;
use std::str::FromStr;

use cucumber::Parameter;

use crate::drive;
use crate::spec;

/// What stands in the places of a step, for whoever writes one; deviations are listed where they are read.
pub const PLACES: [(&str, &str); 5] = [
    (
        "{party}",
        "`the invoker`, `the second invoker`; likewise exposing, publishing, management, core or resource owner function",
    ),
    ("{parties}", "`the exposing function and the second exposing function`: two or more of them"),
    ("{words}", "`OAUTH`, `PKI and OAUTH`: words in a list"),
    ("{apis}", "`\"location\"`, `\"location\" and \"quality\"`: service APIs, by labels of your own"),
    ("{owner}", "`\"alice\"`: a resource owner, by a label of your own"),
];

/// A party, such as `the invoker` or `the second exposing function`.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(
    name = "party",
    regex = "the (?:second |third |fourth |fifth |sixth )?(?:invoker|exposing function|publishing function|management function|core function|resource owner function)"
)]
pub struct Party(pub spec::Party);

impl FromStr for Party {
    type Err = spec::UnknownParty;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Several exposing functions: `the exposing function and the second exposing function`.
#[derive(Clone, Debug, Parameter)]
#[param(
    name = "parties",
    regex = "the (?:[a-z]+ )?exposing function(?:, the [a-z]+ exposing function)* and the [a-z]+ exposing function"
)]
pub struct Parties(pub Vec<spec::Party>);

/// Words in a list: `PKI and OAUTH`, `"location", "quality"`.
#[derive(Clone, Debug, Parameter)]
#[param(name = "words", regex = "[A-Za-z_0-9]+(?:(?:, | and | or )[A-Za-z_0-9]+)*")]
pub struct Words(pub Vec<String>);

/// Labels of service APIs in quotes: `"location" and "quality"`.
#[derive(Clone, Debug, Parameter)]
#[param(name = "apis", regex = "\"[A-Za-z_0-9-]+\"(?:(?:, | and )\"[A-Za-z_0-9-]+\")*")]
pub struct Apis(pub Vec<String>);

/// Label of a resource owner in quotes: `"alice"`.
#[derive(Clone, Debug, Parameter)]
#[param(name = "owner", regex = "\"[A-Za-z_0-9-]+\"")]
pub struct Owner(pub String);

/// A deviation in words; lint has read it before anything runs.
#[derive(Clone, Debug, Parameter)]
#[param(
    name = "deviation",
    regex = "it .+|the (?:path names|form is|media type is|token) .+|\"[^\"]+\" (?:is|has|names) .+"
)]
pub struct Deviation(pub drive::Deviation);

impl FromStr for Parties {
    type Err = spec::UnknownParty;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        listed(text).iter().map(|party| party.parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Words {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(listed(text)))
    }
}

impl FromStr for Apis {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(listed(&text.replace('"', ""))))
    }
}

impl FromStr for Owner {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.replace('"', "")))
    }
}

impl FromStr for Deviation {
    type Err = drive::deviation::UnknownDeviation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

fn listed(text: &str) -> Vec<String> {
    text.replace(" and ", ", ").replace(" or ", ", ").split(", ").map(str::to_owned).collect()
}
