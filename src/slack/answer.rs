//! What an answer of Slack means: the table "What an answer means" of `notes/slack.md`, as code.

use slack_morphism::errors::SlackClientError;
use std::time::Duration;

use super::connector::TransportError;

/// Why a call to Slack did not succeed, by who must act on it.
///
/// Neither `Display` nor `Debug` ever contains a body, a token or an address: only codes that Slack
/// documents, codes of our own (`timeout`, `http_502`, …) and names of places inside our request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Slack did not take it; sending it again cannot double it.
    #[error("not sent ({code})")]
    Retry {
        /// How long Slack asks us to leave this method alone, 1 s to 1 h. `None`: use a back-off.
        after: Option<Duration>,
        /// `ratelimited`, `request_timeout`, `connect_failed`, `connect_timeout`, `dns_failed`, …
        code: String,
    },
    /// It may have been done and may not. Never repeat a post on this; look first (R29). Calls that
    /// may be repeated anyway say so in their own docs: lookups, `views.publish`, `chat.update`.
    #[error("in doubt ({code})")]
    InDoubt {
        /// `timeout`, `broken_connection`, `http_5xx`, `internal_error`, `unreadable_answer`, …
        code: String,
    },
    /// What we addressed does not exist (any more) or cannot be written to: a channel, a person, a
    /// message, a modal, a trigger, a `response_url`. Fall back and tell someone; nobody was pinged.
    #[error("destination gone ({code})")]
    Gone {
        /// Slack's own code, or `http_404` and `http_410` for a `response_url`.
        code: String,
    },
    /// Slack does not accept us at all. Stop sending, keep timers, let nothing lapse, report not ready.
    #[error("credentials refused ({code})")]
    Credentials {
        /// Slack's own code.
        code: String,
    },
    /// Our mistake, or a code nobody documented: a dead row for an operator, never a loop.
    #[error("refused as malformed ({code}{}{detail})", if detail.is_empty() { "" } else { ": " })]
    Ours {
        /// Slack's own code, `http_4xx`, or one of ours (`foreign_response_url`, `bad_request`).
        code: String,
        /// Places inside our request (`/blocks/0/text`) and names of missing scopes; may be empty.
        detail: String,
    },
}

impl DeliveryError {
    /// The code without its class; short, lower case, safe to log and to use as a metric label.
    pub fn code(&self) -> &str {
        match self {
            Self::Retry { code, .. }
            | Self::InDoubt { code }
            | Self::Gone { code }
            | Self::Credentials { code }
            | Self::Ours { code, .. } => code,
        }
    }

    /// The class as one word: `retry`, `in_doubt`, `gone`, `credentials`, `ours`.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Retry { .. } => "retry",
            Self::InDoubt { .. } => "in_doubt",
            Self::Gone { .. } => "gone",
            Self::Credentials { .. } => "credentials",
            Self::Ours { .. } => "ours",
        }
    }

    /// Whether the call may have taken effect. For an idempotent call this is as good as "try again".
    pub fn in_doubt(&self) -> bool {
        matches!(self, Self::InDoubt { .. })
    }

    /// The wait Slack asked for, if this is a [`DeliveryError::Retry`] and it named one.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Retry { after, .. } => *after,
            _ => None,
        }
    }

    /// Classifies Slack's `error` code. `detail` is used by [`DeliveryError::Ours`] only and must
    /// already be free of content.
    ///
    /// A code that is in no list becomes `Ours`: Slack said "not ok" in words we do not know, so it was
    /// not done, and repeating what is refused for an unknown reason is how loops are made.
    pub fn from_code(code: &str, after: Option<Duration>, detail: String) -> Self {
        let code = tame(code);
        match code.as_str() {
            "ratelimited" | "rate_limited" | "request_timeout" | "message_limit_exceeded" => {
                Self::Retry { after, code }
            }
            // A workspace that moves to an enterprise organisation comes back by itself.
            "team_added_to_org" | "org_login_required" => Self::Retry { after, code },
            "internal_error" | "fatal_error" | "service_unavailable" => Self::InDoubt { code },
            c if CREDENTIALS.contains(&c) => Self::Credentials { code },
            c if GONE.contains(&c) || c.starts_with("restricted_action") => Self::Gone { code },
            _ => Self::Ours { code, detail },
        }
    }

    pub(super) fn in_doubt_because(code: &str) -> Self {
        Self::InDoubt {
            code: code.to_owned(),
        }
    }

    pub(in crate::slack) fn ours(code: &str) -> Self {
        Self::Ours {
            code: code.to_owned(),
            detail: String::new(),
        }
    }
}

/// Nobody can send anything until an operator acts: bad tokens, and workspaces that shut us out
/// (`ekm_access_denied`: posting is suspended; `accesslimited`: our network is not allowed).
const CREDENTIALS: &[&str] = &[
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "accesslimited",
    "ekm_access_denied",
    "two_factor_setup_required",
    "team_access_not_granted",
];

/// What was addressed is not there. `hash_conflict` belongs here: the view we meant was replaced.
const GONE: &[&str] = &[
    "channel_not_found",
    "is_archived",
    "not_in_channel",
    "no_permission",
    "access_denied",
    "channel_is_archived",
    "user_disabled",
    "user_not_found",
    "users_not_found",
    "user_not_visible",
    "user_not_in_channel",
    "user_is_bot",
    "user_is_restricted",
    "cannot_dm_bot",
    "messages_tab_disabled",
    "home_tab_disabled",
    "not_enabled",
    "message_not_found",
    "thread_not_found",
    "cannot_reply_to_message",
    "cant_update_message",
    "edit_window_closed",
    "no_such_subteam",
    "subteam_not_found",
    "view_not_found",
    "view_expired",
    "hash_conflict",
    "expired_trigger_id",
    "exchanged_trigger_id",
    "trigger_expired",
    "trigger_exchanged",
    "invalid_trigger_id",
    "expired_url",
    "used_url",
];

/// A code as Slack writes them, or `odd_code`: an answer must not be able to write into our log.
fn tame(code: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    if (1..=64).contains(&code.len()) && code.chars().all(plain) {
        code.to_owned()
    } else {
        "odd_code".to_owned()
    }
}

/// Reduces `response_metadata.messages` (and the like) to the places they name.
///
/// Slack's messages may quote what we sent, and what we sent may be a title: only JSON pointers
/// (`[json-pointer:/blocks/3/text]`) and `needed:` scopes survive. At most 8 places, 300 characters.
pub(super) fn places<'a>(messages: impl IntoIterator<Item = &'a str>) -> String {
    let mut found: Vec<String> = Vec::new();
    for message in messages {
        for piece in message.split("json-pointer:").skip(1) {
            let pointer: String = piece
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "/_-".contains(*c))
                .collect();
            if pointer.starts_with('/') {
                found.push(pointer);
            }
        }
    }
    found.dedup();
    found.truncate(8);
    let mut joined = found.join(", ");
    joined.truncate(300); // ASCII only, so any index is a boundary
    joined
}

impl From<SlackClientError> for DeliveryError {
    /// Maps kind and code and drops the rest: a `SlackClientError` may hold whole bodies.
    fn from(error: SlackClientError) -> Self {
        match error {
            SlackClientError::ApiError(e) => {
                Self::from_code(&e.code, None, e.errors.unwrap_or_default().join(", "))
            }
            SlackClientError::RateLimitError(e) => {
                let code = tame(e.code.as_deref().unwrap_or("ratelimited"));
                Self::Retry {
                    after: e.retry_after,
                    code,
                }
            }
            SlackClientError::HttpError(e) => from_status(e.status_code.as_u16()),
            SlackClientError::HttpProtocolError(e) => {
                let transport = e.cause.as_ref().and_then(|c| c.downcast_ref::<TransportError>());
                match transport {
                    Some(TransportError::NotSent(code)) => Self::Retry {
                        after: None,
                        code: (*code).to_owned(),
                    },
                    Some(TransportError::InDoubt(code)) => Self::in_doubt_because(code),
                    Some(TransportError::NotBuilt(code)) => Self::ours(code),
                    // Only an address that does not parse gets here (the crate's `From<ParseError>`).
                    None => Self::ours("bad_request"),
                }
            }
            // A 200 whose body is not what the method promises: it may well have been done.
            SlackClientError::ProtocolError(_) => Self::in_doubt_because("unreadable_answer"),
            SlackClientError::SystemError(_)
            | SlackClientError::EndOfStream(_)
            | SlackClientError::SocketModeProtocolError(_) => Self::ours("unsupported_call"),
        }
    }
}

/// A status that came without a readable answer of Slack's.
///
/// 408 is the twin of `request_timeout`: the request did not arrive whole. Any other 4xx was refused
/// before it was done. Everything else is somebody between Slack and us, and proves nothing.
pub(super) fn from_status(status: u16) -> DeliveryError {
    let code = format!("http_{status}");
    match status {
        408 | 429 => DeliveryError::Retry { after: None, code },
        400..=499 => DeliveryError::Ours {
            code,
            detail: String::new(),
        },
        _ => DeliveryError::InDoubt { code },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_survive() {
        let messages = [
            "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
            "[ERROR] Secret title: \"Acme buys Initech\"",
            "[json-pointer:evil] and [json-pointer:/view/blocks/2]",
        ];
        assert_eq!(places(messages), "/blocks/0/text/text, /view/blocks/2");
    }

    #[test]
    fn an_odd_code_cannot_write_into_the_log() {
        let error = DeliveryError::from_code("x\nxoxb-123 leaked", None, String::new());
        assert_eq!(error.to_string(), "refused as malformed (odd_code)");
    }

    #[test]
    fn display_names_the_place() {
        let error = DeliveryError::from_code("invalid_blocks", None, "/blocks/0".into());
        assert_eq!(
            error.to_string(),
            "refused as malformed (invalid_blocks: /blocks/0)"
        );
    }
}
