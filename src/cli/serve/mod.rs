//! `capifspec serve`: reference peers on this machine, and a target file that finds them.

mod files;
mod live;
mod told;

use std::net::IpAddr;

use super::args::ServeArguments;
use super::signals::Signals;
use super::{Failure, show};
use crate::clock::Clock;
use crate::lab::{self, LabError, PORTS_SERVED, ServeOrder};
use crate::run::NotStarted;
use crate::spec::{Release, Role};
use crate::target::{Harness, Overlay, Provision, Target, survey};
use live::Live;

/// The roles that can be served.
const SERVED: [Role; 4] = [Role::CoreFunction, Role::ExposingFunction, Role::Invoker, Role::ResourceOwnerFunction];
/// The first port where nothing else is said.
const FIRST_PORT: u16 = 8443;
/// Where authorities and keys are kept, below the directory of what is served.
const PKI: &str = "pki";

pub(super) fn serve(asked: &ServeArguments) -> Result<u8, Failure> {
    let order = order(asked)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(NotStarted::Runtime)?;
    let live = runtime.block_on(async {
        // Before anything is said to be ready: whoever reads that may end us at once.
        let mut signals = Signals::heeded().map_err(NotStarted::Runtime)?;
        let unwritable = |source| NotStarted::Output { path: asked.dir.clone(), source };
        std::fs::create_dir_all(&asked.dir).map_err(unwritable)?;
        let serving = lab::serve(&order).await.map_err(|error| not_served(&error))?;
        let written = files::hand_over(&serving, &order, asked).map_err(unwritable)?;
        show::print(&told::welcome(&serving, &order, &written));
        let live = (!asked.quiet).then(|| Live::of(&serving));
        signals.next().await;
        let count = serving.timeline.mark().0;
        Ok::<_, Failure>((live, count))
    })?;
    // Whoever is still connected is let go, and no name is waited for that is being looked up.
    runtime.shutdown_background();
    let (live, count) = live;
    if let Some(live) = live {
        live.end();
    }
    show::print(&format!("\n{count} exchanges; whoever was served is gone\n"));
    Ok(0)
}

fn not_served(error: &LabError) -> Failure {
    let mut why = format!("cannot serve: {}", show::chain(error));
    if let LabError::PortTaken(_) = error {
        why.push_str(
            "; end the program that has it, or choose the first of ten ports with --port (0: any that are free)",
        );
    }
    Failure::Usage(why)
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
    // What it says of products is not needed here: neither their names nor their certificates have to be there.
    let file = asked.target.as_deref().map(|path| survey(path, &Overlay::default(), false)).transpose()?;
    let like = file.as_ref().map(|survey| &survey.target);
    let plain = ServeOrder::default();
    Ok(ServeOrder {
        roles,
        release: asked.release.or(like.and_then(|file| file.release)).unwrap_or(Release::DEFAULT),
        faults: asked.fault.iter().copied().collect(),
        seed: asked.seed.unwrap_or_else(new_seed),
        readings: like.map_or(plain.readings, |file| file.readings.clone()),
        deadlines: like.map_or(plain.deadlines, |file| file.deadlines),
        harness: harness(asked, like)?,
        provision: like.and_then(provision),
    })
}

/// What the exposing function of a target file is configured with.
fn provision(like: &Target) -> Option<(Provision, String)> {
    let aef = like.exposing_function.as_ref()?;
    Some((aef.provision.clone()?, aef.site.host.clone()))
}

/// Identifiers that came back would be those of others who still hold certificates for them: no two starts have the same
/// seed, not even those within one second.
fn new_seed() -> u64 {
    Clock::real().now_unix().unsigned_abs() ^ (u64::from(std::process::id()) << 32)
}

/// Where to listen: as the command line says, else as the target file says.
fn harness(asked: &ServeArguments, like: Option<&Target>) -> Result<Harness, Failure> {
    let like = like.map(|file| file.harness.clone()).unwrap_or_default();
    let bind = asked.bind.unwrap_or(like.bind);
    let advertise = match (&asked.advertise, asked.bind) {
        (Some(host), _) => host.clone(),
        (None, Some(bind)) if bind.is_unspecified() => {
            let why = format!("{bind} is no address that others reach; say with --advertise by which they do");
            return Err(Failure::Usage(why));
        }
        (None, Some(bind)) => bind.to_string(),
        (None, None) => like.advertise,
    };
    let ports = match (asked.port, like.ports) {
        (Some(0), _) => None,
        (Some(first), _) => Some(first..=first.saturating_add(PORTS_SERVED - 1)),
        (None, Some(range)) => Some(range),
        (None, None) => Some(FIRST_PORT..=FIRST_PORT + PORTS_SERVED - 1),
    };
    if let Some(range) = ports.as_ref().filter(|range| range.len() < usize::from(PORTS_SERVED)) {
        let (first, last) = (range.start(), range.end());
        let why = format!("the ports {first}-{last} are too few: serve needs {PORTS_SERVED} in a row");
        return Err(Failure::Usage(why));
    }
    Ok(Harness { advertise, bind, ports, pki: Some(like.pki.unwrap_or_else(|| asked.dir.join(PKI))), ..like })
}

/// Whether only this machine reaches an address.
fn is_private(bind: IpAddr) -> bool {
    bind.is_loopback()
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
