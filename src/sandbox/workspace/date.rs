//! Date tokens, `<!date^timestamp^format^link|fallback>`.
//!
//! <https://docs.slack.dev/messaging/formatting-message-text/#date-formatting>

use chrono::{DateTime, Datelike, FixedOffset, TimeZone, Utc};

/// Renders `timestamp^format[^link]`, or nothing if Slack would show the fallback.
pub(crate) fn render(token: &str, tz_offset: i32, now: DateTime<Utc>) -> Option<String> {
    let mut parts = token.split('^');
    let seconds: i64 = parts.next()?.parse().ok()?;
    let mut format = parts.next().filter(|format| !format.is_empty())?;
    let zone = FixedOffset::east_opt(tz_offset)?;
    let at = zone.timestamp_opt(seconds, 0).single()?;
    let now = now.with_timezone(&zone);

    let mut out = String::new();
    while let Some(open) = format.find('{') {
        out.push_str(&format[..open]);
        let close = open + format[open..].find('}')?;
        out.push_str(&field(&format[open + 1..close], at, now)?);
        format = &format[close + 1..];
    }
    out.push_str(format);
    Some(out)
}

fn field(name: &str, at: DateTime<FixedOffset>, now: DateTime<FixedOffset>) -> Option<String> {
    let pretty = |plain: String| match (at.date_naive() - now.date_naive()).num_days() {
        -1 => "yesterday".to_owned(),
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        _ => plain,
    };
    let long = || {
        format!(
            "{} {}{}, {}",
            at.format("%B"),
            at.day(),
            ordinal(at.day()),
            at.year()
        )
    };
    let short = || at.format("%b %-d, %Y").to_string();
    Some(match name {
        "date_num" => at.format("%Y-%m-%d").to_string(),
        "date_slash" => at.format("%m/%d/%Y").to_string(),
        "date" => long(),
        "date_pretty" => pretty(long()),
        "date_short" => short(),
        "date_short_pretty" => pretty(short()),
        "date_long" => format!("{}, {}", at.format("%A"), long()),
        "date_long_pretty" => pretty(format!("{}, {}", at.format("%A"), long())),
        "time" => at.format("%-I:%M %p").to_string(),
        "time_secs" => at.format("%-I:%M:%S %p").to_string(),
        "ago" => ago((now - at).num_minutes()),
        _ => return None,
    })
}

fn ordinal(day: u32) -> &'static str {
    match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    }
}

fn ago(minutes: i64) -> String {
    let (amount, unit) = match minutes.abs() {
        m if m < 60 => (m, "minute"),
        m if m < 60 * 24 => (m / 60, "hour"),
        m => (m / (60 * 24), "day"),
    };
    let plural = if amount == 1 { "" } else { "s" };
    if minutes < 0 {
        format!("in {amount} {unit}{plural}")
    } else {
        format!("{amount} {unit}{plural} ago")
    }
}
