//! `capifspec serve`: reference peers on this machine, and a target file that finds them.

mod files;

use super::args::ServeArguments;
use super::{Failure, show};
use crate::fault::FaultSet;
use crate::lab::{self, ServeOrder, Serving};
use crate::run::NotStarted;
use crate::spec::{Release, Role};

/// The roles that can be served.
const SERVED: [Role; 4] = [Role::CoreFunction, Role::ExposingFunction, Role::Invoker, Role::ResourceOwnerFunction];

pub(super) fn serve(asked: &ServeArguments) -> Result<u8, Failure> {
    let order = order(asked)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(NotStarted::Runtime)?;
    runtime.block_on(async {
        let serving = lab::serve(&order).await;
        let serving = serving.map_err(|error| Failure::Usage(format!("cannot serve: {}", show::chain(&error))))?;
        let written = files::hand_over(&serving, order.release, &asked.dir)
            .map_err(|source| NotStarted::Output { path: asked.dir.clone(), source })?;
        show::print(&welcome(&serving, &written));
        let interrupted = tokio::signal::ctrl_c().await;
        interrupted.map_err(NotStarted::Runtime)?;
        show::print(&format!("\n{} exchanges; whoever was served is gone\n", serving.timeline.snapshot().len()));
        Ok(0)
    })
}

fn order(asked: &ServeArguments) -> Result<ServeOrder, Failure> {
    let mut roles = asked.role.clone();
    if roles.is_empty() {
        roles.push(Role::CoreFunction);
    }
    for role in &roles {
        servable(*role)?;
    }
    for fault in &asked.fault {
        let role = fault.role();
        if !roles.iter().any(|served| lab::is_played_by(role, *served)) {
            let cure = format!("the fault {fault} is one of the {}; add --role {}", role.title(), role.code());
            return Err(Failure::Usage(cure));
        }
    }
    Ok(ServeOrder {
        roles,
        release: asked.release.unwrap_or(Release::DEFAULT),
        faults: asked.fault.iter().copied().collect::<FaultSet>(),
        seed: asked.seed,
        ..ServeOrder::default()
    })
}

fn servable(role: Role) -> Result<(), Failure> {
    if SERVED.contains(&role) {
        return Ok(());
    }
    let why = match role {
        Role::PublishingFunction | Role::ManagementFunction => {
            "an exposing function brings its provider domain with it; write --role aef"
        }
        Role::PeerCoreFunction
        | Role::CoreFunction
        | Role::ExposingFunction
        | Role::Invoker
        | Role::ResourceOwnerFunction => "there is no such reference peer; write ccf, aef, invoker or rof",
    };
    Err(Failure::Usage(format!("cannot serve the {}: {why}", role.title())))
}

fn welcome(serving: &Serving, written: &files::Written) -> String {
    let dir = written.directory.display();
    let mut out = "Until Ctrl-C, there are\n\n".to_owned();
    let mut listed = |what: &str, at: &str| out.push_str(&format!("  {what:28} {at}\n"));
    if let Some(core) = &serving.core_function {
        listed("core function (ccf)", &core.url);
        listed("  is told to act at", &core.control_url);
    }
    if let Some(aef) = &serving.exposing_function {
        listed("exposing function (aef)", &aef.url);
        listed("  is told to act at", &aef.control_url);
    }
    if let Some(invoker) = &serving.invoker {
        listed("invoker", &format!("told to act at {}", invoker.control_url));
        listed("  notifications", &invoker.callback_url);
    }
    if let Some(rof) = &serving.owner_function {
        listed("resource owner function", &rof.url);
        listed("  is told to act at", &rof.control_url);
    }
    out.push('\n');
    for (name, what) in &written.files {
        out.push_str(&format!("  {what:28} {dir}/{name}\n"));
    }
    if let Some(core) = &serving.core_function {
        out.push_str(&format!(
            "\nOnboard, with an APIInvokerEnrolmentDetails of your own in enrolment.json:\n  \
             curl --cacert {dir}/ca.pem -H \"Authorization: Bearer $(cat {dir}/onboarding-token)\" \\\n    \
             --json @enrolment.json {}/api-invoker-management/v1/onboardedInvokers\n",
            core.url
        ));
    }
    out.push_str(&format!("\nJudge it:  capifspec run --target {dir}/target.toml\n"));
    out
}
