//! The control surface of a built-in role, over plain HTTP on the loopback (see [`crate::control`]).

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

use crate::actors::problem::Problem;
use crate::actors::{Settings, StartError};
use crate::control::{Act, ActOutcome, Capabilities, Order, Report, SCHEMA};
use crate::spec::Role;
use crate::wire::{Gate, Handler, Incoming, Reply, Server, ServerTls, Timeline};

/// A role that can be told to act.
pub(super) trait Actor: Send + Sync + 'static {
    /// The role.
    fn role(&self) -> Role;
    /// The acts that it knows.
    fn acts(&self) -> &'static [Act];
    /// Carries out one of them.
    fn act(&self, act: Act, with: Value) -> BoxFuture<'_, Report>;
    /// Forgets everything.
    fn reset(&self);
}

/// Lets a role be told to act. What is said on the surface is no traffic of CAPIF: it stays out of the record.
pub(super) async fn open(actor: Arc<impl Actor>, settings: &Settings) -> Result<Server, StartError> {
    let apart = Settings { timeline: Timeline::new(settings.clock.clone()), gate: Gate::default(), ..settings.clone() };
    apart.bind(ServerTls::Plain, Arc::new(Surface(actor))).await
}

struct Surface<A>(Arc<A>);

impl<A: Actor> Handler for Surface<A> {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(async move { self.serve(&incoming).await.unwrap_or_else(Problem::reply) })
    }
}

impl<A: Actor> Surface<A> {
    async fn serve(&self, incoming: &Incoming) -> Result<Reply, Problem> {
        match (incoming.target.as_str(), incoming.method.as_str()) {
            ("/act", "POST") => {
                let order = serde_json::from_slice(&incoming.body);
                let order = order.map_err(|error| Problem::bad_request(&format!("this is no order: {error}")))?;
                Ok(json(&self.carry_out(order).await))
            }
            ("/reset", "POST") => {
                self.0.reset();
                Ok(Reply::new(204))
            }
            ("/capabilities", "GET") => Ok(json(&Capabilities {
                schema: SCHEMA.to_owned(),
                role: self.0.role(),
                acts: self.0.acts().iter().map(|act| act.word().to_owned()).collect(),
            })),
            ("/act" | "/reset", _) => Err(Problem::method_not_allowed("POST")),
            ("/capabilities", _) => Err(Problem::method_not_allowed("GET")),
            _ => Err(Problem::not_found("the surface has /act, /reset and /capabilities")),
        }
    }

    async fn carry_out(&self, order: Order) -> Report {
        match order.action.parse() {
            Ok(act) if self.0.acts().contains(&act) => self.0.act(act, order.with).await,
            Ok(_) | Err(_) => Report { outcome: ActOutcome::Unsupported, detail: Value::Null },
        }
    }
}

fn json(body: &impl Serialize) -> Reply {
    match serde_json::to_string(body) {
        Ok(text) => Reply::new(200).body("application/json", text),
        Err(_unwritable) => Problem::internal("the answer cannot be written").reply(),
    }
}
