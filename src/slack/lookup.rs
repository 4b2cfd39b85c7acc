//! The gateway's questions: people, groups, channels, and whether a doubtful message arrived. All are
//! idempotent, so a doubt may be asked again. Who waits for an ack asks through [`Gateway::quick`].

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

use super::{answer::DeliveryError, gateway::Gateway, loose};

/// Slackbot: the one person Slack reports as neither a bot nor an app.
const SLACKBOT: &str = "USLACKBOT";
/// How far a conversation is looked through: 2,000 messages, in one minute's allowance of calls.
const MOST_PAGES: usize = 10;

/// A person as `users.info` tells it. What Slack leaves out reads as `false` or `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo {
    /// `U…` or `W…`.
    pub id: String,
    /// The workspace the person belongs to.
    pub team_id: Option<String>,
    /// All workspaces of an enterprise member; empty outside Enterprise Grid.
    pub enterprise_teams: Vec<String>,
    /// The display name, else the real name, else the handle, else the id. Typed by a person: data.
    pub name: String,
    /// An IANA zone, such as `Europe/Berlin`.
    pub tz: Option<String>,
    /// Seconds east of UTC, now; a fallback for a zone nobody knows.
    pub tz_offset: Option<i32>,
    /// Deactivated.
    pub deleted: bool,
    /// A bot, or Slackbot, which Slack itself does not call one.
    pub is_bot: bool,
    /// A guest.
    pub is_restricted: bool,
    /// A guest of a single channel.
    pub is_ultra_restricted: bool,
    /// From another organisation (Slack Connect).
    pub is_stranger: bool,
    /// Has authorised this app.
    pub is_app_user: bool,
    /// With its colons, such as `:palm_tree:`.
    pub status_emoji: Option<String>,
    /// When the status ends. `None`: it does not.
    pub status_expiration: Option<DateTime<Utc>>,
}

/// A conversation as `conversations.info` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ConversationInfo {
    /// The id; it may differ from the one asked for, ids of private channels change.
    pub id: String,
    /// Without its `#`; empty for a DM.
    #[serde(default, deserialize_with = "loose::field")]
    pub name: String,
    /// Whether the bot is in it.
    #[serde(default, deserialize_with = "loose::field")]
    pub is_member: bool,
    /// Nothing can be posted any more.
    #[serde(default, deserialize_with = "loose::field")]
    pub is_archived: bool,
    /// Members only.
    #[serde(default, deserialize_with = "loose::field")]
    pub is_private: bool,
    /// Shared with another organisation: outsiders read along.
    #[serde(default, deserialize_with = "loose::field")]
    pub is_ext_shared: bool,
}

/// A message of a history, reduced to what identifies it. Its text is deliberately not read: Slack may
/// have changed it (`notes/slack.md`: compare by id, never by text).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastMessage {
    /// The message's identity within the conversation.
    pub ts: String,
    /// What [`Gateway::post_message`] sent, if Slack kept it.
    pub client_msg_id: Option<String>,
    /// The texts of `metadata.event_payload`.
    pub metadata: BTreeMap<String, String>,
}

impl Gateway {
    /// `users.info` (`users:read`).
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` for nobody we can see. Callers refuse whom they cannot look up (R5).
    pub async fn user_info(&self, user_id: &str) -> Result<UserInfo, DeliveryError> {
        let found: Found = self
            .get("users.info", &[("user", Some(user_id.to_owned()))])
            .await?;
        Ok(found.user.into())
    }

    /// `usergroups.users.list` (`usergroups:read`, tier 2: cache it, up to 60 s): the members' ids.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` when there is no such group, or it is disabled.
    pub async fn usergroup_members(&self, group_id: &str) -> Result<Vec<String>, DeliveryError> {
        let params = [("usergroup", Some(group_id.to_owned()))];
        let group: Group = self.get("usergroups.users.list", &params).await?;
        Ok(group.users)
    }

    /// `conversations.info` (`channels:read`, `groups:read`).
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` when the bot cannot see such a channel.
    pub async fn conversation_info(&self, channel: &str) -> Result<ConversationInfo, DeliveryError> {
        let params = [("channel", Some(channel.to_owned()))];
        let room: Room = self.get("conversations.info", &params).await?;
        Ok(room.channel)
    }

    /// `chat.getPermalink`: the address of a message, for people.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Gone` when the bot cannot see the message.
    pub async fn permalink(&self, channel: &str, ts: &str) -> Result<String, DeliveryError> {
        let params = [
            ("channel", Some(channel.to_owned())),
            ("message_ts", Some(ts.to_owned())),
        ];
        let found: Permalink = self.get("chat.getPermalink", &params).await?;
        Ok(found.permalink)
    }

    /// `conversations.open` (`im:write`): the `D…` id of the DM with a person, which
    /// [`Gateway::messages_since`] needs when a first post stayed in doubt.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn open_dm(&self, user_id: &str) -> Result<String, DeliveryError> {
        // Slack documents a comma-separated text; the crate's model sends a list.
        let request = json!({ "users": user_id });
        let opened: Dm = self.post("conversations.open", &request).await?;
        Ok(opened.channel.id)
    }

    /// The messages of a conversation since `oldest` (a `ts`, inclusive), with their metadata, by
    /// `conversations.history`: up to 10 pages of 200. Needs `im:history`, `channels:history` or
    /// `groups:history`. The second value says whether there are more: then *not found* proves nothing.
    ///
    /// # Errors
    /// [`DeliveryError`]; `Ours` with `missing_scope` when Slack does not let us look.
    pub async fn messages_since(
        &self,
        channel: &str,
        oldest: &str,
    ) -> Result<(Vec<PastMessage>, bool), DeliveryError> {
        let (mut messages, mut cursor) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let params = [
                ("channel", Some(channel.to_owned())),
                ("oldest", Some(oldest.to_owned())),
                ("inclusive", Some("true".to_owned())),
                ("include_all_metadata", Some("true".to_owned())),
                ("limit", Some("200".to_owned())),
                ("cursor", cursor),
            ];
            let page: Page = self.get("conversations.history", &params).await?;
            messages.extend(page.messages.into_iter().map(PastMessage::from));
            if !page.has_more {
                return Ok((messages, false));
            }
            match page.response_metadata.next_cursor {
                // More, and no way to it.
                next if next.is_empty() => break,
                next => cursor = Some(next),
            }
        }
        Ok((messages, true))
    }
}

#[derive(Deserialize)]
struct Found {
    user: User,
}

#[derive(Deserialize)]
struct User {
    id: String,
    #[serde(default, deserialize_with = "loose::field")]
    team_id: Option<String>,
    #[serde(default, deserialize_with = "loose::field")]
    name: String,
    #[serde(default, deserialize_with = "loose::field")]
    real_name: String,
    #[serde(default, deserialize_with = "loose::field")]
    tz: Option<String>,
    #[serde(default, deserialize_with = "loose::field")]
    tz_offset: Option<i32>,
    #[serde(default, deserialize_with = "loose::field")]
    deleted: bool,
    #[serde(default, deserialize_with = "loose::field")]
    is_bot: bool,
    #[serde(default, deserialize_with = "loose::field")]
    is_restricted: bool,
    #[serde(default, deserialize_with = "loose::field")]
    is_ultra_restricted: bool,
    #[serde(default, deserialize_with = "loose::field")]
    is_stranger: bool,
    #[serde(default, deserialize_with = "loose::field")]
    is_app_user: bool,
    #[serde(default, deserialize_with = "loose::field")]
    profile: Profile,
    #[serde(default, deserialize_with = "loose::field")]
    enterprise_user: Enterprise,
}

#[derive(Default, Deserialize)]
struct Profile {
    #[serde(default, deserialize_with = "loose::field")]
    display_name: String,
    #[serde(default, deserialize_with = "loose::field")]
    real_name: String,
    #[serde(default, deserialize_with = "loose::field")]
    status_emoji: String,
    /// Seconds since 1970; 0 for "until cleared".
    #[serde(default, deserialize_with = "loose::field")]
    status_expiration: i64,
}

#[derive(Default, Deserialize)]
struct Enterprise {
    #[serde(default, deserialize_with = "loose::field")]
    teams: Vec<String>,
}

impl From<User> for UserInfo {
    fn from(user: User) -> Self {
        let profile = user.profile;
        let names = [profile.display_name, user.real_name, profile.real_name, user.name];
        let name = names
            .into_iter()
            .find(|n| !n.trim().is_empty())
            .unwrap_or_else(|| user.id.clone());
        let expires = Some(profile.status_expiration).filter(|s| *s > 0);
        Self {
            team_id: user.team_id,
            enterprise_teams: user.enterprise_user.teams,
            name,
            tz: user.tz.filter(|tz| !tz.is_empty()),
            tz_offset: user.tz_offset,
            deleted: user.deleted,
            is_bot: user.is_bot || user.id == SLACKBOT,
            is_restricted: user.is_restricted,
            is_ultra_restricted: user.is_ultra_restricted,
            is_stranger: user.is_stranger,
            is_app_user: user.is_app_user,
            status_emoji: Some(profile.status_emoji).filter(|e| !e.is_empty()),
            status_expiration: expires.and_then(|s| DateTime::from_timestamp(s, 0)),
            id: user.id,
        }
    }
}

#[derive(Deserialize)]
struct Group {
    users: Vec<String>,
}

#[derive(Deserialize)]
struct Permalink {
    permalink: String,
}

#[derive(Deserialize)]
struct Room {
    channel: ConversationInfo,
}

#[derive(Deserialize)]
struct Dm {
    channel: DmId,
}

#[derive(Deserialize)]
struct DmId {
    id: String,
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
    #[serde(default, deserialize_with = "loose::field")]
    has_more: bool,
    #[serde(default, deserialize_with = "loose::field")]
    response_metadata: Cursor,
}

#[derive(Default, Deserialize)]
struct Cursor {
    #[serde(default, deserialize_with = "loose::field")]
    next_cursor: String,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default, deserialize_with = "loose::field")]
    ts: String,
    #[serde(default, deserialize_with = "loose::field")]
    client_msg_id: Option<String>,
    #[serde(default, deserialize_with = "loose::field")]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default, deserialize_with = "loose::field")]
    event_payload: BTreeMap<String, serde_json::Value>,
}

impl From<Message> for PastMessage {
    fn from(message: Message) -> Self {
        let texts = message.metadata.event_payload.into_iter();
        Self {
            ts: message.ts,
            client_msg_id: message.client_msg_id,
            metadata: texts
                .filter_map(|(k, v)| Some((k, v.as_str()?.to_owned())))
                .collect(),
        }
    }
}
