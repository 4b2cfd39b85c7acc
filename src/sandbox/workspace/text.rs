//! Slack's mrkdwn as a person reads it.
//!
//! <https://docs.slack.dev/messaging/formatting-message-text/>

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::date;

/// Whose eyes: names to show, the time zone, and the time of reading.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Id of a user, channel or group to the name to show, without its sign.
    pub names: BTreeMap<String, String>,
    /// Seconds east of UTC.
    pub tz_offset: i32,
    /// For "today" and "tomorrow" in date tokens.
    pub now: DateTime<Utc>,
}

/// How a token begins that Slack's client makes of what is typed.
const TOKENS: [&str; 6] = ["<@", "<#", "<!", "<http://", "<https://", "<mailto:"];

/// A character to show, or a token whose inside is no markup.
enum Piece {
    Char(char),
    Token(String),
}

impl Reader {
    /// Renders mrkdwn as plain text: tokens resolved, `*`, `_` and `~` emphasis dropped, entities decoded.
    pub fn mrkdwn(&self, text: &str) -> String {
        let mut pieces = self.pieces(text);
        for mark in ['*', '_', '~'] {
            drop_emphasis(&mut pieces, mark);
        }
        pieces.into_iter().fold(String::new(), |mut out, piece| {
            match piece {
                Piece::Char(c) => out.push(c),
                Piece::Token(token) => out.push_str(&token),
            }
            out
        })
    }

    fn pieces(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '<'
                && let Some(end) = rest.find('>')
            {
                pieces.push(Piece::Token(self.token(&rest[1..end])));
                rest = &rest[end + 1..];
            } else if let Some((entity, shown)) = ENTITIES.iter().find(|(e, _)| rest.starts_with(e)) {
                // An escaped sign must not start markup again.
                pieces.push(Piece::Token((*shown).to_owned()));
                rest = &rest[entity.len()..];
            } else {
                pieces.push(Piece::Char(first));
                rest = &rest[first.len_utf8()..];
            }
        }
        pieces
    }

    fn token(&self, token: &str) -> String {
        let (head, label) = match token.split_once('|') {
            Some((head, label)) => (head, Some(label)),
            None => (token, None),
        };
        if let Some(id) = head.strip_prefix('@') {
            return format!("@{}", self.name(id, label));
        }
        if let Some(id) = head.strip_prefix('#') {
            return format!("#{}", self.name(id, label));
        }
        if let Some(special) = head.strip_prefix('!') {
            return self.special(special, label);
        }
        unescape(label.unwrap_or(head))
    }

    /// What a date token's inside, `timestamp^format[^link]`, shows in the reader's zone. Nothing if Slack
    /// would show the fallback.
    pub fn date(&self, token: &str) -> Option<String> {
        date::render(token, self.tz_offset, self.now)
    }

    fn special(&self, special: &str, label: Option<&str>) -> String {
        if let Some(date) = special.strip_prefix("date^") {
            let shown = self.date(date);
            return shown.unwrap_or_else(|| unescape(label.unwrap_or_default()));
        }
        if let Some(id) = special.strip_prefix("subteam^") {
            return format!("@{}", self.name(id, label));
        }
        format!("@{special}")
    }

    fn name(&self, id: &str, label: Option<&str>) -> String {
        let known = self.names.get(id).cloned();
        known.unwrap_or_else(|| label.unwrap_or(id).trim_start_matches('@').to_owned())
    }
}

const ENTITIES: [(&str, &str); 3] = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];

/// What somebody typed into a command, as Slack sends it: its three control characters as entities, but for the tokens
/// that the client made of people, channels and links.
pub(super) fn typed(text: &str) -> String {
    let (mut sent, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let token = TOKENS.iter().any(|start| rest.starts_with(start));
        let end = rest.find('>').filter(|_| token);
        let (whole, after) = rest.split_at(end.map_or(first.len_utf8(), |end| end + 1));
        match whole {
            "<" => sent.push_str("&lt;"),
            ">" => sent.push_str("&gt;"),
            whole => sent.push_str(&whole.replace('&', "&amp;")),
        }
        rest = after;
    }
    sent
}

fn unescape(text: &str) -> String {
    // `&amp;` last, or `&amp;lt;` would be decoded twice.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Removes pairs of `mark` around words on one line, as Slack does when it formats.
fn drop_emphasis(pieces: &mut Vec<Piece>, mark: char) {
    let mut start = 0;
    while let Some(open) = (start..pieces.len()).find(|&i| opens(pieces, i, mark)) {
        let line_end = (open..pieces.len())
            .find(|&i| is(pieces, i, |c| c == '\n'))
            .unwrap_or(pieces.len());
        match (open + 2..line_end).find(|&i| closes(pieces, i, mark)) {
            Some(close) => {
                pieces.remove(close);
                pieces.remove(open);
                start = close - 1;
            }
            None => start = open + 1,
        }
    }
}

fn opens(pieces: &[Piece], at: usize, mark: char) -> bool {
    is(pieces, at, |c| c == mark)
        && (at == 0 || !is(pieces, at - 1, char::is_alphanumeric))
        && pieces.get(at + 1).is_some()
        && !is(pieces, at + 1, |c| c.is_whitespace() || c == mark)
}

fn closes(pieces: &[Piece], at: usize, mark: char) -> bool {
    is(pieces, at, |c| c == mark)
        && !is(pieces, at - 1, char::is_whitespace)
        && !is(pieces, at + 1, char::is_alphanumeric)
}

fn is(pieces: &[Piece], at: usize, test: impl Fn(char) -> bool) -> bool {
    matches!(pieces.get(at), Some(Piece::Char(c)) if test(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let names = BTreeMap::from([("U0PM".to_owned(), "Petra".to_owned())]);
        Reader {
            names,
            ..Reader::default()
        }
        .mrkdwn(text)
    }

    #[test]
    fn tokens_emphasis_and_entities() {
        assert_eq!(
            read("*Hi* <@U0PM>, <https://x.test/a_b_c|see> &lt;3 &amp;amp; _now_ snake_case"),
            "Hi @Petra, see <3 &amp; now snake_case"
        );
        assert_eq!(
            read("<!here> <#C1|general> *<https://x.test>*"),
            "@here #general https://x.test"
        );
        assert_eq!(read("2 * 3 * 4 and &lt;!channel&gt;"), "2 * 3 * 4 and <!channel>");
    }

    #[test]
    fn dates_or_their_fallback() {
        assert_eq!(
            read("<!date^1795651200^{date_short} at {time}|soon>"),
            "Nov 26, 2026 at 12:00 AM"
        );
        assert_eq!(read("<!date^x^{date}|a &amp; b>"), "a & b");
    }
}
