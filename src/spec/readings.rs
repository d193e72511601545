//! Where specification texts disagree: the readings there are, and the one a target chose.

use std::fmt;

use super::nearest::{nearest, suggestion};
use super::same;

include!(concat!(env!("OUT_DIR"), "/readings.rs"));

/// One place where texts disagree or leave something open.
#[derive(Debug)]
pub struct Discrepancy {
    /// Its id.
    pub id: ReadingId,
    /// What it is about.
    pub item: &'static str,
    /// The readings there are.
    pub options: &'static [&'static str],
    /// The reading taken unless a target chooses: one that blames no correct product.
    pub default: &'static str,
    /// What the harness does about it.
    pub harness: &'static str,
    /// What the text says.
    pub text: &'static str,
    /// What the other text, mostly the `OpenAPI` file, says.
    pub openapi: &'static str,
    /// Where the same question comes up again.
    pub note: Option<&'static str>,
}

/// The id of a listed discrepancy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadingId(u16);

impl ReadingId {
    /// Every discrepancy, in catalogue order.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
        DISCREPANCIES.iter().map(|row| row.id)
    }

    /// The id that is spelt like this. Use `reading!`.
    ///
    /// # Panics
    /// When no discrepancy is: a compile error, since `reading!` evaluates it in a constant.
    #[must_use]
    #[expect(clippy::panic, reason = "evaluated by the compiler only, where a panic is the compile error wanted")]
    pub const fn listed(id: &str) -> Self {
        let mut at = 0;
        while at < READING_IDS.len() {
            if same(READING_IDS[at], id) {
                return DISCREPANCIES[at].id;
            }
            at += 1;
        }
        panic!("no discrepancy in fixtures/requirements/ has this id")
    }

    /// The id as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        READING_IDS[self.0 as usize]
    }

    /// The discrepancy itself.
    #[must_use]
    pub const fn discrepancy(self) -> &'static Discrepancy {
        &DISCREPANCIES[self.0 as usize]
    }
}

impl fmt::Display for ReadingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ReadingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadingId({self})")
    }
}

/// The reading chosen for each discrepancy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings([&'static str; READING_IDS.len()]);

impl Default for Readings {
    fn default() -> Self {
        Self(std::array::from_fn(|at| DISCREPANCIES[at].default))
    }
}

impl Readings {
    /// Chooses a reading, both names as a target file gives them.
    ///
    /// # Errors
    /// When there is no such discrepancy, or it has no such option.
    pub fn choose(&mut self, id: &str, option: &str) -> Result<(), UnknownReading> {
        let discrepancy = DISCREPANCIES
            .iter()
            .find(|row| row.id.as_str() == id)
            .ok_or_else(|| UnknownReading::Discrepancy { given: id.to_owned(), nearest: nearest(id, READING_IDS) })?;
        let options = discrepancy.options.iter().copied();
        let known = options.clone().find(|known| *known == option).ok_or_else(|| UnknownReading::Option {
            id: discrepancy.id,
            given: option.to_owned(),
            nearest: nearest(option, options),
        })?;
        self.0[usize::from(discrepancy.id.0)] = known;
        Ok(())
    }

    /// The reading chosen.
    #[must_use]
    pub const fn option(&self, id: ReadingId) -> &'static str {
        self.0[id.0 as usize]
    }

    /// Whether nothing but the default was chosen.
    #[must_use]
    pub fn is_default(&self, id: ReadingId) -> bool {
        self.option(id) == id.discrepancy().default
    }

    /// Every discrepancy with the reading chosen, in catalogue order.
    pub fn iter(&self) -> impl Iterator<Item = (ReadingId, &'static str)> {
        ReadingId::all().map(|id| (id, self.option(id)))
    }
}

/// A choice that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownReading {
    /// There is no such discrepancy.
    #[error("no discrepancy has the id `{given}`{}", suggestion(*nearest))]
    Discrepancy {
        /// The id as it was given.
        given: String,
        /// The id that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The discrepancy has no such option.
    #[error("`{id}` has no reading `{given}`{}; there are: {}", suggestion(*nearest), id.discrepancy().options.join(", "))]
    Option {
        /// The discrepancy.
        id: ReadingId,
        /// The option as it was given.
        given: String,
        /// The option that was probably meant.
        nearest: Option<&'static str>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading;

    #[test]
    fn the_default_is_one_of_the_options_and_is_taken() {
        let readings = Readings::default();
        for (id, option) in readings.iter() {
            assert!(id.discrepancy().options.contains(&option), "{id}");
            assert!(readings.is_default(id));
        }
    }

    #[test]
    fn a_target_chooses_among_the_options() {
        let mut readings = Readings::default();
        readings.choose("token-exp", "numeric-date").unwrap();
        assert_eq!(readings.option(reading!("token-exp")), "numeric-date");
        assert!(!readings.is_default(reading!("token-exp")));
        assert!(readings.is_default(reading!("token-iss")));
    }

    #[test]
    fn a_misspelt_choice_is_told_with_the_nearest_one() {
        let mut readings = Readings::default();
        let message = readings.choose("token-exq", "duration").unwrap_err().to_string();
        assert_eq!(message, "no discrepancy has the id `token-exq`; did you mean `token-exp`?");
        let message = readings.choose("token-exp", "numeric-data").unwrap_err().to_string();
        assert!(message.contains("did you mean `numeric-date`?"), "{message}");
        assert_eq!(readings, Readings::default());
    }
}
