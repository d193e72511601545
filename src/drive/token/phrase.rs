//! How a tester says what is wrong with an access token. Every phrase reads as English after "…, but ".

use std::fmt;
use std::str::FromStr;

use super::TokenDeviation;
use crate::spec::nearest;

/// The phrases understood and what each means, for `capifspec steps` and for the error message.
pub const PHRASES: &[(&str, &str)] = &[
    ("the token is no JWT", "An opaque text in place of the token."),
    ("the token is cut short", "The last characters are missing: the signature is not whole."),
    ("the token lacks its signature", "Nothing stands behind the second dot; the header still names the algorithm."),
    ("the token has two parts", "The signature is missing, and the dot before it."),
    ("the token is padded", "Base64 padding, which RFC 7515 clause 2 leaves out; what is signed stays as it is."),
    ("the token has a flipped signature bit", "One bit of the signature is another."),
    ("the token has a changed claim under the old signature", "It expires an hour later than what was signed."),
    ("the token is unsigned", "The algorithm is none and the signature empty (RFC 7519 clause 6)."),
    ("the token is unsigned as \"<text>\"", "The signature is empty; the algorithm is none in this spelling."),
    ("the token is signed with another key", "A key that nobody was told of."),
    ("the token is signed with the public key as a secret", "HS256, with the text of the public key as its secret."),
    ("the token brings its own key", "Signed with an untold key, which stands in the header as jwk."),
    ("the token points to a key elsewhere", "Signed with an untold key; the header names a place for it as jku."),
    ("the token has an unknown critical header", "Well signed; crit names a header parameter that nobody knows."),
    ("the token is of type \"<text>\"", "Well signed; typ in the header has this text."),
    ("the token has expired <n> seconds ago", "Well signed; exp lies so far back."),
    ("the token has no exp", "Well signed; exp is missing."),
    ("the token has exp as text", "Well signed; the number of exp stands in quotes."),
    ("the token has exp twice", "Well signed; the last exp has passed, the first has not (see RFC 7519 clause 4)."),
    ("the token has no scope", "Well signed; scope is missing."),
    (
        "the token has scope twice",
        "Well signed; the last scope grants nothing, the first is its own (see RFC 7519 clause 4).",
    ),
    ("the token has an empty scope", "Well signed; scope is an empty text."),
    ("the token has the scope \"<text>\"", "Well signed; scope is this text."),
    ("the token names no invoker", "Well signed; both iss and client_id are missing."),
    ("the token names no owner", "Well signed; resOwnerId is missing."),
    ("the token names the owner \"<text>\"", "Well signed; resOwnerId is this owner, in the form that it had."),
    ("the token names the owner with a character more", "Well signed; another character stands behind resOwnerId."),
    ("the token names the owner with a character less", "Well signed; the last character of resOwnerId is missing."),
];

/// A phrase that is no deviation of a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no deviation of a token{}", nearest.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
pub struct UnknownTokenDeviation {
    /// The phrase as it was given.
    pub given: String,
    /// The phrase that was probably meant.
    pub nearest: Option<&'static str>,
}

impl FromStr for TokenDeviation {
    type Err = UnknownTokenDeviation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = fixed(text).or_else(|| filled(text));
        // `+7` and `007` are numbers too, but a deviation has one phrase.
        read.filter(|deviation| deviation.to_string() == text).ok_or_else(|| UnknownTokenDeviation {
            given: text.to_owned(),
            nearest: nearest(&pattern(text), PHRASES.iter().map(|(phrase, _)| *phrase)),
        })
    }
}

fn fixed(text: &str) -> Option<TokenDeviation> {
    Some(match text {
        "the token is no JWT" => TokenDeviation::NoJwt,
        "the token is cut short" => TokenDeviation::CutShort,
        "the token lacks its signature" => TokenDeviation::NoSignature,
        "the token has two parts" => TokenDeviation::TwoParts,
        "the token is padded" => TokenDeviation::Padded,
        "the token has a flipped signature bit" => TokenDeviation::FlippedSignatureBit,
        "the token has a changed claim under the old signature" => TokenDeviation::ChangedClaim,
        "the token is unsigned" => TokenDeviation::Unsigned,
        "the token is signed with another key" => TokenDeviation::AnotherKey,
        "the token is signed with the public key as a secret" => TokenDeviation::PublicKeyAsSecret,
        "the token brings its own key" => TokenDeviation::OwnKey,
        "the token points to a key elsewhere" => TokenDeviation::KeyElsewhere,
        "the token has an unknown critical header" => TokenDeviation::CriticalHeader,
        "the token has no exp" => TokenDeviation::NoExp,
        "the token has exp as text" => TokenDeviation::ExpAsText,
        "the token has exp twice" => TokenDeviation::ExpTwice,
        "the token has no scope" => TokenDeviation::NoScope,
        "the token has scope twice" => TokenDeviation::ScopeTwice,
        "the token has an empty scope" => TokenDeviation::EmptyScope,
        "the token names no invoker" => TokenDeviation::NoInvoker,
        "the token names no owner" => TokenDeviation::NoOwner,
        "the token names the owner with a character more" => TokenDeviation::LongerOwner,
        "the token names the owner with a character less" => TokenDeviation::ShorterOwner,
        _ => return None,
    })
}

fn filled(text: &str) -> Option<TokenDeviation> {
    if let Some(rest) = text.strip_prefix("the token has expired ") {
        return rest.strip_suffix(" seconds ago")?.parse().ok().map(TokenDeviation::Expired);
    }
    let (words, rest) = text.split_once(" \"")?;
    let content = rest.strip_suffix('"')?.to_owned();
    match words {
        "the token is unsigned as" => Some(TokenDeviation::UnsignedAs(content)),
        "the token is of type" => Some(TokenDeviation::Type(content)),
        "the token has the scope" => Some(TokenDeviation::Scope(content)),
        "the token names the owner" => Some(TokenDeviation::Owner(content)),
        _ => None,
    }
}

/// The phrase with its placeholders, as `PHRASES` has them: a long scope must not outweigh a slip in the words.
fn pattern(given: &str) -> String {
    let (words, text) = given.split_once('"').map_or((given, ""), |(words, _)| (words, "\"<text>\""));
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let words: Vec<&str> = words.split(' ').map(|word| if is_number(word) { "<n>" } else { word }).collect();
    format!("{}{text}", words.join(" "))
}

impl fmt::Display for TokenDeviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token ")?;
        match self {
            Self::NoJwt => f.write_str("is no JWT"),
            Self::CutShort => f.write_str("is cut short"),
            Self::NoSignature => f.write_str("lacks its signature"),
            Self::TwoParts => f.write_str("has two parts"),
            Self::Padded => f.write_str("is padded"),
            Self::FlippedSignatureBit => f.write_str("has a flipped signature bit"),
            Self::ChangedClaim => f.write_str("has a changed claim under the old signature"),
            Self::Unsigned => f.write_str("is unsigned"),
            Self::UnsignedAs(text) => write!(f, "is unsigned as \"{text}\""),
            Self::AnotherKey => f.write_str("is signed with another key"),
            Self::PublicKeyAsSecret => f.write_str("is signed with the public key as a secret"),
            Self::OwnKey => f.write_str("brings its own key"),
            Self::KeyElsewhere => f.write_str("points to a key elsewhere"),
            Self::CriticalHeader => f.write_str("has an unknown critical header"),
            Self::Type(text) => write!(f, "is of type \"{text}\""),
            Self::Expired(seconds) => write!(f, "has expired {seconds} seconds ago"),
            Self::NoExp => f.write_str("has no exp"),
            Self::ExpAsText => f.write_str("has exp as text"),
            Self::ExpTwice => f.write_str("has exp twice"),
            Self::NoScope => f.write_str("has no scope"),
            Self::ScopeTwice => f.write_str("has scope twice"),
            Self::EmptyScope => f.write_str("has an empty scope"),
            Self::Scope(text) => write!(f, "has the scope \"{text}\""),
            Self::NoInvoker => f.write_str("names no invoker"),
            Self::NoOwner => f.write_str("names no owner"),
            Self::Owner(text) => write!(f, "names the owner \"{text}\""),
            Self::LongerOwner => f.write_str("names the owner with a character more"),
            Self::ShorterOwner => f.write_str("names the owner with a character less"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_reads_back_as_written_and_means_something_of_its_own() {
        let mut seen = Vec::new();
        for (phrase, meaning) in PHRASES {
            let example = phrase.replace("<text>", "3gpp#aef:\"api\"").replace("<n>", "7");
            let deviation: TokenDeviation = example.parse().unwrap();
            assert_eq!(deviation.to_string(), example);
            assert!(example.starts_with("the token ") && meaning.ends_with('.'), "{phrase}: {meaning}");
            assert!(!seen.contains(&deviation), "{phrase}");
            seen.push(deviation);
        }
    }

    #[test]
    fn a_misspelt_phrase_names_the_nearest() {
        for (given, meant) in [
            ("the token is unsinged", "the token is unsigned"),
            ("the token has expired 86400 second ago", "the token has expired <n> seconds ago"),
            ("the token has expired +7 seconds ago", "the token has expired <n> seconds ago"),
            ("the token has scope \"3gpp#some-aef:some-api;other-aef:api\"", "the token has the scope \"<text>\""),
        ] {
            let error = given.parse::<TokenDeviation>().unwrap_err();
            assert_eq!(error.nearest, Some(meant), "{given}");
            assert_eq!(error.to_string(), format!("`{given}` is no deviation of a token; did you mean `{meant}`?"));
        }
        assert_eq!("rain".parse::<TokenDeviation>().unwrap_err().to_string(), "`rain` is no deviation of a token");
    }
}
