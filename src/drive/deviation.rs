//! One deviation from a valid stimulus, as data: read from a step or an Examples row, applied to a stimulus.
//!
//! The phrases are the tester's vocabulary for negatives; `capifspec steps` prints them. A phrase that is not
//! understood is an error of the feature file, found by lint before anything runs.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::bearer::{self, BearerDeviation};
use super::member::{MemberPath, change_member};
use super::stimulus::{Body, Presents, Stimulus, path_segment};
use super::token::{self, Smith, Unforgeable};
use crate::spec::Party;
use crate::spec::schema::Violation;

/// One thing done wrong, everything else being as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// A member of the body, or a parameter of the form, is changed.
    Member {
        /// Its path, such as `client_id` or `securityInfo[0].aefId`.
        path: MemberPath,
        /// How.
        change: Change,
    },
    /// Another certificate is presented, or none.
    Presents(Presents),
    /// The path names another party's resource.
    PathNames(Subject),
    /// A form is sent as a JSON object with the same members.
    FormAsJson,
    /// The content is declared to be of another media type.
    MediaType(String),
    /// The request goes over plain HTTP.
    PlainHttp,
    /// The access token of an invocation.
    Bearer(BearerDeviation),
}

/// What is done to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is not there.
    LeftOut,
    /// It is there without content: `""`, `[]` or `{}`.
    Empty,
    /// It stands there twice (forms only: a JSON object cannot hold it).
    Twice,
    /// It has this text.
    Text(String),
    /// It is a number where something else is asked for.
    Number(i64),
    /// It has the identifier of another party.
    IdentifierOf(Subject),
    /// It has the onboarding secret of another party.
    SecretOf(Subject),
    /// Upper case becomes lower case and the reverse.
    CaseChanged,
    /// A blank stands before it.
    LeadingBlank,
    /// A blank stands behind it.
    TrailingBlank,
    /// Its last character is missing.
    CutShort,
    /// A letter stands before it.
    LetterBefore,
    /// A member that must not stand beside the others is added, with this text.
    Added(String),
}

/// Whose identifier stands in a path or a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A party of the scenario.
    Party(Party),
    /// An identifier that nobody was given.
    Nobody,
}

/// What [`Deviation::apply`] must know of the parties.
pub trait Identifiers {
    /// The identifier of a party, if it has one.
    fn identifier(&self, party: Party) -> Option<String>;
    /// The onboarding secret of a party, if it has one.
    fn secret(&self, party: Party) -> Option<String>;
    /// An identifier that nobody was given.
    fn nobody(&self) -> String;
    /// The access token that a party got, if it has one.
    fn token(&self, party: Party) -> Option<String>;
    /// The scope that names one service API, by label, at one exposing function and nothing else.
    fn scope(&self, aef: Party, label: &str) -> Option<String>;
    /// What tokens are forged with; none where nobody knows what they verify with.
    fn smith(&self) -> Option<Smith<'_>>;
}

/// Why a deviation could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum Inapplicable {
    /// The member is not in the body.
    #[error("the stimulus has no member `{0}` to change")]
    NoSuchMember(String),
    /// The party has no such property.
    #[error("{0} has no {1}")]
    NoSuchProperty(Party, &'static str),
    /// The path does not hold the identifier to be replaced.
    #[error("the path `{0}` names no party that could be replaced")]
    NothingToReplace(String),
    /// Nothing to forge a token with.
    #[error("no key is known that access tokens verify with")]
    NoSmith,
    /// The token cannot be forged.
    #[error(transparent)]
    Unforgeable(#[from] Unforgeable),
    /// The body is of a kind that the deviation does not know.
    #[error("the deviation needs a {0} body")]
    OtherBody(&'static str),
}

impl Deviation {
    /// The stimulus with this one deviation.
    ///
    /// # Errors
    /// When the stimulus offers nothing to deviate on: a mistake of the scenario, never of the target.
    pub fn apply(&self, clean: &Stimulus, known: &dyn Identifiers) -> Result<Stimulus, Inapplicable> {
        let mut deviant = clean.clone();
        match self {
            Self::Member { path, change } => change_member(&mut deviant.body, path, change, known)?,
            Self::Presents(presents) => deviant.presents = presents.clone(),
            Self::PathNames(subject) => rename(&mut deviant, subject, known)?,
            Self::FormAsJson => deviant.body = form_as_json(&clean.body)?,
            Self::MediaType(media) => {
                let (_, bytes) = clean.body.rendered();
                deviant.body = Body::Raw { media: media.clone(), bytes };
            }
            Self::PlainHttp => deviant.plain_http = true,
            Self::Bearer(bearer) => bearer.apply(&mut deviant, known)?,
        }
        Ok(deviant)
    }

    /// Whether a schema violation found in the deviant stimulus is what this deviation declares.
    #[must_use]
    pub fn declares(&self, violation: &Violation) -> bool {
        match self {
            // A change inside an object may also break a rule of that object as a whole.
            Self::Member { path, .. } => violation.path == path.0 || path.0.starts_with(&violation.path),
            Self::Presents(_)
            | Self::PathNames(_)
            | Self::FormAsJson
            | Self::MediaType(_)
            | Self::PlainHttp
            | Self::Bearer(_) => false,
        }
    }
}

/// The resource is another party's; a body that names the party of the path goes with it.
fn rename(deviant: &mut Stimulus, subject: &Subject, known: &dyn Identifiers) -> Result<(), Inapplicable> {
    let nothing = || Inapplicable::NothingToReplace(deviant.target.clone());
    let own = deviant.subject.clone().filter(|own| deviant.target.contains(own.as_str())).ok_or_else(nothing)?;
    let other = identifier(subject, known)?;
    deviant.target = deviant.target.replace(&own, &path_segment(&other));
    if let Body::Json(Value::Object(members)) = &mut deviant.body
        && members.contains_key("apiInvokerId")
    {
        members.insert("apiInvokerId".to_owned(), Value::String(other));
    }
    Ok(())
}

pub(super) fn identifier(subject: &Subject, known: &dyn Identifiers) -> Result<String, Inapplicable> {
    match subject {
        Subject::Nobody => Ok(known.nobody()),
        Subject::Party(party) => known.identifier(*party).ok_or(Inapplicable::NoSuchProperty(*party, "identifier")),
    }
}

pub(super) fn secret(subject: &Subject, known: &dyn Identifiers) -> Result<String, Inapplicable> {
    match subject {
        Subject::Nobody => Ok(known.nobody()),
        Subject::Party(party) => known.secret(*party).ok_or(Inapplicable::NoSuchProperty(*party, "onboarding secret")),
    }
}

fn form_as_json(body: &Body) -> Result<Body, Inapplicable> {
    let Body::Form(pairs) = body else {
        return Err(Inapplicable::OtherBody("form"));
    };
    let members = pairs.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
    let bytes = Value::Object(members).to_string().into_bytes();
    Ok(Body::Raw { media: "application/json".to_owned(), bytes })
}

/// Every phrase understood, those about access tokens too.
pub fn phrases() -> impl Iterator<Item = &'static str> {
    let forged = token::PHRASES.iter().map(|(phrase, _meaning)| *phrase);
    PHRASES.into_iter().chain(bearer::PHRASES).chain(forged)
}

/// The phrases understood, for `capifspec steps` and for the error message.
const PHRASES: [&str; 22] = [
    "\"<member>\" is left out",
    "\"<member>\" is empty",
    "\"<member>\" is given twice",
    "\"<member>\" is \"<text>\"",
    "\"<member>\" is the number <n>",
    "\"<member>\" is added as \"<text>\"",
    "\"<member>\" names <party>",
    "\"<member>\" names nobody",
    "\"<member>\" is the secret of <party>",
    "\"<member>\" is the secret of nobody",
    "\"<member>\" has its case changed",
    "\"<member>\" has a leading blank",
    "\"<member>\" has a trailing blank",
    "\"<member>\" is cut short",
    "\"<member>\" has a letter before it",
    "it presents no certificate",
    "it presents the certificate of <party>",
    "it presents a certificate of a foreign authority",
    "the path names <party or nobody>",
    "the form is sent as JSON",
    "the media type is \"<text>\"",
    "it goes over plain HTTP",
];

/// A phrase that is no deviation.
#[derive(Debug, thiserror::Error)]
#[error("`{given}` is no deviation{}", nearest.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
pub struct UnknownDeviation {
    given: String,
    nearest: Option<&'static str>,
}

impl FromStr for Deviation {
    type Err = UnknownDeviation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bearer = || text.parse().ok().map(Self::Bearer);
        whole_request(text).or_else(|| member_change(text)).or_else(bearer).ok_or_else(|| UnknownDeviation {
            given: text.to_owned(),
            nearest: phrases()
                .map(|phrase| (strsim::jaro_winkler(text, phrase), phrase))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, phrase)| phrase),
        })
    }
}

fn whole_request(text: &str) -> Option<Deviation> {
    Some(match text {
        "it presents no certificate" => Deviation::Presents(Presents::Nothing),
        "it presents a certificate of a foreign authority" => Deviation::Presents(Presents::ForeignAuthority),
        "the form is sent as JSON" => Deviation::FormAsJson,
        "it goes over plain HTTP" => Deviation::PlainHttp,
        other => {
            if let Some(party) = other.strip_prefix("it presents the certificate of ") {
                Deviation::Presents(Presents::CertificateOf(party.parse().ok()?))
            } else if let Some(subject) = other.strip_prefix("the path names ") {
                Deviation::PathNames(subject.parse().ok()?)
            } else {
                let media = other.strip_prefix("the media type is ")?;
                Deviation::MediaType(quoted(media)?.to_owned())
            }
        }
    })
}

fn member_change(text: &str) -> Option<Deviation> {
    let (path, rest) = text.strip_prefix('"')?.split_once("\" ")?;
    let change = match rest {
        "is left out" => Change::LeftOut,
        "is empty" => Change::Empty,
        "is given twice" => Change::Twice,
        "has its case changed" => Change::CaseChanged,
        "has a leading blank" => Change::LeadingBlank,
        "has a trailing blank" => Change::TrailingBlank,
        "is cut short" => Change::CutShort,
        "has a letter before it" => Change::LetterBefore,
        other => worded_change(other)?,
    };
    Some(Deviation::Member { path: MemberPath(path.to_owned()), change })
}

fn worded_change(rest: &str) -> Option<Change> {
    if let Some(subject) = rest.strip_prefix("names ") {
        return subject.parse().ok().map(Change::IdentifierOf);
    }
    if let Some(subject) = rest.strip_prefix("is the secret of ") {
        return subject.parse().ok().map(Change::SecretOf);
    }
    if let Some(number) = rest.strip_prefix("is the number ") {
        return number.parse().ok().map(Change::Number);
    }
    if let Some(text) = rest.strip_prefix("is added as ") {
        return quoted(text).map(|text| Change::Added(text.to_owned()));
    }
    quoted(rest.strip_prefix("is ")?).map(|text| Change::Text(text.to_owned()))
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

impl FromStr for Subject {
    type Err = crate::spec::UnknownParty;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "nobody" { Ok(Self::Nobody) } else { text.parse().map(Self::Party) }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member { path, change } => write!(f, "\"{}\" {change}", path.0),
            Self::Presents(Presents::Own) => f.write_str("it presents its own certificate"),
            Self::Presents(Presents::Nothing) => f.write_str("it presents no certificate"),
            Self::Presents(Presents::CertificateOf(party)) => write!(f, "it presents the certificate of {party}"),
            Self::Presents(Presents::ForeignAuthority) => {
                f.write_str("it presents a certificate of a foreign authority")
            }
            Self::PathNames(subject) => write!(f, "the path names {subject}"),
            Self::FormAsJson => f.write_str("the form is sent as JSON"),
            Self::MediaType(media) => write!(f, "the media type is \"{media}\""),
            Self::PlainHttp => f.write_str("it goes over plain HTTP"),
            Self::Bearer(bearer) => bearer.fmt(f),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut => f.write_str("is left out"),
            Self::Empty => f.write_str("is empty"),
            Self::Twice => f.write_str("is given twice"),
            Self::Text(text) => write!(f, "is \"{text}\""),
            Self::Number(number) => write!(f, "is the number {number}"),
            Self::IdentifierOf(subject) => write!(f, "names {subject}"),
            Self::SecretOf(subject) => write!(f, "is the secret of {subject}"),
            Self::CaseChanged => f.write_str("has its case changed"),
            Self::LeadingBlank => f.write_str("has a leading blank"),
            Self::TrailingBlank => f.write_str("has a trailing blank"),
            Self::CutShort => f.write_str("is cut short"),
            Self::LetterBefore => f.write_str("has a letter before it"),
            Self::Added(text) => write!(f, "is added as \"{text}\""),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Party(party) => party.fmt(f),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Identifiers for Known {
        fn identifier(&self, party: Party) -> Option<String> {
            Some(format!("id-of-{}", party.name()))
        }
        fn secret(&self, _: Party) -> Option<String> {
            None
        }
        fn nobody(&self) -> String {
            "nobody-1".to_owned()
        }
        fn token(&self, _: Party) -> Option<String> {
            None
        }
        fn scope(&self, _: Party, _: &str) -> Option<String> {
            None
        }
        fn smith(&self) -> Option<Smith<'_>> {
            None
        }
    }

    #[test]
    fn every_phrase_reads_back_as_written() {
        for phrase in PHRASES {
            let example = phrase
                .replace("<member>", "scope")
                .replace("<text>", "x")
                .replace("<n>", "7")
                .replace("<party or nobody>", "nobody")
                .replace("<party>", "the second invoker");
            let deviation: Deviation = example.parse().unwrap();
            assert_eq!(deviation.to_string(), example);
        }
    }

    #[test]
    fn a_misspelt_phrase_names_the_nearest() {
        let error = "\"scope\" is left ouf".parse::<Deviation>().unwrap_err();
        assert!(error.to_string().contains("is left out"), "{error}");
    }

    #[test]
    fn a_nested_member_is_left_out_and_nothing_else_changes() {
        let mut body = Body::Json(serde_json::json!({"securityInfo": [{"aefId": "a", "x": 1}], "y": 2}));
        let path = MemberPath("securityInfo[0].aefId".to_owned());
        change_member(&mut body, &path, &Change::LeftOut, &Known).unwrap();
        let Body::Json(value) = body else { panic!("still JSON") };
        assert_eq!(value, serde_json::json!({"securityInfo": [{"x": 1}], "y": 2}));
    }

    #[test]
    fn a_parameter_given_twice_stands_there_twice() {
        let mut body = Body::Form(vec![("scope".to_owned(), "s".to_owned())]);
        change_member(&mut body, &MemberPath("scope".to_owned()), &Change::Twice, &Known).unwrap();
        let Body::Form(pairs) = body else { panic!("still a form") };
        assert_eq!(pairs.len(), 2);
    }
}
