//! A story's stage: the bot and a local workspace over real HTTP (or Socket Mode), one clock for both. A
//! story says what people do and what they then see; [`run_test`] ends it by proving that nothing is left
//! over (STYLE, rule 6).

#![allow(
    dead_code,
    reason = "shared by several test binaries, none of which needs all of it"
)]

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use signoff::clock::Clock;
use signoff::domain::ids::RequestId;
use signoff::domain::request::Request;
use signoff::sandbox::workspace::{
    Ack, Actor, Builder, Channel, Direction, Kind, Message, RawAnswer, User, Workspace,
};
use signoff::sandbox::{CONFIG, Options, START, Sandbox};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How Slack reaches the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Signed requests to the bot.
    Http,
    /// The bot's own WebSocket.
    Socket,
}

/// Runs a story (an `async fn(&mut Test)`) once over HTTP and once over Socket Mode.
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
            use crate::support::{Transport, run_test};

            #[tokio::test]
            async fn http() {
                run_test(
                    Transport::Http,
                    AsRef::<str>::as_ref(&$config),
                    super::$name,
                )
                .await;
            }

            #[tokio::test]
            async fn socket() {
                run_test(
                    Transport::Socket,
                    AsRef::<str>::as_ref(&$config),
                    super::$name,
                )
                .await;
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
pub(crate) async fn run_test(transport: Transport, config: &str, story: impl AsyncFnOnce(&mut Test)) {
    let mut test = Test::start(transport, config).await;
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
    stuck_is_fine: bool,
}

impl Test {
    pub(crate) async fn start(transport: Transport, config: &str) -> Test {
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
            stuck_is_fine: false,
        };
        test.boot(at(START)).await;
        test
    }

    async fn boot(&mut self, at: DateTime<Utc>) {
        let options = Options {
            port: 0,
            socket: self.transport == Transport::Socket,
            at,
        };
        let (ws, shared) = (self.ws.clone(), self.clock.clone());
        let booted = Sandbox::boot(&options, &self.config, self.data.path(), |clock| {
            *shared.lock().expect("a clock") = clock;
            ws
        });
        self.sandbox = Some(booted.await.expect("the bot starts"));
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

    // ── people ──

    pub(crate) fn user(&self, id: &str) -> Actor {
        self.ws.user(id)
    }

    /// Types a command in #general and lets everything that follows happen. What they read, at once.
    pub(crate) async fn types(&self, who: &str, text: &str) -> String {
        let ack = self.command(who, text).await;
        self.settle().await;
        ack.text()
    }

    /// Types a command; nothing but its answer is waited for.
    pub(crate) async fn command(&self, who: &str, text: &str) -> Ack {
        let typed = self.user(who).command("/review-request", text, "C0GENERAL").await;
        let ack = typed.unwrap_or_else(|error| panic!("{who} types {text:?}: {error}"));
        assert_eq!(ack.failure(), None, "{who} types {text:?}");
        ack
    }

    /// Files a request by words and lets the pings go out. Its id.
    pub(crate) async fn files(&self, who: &str, text: &str) -> String {
        let said = self.types(who, text).await;
        id_in(&said).unwrap_or_else(|| panic!("{text:?} was not filed: {said}"))
    }

    /// The newest card about a request in somebody's messages, as it is now.
    pub(crate) fn card(&self, who: &str, id: &str) -> Message {
        self.cards(who, id)
            .pop()
            .unwrap_or_else(|| panic!("{who} has no card of {id}: {}", self.reads(who)))
    }

    /// All cards about a request in somebody's messages: one a lane and round.
    pub(crate) fn cards(&self, who: &str, id: &str) -> Vec<Message> {
        self.user(who)
            .inbox()
            .into_iter()
            .filter(|message| is_card_of(message, id))
            .collect()
    }

    /// The request's card in #marketing.
    pub(crate) fn channel_card(&self, id: &str) -> Message {
        let found = self.posts().into_iter().find(|message| is_card_of(message, id));
        found.unwrap_or_else(|| panic!("#marketing has no card of {id}"))
    }

    /// The bot's messages in #marketing.
    pub(crate) fn posts(&self) -> Vec<Message> {
        self.ws.channel("C0MARKETING").messages()
    }

    /// The digests in #marketing.
    pub(crate) fn digests(&self) -> Vec<Message> {
        let is_digest = |message: &Message| has_block(message, "digest.head");
        self.posts().into_iter().filter(is_digest).collect()
    }

    /// The reminders somebody got.
    pub(crate) fn reminders(&self, who: &str) -> Vec<Message> {
        let is_reminder = |message: &Message| has_block(message, "reminder.head");
        self.user(who).inbox().into_iter().filter(is_reminder).collect()
    }

    /// Messages to somebody that are neither cards nor reminders: what they were told at once.
    pub(crate) fn notices(&self, who: &str) -> Vec<String> {
        let is_card = |message: &Message| message.blocks.iter().any(|block| block["type"] == "header");
        let inbox = self.user(who).inbox().into_iter();
        inbox
            .filter(|message| !is_card(message) && !has_block(message, "reminder.head"))
            .map(|message| message.text())
            .collect()
    }

    /// The last thing somebody was told at once.
    pub(crate) fn told(&self, who: &str) -> String {
        self.notices(who).pop().unwrap_or_default()
    }

    /// The last thing somebody was told at once has all of these words.
    pub(crate) fn hears(&self, who: &str, words: &[&str]) {
        let told = self.told(who);
        for word in words {
            assert!(told.contains(word), "{who} does not hear {word:?}: {told}");
        }
    }

    /// The last thing only they saw.
    pub(crate) fn heard(&self, who: &str) -> String {
        self.user(who)
            .ephemerals()
            .pop()
            .map(|message| message.text())
            .unwrap_or_default()
    }

    /// Everything in somebody's messages, for a failure's text.
    pub(crate) fn reads(&self, who: &str) -> String {
        self.user(who)
            .inbox()
            .iter()
            .map(Message::render)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Clicks a button of somebody's newest card and lets everything that follows happen.
    pub(crate) async fn clicks(&self, who: &str, id: &str, action: &str) {
        let card = self.card(who, id);
        self.clicks_on(who, &card, action).await;
    }

    pub(crate) async fn clicks_on(&self, who: &str, card: &Message, action: &str) -> Ack {
        let clicked = self.user(who).click(card, action).await;
        let ack = clicked.unwrap_or_else(|error| panic!("{who} clicks {action}: {error}\n{}", card.render()));
        assert_eq!(ack.failure(), None, "{who} clicks {action}");
        self.settle().await;
        ack
    }

    /// Clicks a button that somebody's client still shows, or that was never theirs. What they hear.
    pub(crate) async fn clicks_stale(&self, who: &str, card: &Message, action: &str) -> String {
        let before = self.user(who).ephemerals().len();
        let clicked = self.user(who).click_value(card, action, None).await;
        let ack = clicked.unwrap_or_else(|error| panic!("{who} clicks {action}: {error}"));
        assert_eq!(ack.failure(), None, "{who} clicks {action}");
        self.settle().await;
        let heard = self.user(who).ephemerals();
        assert_eq!(heard.len(), before + 1, "{who} hears exactly one sentence");
        self.heard(who)
    }

    /// Submits the form that is open and lets everything that follows happen.
    pub(crate) async fn submits(&self, who: &str, values: &[(&str, &str)]) -> Ack {
        let submitted = self.user(who).submit(values).await;
        let ack = submitted.unwrap_or_else(|error| panic!("{who} submits {values:?}: {error}"));
        assert_eq!(ack.failure(), None, "{who} submits");
        self.settle().await;
        ack
    }

    /// Objects with a reason, through button and form.
    pub(crate) async fn objects(&self, who: &str, id: &str, reason: &str) {
        self.clicks(who, id, "request_changes").await;
        let ack = self.submits(who, &[("reason", reason)]).await;
        assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    }

    /// Answers through a request's form and button on the requester's card.
    pub(crate) async fn does(&self, who: &str, id: &str, action: &str, values: &[(&str, &str)]) {
        self.clicks(who, id, action).await;
        let ack = self.submits(who, values).await;
        assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    }

    // ── how things stand ──

    /// What `show` says: gate and lanes by their names in the contract.
    pub(crate) async fn show(&self, id: &str) -> String {
        self.command("U0ADMIN", &format!("show {id}")).await.text()
    }

    /// `blocked` or `clear`, as `show` says.
    pub(crate) async fn gate(&self, id: &str) -> String {
        in_backticks(&self.show(id).await, "gate ")
    }

    /// `pending`, `approved`, `changes requested` or `lapsed`, as `show` says.
    pub(crate) async fn lane(&self, id: &str, lane: &str) -> String {
        in_backticks(&self.show(id).await, &format!("`{lane}`: "))
    }

    /// Gate and lanes at once: `blocked director=pending marketing=approved`.
    pub(crate) async fn stands(&self, id: &str) -> String {
        let show = self.show(id).await;
        let mut stands = in_backticks(&show, "gate ");
        for line in show.lines().filter(|line| line.starts_with('`')) {
            let lane = in_backticks(line, "");
            let state = in_backticks(line, &format!("`{lane}`: "));
            stands.push_str(&format!(" {lane}={state}"));
        }
        stands
    }

    /// The request as it is kept.
    pub(crate) async fn request(&self, id: &str) -> Request {
        let request_id: RequestId = id.parse().unwrap_or_else(|_| panic!("{id} is no id"));
        let found = self
            .sandbox()
            .app()
            .request(request_id)
            .await
            .expect("the database answers");
        found.unwrap_or_else(|| panic!("there is no {id}"))
    }

    /// When a lane lapses; `None` while its clock does not run.
    pub(crate) async fn deadline(&self, id: &str, lane: &str) -> Option<DateTime<Utc>> {
        let request = self.request(id).await;
        let found = request.lanes.iter().find(|found| found.key.as_str() == lane);
        found
            .unwrap_or_else(|| panic!("{id} has no lane {lane}"))
            .deadline()
    }

    /// Who was asked in a lane, in the order in which it was kept.
    pub(crate) async fn asked(&self, id: &str, lane: &str) -> Vec<String> {
        let request = self.request(id).await;
        let found = request.lanes.iter().find(|found| found.key.as_str() == lane);
        let found = found.unwrap_or_else(|| panic!("{id} has no lane {lane}"));
        found
            .asked
            .iter()
            .map(|asked| asked.user.as_str().to_owned())
            .collect()
    }

    /// Topic and state of what an operator must look at.
    pub(crate) async fn stuck(&self) -> Vec<String> {
        let stuck = self.sandbox().app().stuck().await.expect("the database answers");
        stuck
            .iter()
            .map(|row| format!("{} {}", row.state, row.topic))
            .collect()
    }

    /// This story ends with something for an operator, and has looked at it.
    pub(crate) fn stuck_is_fine(&mut self) {
        self.stuck_is_fine = true;
    }

    /// Waits in real time for something that comes after an ack.
    pub(crate) async fn until<T>(&self, what: &str, found: impl FnMut(&Workspace) -> Option<T>) -> T {
        let found = self.ws.until(Duration::from_secs(10), found).await;
        found.unwrap_or_else(|| panic!("waited in vain for {what}"))
    }

    /// Sends a delivery again, as Slack does when it is unsure. What the bot answers.
    pub(crate) async fn again(&self, ack: &Ack) -> RawAnswer {
        let answer = self.ws.send(&ack.delivery, Some((1, "http_timeout"))).await;
        let answer = answer.expect("the bot answers");
        self.settle().await;
        answer
    }

    /// How many messages the bot posted so far, by the calls that Slack took.
    pub(crate) fn posted(&self) -> usize {
        self.ws
            .calls("chat.postMessage")
            .iter()
            .filter(|call| call.response["ok"] == true)
            .count()
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

/// R30, of everything that ever went to Slack: no unfurls, and no token in mrkdwn but those of our own making.
fn every_message_is_safe(ws: &Workspace) {
    for call in ws.wire() {
        let post = matches!(
            call.method.as_str(),
            "chat.postMessage" | "chat.update" | "response_url"
        );
        if post && !call.request.is_null() {
            for flag in ["unfurl_links", "unfurl_media"] {
                let set = &call.request[flag];
                assert!(
                    set == &Value::Bool(false) || set == "false",
                    "{} without {flag}=false",
                    call.method
                );
            }
        }
        let said = if call.direction == Direction::ToSlack {
            &call.request
        } else {
            &call.response
        };
        each_mrkdwn(said, &mut |text| {
            for piece in text.split("<!").skip(1) {
                let ours = piece.starts_with("date^") || piece.starts_with("subteam^");
                assert!(ours, "{} with an unescaped token: {text}", call.method);
            }
        });
    }
}

/// Every text that Slack reads as mrkdwn: mrkdwn objects, and the `text` of a message.
fn each_mrkdwn(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => {
            let plain = object.get("type").is_some_and(|kind| kind == "plain_text");
            for (key, value) in object {
                match value.as_str() {
                    Some(text) if key == "text" && !plain => visit(text),
                    // Blocks and views may travel as JSON inside a string.
                    Some(text) if matches!(key.as_str(), "blocks" | "view") => {
                        each_mrkdwn(&serde_json::from_str(text).unwrap_or_default(), visit);
                    }
                    _ => each_mrkdwn(value, visit),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_mrkdwn(item, visit)),
        _ => {}
    }
}

fn has_block(message: &Message, block_id: &str) -> bool {
    message.blocks.iter().any(|block| block["block_id"] == block_id)
}

fn is_card_of(message: &Message, id: &str) -> bool {
    let says = format!("{id} · ");
    let heads = |block: &Value| {
        block["type"] == "header"
            && block["text"]["text"]
                .as_str()
                .is_some_and(|text| text.starts_with(&says))
    };
    message.blocks.iter().any(heads)
}

/// The first `R-42` in a text.
pub(crate) fn id_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("R-")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| format!("R-{digits}"))
}

fn in_backticks(text: &str, before: &str) -> String {
    let rest = text.split_once(&format!("{before}`")).map(|(_, rest)| rest);
    let found = rest
        .and_then(|rest| rest.split_once('`'))
        .map(|(inside, _)| inside);
    found
        .unwrap_or_else(|| panic!("no `…` after {before:?} in: {text}"))
        .to_owned()
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
