//! What a certificate says, for people.

use std::fmt::Write;
use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::clock::rfc3339;

/// A certificate in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Subject.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number, hex.
    pub serial: String,
    /// Start of validity, RFC 3339.
    pub not_before: String,
    /// End of validity, RFC 3339.
    pub not_after: String,
    /// Subject alternative names, each with its kind: `DNS:`, `IP:`, `URI:`.
    pub names: Vec<String>,
    /// SHA-256 of the DER, hex.
    pub sha256: String,
}

impl Summary {
    /// Reads a DER certificate; none when it is none.
    #[must_use]
    pub fn of(der: &[u8]) -> Option<Self> {
        let (_rest, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        let extension = certificate.subject_alternative_name().ok().flatten();
        let names = extension.map(|names| names.value.general_names.iter().map(name).collect());
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial.to_str_radix(16),
            not_before: rfc3339(validity.not_before.timestamp()),
            not_after: rfc3339(validity.not_after.timestamp()),
            names: names.unwrap_or_default(),
            sha256: hex(digest(&SHA256, der).as_ref()),
        })
    }
}

/// What decides whether a certificate that was kept is still good.
pub(super) struct Facts {
    /// `SubjectPublicKeyInfo`.
    pub(super) public_key: Vec<u8>,
    /// Subject alternative names, as a leaf is asked for.
    pub(super) names: Vec<String>,
    der: Vec<u8>,
    not_before: i64,
    not_after: i64,
}

impl Facts {
    /// Reads a DER certificate; none when it is none.
    pub(super) fn of(der: &[u8]) -> Option<Self> {
        let (_rest, certificate) = X509Certificate::from_der(der).ok()?;
        let extension = certificate.subject_alternative_name().ok().flatten();
        let bare = |name: &GeneralName<'_>| {
            let name = self::name(name);
            name.split_once(':').map_or_else(|| name.clone(), |(_kind, bare)| bare.to_owned())
        };
        Some(Self {
            public_key: certificate.public_key().raw.to_vec(),
            names: extension.map(|names| names.value.general_names.iter().map(bare).collect()).unwrap_or_default(),
            der: der.to_vec(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        })
    }

    /// Why it is not valid at this time, seconds since 1970; none when it is.
    pub(super) fn not_valid_at(&self, now: i64) -> Option<String> {
        if now > self.not_after {
            return Some(format!("it ran out at {}", rfc3339(self.not_after)));
        }
        (now < self.not_before).then(|| format!("it is not valid before {}", rfc3339(self.not_before)))
    }

    /// Whether an authority signed it.
    pub(super) fn is_issued_by(&self, root: &[u8]) -> bool {
        let (Ok((_, own)), Ok((_, root))) = (X509Certificate::from_der(&self.der), X509Certificate::from_der(root))
        else {
            return false;
        };
        own.issuer() == root.subject() && own.verify_signature(Some(root.public_key())).is_ok()
    }
}

/// First common name of a DER certificate's subject.
#[must_use]
pub fn common_name(der: &[u8]) -> Option<String> {
    let (_rest, certificate) = X509Certificate::from_der(der).ok()?;
    let mut names = certificate.subject().iter_common_name();
    names.next()?.as_str().ok().map(str::to_owned)
}

/// Public key of a DER certificate, as PEM.
#[must_use]
pub fn public_key_pem(der: &[u8]) -> Option<String> {
    let (_rest, certificate) = X509Certificate::from_der(der).ok()?;
    Some(super::pem::block("PUBLIC KEY", certificate.public_key().raw))
}

fn name(name: &GeneralName<'_>) -> String {
    if let GeneralName::DNSName(dns) = name {
        return format!("DNS:{dns}");
    }
    if let GeneralName::URI(uri) = name {
        return format!("URI:{uri}");
    }
    if let GeneralName::IPAddress(octets) = name {
        return format!("IP:{}", address(octets));
    }
    name.to_string()
}

fn address(octets: &[u8]) -> String {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let sixteen = <[u8; 16]>::try_from(octets).map(IpAddr::from);
    four.or(sixteen).map_or_else(|_odd| hex(octets), |address| address.to_string())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::pki::{Authority, KeyKind, KeyPair};

    #[test]
    fn a_root_is_summarised() {
        let clock = Clock::virtual_from_now();
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let authority = Authority::new("Root", &key, &clock).unwrap();
        let summary = Summary::of(authority.root()).unwrap();
        assert_eq!((summary.subject.as_str(), summary.issuer.as_str()), ("CN=Root", "CN=Root"));
        assert_eq!(summary.sha256.len(), 64);
        assert_eq!(common_name(authority.root()).as_deref(), Some("Root"));
    }

    #[test]
    fn what_is_no_certificate_has_no_summary() {
        assert_eq!(Summary::of(b"\x30\x03abc"), None);
        assert_eq!(common_name(b""), None);
    }

    #[test]
    fn odd_addresses_are_shown_as_they_are() {
        assert_eq!(address(&[127, 0, 0, 1]), "127.0.0.1");
        assert_eq!(address(&[0; 16]), "::");
        assert_eq!(address(&[1, 2]), "0102");
    }
}
