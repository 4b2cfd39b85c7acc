//! What Slack sends, as one closed type. Pure: bytes in, [`Inbound`] or [`BadRequest`] out.
//!
//! `Debug` of everything here names ids and kinds only. Texts, values, triggers and `response_url`s are
//! left out, so that a careless `{:?}` cannot put them in a log (R32).

use serde_json::Value;
use std::{collections::BTreeMap, fmt};
use url::form_urlencoded;

use super::payload;

/// A payload that came in, from either surface.
///
/// `team_id` is the workspace the payload is *about* and may be missing (`"team": null` on enterprise
/// installs); `user_team_id` is where the person comes from, which is who they are (R5).
#[derive(Clone, PartialEq)]
pub enum Inbound {
    /// Slack checks that the address is ours; to be answered with the challenge.
    UrlVerification {
        /// To be sent back.
        challenge: String,
    },
    /// `/review-request …`
    Command(SlashCommand),
    /// A click on a button or a choice in a menu (`block_actions`).
    Action(BlockAction),
    /// A modal was submitted (`view_submission`).
    Submission(ViewSubmission),
    /// A modal was closed (`view_closed`).
    Closed,
    /// A global or a message shortcut.
    Shortcut(Shortcut),
    /// An event of the Events API.
    Event(SlackEvent),
    /// Anything we do not know, or know but nobody sent (no user). To be acknowledged and counted.
    Unknown {
        /// Slack's `type`, if it is a plain word; else `other`.
        kind: String,
    },
}

/// A slash command. Only members of the workspace can send one.
#[derive(Clone, PartialEq, Eq)]
pub struct SlashCommand {
    /// The workspace it was typed in.
    pub team_id: String,
    /// Who typed it.
    pub user_id: String,
    /// The handle, which Slack is phasing out; may be empty. Never an identity.
    pub user_name: String,
    /// Where it was typed; may be empty.
    pub channel_id: String,
    /// With its slash.
    pub command: String,
    /// The rest of the line, as typed: data.
    pub text: String,
    /// Good for one modal within 3 s.
    pub trigger_id: Option<String>,
    /// Good for 5 answers within 30 min. A secret.
    pub response_url: Option<String>,
}

/// A click. Outsiders of a shared channel can click too (R5).
#[derive(Clone, PartialEq)]
pub struct BlockAction {
    /// The workspace, see [`Inbound`].
    pub team_id: Option<String>,
    /// Who clicked.
    pub user_id: String,
    /// Where they come from.
    pub user_team_id: Option<String>,
    /// Which button.
    pub action_id: String,
    /// Which block it is in.
    pub block_id: String,
    /// The button's value, or what was chosen: an option's value, an id, a date. Several choices are
    /// joined by commas.
    pub value: Option<String>,
    /// When, by Slack; part of the click's identity.
    pub action_ts: String,
    /// Good for one modal within 3 s.
    pub trigger_id: Option<String>,
    /// A secret; absent for clicks in a view.
    pub response_url: Option<String>,
    /// The conversation of the message that was clicked.
    pub channel_id: Option<String>,
    /// That message.
    pub message_ts: Option<String>,
    /// The view that was clicked, if it was not a message.
    pub view: Option<ViewRef>,
}

/// A view as an interaction carries it.
#[derive(Clone, PartialEq)]
pub struct ViewRef {
    /// `V…`
    pub id: String,
    /// Changes with every update.
    pub hash: String,
    /// The modal's name; empty for a home.
    pub callback_id: String,
    /// What we put there; at most 3,000 characters.
    pub private_metadata: String,
    /// What it is.
    pub kind: ViewKind,
    /// The inputs so far, by `block_id`.
    pub values: BTreeMap<String, InputValue>,
}

/// Where a view is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    /// On top of everything.
    Modal,
    /// In the App Home.
    Home,
    /// Something Slack has not invented yet.
    Other,
}

/// A submitted modal.
#[derive(Clone, PartialEq)]
pub struct ViewSubmission {
    /// The workspace, see [`Inbound`].
    pub team_id: Option<String>,
    /// Who submitted.
    pub user_id: String,
    /// Where they come from.
    pub user_team_id: Option<String>,
    /// Good for one modal within 3 s.
    pub trigger_id: Option<String>,
    /// `V…`
    pub view_id: String,
    /// Changes with every update of the view, not with every submission.
    pub hash: String,
    /// The modal's name.
    pub callback_id: String,
    /// What we put there.
    pub private_metadata: String,
    /// The inputs by `block_id`. Of a block with several elements: the one named `value`, else the first.
    pub values: BTreeMap<String, InputValue>,
}

/// What an input holds; `None` and an empty list are "left empty".
#[derive(Clone, PartialEq, Eq)]
pub enum InputValue {
    /// Typed text, numbers, addresses and links included.
    Text(Option<String>),
    /// One choice: an option's value, or the id of a person or conversation.
    Selected(Option<String>),
    /// Several choices.
    Many(Vec<String>),
    /// `YYYY-MM-DD`
    Date(Option<String>),
    /// `HH:MM`, or seconds since 1970 of a date and time.
    Time(Option<String>),
    /// An element nobody here knows.
    Other,
}

impl InputValue {
    /// The one text it comes to, if it is not empty. Several choices come to none.
    pub fn as_str(&self) -> Option<&str> {
        let (Self::Text(one) | Self::Selected(one) | Self::Date(one) | Self::Time(one)) = self else {
            return None;
        };
        one.as_deref().filter(|text| !text.is_empty())
    }
}

/// A shortcut, from the lightning menu or from a message's menu.
#[derive(Clone, PartialEq, Eq)]
pub struct Shortcut {
    /// The workspace, see [`Inbound`].
    pub team_id: Option<String>,
    /// Who chose it.
    pub user_id: String,
    /// Where they come from.
    pub user_team_id: Option<String>,
    /// Which shortcut.
    pub callback_id: String,
    /// Good for one modal within 3 s.
    pub trigger_id: Option<String>,
    /// The message, for a message shortcut.
    pub message: Option<ShortcutMessage>,
    /// A secret; message shortcuts only.
    pub response_url: Option<String>,
}

/// The message that a shortcut was chosen on.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortcutMessage {
    /// Its conversation.
    pub channel_id: String,
    /// Its identity in there.
    pub ts: String,
    /// What somebody typed: data.
    pub text: String,
    /// Who wrote it; `None` for bots.
    pub user: Option<String>,
}

/// An event of the Events API. Best effort by nature; nothing critical depends on one.
#[derive(Clone, PartialEq)]
pub struct SlackEvent {
    /// The workspace, see [`Inbound`].
    pub team_id: Option<String>,
    /// Globally unique.
    pub event_id: Option<String>,
    /// `app_home_opened`, `user_change`, …
    pub kind: String,
    /// Whom it is about, if anybody.
    pub user_id: Option<String>,
    /// The inner `event`.
    pub raw: Value,
}

/// Why a body is not a payload of Slack's. Says nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Neither a form nor a JSON object.
    #[error("not a form and not a JSON object")]
    NotReadable,
    /// Readable, but without something it cannot go without.
    #[error("{0} is missing")]
    Missing(&'static str),
}

/// Reads an HTTP body: a form holds a slash command or a `payload`, anything else is JSON (as in Bolt).
///
/// # Errors
/// [`BadRequest`], for whatever is not a payload; never a panic.
pub fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Inbound, BadRequest> {
    let text = std::str::from_utf8(body).map_err(|_| BadRequest::NotUtf8)?;
    if !is_form(content_type) {
        return payload::read(json(text)?);
    }
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        fields.entry(name).or_insert(value);
    }
    if let Some(inner) = fields.get("payload") {
        return payload::read(json(inner)?);
    }
    let fields = fields
        .into_iter()
        .map(|(k, v)| (k.into_owned(), Value::String(v.into_owned())));
    payload::read_command(Value::Object(fields.collect()))
}

/// Reads the payload of a Socket Mode envelope; `kind` is the envelope's `type`.
///
/// # Errors
/// [`BadRequest`], as [`parse`].
pub fn parse_envelope(kind: &str, payload: Value) -> Result<Inbound, BadRequest> {
    match kind {
        "slash_commands" => payload::read_command(payload),
        "events_api" | "interactive" => payload::read(payload),
        other => Ok(Inbound::unknown(other)),
    }
}

/// Whether this is Slack's probe of our certificate: a form with `ssl_check=1`, which is not signed.
pub(super) fn is_ssl_check(content_type: Option<&str>, text: &str) -> bool {
    // Nearly never, so it is not taken apart for that.
    text.contains("ssl_check=1")
        && is_form(content_type)
        && form_urlencoded::parse(text.as_bytes()).any(|(name, value)| name == "ssl_check" && value == "1")
}

fn is_form(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|c| c.split(';').next()).unwrap_or_default();
    essence
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// A `type` if it looks like one: what comes in must not be able to write into our log.
pub(super) fn tame(kind: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if (1..=64).contains(&kind.len()) && kind.chars().all(plain) {
        kind
    } else {
        "other"
    }
}

fn json(text: &str) -> Result<Value, BadRequest> {
    serde_json::from_str(text).map_err(|_| BadRequest::NotReadable)
}

impl Inbound {
    pub(super) fn unknown(kind: &str) -> Self {
        Self::Unknown {
            kind: tame(kind).to_owned(),
        }
    }

    /// The variant as one word, for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UrlVerification { .. } => "url_verification",
            Self::Command(_) => "command",
            Self::Action(_) => "action",
            Self::Submission(_) => "submission",
            Self::Closed => "closed",
            Self::Shortcut(_) => "shortcut",
            Self::Event(_) => "event",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// What makes this payload the same as another, to be kept for 48 h in the same transaction as what
    /// it caused (`notes/slack.md`, "Answering"). `None`: nothing identifies it, or nothing follows from it.
    ///
    /// A submission is known by `view.id` and `view.hash`, and by a fingerprint of its values: the hash
    /// stays as it is when a modal is answered with `response_action: errors`, and the corrected modal is
    /// a new attempt. A key is a JSON array, so no two sets of parts can read alike.
    pub fn dedup_key(&self) -> Option<String> {
        let parts = match self {
            Self::Command(c) => vec!["command", &c.team_id, c.trigger_id.as_deref()?],
            Self::Shortcut(s) => {
                vec![
                    "shortcut",
                    s.team_id.as_deref().unwrap_or_default(),
                    s.trigger_id.as_deref()?,
                ]
            }
            Self::Action(a) if !a.action_ts.is_empty() => {
                let team = a
                    .team_id
                    .as_deref()
                    .or(a.user_team_id.as_deref())
                    .unwrap_or_default();
                vec![
                    "action",
                    team,
                    &a.user_id,
                    &a.action_ts,
                    &a.action_id,
                    &a.block_id,
                ]
            }
            Self::Submission(s) if !s.view_id.is_empty() => {
                let values = fingerprint(&s.values);
                let about = [&s.user_id, &s.callback_id, &s.private_metadata];
                return Some(key(&[
                    "submission",
                    &s.view_id,
                    &s.hash,
                    about[0],
                    about[1],
                    about[2],
                    &values,
                ]));
            }
            Self::Event(e) => vec!["event", e.event_id.as_deref()?],
            _ => return None,
        };
        Some(key(&parts))
    }
}

fn key(parts: &[&str]) -> String {
    Value::from(parts.to_vec()).to_string()
}

/// FNV-1a, 64 bits, over the values in order. It tells attempts of one person at one modal apart and
/// nothing else; unlike the standard library's hasher it is the same in every release.
fn fingerprint(values: &BTreeMap<String, InputValue>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for (block_id, value) in values {
        add(block_id);
        match value {
            InputValue::Many(all) => all.iter().for_each(|one| add(one)),
            one => add(one.as_str().unwrap_or_default()),
        }
    }
    format!("{hash:016x}")
}

/// `Debug` with the named fields only.
macro_rules! debug_only {
    ($type:ty: $($field:ident),+) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))+.finish_non_exhaustive()
            }
        }
    };
}

debug_only!(SlashCommand: team_id, user_id, channel_id, command);
debug_only!(BlockAction: team_id, user_id, user_team_id, action_id, block_id, action_ts, channel_id, message_ts);
debug_only!(ViewRef: id, callback_id, kind);
debug_only!(ViewSubmission: team_id, user_id, user_team_id, view_id, callback_id);
debug_only!(Shortcut: team_id, user_id, user_team_id, callback_id);
debug_only!(ShortcutMessage: channel_id, ts, user);
debug_only!(SlackEvent: team_id, event_id, kind, user_id);

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(inner) => inner.fmt(f),
            Self::Action(inner) => inner.fmt(f),
            Self::Submission(inner) => inner.fmt(f),
            Self::Shortcut(inner) => inner.fmt(f),
            Self::Event(inner) => inner.fmt(f),
            Self::Unknown { kind } => f.debug_struct("Unknown").field("kind", kind).finish(),
            Self::UrlVerification { .. } | Self::Closed => f.write_str(self.kind()),
        }
    }
}

impl fmt::Debug for InputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Selected(_) => "Selected",
            Self::Many(_) => "Many",
            Self::Date(_) => "Date",
            Self::Time(_) => "Time",
            Self::Other => "Other",
        })
    }
}
