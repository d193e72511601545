//! The scope grammar of TS 29.222 8.5.4.2.6: `3gpp#aefId1:apiName1,apiName2;aefId2:apiName1`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// APIs by name, per exposing function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope(BTreeMap<String, BTreeSet<String>>);

impl Scope {
    /// Reads a scope; none when it is malformed. Strings without the discriminator are somebody else's and are left
    /// out (8.5.4.2.6), but one with it must be there.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let ours: Vec<&str> = text.split(' ').filter_map(|part| part.strip_prefix("3gpp#")).collect();
        if ours.is_empty() {
            return None;
        }
        let sections = ours.iter().flat_map(|part| part.split(';'));
        let sections: Vec<Vec<(String, String)>> = sections.map(section).collect::<Option<_>>()?;
        Some(sections.into_iter().flatten().collect())
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is in both.
    pub(super) fn within(&self, bounds: &Self) -> Self {
        let allowed = |aef_id: &String, api: &String| bounds.0.get(aef_id).is_some_and(|apis| apis.contains(api));
        self.pairs().filter(|(aef_id, api)| allowed(aef_id, api)).collect()
    }

    /// The same in a form that no grammar knows.
    pub(super) fn in_own_form(&self) -> String {
        self.pairs().map(|(aef_id, api)| format!("{aef_id}/{api}")).collect::<Vec<_>>().join(" ")
    }

    /// Each API with its exposing function.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().flat_map(|(aef_id, apis)| apis.iter().map(|api| (aef_id.clone(), api.clone())))
    }
}

fn section(text: &str) -> Option<Vec<(String, String)>> {
    let (aef_id, apis) = text.split_once(':')?;
    let is_name = |name: &str| !name.is_empty() && !name.contains(['#', ':']);
    let well_formed = is_name(aef_id) && apis.split(',').all(is_name);
    well_formed.then(|| apis.split(',').map(|api| (aef_id.to_owned(), api.to_owned())).collect())
}

impl FromIterator<(String, String)> for Scope {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let mut scope = Self::default();
        for (aef_id, api) in pairs {
            scope.0.entry(aef_id).or_default().insert(api);
        }
        scope
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sections = self.0.iter().map(|(aef_id, apis)| {
            let apis: Vec<&str> = apis.iter().map(String::as_str).collect();
            format!("{aef_id}:{}", apis.join(","))
        });
        write!(f, "3gpp#{}", sections.collect::<Vec<_>>().join(";"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_survives_reading_and_writing() {
        for text in ["3gpp#aef1:a,b;aef2:c", "3gpp#aef1:a"] {
            assert_eq!(Scope::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Scope::parse("own 3gpp#b:x 3gpp#a:y,z").unwrap().to_string(), "3gpp#a:y,z;b:x");
    }

    #[test]
    fn broken_delimiters_are_malformed() {
        for text in ["", "aef:a", "4gpp#aef:a", "3gpp#", "3gpp#aef", "3gpp#aef:", "3gpp#:a", "3gpp#a:b;", "3gpp#a:b,,c"]
        {
            assert_eq!(Scope::parse(text), None, "{text}");
        }
        assert_eq!(Scope::parse("3gpp#a:b:c"), None);
        assert_eq!(Scope::parse("3gpp#a:b#c"), None);
    }

    #[test]
    fn a_scope_is_cut_to_its_bounds() {
        let bounds = Scope::parse("3gpp#a:x,y;b:x").unwrap();
        let cut = Scope::parse("3gpp#a:y,z;b:y;c:x").unwrap().within(&bounds);
        assert_eq!(cut.to_string(), "3gpp#a:y");
        assert!(Scope::parse("3gpp#c:x").unwrap().within(&bounds).is_empty());
    }
}
