//! The schema facts against 3GPP's `OpenAPI` files of Rel-18 and Rel-19, where those are at hand.

use std::collections::{BTreeMap, BTreeSet};

use capifspec::spec::schema::{Content, Field, GroupRule, Members, Shape, Text, TypeName};
use capifspec::spec::{Release, Service};
use serde_json::Value;

use crate::openapi::Files;

/// Types that two files define under one name.
const RENAMED: [(&str, &str, &str); 4] = [
    ("TS29571_CommonData.yaml", "Ipv4Addr", "Ipv4AddrStrict"),
    ("TS29571_CommonData.yaml", "Ipv6Addr", "Ipv6AddrStrict"),
    ("TS29510_Nnrf_NFManagement.yaml", "Ipv4AddressRange", "RoutingIpv4AddressRange"),
    ("TS29222_CAPIF_Routing_Info_API.yaml", "Ipv6AddressRange", "RoutingIpv6AddressRange"),
];

/// Types of other specifications that the facts do not look into.
const OPAQUE: [(&str, &str); 4] = [
    ("CivicAddress", "object"),
    ("GeographicArea", "object"),
    ("ReportingInformation", "object"),
    ("NetSliceId", "any"),
];

/// Members without a `type` in the file, and what the facts take them for.
const UNTYPED: [&str; 3] = ["apiName", "inputParameters", "outputParameters"];

#[test]
fn the_types_are_those_of_the_openapi_files() {
    let mut known: BTreeSet<TypeName> = BTreeSet::new();
    for release in Files::RELEASES {
        let Some(files) = Files::of(release) else {
            return;
        };
        let mut comparison = Comparison { files, release, seen: BTreeMap::new(), differences: Vec::new() };
        for service in Service::ALL {
            let file = format!("TS29222_{}.yaml", service.api_name());
            comparison.file(&file);
        }
        for name in ["ProblemDetails", "InvalidParam"] {
            let reference = format!("TS29122_CommonData.yaml#/components/schemas/{name}");
            comparison.reference("", &reference, name.parse().unwrap());
        }
        comparison.nothing_is_left_out();
        assert!(comparison.differences.is_empty(), "release {release}:\n{}", comparison.differences.join("\n"));
        known.extend(comparison.seen.keys());
    }
    let unknown: Vec<TypeName> = TypeName::all().filter(|name| !known.contains(name) && !is_our_own(*name)).collect();
    assert!(unknown.is_empty(), "in neither release: {unknown:?}");
}

/// Types that stand for something without a name in the files, or that no file has yet.
fn is_our_own(name: TypeName) -> bool {
    let unnamed = ["TokenGrantType", "TokenType", "TokenError", "ResOwnerIdOrString", "InvocationLogList"];
    let capacity = ["ComputeCapacity", "StorageCapacity"];
    let basic = ["string", "integer", "boolean", "any", "object"];
    name.facts().since >= Release::Rel20
        || unnamed.iter().chain(&capacity).chain(&basic).any(|own| name.as_str() == *own)
}

struct Comparison<'a> {
    files: &'a Files,
    release: Release,
    /// Where each of our types was found.
    seen: BTreeMap<TypeName, (String, String)>,
    differences: Vec<String>,
}

impl Comparison<'_> {
    fn file(&mut self, file: &str) {
        let files = self.files;
        let Some(schemas) = files.get(file).map(|file| &file["components"]["schemas"]) else {
            return;
        };
        for name in schemas.as_object().unwrap().keys() {
            let reference = format!("#/components/schemas/{name}");
            match our_name(file, name).parse() {
                Ok(ours) => self.reference(file, &reference, ours),
                Err(_) => self.differ(name, "not among the facts"),
            }
        }
    }

    fn nothing_is_left_out(&mut self) {
        for name in TypeName::all().filter(|name| !is_our_own(*name)) {
            let facts = name.facts();
            let is_in = facts.since <= self.release && facts.until.is_none_or(|until| self.release <= until);
            // A type can be known from an earlier release than the file that first has it, by a reading.
            let early = name.as_str() == "ResOwnerId" || name.as_str() == "Gpsi";
            if is_in != self.seen.contains_key(&name) && !early {
                self.differ(name.as_str(), "the facts and the files differ on whether this release has it");
            }
        }
    }

    fn differ(&mut self, place: &str, what: &str) {
        self.differences.push(format!("{place}: {what}"));
    }

    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, place: &str, what: &str, ours: &T, theirs: &T) {
        if ours != theirs {
            self.differ(place, &format!("{what}: facts {ours:?}, file {theirs:?}"));
        }
    }

    fn reference(&mut self, file: &str, reference: &str, ours: TypeName) {
        let last = reference.rsplit('/').next().unwrap_or_default();
        if let Some((name, opaque)) = OPAQUE.iter().find(|(name, _)| *name == last) {
            return self.equal(name, "type", &ours.as_str(), opaque);
        }
        let files = self.files;
        let (file, name, schema) = files.follow(file, reference);
        // One type, two files: 29.571 has it for 5G, 29.122 for these APIs.
        if name != "DateTime" {
            self.equal(name, "name", &ours.as_str(), &our_name(file, name));
        }
        if self.seen.insert(ours, (file.to_owned(), name.to_owned())).is_none() {
            self.schema(file, name, schema, ours);
        }
    }

    fn schema(&mut self, file: &str, place: &str, schema: &Value, ours: TypeName) {
        let facts = ours.facts();
        match &facts.shape {
            Shape::Object(members) => self.members(file, place, schema, members),
            Shape::Form(members) => {
                self.equal(place, "format", &Some("x-www-form-urlencoded"), &schema["format"].as_str());
                self.members(file, place, schema, members);
            }
            Shape::Text(text) => self.text(place, schema, text),
            Shape::Integer { min, max } => {
                self.equal(place, "type", &Some("integer"), &schema["type"].as_str());
                self.equal(place, "minimum", min, &schema["minimum"].as_i64());
                self.equal(place, "maximum", max, &schema["maximum"].as_i64());
            }
            Shape::OneOf(names) => {
                let listed = schema["oneOf"].as_array().unwrap();
                let by_reading = usize::from(facts.reading.is_some());
                self.equal(place, "alternatives", &names.len(), &(listed.len() + by_reading));
                for (alternative, ours) in listed.iter().zip(*names) {
                    self.value(file, place, alternative, *ours);
                }
            }
            Shape::Boolean => self.equal(place, "type", &Some("boolean"), &schema["type"].as_str()),
            Shape::Any | Shape::AnyObject | Shape::List(_) => {
                self.differ(place, "the facts look into it no further");
            }
        }
    }

    fn members(&mut self, file: &str, place: &str, schema: &Value, ours: &Members) {
        let flat = self.flattened(file, schema);
        let fields: Vec<&Field> = ours.fields_in(self.release).collect();
        let names: BTreeSet<&str> = fields.iter().map(|field| field.name).collect();
        self.equal(place, "members", &names, &flat.properties.keys().map(String::as_str).collect());
        let required = fields.iter().filter(|field| field.required).map(|field| field.name.to_owned()).collect();
        self.equal(place, "required", &required, &flat.required);
        for field in fields.iter().filter(|field| field.reading.is_none()) {
            if let Some(property) = flat.properties.get(field.name) {
                self.property(&flat.file, &format!("{place}.{}", field.name), property, field);
            }
        }
        for (rule, keyword) in [(GroupRule::ExactlyOne, "oneOf"), (GroupRule::AtLeastOne, "anyOf")] {
            let in_release = |name: &&&str| names.contains(**name);
            let groups = ours.groups.iter().filter(|group| group.rule == rule);
            let ours: BTreeSet<&str> =
                groups.flat_map(|group| group.members.iter().filter(in_release).copied()).collect();
            let none = Vec::new();
            let theirs = schema[keyword].as_array().unwrap_or(&none).iter();
            let theirs =
                theirs.flat_map(|part| part["required"].as_array().unwrap()).filter_map(Value::as_str).collect();
            self.equal(place, keyword, &ours, &theirs);
        }
    }

    fn property(&mut self, file: &str, place: &str, property: &Value, ours: &Field) {
        match ours.content {
            Content::One(name) => self.value(file, place, property, name),
            Content::Many { of, may_be_empty } => {
                self.equal(place, "type", &Some("array"), &property["type"].as_str());
                // ServiceSecurity.securityInfo says `minimum` where `minItems` is meant.
                let least = property["minItems"].as_u64().or(property["minimum"].as_u64()).unwrap_or(0);
                self.equal(place, "may be empty", &may_be_empty, &(least == 0));
                self.value(file, place, &property["items"], of);
            }
        }
    }

    fn value(&mut self, file: &str, place: &str, schema: &Value, ours: TypeName) {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.reference(file, reference, ours);
        }
        let last = place.rsplit('.').next().unwrap_or_default();
        match (schema["type"].as_str(), &ours.facts().shape) {
            (None, Shape::Any) if UNTYPED.contains(&last) => {}
            (Some("string"), Shape::Text(text)) => self.text(place, schema, text),
            (Some(theirs), _) => self.equal(place, "type", &ours.as_str(), &theirs),
            (None, _) => self.differ(place, "the file gives no type"),
        }
    }

    fn text(&mut self, place: &str, schema: &Value, ours: &Text) {
        let is_open =
            schema["anyOf"].as_array().is_some_and(|parts| parts.iter().any(|part| part.get("enum").is_none()));
        let listed = schema["anyOf"].as_array().and_then(|parts| parts.iter().find(|part| part.get("enum").is_some()));
        let listed = &listed.unwrap_or(schema)["enum"];
        let theirs: BTreeSet<&str> = listed.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // A value that is there by a reading can be missing in the file.
        let values = ours.values.iter().filter(|value| value.since <= self.release);
        let values = values.filter(|value| value.reading.is_none() || theirs.contains(value.name));
        self.equal(place, "values", &values.map(|value| value.name).collect(), &theirs);
        self.equal(place, "open", &ours.open, &(is_open || listed.is_null()));
        self.equal(
            place,
            "patterns",
            &ours.patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
            &patterns(schema),
        );
        let length = |keyword: &str| schema[keyword].as_u64().and_then(|length| usize::try_from(length).ok());
        self.equal(place, "minLength", &ours.min_length, &length("minLength"));
        self.equal(place, "maxLength", &ours.max_length, &length("maxLength"));
        self.equal(place, "nullable", &ours.nullable, &(schema["nullable"] == true));
    }

    /// Members of the schema and of what it extends by `allOf`.
    fn flattened(&self, file: &str, schema: &Value) -> Flat {
        let mut flat = Flat { file: file.to_owned(), ..Flat::default() };
        let mut parts = vec![(file, schema)];
        let files = self.files;
        for part in schema["allOf"].as_array().into_iter().flatten() {
            parts.push(match part["$ref"].as_str() {
                Some(reference) => {
                    let (file, _, schema) = files.follow(file, reference);
                    // Names in it are relative to its own file.
                    file.clone_into(&mut flat.file);
                    (file, schema)
                }
                None => (file, part),
            });
        }
        for (_, part) in parts {
            for (name, property) in part["properties"].as_object().into_iter().flatten() {
                flat.properties.insert(name.clone(), property.clone());
            }
            flat.required
                .extend(part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        flat
    }
}

#[derive(Default)]
struct Flat {
    file: String,
    properties: BTreeMap<String, Value>,
    required: BTreeSet<String>,
}

fn our_name<'a>(file: &str, name: &'a str) -> &'a str {
    let renamed = RENAMED.iter().find(|(in_file, theirs, _)| *in_file == file && *theirs == name);
    renamed.map_or(name, |(_, _, ours)| ours)
}

/// The patterns of a string; a date-time has the one of RFC 3339 in the facts.
fn patterns(schema: &Value) -> Vec<String> {
    if schema["format"] == "date-time" {
        let Shape::Text(text) = &"DateTime".parse::<TypeName>().unwrap().facts().shape else { panic!("no text") };
        return text.patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    }
    let parts = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
    parts.filter_map(|part| part["pattern"].as_str()).map(|pattern| pattern.replace("\\d", "[0-9]")).collect()
}
