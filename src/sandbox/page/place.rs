//! What the page's address says: who looks, at which conversation, which thread, and whether the wire shows.

use super::super::workspace::{Kind, Reach, User, Workspace};
use url::form_urlencoded;

/// The cast, in the order in which the story needs them, and what they are in it.
const ROLES: [(&str, &str); 7] = [
    ("U0PM", "product manager"),
    ("U0DIRECTOR", "product director"),
    ("U0MARK", "marketing"),
    ("U0MIA", "marketing"),
    ("U0GUEST", "guest"),
    ("U0DEPUTY", "director’s deputy"),
    ("U0ADMIN", "admin"),
];

/// A conversation, or App Home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// A channel, by its id.
    Channel(String),
    /// The direct message with the app.
    Direct,
    /// App Home.
    Home,
}

/// Where a visitor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Whose eyes.
    pub(super) who: String,
    /// Which conversation.
    pub(super) spot: Spot,
    /// The open thread, by its first message.
    pub(super) thread: Option<String>,
    /// The wire drawer is open.
    pub(super) wire: bool,
}

impl Place {
    /// Reads `as=…&in=…&thread=…&wire=1`. Who or what is not there is replaced by the first one.
    pub(super) fn read(query: &str, workspace: &Workspace) -> Place {
        let field = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let people = people(workspace);
        let who = field("as").filter(|id| people.iter().any(|(person, _)| person.id == *id));
        let who = who
            .or_else(|| people.first().map(|(person, _)| person.id.clone()))
            .unwrap_or_default();
        let spot = match field("in").as_deref() {
            Some("dm") => Spot::Direct,
            Some("home") => Spot::Home,
            wanted => {
                let mut open = channels(workspace, &who).into_iter().map(|(id, _)| id);
                let first = open.clone().next();
                let found = open.find(|id| Some(id.as_str()) == wanted).or(first);
                found.map_or(Spot::Direct, Spot::Channel)
            }
        };
        Place {
            who,
            spot,
            thread: field("thread"),
            wire: field("wire").is_some(),
        }
    }

    /// The query that [`Place::read`] reads.
    pub(super) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("as", &self.who);
        query.append_pair(
            "in",
            match &self.spot {
                Spot::Channel(id) => id,
                Spot::Direct => "dm",
                Spot::Home => "home",
            },
        );
        if let Some(thread) = &self.thread {
            query.append_pair("thread", thread);
        }
        if self.wire {
            query.append_pair("wire", "1");
        }
        query.finish()
    }

    /// The address of this place.
    pub(super) fn url(&self) -> String {
        format!("/?{}", self.query())
    }

    /// The same conversation through other eyes.
    pub(super) fn seen_by(&self, who: &str) -> Place {
        Place {
            who: who.to_owned(),
            thread: None,
            ..self.clone()
        }
    }

    /// Another conversation.
    pub(super) fn at(&self, spot: Spot) -> Place {
        Place {
            spot,
            thread: None,
            ..self.clone()
        }
    }

    /// With this thread open, or none.
    pub(super) fn in_thread(&self, thread: Option<&str>) -> Place {
        Place {
            thread: thread.map(str::to_owned),
            ..self.clone()
        }
    }

    /// With the wire drawer open or shut.
    pub(super) fn with_wire(&self, wire: bool) -> Place {
        Place { wire, ..self.clone() }
    }

    /// The id of the conversation in the workspace; App Home has the direct message's.
    pub(super) fn channel(&self, workspace: &Workspace) -> String {
        match &self.spot {
            Spot::Channel(id) => id.clone(),
            Spot::Direct | Spot::Home => workspace.user(&self.who).dm(),
        }
    }
}

/// Everybody a visitor can be, with what they are in the story; the cast first.
pub(super) fn people(workspace: &Workspace) -> Vec<(User, &'static str)> {
    let everybody = workspace.people();
    let human = |person: &&User| !matches!(person.kind, Kind::Bot | Kind::Deactivated);
    let role = |person: &User| ROLES.iter().position(|(id, _)| *id == person.id);
    let mut people: Vec<User> = everybody.iter().filter(human).cloned().collect();
    people.sort_by_key(|person| role(person).unwrap_or(ROLES.len()));
    people
        .into_iter()
        .map(|person| {
            let role = role(&person).map_or("", |at| ROLES[at].1);
            (person, role)
        })
        .collect()
}

/// The channels that somebody sees, id and name.
pub(super) fn channels(workspace: &Workspace, who: &str) -> Vec<(String, String)> {
    let full = workspace
        .person(who)
        .is_some_and(|person| matches!(person.kind, Kind::Member | Kind::Admin));
    let seen = workspace
        .channels()
        .into_iter()
        .filter(|channel| match channel.reach {
            Reach::Public => full || channel.members.contains(who),
            Reach::Private => channel.members.contains(who),
            Reach::Direct(_) => false,
        });
    seen.map(|channel| (channel.id, channel.name)).collect()
}
