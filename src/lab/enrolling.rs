//! How the right to enrol is had: the onboarding adapters of a target.

use super::program;
use super::{Lab, Stop};
use crate::clock::within;
use crate::target::{CommandLine, Onboarding};

/// What a party was given to enrol with.
#[derive(Clone, Debug, Default)]
pub(super) struct Admission {
    /// What it shows as a bearer token.
    pub(super) token: Option<String>,
    /// Where it onboards as an invoker, where that was said.
    pub(super) onboarding: Option<String>,
    /// Where it registers as a provider, where that was said.
    pub(super) registration: Option<String>,
}

impl Lab {
    /// What lets the next party enrol.
    pub(super) async fn admission(&mut self) -> Result<Admission, Stop> {
        if !self.core.enrolment.present.has_token() {
            return Ok(Admission::default());
        }
        let token = match &self.core.onboarding {
            Onboarding::Nothing => return Ok(Admission::default()),
            Onboarding::StaticToken(token) => token.clone(),
            Onboarding::Command(line) => self.printed_token(line).await?,
            Onboarding::OpencapifRegister(register) => {
                let register = register.clone();
                return self.fresh_user(&register).await;
            }
        };
        self.enrolment_tokens.push(token.clone());
        Ok(Admission { token: Some(token), ..Admission::default() })
    }

    /// What lets a provider register its functions: the secret that it puts into regSec, and what admits it.
    ///
    /// Where a secret is named for providers it is also their bearer token, since TS 29.222 says nothing about how a
    /// management function without a certificate authorizes itself. OpenCAPIF wants the token of a user instead, in both
    /// places where no secret is named.
    pub(super) async fn registration(&mut self) -> Result<(Option<String>, Admission), Stop> {
        let secret = self.core.registration_secret.clone();
        let has_users = matches!(self.core.onboarding, Onboarding::OpencapifRegister(_));
        if secret.is_none() || has_users {
            let admission = self.admission().await?;
            return Ok((secret.or_else(|| admission.token.clone()), admission));
        }
        let token = secret.clone().filter(|_| self.core.enrolment.present.has_token());
        Ok((secret, Admission { token, ..Admission::default() }))
    }

    async fn printed_token(&self, line: &CommandLine) -> Result<String, Stop> {
        let inconclusive = |why: String| Stop::Inconclusive(format!("the command of [ccf.onboarding]: {why}"));
        let ended = within(self.target.deadlines.step, program::run(line, "")).await;
        let ended = ended.map_err(|overdue| inconclusive(overdue.to_string()))?;
        let output = ended.map_err(|error| inconclusive(error.to_string()))?;
        let token = output.text.trim();
        if output.code == Some(0) && !token.is_empty() {
            return Ok(token.to_owned());
        }
        Err(inconclusive(format!("`{}` printed no token", line.program)))
    }
}
