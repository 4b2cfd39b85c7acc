//! What admins, time and bad luck change while the bot runs.

use super::channel::Channel;
use super::people::{Group, Kind, User};
use super::secrets;
use super::{Transport, Workspace};

impl Workspace {
    /// Adds or replaces a person.
    pub fn put_user(&self, user: User) {
        self.state().users.insert(user.id.clone(), user);
        self.touch();
    }

    /// Changes one person in place; nothing happens if there is no such person.
    pub fn change_user(&self, user_id: &str, change: impl FnOnce(&mut User)) {
        self.state().users.get_mut(user_id).map(change);
        self.touch();
    }

    /// One person as they are now.
    pub fn person(&self, user_id: &str) -> Option<User> {
        self.state().users.get(user_id).cloned()
    }

    /// All people, the bot included.
    pub fn people(&self) -> Vec<User> {
        self.state().users.values().cloned().collect()
    }

    /// Changes what an account is: deactivates it, makes it a guest, promotes it.
    pub fn set_kind(&self, user_id: &str, kind: Kind) {
        self.change_user(user_id, |user| user.kind = kind);
    }

    /// Sets the status emoji (`:palm_tree:` or empty) and its end in Unix seconds (0 is never).
    pub fn set_status(&self, user_id: &str, emoji: &str, expiration: i64) {
        self.change_user(user_id, |user| {
            user.status_emoji = emoji.to_owned();
            user.status_expiration = expiration;
        });
    }

    /// Adds or replaces a channel.
    pub fn put_channel(&self, channel: Channel) {
        self.state().channels.insert(channel.id.clone(), channel);
        self.touch();
    }

    /// Changes one channel in place (archive it, remove the bot, add people).
    pub fn change_channel(&self, channel_id: &str, change: impl FnOnce(&mut Channel)) {
        self.state().channels.get_mut(channel_id).map(change);
        self.touch();
    }

    /// All channels and direct messages.
    pub fn channels(&self) -> Vec<Channel> {
        self.state().channels.values().cloned().collect()
    }

    /// Archives a channel.
    pub fn archive(&self, channel_id: &str) {
        self.change_channel(channel_id, |channel| channel.archived = true);
    }

    /// Takes the bot out of a channel.
    pub fn remove_bot(&self, channel_id: &str) {
        self.change_channel(channel_id, |channel| channel.bot_member = false);
    }

    /// Changes one user group in place.
    pub fn change_group(&self, group_id: &str, change: impl FnOnce(&mut Group)) {
        self.state().groups.get_mut(group_id).map(change);
        self.touch();
    }

    /// Adds someone to a user group.
    pub fn add_to_group(&self, group_id: &str, user_id: &str) {
        self.change_group(group_id, |group| {
            group.members.insert(user_id.to_owned());
        });
    }

    /// Takes someone out of a user group.
    pub fn remove_from_group(&self, group_id: &str, user_id: &str) {
        self.change_group(group_id, |group| {
            group.members.remove(user_id);
        });
    }

    /// The bot token is refused with `token_revoked` from now on.
    pub fn revoke_token(&self) {
        self.state().app.token_error = Some("token_revoked");
    }

    /// The bot token is refused with `account_inactive` from now on.
    pub fn deactivate_bot(&self) {
        self.state().app.token_error = Some("account_inactive");
    }

    /// The bot token works again.
    pub fn restore_token(&self) {
        self.state().app.token_error = None;
    }

    /// Grants a scope.
    pub fn grant_scope(&self, scope: &str) {
        self.state().app.scopes.insert(scope.to_owned());
    }

    /// Takes a scope away.
    pub fn drop_scope(&self, scope: &str) {
        self.state().app.scopes.remove(scope);
    }

    /// Trigger ids handed out so far are too old from now on.
    pub fn expire_triggers(&self) {
        self.state().secrets.expire_triggers();
    }

    /// A response URL as if `user_id` had just run a command in `channel_id`.
    pub fn new_response_url(&self, user_id: &str, channel_id: &str) -> String {
        let now = self.now();
        let secret = self
            .state()
            .secrets
            .new_response_url(user_id, channel_id, None, now);
        self.respond_url(&secret)
    }

    /// Enforces Slack's rate limits, or stops doing so.
    pub fn enforce_rates(&self, enforced: bool) {
        self.rates().enforced = enforced;
    }

    /// Where deliveries go from now on.
    pub fn set_transport(&self, transport: Transport) {
        self.settings().transport = transport;
    }

    /// Deliver to this URL from now on.
    pub fn set_bot_url(&self, url: &str) {
        self.set_transport(Transport::Http(url.to_owned()));
    }

    /// The base URL of the Web API, `http://127.0.0.1:PORT/api/`; only the path before it is served.
    pub fn api_url(&self) -> String {
        format!("{}/api/", self.settings().origin)
    }

    /// The bot token, for the bot's environment.
    pub fn bot_token(&self) -> String {
        self.state().app.bot_token.clone()
    }

    /// The app-level token, for the bot's environment.
    pub fn app_token(&self) -> String {
        self.state().app.app_token.clone()
    }

    /// The signing secret, for the bot's environment.
    pub fn signing_secret(&self) -> String {
        self.state().app.signing_secret.clone()
    }

    /// The bot's user id.
    pub fn bot_user(&self) -> String {
        self.state().app.bot_user.clone()
    }

    pub(crate) fn respond_url(&self, secret: &str) -> String {
        format!("{}/respond/{secret}", self.settings().origin)
    }

    /// A single-use WebSocket URL.
    pub(crate) fn new_ticket_url(&self) -> String {
        let ticket = secrets::random(32);
        self.state().secrets.tickets.push(ticket.clone());
        let origin = self.settings().origin.replacen("http", "ws", 1);
        format!("{origin}/link/?ticket={ticket}")
    }
}
