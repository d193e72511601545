//! 3GPP's `OpenAPI` files, where they are at hand, as JSON values. They never enter the project.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use capifspec::spec::Release;
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// The files of one release, by file name.
pub(crate) struct Files(BTreeMap<String, Value>);

/// The files that the APIs refer to, and no others: they take long to read.
const NEEDED: [&str; 4] = ["TS29222_", "TS29122_CommonData", "TS29571_CommonData", "TS29510_Nnrf_NFManagement"];

static REL_18: LazyLock<Option<Files>> = LazyLock::new(|| Files::read("rel-18"));
static REL_19: LazyLock<Option<Files>> = LazyLock::new(|| Files::read("rel-19"));

impl Files {
    /// The releases of which there are files.
    pub(crate) const RELEASES: [Release; 2] = [Release::Rel18, Release::Rel19];

    /// The files of a release; none, with the reason printed, where they are not at hand.
    pub(crate) fn of(release: Release) -> Option<&'static Self> {
        match release {
            Release::Rel18 => REL_18.as_ref(),
            Release::Rel19 => REL_19.as_ref(),
            Release::Rel15 | Release::Rel16 | Release::Rel17 | Release::Rel20 => {
                panic!("there are no files of release {release}")
            }
        }
    }

    fn read(folder: &str) -> Option<Self> {
        let Some(root) = root() else {
            // Written past the capture of the test harness: a skip is to be seen.
            let reason = "skipped: no OpenAPI files in ../shared/spec/openapi, and CAPIFSPEC_OPENAPI names none\n";
            std::io::stderr().write_all(reason.as_bytes()).unwrap();
            return None;
        };
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if NEEDED.iter().any(|needed| name.starts_with(needed)) {
                let text = fs::read_to_string(&path).unwrap();
                files.insert(name.to_owned(), json(&Yaml::load_from_str(&text).unwrap()[0]));
            }
        }
        Some(Self(files))
    }

    /// The file with this name, if the release has it.
    pub(crate) fn get(&self, file: &str) -> Option<&Value> {
        self.0.get(file)
    }

    /// What a `$ref` in the file leads to: file, name and value.
    pub(crate) fn follow<'a>(&'a self, file: &'a str, reference: &'a str) -> (&'a str, &'a str, &'a Value) {
        let (target, pointer) = reference.split_once('#').unwrap();
        let target = if target.is_empty() { file } else { target };
        let value = self.0[target].pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"));
        (target, pointer.rsplit('/').next().unwrap(), value)
    }
}

fn root() -> Option<PathBuf> {
    let named = env::var_os("CAPIFSPEC_OPENAPI").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/spec/openapi");
    [named, Some(beside)].into_iter().flatten().find(|folder| folder.is_dir())
}

fn json(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Mapping(members) => {
            let member = |(name, value): (&Yaml<'_>, &Yaml<'_>)| (name_of(name), json(value));
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        Yaml::Sequence(elements) => elements.iter().map(json).collect(),
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(truth)) => (*truth).into(),
        Yaml::Value(Scalar::Integer(number)) => (*number).into(),
        Yaml::Value(Scalar::FloatingPoint(number)) => number.into_inner().into(),
        Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
        Yaml::Representation(..) | Yaml::Tagged(..) | Yaml::Alias(_) | Yaml::BadValue => {
            panic!("unexpected in an OpenAPI file: {node:?}")
        }
    }
}

/// Statuses are written with and without quotes.
fn name_of(node: &Yaml<'_>) -> String {
    let name = json(node);
    name.as_str().map_or_else(|| name.to_string(), str::to_owned)
}
