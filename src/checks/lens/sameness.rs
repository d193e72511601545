//! Whether two contents tell the same, whatever a product does to them on their way through its database: date-times are
//! written anew, features get leading zeros, members and entries another order.

use serde_json::Value;

/// Whether two values tell the same.
#[must_use]
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|told| same_member(name, value, told)))
        }
        (Value::Array(one), Value::Array(other)) => same_entries(one, other),
        (Value::String(one), Value::String(other)) => {
            one == other || instant(one).is_some_and(|moment| instant(other) == Some(moment))
        }
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (_, _) => one == other,
    }
}

/// Features are numbers (TS 29.571 5.2.2): leading zeros and the case of digits tell nothing.
fn same_member(name: &str, one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) if name == "supportedFeatures" => features(one) == features(other),
        (_, _) => same(one, other),
    }
}

fn features(text: &str) -> String {
    text.trim_start_matches('0').to_ascii_lowercase()
}

/// The same entries, as often, in whatever order.
fn same_entries(one: &[Value], other: &[Value]) -> bool {
    let mut left: Vec<&Value> = other.iter().collect();
    one.len() == other.len()
        && one.iter().all(|entry| {
            let at = left.iter().position(|told| same(entry, told));
            at.map(|at| left.swap_remove(at)).is_some()
        })
}

/// A date-time of RFC 3339: seconds since 1970, and the digits of their fraction without trailing zeros.
fn instant(text: &str) -> Option<(i64, &str)> {
    let (date, rest) = (text.get(..10)?, text.get(11..)?);
    text.get(10..11).filter(|letter| letter.eq_ignore_ascii_case("T") || *letter == " ")?;
    let (time, rest) = (rest.get(..8)?, rest.get(8..)?);
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count() + 1);
    let (fraction, zone) = rest.split_at_checked(digits)?;
    let [year, month, day] = parts(date, '-')?;
    let [hour, minute, second] = parts(time, ':')?;
    let offset = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign @ ("+" | "-"), zone) => {
            let [hours, minutes] = parts(zone, ':')?;
            (hours * 60 + minutes) * if sign == "+" { 60 } else { -60 }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some((seconds, fraction.trim_start_matches('.').trim_end_matches('0')))
}

fn parts<const N: usize>(text: &str, between: char) -> Option<[i64; N]> {
    let parts =
        text.split(between).map(|part| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?);
    parts.collect::<Option<Vec<i64>>>()?.try_into().ok()
}

/// Days since 1970 of a day of the Gregorian calendar, whose years are taken to begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_only_written_otherwise_is_the_same() {
        let one = json!({
            "expiry": "2026-11-26T04:00:00.500Z", "supportedFeatures": "0a", "list": [1, {"x": "y"}], "n": 5,
        });
        let other = json!({
            "n": 5.0, "list": [{"x": "y"}, 1.0], "supportedFeatures": "A", "expiry": "2026-11-26T05:30:00.5+01:30",
        });
        assert!(same(&one, &other));
        assert!(same(&json!("2024-02-29t23:59:59-00:01"), &json!("2024-03-01T00:00:59Z")));
        assert_eq!(instant("1970-01-01T00:00:00Z"), Some((0, "")));
        assert_eq!(instant("2000-02-29T12:00:00Z"), Some((951_825_600, "")));
    }

    #[test]
    fn what_tells_something_else_is_not() {
        for (one, other) in [
            (json!("2026-11-26T04:00:00Z"), json!("2026-11-26T04:00:01Z")),
            (json!("2026-11-26T04:00:00Z"), json!("2026-11-26T04:00:00.001Z")),
            (json!("2026-11-26T04:00:00Z"), json!("2026-11-26")),
            (json!({"supportedFeatures": "1"}), json!({"supportedFeatures": "10"})),
            (json!({"other": "01"}), json!({"other": "1"})),
            (json!([1, 1, 2]), json!([1, 2, 2])),
            (json!([1]), json!([1, 1])),
            (json!({"a": 1}), json!({"a": 1, "b": 2})),
            (json!({"a": 1}), json!({"b": 1})),
            (json!("5"), json!(5)),
            (json!(null), json!(false)),
        ] {
            assert!(!same(&one, &other) && !same(&other, &one), "{one} {other}");
        }
    }
}
