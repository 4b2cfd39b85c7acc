//! People at work: they file, decide, object, answer, publish and take back, whenever the bot is there.

use crate::ledger::{Answer, Deed, Filing, Ledger};
use crate::stage::Stage;
use signoff::domain::command::Command;
use signoff::domain::ids::{RequestId, UserId};
use signoff::sandbox::workspace::{Ack, Message};
use signoff::view::Target;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How many of somebody's last messages they look at.
const IN_SIGHT: usize = 40;
/// With more open requests than this, people publish rather than file.
const ENOUGH: usize = 40;
/// An answer that took so long says that it is not saved yet.
const LATE: Duration = Duration::from_secs(2);

/// A group of people who do one thing after another; different groups act at the same time.
pub(crate) struct Team {
    stage: Arc<Stage>,
    ledger: Ledger,
    rng: fastrand::Rng,
    /// Those who decide; the first one also files.
    people: &'static [&'static str],
    /// Is the bot there?
    open: watch::Receiver<bool>,
    /// What the first one filed and did not end.
    mine: Vec<RequestId>,
    /// Makes links of its own.
    filed: usize,
}

impl Team {
    /// They begin once the bot is there.
    pub(crate) fn new(
        stage: &Arc<Stage>,
        ledger: &Ledger,
        rng: fastrand::Rng,
        people: &'static [&'static str],
        open: watch::Receiver<bool>,
    ) -> Team {
        Team {
            stage: stage.clone(),
            ledger: ledger.clone(),
            rng,
            people,
            open,
            mine: Vec::new(),
            filed: 0,
        }
    }

    /// Works until the campaign drops the other end of `open`.
    pub(crate) async fn work(mut self) {
        while self.open.wait_for(|open| *open).await.is_ok() {
            match self.rng.u32(..100) {
                0..30 => self.file().await,
                30..75 => self.decide().await,
                _ => self.tend().await,
            }
            tokio::time::sleep(Duration::from_millis(self.rng.u64(20..180))).await;
        }
    }

    /// Files by a command or by the form; at times Slack delivers it twice.
    async fn file(&mut self) {
        if self.mine.len() > ENOUGH {
            return self.tend().await;
        }
        let who = self.stage.ws.user(self.people[0]);
        self.filed += 1;
        let link = format!("https://example.com/{}/{}", self.people[0], self.filed);
        let filing = Filing { told: None };
        self.ledger.open().filings.insert(link.clone(), filing);
        let wide = if self.rng.u32(..12) == 0 { "--wide " } else { "" };
        let ack = if self.rng.u32(..4) == 0 {
            if who.command("/review-request", "", "C0GENERAL").await.is_err() {
                return;
            }
            let until = Duration::from_millis(300);
            let opened = self
                .stage
                .ws
                .until(until, |ws| ws.user(self.people[0]).modal())
                .await;
            if opened.is_none() {
                return;
            }
            let values = [
                ("category", "blog"),
                ("title", "A post"),
                ("link", link.as_str()),
                ("area", "search"),
            ];
            let ack = who.submit(&values).await;
            while who.modal().is_some() && who.close_modal().await.is_ok() {}
            ack
        } else {
            let category = ["press", "blog", "pricing"][self.rng.usize(..3)];
            let words = format!("{category} {link} --area search {wide}Number {}", self.filed);
            who.command("/review-request", &words, "C0GENERAL").await
        };
        let Ok(mut ack) = ack else { return };
        if self.rng.u32(..5) == 0
            && let Ok(answer) = self.stage.ws.send(&ack.delivery, None).await
            && ack.status != 200
        {
            (ack.status, ack.body) = (answer.status, answer.value());
        }
        if let Some(told) = number(&ack) {
            self.mine.push(told);
            self.ledger
                .open()
                .filings
                .insert(link, Filing { told: Some(told) });
        }
    }

    /// Somebody clicks a button of a card they received.
    async fn decide(&mut self) {
        let who = self.people[self.rng.usize(..self.people.len())];
        let cards = self.stage.ws.user(who).recent(IN_SIGHT);
        let mut cards: Vec<(Message, Target)> = cards
            .into_iter()
            .filter_map(|card| Some((target(&card, "approve")?, card)))
            .map(|(target, card)| (card, target))
            .collect();
        if cards.is_empty() {
            return;
        }
        let (card, target) = cards.swap_remove(self.rng.usize(..cards.len()));
        let Some(lane) = target.lane.clone() else { return };
        let who = self.stage.ws.user(who);
        match self.rng.u32(..10) {
            0..6 => {
                let deed = self.begin(who.id(), target.request_id, Command::Approve { lane, note: None });
                let ack = who.click(&card, "approve").await;
                self.end(deed, ack.ok());
            }
            6..9 => {
                if !who
                    .click(&card, "request_changes")
                    .await
                    .is_ok_and(|ack| ack.status == 200)
                {
                    return;
                }
                let until = Duration::from_millis(300);
                let opened = self.stage.ws.until(until, |ws| ws.user(who.id()).modal()).await;
                if opened.is_none() {
                    return;
                }
                let reason = format!("Last year's price, {}", self.rng.u32(..));
                let command = Command::RequestChanges {
                    lane,
                    reason: reason.clone(),
                };
                let deed = self.begin(who.id(), target.request_id, command);
                let ack = who.submit(&[("reason", &reason)]).await.ok();
                self.end(deed, ack.filter(|ack| ack.errors().is_empty()));
                while who.modal().is_some() && who.close_modal().await.is_ok() {}
            }
            _ => {
                let deed = self.begin(who.id(), target.request_id, Command::RaiseWideImpact);
                let ack = match card.has_button("raise_wide_impact") {
                    true => who.click(&card, "raise_wide_impact").await.ok(),
                    false => None,
                };
                self.end(deed, ack);
            }
        }
    }

    /// Somebody answers, publishes or takes back a request of theirs, by a command.
    async fn tend(&mut self) {
        if self.mine.is_empty() {
            return;
        }
        let at = self.rng.usize(..self.mine.len());
        let id = self.mine[at];
        let (words, command, ends) = match self.rng.u32(..10) {
            0..4 => (format!("published {id}"), Command::Publish { link: None }, true),
            4..6 => {
                let reason = Some("Not needed".to_owned());
                (
                    format!("withdraw {id} Not needed"),
                    Command::Withdraw { reason },
                    true,
                )
            }
            _ => {
                let what_changed = format!("A new price, {}", self.rng.u32(..));
                let words = format!("resubmit {id} {what_changed}");
                (
                    words,
                    Command::Resubmit {
                        what_changed,
                        ask_everyone: false,
                    },
                    false,
                )
            }
        };
        let who = self.stage.ws.user(self.people[0]);
        let deed = self.begin(who.id(), id, command);
        let ack = who.command("/review-request", &words, "C0GENERAL").await.ok();
        let acknowledged = ack.as_ref().is_some_and(|ack| ack.status == 200);
        self.end(deed, ack);
        if ends && acknowledged {
            self.mine.swap_remove(at);
        }
    }

    fn begin(&self, by: &str, request_id: RequestId, command: Command) -> Deed {
        let now = self.stage.now();
        Deed {
            request_id,
            by: UserId::new(by),
            command,
            from: now,
            to: now,
            answer: Answer::None,
        }
    }

    fn end(&self, mut deed: Deed, ack: Option<Ack>) {
        deed.to = self.stage.now();
        deed.answer = match ack.filter(|ack| ack.status == 200) {
            None => Answer::None,
            Some(ack) if ack.elapsed >= LATE => Answer::Later,
            Some(_) => Answer::Done,
        };
        self.ledger.open().deeds.push(deed);
    }
}

fn target(card: &Message, action_id: &str) -> Option<Target> {
    let button = card
        .buttons()
        .into_iter()
        .find(|button| button.action_id == action_id)?;
    button.value?.parse().ok()
}

/// The number that an answer tells, if it was one.
pub(crate) fn number(ack: &Ack) -> Option<RequestId> {
    let body = ack.body.to_string();
    let digits = body.split("R-").nth(1)?.chars().take_while(char::is_ascii_digit);
    digits
        .collect::<String>()
        .parse()
        .ok()
        .filter(|_| ack.status == 200)
}
