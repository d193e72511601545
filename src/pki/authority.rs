//! Certificate authorities, the leaves they issue, and the leaves that no good one would.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::pki_types::CertificateDer;

use crate::clock::Clock;
use crate::pki::{KeyKind, KeyPair, PkiError, PublicKey, certificates_to_pem, common_name};

const DAY: i64 = 86_400;

/// What a leaf certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafSpec {
    /// Common name.
    pub common_name: String,
    /// Organization.
    pub organization: Option<String>,
    /// Subject alternative names: IP addresses, URIs (anything with a colon that is no address) and DNS names.
    pub names: Vec<String>,
    /// Start of validity, seconds since 1970.
    pub not_before: i64,
    /// End of validity.
    pub not_after: i64,
    /// What it may be used for.
    pub usages: Usages,
    /// Serial number; the authority counts when there is none.
    pub serial: Option<u64>,
}

/// Extended key usages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usages {
    /// TLS client authentication.
    pub client: bool,
    /// TLS server authentication.
    pub server: bool,
}

impl LeafSpec {
    /// A certificate for a client, valid from yesterday for a month.
    #[must_use]
    pub fn client(common_name: &str, clock: &Clock) -> Self {
        let now = clock.now_unix();
        Self {
            common_name: common_name.to_owned(),
            organization: None,
            names: Vec::new(),
            not_before: now - DAY,
            not_after: now + 30 * DAY,
            usages: Usages { client: true, server: false },
            serial: None,
        }
    }

    /// The same for a server that is also a client, as every server role of CAPIF is.
    #[must_use]
    pub fn server(common_name: &str, names: &[&str], clock: &Clock) -> Self {
        Self {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            usages: Usages { client: true, server: true },
            ..Self::client(common_name, clock)
        }
    }

    fn params(&self, serial: u64) -> Result<CertificateParams, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(&self.common_name, self.organization.as_deref());
        params.subject_alt_names = self.names.iter().map(|n| san(n)).collect::<Result<_, _>>()?;
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        params.not_before = epoch + since_epoch(self.not_before);
        params.not_after = epoch + since_epoch(self.not_after);
        params.serial_number = Some(SerialNumber::from(self.serial.unwrap_or(serial)));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let usages = [
            (self.usages.client, ExtendedKeyUsagePurpose::ClientAuth),
            (self.usages.server, ExtendedKeyUsagePurpose::ServerAuth),
        ];
        let wanted = usages.into_iter().filter(|(wanted, _usage)| *wanted);
        params.extended_key_usages = wanted.map(|(_wanted, usage)| usage).collect();
        Ok(params)
    }
}

/// One way in which a certificate can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Its validity ended yesterday.
    Expired,
    /// Its validity begins tomorrow.
    NotYetValid,
    /// Issued by an authority that nobody trusts.
    ForeignAuthority,
    /// Issued by an authority of the right name with another key.
    ImpostorAuthority,
    /// Issued by its own key.
    SelfSigned,
    /// For another name.
    WrongName,
    /// The authority's signature over something else.
    CorruptedSignature,
    /// For code signing, not for TLS.
    WrongUsage,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 8] = [
        Self::Expired,
        Self::NotYetValid,
        Self::ForeignAuthority,
        Self::ImpostorAuthority,
        Self::SelfSigned,
        Self::WrongName,
        Self::CorruptedSignature,
        Self::WrongUsage,
    ];

    /// Its name in feature files and the corpus.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid",
            Self::ForeignAuthority => "foreign authority",
            Self::ImpostorAuthority => "impostor authority",
            Self::SelfSigned => "self-signed",
            Self::WrongName => "wrong name",
            Self::CorruptedSignature => "corrupted signature",
            Self::WrongUsage => "wrong usage",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A root certificate authority.
pub struct Authority {
    common_name: String,
    issuer: Arc<Issuer<'static, rcgen::KeyPair>>,
    root: CertificateDer<'static>,
    clock: Clock,
    issued: Arc<AtomicU64>,
}

impl Authority {
    /// An authority with a key of its own, valid for ten years around now.
    ///
    /// # Errors
    /// When the root certificate cannot be made.
    pub fn new(common_name: &str, key: &KeyPair, clock: &Clock) -> Result<Self, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = subject(common_name, None);
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        params.not_before = epoch + since_epoch(clock.now_unix() - 5 * 365 * DAY);
        params.not_after = epoch + since_epoch(clock.now_unix() + 5 * 365 * DAY);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = params.self_signed(key.signing()).map_err(PkiError::issuing(common_name))?;
        Ok(Self {
            common_name: common_name.to_owned(),
            issuer: Arc::new(Issuer::new(params, copy(key, common_name)?)),
            root: root.der().clone(),
            clock: clock.clone(),
            issued: Arc::new(AtomicU64::new(1)),
        })
    }

    /// The authority that has this root certificate and its key. It has issued before: its serial numbers begin where
    /// those of no earlier second are.
    pub(super) fn of(root: CertificateDer<'static>, key: &KeyPair, clock: &Clock) -> Result<Self, PkiError> {
        let common_name = common_name(&root).unwrap_or_default();
        let issuer = Issuer::from_ca_cert_der(&root, copy(key, &common_name)?);
        Ok(Self {
            issuer: Arc::new(issuer.map_err(PkiError::issuing(&common_name))?),
            common_name,
            root,
            clock: clock.clone(),
            issued: Arc::new(AtomicU64::new(u64::try_from(clock.now_unix()).unwrap_or(1) << 20)),
        })
    }

    /// The same authority in another time.
    pub(super) fn at(&self, clock: &Clock) -> Self {
        Self {
            common_name: self.common_name.clone(),
            issuer: Arc::clone(&self.issuer),
            root: self.root.clone(),
            clock: clock.clone(),
            issued: Arc::clone(&self.issued),
        }
    }

    /// The root certificate.
    #[must_use]
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// The same as PEM.
    #[must_use]
    pub fn root_pem(&self) -> String {
        certificates_to_pem(std::slice::from_ref(&self.root))
    }

    /// Issues a certificate for a public key.
    ///
    /// # Errors
    /// When the specification of the leaf cannot be put into a certificate.
    pub fn issue(&self, leaf: &LeafSpec, key: &PublicKey) -> Result<CertificateDer<'static>, PkiError> {
        self.issue_with(leaf, key, |_unchanged| {})
    }

    /// Issues a certificate with one flaw and no other.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub fn issue_flawed(
        &self,
        leaf: &LeafSpec,
        key: &KeyPair,
        flaw: Flaw,
    ) -> Result<CertificateDer<'static>, PkiError> {
        let now = self.clock.now_unix();
        let public = key.public()?;
        let mut leaf = leaf.clone();
        match flaw {
            Flaw::Expired => (leaf.not_before, leaf.not_after) = (now - 30 * DAY, now - DAY),
            Flaw::NotYetValid => (leaf.not_before, leaf.not_after) = (now + DAY, now + 30 * DAY),
            Flaw::ForeignAuthority => return self.stranger("Foreign CA")?.issue(&leaf, &public),
            Flaw::ImpostorAuthority => {
                return self.stranger(&self.common_name)?.issue(&leaf, &public);
            }
            Flaw::SelfSigned => return self.self_signed(&leaf, key),
            Flaw::WrongName => leaf = misnamed(leaf),
            Flaw::CorruptedSignature => return Ok(corrupted(&self.issue(&leaf, &public)?)),
            Flaw::WrongUsage => {
                return self.issue_with(&leaf, &public, |params| {
                    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
                });
            }
        }
        self.issue(&leaf, &public)
    }

    fn issue_with(
        &self,
        leaf: &LeafSpec,
        key: &PublicKey,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<CertificateDer<'static>, PkiError> {
        let mut params = leaf.params(self.next_serial())?;
        change(&mut params);
        let certificate = params.signed_by(key.info(), self.issuer.as_ref());
        let certificate = certificate.map_err(PkiError::issuing(&leaf.common_name))?;
        Ok(certificate.der().clone())
    }

    fn self_signed(&self, leaf: &LeafSpec, key: &KeyPair) -> Result<CertificateDer<'static>, PkiError> {
        let certificate = leaf.params(self.next_serial())?.self_signed(key.signing());
        let certificate = certificate.map_err(PkiError::issuing(&leaf.common_name))?;
        Ok(certificate.der().clone())
    }

    fn stranger(&self, common_name: &str) -> Result<Self, PkiError> {
        Self::new(common_name, &KeyPair::generate(KeyKind::EcdsaP256)?, &self.clock)
    }

    fn next_serial(&self) -> u64 {
        self.issued.fetch_add(1, Ordering::SeqCst)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({})", self.common_name)
    }
}

fn copy(key: &KeyPair, common_name: &str) -> Result<rcgen::KeyPair, PkiError> {
    let der = key.signing().serialized_der().into();
    rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, key.signing().algorithm())
        .map_err(PkiError::issuing(common_name))
}

fn misnamed(leaf: LeafSpec) -> LeafSpec {
    let names = leaf.names.iter().map(|_name| "elsewhere.invalid".to_owned()).collect();
    LeafSpec { common_name: format!("not-{}", leaf.common_name), names, ..leaf }
}

/// The signature is the last thing in a certificate; one bit of it changes and it stays well formed.
fn corrupted(certificate: &CertificateDer<'_>) -> CertificateDer<'static> {
    let mut der = certificate.to_vec();
    if let Some(last) = der.last_mut() {
        *last ^= 1;
    }
    CertificateDer::from(der)
}

fn subject(common_name: &str, organization: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if let Some(organization) = organization {
        name.push(DnType::OrganizationName, organization);
    }
    name.push(DnType::CommonName, common_name);
    name
}

fn san(name: &str) -> Result<SanType, PkiError> {
    if let Ok(address) = name.parse() {
        return Ok(SanType::IpAddress(address));
    }
    let text = name.try_into().map_err(|error| PkiError::Name(name.to_owned(), error))?;
    Ok(if name.contains(':') { SanType::URI(text) } else { SanType::DnsName(text) })
}

/// Certificates of before 1970 are not made.
fn since_epoch(unix: i64) -> Duration {
    Duration::from_secs(u64::try_from(unix).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::Summary;

    fn authority(clock: &Clock) -> Authority {
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        Authority::new("Test CA", &key, clock).unwrap()
    }

    #[test]
    fn a_leaf_says_what_was_asked_for() {
        let clock = Clock::virtual_from_now();
        let authority = authority(&clock);
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let leaf = LeafSpec {
            organization: Some("capifspec".to_owned()),
            serial: Some(0xABCD),
            ..LeafSpec::server("ccf", &["localhost", "127.0.0.1", "urn:x:y"], &clock)
        };
        let der = authority.issue(&leaf, &key.public().unwrap()).unwrap();
        let summary = Summary::of(&der).unwrap();
        assert_eq!(summary.subject, "O=capifspec, CN=ccf");
        assert_eq!(summary.issuer, "CN=Test CA");
        assert_eq!(summary.serial, "abcd");
        assert_eq!(summary.names, ["DNS:localhost", "IP:127.0.0.1", "URI:urn:x:y"]);
        assert_eq!(summary.not_after, crate::clock::rfc3339(leaf.not_after));
    }

    #[test]
    fn serial_numbers_differ() {
        let clock = Clock::virtual_from_now();
        let authority = authority(&clock);
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let leaf = LeafSpec::client("invoker", &clock);
        let serial = || {
            let der = authority.issue(&leaf, &key.public().unwrap()).unwrap();
            Summary::of(&der).unwrap().serial
        };
        assert_ne!(serial(), serial());
    }

    #[test]
    fn a_flaw_is_the_only_difference() {
        let clock = Clock::virtual_from_now();
        let authority = authority(&clock);
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let leaf = LeafSpec::server("ccf", &["localhost"], &clock);
        let summary = |flaw| Summary::of(&authority.issue_flawed(&leaf, &key, flaw).unwrap()).unwrap();
        let now = crate::clock::rfc3339(clock.now_unix());
        assert!(summary(Flaw::Expired).not_after < now);
        assert!(summary(Flaw::NotYetValid).not_before > now);
        assert_eq!(summary(Flaw::ForeignAuthority).issuer, "CN=Foreign CA");
        assert_eq!(summary(Flaw::ImpostorAuthority).issuer, "CN=Test CA");
        assert_eq!(summary(Flaw::SelfSigned).issuer, "CN=ccf");
        assert_eq!(summary(Flaw::WrongName).subject, "CN=not-ccf");
        assert_eq!(summary(Flaw::WrongName).names, ["DNS:elsewhere.invalid"]);
        for flaw in [Flaw::CorruptedSignature, Flaw::WrongUsage, Flaw::ImpostorAuthority] {
            assert_eq!(summary(flaw).subject, "CN=ccf", "{flaw}");
            assert_eq!(summary(flaw).names, ["DNS:localhost"], "{flaw}");
        }
    }
}
