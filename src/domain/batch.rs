//! `signoff explain --batch`: deadlines for a file of questions, without any configuration.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::json;

use super::calendar::{self, Calendar, Counting, MAX_COUNT, Weekdays};
use super::near::quoted;
use super::zone::Zone;

/// Longer lines are answered with an error: 1 MiB holds some 80,000 holidays.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// Answers each line of `reader` with one of `writer`, in order; the number of lines.
///
/// A bad line gets `{"error":"…"}` and the rest go on; so does a blank one, or the order would be lost.
///
/// # Errors
/// Only those of reading and writing.
pub fn explain_batch(mut reader: impl BufRead, mut writer: impl Write) -> io::Result<usize> {
    let mut lines = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader
            .by_ref()
            .take(MAX_LINE_BYTES)
            .read_until(b'\n', &mut line)?
            == 0
        {
            writer.flush()?;
            return Ok(lines);
        }
        let whole = line.ends_with(b"\n") || (line.len() as u64) < MAX_LINE_BYTES;
        let answer = if whole {
            answer_bytes(&line)
        } else {
            reader.skip_until(b'\n')?;
            error(&format!("a line may have at most {MAX_LINE_BYTES} bytes"))
        };
        writeln!(writer, "{answer}")?;
        lines += 1;
    }
}

/// `{"deadline":"2026-12-01T05:00:00Z"}` for one question, or `{"error":"…"}`; no newline at the end.
///
/// `requested_at` (RFC 3339) and `tz` (IANA) are required; `weekend` (ISO numbers) is `[6,7]`, `holidays` none,
/// `business_days` 3 and `counting` `whole-days` unless given; other keys are ignored. The deadline is in UTC,
/// with a fraction only where the request had one.
pub fn explain_batch_line(line: &str) -> String {
    match deadline(line) {
        Ok(deadline) => {
            json!({ "deadline": deadline.to_rfc3339_opts(SecondsFormat::AutoSi, true) }).to_string()
        }
        Err(reason) => error(&reason),
    }
}

fn answer_bytes(line: &[u8]) -> String {
    match std::str::from_utf8(line) {
        Ok(line) => explain_batch_line(line),
        Err(_) => error("a line must be UTF-8"),
    }
}

fn error(reason: &str) -> String {
    json!({ "error": reason }).to_string()
}

#[derive(Deserialize)]
struct Question {
    requested_at: String,
    tz: String,
    #[serde(default = "saturday_and_sunday")]
    weekend: Vec<i64>,
    #[serde(default)]
    holidays: Vec<String>,
    #[serde(default = "three")]
    business_days: i64,
    counting: Option<String>,
}

fn saturday_and_sunday() -> Vec<i64> {
    vec![6, 7]
}

fn three() -> i64 {
    3
}

/// The reason is for whoever wrote the line, so it is text here.
fn deadline(line: &str) -> Result<DateTime<Utc>, String> {
    let question = question(line)?;
    let from = instant(&question.requested_at)?;
    let zone = Zone::parse(&question.tz).map_err(|error| error.to_string())?;
    let weekend = Weekdays::from_iso(question.weekend).map_err(|error| error.to_string())?;
    let holidays = question
        .holidays
        .iter()
        .map(|day| Ok((date(day)?, "holiday".to_owned())));
    let holidays = holidays.collect::<Result<BTreeMap<_, _>, String>>()?;
    let counting = question
        .counting
        .as_deref()
        .map_or(Ok(Counting::default()), str::parse);
    let counting = counting.map_err(|error| error.to_string())?;
    let business_days = u32::try_from(question.business_days).map_err(|_| {
        format!(
            "business_days must be 1 to {MAX_COUNT}, not {}",
            question.business_days
        )
    })?;
    let calendar = Calendar::new(zone, weekend, holidays).map_err(|error| error.to_string())?;
    let deadline =
        calendar::deadline(&calendar, counting, business_days, from).map_err(|error| error.to_string())?;
    // RFC 3339 has no year of five digits to answer with.
    if deadline.year() > 9999 {
        return Err("the deadline is after the year 9999".to_owned());
    }
    Ok(deadline)
}

fn question(line: &str) -> Result<Question, String> {
    // serde would take an array for a struct whose fields come in order.
    if !line.trim_start().starts_with('{') {
        return Err("a line must be a JSON object".to_owned());
    }
    serde_json::from_str(line).map_err(|error| error.to_string())
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let at = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    // An offset can push 0000-01-01 before the years that RFC 3339 can write; a leap second is no time of day
    // that another date must have.
    at.filter(|at| at.year() >= 0 && at.timestamp_subsec_nanos() < 1_000_000_000)
        .ok_or_else(|| format!("requested_at {} is not an RFC 3339 instant", quoted(text)))
}

/// chrono alone would also take `2026-1-5` and `+2026-01-05`.
fn date(text: &str) -> Result<NaiveDate, String> {
    let strict = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => at < 10 && byte.is_ascii_digit(),
    });
    let date = text.parse().ok().filter(|_| strict && text.len() == 10);
    date.ok_or_else(|| format!("holiday {} is not a date as in 2026-12-25", quoted(text)))
}
