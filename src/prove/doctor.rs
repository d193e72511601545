//! The doctor: is it the set-up that is wrong, or the product?
//!
//! A run asks the cheap part first: one connection for each place where a role listens, and what control surfaces know.
//! It stops, and judges nothing, only where nobody listens, where the certificate does not fit the trust given, where a
//! control surface is not there or says that it is another role's, or where our own roles have too few ports. A product
//! that takes the connection and then behaves oddly is judged: that is what scenarios are for.

use std::sync::Arc;

use crate::clock::Clock;
use crate::fault::FaultSet;
pub use crate::lab::doctor::{Line, State};
use crate::lab::doctor::{ask_surface, own_side, reach, too_few_ports};
use crate::lab::{Lab, Material, Plan};
use crate::redact::Redactor;
use crate::run::feature::Scenario;
use crate::spec::{Release, Role};
use crate::target::{Surface, Survey, Target, Unmet, Wants, is_of_domain};

/// Looks at whatever scenarios need that judge external roles, and says what stops a run, and what it does without.
pub async fn before_a_run(target: &Target, scenarios: &[Scenario]) -> Vec<Line> {
    let clock = Clock::real();
    let mut lines = Vec::new();
    let judged: Vec<Role> = target
        .external()
        .into_iter()
        .filter(|role| scenarios.iter().any(|scenario| is_judged_with(*role, scenario.sut)))
        .collect();
    lines.extend(too_few_ports(target, judged.iter().copied()));
    for role in judged {
        lines.extend(reach(target, role, &clock).await);
        if let Some(surface @ Surface::Http(_)) = target.control(role) {
            lines.extend(ask_surface(role, surface, target, &clock).await);
        }
    }
    lines.retain(|line| line.stops_a_run || line.is_noted);
    lines
}

/// The functions of a provider domain are judged with the exposing function.
fn is_judged_with(role: Role, judged: Role) -> bool {
    let of_domain = [Role::PublishingFunction, Role::ManagementFunction].contains(&role);
    role == judged || (of_domain && judged == Role::ExposingFunction)
}

/// Looks at everything that can be looked at. It enrols parties at a core function, and deletes them again.
pub async fn examine(survey: &Survey) -> Vec<Line> {
    let target = &survey.target;
    let clock = Clock::real();
    let mut lines = vec![own_side(target)];
    for role in target.external() {
        lines.extend(of_unmet(role, &survey.unmet));
        lines.extend(reach(target, role, &clock).await);
        if let Some(surface) = target.control(role) {
            lines.extend(ask_surface(role, surface, target, &clock).await);
        } else {
            let why =
                format!("none is named in [{}.control]: what it has to be told for is not applicable", role.code());
            lines.push(Line::not_checkable(role.code(), "control surface", why));
        }
    }
    for role in tried(target) {
        let more = Box::pin(try_out(survey, role, &lines)).await;
        lines.extend(more);
    }
    lines
}

/// Whom each trial is made with: one product in each, and the functions of a provider domain together.
fn tried(target: &Target) -> Vec<Role> {
    let mut roles = Vec::new();
    for role in target.external() {
        let sut = if is_of_domain(role) { Role::ExposingFunction } else { role };
        if !roles.contains(&sut) {
            roles.push(sut);
        }
    }
    roles
}

/// What a target file wants that is not there.
fn of_unmet(role: Role, unmet: &[Unmet]) -> Vec<Line> {
    let own = unmet.iter().filter(|one| one.key.split('.').next() == Some(role.code()));
    own.map(|one| {
        let (what, cure) = match one.wants {
            Wants::Name => ("name resolution", "correct the name, or say where to connect with connect-to"),
            Wants::Secret => ("secret", "make it available where the file says that it comes from"),
            Wants::File => ("file", "put it where the file says that it is"),
        };
        Line::problem(role.code(), &format!("{what} of {}", one.key), format!("{}: {}", one.origin, one.why), cure)
            .stopping()
    })
    .collect()
}

async fn try_out(survey: &Survey, sut: Role, before: &[Line]) -> Vec<Line> {
    let target = survey.target.judging(sut);
    let parties = target.external();
    let about = parties.first().copied().unwrap_or(sut).code();
    let not_tried = |why: &str| vec![Line::not_checkable(about, "everything else", why)];
    let concerns = |line: &&Line| parties.iter().any(|role| line.about == role.code());
    if before.iter().filter(concerns).any(|line| line.stops_a_run && line.state == State::Problem) {
        return not_tried("what stands above has to be mended first");
    }
    if sut != Role::CoreFunction && target.asks_a_person() {
        return not_tried("a person is asked to let it act in a run only");
    }
    let lab = match plan(&survey.target, sut) {
        Ok(plan) => Box::pin(Lab::start(plan)).await.map_err(|stop| stop.reason().to_owned()),
        Err(error) => Err(error.to_string()),
    };
    match lab {
        Err(why) => not_tried(&why),
        Ok(mut lab) => {
            let lines = Box::pin(lab.check_up()).await;
            let mut redactor = Redactor::new();
            lab.secrets().iter().for_each(|secret| redactor.register("secret", secret));
            lines.into_iter().map(|line| Line { seen: redactor.text(&line.seen), ..line }).collect()
        }
    }
}

fn plan(target: &Target, sut: Role) -> Result<Plan, crate::pki::PkiError> {
    let clock = Clock::real();
    Ok(Plan {
        target: Arc::new(target.clone()),
        release: target.release.unwrap_or(Release::DEFAULT),
        faults: FaultSet::default(),
        manner: None,
        material: Material::make(&clock, &target.harness)?,
        sut,
        seed: 1,
        scenario: "doctor".to_owned(),
    })
}
