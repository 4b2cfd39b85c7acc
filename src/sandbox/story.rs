//! `signoff sandbox --story`: one request from filing to lapse, and a wide-impact one beside it, told as
//! each person saw it. Whatever is missing is named at the end, and the exit code says so.

use super::workspace::render;
use super::workspace::{ActError, Message};
use super::{Sandbox, SandboxError};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

const COMMAND: &str = "/review-request";
const PLACE: &str = "C0GENERAL";
const TALK: &str = "press https://example.com/draft --publish 2026-12-10 Interview with a national newspaper about the new search";
const PRICES: &str = "pricing https://example.com/prices --wide New price list for every plan";

/// Why the story broke off.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// Somebody could not do what the story says, for example because a button was not there.
    #[error("the story broke off: {0}")]
    Act(String),
    /// The bot failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// What it told could not be printed.
    #[error("cannot print the story: {0}")]
    Print(#[from] std::io::Error),
}

impl From<ActError> for StoryError {
    fn from(error: ActError) -> Self {
        StoryError::Act(format!("{error:?}"))
    }
}

impl From<crate::store::StoreError> for StoryError {
    fn from(error: crate::store::StoreError) -> Self {
        StoryError::Sandbox(error.into())
    }
}

/// Plays the story and prints it to `out`. The list it returns names what was missing; empty is good. With
/// a `pace` it waits so long before each scene, for those who watch in the page.
///
/// # Errors
/// When the story could not be played to its end.
pub async fn play(
    sandbox: &Sandbox,
    pace: Option<Duration>,
    out: &mut (impl Write + Send),
) -> Result<Vec<String>, StoryError> {
    let mut story = Story {
        sandbox,
        pace,
        out,
        seen: BTreeMap::new(),
        missing: Vec::new(),
    };
    story.filing().await?;
    story.marketing_answers().await?;
    story.mornings().await?;
    story.lapse().await?;
    story.digest().await?;
    let left: Vec<String> = sandbox
        .workspace
        .unexpected()
        .iter()
        .map(|left| format!("{left:?}"))
        .collect();
    story.expect(
        left.is_empty(),
        &format!("the workspace refused something: {left:?}"),
    );
    Ok(story.missing)
}

struct Story<'s, W> {
    sandbox: &'s Sandbox,
    pace: Option<Duration>,
    out: &'s mut W,
    /// How many versions of each message were printed.
    seen: BTreeMap<(String, String), usize>,
    missing: Vec<String>,
}

impl<W: Write + Send> Story<'_, W> {
    async fn filing(&mut self) -> Result<(), StoryError> {
        self.scene("A product manager files two requests; the second is flagged wide-impact")
            .await?;
        for text in [TALK, PRICES] {
            let ack = self
                .sandbox
                .workspace
                .user("U0PM")
                .command(COMMAND, text, PLACE)
                .await?;
            writeln!(self.out, "U0PM types {COMMAND} {text}\n")?;
            self.quote(
                "only U0PM sees",
                &ack.ephemeral.as_ref().map(render::message).unwrap_or_default(),
            )?;
            self.expect(ack.text().contains("R-"), "filing answers with the id at once");
            // What belongs to the first is told before the second, each time the story is.
            self.sandbox.settle().await?;
        }
        self.news().await?;
        for who in ["U0DIRECTOR", "U0MARK", "U0MIA"] {
            let pinged = self
                .card(who, "R-1")
                .is_some_and(|card| card.has_button("approve"));
            self.expect(pinged, &format!("{who} is pinged with buttons"));
        }
        Ok(())
    }

    async fn marketing_answers(&mut self) -> Result<(), StoryError> {
        self.move_by(TimeDelta::minutes(40)).await?;
        self.scene("One of marketing approves the first; the other is released from it")
            .await?;
        let card = self
            .card("U0MARK", "R-1")
            .ok_or_else(|| StoryError::Act("U0MARK has no card".to_owned()))?;
        self.sandbox
            .workspace
            .user("U0MARK")
            .click(&card, "approve")
            .await?;
        self.sandbox.settle().await?;
        self.news().await?;
        let released = self
            .card("U0MIA", "R-1")
            .is_some_and(|card| card.buttons().is_empty());
        self.expect(released, "the colleague's card lost its buttons");
        let told = self.inbox_says("U0PM", &["R-1", "approved"]);
        self.expect(told, "the requester hears of the approval");
        Ok(())
    }

    /// Day by day until the evening before the lapse.
    async fn mornings(&mut self) -> Result<(), StoryError> {
        let deadline = self.deadline("R-1").await?;
        let reminders = |story: &Self| {
            let inbox = story.sandbox.workspace.user("U0DIRECTOR").inbox();
            inbox
                .iter()
                .filter(|message| message.notification().contains("wait"))
                .count()
        };
        for day in 1.. {
            let evening = self.sandbox.clock.now() + TimeDelta::days(1);
            if evening >= deadline {
                break;
            }
            let before = reminders(self);
            self.sandbox.advance_to(evening).await?;
            self.scene(&format!("Day {day}: {}", evening.format("%A %d %B")))
                .await?;
            self.news().await?;
            let weekend = matches!(evening.format("%u").to_string().as_str(), "6" | "7");
            let sent = reminders(self) - before;
            self.expect(
                sent == usize::from(!weekend),
                &format!("day {day}: {sent} reminders to the director"),
            );
        }
        let warned = self
            .card("U0DIRECTOR", "R-1")
            .is_some_and(|card| card.text().contains("last"));
        self.expect(warned, "the director's card says that it is the last day");
        Ok(())
    }

    async fn lapse(&mut self) -> Result<(), StoryError> {
        let deadline = self.deadline("R-1").await?;
        self.sandbox.advance_to(deadline - TimeDelta::seconds(1)).await?;
        let early = self.gate("R-1").await?;
        self.expect(
            early.contains("blocked"),
            "one second before the deadline the gate is blocked",
        );
        self.sandbox.advance_to(deadline).await?;
        let zone = self.sandbox.app().rules.calendar.zone().clone();
        let local = zone.local(deadline).format("%A %d %B %H:%M");
        self.scene(&format!("The deadline: {local}, {}", zone.name()))
            .await?;
        self.news().await?;
        let now = self.gate("R-1").await?;
        self.expect(
            now.contains("clear") && now.contains("lapsed"),
            "at the deadline the gate is clear, the lane lapsed",
        );
        self.expect(
            self.inbox_says("U0PM", &["R-1", "clear", "lapsed"]),
            "the requester is told that it lapsed",
        );
        let wide = self.gate("R-2").await?;
        self.expect(
            wide.contains("blocked"),
            "the wide-impact request is still blocked",
        );
        self.quote("U0PM asks about the wide-impact one", &wide)?;
        Ok(())
    }

    async fn digest(&mut self) -> Result<(), StoryError> {
        let morning = self.sandbox.clock.now() + TimeDelta::hours(10);
        self.sandbox.advance_to(morning).await?;
        self.scene("The next morning in #marketing").await?;
        self.news().await?;
        let channel = self.sandbox.workspace.channel("C0MARKETING").messages();
        let says = |words: &[&str]| {
            channel
                .iter()
                .any(|message| words.iter().all(|word| message.text().contains(word)))
        };
        self.expect(
            says(&["R-1", "lapsed", "R-2"]),
            "the digest says what lapsed and what is still blocked",
        );
        Ok(())
    }

    /// Everything that anybody got or that changed since the last time.
    async fn news(&mut self) -> Result<(), StoryError> {
        let workspace = &self.sandbox.workspace;
        let mut news: Vec<(String, Message)> = Vec::new();
        for person in workspace.people() {
            let inbox = workspace.user(&person.id).inbox();
            news.extend(
                inbox
                    .into_iter()
                    .map(|message| (format!("{} reads", person.id), message)),
            );
        }
        // With the times of somebody who reads it, in their zone.
        let channel = workspace.user("U0MARK").messages("C0MARKETING").into_iter();
        let outside_threads = channel.filter(|message| {
            message
                .thread_ts
                .as_ref()
                .is_none_or(|thread| *thread == message.ts)
        });
        news.extend(outside_threads.map(|message| ("in #marketing".to_owned(), message)));
        for (who, message) in news {
            let versions = message.versions.len();
            let key = (message.channel.clone(), message.ts.clone());
            let known = self.seen.insert(key, versions);
            if known == Some(versions) {
                continue;
            }
            let what = if known.is_some() {
                format!("{who} (changed)")
            } else {
                who
            };
            self.quote(&what, &render::message(&message))?;
        }
        Ok(())
    }

    async fn scene(&mut self, what: &str) -> Result<(), StoryError> {
        if let Some(pace) = self.pace {
            tokio::time::sleep(pace).await;
        }
        Ok(writeln!(self.out, "\n━━ {what} ━━\n")?)
    }

    fn quote(&mut self, who: &str, text: &str) -> Result<(), StoryError> {
        writeln!(self.out, "{who}:")?;
        for line in text.lines() {
            writeln!(self.out, "    {line}")?;
        }
        Ok(writeln!(self.out)?)
    }

    fn expect(&mut self, holds: bool, what: &str) {
        if !holds {
            self.missing.push(what.to_owned());
        }
    }

    async fn move_by(&mut self, by: TimeDelta) -> Result<(), StoryError> {
        Ok(self.sandbox.advance_to(self.sandbox.clock.now() + by).await?)
    }

    /// The card a person got about a request, as it is now.
    fn card(&self, who: &str, id: &str) -> Option<Message> {
        let inbox = self.sandbox.workspace.user(who).inbox();
        inbox.into_iter().find(|message| message.text().contains(id))
    }

    fn inbox_says(&self, who: &str, words: &[&str]) -> bool {
        let inbox = self.sandbox.workspace.user(who).inbox();
        inbox
            .iter()
            .any(|message| words.iter().all(|word| message.text().contains(word)))
    }

    /// What `show` says to the requester.
    async fn gate(&self, id: &str) -> Result<String, StoryError> {
        let ack = self
            .sandbox
            .workspace
            .user("U0PM")
            .command(COMMAND, &format!("show {id}"), PLACE)
            .await?;
        Ok(ack.ephemeral.as_ref().map(render::message).unwrap_or_default())
    }

    async fn deadline(&self, id: &str) -> Result<DateTime<Utc>, StoryError> {
        let id = id
            .parse()
            .map_err(|_| StoryError::Act(format!("{id} is not an id")))?;
        let request = self.sandbox.app().request(id).await?;
        let deadline = request.and_then(|request| request.opens_on_silence_at());
        deadline.ok_or_else(|| StoryError::Act("no lane's clock is running".to_owned()))
    }
}
