//! How the right to enrol is had: the onboarding adapters of a target.

use super::program;
use super::{Lab, Stop};
use crate::clock::within;
use crate::target::{CommandLine, Onboarding};

impl Lab {
    /// What lets the next party enrol; none where it is not asked for.
    pub(super) async fn enrolment_token(&mut self) -> Result<Option<String>, Stop> {
        let token = match &self.core.onboarding {
            Onboarding::Nothing => return Ok(None),
            Onboarding::StaticToken(token) => return Ok(Some(token.clone())),
            Onboarding::Command(line) => self.printed_token(line).await?,
            Onboarding::OpencapifRegister(_) => return Err(Stop::Harness("not there yet".to_owned())),
        };
        self.enrolment_tokens.push(token.clone());
        Ok(Some(token))
    }

    /// What lets a provider register its functions.
    pub(super) async fn registration_secret(&mut self) -> Result<Option<String>, Stop> {
        match &self.core.registration_secret {
            Some(secret) => Ok(Some(secret.clone())),
            None => self.enrolment_token().await,
        }
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
