//! Reading one response of Slack's, before [`super::answer`] says what it means for a delivery.

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};
use slack_morphism::{ClientResult, errors::*};
use std::time::Duration;

use super::{answer::places, connector::TransportError, loose};

pub(super) fn parse_http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|d| d.to_utc())
}

/// Seconds, or a date measured against the same answer's `Date` so that our clock plays no part.
///
/// At least 1 s (a zero must not become a tight loop), at most 1 h (a typo must not become a week);
/// `None` for anything else, and the caller's back-off applies.
pub(super) fn parse_retry_after(text: &str, date: Option<DateTime<Utc>>) -> Option<Duration> {
    let text = text.trim();
    let seconds = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().unwrap_or(u64::MAX) // only an overflow is left to fail
    } else {
        let wait = parse_http_date(text)? - date?;
        u64::try_from(wait.num_seconds()).unwrap_or(0)
    };
    Some(Duration::from_secs(seconds.clamp(1, 3600)))
}

/// An answer, before anybody decides what it means.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// What every method of the Web API answers with, tolerantly.
#[derive(Debug, Deserialize)]
struct Envelope {
    ok: bool,
    #[serde(default, deserialize_with = "loose::field")]
    error: String,
    #[serde(default, deserialize_with = "loose::field")]
    needed: String,
    #[serde(default, deserialize_with = "loose::field")]
    response_metadata: Metadata,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default, deserialize_with = "loose::field")]
    messages: Vec<String>,
}

impl Response {
    /// The error Slack's own words amount to, if the body is an answer of Slack's that says "not ok".
    pub(super) fn refusal(&self) -> Option<SlackClientError> {
        let envelope: Envelope = serde_json::from_slice(&self.body).ok()?;
        (!envelope.ok).then(|| {
            if matches!(envelope.error.as_str(), "ratelimited" | "rate_limited") {
                return self.rate_limited();
            }
            let mut detail = vec![places(
                envelope.response_metadata.messages.iter().map(String::as_str),
            )];
            detail.push(scopes(&envelope.needed));
            detail.retain(|d| !d.is_empty());
            SlackClientError::ApiError(SlackClientApiError::new(envelope.error).with_errors(detail))
        })
    }

    pub(super) fn rate_limited(&self) -> SlackClientError {
        let error = SlackRateLimitError::new().with_code("ratelimited".into());
        SlackClientError::RateLimitError(error.opt_retry_after(self.retry_after))
    }

    /// The answer as `RS`, or the error it is. Errors never contain the body.
    pub(super) fn parse<RS: DeserializeOwned>(&self) -> ClientResult<RS> {
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(self.rate_limited());
        }
        let read = self.status.is_success() || self.status.is_client_error();
        if let Some(refusal) = self.refusal().filter(|_| read) {
            return Err(refusal);
        }
        if !self.status.is_success() {
            return Err(SlackClientError::HttpError(SlackClientHttpError::new(
                self.status,
            )));
        }
        let unreadable = |_| TransportError::InDoubt("unreadable_answer");
        // "ok" must be there: a portal page that happens to be JSON is no answer of Slack's.
        serde_json::from_slice::<Envelope>(&self.body).map_err(unreadable)?;
        Ok(serde_json::from_slice(&self.body).map_err(unreadable)?)
    }
}

fn scopes(needed: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || ":._-,".contains(*c);
    let names: String = needed.chars().filter(plain).take(100).collect();
    if names.is_empty() {
        names
    } else {
        format!("needed {names}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_in_every_shape() {
        let date = parse_http_date("Wed, 21 Oct 2026 07:28:00 GMT");
        let seconds = |text| parse_retry_after(text, date).map(|d| d.as_secs());
        assert_eq!(seconds("0"), Some(1));
        assert_eq!(seconds("1"), Some(1));
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("99999999999999999999999"), Some(3600));
        assert_eq!(seconds("Wed, 21 Oct 2026 07:29:30 GMT"), Some(90));
        assert_eq!(seconds("Wed, 21 Oct 2026 07:00:00 GMT"), Some(1));
        for garbage in ["", "-5", "1.5", "soon", "1 minute", "٣"] {
            assert_eq!(seconds(garbage), None, "{garbage:?}");
        }
        assert_eq!(parse_retry_after("Wed, 21 Oct 2026 07:29:30 GMT", None), None);
    }
}
