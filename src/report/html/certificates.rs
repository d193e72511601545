//! Certificates of a run: each is told once, wherever it was presented.

use std::collections::HashMap;

use serde::Serialize;

use crate::event::CertificateEvent;

/// Every certificate that a page refers to, in the order of first reference.
#[derive(Default)]
pub(super) struct Certificates<'a> {
    places: HashMap<(&'a str, &'a str), usize>,
    told: Vec<&'a CertificateEvent>,
}

/// What `page.html` shows of one certificate.
#[derive(Serialize)]
pub(super) struct CertificateView<'a> {
    anchor: String,
    certificate: &'a CertificateEvent,
}

/// A reference to a certificate.
#[derive(Serialize)]
pub(super) struct CertificateLink<'a> {
    anchor: String,
    subject: &'a str,
}

impl<'a> Certificates<'a> {
    /// References to a chain, leaf first.
    pub(super) fn chain(&mut self, chain: &'a [CertificateEvent]) -> Vec<CertificateLink<'a>> {
        chain.iter().map(|certificate| self.link(certificate)).collect()
    }

    fn link(&mut self, certificate: &'a CertificateEvent) -> CertificateLink<'a> {
        let next = self.told.len();
        let place = *self.places.entry((&certificate.sha256, &certificate.subject)).or_insert(next);
        if place == next {
            self.told.push(certificate);
        }
        CertificateLink { anchor: anchor(place), subject: &certificate.subject }
    }

    pub(super) fn views(self) -> Vec<CertificateView<'a>> {
        let told = self.told.into_iter().enumerate();
        told.map(|(place, certificate)| CertificateView { anchor: anchor(place), certificate }).collect()
    }
}

fn anchor(place: usize) -> String {
    format!("c{place}")
}
