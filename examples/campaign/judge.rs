//! What was lost, what came twice, what never should have happened. Judged from outside: by the exported audit
//! trail, replayed through the core; by what people were told; and by the messages that the workspace has.

use crate::ledger::{Answer, Deed, Ledger};
use crate::stage::{PEOPLE, Stage};
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde_json::Value;
use signoff::domain::command::{Actor, Command, LaneRef};
use signoff::domain::effect::Task;
use signoff::domain::event::{Entry, Event};
use signoff::domain::ids::{GroupId, LaneKey, RequestId, UserId};
use signoff::domain::people::{Facts, Kind, Person};
use signoff::domain::request::{Lane, Request};
use signoff::domain::{Context, decide, evolve, react};
use signoff::sandbox::workspace::{Message, WireCall};
use signoff::view;
use std::collections::{BTreeMap, BTreeSet};

/// What was found, a line each.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) lost: Vec<String>,
    pub(crate) duplicated: Vec<String>,
    pub(crate) illegal: Vec<String>,
    /// For an operator to settle; neither lost nor doubled.
    pub(crate) in_doubt: Vec<String>,
    pub(crate) requests: usize,
    pub(crate) events: usize,
    pub(crate) messages: usize,
    pub(crate) lapses: usize,
}

impl Verdict {
    pub(crate) fn is_good(&self) -> bool {
        self.lost.is_empty()
            && self.duplicated.is_empty()
            && self.illegal.is_empty()
            && self.in_doubt.is_empty()
    }

    /// The first few of each kind.
    pub(crate) fn print(&self) {
        let kinds = [
            ("lost", &self.lost),
            ("duplicated", &self.duplicated),
            ("illegal", &self.illegal),
            ("in doubt", &self.in_doubt),
        ];
        for (kind, found) in kinds {
            for what in found.iter().take(8) {
                println!("{kind}: {what}");
            }
        }
    }
}

/// What was saved by one transaction.
struct Step {
    request_id: RequestId,
    before: Option<Request>,
    after: Request,
    entries: Vec<Entry>,
}

/// Judges a campaign after everything has settled.
pub(crate) async fn judge(stage: &Stage, ledger: &Ledger) -> anyhow::Result<Verdict> {
    let steps = replay(&stage.trail().await?)?;
    let mut verdict = Verdict {
        events: steps.iter().map(|step| step.entries.len()).sum(),
        ..Verdict::default()
    };
    let stuck = stage.says(&["outbox", "list"]).await?;
    verdict.in_doubt = stuck
        .lines()
        .filter(|line| *line != "Nothing is stuck.")
        .map(str::to_owned)
        .collect();
    let posted = Posted::of(stage);
    verdict.messages = posted.messages;
    let mut now: BTreeMap<RequestId, &Request> = BTreeMap::new();
    for step in &steps {
        now.insert(step.request_id, &step.after);
        transition(stage, step, &mut verdict);
        lapse(step, &posted, &mut verdict);
    }
    verdict.requests = now.len();
    filings(ledger, &steps, &mut verdict);
    let pages = ledger.open();
    let done = pages.deeds.iter().filter(|deed| deed.answer == Answer::Done);
    let missing = done.filter(|deed| !is_kept(stage, deed, &steps));
    let mut failures: BTreeMap<&str, usize> = PEOPLE.map(|user| (user, failures_told(stage, user))).into();
    for deed in missing {
        match failures.get_mut(deed.by.as_str()).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => verdict.lost.push(format!(
                "{} {:?} by {} was acknowledged",
                deed.request_id, deed.command, deed.by
            )),
        }
    }
    messages(stage, &steps, &posted, &mut verdict);
    for request in now.values() {
        cards(stage, request, &posted, &mut verdict);
    }
    Ok(verdict)
}

/// Replays the trail. What one transaction wrote has one instant, one actor, one request.
fn replay(trail: &[Value]) -> anyhow::Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut now: BTreeMap<RequestId, Request> = BTreeMap::new();
    for row in trail {
        let text = |key: &str| row[key].as_str().with_context(|| format!("{key} in {row}"));
        let request_id: RequestId = text("request_id")?.parse().context("a request id")?;
        let actor = match text("actor")? {
            "signoff" => Actor::Signoff,
            user => Actor::User(UserId::new(user)),
        };
        let entry = Entry {
            at: text("at")?.parse().context("an instant")?,
            actor,
            event: serde_json::from_value(row["event"].clone())?,
        };
        let before = now.get(&request_id).cloned();
        let after = evolve(before.clone(), &entry, request_id);
        now.insert(request_id, after.clone());
        let last = steps.last_mut().filter(|step| {
            let other = &step.entries[0];
            // Two proofs may come within the same microsecond.
            !matches!(entry.event, Event::PingDelivered { .. })
                && step.request_id == request_id
                && other.at == entry.at
                && other.actor == entry.actor
        });
        match last {
            Some(step) => {
                step.after = after;
                step.entries.push(entry);
            }
            None => steps.push(Step {
                request_id,
                before,
                after,
                entries: vec![entry],
            }),
        }
    }
    Ok(steps)
}

/// Would the core decide the same again?
fn transition(stage: &Stage, step: &Step, verdict: &mut Verdict) {
    let events: Vec<Event> = step.entries.iter().map(|entry| entry.event.clone()).collect();
    let first = &step.entries[0];
    let illegal = match command(step) {
        _ if matches!(first.event, Event::Filed { .. }) => step.before.is_some() || events.len() > 1,
        // Whom the lookups found is not in the trail: at least nobody is asked twice.
        _ if matches!(
            first.event,
            Event::ReviewersAsked { .. } | Event::LaneUnfillable { .. }
        ) =>
        {
            step.after.lanes.iter().any(|lane| {
                let users: BTreeSet<_> = lane.asked.iter().map(|asked| &asked.user).collect();
                users.len() != lane.asked.len()
            })
        }
        None => true,
        Some(command) => {
            let facts = facts();
            let context = context(stage, &first.actor, &facts, first.at);
            decide(context, step.before.as_ref(), &command).as_ref() != Ok(&events)
        }
    };
    if illegal {
        verdict
            .illegal
            .push(format!("{} {:?} {:?}", step.request_id, first.actor, events));
    }
}

/// The command that these events came of.
fn command(step: &Step) -> Option<Command> {
    let before = step.before.as_ref()?;
    let at = |lane: &LaneKey| {
        Some(LaneRef {
            lane: lane.clone(),
            round: before.lane(lane)?.round,
        })
    };
    Some(match &step.entries.first()?.event {
        Event::Approved { lane, note } => Command::Approve {
            lane: at(lane)?,
            note: note.clone(),
        },
        Event::ChangesRequested { lane, reason } => Command::RequestChanges {
            lane: at(lane)?,
            reason: reason.clone(),
        },
        Event::Lapsed { lane } => Command::Lapse(at(lane)?),
        Event::Escalated { lane, .. } => Command::Escalate(at(lane)?),
        Event::PingDelivered {
            lane,
            user,
            delivered_at,
            ..
        } => Command::RecordPing {
            lane: at(lane)?,
            user: user.clone(),
            delivered_at: *delivered_at,
        },
        Event::WideImpactRaised => Command::RaiseWideImpact,
        Event::Resubmitted { what_changed, .. } => Command::Resubmit {
            what_changed: what_changed.clone(),
            ask_everyone: false,
        },
        Event::Withdrawn { reason } => Command::Withdraw {
            reason: reason.clone(),
        },
        Event::Published { .. } => Command::Publish { link: None },
        // None of these is part of the load.
        _ => return None,
    })
}

/// Everybody is a member in good standing all the time.
fn facts() -> Facts {
    let person = || Person {
        kind: Kind::Member,
        zone: None,
        away: None,
    };
    let facts = PEOPLE.into_iter().fold(Facts::none(), |facts, user| {
        facts.with_person(UserId::new(user), person())
    });
    facts.with_group(
        GroupId::new("S0MARKETING"),
        vec![UserId::new("U0MARK"), UserId::new("U0MIA")],
    )
}

fn context<'a>(stage: &'a Stage, actor: &'a Actor, facts: &'a Facts, now: DateTime<Utc>) -> Context<'a> {
    Context {
        rules: &stage.rules,
        actor,
        facts,
        now,
    }
}

/// R17: silence counts only after somebody has the question, as the workspace sees it.
fn lapse(step: &Step, posted: &Posted, verdict: &mut Verdict) {
    for entry in &step.entries {
        let Event::Lapsed { lane } = &entry.event else {
            continue;
        };
        verdict.lapses += 1;
        let lane = step.before.as_ref().and_then(|before| before.lane(lane));
        let asked = lane
            .into_iter()
            .flat_map(|lane| lane.asked.iter().map(move |asked| (lane, asked)));
        let told = asked
            .filter(|(_, asked)| asked.delivered_at.is_some())
            .filter_map(|(lane, asked)| posted.cards.get(&card(step.request_id, lane, &asked.user)))
            .any(|card| card.posted_at <= entry.at);
        if !told {
            let what = format!("{} lapsed, and nobody was told", step.request_id);
            verdict.illegal.push(what);
        }
    }
}

/// Who was told a number has a request, and nobody has two for one.
fn filings(ledger: &Ledger, steps: &[Step], verdict: &mut Verdict) {
    let mut filed: BTreeMap<String, Vec<RequestId>> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.before.is_none()) {
        filed
            .entry(String::from(step.after.details.link.clone()))
            .or_default()
            .push(step.request_id);
    }
    for (link, filing) in &ledger.open().filings {
        let found = filed.get(link).map_or(&[][..], Vec::as_slice);
        if found.len() > 1 {
            verdict.duplicated.push(format!("{link} was filed as {found:?}"));
        }
        if let Some(told) = filing.told.filter(|told| !found.contains(told)) {
            verdict.lost.push(format!("{told} ({link}) was acknowledged"));
        }
    }
}

/// How often somebody was told, after the empty answer to a click, that it was not saved.
fn failures_told(stage: &Stage, user: &str) -> usize {
    let user = stage.ws.user(user);
    let told = user.ephemerals().into_iter().chain(user.inbox());
    let failed = [view::failed(), view::uncertain()];
    told.filter(|message| failed.contains(&message.text)).count()
}

/// What was done is in the trail, or the rules had to refuse it.
fn is_kept(stage: &Stage, deed: &Deed, steps: &[Step]) -> bool {
    let actor = Actor::User(deed.by.clone());
    let of_request = || steps.iter().filter(|step| step.request_id == deed.request_id);
    let during = |step: &&Step| (deed.from..=deed.to).contains(&step.entries[0].at);
    let same = |step: &Step| {
        step.entries[0].actor == actor && command(step).is_some_and(|of| is_same(&of, &deed.command))
    };
    if of_request().filter(during).any(same) {
        return true;
    }
    let facts = facts();
    let last = of_request()
        .take_while(|step| step.entries[0].at < deed.from)
        .last();
    let states = last
        .map(|step| &step.after)
        .into_iter()
        .chain(of_request().filter(during).map(|step| &step.after));
    let refused = |state: &Request| {
        let context = context(stage, &actor, &facts, deed.to);
        decide(context, Some(state), &deed.command).map_or(true, |events| events.is_empty())
    };
    states.into_iter().any(refused)
}

fn is_same(one: &Command, other: &Command) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// What the workspace has, by what it is about.
struct Posted {
    messages: usize,
    /// How often each delivery is there.
    deliveries: BTreeMap<String, usize>,
    /// How often there is something of each topic.
    topics: BTreeMap<String, usize>,
    cards: BTreeMap<String, Message>,
}

impl Posted {
    fn of(stage: &Stage) -> Posted {
        let inboxes = PEOPLE.into_iter().flat_map(|user| stage.ws.user(user).inbox());
        let all: Vec<Message> = inboxes
            .chain(stage.ws.user("U0ADMIN").messages("C0MARKETING"))
            .collect();
        let mut posted = Posted {
            messages: 0,
            deliveries: BTreeMap::new(),
            topics: BTreeMap::new(),
            cards: BTreeMap::new(),
        };
        for mut message in all {
            let delivery = message
                .event_payload()
                .and_then(|payload| payload["delivery"].as_str());
            let Some((delivery, topic)) = delivery.and_then(|all| Some((all.to_owned(), topic(all)?))) else {
                continue;
            };
            posted.messages += 1;
            *posted.deliveries.entry(delivery).or_default() += 1;
            *posted.topics.entry(topic.clone()).or_default() += 1;
            message.versions.clear();
            posted.cards.insert(topic, message);
        }
        posted
    }
}

/// A delivery is its topic and its row.
fn topic(delivery: &str) -> Option<String> {
    delivery.rsplit_once('.').map(|(topic, _)| topic.to_owned())
}

/// Every notice that follows from what happened is there, once; of the rest there is one a topic.
fn messages(stage: &Stage, steps: &[Step], posted: &Posted, verdict: &mut Verdict) {
    for (delivery, times) in posted.deliveries.iter().filter(|(_, times)| **times > 1) {
        let history = history(stage, delivery);
        verdict
            .duplicated
            .push(format!("{delivery} came {times} times: {history}"));
    }
    let mut due: BTreeMap<String, usize> = BTreeMap::new();
    for step in steps {
        for effect in react(&stage.rules, step.before.as_ref(), &step.after, &step.entries) {
            if matches!(effect.task, Task::Notice { .. } | Task::ChannelNotice { .. }) {
                *due.entry(effect.task.topic()).or_default() += 1;
            }
        }
    }
    for (topic, times) in &posted.topics {
        let most = if topic.starts_with("notice:") {
            due.get(topic).copied().unwrap_or(0)
        } else {
            1
        };
        let same = posted
            .deliveries
            .iter()
            .any(|(delivery, times)| *times > 1 && self::topic(delivery).as_ref() == Some(topic));
        if *times > most && !same {
            verdict
                .duplicated
                .push(format!("{times} messages about {topic}, {most} at most"));
        }
    }
    for (topic, times) in &due {
        let there = posted.topics.get(topic).copied().unwrap_or(0);
        if there < *times {
            verdict
                .lost
                .push(format!("{there} messages about {topic} instead of {times}"));
        }
    }
}

/// The attempts at a delivery and the looks for it, to find out what went wrong.
fn history(stage: &Stage, delivery: &str) -> String {
    let calls = stage.ws.wire();
    let ours = |call: &&WireCall| call.request["metadata"]["event_payload"]["delivery"] == delivery;
    let Some(first) = calls.iter().find(ours) else {
        return String::new();
    };
    let channel = calls
        .iter()
        .filter(ours)
        .find_map(|call| call.response["channel"].as_str());
    let looks = |call: &&WireCall| {
        call.method == "conversations.history"
            && call.request["channel"].as_str() == channel
            && call.seq > first.seq
    };
    let calls = calls.iter().filter(|call| ours(call) || looks(call)).map(|call| {
        let (at, answer) = (call.at.format("%d %T%.3f"), &call.response);
        let (fault, found) = (&answer["fault"], answer["messages"].as_array().map(Vec::len));
        let oldest = &call.request["oldest"];
        format!(
            "\n    #{} {at} {} {} {fault} {oldest} {found:?}",
            call.seq, call.method, call.status
        )
    });
    calls.collect()
}

fn card(request_id: RequestId, lane: &Lane, user: &UserId) -> String {
    let lane = LaneRef {
        lane: lane.key.clone(),
        round: lane.round,
    };
    Task::ReviewerCard {
        request_id,
        lane,
        user: user.clone(),
    }
    .topic()
}

/// The channel's cards name people, so as not to ping them, where the core's mention them.
fn named(text: &str) -> String {
    // As the local workspace calls whoever was given no name: `U0PM` is Pm.
    let name = |text: String, id: &&str| {
        let (first, rest) = id[2..].split_at(1);
        text.replace(&format!("<@{id}>"), &format!("{first}{}", rest.to_lowercase()))
    };
    PEOPLE.iter().fold(text.to_owned(), name)
}

/// Every card is there and says what is so; every deadline that has passed was kept.
fn cards(stage: &Stage, request: &Request, posted: &Posted, verdict: &mut Verdict) {
    let (id, now) = (request.request_id, stage.now());
    let says = |lost: &mut Vec<String>, topic: String, right: view::Message| match posted.cards.get(&topic) {
        None => lost.push(format!("{topic} is not there")),
        Some(there) if named(&there.text) != named(&right.text) => {
            lost.push(format!("{topic} says {:?}, not {:?}", there.text, right.text));
        }
        Some(_) => {}
    };
    let rules = &stage.rules;
    says(
        &mut verdict.lost,
        Task::RequesterCard { request_id: id }.topic(),
        view::requester_card(rules, request, now),
    );
    if request.gated {
        says(
            &mut verdict.lost,
            Task::ChannelCard { request_id: id }.topic(),
            view::channel_card(rules, request),
        );
    }
    for lane in &request.lanes {
        let at = LaneRef {
            lane: lane.key.clone(),
            round: lane.round,
        };
        for asked in lane.asked.iter().filter(|asked| !asked.unreachable) {
            // A card that has nothing left to ask is not posted any more.
            if asked.delivered_at.is_some() || !view::is_spent(request, &at, &asked.user) {
                let right = view::reviewer_card(rules, request, &at, &asked.user, now);
                says(&mut verdict.lost, card(id, lane, &asked.user), right);
            }
        }
        let silent = request.is_open() && request.gated && !request.is_wide() && lane.is_pending();
        if silent && lane.deadline().is_some_and(|deadline| deadline <= now) {
            verdict.lost.push(format!("the lapse of {id}, {}", lane.key));
        }
        if request.is_open() && lane.is_pending() && lane.deadline().is_none() {
            verdict
                .lost
                .push(format!("{id}, {}: the clock never started", lane.key));
        }
    }
}
