//! Everything the workspace knows, behind one lock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::channel::{Channel, Reach};
use super::leftovers::Leftover;
use super::message::{BotIdentity, Message};
use super::people::{Group, Kind, User};
use super::secrets::Secrets;
use super::text::Reader;
use super::view::{View, ViewOwner};

/// The author of Slack's own messages.
pub const SLACKBOT: &str = "USLACKBOT";

/// What the bot under test is to Slack.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) app_id: String,
    pub(crate) bot_user: String,
    pub(crate) bot_id: String,
    pub(crate) bot_token: String,
    pub(crate) app_token: String,
    pub(crate) signing_secret: String,
    /// The deprecated verification token that every delivery still carries.
    pub(crate) verification_token: String,
    pub(crate) scopes: BTreeSet<String>,
    /// `token_revoked` or `account_inactive` once the token is dead.
    pub(crate) token_error: Option<&'static str>,
}

/// The workspace's state.
pub(crate) struct State {
    pub(crate) team_id: String,
    pub(crate) team_domain: String,
    pub(crate) app: App,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) channels: BTreeMap<String, Channel>,
    /// Channel to its messages by `ts`.
    pub(crate) messages: BTreeMap<String, BTreeMap<String, Message>>,
    /// Per person, oldest first.
    pub(crate) ephemerals: BTreeMap<String, Vec<Message>>,
    /// Open modals per person, the top one last.
    pub(crate) stacks: BTreeMap<String, Vec<View>>,
    pub(crate) homes: BTreeMap<String, View>,
    pub(crate) secrets: Secrets,
    pub(crate) leftovers: Vec<Leftover>,
    last_ts: i64,
    counter: u64,
}

impl State {
    pub(crate) fn new(team_id: String, team_domain: String, app: App) -> Self {
        Self {
            team_id,
            team_domain,
            app,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            ephemerals: BTreeMap::new(),
            stacks: BTreeMap::new(),
            homes: BTreeMap::new(),
            secrets: Secrets::default(),
            leftovers: Vec::new(),
            last_ts: 0,
            counter: 0,
        }
    }

    /// A message time stamp: the clock's, moved on by a microsecond if taken or if the clock went back.
    pub(crate) fn next_ts(&mut self, now: DateTime<Utc>) -> String {
        self.last_ts = now.timestamp_micros().max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    /// A fresh id such as `V0000001` or `Ev0000002`.
    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{:08}", self.counter)
    }

    /// The direct message between the bot and `user`, opened if need be.
    pub(crate) fn direct(&mut self, user: &str) -> String {
        let channel = Channel::direct(user);
        let id = channel.id.clone();
        self.channels.entry(id.clone()).or_insert(channel);
        id
    }

    pub(crate) fn post(&mut self, message: Message) {
        self.messages
            .entry(message.channel.clone())
            .or_default()
            .insert(message.ts.clone(), message);
    }

    pub(crate) fn message_mut(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.messages.get_mut(channel)?.get_mut(ts)
    }

    pub(crate) fn message(&self, channel: &str, ts: &str) -> Option<&Message> {
        self.messages.get(channel)?.get(ts)
    }

    /// Shows `user` a message that only they see.
    pub(crate) fn whisper(&mut self, user: &str, mut message: Message) {
        message.ephemeral_to = Some(user.to_owned());
        self.ephemerals.entry(user.to_owned()).or_default().push(message);
    }

    pub(crate) fn ephemeral_mut(&mut self, user: &str, ts: &str) -> Option<&mut Message> {
        self.ephemerals
            .get_mut(user)?
            .iter_mut()
            .find(|message| message.ts == ts)
    }

    /// Finds an open modal or a Home view by id, with the person who has it open.
    pub(crate) fn view_mut(&mut self, view_id: &str) -> Option<(String, &mut View)> {
        let modals = self
            .stacks
            .iter_mut()
            .flat_map(|(user, stack)| stack.iter_mut().map(move |v| (user, v)));
        let mut all = modals.chain(self.homes.iter_mut());
        all.find(|(_, view)| view.id == view_id)
            .map(|(user, view)| (user.clone(), view))
    }

    pub(crate) fn bot_identity(&self) -> BotIdentity<'_> {
        BotIdentity {
            team_id: &self.team_id,
            bot_id: &self.app.bot_id,
            app_id: &self.app.app_id,
        }
    }

    pub(crate) fn view_owner(&self) -> ViewOwner<'_> {
        ViewOwner {
            team_id: &self.team_id,
            app_id: &self.app.app_id,
            bot_id: &self.app.bot_id,
        }
    }

    /// The eyes of `user`, or of nobody in particular.
    pub(crate) fn reader(&self, user: Option<&str>, now: DateTime<Utc>) -> Arc<Reader> {
        let people = self
            .users
            .values()
            .map(|user| (user.id.clone(), user.real_name.clone()));
        let places = self
            .channels
            .values()
            .map(|channel| (channel.id.clone(), channel.name.clone()));
        let groups = self
            .groups
            .values()
            .map(|group| (group.id.clone(), group.handle.clone()));
        let slackbot = (SLACKBOT.to_owned(), "Slackbot".to_owned());
        let tz_offset = user
            .and_then(|id| self.users.get(id))
            .map_or(0, |user| user.tz_offset);
        let names = people.chain(places).chain(groups).chain([slackbot]).collect();
        Arc::new(Reader {
            names,
            tz_offset,
            now,
        })
    }

    /// May `user` see this conversation? Strangers and guests only where they are members.
    pub(crate) fn sees(&self, user: &str, channel: &str) -> bool {
        let Some(channel) = self.channels.get(channel) else {
            return false;
        };
        let full = self
            .users
            .get(user)
            .is_some_and(|user| matches!(user.kind, Kind::Member | Kind::Admin));
        channel.seen_by(user) || (channel.reach == Reach::Public && full)
    }
}
