//! What is there: a connection, a handshake, a certificate that fits the trust given; and our own side.

use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs as _};

use super::Line;
use super::surfaces::find_surface;
use crate::clock::Clock;
use crate::lab::route;
use crate::pki::{Summary, certificates_from_pem};
use crate::spec::{Party, Role};
use crate::target::{Jwks, Onboarding, OwnerEndpoint, Site, Target, TokenKey, Trust};
use crate::wire::{self, Distrust, Knocked, Route, Scheme, TlsFacts, knock};

/// Nobody sets up a longer chain: whoever shows one is not misconfigured but odd, and that is for the scenarios to see.
const CHAIN_MAX: usize = 16;
const LISTENING: &str = "listening";

/// A server of the target.
struct Place {
    /// The key that says where it is.
    key: &'static str,
    site: Site,
    trust: Trust,
    /// The key that says what its certificate is verified with.
    trust_key: &'static str,
}

/// Knocks wherever a role listens, and finds its control surface; one connection each.
pub async fn reach(target: &Target, role: Role, clock: &Clock) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut known: Vec<(SocketAddr, String)> = Vec::new();
    for place in places(target, role) {
        let whom = (place.site.address, place.site.host.clone());
        if is_nowhere(place.site.address) || known.contains(&whom) {
            continue;
        }
        known.push(whom);
        lines.extend(at(role.code(), &place, target, clock).await);
    }
    if let Some((key, address)) = in_clear(target, role) {
        lines.push(heard_in_clear(role.code(), key, address, target, clock).await);
    }
    lines.extend(core_port(role, target));
    if let Some(surface) = target.control(role) {
        lines.push(find_surface(role, surface, target, clock).await);
    }
    if let Some(far) = known.iter().map(|(address, _)| address.ip()).find(|address| !address.is_loopback()) {
        lines.extend(advertised(role.code(), target, far));
    }
    lines
}

/// Whether our core function can listen where a product was configured to find it.
fn core_port(role: Role, target: &Target) -> Option<Line> {
    let port = target.provision(role)?.core_port;
    let what = "port of our core function";
    Some(match TcpListener::bind((target.harness.bind, port)) {
        Ok(_free) => Line::ok(role.code(), what, format!("{port} on {} is free", target.harness.bind)),
        Err(error) => Line::problem(
            role.code(),
            what,
            format!("{port} on {} cannot be listened on: {error}", target.harness.bind),
            "end the program that has it, or configure another one, here as aef.enrolment.core-port and at your product",
        )
        .stopping(),
    })
}

/// Where a role would take requests over plain HTTP, as its file says.
fn in_clear(target: &Target, role: Role) -> Option<(&'static str, SocketAddr)> {
    match role {
        Role::CoreFunction => Some(("ccf.plain-http", target.core_function.as_ref()?.plain_http?)),
        Role::ExposingFunction => Some(("aef.plain-http", target.exposing_function.as_ref()?.plain_http?)),
        Role::Invoker
        | Role::ResourceOwnerFunction
        | Role::PublishingFunction
        | Role::ManagementFunction
        | Role::PeerCoreFunction => None,
    }
}

/// Where nobody listens, nothing is taken in clear: scenarios hold there that say nothing of the product.
async fn heard_in_clear(about: &str, key: &str, address: SocketAddr, target: &Target, clock: &Clock) -> Line {
    let what = format!("port of {key}");
    let route = Route { server: wire::Party::new(about), address, host: address.to_string(), scheme: Scheme::Plain };
    match knock(&route, clock, target.deadlines).await {
        Knocked::Nobody { why } => {
            let seen = format!(
                "nobody listens at {address}: {why}; the scenarios about plain HTTP hold then because nothing is there: \
                 correct {key} where it is the wrong place"
            );
            // A product that has closed it is right, and one that is elsewhere looks the same.
            Line::not_checkable(about, &what, seen).noted()
        }
        Knocked::Open { .. } | Knocked::Broken { .. } | Knocked::Distrusted { .. } => {
            Line::ok(about, &what, format!("{address} takes connections"))
        }
    }
}

/// Whether an address is not known.
pub(super) fn is_nowhere(address: SocketAddr) -> bool {
    address.ip().is_unspecified() && address.port() == 0
}

fn places(target: &Target, role: Role) -> Vec<Place> {
    match role {
        Role::CoreFunction => of_core_function(target),
        Role::ExposingFunction => {
            let aef = target.exposing_function.iter();
            aef.map(|aef| place("aef.url", &aef.site, &aef.trust, "aef.trust")).collect()
        }
        Role::ResourceOwnerFunction => target.resource_owner_function.iter().filter_map(of_owner_function).collect(),
        Role::Invoker | Role::PublishingFunction | Role::ManagementFunction | Role::PeerCoreFunction => Vec::new(),
    }
}

fn place(key: &'static str, site: &Site, trust: &Trust, trust_key: &'static str) -> Place {
    Place { key, site: site.clone(), trust: trust.clone(), trust_key }
}

fn of_core_function(target: &Target) -> Vec<Place> {
    let Some(ccf) = &target.core_function else {
        return Vec::new();
    };
    let mut places = vec![place("ccf.url", &ccf.site, &ccf.trust, "ccf.trust")];
    places.extend(ccf.apis.values().map(|site| place("ccf.apis", site, &ccf.trust, "ccf.trust")));
    if let Onboarding::OpencapifRegister(register) = &ccf.onboarding {
        places.push(place("ccf.onboarding.url", &register.site, &register.trust, "ccf.onboarding.trust"));
    }
    if let TokenKey::Jwks(Jwks::At(site)) = &ccf.token_key {
        places.push(place("ccf.tokens.url", site, &ccf.trust, "ccf.trust"));
    }
    places
}

fn of_owner_function(rof: &OwnerEndpoint) -> Option<Place> {
    let authority = rof.url.strip_prefix("https://")?.split('/').next()?;
    let named = if authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']')) {
        authority.to_owned()
    } else {
        format!("{authority}:443")
    };
    let (host, port) = named.rsplit_once(':')?;
    let site = Site {
        host: host.to_owned(),
        port: port.parse().ok()?,
        prefix: String::new(),
        address: named.to_socket_addrs().ok()?.next()?,
    };
    let roots = certificates_from_pem(&rof.roots).ok()?;
    let trust = Trust::Roots(roots.into_iter().map(|root| root.as_ref().to_vec()).collect());
    Some(Place { key: "rof.url", site, trust, trust_key: "rof.trust" })
}

async fn at(about: &str, place: &Place, target: &Target, clock: &Clock) -> Vec<Line> {
    let Place { key, site, trust, trust_key } = place;
    let (port, tls) = (format!("port of {key}"), format!("TLS of {key}"));
    let route = match route(Party::CORE_FUNCTION, site, trust) {
        Ok(route) => route,
        Err(error) => {
            return vec![Line::problem(about, &tls, error.to_string(), format!("look at {trust_key}")).stopping()];
        }
    };
    let taken = |seen: &str| Line::ok(about, &port, format!("{} {seen}", site.address));
    match knock(&route, clock, target.deadlines).await {
        Knocked::Nobody { why } => {
            let cure = format!("start it, or correct {key}{}", elsewhere(site));
            vec![Line::problem(about, &port, format!("nobody listens at {}: {why}", site.address), cure).stopping()]
        }
        Knocked::Open { tls: None } => vec![taken("takes connections, in clear")],
        Knocked::Open { tls: Some(facts) } => {
            let agreed = [facts.version.clone(), facts.suite.clone()].into_iter().flatten().collect::<Vec<_>>();
            let seen = format!("{}; {}", shown(&facts), agreed.join(" "));
            vec![taken("takes connections"), Line::ok(about, &tls, seen)]
        }
        Knocked::Distrusted { why, tls: facts } => {
            let line = distrusted(about, &tls, trust_key, site, why, &facts);
            vec![taken("takes connections"), if facts.server_chain.len() > CHAIN_MAX { line } else { line.stopping() }]
        }
        Knocked::Broken { outcome, tls: facts } => {
            let cure = format!("see its own log; is {key} the TLS port? A run goes on and says what comes of it");
            vec![taken("takes connections"), Line::problem(about, &tls, format!("{outcome}; {}", shown(&facts)), cure)]
        }
    }
}

/// A name may have more addresses than the first.
fn elsewhere(site: &Site) -> String {
    let found = format!("{}:{}", site.host, site.port).to_socket_addrs();
    let others: Vec<String> = found
        .into_iter()
        .flatten()
        .filter(|address| *address != site.address && address.port() == site.address.port())
        .map(|address| address.to_string())
        .collect();
    if others.is_empty() {
        String::new()
    } else {
        format!("; its name also stands for {}, which connect-to can choose", others.join(", "))
    }
}

fn distrusted(about: &str, what: &str, key: &str, site: &Site, why: Distrust, facts: &TlsFacts) -> Line {
    let (seen, cure) = match why {
        Distrust::UnknownRoot => (
            "unknown root: its certificate chains to none of the roots",
            format!("name the root of its issuer in {key}.roots; does it send its intermediate certificates?"),
        ),
        Distrust::OtherKey => (
            "unknown root: there is one of its issuer's name, with another key",
            format!("is the file of {key}.roots from before its authority was made anew?"),
        ),
        Distrust::OtherName => (
            "wrong name: its certificate is not for the host called",
            format!(
                "call it by a name of its certificate, with connect-to where that does not resolve: it was called {}",
                site.host
            ),
        ),
        Distrust::Expired => {
            ("expired: the time of its certificate is over", "give it a new certificate, or set the clocks".to_owned())
        }
        Distrust::NotYetValid => (
            "not yet valid: the time of its certificate has not come",
            "set the clocks, or give it a new certificate".to_owned(),
        ),
        Distrust::OtherCertificate => (
            "it shows another certificate than the one named",
            format!("name the one that it shows in {key}.server-certificate"),
        ),
    };
    Line::problem(about, what, format!("{seen}; {}", shown(facts)), cure)
}

/// What a server has shown.
fn shown(facts: &TlsFacts) -> String {
    let Some(leaf) = facts.server_chain.first() else {
        return "it showed no certificate".to_owned();
    };
    match Summary::of(leaf) {
        None => "it showed something that is no certificate".to_owned(),
        Some(leaf) => {
            let names = if leaf.names.is_empty() { "no name".to_owned() } else { leaf.names.join(" ") };
            format!("shown: {}, issued by {}, for {names}, good until {}", leaf.subject, leaf.issuer, leaf.not_after)
        }
    }
}

/// Whether a product elsewhere can reach us under the address that it is told.
fn advertised(about: &str, target: &Target, far: IpAddr) -> Option<Line> {
    let own = &target.harness.advertise;
    let local = own == "localhost" || own.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    local.then(|| {
        Line::problem(
            about,
            "way back to us",
            format!("it is at {far} and is told to call us at {own}, which is itself there"),
            "name an address of this machine that it can reach in harness.advertise",
        )
    })
}

/// Whether our own roles can listen where the file says.
#[must_use]
pub fn own_side(target: &Target) -> Line {
    let harness = &target.harness;
    let ports = harness.ports.clone().unwrap_or(0..=0);
    let span = format!("{}-{}", ports.start(), ports.end());
    let wanted = ports_wanted(target.external());
    if let Some(line) = too_few_ports(target, target.external()) {
        return line;
    }
    let mut refusal = None;
    let mut free = 0;
    for port in ports {
        match TcpListener::bind((harness.bind, port)) {
            Ok(_listener) => free += 1,
            Err(error) => refusal = Some(error),
        }
    }
    match (refusal, free) {
        (Some(error), 0) => Line::problem(
            "harness",
            LISTENING,
            format!("nothing can listen on {}: {error}", harness.bind),
            "name an address of this machine in harness.bind, and free ports in harness.ports",
        )
        .stopping(),
        (_, free) if harness.ports.is_some() && free < wanted => Line::problem(
            "harness",
            LISTENING,
            format!("{free} ports of {span} are free on {}", harness.bind),
            format!("one scenario needs up to {wanted}; free some, or widen harness.ports"),
        ),
        (_, free) => {
            let which = if harness.ports.is_some() {
                format!("{free} ports of {span} are free")
            } else {
                "any port".to_owned()
            };
            Line::ok(
                "harness",
                LISTENING,
                format!("{which} on {}, told to others as {}", harness.bind, harness.advertise),
            )
        }
    }
}

/// Whether the ports named are too few for one scenario that judges one of these roles.
#[must_use]
pub fn too_few_ports(target: &Target, judged: impl IntoIterator<Item = Role>) -> Option<Line> {
    let ports = target.harness.ports.clone()?;
    let wanted = ports_wanted(judged);
    let there = ports.clone().count();
    (there < wanted).then(|| {
        Line::problem(
            "harness",
            LISTENING,
            format!("{}-{} are {there} ports, and one scenario needs up to {wanted}", ports.start(), ports.end()),
            format!("widen harness.ports: {wanted} for each job that runs at once"),
        )
        .stopping()
    })
}

fn ports_wanted(judged: impl IntoIterator<Item = Role>) -> usize {
    let of_role = |role| PORTS_WANTED.iter().find(|(judged, _)| *judged == role).map_or(0, |(_, ports)| *ports);
    judged.into_iter().map(of_role).max().unwrap_or(0)
}

/// How many listeners of ours the largest scenario has that judges a product in this role. A test runs all of them with so
/// many ports, and finds the largest to need them.
pub const PORTS_WANTED: [(Role, usize); 6] = [
    (Role::CoreFunction, 18),
    (Role::ExposingFunction, 7),
    (Role::Invoker, 11),
    (Role::ResourceOwnerFunction, 5),
    (Role::ManagementFunction, 3),
    (Role::PublishingFunction, 4),
];
