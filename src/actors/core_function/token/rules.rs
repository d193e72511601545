//! Whether a token is granted, and for what. The only place where the faults of that decision are read.

pub(in super::super) mod owner;

use crate::actors::core_function::access::Caller;
use crate::actors::form;
use crate::actors::problem::Problem;
use crate::fault::{Fault, FaultSet};
use crate::spec::Role;
use crate::wire::Reply;

use super::access_token_err;
use super::scope::Scope;

/// The invoker whose token end point is under this path (TS 29.222 5.6.2.3.2); none when there is none.
pub(in super::super) fn endpoint<'a>(path: &[&'a str], faults: &FaultSet) -> Option<&'a str> {
    let collection = if faults.has(Fault::MoveTokenEndpoint) { "oauth" } else { "securities" };
    match path {
        [given, id, "token"] if *given == collection => Some(id),
        _ => None,
    }
}

/// Why no token is granted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Told as problem details: it is not about the token request.
    Problem(Problem),
    /// Told as an `AccessTokenErr`.
    Token(TokenError),
}

/// An error of RFC 6749 clause 5.2.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TokenError {
    status: u16,
    word: &'static str,
    description: &'static str,
    challenges: bool,
}

fn refusal(word: &'static str, description: &'static str) -> Refusal {
    Refusal::Token(TokenError { status: 400, word, description, challenges: false })
}

/// The client is not who it says. 401 with a challenge where it tried HTTP authentication, as RFC 6749 clause 5.2 asks.
pub(super) fn invalid_client(description: &'static str, tried_basic: bool) -> Refusal {
    Refusal::Token(TokenError {
        status: if tried_basic { 401 } else { 400 },
        word: "invalid_client",
        description,
        challenges: tried_basic,
    })
}

/// Nobody that we know asks.
fn unauthenticated() -> Refusal {
    Refusal::Token(TokenError {
        status: 401,
        word: "invalid_client",
        description: "the certificate of the invoker is needed",
        challenges: false,
    })
}

/// How a refusal is told (TS 29.222 8.5.4.2.9).
pub(super) fn refused(error: &TokenError, faults: &FaultSet) -> Reply {
    if faults.has(Fault::AnswerTokenErrorWithProblem) {
        return Problem::bad_request(error.description).reply();
    }
    let word = if faults.has(Fault::UseOwnErrorWord) { "not_granted" } else { error.word };
    let status = if faults.has(Fault::AnswerTokenErrorWithOk) { 200 } else { error.status };
    let reply = access_token_err(status, word, error.description);
    if error.challenges { reply.header("WWW-Authenticate", "Basic realm=\"capif\"") } else { reply }
}

/// The parameters of a token request. Those without a value are as good as absent (RFC 6749 clause 3.2).
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads them: a form, in which no parameter comes twice.
    pub(super) fn read(media_type: &str, body: Option<&str>, faults: &FaultSet) -> Result<Self, Refusal> {
        let pairs = match media_type {
            "application/x-www-form-urlencoded" => body.and_then(form::decode),
            "application/json" if faults.has(Fault::AcceptJsonTokenRequest) => body.and_then(members),
            _ => {
                let problem = Problem::unsupported_media_type("application/x-www-form-urlencoded");
                return Err(Refusal::Problem(problem));
            }
        };
        let pairs = pairs.ok_or_else(|| refusal("invalid_request", "the body cannot be decoded"))?;
        let parameters = Self(pairs);
        if parameters.has_duplicates() && !faults.has(Fault::AcceptDuplicateParameters) {
            return Err(refusal("invalid_request", "a parameter comes more than once"));
        }
        Ok(parameters)
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let given = self.0.iter().find(|(given, _value)| given == name);
        given.map(|(_name, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn has_duplicates(&self) -> bool {
        self.0.iter().enumerate().any(|(at, (name, _))| self.0.iter().skip(at + 1).any(|(other, _)| other == name))
    }
}

/// The string members of a JSON object.
fn members(body: &str) -> Option<Vec<(String, String)>> {
    let value: serde_json::Value = serde_json::from_str(body).ok()?;
    let members = value.as_object()?.iter();
    Some(members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
}

/// A token request.
pub(super) struct Ask<'a> {
    /// Who sent it.
    pub(super) caller: &'a Caller,
    /// Whether it came over TLS.
    pub(super) secure: bool,
    /// The id in its path.
    pub(super) security_id: &'a str,
    /// User and password of HTTP Basic.
    pub(super) basic: Option<(String, String)>,
    /// Whether HTTP Basic was tried, well formed or not.
    pub(super) tries_basic: bool,
    /// Its parameters.
    pub(super) parameters: Parameters,
}

/// The invoker that asks: the one of the certificate, of the path and of `client_id` alike (TS 33.122 6.5.2.3, C.3.2).
pub(super) fn client(ask: &Ask, is_known: impl Fn(&str) -> bool, faults: &FaultSet) -> Result<String, Refusal> {
    let authenticated = authenticated(ask, faults)?;
    let Some(given) = ask.parameters.get("client_id") else {
        if faults.has(Fault::AcceptMissingClientId) {
            return Ok(authenticated.to_owned());
        }
        return Err(refusal("invalid_request", "client_id is missing"));
    };
    if same_id(given, authenticated, faults) {
        return Ok(authenticated.to_owned());
    }
    if is_known(given) && faults.has(Fault::AcceptForeignClientId) {
        return Ok(authenticated.to_owned());
    }
    // A spelling of a known id is not an unknown one: that is another fault.
    let is_variant = given.trim().eq_ignore_ascii_case(authenticated);
    if !is_known(given) && !is_variant && faults.has(Fault::AcceptUnknownClientId) {
        return Ok(authenticated.to_owned());
    }
    Err(invalid_client("client_id is not that of the invoker", ask.tries_basic))
}

/// Identifiers are compared as they are (TS 33.122 C.3.2).
fn same_id(given: &str, assigned: &str, faults: &FaultSet) -> bool {
    given == assigned
        || (faults.has(Fault::FoldClientIdCase) && given.eq_ignore_ascii_case(assigned))
        || (faults.has(Fault::TrimClientId) && given.trim() == assigned)
}

/// The invoker that the secure session belongs to (TS 33.122 6.5.2.3 step 1).
fn authenticated<'a>(ask: &'a Ask, faults: &FaultSet) -> Result<&'a str, Refusal> {
    if !ask.secure {
        if faults.has(Fault::GrantOverPlainHttp) {
            return Ok(ask.security_id);
        }
        return Err(Refusal::Problem(Problem::forbidden("tokens are given over TLS only")));
    }
    let not_for_it = |role| format!("tokens are not for a {role} (TS 29.222 5.6.2.1)");
    match ask.caller {
        Caller::Invoker { id } if id == ask.security_id => Ok(id),
        Caller::Invoker { id } if faults.has(Fault::AcceptForeignSecurityId) => Ok(id),
        Caller::Invoker { .. } if faults.has(Fault::TakeCertificateOfAnotherInvoker) => Ok(ask.security_id),
        Caller::Invoker { .. } => {
            Err(Refusal::Problem(Problem::forbidden("this is the token end point of another invoker")))
        }
        Caller::Function { role, .. } => {
            if *role == Role::ExposingFunction && faults.has(Fault::LetExposingFunctionObtainToken) {
                return Ok(ask.security_id);
            }
            Err(Refusal::Problem(Problem::forbidden(&not_for_it(role.title()))))
        }
        Caller::Nobody | Caller::Stranger => {
            let has_secret = ask.parameters.get("client_secret").is_some() || ask.basic.is_some();
            if faults.has(Fault::GrantWithoutClientCertificate) || (has_secret && faults.has(Fault::GrantOnSecretAlone))
            {
                return Ok(ask.security_id);
            }
            Err(unauthenticated())
        }
    }
}

/// The onboarding secret is optional, and looked at where it is given (TS 33.122 6.5.2.3 NOTE 1); it is given in one
/// way only (RFC 6749 clause 2.3).
pub(super) fn authenticate(ask: &Ask, client: &str, secret: &str, faults: &FaultSet) -> Result<(), Refusal> {
    let in_body = ask.parameters.get("client_secret");
    if in_body.is_some() && ask.tries_basic {
        return Err(refusal("invalid_request", "the secret is given twice"));
    }
    let right = match (&ask.basic, in_body) {
        (Some(_), _) if faults.has(Fault::AcceptWrongSecretByBasic) => true,
        (Some((user, password)), _) => user == client && password == secret,
        (None, _) if ask.tries_basic => false,
        (None, Some(given)) => given == secret,
        (None, None) if faults.has(Fault::RequireSecret) => {
            return Err(invalid_client("the onboarding secret is missing", false));
        }
        (None, None) => true,
    };
    if right || faults.has(Fault::AcceptWrongSecret) {
        return Ok(());
    }
    Err(invalid_client("the onboarding secret is wrong", ask.tries_basic))
}

/// Client credentials and nothing else, without an authorization or a redirection end point, for an invoker that its
/// security context registered as a client (TS 33.122 6.5.2.3).
pub(super) fn grant_type(ask: &Ask, is_client: bool, faults: &FaultSet) -> Result<(), Refusal> {
    let accepted = match ask.parameters.get("grant_type") {
        Some("client_credentials") => true,
        Some("password") => faults.has(Fault::AcceptPasswordGrant),
        Some("authorization_code") => faults.has(Fault::AcceptAuthorizationCodeGrant),
        Some("refresh_token") => faults.has(Fault::AcceptRefreshTokenGrant),
        Some(_) => faults.has(Fault::AcceptUnknownGrantType),
        None if faults.has(Fault::AcceptMissingGrantType) => true,
        None => return Err(refusal("invalid_request", "grant_type is missing")),
    };
    if !accepted {
        return Err(refusal("unsupported_grant_type", "only client_credentials is supported"));
    }
    if !is_client {
        return Err(refusal("unauthorized_client", "no security method was negotiated"));
    }
    if faults.has(Fault::RequireRedirectUri) && ask.parameters.get("redirect_uri").is_none() {
        return Err(refusal("invalid_request", "redirect_uri is missing"));
    }
    if faults.has(Fault::RequireAuthorizationRequest) && ask.parameters.get("authCode").is_none() {
        return Err(refusal("invalid_grant", "there was no authorization request"));
    }
    Ok(())
}

/// Whether an invoker that has had a token gets one again: it does (TS 23.222 8.11.1).
pub(super) fn again(had_one: bool, faults: &FaultSet) -> Result<(), Refusal> {
    if had_one && faults.has(Fault::GrantOnlyOnce) {
        return Err(refusal("invalid_grant", "a token was granted before"));
    }
    Ok(())
}

/// What there is to be granted.
pub(super) struct Rights {
    /// What the invoker is permitted.
    pub(super) own: Scope,
    /// What was revoked.
    pub(super) revoked: Scope,
    /// What is published and was not revoked.
    pub(super) published: Scope,
    /// What the first invoker is permitted.
    pub(super) first: Scope,
}

/// What is granted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Granted {
    /// The scope.
    pub(super) scope: Scope,
    /// Whether the answer tells it.
    pub(super) told: bool,
}

/// A grant, ready to be written down.
#[derive(Debug)]
pub(super) struct Grant {
    /// The invoker.
    pub(super) client: String,
    /// The owner of resources whose authorization it is to carry.
    pub(super) owner: Option<String>,
    /// Some other invoker.
    pub(super) other: String,
    /// What for.
    pub(super) granted: Granted,
}

/// What was asked for, cut to what is permitted; all that is permitted, where nothing was asked for (TS 33.122 C.2.2,
/// RFC 6749 clause 3.3). The answer always tells the scope.
pub(super) fn granted(asked: Option<&str>, rights: &Rights, faults: &FaultSet) -> Result<Granted, Refusal> {
    let permitted = if faults.has(Fault::GrantRightsOfTheFirstInvoker) { &rights.first } else { &rights.own };
    let invalid_scope = |why| refusal("invalid_scope", why);
    let Some(text) = asked else {
        if permitted.is_empty() {
            return Err(invalid_scope("the invoker is permitted no API"));
        }
        let all = faults.has(Fault::GrantEveryApiWithoutScope);
        let scope = if all { &rights.published } else { permitted };
        return Ok(Granted { scope: scope.clone(), told: true });
    };
    let Some(scope) = Scope::parse(text) else {
        if faults.has(Fault::IgnoreMalformedScope) {
            let scope = permitted.clone();
            return Ok(Granted { scope, told: false });
        }
        return Err(invalid_scope("the scope is malformed"));
    };
    let bounds = if faults.has(Fault::GrantUnarrangedApi) { &rights.published } else { permitted };
    let within = scope.within(bounds);
    let more = !within.is_empty() && faults.has(Fault::GrantMoreThanAsked);
    let cut = if more { bounds.clone() } else { within };
    // The liar that looks no further once one of the APIs is permitted.
    let lenient = !cut.is_empty() && faults.has(Fault::GrantRevokedApiAmongOthers);
    let cut = if lenient { cut.pairs().chain(scope.within(&rights.revoked).pairs()).collect() } else { cut };
    if cut.is_empty() {
        return Err(invalid_scope("the invoker is permitted none of these APIs"));
    }
    let hidden = cut != scope && faults.has(Fault::HideReducedScope);
    Ok(Granted { scope: cut, told: !hidden })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights() -> Rights {
        let scope = |text| Scope::parse(text).unwrap();
        let revoked = Scope::default();
        Rights { own: scope("3gpp#a:x,y"), revoked, published: scope("3gpp#a:x,y,z;b:x"), first: scope("3gpp#b:x") }
    }

    fn scope(asked: Option<&str>, faults: &[Fault]) -> Result<(String, bool), Refusal> {
        granted(asked, &rights(), &faults.iter().copied().collect())
            .map(|granted| (granted.scope.to_string(), granted.told))
    }

    #[test]
    fn a_grant_never_goes_beyond_the_rights() {
        assert_eq!(scope(None, &[]).unwrap().0, "3gpp#a:x,y");
        assert_eq!(scope(Some("3gpp#a:x"), &[]).unwrap().0, "3gpp#a:x");
        assert_eq!(scope(Some("3gpp#a:y,z;b:x"), &[]).unwrap(), ("3gpp#a:y".to_owned(), true));
        for refused in ["3gpp#b:x", "a:x", "3gpp#a"] {
            let Err(Refusal::Token(error)) = scope(Some(refused), &[]) else { panic!("{refused} was granted") };
            assert_eq!((error.status, error.word), (400, "invalid_scope"));
        }
    }

    #[test]
    fn each_lie_about_scope_goes_beyond_in_its_own_way() {
        assert_eq!(scope(None, &[Fault::GrantEveryApiWithoutScope]).unwrap().0, "3gpp#a:x,y,z;b:x");
        assert_eq!(scope(None, &[Fault::GrantRightsOfTheFirstInvoker]).unwrap().0, "3gpp#b:x");
        assert_eq!(scope(Some("3gpp#a:x,z"), &[Fault::GrantUnarrangedApi]).unwrap().0, "3gpp#a:x,z");
        assert!(!scope(Some("3gpp#a:x,z"), &[Fault::HideReducedScope]).unwrap().1);
        assert!(scope(Some("3gpp#a:x"), &[Fault::HideReducedScope]).unwrap().1, "nothing was reduced");
        assert!(!scope(Some("nonsense"), &[Fault::IgnoreMalformedScope]).unwrap().1);
    }

    #[test]
    fn parameters_are_a_form_without_duplicates() {
        let read = |media: &str, body| Parameters::read(media, Some(body), &FaultSet::default());
        let form = "application/x-www-form-urlencoded";
        let parameters = read(form, "a=1&b=").unwrap();
        assert_eq!((parameters.get("a"), parameters.get("b"), parameters.get("c")), (Some("1"), None, None));
        assert!(
            matches!(read(form, "a=1&b=2&a=1").unwrap_err(), Refusal::Token(error) if error.word == "invalid_request")
        );
        assert!(matches!(read("application/json", "{}").unwrap_err(), Refusal::Problem(_)));
    }

    #[test]
    fn a_wrong_secret_is_an_invalid_client_however_it_comes() {
        let caller = Caller::Invoker { id: "i".to_owned() };
        let ask = |body: &str, basic: Option<&str>| Ask {
            caller: &caller,
            secure: true,
            security_id: "i",
            basic: basic.map(|password| ("i".to_owned(), password.to_owned())),
            tries_basic: basic.is_some(),
            parameters: Parameters(form::decode(body).unwrap()),
        };
        let answer = |ask: &Ask| match authenticate(ask, "i", "s", &FaultSet::default()) {
            Ok(()) => (200, ""),
            Err(Refusal::Token(error)) => (error.status, error.word),
            Err(Refusal::Problem(problem)) => panic!("{problem:?}"),
        };
        assert_eq!(answer(&ask("", None)), (200, ""));
        assert_eq!(answer(&ask("client_secret=s", None)), (200, ""));
        assert_eq!(answer(&ask("", Some("s"))), (200, ""));
        assert_eq!(answer(&ask("client_secret=t", None)), (400, "invalid_client"));
        assert_eq!(answer(&ask("", Some("t"))), (401, "invalid_client"));
        assert_eq!(answer(&ask("client_secret=s", Some("s"))), (400, "invalid_request"));
    }
}
