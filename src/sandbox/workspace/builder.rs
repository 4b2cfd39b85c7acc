//! Seeds a workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::channel::Channel;
use super::people::{Group, Kind, User};
use super::state::{App, State};
use super::{Now, Transport, Workspace};

/// The bot scopes that the project's notes list as minimal, and `commands`.
pub const DEFAULT_SCOPES: [&str; 12] = [
    "commands",
    "chat:write",
    "users:read",
    "usergroups:read",
    "im:write",
    "im:history",
    "channels:history",
    "groups:history",
    "channels:read",
    "groups:read",
    "users.profile:read",
    "team:read",
];

/// Collects what a workspace starts with. Everything can be changed later.
pub struct Builder {
    state: State,
    now: Now,
    transport: Transport,
}

impl Default for Builder {
    fn default() -> Self {
        let app = App {
            app_id: "A0SIGNOFF".to_owned(),
            bot_user: "U0SIGNOFF".to_owned(),
            bot_id: "B0SIGNOFF".to_owned(),
            bot_token: "xoxb-sandbox-bot-token".to_owned(),
            app_token: "xapp-sandbox-app-token".to_owned(),
            signing_secret: "sandbox-signing-secret".to_owned(),
            verification_token: "sandbox-verification-token".to_owned(),
            scopes: DEFAULT_SCOPES.into_iter().map(str::to_owned).collect(),
            token_error: None,
        };
        let mut state = State::new("T0SANDBOX".to_owned(), "sandbox".to_owned(), app);
        let bot = User::new("U0SIGNOFF")
            .named("Signoff")
            .handle("signoff")
            .kind(Kind::Bot);
        state.users.insert(bot.id.clone(), bot);
        Self {
            state,
            now: Arc::new(|| DateTime::<Utc>::UNIX_EPOCH),
            transport: Transport::Http("http://127.0.0.1:3000/slack/events".to_owned()),
        }
    }
}

impl Builder {
    /// The workspace's clock; the Unix epoch, standing still, unless set.
    pub fn now(mut self, now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>) -> Self {
        self.now = now;
        self
    }

    /// The team's id and domain.
    pub fn team(mut self, team_id: &str, domain: &str) -> Self {
        self.state.team_id = team_id.to_owned();
        self.state.team_domain = domain.to_owned();
        self
    }

    /// The bot token the Web API accepts.
    pub fn bot_token(mut self, token: &str) -> Self {
        self.state.app.bot_token = token.to_owned();
        self
    }

    /// The app-level token that `apps.connections.open` accepts.
    pub fn app_token(mut self, token: &str) -> Self {
        self.state.app.app_token = token.to_owned();
        self
    }

    /// The secret that signs deliveries.
    pub fn signing_secret(mut self, secret: &str) -> Self {
        self.state.app.signing_secret = secret.to_owned();
        self
    }

    /// The granted bot scopes, in place of `DEFAULT_SCOPES`.
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.state.app.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// Adds a person.
    pub fn user(mut self, user: User) -> Self {
        self.state.users.insert(user.id.clone(), user);
        self
    }

    /// Adds a channel.
    pub fn channel(mut self, channel: Channel) -> Self {
        self.state.channels.insert(channel.id.clone(), channel);
        self
    }

    /// Adds a user group.
    pub fn group(mut self, id: &str, handle: &str, members: &[&str]) -> Self {
        let members: BTreeSet<String> = members.iter().map(|id| (*id).to_owned()).collect();
        let group = Group {
            id: id.to_owned(),
            handle: handle.to_owned(),
            members,
            disabled: false,
        };
        self.state.groups.insert(id.to_owned(), group);
        self
    }

    /// Where the bot listens, such as `http://127.0.0.1:3000/slack/events`.
    pub fn bot_url(mut self, url: &str) -> Self {
        self.transport = Transport::Http(url.to_owned());
        self
    }

    /// Deliver over Socket Mode instead of HTTP.
    pub fn socket_mode(mut self) -> Self {
        self.transport = Transport::Socket;
        self
    }

    /// The workspace; call `serve` or `spawn` to open its Web API.
    pub fn build(self) -> Workspace {
        Workspace::new(self.state, self.now, self.transport)
    }

    /// A workspace with the people that the project's examples name: `U0PM`, `U0DIRECTOR`, `U0DEPUTY`,
    /// `U0MARK` and `U0MIA` in `@marketing` (`S0MARKETING`), `U0ADMIN`, `U0GUEST`, `U0STRANGER`, and the
    /// channels `C0MARKETING` and `C0GENERAL`.
    pub fn with_cast(self) -> Self {
        let people: BTreeMap<&str, Kind> = BTreeMap::from([
            ("U0PM", Kind::Member),
            ("U0DIRECTOR", Kind::Member),
            ("U0DEPUTY", Kind::Member),
            ("U0MARK", Kind::Member),
            ("U0MIA", Kind::Member),
            ("U0ADMIN", Kind::Admin),
            ("U0GUEST", Kind::Guest),
            ("U0STRANGER", Kind::External),
        ]);
        let everyone: Vec<&str> = people.keys().copied().collect();
        let cast = people.iter().fold(self, |builder, (id, kind)| {
            builder.user(User::new(id).kind(*kind))
        });
        cast.group("S0MARKETING", "marketing", &["U0MARK", "U0MIA"])
            .channel(Channel::public("C0GENERAL", "general").with(&everyone))
            .channel(Channel::public("C0MARKETING", "marketing").with(&everyone))
    }
}
