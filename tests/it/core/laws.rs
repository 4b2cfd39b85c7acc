//! What holds after every command of every history. Each law is checked at every step; `proptest` shortens
//! a history that breaks one to the few moves that matter.

use super::history::{History, Played, Step, any_history, timer};
use super::{ID, at, lane};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use signoff::domain::calendar;
use signoff::domain::command::{Actor, Command, LaneRef, Rejection};
use signoff::domain::effect::{Effect, Task};
use signoff::domain::event::{Entry, Event};
use signoff::domain::evolve;
use signoff::domain::ids::LaneKey;
use signoff::domain::people::Kind;
use signoff::domain::request::{Clock, End, Gate, Lane, MoreTime, Request, Standing};
use std::collections::BTreeMap;

/// Plays a history and hands it to a law.
macro_rules! law {
    ($(#[doc = $doc:literal])* $name:ident, $check:expr) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
            $(#[doc = $doc])*
            #[test]
            fn $name(history in any_history()) {
                let check: fn(Played) -> Result<(), TestCaseError> = $check;
                check(history.play())?;
            }
        }
    };
}

law!(
    /// R13: withdrawn or published is the end. No command, proof or timer changes the request afterwards.
    settled_stays_settled, |played| {
        for step in &played.steps {
            if let Some(before) = step.before.as_ref().filter(|before| before.end.is_some()) {
                prop_assert_eq!(before, &step.after, "{:?}", step.command);
                prop_assert!(events(step).is_empty(), "{:?}", step.outcome);
            }
        }
        Ok(())
    }
);

law!(
    /// The one answer: clear if, and only if, nothing is gated or every lane is approved or lapsed. Judged by
    /// a journal of the decisions that is kept here, not by the lanes of the request.
    the_gate_is_clear_only_if_every_lane_is_approved_or_lapsed, |played| {
        let mut journal = Journal::default();
        for step in &played.steps {
            for event in events(step) {
                journal.note(event);
            }
            prop_assert_eq!(step.after.gate(), journal.gate(), "after {:?}: {:?}", step.command, journal);
        }
        Ok(())
    }
);

law!(
    /// R16: while wide-impact is raised no lane is lapsed, and none lapses.
    while_wide_impact_is_raised_nothing_counts_as_lapsed, |played| {
        for step in &played.steps {
            let lapsed = |lane: &Lane| matches!(
                lane.standing,
                Standing::Lapsed { .. } | Standing::Approved { lapsed_at: Some(_), .. }
            );
            if step.after.is_wide() {
                prop_assert!(!step.after.lanes.iter().any(lapsed), "{:?}", step.after);
            }
            if step.before.as_ref().is_some_and(Request::is_wide) {
                let lapsed = events(step).iter().any(|event| matches!(event, Event::Lapsed { .. }));
                prop_assert!(!lapsed, "{:?}", step.outcome);
            }
        }
        Ok(())
    }
);

law!(
    /// R9, R14, R16, R17: a timer makes its lane lapse if, and only if, at that moment the request is open,
    /// gated and not wide, the lane waits in the timer's own round, somebody was told, and its stored
    /// deadline has come. Early, late, of an older round or a second time, it changes nothing at all.
    a_timer_lapses_a_silent_lane_at_its_deadline_and_does_nothing_else, |played| {
        for step in &played.steps {
            let (Command::Lapse(which), Some(before)) = (&step.command, &step.before) else {
                let lapsed = events(step).iter().any(|event| matches!(event, Event::Lapsed { .. }));
                prop_assert!(!lapsed, "only a timer lapses a lane: {:?}", step.command);
                continue;
            };
            if silent_to_the_end(before, which, step.at) {
                // Those whose time is over as well lapse with it, so that it is told once.
                let over = before
                    .lanes
                    .iter()
                    .map(|lane| LaneRef { lane: lane.key.clone(), round: lane.round })
                    .filter(|lane| silent_to_the_end(before, lane, step.at))
                    .map(|lane| Event::Lapsed { lane: lane.lane });
                prop_assert_eq!(events(step), over.collect::<Vec<_>>());
            } else {
                prop_assert_eq!(&step.outcome, &Ok(Vec::new()));
                prop_assert_eq!(before, &step.after);
            }
        }
        Ok(())
    }
);

law!(
    /// R4: nobody fills a lane of their own request, and nobody fills two lanes of one.
    four_eyes, |played| {
        for step in &played.steps {
            let mut fill: Vec<_> = step.after.lanes.iter().filter_map(Lane::decided_by).collect();
            prop_assert!(!fill.contains(&&step.after.requester), "{:?}", step.after.lanes);
            let lanes = fill.len();
            fill.sort();
            fill.dedup();
            prop_assert_eq!(fill.len(), lanes, "somebody fills two lanes: {:?}", step.after.lanes);
            let asked = step.after.lanes.iter().flat_map(|lane| &lane.asked);
            prop_assert!(!asked.clone().any(|asked| asked.user == step.after.requester));
        }
        Ok(())
    }
);

law!(
    /// R5: whoever decides is, at that moment, a member in good standing.
    only_members_in_good_standing_decide, |played| {
        let steps = played.steps.iter();
        for step in steps.filter(|step| events(step).iter().any(is_decision)) {
            let actor = step.actor.user().expect("a person");
            prop_assert_eq!(step.facts.person(actor).map(|person| person.kind), Some(Kind::Member));
        }
        Ok(())
    }
);

law!(
    /// R14, R17: a clock starts with a proof of delivery, at the opening of the round when that came within
    /// the grace and else at the proof; it is started once a round, and the deadline is R14's from there.
    a_clock_starts_with_the_first_proof_of_delivery, |played| {
        for step in &played.steps {
            for event in events(step) {
                let Event::ClockStarted { lane, round, started_at, deadline, .. } = event else { continue };
                let Command::RecordPing { lane: which, delivered_at, .. } = &step.command else {
                    return Err(TestCaseError::fail("a clock started without a proof"));
                };
                prop_assert_eq!((lane, round), (&which.lane, &which.round));
                let before = step.before.as_ref().and_then(|before| before.lane(lane)).expect("a lane");
                prop_assert_eq!(&before.clock, &Clock::NotStarted);
                let late = *delivered_at - before.opened_at > TimeDelta::minutes(15);
                prop_assert_eq!(*started_at, if late { *delivered_at } else { before.opened_at });
                let area = step.before.as_ref().and_then(|before| before.details.area.as_ref());
                let counting = played.rules.deadline.counting;
                let days = played.rules.lane_calendar(lane, area);
                prop_assert_eq!(Ok(*deadline), calendar::deadline(days, counting, 3, *started_at));
            }
        }
        Ok(())
    }
);

law!(
    /// R20: a deadline never moves while its round lasts, but for the one day that a requester gives (R18), and
    /// a round of a lane never goes back.
    a_running_deadline_never_moves, |played| {
        for step in &played.steps {
            for (old, new) in pairs(step) {
                prop_assert!(new.round >= old.round);
                let given = |event: &Event| matches!(event, Event::MoreTimeGranted { lane, .. } if *lane == new.key);
                if events(step).iter().any(given) {
                    prop_assert!(new.deadline() > old.deadline(), "{:?}", new.clock);
                    prop_assert!(old.more_time.is_some() && !old.more_time.as_ref().is_some_and(MoreTime::is_granted));
                } else if new.round == old.round && old.deadline().is_some() {
                    prop_assert_eq!(&new.clock, &old.clock);
                }
            }
        }
        Ok(())
    }
);

law!(
    /// Event sourcing: the journal, written down as JSON and read again, folds to the very same request.
    replaying_the_journal_gives_the_same_request, |played| {
        let written = serde_json::to_string(&played.entries).expect("entries are JSON");
        let read: Vec<Entry> = serde_json::from_str(&written).expect("what was written is read");
        let replayed = read.iter().fold(None, |request, entry| Some(evolve(request, entry, ID)));
        prop_assert_eq!(replayed.as_ref(), played.world.request.as_ref());
        prop_assert_eq!(&read, &played.entries);
        Ok(())
    }
);

law!(
    /// What is stored is read back as it was: every request on its way, every task.
    requests_and_tasks_survive_storage, |played| {
        for step in &played.steps {
            let stored = serde_json::to_string(&step.after).expect("a request is JSON");
            prop_assert_eq!(&serde_json::from_str::<Request>(&stored).expect("a request"), &step.after);
            for effect in &step.effects {
                let stored = serde_json::to_string(&effect.task).expect("a task is JSON");
                prop_assert_eq!(&serde_json::from_str::<Task>(&stored).expect("a task"), &effect.task);
            }
        }
        Ok(())
    }
);

law!(
    /// R14, R16: nothing can lapse late for want of a timer. Every waiting lane whose silence counts has one
    /// queued for exactly its deadline.
    every_running_deadline_has_its_timer, |played| {
        for step in &played.steps {
            let request = &step.after;
            if !request.is_open() || request.is_wide() || !request.gated {
                continue;
            }
            for lane in request.pending() {
                let Some(deadline) = lane.deadline() else { continue };
                let wanted = timer(deadline, LaneRef { lane: lane.key.clone(), round: lane.round });
                prop_assert!(step.timers.contains(&wanted), "no {wanted:?} in {:?}", step.timers);
            }
        }
        Ok(())
    }
);

law!(
    /// R21: whoever is to be asked gets a card, in the same transaction and at once.
    everybody_asked_gets_a_card, |played| {
        for step in &played.steps {
            for event in events(step) {
                let Event::ReviewersAsked { lane, round, asked } = event else { continue };
                prop_assert!(!asked.is_empty());
                for asked in asked {
                    let card = Task::ReviewerCard {
                        request_id: ID,
                        lane: LaneRef { lane: lane.clone(), round: *round },
                        user: asked.user.clone(),
                    };
                    prop_assert!(follows_at_once(step, &card), "no card for {:?}", asked.user);
                }
            }
        }
        Ok(())
    }
);

law!(
    /// R7: whatever changes in a lane, or ends the request, rewrites every card of that lane, those of the
    /// round that is over included.
    every_card_of_a_changed_lane_is_rewritten, |played| {
        for step in &played.steps {
            let Some(before) = &step.before else { continue };
            for old in &before.lanes {
                let new = step.after.lane(&old.key);
                let changed = new.is_none_or(|new| new.standing != old.standing || new.round != old.round)
                    || before.end != step.after.end;
                for asked in old.asked.iter().filter(|_| changed) {
                    let card = Task::ReviewerCard {
                        request_id: ID,
                        lane: LaneRef { lane: old.key.clone(), round: old.round },
                        user: asked.user.clone(),
                    };
                    prop_assert!(follows_at_once(step, &card), "{:?} keeps an old card", asked.user);
                }
            }
        }
        Ok(())
    }
);

law!(
    /// R4: no lane waits silently. A waiting lane that nobody able was asked in is either being looked after
    /// or was announced, to the requester and in the channel.
    no_lane_waits_silently, |played| {
        for step in played.steps.iter().filter(|step| !events(step).is_empty()) {
            let announced: Vec<&Event> = events(step)
                .iter()
                .filter(|event| matches!(event, Event::LaneUnfillable { .. }))
                .collect();
            for event in announced.iter().copied() {
                let told = step.effects.iter().any(|effect| matches!(&effect.task,
                    Task::Notice { to, about, .. } if *to == step.after.requester && about.event == *event));
                let posted = step.effects.iter().any(|effect| matches!(&effect.task,
                    Task::ChannelNotice { about, .. } if about.event == *event));
                prop_assert!(told && posted, "{event:?} was not announced: {:?}", step.effects);
            }
            let nobody = |lane: &&Lane| step.after.is_open() && lane.waited_for().next().is_none();
            if announced.is_empty() && step.after.pending().any(|lane| nobody(&lane)) {
                let looked_after = follows_at_once(step, &Task::AssignReviewers { request_id: ID });
                prop_assert!(looked_after, "{:?}", step.effects);
            }
        }
        Ok(())
    }
);

law!(
    /// R23: the requester hears at once of everything that happens to a lane, unless they did it; of lanes
    /// that lapse at one moment they hear once.
    the_requester_hears_of_every_lane_change,
    |played| {
        for step in &played.steps {
            let heard: Vec<&Event> = step.effects.iter().filter_map(|effect| match &effect.task {
                Task::Notice { to, about, .. } if *to == step.after.requester => Some(&about.event),
                _ => None,
            }).collect();
            let own = step.actor == Actor::User(step.after.requester.clone());
            for event in events(step) {
                let matters = is_decision(event)
                    || matches!(event, Event::WideImpactRaised | Event::WideImpactLowered { .. });
                if matters {
                    prop_assert_eq!(heard.contains(&event), !own, "{:?}", event);
                }
            }
            let is_lapse = |event: &&Event| matches!(event, Event::Lapsed { .. });
            let lapsed = events(step).iter().any(|event| is_lapse(&event));
            prop_assert_eq!(heard.iter().filter(|event| is_lapse(event)).count(), usize::from(lapsed));
        }
        Ok(())
    }
);

law!(
    /// A refusal is an answer, not an event: nothing is recorded, nothing follows.
    rejections_change_nothing, |played| {
        for step in played.steps.iter().filter(|step| step.outcome.is_err()) {
            prop_assert_eq!(step.before.as_ref(), Some(&step.after));
            prop_assert_eq!(&step.effects, &Vec::<Effect>::new());
        }
        Ok(())
    }
);

law!(
    /// What people are promised is what silence does: with nobody saying anything more, the gate is blocked
    /// up to the promised instant and clear from it on; with none promised, it never opens by itself.
    silence_opens_the_gate_when_promised, |played| {
        let mut world = played.world;
        let Some(opens_at) = world.request().opens_on_silence_at() else {
            let before = world.request().gate();
            world.run_to(at("2099-01-01T00:00:00Z"));
            prop_assert_eq!(world.request().gate(), before, "it opened without notice");
            return Ok(());
        };
        prop_assert!(world.request().is_open());
        prop_assert_eq!(world.request().gate(), Gate::Blocked);
        if opens_at > world.now {
            world.run_to(opens_at - TimeDelta::nanoseconds(1));
            prop_assert_eq!(world.request().gate(), Gate::Blocked, "open before {}", opens_at);
        }
        world.run_to(opens_at);
        prop_assert_eq!(world.request().gate(), Gate::Clear, "not open at {}", opens_at);
        Ok(())
    }
);

law!(
    /// R13: the ledger is honest. What is recorded with a publication is the gate as it stood.
    published_while_blocked_says_so, |played| {
        for step in &played.steps {
            let Some(End::Published { while_blocked, .. }) = &step.after.end else { continue };
            let Some(before) = step.before.as_ref().filter(|before| before.is_open()) else { continue };
            prop_assert_eq!(*while_blocked, before.gate() == Gate::Blocked);
        }
        Ok(())
    }
);

/// The histories are worth their name: in a fixed eight hundred of them every event and every refusal that a
/// request can meet occurs. Without it a law could hold for want of anything happening.
#[test]
fn everything_happens_in_random_histories() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..800 {
        let history: History = any_history().new_tree(&mut runner).expect("a history").current();
        for step in history.play().steps {
            let words: Vec<String> = match &step.outcome {
                Ok(events) => events.iter().map(first_word).collect(),
                Err(rejection) => vec![first_word(rejection)],
            };
            for word in words {
                *seen.entry(word).or_default() += 1;
            }
        }
    }
    let all = "Approved ChangesRequested ClockStarted Edited Filed LaneUnfillable Lapsed MoreTimeAsked MoreTimeDeclined MoreTimeGranted Nudged PingDelivered PingFailed \
        HandedOver Published Resubmitted ReviewersAsked SteppedAside WideImpactLowered WideImpactRaised Withdrawn \
        AlreadyWide CannotVerify DecidedBy Ended FillsOtherLane Invalid MayNotLower NoSuchLane NotEligible \
        NotInLane NotInvolved NotRequester NotWide NothingToAnswer MoreTimeOnce NoDeadline NobodyAtWork NobodyToNudge NotAsked NotPending OnlyAdmin OnlyRequester OwnRequest Superseded Unchanged Unfit";
    let rare: Vec<&str> = all
        .split_whitespace()
        .filter(|word| seen.get(*word).copied().unwrap_or(0) < 5)
        .collect();
    assert!(rare.is_empty(), "hardly ever: {rare:?} in {seen:#?}");
}

fn first_word(what: &impl std::fmt::Debug) -> String {
    let text = format!("{what:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

#[test]
fn a_request_is_filed_once() {
    let mut world = super::World::told("2026-11-11T14:00:00Z");
    let again = Command::File(Box::new(super::draft()));
    assert_eq!(world.refuses(super::ASKER, again), Rejection::NotInvolved);
}

#[test]
fn a_command_without_a_request_is_refused() {
    let mut world = super::World::new(
        super::rules(super::COMPANY),
        super::everybody(),
        "2026-11-11T14:00:00Z",
    );
    let refused = world.acts(super::by(super::MARK), Command::RaiseWideImpact);
    assert!(matches!(refused, Err(Rejection::NotFound(_))));
    let refused = world.acts(Actor::Signoff, Command::Lapse(lane("director", 1)));
    assert!(matches!(refused, Err(Rejection::NotFound(_))));
}

fn events(step: &Step) -> &[Event] {
    step.outcome.as_deref().unwrap_or_default()
}

fn is_decision(event: &Event) -> bool {
    matches!(event, Event::Approved { .. } | Event::ChangesRequested { .. })
}

/// The lanes that a command met and left behind.
fn pairs(step: &Step) -> impl Iterator<Item = (&Lane, &Lane)> {
    let before = step.before.iter().flat_map(|before| &before.lanes);
    before.filter_map(|old| Some((old, step.after.lane(&old.key)?)))
}

fn follows_at_once(step: &Step, task: &Task) -> bool {
    let wanted = Effect::now(step.at, task.clone());
    step.effects.contains(&wanted)
}

fn silent_to_the_end(request: &Request, which: &LaneRef, now: DateTime<Utc>) -> bool {
    let counts = request.end.is_none() && request.gated && request.wide_impact.is_none();
    let silent = request
        .lanes
        .iter()
        .find(|lane| lane.key == which.lane)
        .is_some_and(|lane| {
            let told = lane.asked.iter().any(|asked| asked.delivered_at.is_some());
            let over = matches!(lane.clock, Clock::Running { deadline, .. } if deadline <= now);
            lane.round == which.round && lane.standing == Standing::Pending && told && over
        });
    counts && silent
}

/// What the events say of each lane, kept apart from `evolve`.
#[derive(Debug, Default)]
struct Journal {
    lanes: BTreeMap<LaneKey, Said>,
    gated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Said {
    Nothing,
    Yes { late: bool },
    No,
    Lapsed { objected: bool },
}

impl Journal {
    fn note(&mut self, event: &Event) {
        let silent = |lanes: &[LaneKey]| lanes.iter().map(|key| (key.clone(), Said::Nothing)).collect();
        match event {
            Event::Filed { lanes, gated, .. } => (self.lanes, self.gated) = (silent(lanes), *gated),
            Event::Edited {
                lanes,
                gated,
                new_round,
                ..
            } => {
                self.gated = *gated;
                if *new_round {
                    self.lanes = silent(lanes);
                }
            }
            Event::Resubmitted { reopened, .. } => {
                for key in reopened {
                    self.lanes.insert(key.clone(), Said::Nothing);
                }
            }
            Event::Approved { lane, .. } => self.answer(lane, |late| Said::Yes { late }),
            Event::ChangesRequested { lane, .. } => self.answer(lane, |late| match late {
                true => Said::Lapsed { objected: true },
                false => Said::No,
            }),
            Event::Lapsed { lane } => {
                self.lanes.insert(lane.clone(), Said::Lapsed { objected: false });
            }
            Event::WideImpactRaised => {
                for said in self.lanes.values_mut() {
                    *said = match *said {
                        Said::Lapsed { objected: false } => Said::Nothing,
                        Said::Lapsed { objected: true } => Said::No,
                        Said::Yes { .. } => Said::Yes { late: false },
                        other => other,
                    };
                }
            }
            _ => {}
        }
    }

    /// An answer after the lapse is late, and leaves the gate as it is (R12).
    fn answer(&mut self, lane: &LaneKey, said: impl Fn(bool) -> Said) {
        let late = matches!(
            self.lanes.get(lane),
            Some(Said::Lapsed { .. } | Said::Yes { late: true })
        );
        self.lanes.insert(lane.clone(), said(late));
    }

    fn gate(&self) -> Gate {
        let open = |said: &Said| matches!(said, Said::Yes { .. } | Said::Lapsed { .. });
        match !self.gated || self.lanes.values().all(open) {
            true => Gate::Clear,
            false => Gate::Blocked,
        }
    }
}
