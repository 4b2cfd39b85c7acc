//! Channels and direct messages, as `conversations.*` shows them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Who can see a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody may read it.
    Public,
    /// Members only; to anyone else it does not exist (`channel_not_found`).
    Private,
    /// The direct message between the bot and this person.
    Direct(String),
}

/// One conversation.
#[derive(Clone, Debug)]
pub struct Channel {
    /// `C…`, `G…` or `D…`.
    pub id: String,
    /// The name without `#`.
    pub name: String,
    /// Who can see it.
    pub reach: Reach,
    /// Nobody can post there any more.
    pub archived: bool,
    /// The people in it.
    pub members: BTreeSet<String>,
    /// Is the bot a member?
    pub bot_member: bool,
}

impl Channel {
    /// A public channel with the bot in it and nobody else.
    pub fn public(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            reach: Reach::Public,
            archived: false,
            members: BTreeSet::new(),
            bot_member: true,
        }
    }

    /// A private channel with the bot in it and nobody else.
    pub fn private(id: &str, name: &str) -> Self {
        Self {
            reach: Reach::Private,
            ..Self::public(id, name)
        }
    }

    /// Adds people.
    pub fn with(mut self, members: &[&str]) -> Self {
        self.members.extend(members.iter().map(|id| (*id).to_owned()));
        self
    }

    /// The bot is not a member.
    pub fn without_bot(mut self) -> Self {
        self.bot_member = false;
        self
    }

    /// The direct message with `user`. The id is made from the user's so that logs can be read.
    pub(crate) fn direct(user: &str) -> Self {
        let id = format!("D{}", user.get(1..).unwrap_or(user));
        let mut channel = Self::public(&id, "directmessage");
        channel.reach = Reach::Direct(user.to_owned());
        channel.with(&[user])
    }

    /// May this person read it?
    pub(crate) fn seen_by(&self, user: &str) -> bool {
        self.members.contains(user)
    }

    /// The `channel` object of `conversations.info`.
    pub(crate) fn to_json(&self, bot_user: &str) -> Value {
        match &self.reach {
            Reach::Direct(user) => json!({
                "id": self.id, "is_im": true, "is_archived": false, "user": user, "is_user_deleted": false,
            }),
            reach => json!({
                "id": self.id,
                "name": self.name,
                "is_channel": *reach == Reach::Public,
                "is_group": *reach == Reach::Private,
                "is_im": false,
                "is_mpim": false,
                "is_private": *reach == Reach::Private,
                "is_archived": self.archived,
                "is_member": self.bot_member,
                "creator": bot_user,
                "num_members": self.members.len() + usize::from(self.bot_member),
            }),
        }
    }
}
