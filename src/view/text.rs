//! Text for Slack. What people typed is data (R30), people are mentions, instants are date tokens.

use crate::domain::ids::UserId;
use crate::domain::text::Link;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// A link whose markup is longer than this is shown by its host only: a URL of `&`s grows fivefold.
const LINK_MARKUP_MAX: usize = 1500;
/// Of the path of a link, so much is shown.
const PATH_SHOWN: usize = 40;
/// Of a host, so much: the end of it, which is the part that cannot be dressed up.
const HOST_SHOWN: usize = 80;

/// Escapes `&`, `<` and `>` for mrkdwn. To be done once, and last.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// One line of what somebody typed, for mrkdwn: at most `max` characters of it, then escaped. A backtick
/// becomes an apostrophe, because three of them would swallow the lines below.
pub fn typed(text: &str, max: usize) -> String {
    let line: String = text.chars().map(typed_char).collect();
    escape(&cut_plain(&line, max))
}

fn typed_char(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        '`' => '\'',
        c => c,
    }
}

/// As [`typed()`], in quotation marks.
pub fn quoted(text: &str, max: usize) -> String {
    format!("“{}”", typed(text, max))
}

/// A person, as Slack shows people.
pub fn mention(user: &UserId) -> String {
    format!("<@{}>", escape(user.as_str()))
}

/// An instant, in the zone of whoever reads it.
/// <https://docs.slack.dev/messaging/formatting-message-text/#date-formatting>
pub fn instant(at: DateTime<Utc>) -> String {
    let fallback = at.format("%a %-d %b %Y, %H:%M UTC");
    format!(
        "<!date^{}^{{date_short_pretty}} {{time}}|{fallback}>",
        at.timestamp()
    )
}

/// A date that is the same everywhere: `Wed 2 Dec 2026`.
pub fn date(on: NaiveDate) -> String {
    on.format("%a %-d %b %Y").to_string()
}

/// A date near enough to need no year: `Wed 2 Dec`.
pub fn day(on: NaiveDate) -> String {
    on.format("%a %-d %b").to_string()
}

/// Cuts escaped mrkdwn to `max` characters, never inside an entity, a mention or a link.
pub fn cut(mrkdwn: &str, max: usize) -> String {
    if width(mrkdwn) <= max {
        return mrkdwn.to_owned();
    }
    let (mut used, mut safe, mut until) = (0, 0, None);
    for (start, c) in mrkdwn.char_indices() {
        used += c.len_utf16();
        if used >= max {
            break;
        }
        until = match (until, c) {
            (None, '<') => Some('>'),
            (None, '&') => Some(';'),
            (Some(end), c) if end == c => None,
            (until, _) => until,
        };
        if until.is_none() {
            safe = start + c.len_utf8();
        }
    }
    format!("{}…", mrkdwn[..safe].trim_end())
}

/// Cuts plain text to `max` characters.
pub fn cut_plain(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.len_utf16();
        used < max
    });
    format!("{}…", kept.collect::<String>().trim_end())
}

/// Length in UTF-16 units. No page says what Slack counts; this never counts less than it may.
pub fn width(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// A link with the host it really leads to as its label; the label alone where the link is too long.
pub fn link(link: &Link) -> String {
    markup(link).unwrap_or_else(|| {
        format!(
            "{} (the address is too long to show here)",
            typed(&label(link), 200)
        )
    })
}

/// The link as mrkdwn, unless that would be too long for a block.
pub fn markup(link: &Link) -> Option<String> {
    let url = link
        .as_str()
        .replace('|', "%7C")
        .replace('<', "%3C")
        .replace('>', "%3E");
    let markup = format!(
        "<{}|{}>",
        escape(&url),
        typed(&label(link).replace('|', "%7C"), 200)
    );
    (width(&markup) <= LINK_MARKUP_MAX).then_some(markup)
}

/// Host and path of a link, both shortened: `example.com/draft`. Raw text.
pub fn label(link: &Link) -> String {
    let address = link
        .as_str()
        .split_once("://")
        .map_or(link.as_str(), |(_, rest)| rest);
    let (authority, path) = address.split_at(address.find(['/', '?', '#']).unwrap_or(address.len()));
    // What stands before an @ is no host, however much it looks like one.
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let hidden = host.chars().count().saturating_sub(HOST_SHOWN);
    let shown: String = host.chars().skip(hidden).collect();
    let dots = if hidden > 0 { "…" } else { "" };
    format!(
        "{dots}{shown}{}",
        cut_plain(path.trim_end_matches('/'), PATH_SHOWN)
    )
}

/// `1 review`, `2 reviews`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// How long something took, as near as matters: `35 minutes`, `4 hours`, `2 days`.
pub fn elapsed(time: TimeDelta) -> String {
    let whole = |number: i64| usize::try_from(number).unwrap_or(0);
    match time.num_minutes() {
        minutes @ ..90 => count(whole(minutes).max(1), "minute", "minutes"),
        minutes @ 90..2880 => count(whole((minutes + 30) / 60), "hour", "hours"),
        minutes => count(whole((minutes + 720) / 1440), "day", "days"),
    }
}

/// With a capital first letter.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
