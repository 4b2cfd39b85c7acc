//! A database to be filled: by the store, or faster, past it.

use chrono::{DateTime, Utc};
use signoff::domain::calendar::Counting;
use signoff::domain::command::Actor;
use signoff::domain::event::{Entry, Event};
use signoff::domain::evolve;
use signoff::domain::ids::{RequestId, UserId};
use signoff::domain::request::{Asked, ClockPolicy, Details, Request, Role};
use signoff::domain::text::Link;
use signoff::domain::zone::Zone;
use signoff::store::Store;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// An open database, and its address for a second connection.
pub(crate) struct Database {
    pub(crate) store: Store,
    url: String,
    _folder: TempDir,
}

impl Database {
    pub(crate) async fn open(url: Option<&str>) -> anyhow::Result<Database> {
        // Beside the project, for its disk.
        let folder = tempfile::tempdir_in(".")?;
        let file = format!("sqlite://{}", folder.path().join("signoff.db").display());
        let url = url.unwrap_or(&file).to_owned();
        let store = Store::open(&url).await?;
        Ok(Database {
            store,
            url,
            _folder: folder,
        })
    }

    /// A connection that knows nothing of rules.
    pub(crate) async fn direct(&self) -> anyhow::Result<Direct> {
        if self.url.starts_with("sqlite:") {
            let mut conn = SqliteConnection::connect(&self.url).await?;
            conn.execute("pragma synchronous = off").await?;
            return Ok(Direct::Sqlite(conn));
        }
        let mut conn = PgConnection::connect(&self.url).await?;
        conn.execute("set synchronous_commit = off").await?;
        Ok(Direct::Postgres(conn))
    }
}

/// A connection for statements of our own.
pub(crate) enum Direct {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Direct {
    pub(crate) async fn run(&mut self, sql: String) -> anyhow::Result<()> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Direct::Sqlite(conn) => sql.execute(conn).await.map(|_| ())?,
            Direct::Postgres(conn) => sql.execute(conn).await.map(|_| ())?,
        }
        Ok(())
    }

    /// An instant in this database's words, from an expression that gives Unix seconds.
    pub(crate) fn instant(&self, seconds: &str) -> String {
        match self {
            Direct::Sqlite(_) => format!("({seconds}) * 1000000"),
            Direct::Postgres(_) => format!("to_timestamp({seconds})"),
        }
    }

    /// What either does by itself after a while.
    pub(crate) async fn tidy_up(&mut self) -> anyhow::Result<()> {
        let sql = match self {
            Direct::Sqlite(_) => "pragma wal_checkpoint(truncate)",
            Direct::Postgres(_) => "vacuum analyze",
        };
        self.run(sql.to_owned()).await
    }
}

/// A request that was filed and brought to its reviewers, and all that was written down about it.
pub(crate) struct Filed {
    pub(crate) request: Request,
    pub(crate) entries: Vec<Entry>,
}

/// What else happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Nothing,
    RaisedWide,
    Objected,
    Approved,
}

impl Filed {
    pub(crate) fn new(number: i64, at: DateTime<Utc>, deadline: DateTime<Utc>, then: Then) -> Filed {
        let lanes = [
            ("director", Role::Director, vec!["U0DIRECTOR"]),
            ("marketing", Role::Member, vec!["U0MARK", "U0MIA"]),
        ];
        let mut events = vec![filed(number)];
        for (lane, role, users) in &lanes {
            events.push(Event::ReviewersAsked {
                lane: (*lane).into(),
                round: 1,
                asked: users.iter().map(|user| asked(user, role.clone())).collect(),
            });
            let delivered = users.iter().map(|user| Event::PingDelivered {
                lane: (*lane).into(),
                round: 1,
                user: UserId::new(*user),
                delivered_at: at,
            });
            events.extend(delivered);
            events.push(started(lane, at, deadline));
        }
        let approved = |lane: &str| Event::Approved {
            lane: lane.into(),
            note: None,
        };
        match then {
            Then::Nothing => {}
            Then::RaisedWide => events.push(Event::WideImpactRaised),
            Then::Objected => events.push(Event::ChangesRequested {
                lane: "marketing".into(),
                reason: "The second paragraph names a customer who did not agree to it yet".to_owned(),
            }),
            Then::Approved => events.extend(lanes.map(|(lane, ..)| approved(lane))),
        }
        let entry = |event| Entry {
            at,
            actor: Actor::User(UserId::new("U0MARK")),
            event,
        };
        let entries: Vec<Entry> = events.into_iter().map(entry).collect();
        let request = entries.iter().fold(None, |request, entry| {
            Some(evolve(request, entry, RequestId(number)))
        });
        Filed {
            request: request.expect("it was filed"),
            entries,
        }
    }
}

/// Every twentieth is the same person's.
fn filed(number: i64) -> Event {
    let requester = match number % 20 {
        0 => "U0PM".to_owned(),
        other => format!("U{other:09}"),
    };
    Event::Filed {
        requester: UserId::new(requester),
        details: Details {
            category: "press".into(),
            title: format!("Interview number {number} about the new search"),
            link: Link::parse("https://example.com/draft").expect("a link"),
            area: Some("search".into()),
            publish_on: None,
            notes: Some("They want to print it on the front page, with a photograph of the team".to_owned()),
        },
        lanes: vec!["director".into(), "marketing".into()],
        gated: true,
        wide_impact: false,
    }
}

fn asked(user: &str, role: Role) -> Asked {
    Asked {
        user: UserId::new(user),
        role,
        zone: None,
        delivered_at: None,
        unreachable: false,
        in_place_of: None,
        aside: None,
        handed_by: None,
        again: false,
    }
}

fn started(lane: &str, at: DateTime<Utc>, deadline: DateTime<Utc>) -> Event {
    Event::ClockStarted {
        lane: lane.into(),
        round: 1,
        started_at: at,
        deadline,
        policy: ClockPolicy {
            business_days: 3,
            counting: Counting::WholeDays,
            timezone: Zone::parse("America/Los_Angeles").expect("a zone"),
            tzdb: "2026e".to_owned(),
            days: Vec::new(),
        },
    }
}
