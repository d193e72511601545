//! The register service of OpenCAPIF: for each enrolment a user is made, and goes again when the scenario is over.
//!
//! It is no API of CAPIF: what is said to it stays out of the record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::enrolling::Admission;
use super::{Lab, LabError, Leftover, Stop, route};
use crate::checks::lens;
use crate::clock::{Clock, Deadlines, Names};
use crate::operation;
use crate::pki::certificates_from_pem;
use crate::spec::{Operation, Party};
use crate::target::{Endpoint, Onboarding, RegisterService, Target, Trust};
use crate::wire::{Caller, Exchange, Request, Route, Timeline};

/// How often another name is tried where a user of that name is there already.
const NAMES_MAX: usize = 3;
const CONFLICT: u16 = 409;
/// The step in which a user is told what it needs.
const TELL: &str = "tell a user how to enrol (GET getauth)";

/// A user that was made.
#[derive(Clone, Debug)]
pub(super) struct User {
    name: String,
    uuid: Option<String>,
}

impl User {
    /// What it is, for whoever has to delete it by hand.
    pub(super) fn title(&self) -> String {
        let uuid = self.uuid.as_deref().unwrap_or("unknown uuid");
        format!("user {} ({uuid}) of the register service", self.name)
    }
}

/// The service, and who speaks to it.
struct Desk {
    route: Route,
    path: String,
    caller: Caller,
    apart: Timeline,
}

impl Lab {
    /// Makes a user, and gets what lets it enrol.
    pub(super) async fn fresh_user(&mut self, register: &RegisterService) -> Result<Admission, Stop> {
        let desk = Desk::open(register, &self.clock, self.target.deadlines)?;
        let admin = self.logged_in(&desk, register).await?;
        let password = self.names.fresh("password");
        self.enrolment_tokens.push(password.clone());
        let user = desk.created_user(&admin, &self.names, &password).await?;
        let name = user.name.clone();
        self.enrolments.users.push(user);
        let told = desk.told(&name, &password).await?;
        let token = text(&told, "access_token").ok_or_else(|| lacks(TELL, "access_token"))?;
        self.enrolment_tokens.push(token.clone());
        Ok(Admission {
            token: Some(token),
            onboarding: told_path(&told, "ccf_onboarding_url", operation!("CreateOnboardedAPIInvoker")),
            registration: told_path(&told, "ccf_api_onboarding_url", operation!("CreateApiProvRegist")),
        })
    }

    async fn logged_in(&mut self, desk: &Desk, register: &RegisterService) -> Result<String, Stop> {
        let token = desk.logged_in(register).await?;
        self.enrolment_tokens.push(token.clone());
        Ok(token)
    }

    /// Deletes the users, the last one first: those that are left, and why.
    pub(super) async fn delete_users(&mut self, register: &RegisterService) -> Vec<(User, String)> {
        let mut users = std::mem::take(&mut self.enrolments.users);
        if users.is_empty() {
            return Vec::new();
        }
        users.reverse();
        let desk = match Desk::open(register, &self.clock, self.target.deadlines) {
            Ok(desk) => desk,
            Err(error) => return all(users, &error.to_string()),
        };
        let admin = match self.logged_in(&desk, register).await {
            Ok(admin) => admin,
            Err(stop) => return all(users, stop.reason()),
        };
        let mut left = Vec::new();
        for user in users {
            left.extend(desk.delete(&admin, &user).await.map(|why| (user, why)));
        }
        left
    }
}

/// The same target, its core function verified with the root that the register service tells, where the file leaves that
/// to it. A user is made for that, and goes again; told is what is left of it.
///
/// # Errors
/// When the register service does not tell it.
pub async fn with_told_trust(target: Target) -> Result<(Target, Option<Leftover>), Stop> {
    let told = target.core_function.as_ref().filter(|core| matches!(core.trust, Trust::Told));
    let Some(Onboarding::OpencapifRegister(register)) = told.map(|core| &core.onboarding) else {
        return Ok((target, None));
    };
    let clock = Clock::real();
    let names = Names::new(1, &format!("root told at {} to {}", clock.monotonic_us(), clock.now_unix()));
    let desk = Desk::open(register, &clock, target.deadlines)?;
    let admin = desk.logged_in(register).await?;
    let password = names.fresh("password");
    let user = desk.created_user(&admin, &names, &password).await?;
    let told = desk.told(&user.name, &password).await;
    let left = desk.delete(&admin, &user).await;
    let left = left.map(|why| Leftover { what: user.title(), why });
    let pem = text(&told?, "ca_root").ok_or_else(|| lacks(TELL, "ca_root"))?;
    let roots = certificates_from_pem(&pem)
        .map_err(|error| Stop::Inconclusive(format!("the ca_root that the register service tells is none: {error}")))?;
    let trust = Trust::Roots(roots.iter().map(|root| root.as_ref().to_vec()).collect());
    let core_function = target.core_function.map(|core| Endpoint { trust, ..core });
    Ok((Target { core_function, ..target }, left))
}

impl Desk {
    fn open(register: &RegisterService, clock: &Clock, deadlines: Deadlines) -> Result<Self, LabError> {
        let apart = Timeline::new(clock.clone());
        let caller = Caller::new(apart.clone(), clock.clone(), deadlines);
        let route = route(Party::CORE_FUNCTION, &register.site, &register.trust)?;
        Ok(Self { route, path: register.site.path(), caller, apart })
    }

    async fn logged_in(&self, register: &RegisterService) -> Result<String, Stop> {
        let step = "let the administrator log in (POST login)";
        let basic = basic(&register.admin, &register.password);
        let told = self.ask(step, Request::new("POST", &self.at("login")).header("Authorization", &basic)).await?;
        text(&told, "access_token").ok_or_else(|| lacks(step, "access_token"))
    }

    /// A user of a name that was free, which is ours from then on.
    async fn created_user(&self, admin: &str, names: &Names, password: &str) -> Result<User, Stop> {
        let step = "create a user (POST createUser)";
        let mut met = None;
        for _ in 0..NAMES_MAX {
            let name = names.fresh("capifspec");
            let user = json!({
                "username": name, "password": password, "enterprise": "capifspec", "country": "none",
                "email": format!("{name}@example.com"), "purpose": "conformance test",
            });
            let request =
                Request::new("POST", &self.at("createUser")).header("Authorization", &format!("Bearer {admin}"));
            let exchange = self.call(request.body("application/json", user.to_string())).await?;
            if exchange.status() == Some(CONFLICT) {
                met = Some(exchange);
                continue;
            }
            if !lens::accepted(&exchange) {
                return Err(did_not(step, &exchange));
            }
            let uuid = lens::answer_object(&exchange).and_then(|told| text(&Value::Object(told), "uuid"));
            return Ok(User { name, uuid });
        }
        Err(met.map_or_else(|| lacks(step, "answer"), |exchange| did_not(step, &exchange)))
    }

    /// What a user is told: its token, the root of the core function, and where its APIs are.
    async fn told(&self, name: &str, password: &str) -> Result<Value, Stop> {
        let request = Request::new("GET", &self.at("getauth")).header("Authorization", &basic(name, password));
        self.ask(TELL, request).await
    }

    fn at(&self, place: &str) -> String {
        format!("{}/{place}", self.path)
    }

    async fn call(&self, request: Request) -> Result<std::sync::Arc<Exchange>, LabError> {
        let tester = crate::wire::Party::new("tester");
        let id = self.caller.call(&tester, None, &self.route, &request, "register service").await;
        self.apart.get(id).ok_or(LabError::Lost)
    }

    async fn ask(&self, step: &str, request: Request) -> Result<Value, Stop> {
        let exchange = self.call(request).await?;
        let answer = lens::answer_object(&exchange).filter(|_| lens::accepted(&exchange));
        answer.map(Value::Object).ok_or_else(|| did_not(step, &exchange))
    }

    /// Why a user could not be deleted.
    async fn delete(&self, admin: &str, user: &User) -> Option<String> {
        let Some(uuid) = &user.uuid else {
            return Some("the register service did not tell its uuid".to_owned());
        };
        let place = self.at(&format!("deleteUser/{}", crate::drive::stimulus::path_segment(uuid)));
        let request = Request::new("DELETE", &place).header("Authorization", &format!("Bearer {admin}"));
        match self.call(request).await {
            Ok(exchange) if lens::accepted(&exchange) || exchange.status() == Some(404) => None,
            Ok(exchange) => Some(lens::ending(&exchange)),
            Err(error) => Some(error.to_string()),
        }
    }
}

fn all(users: Vec<User>, why: &str) -> Vec<(User, String)> {
    users.into_iter().map(|user| (user, why.to_owned())).collect()
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

fn text(told: &Value, name: &str) -> Option<String> {
    told.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn did_not(step: &str, exchange: &Exchange) -> Stop {
    Stop::Inconclusive(format!("the register service of [ccf.onboarding] did not {step}: {}", lens::ending(exchange)))
}

fn lacks(step: &str, what: &str) -> Stop {
    Stop::Inconclusive(format!("the register service of [ccf.onboarding] did not {step}: its answer holds no {what}"))
}

/// The path that the service tells for an operation, absolute or not; none where it is no path of that operation.
fn told_path(told: &Value, name: &str, operation: &'static Operation) -> Option<String> {
    let url = text(told, name)?;
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.get(rest.find('/')?..)?.to_owned(),
        None => format!("/{}", url.trim_start_matches('/')),
    };
    let (found, _) = Operation::matching(operation.method, &path)?;
    std::ptr::eq(found, operation).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_as_told_where_they_are_those_of_the_operation() {
        let register = operation!("CreateApiProvRegist");
        let path = |url: &str| told_path(&json!({ "url": url }), "url", register);
        for url in ["api-provider-management/v1/registrations", "/api-provider-management/v1/registrations"] {
            assert_eq!(path(url).as_deref(), Some("/api-provider-management/v1/registrations"));
        }
        let elsewhere = path("https://capif.example/x/api-provider-management/v1/registrations");
        assert_eq!(elsewhere.as_deref(), Some("/x/api-provider-management/v1/registrations"));
        assert_eq!(path("somewhere/else"), None);
        assert_eq!(path(""), None);
    }
}
