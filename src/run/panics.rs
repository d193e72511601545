//! Panics inside steps: caught, kept with their place, and not printed over the report.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Once;

thread_local! {
    static INSIDE_STEP: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

static INSTALL: Once = Once::new();

/// Installs the hook that keeps quiet about panics inside steps. Others are told as always.
pub(super) fn install() {
    INSTALL.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if INSIDE_STEP.get() {
                let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
                PLACE.set(place);
            } else {
                usual(info);
            }
        }));
    });
}

/// Marks this thread as being inside a step for as long as the value lives.
pub(super) struct InsideStep;

impl InsideStep {
    pub(super) fn enter() -> Self {
        INSIDE_STEP.set(true);
        Self
    }
}

impl Drop for InsideStep {
    fn drop(&mut self) {
        INSIDE_STEP.set(false);
    }
}

/// Text of a panic, and where it happened.
pub(super) fn text(payload: &(dyn Any + Send)) -> (String, Option<String>) {
    let text = payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without text".to_owned());
    (text, PLACE.take())
}
