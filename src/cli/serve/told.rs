//! What the user of served peers is told.

use super::files::Written;
use super::is_private;
use crate::lab::{ServeOrder, Serving};

/// Where everything is, and what to do with it. How to judge it is said last: who waits for that knows that all is ready.
pub(super) fn welcome(serving: &Serving, order: &ServeOrder, written: &Written) -> String {
    let dir = written.directory.display();
    let mut out = "Served until Ctrl-C:\n\n".to_owned();
    for (what, place) in places(serving) {
        out.push_str(&format!("  {what:24} {place}\n"));
    }
    out.push('\n');
    for (name, what) in &written.files {
        out.push_str(&format!("  {what:24} {dir}/{name}\n"));
    }
    if let Some(pki) = &order.harness.pki {
        out.push_str(&format!("  {:24} {}\n", "authorities and keys", pki.display()));
    }
    out.push_str(
        "\nAuthorities, keys and secrets are used again next time: certificates and tokens stay good. Who was enrolled is \
         forgotten at the end.\n",
    );
    if !is_private(order.harness.bind) {
        out.push_str(
            "Other machines reach this, its control surfaces too: whoever does can tell these roles to act. Keep it to a \
             network that you trust.\n",
        );
    }
    if let Some(core) = &serving.core_function {
        out.push_str(&format!(
            "\nOnboard an invoker (README, \"A CAPIF on your laptop\", has the whole way with curl):\n  \
             openssl ecparam -genkey -name prime256v1 -noout -out invoker.key\n  \
             printf '{{\"notificationDestination\":\"http://127.0.0.1:9/none\",\"onboardingInformation\":{{\"apiInvokerPublicKey\":\"%s\"}}}}' \\\n    \
             \"$(openssl ec -in invoker.key -pubout 2>/dev/null | awk '{{printf \"%s\\\\n\", $0}}')\" > enrolment.json\n  \
             curl --cacert {dir}/ca.pem -H \"Authorization: Bearer $(cat {dir}/onboarding-token)\" \\\n    \
             -H 'Content-Type: application/json' --data @enrolment.json \\\n    \
             {}/api-invoker-management/v1/onboardedInvokers\n",
            core.url
        ));
    }
    out.push_str(&format!("\nJudge it:  capifspec run --target {}\n", written.judged_with.display()));
    out
}

fn places(serving: &Serving) -> Vec<(&'static str, &str)> {
    let mut places = Vec::new();
    if let Some(core) = &serving.core_function {
        places.extend([("core function", core.url.as_str()), ("  told to act at", &core.control_url)]);
    }
    if let Some(aef) = &serving.exposing_function {
        places.extend([("exposing function", aef.url.as_str()), ("  told to act at", &aef.control_url)]);
    }
    if let Some(invoker) = &serving.invoker {
        places.extend([
            ("invoker, notified at", invoker.callback_url.as_str()),
            ("  told to act at", &invoker.control_url),
        ]);
    }
    if let Some(rof) = &serving.owner_function {
        places.extend([("resource owner function", rof.url.as_str()), ("  told to act at", &rof.control_url)]);
    }
    places
}
