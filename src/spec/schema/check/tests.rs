//! The validator, one wrong thing at a time.

use serde_json::json;

use super::*;
use crate::{data_type, req};

/// Path, kind and charge of every violation in a `ServiceSecurity` that the invoker sends.
fn found(body: &Value) -> Vec<(String, ViolationKind, &'static str)> {
    violations(check_json(
        data_type!("ServiceSecurity"),
        Release::Rel18,
        req!("29222-5.6.2.2.2-01"),
        body.to_string().as_bytes(),
    ))
}

fn found_in_form(release: Release, body: &str) -> Vec<(String, ViolationKind, &'static str)> {
    let charge = req!("29222-5.6.2.1-02");
    violations(check_form(data_type!("AccessTokenReq"), release, charge, body.as_bytes()))
}

fn violations<T>(checked: Checked<T>) -> Vec<(String, ViolationKind, &'static str)> {
    let facts = checked.violations.into_iter();
    facts.map(|found| (found.path, found.kind, found.requirement.as_str())).collect()
}

fn security(entry: &Value) -> Value {
    json!({"notificationDestination": "https://invoker.example/n", "securityInfo": [entry]})
}

#[test]
fn a_correct_body_passes_with_its_extensions() {
    let entry = json!({"aefId": "aef-1", "prefSecurityMethods": ["OAUTH", "VENDOR"], "vendor-x": 1});
    assert_eq!(found(&security(&entry)), []);
}

#[test]
fn each_way_to_be_wrong_is_found_where_it_is() {
    use ViolationKind::{EmptyArray, Missing, NotExactlyOne, OutOfBounds, PatternMismatch, WrongType};
    let (whole, part) = ("29222-8.5.4.2.2-01", "29222-8.5.4.2.3-01");
    let at = |path: &str, kind, charge| vec![(path.to_owned(), kind, charge)];
    let pref = json!(["PKI"]);
    let cases = [
        (json!([]), at("", WrongType, whole)),
        (json!({"securityInfo": [], "notificationDestination": "x"}), at("securityInfo", EmptyArray, whole)),
        (
            json!({"securityInfo": [{"aefId": "a", "prefSecurityMethods": pref}]}),
            at("notificationDestination", Missing, whole),
        ),
        (security(&json!({"aefId": "a"})), at("securityInfo[0].prefSecurityMethods", Missing, part)),
        (security(&json!({"aefId": 1, "prefSecurityMethods": pref})), at("securityInfo[0].aefId", WrongType, part)),
        (security(&json!({"prefSecurityMethods": pref})), at("securityInfo[0]", NotExactlyOne, part)),
        (
            security(&json!({"aefId": "a", "interfaceDetails": {"ipv4Addr": "10.0.0.1"}, "prefSecurityMethods": pref})),
            at("securityInfo[0]", NotExactlyOne, part),
        ),
        (
            security(
                &json!({"interfaceDetails": {"ipv4Addr": "10.0.0.1", "port": 65536}, "prefSecurityMethods": pref}),
            ),
            at("securityInfo[0].interfaceDetails.port", OutOfBounds, part),
        ),
        (
            security(&json!({"interfaceDetails": {"fqdn": "-"}, "prefSecurityMethods": pref})),
            vec![
                ("securityInfo[0].interfaceDetails.fqdn".to_owned(), PatternMismatch, part),
                ("securityInfo[0].interfaceDetails.fqdn".to_owned(), OutOfBounds, part),
            ],
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(found(&body), expected, "{body}");
    }
}

#[test]
fn the_sender_decides_what_is_charged() {
    let body = br#"{"apiInvokerId":"1","apiIds":["a"]}"#;
    let charged = |charge| {
        let checked = check_json(data_type!("SecurityNotification"), Release::Rel18, charge, body);
        checked.violations[0].requirement.as_str()
    };
    assert_eq!(charged(req!("29222-8.5.3.2-01")), "29222-8.5.4.2.5-01");
    assert_eq!(charged(req!("23222-8.23.3-02")), "23222-8.23.2-01");
    assert_eq!(charged(req!("29222-5.6.2.2.2-01")), "29222-5.6.2.2.2-01");
}

#[test]
fn duplicates_and_other_formats_are_violations() {
    let check = |octets: &[u8]| {
        violations(check_json(data_type!("AccessTokenErr"), Release::Rel18, req!("29222-8.5.4.2.9-01"), octets))
    };
    let duplicate = check(br#"{"error":"invalid_scope","error":"invalid_grant"}"#);
    assert_eq!(duplicate, [("error".to_owned(), ViolationKind::DuplicateMember, "29222-8.5.4.2.9-01")]);
    assert_eq!(check(b"no")[0].1, ViolationKind::NotJson);
    assert_eq!(check(b"")[0].1, ViolationKind::NotJson);
    assert_eq!(check(br#"{"error":"access_denied"}"#)[0].1, ViolationKind::NotInEnum);
}

#[test]
fn a_form_is_held_to_its_fields() {
    use ViolationKind::{DuplicateMember, Missing, NotForm, NotInEnum};
    let charge = "29222-8.5.4.2.6-01";
    let one = |name: &str, kind| vec![(name.to_owned(), kind, charge)];
    let rel18 = |body| found_in_form(Release::Rel18, body);
    assert_eq!(rel18("grant_type=client_credentials&client_id=1&x=y"), []);
    assert_eq!(rel18("grant_type=client_credentials"), one("client_id", Missing));
    assert_eq!(rel18("grant_type=&client_id=1"), one("grant_type", Missing));
    assert_eq!(rel18("grant_type=password&client_id=1"), one("grant_type", NotInEnum));
    assert_eq!(rel18("grant_type=client_credentials&client_id=1&client_id=1"), one("client_id", DuplicateMember));
    assert_eq!(rel18("{}"), one("", NotForm));
}

#[test]
fn the_release_decides_which_values_are_known() {
    let body = "grant_type=authorization_code&client_id=1";
    assert_eq!(found_in_form(Release::Rel17, body)[0].1, ViolationKind::NotInEnum);
    assert_eq!(found_in_form(Release::Rel19, body), []);
}

#[test]
fn an_alternative_must_fit() {
    let check = |release, owner: Value| {
        let claims = json!({"iss": "1", "scope": "3gpp#a:b", "exp": 1, "resOwnerId": owner});
        let charge = req!("33122-C.2.1-01");
        violations(check_json(data_type!("AccessTokenClaims"), release, charge, claims.to_string().as_bytes()))
    };
    assert_eq!(check(Release::Rel18, json!("msisdn-123456")), []);
    assert_eq!(check(Release::Rel18, json!({"gpsi": "msisdn-123456"})), []);
    assert_eq!(check(Release::Rel18, json!(7))[0].1, ViolationKind::NoAlternative);
    assert_eq!(check(Release::Rel19, json!("msisdn-123456"))[0].1, ViolationKind::WrongType);
    assert_eq!(check(Release::Rel19, json!({}))[0].1, ViolationKind::NoneOfGroup);
}

#[test]
fn whole_numbers_are_integers_however_written() {
    let check = |number: &str| {
        let body = format!(r#"{{"iss":"1","scope":"s","exp":{number}}}"#);
        let charge = req!("33122-C.2.1-01");
        violations(check_json(data_type!("AccessTokenClaims"), Release::Rel18, charge, body.as_bytes()))
    };
    assert_eq!(check("1700000000"), []);
    assert_eq!(check("17e8"), []);
    assert_eq!(check("1.5"), [("exp".to_owned(), ViolationKind::WrongType, "29222-8.5.4.2.8-02")]);
    assert_eq!(check("-1"), [("exp".to_owned(), ViolationKind::OutOfBounds, "29222-8.5.4.2.8-02")]);
    assert_eq!(check("\"1\"")[0].1, ViolationKind::WrongType);
}

#[test]
fn no_secret_is_shown() {
    let body =
        br#"{"grant_type":{"a":"s3cret"},"access_token":["s3cret"],"token_type":"Bearer","expires_in":"s3cret"}"#;
    let checked = check_json(data_type!("AccessTokenRsp"), Release::Rel18, req!("29222-8.5.4.2.7-01"), body);
    assert_eq!(checked.violations.len(), 2);
    assert!(checked.violations.iter().all(|found| !found.to_string().contains("s3cret")));
}

#[test]
fn every_pattern_compiles_and_dates_are_dates() {
    for name in TypeName::all() {
        if let Shape::Text(text) = &name.facts().shape {
            assert!(text.patterns.iter().all(|pattern| COMPILED.contains_key(pattern)), "{name}");
        }
    }
    let Shape::Text(date) = &data_type!("DateTime").facts().shape else { panic!("no text") };
    let fits = |text: &str| matches(date.patterns[0], text);
    assert!(fits("2026-11-21T09:35:00Z") && fits("2026-11-21T09:35:00.123+01:00"));
    assert!(!fits("2026-11-21 09:35:00Z") && !fits("2026-11-21T09:35:00") && !fits("2026-13-01T00:00:00Z"));
}
