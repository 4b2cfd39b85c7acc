//! A story's stage: the bot and a local workspace over real HTTP (or Socket Mode), one clock for both. A
//! story says what people do and what they then see; [`run_test`] ends it by proving that nothing is left
//! over (STYLE, rule 6).

#![allow(
    dead_code,
    reason = "shared by several test binaries, none of which needs all of it"
)]

mod people;
mod safe;
mod stands;

pub(crate) use people::id_in;

use chrono::{DateTime, TimeDelta, Utc};
use safe::every_message_is_safe;
use signoff::clock::Clock;
use signoff::sandbox::workspace::{Builder, Channel, Kind, User, Workspace};
use signoff::sandbox::{CONFIG, Options, START, Sandbox};
use std::sync::{Arc, Mutex};

/// How Slack reaches the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Signed requests to the bot.
    Http,
    /// The bot's own WebSocket.
    Socket,
}

/// Where the bot keeps what it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// A file in the story's folder.
    Sqlite,
    /// A database of its own on the tests' server.
    Postgres,
}

/// Runs a story (an `async fn(&mut Test)`) over HTTP, over Socket Mode, and on PostgreSQL.
macro_rules! story {
    ($name:ident) => {
        story!($name, signoff::sandbox::CONFIG);
    };
    ($name:ident, $config:expr) => {
        mod $name {
            #[allow(
                unused_imports,
                reason = "the configuration may be named in the file above"
            )]
            use super::*;
            use crate::support::{Database, Transport, run_test};

            #[tokio::test]
            async fn http() {
                run_test(Transport::Http, Database::Sqlite, $config, super::$name).await;
            }

            #[tokio::test]
            async fn socket() {
                run_test(Transport::Socket, Database::Sqlite, $config, super::$name).await;
            }

            #[tokio::test]
            async fn postgres() {
                run_test(Transport::Http, Database::Postgres, $config, super::$name).await;
            }
        }
    };
}
pub(crate) use story;

/// An inline snapshot of a sentence; the same over both transports.
macro_rules! says {
    ($said:expr, @$snapshot:literal) => {{
        let said = String::from($said);
        insta::allow_duplicates! { insta::assert_snapshot!(said, @$snapshot); }
    }};
}
pub(crate) use says;

/// The sandbox's configuration with more keys after it.
pub(crate) fn config_with(more: &str) -> String {
    format!("{CONFIG}\n{more}")
}

/// An instant, as in `2026-12-03T09:30:00-08:00`.
pub(crate) fn at(instant: &str) -> DateTime<Utc> {
    let parsed = DateTime::parse_from_rfc3339(instant);
    parsed
        .unwrap_or_else(|error| panic!("{instant}: {error}"))
        .to_utc()
}

/// The one deadline of everything filed at the start (Wednesday 2 December 2026, 10:00 in California):
/// Thursday, Friday and Monday are full business days.
pub(crate) const DEADLINE: &str = "2026-12-08T00:00:00-08:00";

/// Plays a story and proves at its end that nothing is left over.
pub(crate) async fn run_test(
    transport: Transport,
    database: Database,
    config: impl AsRef<str>,
    story: impl AsyncFnOnce(&mut Test),
) {
    let url = match database {
        Database::Sqlite => None,
        Database::Postgres => match crate::postgres::database().await {
            Some(url) => Some(url),
            None => return,
        },
    };
    let mut test = Test::start(transport, url, config.as_ref()).await;
    story(&mut test).await;
    test.finish().await;
}

/// The stage and what it tolerates.
pub(crate) struct Test {
    pub(crate) transport: Transport,
    /// The other side of the wire, the same across restarts.
    pub(crate) ws: Workspace,
    sandbox: Option<Sandbox>,
    /// The workspace's clock follows the bot that runs now.
    clock: Arc<Mutex<Clock>>,
    config: String,
    data: tempfile::TempDir,
    /// Another database than a file in the folder.
    database: Option<String>,
    stuck_is_fine: bool,
}

impl Test {
    pub(crate) async fn start(transport: Transport, database: Option<String>, config: &str) -> Test {
        let clock = Arc::new(Mutex::new(Clock::manual(at(START))));
        let now = clock.clone();
        let builder = cast(Workspace::builder().now(Arc::new(move || now.lock().expect("a clock").now())));
        let ws = match transport {
            Transport::Http => builder.build(),
            Transport::Socket => builder.socket_mode().build(),
        };
        let mut test = Test {
            transport,
            ws,
            sandbox: None,
            clock,
            config: config.to_owned(),
            data: tempfile::tempdir().expect("a temporary folder"),
            database,
            stuck_is_fine: false,
        };
        test.boot(at(START)).await;
        test
    }

    async fn boot(&mut self, at: DateTime<Utc>) {
        let options = self.options(at);
        let (ws, shared) = (self.ws.clone(), self.clock.clone());
        let booted = Sandbox::boot(&options, &self.config, self.data.path(), |clock| {
            *shared.lock().expect("a clock") = clock;
            ws
        });
        self.sandbox = Some(booted.await.expect("the bot starts"));
    }

    fn options(&self, at: DateTime<Utc>) -> Options {
        Options {
            port: 0,
            socket: self.transport == Transport::Socket,
            at,
            database: self.database.clone(),
        }
    }

    /// Another bot on the same database, with a clock of its own. From now on Slack's requests go to it.
    pub(crate) async fn another(&self) -> Sandbox {
        let options = self.options(self.now());
        let booted = Sandbox::boot(&options, &self.config, self.data.path(), |_| self.ws.clone());
        booted.await.expect("a second bot starts")
    }

    /// Stops the bot. Time stands still until it is started again.
    pub(crate) async fn stop(&mut self) {
        let sandbox = self.sandbox.take().expect("the bot runs");
        sandbox.stop().await;
    }

    /// Starts the bot again at `at`, on the same database and workspace.
    pub(crate) async fn start_again(&mut self, at: DateTime<Utc>) {
        self.boot(at).await;
        self.settle().await;
    }

    /// Stops the bot and starts it again at the same time.
    pub(crate) async fn restart(&mut self) {
        let now = self.now();
        self.stop().await;
        self.start_again(now).await;
    }

    /// As [`Test::restart`], under another configuration.
    pub(crate) async fn restart_with(&mut self, config: &str) {
        self.config = config.to_owned();
        self.restart().await;
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().expect("the bot runs")
    }

    // ── time ──

    /// From now on the workspace's clock stands still while the bot's goes on: the two disagree.
    pub(crate) fn slack_stands_still(&self) {
        *self.clock.lock().expect("a clock") = Clock::manual(self.now());
    }

    /// The workspace's clock is set right.
    pub(crate) fn slack_is_set_right(&self) {
        *self.clock.lock().expect("a clock") = self.sandbox().clock.clone();
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.lock().expect("a clock").now()
    }

    /// Waits until the bot has done what is due now.
    pub(crate) async fn settle(&self) {
        self.sandbox().settle().await.expect("the outbox is worked off");
    }

    /// Moves the clock, stopping wherever something is due.
    pub(crate) async fn advance(&self, to: &str) {
        self.advance_to(at(to)).await;
    }

    pub(crate) async fn advance_to(&self, to: DateTime<Utc>) {
        self.sandbox().advance_to(to).await.expect("the clock moves");
    }

    pub(crate) async fn advance_by(&self, by: TimeDelta) {
        self.advance_to(self.now() + by).await;
    }

    /// Moves the clock at once, as if the machine had slept.
    pub(crate) async fn jump(&self, to: &str) {
        self.sandbox().jump_to(at(to)).await.expect("the clock moves");
    }

    /// Nothing is left over: nothing in doubt or dead, nothing due and undone, nothing that Slack refused,
    /// no planned fault unused; and no message broke the rules that hold for all of them (R30).
    async fn finish(mut self) {
        self.settle().await;
        let stuck = self.stuck().await;
        assert!(
            stuck.is_empty() || self.stuck_is_fine,
            "left for an operator: {stuck:?}"
        );
        let overdue = self
            .sandbox()
            .app()
            .oldest_due()
            .await
            .expect("the database answers");
        let overdue = overdue.filter(|due| *due <= self.now() && !self.stuck_is_fine);
        assert_eq!(overdue, None, "due and not done");
        let unexpected = self.ws.unexpected();
        assert!(
            unexpected.is_empty(),
            "the workspace did not expect: {unexpected:#?}"
        );
        assert_eq!(self.ws.faults().pending(), 0, "a planned fault was never met");
        every_message_is_safe(&self.ws);
        self.stop().await;
    }
}

/// The people: those of the sandbox, and one of each kind who may not review.
fn cast(builder: Builder) -> Builder {
    let people = [
        ("U0PM", Kind::Member),
        ("U0DIRECTOR", Kind::Member),
        ("U0DEPUTY", Kind::Member),
        ("U0MARK", Kind::Member),
        ("U0MIA", Kind::Member),
        ("U0LEGAL", Kind::Member),
        ("U0ADMIN", Kind::Admin),
        ("U0GUEST", Kind::Guest),
        ("U0SOLO", Kind::SingleChannelGuest),
        ("U0EXTERNAL", Kind::External),
        ("U0GONE", Kind::Deactivated),
        ("U0ROBOT", Kind::Bot),
    ];
    let everyone = people.map(|(id, _)| id);
    let user = |(id, kind)| User::new(id).zone("America/Los_Angeles", -8 * 3600).kind(kind);
    let builder = people
        .into_iter()
        .fold(builder, |builder, person| builder.user(user(person)));
    builder
        .group("S0MARKETING", "marketing", &["U0MARK", "U0MIA"])
        .channel(Channel::public("C0GENERAL", "general").with(&everyone))
        .channel(Channel::public("C0MARKETING", "marketing").with(&everyone))
}
