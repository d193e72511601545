//! The closed word lists of the specification: each word has one code, used in tags, target files and every output.

use super::nearest::{nearest, suggestion};

/// A word that is not in the list it was read against.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {what}{}", suggestion(*nearest))]
pub struct UnknownWord {
    /// What was looked for, such as `role`.
    pub what: &'static str,
    /// The word as it was given.
    pub given: String,
    /// The word that was probably meant.
    pub nearest: Option<&'static str>,
}

/// Declares an enum whose variants are spelt by a code: in text, in serde and in messages alike.
macro_rules! word_list {
    ($(#[$about:meta])* $name:ident ($what:literal) { $($(#[$doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every one of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The one spelling used in every file and output.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::spec::UnknownWord;

            fn from_str(given: &str) -> Result<Self, Self::Err> {
                $crate::spec::vocabulary::find(given, $what, Self::ALL, Self::code)
            }
        }
    };
}
pub(super) use word_list;

word_list! {
    /// A party of CAPIF: whom a requirement binds and whose bytes decide it.
    Role("role") {
        /// CAPIF core function.
        CoreFunction = "ccf",
        /// API exposing function.
        ExposingFunction = "aef",
        /// API invoker.
        Invoker = "invoker",
        /// Resource owner function.
        ResourceOwnerFunction = "rof",
        /// API publishing function.
        PublishingFunction = "apf",
        /// API management function.
        ManagementFunction = "amf",
        /// Core function of another CAPIF provider, over CAPIF-6.
        PeerCoreFunction = "ccf-peer",
    }
}

impl Role {
    /// The name used in sentences, as Gherkin steps say it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::CoreFunction => "core function",
            Self::ExposingFunction => "exposing function",
            Self::Invoker => "invoker",
            Self::ResourceOwnerFunction => "resource owner function",
            Self::PublishingFunction => "publishing function",
            Self::ManagementFunction => "management function",
            Self::PeerCoreFunction => "peer core function",
        }
    }
}

word_list! {
    /// A 3GPP release.
    Release("release") {
        /// Release 15, the first with CAPIF.
        Rel15 = "15",
        /// Release 16.
        Rel16 = "16",
        /// Release 17.
        Rel17 = "17",
        /// Release 18, the one judged against unless a target says otherwise.
        Rel18 = "18",
        /// Release 19.
        Rel19 = "19",
        /// Release 20.
        Rel20 = "20",
    }
}

impl Release {
    /// The release judged against unless a target says otherwise.
    pub const DEFAULT: Self = Self::Rel18;
}

word_list! {
    /// How much a requirement asks for.
    Strength("strength") {
        /// Permitted: observed, never missed.
        May = "may",
        /// Recommended: a miss warns.
        Should = "should",
        /// Required: a miss fails.
        Shall = "shall",
    }
}

word_list! {
    /// A document that requirements come from.
    Document("document") {
        /// TS 23.222: functional architecture and procedures.
        Ts23222 = "23222",
        /// TR 23.722: the study whose security requirements became clause 4.3 of TS 23.222.
        Tr23722 = "23722",
        /// TS 33.122: security.
        Ts33122 = "33122",
        /// TS 29.222: the APIs.
        Ts29222 = "29222",
    }
}

impl Document {
    /// The name under which 3GPP publishes it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ts23222 => "TS 23.222",
            Self::Tr23722 => "TR 23.722",
            Self::Ts33122 => "TS 33.122",
            Self::Ts29222 => "TS 29.222",
        }
    }
}

word_list! {
    /// What can be shown about a requirement from outside.
    Testability("testability") {
        /// Messages on the wire decide it.
        BlackBox = "black-box",
        /// It is shown by the clean twin of the procedure.
        Precondition = "precondition",
        /// It needs a hook or a claim of the target; without one it is not applicable.
        Conditional = "conditional",
        /// It is recorded; there is nothing to miss.
        ReportOnly = "report-only",
        /// No message shows it.
        NotObservable = "not-observable",
        /// Only a look at the deployment shows it.
        DeploymentInspection = "deployment-inspection",
        /// It delimits the specification and asks for nothing.
        ScopeNote = "scope-note",
    }
}

word_list! {
    /// Why a requirement is not judged at all. "Not yet" is no reason.
    UntestedKind("kind of reason") {
        /// No wire between the roles shows it.
        NotObservable = "not-observable",
        /// No message of TS 29.222 carries it.
        NoStage3 = "no-stage-3",
        /// Another specification owns it.
        AnotherSpecification = "another-specification",
        /// Its text was not available to the catalogue.
        TextNotSeen = "text-not-seen",
    }
}

/// Finds the word with this code.
pub(super) fn find<T: Copy>(
    given: &str,
    what: &'static str,
    all: &[T],
    code: fn(T) -> &'static str,
) -> Result<T, UnknownWord> {
    all.iter().copied().find(|word| code(*word) == given).ok_or_else(|| UnknownWord {
        what,
        given: given.to_owned(),
        nearest: nearest(given, all.iter().map(|word| code(*word))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_read_back_from_its_code() {
        for role in Role::ALL {
            assert_eq!(role.code().parse::<Role>().as_ref(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.code());
        }
    }

    #[test]
    fn an_unknown_word_is_told_with_the_nearest_one() {
        let error = "ivoker".parse::<Role>().unwrap_err();
        assert_eq!(error.to_string(), "`ivoker` is no role; did you mean `invoker`?");
        assert_eq!("99".parse::<Strength>().unwrap_err().to_string(), "`99` is no strength");
    }

    #[test]
    fn releases_and_strengths_are_ordered() {
        assert!(Release::Rel15 < Release::Rel20);
        assert!(Strength::May < Strength::Should && Strength::Should < Strength::Shall);
    }
}
