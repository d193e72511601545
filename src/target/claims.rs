//! What a role claims to support (the ICS of ISO/IEC 9646), and the capabilities that scenarios need.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::spec::{Role, Service, nearest};

/// Security methods of TS 29.222 that can be claimed.
pub const METHODS: [&str; 3] = ["PKI", "PSK", "OAUTH"];
/// OAuth grants of TS 33.122 that can be claimed.
pub const GRANTS: [&str; 2] = ["client_credentials", "authorization_code"];

/// What a role claims to support. What is not spoken of is claimed: everything mandatory of the release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// APIs offered.
    pub apis: Option<Vec<Service>>,
    /// Optional features of APIs, as `SupportedFeatures` spells them: a hexadecimal number.
    pub features: BTreeMap<Service, Features>,
    /// Security methods.
    pub methods: Option<Vec<String>>,
    /// OAuth grants.
    pub grants: Option<Vec<String>>,
}

/// A set of numbered features (TS 29.571 `SupportedFeatures`): compared as a number, so that leading zeros and the case
/// of digits do not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(Vec<bool>);

impl Features {
    /// Whether this feature, counted from 1, is in it.
    #[must_use]
    pub fn has(&self, number: usize) -> bool {
        number.checked_sub(1).and_then(|at| self.0.get(at)).copied().unwrap_or(false)
    }

    /// The features of this set, counted from 1.
    pub fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().filter(|(_, there)| **there).map(|(at, _)| at + 1)
    }
}

/// As a target file and `SupportedFeatures` spell it.
impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("0");
        }
        for digit in self.0.chunks(4).rev() {
            let value: u32 = digit.iter().enumerate().map(|(bit, is)| u32::from(*is) << bit).sum();
            write!(f, "{value:X}")?;
        }
        Ok(())
    }
}

impl FromStr for Features {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Option<Vec<u32>> = text.chars().rev().map(|digit| digit.to_digit(16)).collect();
        let digits = digits.ok_or_else(|| format!("`{text}` is no hexadecimal number of features"))?;
        let mut bits: Vec<bool> =
            digits.iter().flat_map(|digit| (0..4).map(move |bit| digit & (1 << bit) != 0)).collect();
        while bits.last() == Some(&false) {
            bits.pop();
        }
        Ok(Self(bits))
    }
}

/// Something that a scenario needs a role to support, as `@cap:ccf.methods.PKI` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The role.
    pub role: Role,
    /// What.
    pub what: Capable,
}

/// A kind of capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capable {
    /// `apis.<service>`.
    Api(Service),
    /// `features.<service>.<number>`.
    Feature(Service, usize),
    /// `methods.<method>`.
    Method(String),
    /// `grants.<grant>`.
    Grant(String),
}

impl Claims {
    /// Whether a capability is claimed.
    #[must_use]
    pub fn has(&self, what: &Capable) -> bool {
        match what {
            Capable::Api(service) => self.apis.as_ref().is_none_or(|apis| apis.contains(service)),
            // What is optional is there only where it is claimed.
            Capable::Feature(service, number) => {
                self.features.get(service).is_some_and(|features| features.has(*number))
            }
            Capable::Method(method) => self.methods.as_ref().is_none_or(|methods| methods.contains(method)),
            Capable::Grant(grant) => self.grants.as_ref().is_none_or(|grants| grants.contains(grant)),
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.role.code())?;
        match &self.what {
            Capable::Api(service) => write!(f, "apis.{service}"),
            Capable::Feature(service, number) => write!(f, "features.{service}.{number}"),
            Capable::Method(method) => write!(f, "methods.{method}"),
            Capable::Grant(grant) => write!(f, "grants.{grant}"),
        }
    }
}

/// Words that name no capability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no capability: {why}")]
pub struct UnknownCapability {
    /// What was written.
    pub given: String,
    /// What is wrong, and what there is.
    pub why: String,
}

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let unknown = |why: String| UnknownCapability { given: given.to_owned(), why };
        let mut words = given.split('.');
        let role: Role = words.next().unwrap_or_default().parse().map_err(|error| unknown(format!("{error}")))?;
        let kind = words.next().unwrap_or_default();
        let value = words.next().unwrap_or_default();
        let what = match kind {
            "apis" => Capable::Api(service(value).map_err(unknown)?),
            "features" => {
                let number = words.next().and_then(|word| word.parse().ok()).filter(|number| *number > 0);
                let number = number.ok_or_else(|| unknown("write a feature as features.security.1".to_owned()))?;
                Capable::Feature(service(value).map_err(unknown)?, number)
            }
            "methods" => Capable::Method(listed(value, &METHODS).map_err(unknown)?),
            "grants" => Capable::Grant(listed(value, &GRANTS).map_err(unknown)?),
            _ => {
                let hint = "write <role>.apis.<api>, .features.<api>.<number>, .methods.<method> or .grants.<grant>";
                return Err(unknown(hint.to_owned()));
            }
        };
        if words.next().is_some() { Err(unknown("it goes on too long".to_owned())) } else { Ok(Self { role, what }) }
    }
}

fn service(word: &str) -> Result<Service, String> {
    word.parse().map_err(|error| format!("{error}"))
}

/// One of the words that there are.
pub(super) fn listed(word: &str, known: &[&str]) -> Result<String, String> {
    if known.contains(&word) {
        return Ok(word.to_owned());
    }
    let hint =
        nearest(word, known.iter().copied()).map_or_else(String::new, |found| format!("; did you mean `{found}`?"));
    Err(format!("`{word}` is none of {}{hint}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_compared_as_numbers() {
        let features = |text: &str| text.parse::<Features>().unwrap();
        assert_eq!(features("0003"), features("3"));
        assert_eq!(features("A0").numbers().collect::<Vec<_>>(), [6, 8]);
        assert_eq!(features("a0"), features("0A0"));
        assert_eq!(features(""), features("000"));
        assert!("0x1".parse::<Features>().is_err());
        for (text, shown) in [("0a0", "A0"), ("1", "1"), ("00", "0"), ("123", "123")] {
            assert_eq!(features(text).to_string(), shown);
        }
    }

    #[test]
    fn a_capability_reads_back() {
        for text in ["ccf.apis.security", "aef.methods.PKI", "ccf.features.events.2", "ccf.grants.client_credentials"] {
            assert_eq!(text.parse::<Capability>().unwrap().to_string(), text);
        }
        let complaint = |text: &str| text.parse::<Capability>().unwrap_err().to_string();
        assert!(complaint("ccf.methods.OATH").contains("did you mean `OAUTH`"));
        assert!(complaint("ccf.features.events.0").contains("features.security.1"));
        assert!(complaint("cff.apis.security").contains("did you mean `ccf`"));
        assert!(complaint("ccf.method.PKI").contains(".methods."));
    }

    #[test]
    fn what_is_not_spoken_of_is_claimed_unless_it_is_optional() {
        let capable = |text: &str| text.parse::<Capability>().unwrap().what;
        let silent = Claims::default();
        assert!(silent.has(&capable("ccf.apis.security")) && silent.has(&capable("ccf.methods.PSK")));
        assert!(!silent.has(&capable("ccf.features.events.1")));
        let spoken = Claims { methods: Some(vec!["PKI".to_owned()]), ..Claims::default() };
        assert!(spoken.has(&capable("ccf.methods.PKI")) && !spoken.has(&capable("ccf.methods.OAUTH")));
    }
}
