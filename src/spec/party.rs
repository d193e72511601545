//! The parties of a scenario: a role and, where there are several of it, which one.

use std::fmt;
use std::str::FromStr;

use super::Role;

/// One party: `the invoker`, `the second exposing function`. Scenarios know parties, never products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    /// Its role.
    pub role: Role,
    /// Which one of that role, from 1.
    pub ordinal: u8,
}

const ORDINALS: [&str; 5] = ["second", "third", "fourth", "fifth", "sixth"];

const ROLES: [Role; 6] = [
    Role::CoreFunction,
    Role::ExposingFunction,
    Role::Invoker,
    Role::ResourceOwnerFunction,
    Role::PublishingFunction,
    Role::ManagementFunction,
];

impl Party {
    /// The only, or first, core function.
    pub const CORE_FUNCTION: Self = Self::first(Role::CoreFunction);
    /// The first invoker.
    pub const INVOKER: Self = Self::first(Role::Invoker);
    /// The second invoker.
    pub const SECOND_INVOKER: Self = Self { role: Role::Invoker, ordinal: 2 };
    /// The first exposing function.
    pub const EXPOSING_FUNCTION: Self = Self::first(Role::ExposingFunction);
    /// The second exposing function.
    pub const SECOND_EXPOSING_FUNCTION: Self = Self { role: Role::ExposingFunction, ordinal: 2 };
    /// The first publishing function.
    pub const PUBLISHING_FUNCTION: Self = Self::first(Role::PublishingFunction);
    /// The first management function.
    pub const MANAGEMENT_FUNCTION: Self = Self::first(Role::ManagementFunction);

    /// The first party of a role.
    #[must_use]
    pub const fn first(role: Role) -> Self {
        Self { role, ordinal: 1 }
    }

    /// Short name, as in reports: `invoker`, `aef-2`.
    #[must_use]
    pub fn name(self) -> String {
        match self.ordinal {
            1 => self.role.code().to_owned(),
            n => format!("{}-{n}", self.role.code()),
        }
    }

    /// The party of a short name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROLES
            .into_iter()
            .flat_map(|role| (1..=6).map(move |ordinal| Self { role, ordinal }))
            .find(|party| party.name() == name)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ")?;
        if let Some(word) = usize::from(self.ordinal).checked_sub(2).and_then(|n| ORDINALS.get(n)) {
            write!(f, "{word} ")?;
        }
        f.write_str(self.role.title())
    }
}

/// Words that name no party.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` names no party; write for instance `the invoker` or `the second exposing function`")]
pub struct UnknownParty(String);

impl FromStr for Party {
    type Err = UnknownParty;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ROLES
            .into_iter()
            .flat_map(|role| (1..=6).map(move |ordinal| Self { role, ordinal }))
            .find(|party| party.to_string() == text)
            .ok_or_else(|| UnknownParty(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_and_names_read_back() {
        for text in ["the invoker", "the second exposing function", "the management function"] {
            assert_eq!(text.parse::<Party>().unwrap().to_string(), text);
        }
        assert_eq!(Party::named("aef-2").unwrap().to_string(), "the second exposing function");
        assert!("the seventh invoker".parse::<Party>().is_err());
    }
}
