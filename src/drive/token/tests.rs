//! What forged tokens look like to one who verifies them properly.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};

use super::*;
use crate::jose::VerificationKey;

const NOW: i64 = 1_700_000_000;
const CLAIMS: &str = r#"{"iss":"inv","client_id":"inv","scope":"3gpp#aef:api","exp":1700000600,"n":1.50e2,"resOwnerId":{"gpsi":"msisdn-1"},"z":[1, 2]}"#;

struct Forge {
    own: SigningKey,
    stranger: SigningKey,
    public: VerificationKey,
    pem: String,
}

impl Forge {
    fn of(own: SigningKey) -> Self {
        let public = own.verification_key().unwrap();
        Self { own, stranger: ecdsa(), pem: public.pem(), public }
    }

    fn smith(&self) -> Smith<'_> {
        Smith { key: Some(&self.own), stranger: &self.stranger, public_pem: &self.pem, now_unix: NOW }
    }

    fn clean(&self, claims: &str) -> String {
        let header = json!({"alg": self.own.algorithm(), "typ": "JWT", "kid": "k1"}).to_string();
        jose::sign(&self.own, &header, claims).unwrap()
    }

    fn forged(&self, phrase: &str) -> String {
        phrase.parse::<TokenDeviation>().unwrap().forge(&self.clean(CLAIMS), &self.smith()).unwrap()
    }

    /// Claims of a token that is well signed.
    fn claims(&self, phrase: &str) -> String {
        jose::verify(&self.forged(phrase), &self.public).unwrap().claims_text
    }

    fn refusal(&self, phrase: &str) -> JoseError {
        jose::verify(&self.forged(phrase), &self.public).unwrap_err()
    }
}

fn ecdsa() -> SigningKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    SigningKey::from_pkcs8(pair.to_pkcs8v1().unwrap().as_ref()).unwrap()
}

fn rsa() -> SigningKey {
    let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    SigningKey::from_pkcs8(pair.as_der().unwrap().as_ref()).unwrap()
}

fn all() -> Vec<TokenDeviation> {
    let example = |phrase: &str| phrase.replace("<text>", "x").replace("<n>", "7").parse().unwrap();
    PHRASES.iter().map(|(phrase, _)| example(phrase)).collect()
}

/// Their phrases, for messages and comparisons.
const SPOILT: [&str; 13] = [
    "the token is no JWT",
    "the token is cut short",
    "the token lacks its signature",
    "the token has two parts",
    "the token is padded",
    "the token has a flipped signature bit",
    "the token has a changed claim under the old signature",
    "the token is unsigned",
    "the token is unsigned as \"x\"",
    "the token is signed with another key",
    "the token is signed with the public key as a secret",
    "the token brings its own key",
    "the token points to a key elsewhere",
];

#[test]
fn every_deviation_changes_the_token_and_spoils_the_signature_or_leaves_it_good() {
    for forge in [Forge::of(ecdsa()), Forge::of(rsa())] {
        let clean = forge.clean(CLAIMS);
        let keyless = Smith { key: None, ..forge.smith() };
        for deviation in all() {
            let forged = deviation.forge(&clean, &forge.smith()).unwrap();
            assert_ne!(forged, clean, "{deviation}");
            let spoilt = SPOILT.contains(&deviation.to_string().as_str());
            let verified = jose::verify(&forged, &forge.public);
            assert_eq!(verified.is_err(), spoilt, "{deviation}: {verified:?}");
            let without_key = deviation.forge(&clean, &keyless);
            assert_eq!(without_key == Err(Unforgeable::NoKey), !spoilt, "{deviation}: {without_key:?}");
        }
    }
}

#[test]
fn a_spoilt_token_is_refused_for_what_its_phrase_says() {
    let forge = Forge::of(ecdsa());
    let misnamed = |said: &str| JoseError::Algorithm { said: said.to_owned(), expected: "ES256" };
    for (phrase, reason) in SPOILT.into_iter().zip([
        JoseError::PartCount(1),
        JoseError::Signature,
        JoseError::Signature,
        JoseError::PartCount(2),
        JoseError::Base64("signature"),
        JoseError::Signature,
        JoseError::Signature,
        misnamed("none"),
        misnamed("x"),
        JoseError::Signature,
        misnamed("HS256"),
        JoseError::Signature,
        JoseError::Signature,
    ]) {
        assert_eq!(forge.refusal(phrase), reason, "{phrase}");
    }
}

#[test]
fn only_the_signature_is_wrong_where_it_is_what_is_wrong() {
    let forge = Forge::of(ecdsa());
    let clean = forge.clean(CLAIMS);
    assert_eq!(forge.forged("the token is padded").trim_end_matches('=').len(), clean.len());
    for phrase in
        SPOILT.into_iter().filter(|phrase| !["no JWT", "two parts", "padded"].iter().any(|w| phrase.ends_with(w)))
    {
        let parts = Parts::split(&forge.forged(phrase)).unwrap();
        let changed = phrase.contains("changed claim");
        let claims = if changed { CLAIMS.replace("1700000600", "1700004200") } else { CLAIMS.to_owned() };
        assert_eq!(parts.claims_text, claims, "{phrase}");
        assert!(parts.header_text.contains(r#""typ":"JWT","kid":""#), "{phrase}: {}", parts.header_text);
    }
}

#[test]
fn a_stranger_signs_well_and_says_so() {
    // The algorithm is the stranger's, although the core function has an RSA key.
    for forge in [Forge::of(ecdsa()), Forge::of(rsa())] {
        let stranger = forge.stranger.verification_key().unwrap();
        let header = |phrase: &str| {
            let parts = jose::verify(&forge.forged(phrase), &stranger).unwrap();
            serde_json::from_str::<Value>(&parts.header_text).unwrap()
        };
        let plain = json!({"alg": "ES256", "typ": "JWT", "kid": "k1"});
        assert_eq!(header("the token is signed with another key"), plain);
        assert_eq!(header("the token brings its own key")["jwk"], stranger.jwk("stranger"));
        let elsewhere = header("the token points to a key elsewhere");
        assert_eq!((&elsewhere["jku"], &elsewhere["kid"]), (&json!(ELSEWHERE), &json!("stranger")));
    }
}

#[test]
fn a_well_signed_header_has_one_thing_wrong() {
    let forge = Forge::of(ecdsa());
    let header = |phrase: &str| jose::verify(&forge.forged(phrase), &forge.public).unwrap().header_text;
    assert_eq!(
        header("the token has an unknown critical header"),
        r#"{"alg":"ES256","typ":"JWT","kid":"k1","crit":["http://example.invalid/unknown"],"http://example.invalid/unknown":true}"#
    );
    assert_eq!(header(r#"the token is of type "dpop+jwt""#), r#"{"alg":"ES256","typ":"dpop+jwt","kid":"k1"}"#);
    assert_eq!(forge.claims(r#"the token is of type "dpop+jwt""#), CLAIMS);
}

#[test]
fn well_signed_claims_have_one_thing_wrong_and_the_others_are_as_they_were() {
    let forge = Forge::of(ecdsa());
    let exp = r#""exp":1700000600,"#;
    let scope = r#""scope":"3gpp#aef:api","#;
    let owner = r#""resOwnerId":{"gpsi":"msisdn-1"},"#;
    for (phrase, old, new) in [
        ("the token has expired 600 seconds ago", exp, r#""exp":1699999400,"#),
        ("the token has no exp", exp, ""),
        ("the token has exp as text", exp, r#""exp":"1700000600","#),
        ("the token has no scope", scope, ""),
        ("the token has an empty scope", scope, r#""scope":"","#),
        (r#"the token has the scope "3gpp#a:b""#, scope, r#""scope":"3gpp#a:b","#),
        ("the token names no invoker", r#""iss":"inv","client_id":"inv","#, ""),
        ("the token names no owner", owner, ""),
        (r#"the token names the owner "msisdn-2""#, owner, r#""resOwnerId":{"gpsi":"msisdn-2"},"#),
    ] {
        assert_eq!(forge.claims(phrase), CLAIMS.replace(old, new), "{phrase}");
    }
    let twice = CLAIMS.replace("[1, 2]}", r#"[1, 2],"exp":1699996400}"#);
    assert_eq!(forge.claims("the token has exp twice"), twice);
}

#[test]
fn an_owner_is_added_as_a_text_where_there_is_no_object() {
    let forge = Forge::of(ecdsa());
    let deviation = TokenDeviation::Owner("msisdn-2".to_owned());
    for (claims, expected) in [
        (r#"{"iss":"i"}"#, r#"{"iss":"i","resOwnerId":"msisdn-2"}"#),
        (r#"{"resOwnerId":"msisdn-1","iss":"i"}"#, r#"{"resOwnerId":"msisdn-2","iss":"i"}"#),
    ] {
        let forged = deviation.forge(&forge.clean(claims), &forge.smith()).unwrap();
        assert_eq!(jose::verify(&forged, &forge.public).unwrap().claims_text, expected);
    }
}

#[test]
fn what_is_no_deviation_is_not_forged() {
    let forge = Forge::of(ecdsa());
    let bare = forge.clean(r#"{"exp":"1700000600","scope":""}"#);
    for deviation in [
        TokenDeviation::NoInvoker,
        TokenDeviation::NoOwner,
        TokenDeviation::EmptyScope,
        TokenDeviation::ExpAsText,
        TokenDeviation::Type("JWT".to_owned()),
    ] {
        let refused = deviation.forge(&bare, &forge.smith());
        assert_eq!(refused, Err(Unforgeable::Unchanged(deviation)));
    }
    let unsigned = jose::unsigned(r#"{"alg":"none"}"#, "{}");
    for deviation in [TokenDeviation::Unsigned, TokenDeviation::CutShort, TokenDeviation::FlippedSignatureBit] {
        assert_eq!(deviation.forge(&unsigned, &forge.smith()), Err(Unforgeable::Unchanged(deviation)));
    }
}

#[test]
fn a_clean_token_must_be_one() {
    let forge = Forge::of(ecdsa());
    let refused = |clean: &str| TokenDeviation::Unsigned.forge(clean, &forge.smith()).unwrap_err();
    assert_eq!(refused("opaque"), Unforgeable::Clean(JoseError::PartCount(1)));
    assert_eq!(refused(&jose::unsigned("7", "{}")), Unforgeable::NoObject("header parameters"));
    assert_eq!(refused(&jose::unsigned("{}", "[]")), Unforgeable::NoObject("claims"));
}
