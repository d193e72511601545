//! The table of a core function.

use std::collections::BTreeMap;

use super::tables::{
    ArrangementKind, ArrangementTable, Ccf, CredentialTable, EnrolmentTable, KeyFormKind, KeyKind, OnboardingTable,
    OwnerTable, PresentKind, Tokens,
};
use super::{Reader, TargetError};
use crate::spec::{Party, Service};
use crate::target::{
    Arrangement, Credential, Endpoint, Enrolment, Jwks, KeyForm, Onboarding, OwnerAdapter, Present, RegisterService,
    Site, Surface, TokenKey, Trust,
};

/// What we speak. A core function may offer more.
const SPOKEN: &str = "http/1.1";

/// Whether a register service, verified by roots of its own, tells the root of the core function.
fn tells_its_root(onboarding: Option<&OnboardingTable>) -> bool {
    matches!(onboarding, Some(OnboardingTable::OpencapifRegister { trust: Some(_), .. }))
}

impl Reader<'_> {
    pub(super) fn core_function(&self, ccf: Ccf) -> Result<Endpoint, TargetError> {
        let (scheme, site, apis) = self.sites(&ccf)?;
        self.alpn(ccf.alpn.as_deref())?;
        let trust = if ccf.trust.is_none() && tells_its_root(ccf.onboarding.as_ref()) && scheme == "https" {
            Trust::Told
        } else {
            self.trust("ccf", &scheme, ccf.trust)?
        };
        let control = self.control("ccf", ccf.control)?;
        let registration_secret = ccf.registration_secret.map(|secret| self.secret("ccf.registration-secret", secret));
        let onboarding = self.onboarding(&trust, ccf.onboarding)?;
        let credentials = self.credentials(ccf.credentials)?;
        Ok(Endpoint {
            enrolment: self.enrolment(ccf.enrolment, &onboarding, credentials.is_empty())?,
            onboarding,
            registration_secret: registration_secret.transpose()?,
            token_key: self.token_key(ccf.tokens, &site)?,
            credentials,
            plain_http: ccf.plain_http.map(|text| self.resolved("ccf.plain-http", &text)).transpose()?,
            owner: self.owner(ccf.owner, control.as_ref())?,
            arrangement: self.arrangement(ccf.arrangement.as_ref(), control.as_ref())?,
            claims: self.claims("ccf", ccf.claims)?,
            site,
            apis,
            trust,
            control,
        })
    }

    /// The site of all APIs, and those of single ones. Where no URL is named for all, the first that is named serves.
    fn sites(&self, ccf: &Ccf) -> Result<(String, Site, BTreeMap<Service, Site>), TargetError> {
        let connect_to = ccf.connect_to.as_deref().map(|to| ("ccf.connect-to", to));
        let mut schemes = Vec::new();
        let mut apis = BTreeMap::new();
        for (word, url) in &ccf.apis {
            let key = format!("ccf.apis.{word}");
            let service = self.service(&key, word)?;
            let root = service.root();
            let base = url.trim_end_matches('/').strip_suffix(root);
            let base = base.ok_or_else(|| self.unusable(&key, format!("`{url}`; it ends in {root}")))?;
            let (scheme, site) = self.site(&key, base, connect_to)?;
            schemes.push(scheme);
            apis.insert(service, site);
        }
        let all = match &ccf.url {
            Some(url) => {
                let (scheme, site) = self.site("ccf.url", url, connect_to)?;
                schemes.push(scheme);
                Some(site)
            }
            None => apis.values().next().cloned(),
        };
        let site = all.ok_or_else(|| {
            self.unusable(
                "ccf",
                "say where it is: url = \"https://host:port\", or one URL per API in [ccf.apis]".to_owned(),
            )
        })?;
        schemes.dedup();
        match schemes.as_slice() {
            [scheme] => Ok((scheme.clone(), site, apis)),
            _ => Err(self.unusable("ccf.apis", "all of them over https, or all of them in clear".to_owned())),
        }
    }

    fn alpn(&self, offered: Option<&[String]>) -> Result<(), TargetError> {
        let known = ["h2", SPOKEN];
        let Some(offered) = offered else {
            return Ok(());
        };
        if let Some(strange) = offered.iter().find(|protocol| !known.contains(&protocol.as_str())) {
            return Err(self.unusable("ccf.alpn", format!("`{strange}` is none of h2, http/1.1")));
        }
        if offered.iter().any(|protocol| protocol == SPOKEN) {
            Ok(())
        } else {
            Err(self.unusable(
                "ccf.alpn",
                "capifspec speaks HTTP/1.1, which TS 29.500 has every server speak; add it".to_owned(),
            ))
        }
    }

    fn onboarding(&self, trust: &Trust, table: Option<OnboardingTable>) -> Result<Onboarding, TargetError> {
        match table {
            None | Some(OnboardingTable::None {}) => Ok(Onboarding::Nothing),
            Some(OnboardingTable::StaticToken { token }) => {
                self.secret("ccf.onboarding.token", token).map(Onboarding::StaticToken)
            }
            Some(OnboardingTable::Command { command }) => {
                self.command("ccf.onboarding.command", command).map(Onboarding::Command)
            }
            Some(OnboardingTable::OpencapifRegister { url, connect_to, trust: own, admin, password }) => {
                let connect_to = connect_to.as_deref().map(|to| ("ccf.onboarding.connect-to", to));
                let (scheme, site) = self.site("ccf.onboarding.url", &url, connect_to)?;
                let trust = match own {
                    Some(own) => self.trust("ccf.onboarding", &scheme, Some(own))?,
                    None => trust.clone(),
                };
                let password = self.secret("ccf.onboarding.password", password)?;
                Ok(Onboarding::OpencapifRegister(Box::new(RegisterService { site, trust, admin, password })))
            }
        }
    }

    /// OpenCAPIF takes signing requests only: with its register service they are what is sent unless the file says
    /// otherwise.
    fn enrolment(
        &self,
        table: Option<EnrolmentTable>,
        onboarding: &Onboarding,
        no_credentials: bool,
    ) -> Result<Enrolment, TargetError> {
        let table = table.unwrap_or_default();
        let present = match table.present {
            None | Some(PresentKind::Token) => Present::Token,
            Some(PresentKind::Certificate) => Present::Certificate,
            Some(PresentKind::Both) => Present::Both,
        };
        if present.has_certificate() && no_credentials {
            let why = "a party has no certificate before it is enrolled, unless you name one in [ccf.credentials]";
            return Err(self.unusable("ccf.enrolment.present", why.to_owned()));
        }
        let key_form = match (table.key_form, onboarding) {
            (Some(KeyFormKind::Csr), _) | (None, Onboarding::OpencapifRegister(_)) => KeyForm::Csr,
            (Some(KeyFormKind::PublicKey), _)
            | (None, Onboarding::Nothing | Onboarding::StaticToken(_) | Onboarding::Command(_)) => KeyForm::PublicKey,
        };
        Ok(Enrolment { present, key_form })
    }

    fn token_key(&self, table: Option<Tokens>, ccf: &Site) -> Result<TokenKey, TargetError> {
        let Some(tokens) = table else {
            return Ok(TokenKey::Unknown);
        };
        let wants = |what: &str| Err(self.unusable("ccf.tokens", what.to_owned()));
        match (tokens.key, tokens.file, tokens.url) {
            (KeyKind::ServerCertificate, None, None) => Ok(TokenKey::ServerCertificate),
            (KeyKind::ServerCertificate, _, _) => wants("key = \"server-certificate\" is all there is to say"),
            (KeyKind::Pem, Some(file), None) => self.file("ccf.tokens.file", &file).map(TokenKey::Pem),
            (KeyKind::Pem, _, _) => wants("key = \"pem\" needs file = \"…\", and nothing else"),
            (KeyKind::Jwks, Some(file), None) => {
                self.file("ccf.tokens.file", &file).map(|text| TokenKey::Jwks(Jwks::Text(text)))
            }
            (KeyKind::Jwks, None, Some(url)) => {
                let (scheme, site) = self.site("ccf.tokens.url", &url, None)?;
                if scheme == "https" {
                    Ok(TokenKey::Jwks(Jwks::At(site)))
                } else {
                    wants("keys that came in clear verify nothing; write https")
                }
            }
            (KeyKind::Jwks, None, None) => {
                Ok(TokenKey::Jwks(Jwks::At(Site { prefix: ".well-known/jwks.json".to_owned(), ..ccf.clone() })))
            }
            (KeyKind::Jwks, Some(_), Some(_)) => wants("key = \"jwks\" needs a file or a url, not both"),
        }
    }

    fn credentials(
        &self,
        tables: BTreeMap<String, CredentialTable>,
    ) -> Result<BTreeMap<Party, Credential>, TargetError> {
        let mut found = BTreeMap::new();
        for (name, table) in tables {
            let key = format!("ccf.credentials.{name}");
            let party = Party::named(&name).ok_or_else(|| {
                self.unusable(&key, "credentials are for parties: invoker, invoker-2, aef, apf, amf, …".to_owned())
            })?;
            let certificate = self.file(&format!("{key}.certificate"), &table.certificate)?;
            let private = self.file(&format!("{key}.key"), &table.key)?;
            found.insert(party, Credential { id: table.id, certificate, key: private });
        }
        Ok(found)
    }

    /// Whoever can be told to act can be told where owners are asked, unless the file says otherwise.
    fn owner(&self, table: Option<OwnerTable>, control: Option<&Surface>) -> Result<OwnerAdapter, TargetError> {
        match (table, control) {
            (Some(OwnerTable::None {}), _) | (None, None) => Ok(OwnerAdapter::Nothing),
            (Some(OwnerTable::Command { command }), _) => {
                self.command("ccf.owner.command", command).map(OwnerAdapter::Command)
            }
            (Some(OwnerTable::Http {}), None) => {
                let why = "it learns where owners are asked on its control surface; name that in [ccf.control]";
                Err(self.unusable("ccf.owner", why.to_owned()))
            }
            (Some(OwnerTable::Http {}) | None, Some(_)) => Ok(OwnerAdapter::Control),
        }
    }

    fn arrangement(
        &self,
        table: Option<&ArrangementTable>,
        control: Option<&Surface>,
    ) -> Result<Arrangement, TargetError> {
        match table.map_or(ArrangementKind::ApiList, |table| table.kind) {
            ArrangementKind::ApiList => Ok(Arrangement::ApiList),
            ArrangementKind::Preset => Ok(Arrangement::Preset),
            ArrangementKind::None => Ok(Arrangement::Nothing),
            ArrangementKind::Control if control.is_some() => Ok(Arrangement::Control),
            ArrangementKind::Control => {
                let why = "it is told on its control surface; name that in [ccf.control]";
                Err(self.unusable("ccf.arrangement", why.to_owned()))
            }
        }
    }
}
