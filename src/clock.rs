//! The only source of time, randomness and fresh names.
//!
//! Protocol time (certificates, tokens) comes from a [`Clock`] that may be virtual; durations for people come from
//! its monotonic side; whatever a run chooses at random comes from [`Names`], so that one seed repeats it.
#![expect(clippy::disallowed_methods, reason = "this is the place that asks the machine for time")]

use std::fmt;
use std::future::Future;
use std::ops::RangeBounds;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

/// A shared clock. Clones show the same time.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    made: Instant,
    source: Source,
}

enum Source {
    /// Stands still until it is advanced: a scenario sees one instant however long the machine takes.
    Virtual(AtomicI64),
    Real,
}

impl Clock {
    /// A clock that starts at the present and moves only when told.
    #[must_use]
    pub fn virtual_from_now() -> Self {
        Self::with(Source::Virtual(AtomicI64::new(wall_unix())))
    }

    /// The machine's clock, for peers that live in real time.
    #[must_use]
    pub fn real() -> Self {
        Self::with(Source::Real)
    }

    fn with(source: Source) -> Self {
        Self(Arc::new(Inner { made: Instant::now(), source }))
    }

    /// Protocol time, seconds since 1970.
    #[must_use]
    pub fn now_unix(&self) -> i64 {
        match &self.0.source {
            Source::Virtual(now) => now.load(Ordering::SeqCst),
            Source::Real => wall_unix(),
        }
    }

    /// Whether it moves only when told.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        matches!(self.0.source, Source::Virtual(_))
    }

    /// Moves a virtual clock forward by whole seconds (a started second counts).
    ///
    /// # Errors
    /// A real clock cannot be moved.
    pub fn advance(&self, by: Duration) -> Result<(), NotVirtual> {
        let Source::Virtual(now) = &self.0.source else {
            return Err(NotVirtual);
        };
        let started = u64::from(by.subsec_nanos() > 0);
        let seconds = i64::try_from(by.as_secs().saturating_add(started)).unwrap_or(i64::MAX);
        now.fetch_add(seconds, Ordering::SeqCst);
        Ok(())
    }

    /// Lets protocol time go by: at once on a virtual clock, through the runtime's timer on a real one.
    pub async fn pass(&self, time: Duration) {
        if self.advance(time).is_err() {
            tokio::time::sleep_until(tokio::time::Instant::now() + time).await;
        }
    }

    /// Microseconds since this clock was made. Never virtual, never backwards.
    #[must_use]
    pub fn monotonic_us(&self) -> u64 {
        u64::try_from(self.0.made.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", rfc3339(self.now_unix()))
    }
}

/// Certificates are validated in protocol time, inside TLS too.
impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.now_unix()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// A real clock was told to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the real clock cannot be advanced")]
pub struct NotVirtual;

/// Seconds since 1970 as an RFC 3339 date-time in UTC.
#[must_use]
pub fn rfc3339(unix: i64) -> String {
    let (year, month, day) = civil(unix.div_euclid(86_400));
    let time = time_of_day(unix);
    format!("{year:04}-{month:02}-{day:02}T{time}Z")
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The seconds since 1970 of a date as HTTP writes it, in the form that every sender has to use (RFC 9110 clause 5.6.7).
#[must_use]
pub fn of_http_date(text: &str) -> Option<i64> {
    let (_weekday, rest) = text.trim().split_once(", ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, time, "GMT"] = words.as_slice() else {
        return None;
    };
    let number = |text: &str| text.parse::<i64>().ok();
    let month = i64::try_from(MONTHS.iter().position(|known| known == month)?).ok()? + 1;
    let days = days_of(number(year)?, month, number(day)?);
    let clock: Option<Vec<i64>> = time.split(':').map(number).collect();
    match clock?.as_slice() {
        [hours, minutes, seconds] => Some(((days * 24 + hours) * 60 + minutes) * 60 + seconds),
        _ => None,
    }
}

/// Days since 1970 of a day of the Gregorian calendar.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// Seconds since 1970 as HTTP writes them (RFC 9110 clause 5.6.7).
#[must_use]
pub fn http_date(unix: i64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let days = unix.div_euclid(86_400);
    let (year, month, day) = civil(days);
    let named = |names: &[&'static str], at: i64| {
        let at = usize::try_from(at).ok();
        at.and_then(|at| names.get(at).copied()).unwrap_or_default()
    };
    let weekday = named(&WEEKDAYS, days.rem_euclid(7));
    let month = named(&MONTHS, month - 1);
    let time = time_of_day(unix);
    format!("{weekday}, {day:02} {month} {year:04} {time} GMT")
}

/// A named upper bound of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Name, as the target file and messages spell it.
    pub name: &'static str,
    /// How long the wait may last.
    pub after: Duration,
}

/// The event that was waited for did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing within the {} deadline of {} ms", .0.name, .0.after.as_millis())]
pub struct Overdue(pub Deadline);

/// Waits for an event, at most until the deadline.
///
/// # Errors
/// [`Overdue`] when the deadline passed first.
pub async fn within<T>(deadline: Deadline, event: impl Future<Output = T>) -> Result<T, Overdue> {
    tokio::time::timeout(deadline.after, event).await.map_err(|_elapsed| Overdue(deadline))
}

/// Every deadline there is, in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For a complete answer to a request.
    pub answer: Deadline,
    /// For a notification, after what causes it.
    pub notification: Deadline,
    /// For connecting, TLS included.
    pub handshake: Deadline,
    /// How long silence must last to count as absence, where no fence is possible.
    pub quiet: Deadline,
    /// For one step of a scenario.
    pub step: Deadline,
    /// For deleting what a scenario created.
    pub clean_up: Deadline,
}

impl Default for Deadlines {
    fn default() -> Self {
        let named = |name, milliseconds| Deadline { name, after: Duration::from_millis(milliseconds) };
        Self {
            answer: named("answer", 5_000),
            notification: named("notification", 10_000),
            handshake: named("handshake", 5_000),
            quiet: named("quiet", 500),
            step: named("step", 60_000),
            clean_up: named("clean-up", 10_000),
        }
    }
}

/// Seeded choices and fresh names. Clones draw from the same sequence.
#[derive(Clone, Debug)]
pub struct Names(Arc<Mutex<fastrand::Rng>>);

impl Names {
    /// The sequence that belongs to a seed and a salt (such as a scenario id): independent of whatever else runs.
    #[must_use]
    pub fn new(seed: u64, salt: &str) -> Self {
        let mixed = fnv1a(salt.as_bytes()) ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(Arc::new(Mutex::new(fastrand::Rng::with_seed(mixed))))
    }

    /// A name that this sequence has not given before, such as `invoker-5a1f09c7d2`.
    #[must_use]
    pub fn fresh(&self, kind: &str) -> String {
        format!("{kind}-{:010x}", self.number(0..1 << 40))
    }

    /// One of the given things; none of none.
    #[must_use]
    pub fn pick<'a, T>(&self, among: &'a [T]) -> Option<&'a T> {
        self.draw(|rng| rng.choice(among))
    }

    /// A number of the range.
    #[must_use]
    pub fn number(&self, range: impl RangeBounds<u64>) -> u64 {
        self.draw(|rng| rng.u64(range))
    }

    /// Puts things into a random order.
    pub fn shuffle<T>(&self, things: &mut [T]) {
        self.draw(|rng| rng.shuffle(things));
    }

    fn draw<T>(&self, choose: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        choose(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A hash that is the same on every machine and in every release of Rust.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

fn wall_unix() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}

fn time_of_day(unix: i64) -> String {
    let second = unix.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Proleptic Gregorian year, month and day of a day number since 1970, by counting in eras of 400 years that start
/// in March (so that the leap day is the last day of a year).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_times_are_rendered() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(4_102_444_799), "2099-12-31T23:59:59Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59Z");
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let clock = Clock::virtual_from_now();
        let seen = clock.clone();
        let start = clock.now_unix();
        clock.advance(Duration::from_millis(59_001)).unwrap();
        assert_eq!(seen.now_unix(), start + 60);
        assert_eq!(seen.current_time().unwrap().as_secs(), u64::try_from(start + 60).unwrap());
        assert_eq!(Clock::real().advance(Duration::ZERO), Err(NotVirtual));
    }

    #[test]
    fn a_seed_and_a_salt_repeat_a_sequence() {
        let draw = |seed, salt| {
            let names = Names::new(seed, salt);
            let mut order = [1, 2, 3, 4, 5, 6, 7, 8];
            names.shuffle(&mut order);
            (names.fresh("aef"), names.pick(&order).copied(), order)
        };
        assert_eq!(draw(7, "a"), draw(7, "a"));
        assert_ne!(draw(7, "a").0, draw(8, "a").0);
        assert_ne!(draw(7, "a").0, draw(7, "b").0);
    }

    #[tokio::test]
    async fn a_wait_ends_at_its_deadline() {
        let deadline = Deadline { name: "quiet", after: Duration::from_millis(1) };
        let overdue = within(deadline, std::future::pending::<()>()).await.unwrap_err();
        assert_eq!(overdue.to_string(), "nothing within the quiet deadline of 1 ms");
        assert_eq!(within(deadline, async { 5 }).await, Ok(5));
    }
}
