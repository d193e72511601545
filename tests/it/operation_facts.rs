//! The operations against 3GPP's `OpenAPI` files of Rel-18 and Rel-19, where those are at hand.

use std::collections::BTreeSet;

use capifspec::spec::{Body, Operation, Release, Service, Target};
use serde_json::Value;

use crate::openapi::Files;

#[test]
fn the_operations_are_those_of_the_openapi_files() {
    for release in Files::RELEASES {
        let Some(files) = Files::of(release) else {
            return;
        };
        let mut differences = Vec::new();
        let mut compared = BTreeSet::new();
        for service in Service::ALL {
            let name = format!("TS29222_{}.yaml", service.api_name());
            let Some(file) = files.get(&name) else {
                continue;
            };
            let server = file["servers"][0]["url"].as_str().unwrap().replace("{apiRoot}", "");
            for (path, method, described) in operations(file) {
                let line = format!("{release} {method} {server}{path}");
                let filled = format!("{server}{}", path.replace(['{', '}'], ""));
                match Operation::matching(&method, &filled) {
                    Some((operation, _)) if operation.since <= release => {
                        compared.insert(operation.id);
                        compare_operation(operation, described, release, &line, &mut differences);
                    }
                    _ => differences.push(format!("{line}: not among the facts")),
                }
            }
        }
        let is_missing = |row: &&Operation| {
            row.since <= release && matches!(row.target, Target::Resource { .. }) && !compared.contains(row.id)
        };
        let missing: Vec<&str> = Operation::all().iter().filter(is_missing).map(|row| row.id).collect();
        assert!(missing.is_empty(), "not in the files of release {release}: {missing:?}");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

fn operations(file: &Value) -> Vec<(&String, String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in file["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "patch", "delete"] {
            if let Some(described) = item.get(method) {
                found.push((path, method.to_uppercase(), described));
            }
        }
    }
    found
}

fn compare_operation(ours: &Operation, theirs: &Value, release: Release, line: &str, differences: &mut Vec<String>) {
    let mut expect = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            differences.push(format!("{line}: {what}: facts {ours}, file {theirs}"));
        }
    };
    // Most Rel-18 files have no operation ids.
    if release == Release::Rel19 {
        expect("operationId", ours.id.to_owned(), theirs["operationId"].as_str().unwrap_or_default().to_owned());
        let codes = theirs["responses"].as_object().unwrap().keys();
        let errors: BTreeSet<u16> = codes.filter_map(|code| code.parse().ok()).filter(|code| *code >= 300).collect();
        expect("errors", format!("{:?}", ours.errors.iter().collect::<BTreeSet<_>>()), format!("{errors:?}"));
    }
    expect("request", bodies(ours.request.iter()), content(&theirs["requestBody"]));
    for (code, response) in theirs["responses"].as_object().unwrap() {
        if let Some(status) = code.parse().ok().filter(|status: &u16| (200..300).contains(status)) {
            let success = ours.success.iter().find(|success| success.status == status);
            expect("body", bodies(success.and_then(|success| success.body.as_ref()).into_iter()), content(response));
            let location = response["headers"].get("Location").is_some();
            expect("Location", success.is_some_and(|success| success.location).to_string(), location.to_string());
        }
    }
    let declared = |status: u16| theirs["responses"].get(status.to_string()).is_some();
    expect("success", ours.success.iter().all(|success| declared(success.status)).to_string(), "true".to_owned());
    let ours: BTreeSet<(&str, bool)> = ours
        .query
        .iter()
        .filter(|parameter| parameter.since <= release)
        .map(|parameter| (parameter.name, parameter.mandatory))
        .collect();
    let no_parameters = Vec::new();
    let theirs: BTreeSet<(&str, bool)> = theirs["parameters"]
        .as_array()
        .unwrap_or(&no_parameters)
        .iter()
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| (parameter["name"].as_str().unwrap(), parameter["required"] == true))
        .collect();
    expect("query", format!("{ours:?}"), format!("{theirs:?}"));
}

fn bodies<'a>(bodies: impl Iterator<Item = &'a Body>) -> String {
    let bodies: Vec<String> = bodies.map(|body| format!("{} {}", body.media, body.content)).collect();
    bodies.join(", ")
}

fn content(message: &Value) -> String {
    let Some(content) = message.get("content").and_then(Value::as_object) else {
        return String::new();
    };
    let described = content.iter().map(|(media, body)| {
        let schema = &body["schema"];
        let name = |schema: &Value| {
            schema["$ref"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned()
        };
        match schema["type"].as_str() {
            Some("array") => format!("{media} array of {}", name(&schema["items"])),
            _ => format!("{media} {}", name(schema)),
        }
    });
    described.collect::<Vec<String>>().join(", ")
}
