//! Waivers: misses that a target file excuses, each with a reason, an owner and a last day.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Place, TargetError};
use crate::spec::{RequirementId, nearest};

/// A miss that is known, and excused for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// What it excuses the misses of.
    pub subject: Subject,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds (UTC), as `YYYY-MM-DD`.
    pub expires: String,
    /// Where its subject stands in the target file.
    place: Place,
}

/// What a waiver is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One requirement, wherever it is judged.
    Requirement(RequirementId),
    /// One check, whatever it is charged to.
    Check(String),
    /// One scenario, by its whole id.
    Scenario(String),
}

impl Subject {
    /// The key that names it in a target file.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Requirement(_) => "requirement",
            Self::Check(_) => "check",
            Self::Scenario(_) => "scenario",
        }
    }

    /// Its id or name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Requirement(id) => id.as_str(),
            Self::Check(name) | Self::Scenario(name) => name,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key(), self.name())
    }
}

/// `[[waiver]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WaiverTable {
    requirement: Option<Spanned<String>>,
    check: Option<Spanned<String>>,
    scenario: Option<Spanned<String>>,
    reason: Spanned<String>,
    owner: Spanned<String>,
    expires: Spanned<Datetime>,
}

/// A target file, and what is wrong at some place in it.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

/// The waivers of a target file.
pub(super) fn read(tables: Vec<Spanned<WaiverTable>>, path: &Path, text: &str) -> Result<Vec<Waiver>, TargetError> {
    let reader = Reader { path, text };
    tables.into_iter().map(|table| reader.waiver(table)).collect()
}

impl Reader<'_> {
    fn waiver(&self, table: Spanned<WaiverTable>) -> Result<Waiver, TargetError> {
        let start = table.span().start;
        let table = table.into_inner();
        let (subject, at) = match (table.requirement, table.check, table.scenario) {
            (Some(id), None, None) => {
                let at = id.span().start;
                let known = id.get_ref().parse();
                let unknown = |error| self.unusable(at, "waiver.requirement", format!("{error}"));
                (Subject::Requirement(known.map_err(|error: crate::spec::UnknownRequirement| unknown(error))?), at)
            }
            (None, Some(name), None) => (Subject::Check(name.get_ref().clone()), name.span().start),
            (None, None, Some(id)) => (Subject::Scenario(id.get_ref().clone()), id.span().start),
            (None, None, None) | (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
                let why = "name exactly one of requirement, check and scenario: what it excuses the misses of";
                return Err(self.unusable(start, "waiver", why.to_owned()));
            }
        };
        Ok(Waiver {
            subject,
            reason: self.said("waiver.reason", table.reason, "say why, such as \"ticket 123, fixed in 2.4\"")?,
            owner: self.said("waiver.owner", table.owner, "say who answers for it")?,
            expires: self.day(&table.expires)?,
            place: Place::at(at, self.text),
        })
    }

    fn said(&self, key: &'static str, text: Spanned<String>, cure: &str) -> Result<String, TargetError> {
        if text.get_ref().trim().is_empty() {
            return Err(self.unusable(text.span().start, key, format!("it is empty; {cure}")));
        }
        Ok(text.into_inner())
    }

    fn day(&self, expires: &Spanned<Datetime>) -> Result<String, TargetError> {
        match expires.get_ref() {
            Datetime { date: Some(date), time: None, offset: None } => Ok(date.to_string()),
            other => {
                let why = format!("`{other}` is no day; write a date without a time, such as 2027-03-01");
                Err(self.unusable(expires.span().start, "waiver.expires", why))
            }
        }
    }

    fn unusable(&self, at: usize, key: &'static str, why: String) -> TargetError {
        TargetError::Unusable { path: self.path.to_owned(), place: Place::at(at, self.text), key: key.to_owned(), why }
    }
}

/// That every check and scenario that is waived exists. Their names are known further up only, so they are handed in.
///
/// # Errors
/// The first that does not, with its place and the nearest name that does.
pub fn known_subjects(waivers: &[Waiver], path: &Path, checks: &[&str], scenarios: &[&str]) -> Result<(), TargetError> {
    for waiver in waivers {
        let (name, known, key, cure) = match &waiver.subject {
            Subject::Requirement(_) => continue,
            Subject::Check(name) => {
                (name, checks, "waiver.check", "`capifspec coverage --format json` and every report name them")
            }
            Subject::Scenario(id) => (id, scenarios, "waiver.scenario", "`capifspec list --format json` has the ids"),
        };
        if !known.contains(&name.as_str()) {
            let meant = nearest(name, known.iter().copied());
            let meant = meant.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let why = format!("there is no {} `{name}`{meant} ({cure})", waiver.subject.key());
            let (path, key) = (path.to_owned(), key.to_owned());
            return Err(TargetError::Unusable { path, place: waiver.place, key, why });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        waiver: Vec<Spanned<WaiverTable>>,
    }

    fn waivers(text: &str) -> Result<Vec<Waiver>, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        read(file.waiver, Path::new("t.toml"), text).map_err(|error| error.to_string())
    }

    const SOUND: &str =
        "[[waiver]]\nrequirement = \"33122-C.1-02\"\nreason = \"ticket 1\"\nowner = \"we\"\nexpires = 2027-03-01\n";

    #[test]
    fn a_waiver_has_a_subject_a_reason_an_owner_and_a_last_day() {
        let read = waivers(SOUND).unwrap();
        assert_eq!(
            (read[0].subject.to_string().as_str(), read[0].expires.as_str()),
            ("requirement 33122-C.1-02", "2027-03-01")
        );
        let other = waivers(&SOUND.replace("requirement = \"33122-C.1-02\"", "check = \"x\"")).unwrap();
        assert_eq!(other[0].subject, Subject::Check("x".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_its_cure() {
        for (right, wrong, told) in [
            ("33122-C.1-02", "33122-C.1-2", &["t.toml:2:15", "did you mean `33122-C.1-02`"][..]),
            ("owner = \"we\"", "owner = \" \"", &["t.toml:4:9", "waiver.owner", "say who answers"]),
            ("2027-03-01", "2027-03-01T10:00:00Z", &["t.toml:5:11", "a date without a time"]),
            ("2027-03-01", "2027-02-30", &["line 5"]),
            ("2027-03-01", "\"2027-03-01\"", &["line 5", "datetime"]),
            ("expires = 2027-03-01\n", "", &["line 1", "missing field `expires`"]),
            ("reason", "reasn", &["line 3", "unknown field `reasn`", "`reason`"]),
            ("requirement = \"33122-C.1-02\"\n", "", &["t.toml:1:1", "exactly one of requirement, check and scenario"]),
            ("reason", "check = \"x\"\nreason", &["t.toml:1:1", "exactly one of"]),
        ] {
            let error = waivers(&SOUND.replacen(right, wrong, 1)).unwrap_err();
            for part in told {
                assert!(error.contains(part), "`{part}` is not in: {error}");
            }
        }
    }

    #[test]
    fn a_check_and_a_scenario_must_exist() {
        let path = Path::new("t.toml");
        let known = |text: &str| known_subjects(&waivers(text).unwrap(), path, &["token-is-bearer"], &["a#Token"]);
        assert!(known(SOUND).is_ok());
        for (subject, told) in
            [("check = \"token-is-bearr\"", "`token-is-bearer`"), ("scenario = \"a#Tokn\"", "`a#Token`")]
        {
            let text = SOUND.replace("requirement = \"33122-C.1-02\"", subject);
            let error = known(&text).unwrap_err().to_string();
            assert!(error.starts_with("t.toml:2:") && error.contains(told), "{error}");
        }
    }
}
