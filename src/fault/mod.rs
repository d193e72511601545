//! The vocabulary of lies: one deliberate wrong behaviour of a reference peer each.
//!
//! A fault says whose it is and which requirements it makes false on the wire. The peers read a fault at one decision
//! point only, in their rules; the empty set is the correct peer.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::spec::{Role, nearest};

/// Declares the enum and everything that is said of each fault, in one row: doc, name, requirements broken.
macro_rules! faults {
    ($($role:ident { $($(#[doc = $doc:literal])+ $fault:ident: $($id:literal)+;)+ })+) => {
        /// One deliberate wrong behaviour, named for the wrong act.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($($(#[doc = $doc])+ $fault,)+)+
        }

        impl Fault {
            /// Every fault, grouped by the role that commits it.
            pub const ALL: &'static [Self] = &[$($(Self::$fault,)+)+];

            /// The one spelling used in every file and output.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $($(Self::$fault => stringify!($fault),)+)+
                }
            }

            /// What the peer does wrong, in a sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $($(Self::$fault => concat!($($doc),+).trim_ascii_start(),)+)+
                }
            }

            /// The role that commits it.
            #[must_use]
            pub fn role(self) -> Role {
                match self {
                    $($(Self::$fault)|+ => Role::$role,)+
                }
            }

            /// The requirements that it makes false on the wire: one to three.
            #[must_use]
            pub fn breaks(self) -> &'static [RequirementId] {
                match self {
                    $($(Self::$fault => const { &[$(req!($id)),+] },)+)+
                }
            }
        }
    };
}

mod table;

pub use table::Fault;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no fault's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no fault is called `{given}`; {}`capifspec coverage` names them", nearest.map_or_else(String::new, |name| format!("did you mean `{name}`? ")))]
pub struct UnknownFault {
    /// The name as it was given.
    pub given: String,
    /// The name that was probably meant.
    pub nearest: Option<&'static str>,
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|fault| fault.name() == given).ok_or_else(|| UnknownFault {
            given: given.to_owned(),
            nearest: nearest(given, Self::ALL.iter().map(|fault| fault.name())).or_else(|| Self::with(given)),
        })
    }
}

impl Fault {
    /// The first fault whose name begins so, or else has it in it: of a long name often a part is known only.
    fn with(given: &str) -> Option<&'static str> {
        let part = given.to_ascii_lowercase();
        let at = |name: &str| name.to_ascii_lowercase().find(&part);
        let found = Self::ALL.iter().map(|fault| fault.name()).filter(|name| !part.is_empty() && at(name).is_some());
        found.min_by_key(|name| at(name) != Some(0))
    }
}

/// The faults that a peer is started with; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultSet(BTreeSet<Fault>);

impl FaultSet {
    /// Whether this fault is to be committed.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// The faults of one role.
    #[must_use]
    pub fn of(&self, role: Role) -> Self {
        self.iter().filter(|fault| fault.role() == role).collect()
    }

    /// Every fault in the set.
    pub fn iter(&self) -> impl Iterator<Item = Fault> {
        self.0.iter().copied()
    }
}

impl FromIterator<Fault> for FaultSet {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        Self(faults.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Strength;

    #[test]
    fn a_name_leads_to_its_fault_and_a_slip_to_the_nearest() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(*fault));
            assert!(fault.about().ends_with('.'), "{fault}: {}", fault.about());
        }
        assert_eq!("AlgNome".parse::<Fault>().unwrap_err().nearest, Some("AlgNone"));
    }

    #[test]
    fn a_fault_breaks_one_to_three_requirements_of_its_own_role() {
        for fault in Fault::ALL {
            assert!((1..=3).contains(&fault.breaks().len()), "{fault}");
            for id in fault.breaks() {
                assert_eq!(id.requirement().role, fault.role(), "{fault} breaks {id}");
                assert_ne!(id.requirement().strength, Strength::May, "{fault} breaks {id}, which cannot be broken");
            }
        }
    }
}
