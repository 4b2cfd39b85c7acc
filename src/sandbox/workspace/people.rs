//! People and user groups, as Slack's `users.*` and `usergroups.*` methods show them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// What an account is. It decides what `users.info` says and what the person may do in the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A full member.
    Member,
    /// A workspace admin (`is_admin`).
    Admin,
    /// A multi-channel guest (`is_restricted`).
    Guest,
    /// A single-channel guest (`is_restricted` and `is_ultra_restricted`).
    SingleChannelGuest,
    /// A stranger of another organisation in a shared channel (`is_stranger`, another `team_id`):
    /// cannot run commands but can click buttons.
    External,
    /// A deactivated account (`deleted`); Slack leaves out its time zone.
    Deactivated,
    /// Another app's bot user (`is_bot`).
    Bot,
}

/// One account of the workspace.
#[derive(Clone, Debug)]
pub struct User {
    /// `U…` or `W…`; the letters mean nothing.
    pub id: String,
    /// The short handle (`user_name` of a command).
    pub name: String,
    /// The full name.
    pub real_name: String,
    /// IANA time zone.
    pub tz: String,
    /// Zone label, as in "Central European Time".
    pub tz_label: String,
    /// Seconds east of UTC, fixed: this workspace has no zone data.
    pub tz_offset: i32,
    /// What the account is.
    pub kind: Kind,
    /// `:palm_tree:`, or empty.
    pub status_emoji: String,
    /// The status' words, or empty.
    pub status_text: String,
    /// Unix seconds at which the status ends; 0 is never.
    pub status_expiration: i64,
}

impl User {
    /// A full member in UTC whose names are made from the id.
    pub fn new(id: &str) -> Self {
        let name = id.strip_prefix("U0").unwrap_or(id).to_lowercase();
        let mut letters = name.chars();
        let real_name = match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => name.clone(),
        };
        Self {
            id: id.to_owned(),
            name,
            real_name,
            tz: "Etc/UTC".to_owned(),
            tz_label: "Coordinated Universal Time".to_owned(),
            tz_offset: 0,
            kind: Kind::Member,
            status_emoji: String::new(),
            status_text: String::new(),
            status_expiration: 0,
        }
    }

    /// Sets the full name.
    pub fn named(mut self, real_name: &str) -> Self {
        self.real_name = real_name.to_owned();
        self
    }

    /// Sets the handle.
    pub fn handle(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// Sets the time zone and its fixed offset in seconds east of UTC.
    pub fn zone(mut self, tz: &str, tz_offset: i32) -> Self {
        self.tz = tz.to_owned();
        self.tz_label = tz.to_owned();
        self.tz_offset = tz_offset;
        self
    }

    /// Sets what the account is.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The team a payload names for this person: strangers have their own.
    pub(crate) fn team<'a>(&self, home: &'a str) -> &'a str {
        if self.kind == Kind::External {
            "T0ELSEWHERE"
        } else {
            home
        }
    }

    /// The `profile` object of `users.profile.get`.
    pub(crate) fn profile(&self) -> Value {
        json!({
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            // Empty as long as nobody sets one of their own.
            "display_name": "",
            "display_name_normalized": "",
            "status_emoji": self.status_emoji,
            "status_text": self.status_text,
            "status_expiration": self.status_expiration,
            "avatar_hash": "g0",
        })
    }

    /// The `user` object of `users.info`.
    pub(crate) fn to_json(&self, home: &str) -> Value {
        let deleted = self.kind == Kind::Deactivated;
        let mut user = json!({
            "id": self.id,
            "team_id": self.team(home),
            "name": self.name,
            "real_name": self.real_name,
            "deleted": deleted,
            "color": "9f69e7",
            "profile": self.profile(),
            "is_bot": self.kind == Kind::Bot,
            "is_app_user": false,
            "updated": 0,
        });
        if !deleted {
            user["tz"] = json!(self.tz);
            user["tz_label"] = json!(self.tz_label);
            user["tz_offset"] = json!(self.tz_offset);
            user["is_admin"] = json!(self.kind == Kind::Admin);
            user["is_owner"] = json!(false);
            user["is_primary_owner"] = json!(false);
            user["is_restricted"] = json!(matches!(self.kind, Kind::Guest | Kind::SingleChannelGuest));
            user["is_ultra_restricted"] = json!(self.kind == Kind::SingleChannelGuest);
        }
        if self.kind == Kind::External {
            user["is_stranger"] = json!(true);
        }
        user
    }

    /// The `user` object inside an interaction payload.
    pub(crate) fn in_payload(&self, home: &str) -> Value {
        json!({"id": self.id, "username": self.name, "name": self.name, "team_id": self.team(home)})
    }
}

/// A user group (`@marketing`).
#[derive(Clone, Debug)]
pub struct Group {
    /// `S…`.
    pub id: String,
    /// The handle without `@`.
    pub handle: String,
    /// The people in it.
    pub members: BTreeSet<String>,
    /// A disabled group lists no members.
    pub disabled: bool,
}

impl Group {
    /// The object of `usergroups.list`.
    pub(crate) fn to_json(&self, team_id: &str) -> Value {
        json!({
            "id": self.id,
            "team_id": team_id,
            "is_usergroup": true,
            "name": self.handle,
            "handle": self.handle,
            "date_delete": i64::from(self.disabled),
            "user_count": self.members.len(),
        })
    }
}
