//! What people type, made safe to keep: normalised, bounded, parsed once at the door (R30).

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use url::Url;

/// Longest title, in characters: it must fit into a Slack header block (150) with room for the id.
pub const TITLE_MAX: usize = 130;
/// Longest note, reason or answer, in characters: whole in one plain-text Slack section (3,000).
pub const PROSE_MAX: usize = 1000;
/// Longest link, in bytes: what browsers and Slack's own URL field take without complaint.
pub const LINK_MAX: usize = 1000;

/// Why a typed text was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextProblem {
    /// Nothing visible was typed.
    Missing,
    /// More than `max` characters; `length` were typed.
    TooLong {
        /// Characters typed, after normalisation.
        length: usize,
        /// Characters allowed.
        max: usize,
    },
}

/// One line of typed text: NFC, no control or direction-changing characters, no doubled spaces.
pub fn line(typed: &str, max: usize) -> Result<String, TextProblem> {
    let clean = clean(typed);
    let words: Vec<&str> = clean.split_whitespace().collect();
    bounded(words.join(" "), max)
}

/// Typed text of several lines: as [`line()`], but line breaks stay.
pub fn prose(typed: &str, max: usize) -> Result<String, TextProblem> {
    let clean = clean(typed);
    let lines: Vec<&str> = clean.trim().lines().map(str::trim_end).collect();
    bounded(lines.join("\n"), max)
}

fn bounded(text: String, max: usize) -> Result<String, TextProblem> {
    match text.chars().count() {
        0 => Err(TextProblem::Missing),
        length if length > max => Err(TextProblem::TooLong { length, max }),
        _ => Ok(text),
    }
}

/// NFC without controls, without the characters that reorder what follows them (Unicode UAX #9) and
/// without invisible ones that make two texts look alike.
fn clean(typed: &str) -> String {
    let composed = match typed.is_ascii() {
        true => Cow::Borrowed(typed),
        false => Cow::Owned(typed.nfc().collect::<String>()),
    };
    let visible = composed.chars().filter(|c| {
        let keep_break = *c == '\n' || *c == '\t';
        let reorders = matches!(*c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        let invisible = matches!(*c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{2028}' | '\u{2029}');
        keep_break || !(c.is_control() || reorders || invisible)
    });
    visible.collect()
}

/// An http or https link with a host. It is shown, never fetched (R30).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link(Url);

/// Why a typed link was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkProblem {
    /// Nothing was typed.
    Missing,
    /// Not an `http://` or `https://` address with a host.
    NotHttp,
    /// Over [`LINK_MAX`] bytes.
    TooLong,
}

impl Link {
    /// Reads a link as people paste it and as Slack writes it in a command (`<https://…|label>`).
    pub fn parse(typed: &str) -> Result<Self, LinkProblem> {
        let typed = typed.trim();
        // Only Slack's brackets hold a label; in a bare address a bar is part of it, and is kept encoded so
        // that it can never start a label when the link is shown.
        let bare = match typed.strip_prefix('<') {
            Some(wrapped) => wrapped.split(['|', '>']).next().unwrap_or_default().to_owned(),
            None => typed.replace('|', "%7C"),
        };
        if bare.is_empty() {
            return Err(LinkProblem::Missing);
        }
        if bare.len() > LINK_MAX {
            return Err(LinkProblem::TooLong);
        }
        if bare.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(LinkProblem::NotHttp);
        }
        let url = Url::parse(&bare).map_err(|_| LinkProblem::NotHttp)?;
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        if !matches!(url.scheme(), "http" | "https") || !has_host {
            return Err(LinkProblem::NotHttp);
        }
        // Percent-encoding can lengthen it; what is kept is what must fit.
        if url.as_str().len() > LINK_MAX {
            Err(LinkProblem::TooLong)
        } else {
            Ok(Self(url))
        }
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host that the link really leads to, shown beside it (a link can be dressed up).
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl TryFrom<String> for Link {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Link::parse(&text).map_err(|problem| format!("not a link: {problem:?}"))
    }
}

impl From<Link> for String {
    fn from(link: Link) -> String {
        link.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_normalised_and_bounded() {
        assert_eq!(line("  Cafe\u{301}\n\topens ", 20), Ok("Café opens".into()));
        assert_eq!(line("pay\u{202E}gnp.exe", 20), Ok("paygnp.exe".into()));
        assert_eq!(line(" \u{200B}\u{202E} ", 20), Err(TextProblem::Missing));
        assert_eq!(line("abcdef", 5), Err(TextProblem::TooLong { length: 6, max: 5 }));
    }

    #[test]
    fn prose_keeps_its_lines() {
        assert_eq!(prose("one \r\n\ntwo\n", 20), Ok("one\n\ntwo".into()));
    }

    #[test]
    fn links_are_http_with_a_host() {
        for good in [
            "https://example.com/a",
            "http://example.com",
            "<https://example.com/a|draft>",
        ] {
            assert_eq!(
                Link::parse(good).map(|l| l.host().to_owned()),
                Ok("example.com".into()),
                "{good}"
            );
        }
        assert_eq!(
            Link::parse("<https://e.com/?a=1&b=2|e.com>").map(String::from),
            Ok("https://e.com/?a=1&b=2".into())
        );
        assert_eq!(
            Link::parse("https://e.com/a|b").map(String::from),
            Ok("https://e.com/a%7Cb".into())
        );
        assert_eq!(Link::parse(" "), Err(LinkProblem::Missing));
        for bad in [
            "javascript:alert(1)",
            "example.com",
            "https://",
            "ftp://e.com",
            "mailto:a@e.com",
            "https://e .com",
        ] {
            assert_eq!(Link::parse(bad), Err(LinkProblem::NotHttp), "{bad}");
        }
        assert_eq!(
            Link::parse(&format!("https://e.com/{}", "a".repeat(2000))),
            Err(LinkProblem::TooLong)
        );
    }

    proptest! {
        #[test]
        fn cleaning_is_idempotent_and_bounded(typed in any::<String>()) {
            if let Ok(once) = line(&typed, 50) {
                prop_assert!(once.chars().count() <= 50);
                prop_assert_eq!(line(&once, 50), Ok(once));
            }
            if let Ok(once) = prose(&typed, 50) {
                prop_assert_eq!(prose(&once, 50), Ok(once));
            }
        }

        #[test]
        fn a_link_that_parses_parses_again(typed in any::<String>()) {
            if let Ok(link) = Link::parse(&typed) {
                prop_assert_eq!(Link::parse(link.as_str()), Ok(link));
            }
        }
    }
}
