//! What can go wrong in a lab: mistakes of ours, and a target that does not let us get further.

use std::fmt;
use std::str::FromStr;

use crate::spec::Party;

/// A mistake of the harness or of the scenario. It is never a verdict on the target.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A clean stimulus of ours breaks the schema.
    #[error("our own request is not valid: {0}")]
    OwnStimulus(String),
    /// A deviant stimulus breaks something else than it declares.
    #[error("the request deviates in more than was declared: {0}")]
    Undeclared(String),
    /// A deviation that cannot be applied.
    #[error(transparent)]
    Inapplicable(#[from] crate::drive::deviation::Inapplicable),
    /// The scenario speaks of a party that has not been arranged.
    #[error("{0} has not been enrolled in this scenario; arrange it in a Given step")]
    NotEnrolled(Party),
    /// The scenario wants a party to speak that the harness does not play here.
    #[error("{0} is not played by the harness in this scenario")]
    NotPlayed(Party),
    /// The scenario tells a party to act that is not the one under test.
    #[error(
        "{0} cannot be told to act in this scenario: it is neither under test nor one of our peers; arrange it in a Given step"
    )]
    NotUnderTest(Party),
    /// The scenario invokes an exposing function that does not serve.
    #[error("{0} does not serve in this scenario; let it offer its service APIs in a Given step")]
    NotServing(Party),
    /// A method that no service API has.
    #[error("no service API has the method {0}; there are GET, POST and DELETE")]
    NoSuchMethod(String),
    /// A label that was not published.
    #[error("no service API was published as \"{0}\" in this scenario")]
    NoSuchApi(String),
    /// An owner of whom nothing was said.
    #[error("nothing was said of the owner \"{0}\" in this scenario")]
    NoSuchOwner(String),
    /// A step that needs another before it.
    #[error("{0}")]
    OutOfOrder(&'static str),
    /// Key or certificate material.
    #[error(transparent)]
    Pki(#[from] crate::pki::PkiError),
    /// Token keys.
    #[error(transparent)]
    Jose(#[from] crate::jose::JoseError),
    /// TLS material.
    #[error(transparent)]
    Tls(#[from] crate::wire::BadMaterial),
    /// A socket of ours.
    #[error("a socket of the harness: {0}")]
    Socket(#[from] std::io::Error),
    /// A port that a reference peer is to have is another program's.
    #[error("the reference peer: {0}")]
    PortTaken(String),
    /// A reference peer did not start or did not understand.
    #[error("the reference peer: {0}")]
    Peer(String),
    /// An exchange that is not in the timeline.
    #[error("an exchange is missing from the timeline")]
    Lost,
    /// Time that cannot be moved.
    #[error(transparent)]
    Time(#[from] crate::clock::NotVirtual),
}

/// Why a scenario does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The target did not let us get far enough to judge.
    Inconclusive(String),
    /// The target does not claim what the scenario needs.
    NotApplicable(String),
    /// The harness or the scenario is wrong.
    Harness(String),
}

impl Stop {
    /// The reason, without its kind.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Inconclusive(reason) | Self::NotApplicable(reason) | Self::Harness(reason) => reason,
        }
    }
}

impl From<LabError> for Stop {
    fn from(error: LabError) -> Self {
        Self::Harness(error.to_string())
    }
}

const KINDS: [&str; 3] = ["inconclusive: ", "not applicable: ", "harness: "];

/// Steps lose the structure of their errors on the way through the step macros; the text carries it, and
/// [`Stop::from_str`] is the inverse.
impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Inconclusive(_) => KINDS[0],
            Self::NotApplicable(_) => KINDS[1],
            Self::Harness(_) => KINDS[2],
        };
        write!(f, "{kind}{}", self.reason())
    }
}

impl FromStr for Stop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [inconclusive, not_applicable, harness] = KINDS;
        let reason = |kind| text.strip_prefix(kind).map(str::to_owned);
        reason(inconclusive)
            .map(Self::Inconclusive)
            .or_else(|| reason(not_applicable).map(Self::NotApplicable))
            .or_else(|| reason(harness).map(Self::Harness))
            .ok_or_else(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_survives_being_text() {
        for stop in [
            Stop::Inconclusive("a".to_owned()),
            Stop::NotApplicable("b".to_owned()),
            Stop::Harness("inconclusive: c".to_owned()),
        ] {
            assert_eq!(stop.to_string().parse(), Ok(stop));
        }
        assert!("index out of bounds".parse::<Stop>().is_err());
    }
}
