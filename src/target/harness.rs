//! Where our own roles listen, and how the target reaches them.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The harness as the target sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harness {
    /// Host in the URLs that the target is given.
    pub advertise: String,
    /// Address that our roles listen on.
    pub bind: IpAddr,
    /// Ports that they listen on; any without.
    pub ports: Option<RangeInclusive<u16>>,
    /// Where the authorities and keys of our roles are kept, so that a vendor can trust them beforehand; made anew for
    /// every run without.
    pub pki: Option<PathBuf>,
    /// Whether notifications are taken over plain HTTP.
    pub plain_http_callbacks: bool,
}

impl Default for Harness {
    fn default() -> Self {
        Self {
            advertise: Ipv4Addr::LOCALHOST.to_string(),
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: None,
            pki: None,
            plain_http_callbacks: true,
        }
    }
}
