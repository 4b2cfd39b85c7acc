//! Several bots on one database: each thing is done once, by whichever comes first.

use crate::support::{DEADLINE, Database, Test, Transport, at, run_test};
use chrono::{DateTime, TimeDelta, Utc};
use signoff::app::delivery::{SLOWEST_COMMIT, Sent};
use signoff::clock::Clock;
use signoff::domain::effect::{OtherClock, Task};
use signoff::sandbox::workspace::{Commit, Fault, Workspace};
use signoff::sandbox::{CONFIG, START};
use signoff::slack::outlet::{Delivery, Failure, Outlet};
use signoff::slack::{Gateway, ReqwestConnector};
use signoff::store::{Claimed, Doubt};
use signoff::view;
use slack_morphism::prelude::SlackApiTokenValue;
use std::sync::Arc;
use std::time::Duration;

const PRESS: &str = "press https://example.com/draft An interview";

#[tokio::test]
async fn three_replicas_do_everything_once() {
    run_test(Transport::Http, Database::Postgres, CONFIG, three).await;
}

async fn three(t: &mut Test) {
    let others = [t.another().await, t.another().await];
    for number in 0..12 {
        // Whichever was started last gets what Slack sends; the others work along.
        let title = format!("press https://example.com/{number} Number {number}");
        t.files("U0PM", &title).await;
    }
    let to = async |to: DateTime<Utc>| {
        let all = [&others[0], &others[1], t.sandbox()];
        let (a, b, c) = tokio::join!(
            all[0].advance_to(to),
            all[1].advance_to(to),
            all[2].advance_to(to)
        );
        for moved in [a, b, c] {
            moved.expect("the outbox is worked off");
        }
    };
    let morning = at("2026-12-03T09:00:00-08:00");
    to(morning).await;
    to(morning + TimeDelta::minutes(45)).await;
    assert_eq!(t.digests().len(), 1, "one digest a day");
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1, "one reminder a day");
    to(at(DEADLINE)).await;
    for number in 1..=12 {
        let id = format!("R-{number}");
        assert_eq!(t.cards("U0DIRECTOR", &id).len(), 1, "{id}");
        assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
    }
    let lapsed = t
        .notices("U0PM")
        .iter()
        .filter(|said| said.contains("is clear"))
        .count();
    assert_eq!(lapsed, 12, "said once each");
    for other in others {
        other.stop().await;
    }
}

/// One replica stalls while Slack works on its call; its claim runs out, and another finds what it sent.
#[tokio::test]
async fn a_claim_that_ran_out_is_found_by_whoever_has_it_next() {
    run_test(Transport::Http, Database::Postgres, CONFIG, ran_out).await;
}

async fn ran_out(t: &mut Test) {
    let other = t.another().await;
    t.ws.faults().next_in(
        "chat.postMessage",
        "U0DIRECTOR",
        Fault::Delay(Duration::from_secs(2)),
    );
    t.command("U0PM", PRESS).await;
    let arrived = |t: &Test| (t.cards("U0DIRECTOR", "R-1").len() == 1).then_some(());
    t.ws.until(Duration::from_secs(10), |_| arrived(t))
        .await
        .expect("it is in Slack, unanswered");
    let later = t.now() + TimeDelta::minutes(3);
    t.sandbox().clock.set(later);
    other.advance_to(later).await.expect("the outbox is worked off");
    t.settle().await;
    assert_eq!(
        t.cards("U0DIRECTOR", "R-1").len(),
        1,
        "found, neither sent again nor taken back"
    );
    assert!(
        t.deadline("R-1", "director").await.is_some(),
        "its delivery is proven"
    );
    other.stop().await;
}

/// A process that was stopped between its last look at the clock and its call sends when it wakes up, though
/// another has sent by then. It finds out and takes its own message back.
#[tokio::test]
async fn what_was_sent_too_late_is_taken_back() {
    let clock = Clock::manual(at(START));
    let now = clock.clone();
    let ws = Workspace::builder()
        .with_cast()
        .now(Arc::new(move || now.now()))
        .build();
    let connector = ReqwestConnector::new(&ws.spawn().await.expect("it listens")).expect("an address");
    let gateway = Gateway::new(connector, SlackApiTokenValue(ws.bot_token()));
    let outlet = Outlet::new(gateway, clock.clone(), false);
    let claimed = Claimed {
        outbox_id: 1,
        attempts: 1,
        task: Task::Digest {
            on: clock.now().date_naive(),
        },
        until: clock.now() + TimeDelta::minutes(2),
        doubt: Doubt::None,
    };
    let message = view::clocks_apart(120, OtherClock::Slack);
    let send = async |claimed: &Claimed| {
        let delivery = Delivery::of(claimed);
        outlet.post("C0MARKETING", &message, &delivery).await?;
        Ok::<Sent, Failure>(delivery.sent().expect("it is new in Slack"))
    };
    let first = send(&claimed).await.expect("sent");
    // It slept for three hours: nothing knows for how long but the claim.
    clock.set(clock.now() + TimeDelta::hours(3));
    let later = Claimed {
        until: claimed.until + TimeDelta::hours(3),
        ..claimed.clone()
    };
    let second = Sent {
        since: first.since,
        ..send(&later).await.expect("sent")
    };
    let left = || -> Vec<String> {
        let messages = ws.channel("C0MARKETING").messages().into_iter();
        messages.map(|message| message.ts).collect()
    };
    outlet.recall(first.clone()).await;
    assert_eq!(left().len(), 2, "the first one stays");
    ws.faults()
        .next("conversations.history", Fault::Status(500, Commit::Before));
    outlet.recall(second.clone()).await;
    assert_eq!(left().len(), 2, "without a look nothing is taken back");
    outlet.recall(second).await;
    assert_eq!(left(), [first.ts]);
    clock.set(claimed.until - SLOWEST_COMMIT);
    assert_eq!(
        send(&claimed).await,
        Err(Failure::NotYet(Duration::ZERO)),
        "so late nothing is begun"
    );
}
