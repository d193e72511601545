//! TLS alerts by the names that the RFCs give them.

use rustls::{AlertDescription, CertificateError, Error};

/// Name of an alert (RFC 8446 clause 6, RFC 5246 clause 7.2), or `alert_<number>` for one without.
#[must_use]
pub fn alert_name(code: u8) -> String {
    let name = match code {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        other => return format!("alert_{other}"),
    };
    name.to_owned()
}

pub(super) fn name_of(alert: AlertDescription) -> String {
    alert_name(u8::from(alert))
}

/// The alert that rustls sends when it ends a handshake with this error; none when the error is not a refusal of what
/// the peer showed. The other end's account of what it received goes before this one.
pub(super) fn sent_for(error: &Error) -> Option<String> {
    let alert = if let Error::InvalidCertificate(reason) = error {
        certificate_alert(reason)
    } else if matches!(error, Error::NoCertificatesPresented) {
        AlertDescription::CertificateRequired
    } else if matches!(error, Error::NoApplicationProtocol) {
        AlertDescription::NoApplicationProtocol
    } else if matches!(error, Error::DecryptError) {
        AlertDescription::BadRecordMac
    } else if let Error::PeerIncompatible(reason) = error {
        incompatible_alert(reason)
    } else if matches!(error, Error::PeerMisbehaved(_)) {
        AlertDescription::IllegalParameter
    } else {
        return None;
    };
    Some(name_of(alert))
}

fn certificate_alert(reason: &CertificateError) -> AlertDescription {
    AlertDescription::from(reason.clone())
}

fn incompatible_alert(reason: &rustls::PeerIncompatible) -> AlertDescription {
    use rustls::PeerIncompatible as P;
    if matches!(
        reason,
        P::ServerDoesNotSupportTls12Or13
            | P::ServerTlsVersionIsDisabledByOurConfig
            | P::SupportedVersionsExtensionRequired
            | P::Tls12NotOffered
            | P::Tls12NotOfferedOrEnabled
            | P::Tls13RequiredForQuic
    ) {
        AlertDescription::ProtocolVersion
    } else {
        AlertDescription::HandshakeFailure
    }
}
