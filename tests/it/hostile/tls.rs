//! TLS that stalls, floods, lies about who it is, or has HTTP/2 behind it.

use std::sync::{Arc, LazyLock};

use capifspec::clock::Clock;
use capifspec::pki::{Authority, Flaw, KeyKind, KeyPair, LeafSpec, certificates_to_pem};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer};
use rustls::pki_types::CertificateDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::front::{Front, Wire};
use super::ordeal::{Ordeal, PAYLOAD, TIMING};
use super::{Case, TWO, as_expected, case, endured};
use crate::cli::Desk;

/// The root that the target file names, and a key for everybody.
struct Material {
    clock: Clock,
    authority: Authority,
    key: KeyPair,
}

static MATERIAL: LazyLock<Material> = LazyLock::new(|| {
    let clock = Clock::real();
    let key = || KeyPair::generate(KeyKind::EcdsaP256).unwrap();
    Material { authority: Authority::new("known root", &key(), &clock).unwrap(), key: key(), clock }
});

impl Material {
    fn leaf(&self, name: &str) -> LeafSpec {
        LeafSpec::server(name, &["127.0.0.1"], &self.clock)
    }

    fn good(&self) -> Vec<CertificateDer<'static>> {
        vec![self.authority.issue(&self.leaf("hostile"), &self.key.public().unwrap()).unwrap()]
    }

    fn flawed(&self, flaw: Flaw) -> Vec<CertificateDer<'static>> {
        vec![self.authority.issue_flawed(&self.leaf(PAYLOAD), &self.key, flaw).unwrap()]
    }
}

/// A server that shows these certificates and speaks these protocols.
fn server(chain: Vec<CertificateDer<'static>>, protocols: &[&str]) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = MATERIAL.key.private_der();
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// The script goes on over TLS, once a request has come.
fn behind(config: Arc<ServerConfig>, script: impl Fn(&mut Wire) + Send + Sync) -> impl Fn(&mut Wire) + Send + Sync {
    move |wire| {
        let socket = wire.socket();
        let stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket);
        let mut secured = Wire::over(stream, &wire.socket());
        if secured.hear() {
            script(&mut secured);
        }
    }
}

/// A core function behind this script, from the first byte on.
fn from_the_first_byte(case: &Case) -> Result<(), String> {
    let (_front, desk) = set_up(case);
    as_expected(case, &Ordeal::undergone(&desk, &RUN, 2)?)
}

const RUN: [&str; 8] = ["run", "two.feature", "--target", "target.toml", "--jobs", "1", "--out", "out"];

fn set_up(case: &Case) -> (Front, Desk) {
    let front = Front::raw(Arc::clone(&case.script));
    let target = format!(
        "schema = \"capifspec.target/1\"\nname = \"hostile\"\n\n[ccf]\nurl = \"https://{}\"\n\n[ccf.trust]\n\
         roots = [\"ca.pem\"]\n{TIMING}",
        front.address
    );
    let root = certificates_to_pem(std::slice::from_ref(MATERIAL.authority.root()));
    (front, Desk::with(&[("two.feature", TWO), ("target.toml", &target), ("ca.pem", &root)]))
}

/// A certificate that does not fit the trust given is told before anything is judged, and what it holds does not act.
fn stops_the_run(case: &Case) -> Result<(), String> {
    let (_front, desk) = set_up(case);
    let ran = desk.run(&RUN);
    let safe = !ran.err.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']);
    let told = ran.err.contains(case.says) && ran.err.contains("the set-up is wrong") && ran.out.is_empty();
    if ran.code == Some(2) && safe && told && !desk.has("out") { Ok(()) } else { Err(format!("{ran:?}")) }
}

#[test]
fn handshakes_that_come_to_nothing() {
    endured(&handshakes(), from_the_first_byte);
}

fn handshakes() -> Vec<Case> {
    let late = "no answer within the handshake deadline";
    vec![
        case("accepts and never shakes hands", late, Wire::hold),
        case("stalls in the middle of its first message", late, |wire| {
            wire.say(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03half of a hello");
            wire.hold();
        }),
        case("shakes hands one byte at a time", late, |wire| {
            wire.drip(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03one byte after the other");
        }),
        case("speaks plain HTTP", "the TLS handshake failed", |wire| {
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            wire.hold();
        }),
        case("bytes without sense", "the TLS handshake failed", |wire| {
            wire.flood((0..=255).rev().collect::<Vec<u8>>());
        }),
        case("warnings without end", "", |wire| wire.flood(b"\x15\x03\x03\x00\x02\x01\x5a")),
        case("empty records without end", "", |wire| wire.flood(b"\x16\x03\x03\x00\x00")),
        case("a handshake message of 16 MB", "", |wire| {
            wire.say(b"\x16\x03\x03\x40\x00\x02\xff\xff\xff");
            wire.flood([0x16, 3, 3, 0x40, 0].into_iter().chain([0; 0x4000]).collect::<Vec<u8>>());
        }),
        case("resets at once", "closed without an answer", |_wire| {}),
        case("a fatal alert", "refused in the handshake: internal_error", |wire| {
            wire.say(b"\x15\x03\x03\x00\x02\x02\x50");
            wire.hold();
        }),
    ]
}

#[test]
fn certificates_that_do_not_fit_the_trust_given() {
    endured(&unfit(), stops_the_run);
}

fn shows(name: &'static str, says: &'static str, chain: Vec<CertificateDer<'static>>) -> Case {
    case(name, says, behind(server(chain, &[]), Wire::hold))
}

fn unfit() -> Vec<Case> {
    vec![
        shows("a certificate for another name", "wrong name", MATERIAL.flawed(Flaw::WrongName)),
        shows("an expired certificate", "expired", MATERIAL.flawed(Flaw::Expired)),
        shows("a certificate that is not valid yet", "not yet valid", MATERIAL.flawed(Flaw::NotYetValid)),
        shows("a self-signed certificate", "unknown root", MATERIAL.flawed(Flaw::SelfSigned)),
        shows("an unknown root", "unknown root", MATERIAL.flawed(Flaw::ForeignAuthority)),
        shows("a root that calls itself like the known one", "another key", MATERIAL.flawed(Flaw::ImpostorAuthority)),
    ]
}

#[test]
fn certificates_that_prove_nothing() {
    endured(&certificates(), from_the_first_byte);
}

fn certificates() -> Vec<Case> {
    let refused = "the client refused the server in the handshake";
    vec![
        shows("a chain of 200", "handshake", chain_of(200)),
        shows("a chain of 60 with what acts in every name", refused, chain_of(60)),
    ]
}

/// Each of them issued by the next one, the last one by itself.
fn chain_of(length: usize) -> Vec<CertificateDer<'static>> {
    let authority = |at: usize| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("{at} {PAYLOAD}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let key = rcgen::KeyPair::generate().unwrap();
    let mut chain = vec![authority(0).self_signed(&key).unwrap().der().clone()];
    for at in 1..length - 1 {
        let issuer = Issuer::new(authority(at - 1), &key);
        chain.push(authority(at).signed_by(&key, &issuer).unwrap().der().clone());
    }
    let own = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(
        &MATERIAL.key.private_der().secret_der().into(),
        &rcgen::PKCS_ECDSA_P256_SHA256,
    );
    let mut leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    leaf.distinguished_name.push(DnType::CommonName, PAYLOAD);
    let issuer = Issuer::new(authority(length - 2), &key);
    chain.push(leaf.signed_by(&own.unwrap(), &issuer).unwrap().der().clone());
    chain.reverse();
    chain
}

#[test]
fn what_comes_behind_a_good_handshake() {
    endured(&behind_tls(), from_the_first_byte);
}

fn behind_tls() -> Vec<Case> {
    let good = || server(MATERIAL.good(), &[]);
    let says = |name, says, script: fn(&mut Wire)| case(name, says, behind(good(), script));
    vec![
        says("is silent", "no answer within the answer deadline", Wire::hold),
        says("one byte at a time", "no answer within the answer deadline", |wire| {
            wire.drip("HTTP/1.1 200 OK\r\n\r\n");
        }),
        says("a body without end", "a body longer than", |wire| {
            wire.say("HTTP/1.1 200 OK\r\n\r\n");
            wire.flood("x");
        }),
        says("frames of HTTP/2 without end", "what came is not HTTP/1.1", |wire| {
            wire.say(b"\0\0\0\x04\0\0\0\0\0");
            wire.flood(b"\0\0\x08\x06\0\0\0\0\0pingpong\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08");
        }),
        says("closes in the body without a goodbye", "in the middle of the answer", |wire| {
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        }),
        says("closes without an answer", "closed without an answer", |_wire| {}),
        case(
            "insists on HTTP/2",
            "refused in the handshake: no_application_protocol",
            behind(server(MATERIAL.good(), &["h2"]), Wire::hold),
        ),
    ]
}
