//! How reports say numbers, times and exchanges.

use crate::event::ExchangeEvent;
use crate::spec::Document;

/// A duration at the precision that a reader cares for.
pub(super) fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        1_000_000..60_000_000 => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
        _ => format!("{} min {} s", us / 60_000_000, us / 1_000_000 % 60),
    }
}

/// A count with its noun.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// An instant in RFC 3339, UTC. Days to a date after Howard Hinnant's `civil_from_days`.
pub(super) fn instant(unix: i64) -> String {
    let (days, second) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

/// The day of an instant, UTC.
pub(super) fn day(unix: i64) -> String {
    let instant = instant(unix);
    instant.split_once('T').map_or(String::new(), |(day, _)| day.to_owned())
}

/// `33122` as `TS 33.122`; what is no known document stays as it is.
pub(super) fn document(code: &str) -> &str {
    match code.parse::<Document>() {
        Ok(document) => document.title(),
        Err(_) => code,
    }
}

/// What was asked: `POST /path`, or that there was only a handshake.
pub(super) fn asked(exchange: &ExchangeEvent) -> &str {
    exchange.request.as_ref().map_or("TLS handshake", |request| {
        let line = request.start_line.as_str();
        line.rsplit_once(" HTTP/").map_or(line, |(asked, _)| asked)
    })
}

/// What came back: `201 Created`, or how the exchange ended instead.
pub(super) fn answered(exchange: &ExchangeEvent) -> &str {
    exchange.response.as_ref().map_or(exchange.outcome.as_str(), |response| {
        let line = response.start_line.as_str();
        line.strip_prefix("HTTP/").and_then(|line| line.split_once(' ')).map_or(line, |(_, status)| status)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(duration(950), "950 µs");
        assert_eq!(duration(1_990), "1.9 ms");
        assert_eq!(duration(61_500_000), "1 min 1 s");
        assert_eq!(instant(0), "1970-01-01T00:00:00Z");
        assert_eq!(instant(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(day(951_827_696), "2000-02-29");
        assert_eq!(instant(1_893_455_999), "2029-12-31T23:59:59Z");
    }
}
