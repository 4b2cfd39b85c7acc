//! What Slack may or may not have is looked for before it is sent again (R29); a clock that jumps is not
//! consent (R19).

use crate::support::{DEADLINE, Test, at, story};
use chrono::TimeDelta;
use signoff::sandbox::workspace::{Commit, Fault, Kind};
use signoff::store::{StoreError, outbox};
use std::time::Duration;

/// How often somebody was pinged about a request: cards, whatever became of the answers.
fn pings(t: &Test, who: &str) -> usize {
    t.cards(who, "R-1").len()
}

story!(r29_a_post_that_was_lost_on_the_way_is_sent_again);
async fn r29_a_post_that_was_lost_on_the_way_is_sent_again(t: &mut Test) {
    t.ws.faults().next_in(
        "chat.postMessage",
        "U0DIRECTOR",
        Fault::Status(500, Commit::Before),
    );
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    assert_eq!(pings(t, "U0DIRECTOR"), 0);
    t.advance_by(TimeDelta::seconds(60)).await;
    assert_eq!(
        pings(t, "U0DIRECTOR"),
        0,
        "not before the slowest commit must be over"
    );
    t.advance_by(TimeDelta::seconds(20)).await;
    assert_eq!(pings(t, "U0DIRECTOR"), 1);
    assert!(
        t.deadline("R-1", "director").await.is_some(),
        "it was proven within the grace"
    );
}

story!(r29_a_post_whose_answer_was_lost_is_found_and_not_doubled);
async fn r29_a_post_whose_answer_was_lost_is_found_and_not_doubled(t: &mut Test) {
    t.ws.faults().next_in(
        "chat.postMessage",
        "U0DIRECTOR",
        Fault::Status(500, Commit::After),
    );
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    assert_eq!(t.deadline("R-1", "director").await, None, "not proven yet");
    t.advance_by(TimeDelta::seconds(80)).await;
    assert_eq!(pings(t, "U0DIRECTOR"), 1, "found, not sent again");
    assert_eq!(t.deadline("R-1", "director").await, Some(at(DEADLINE)));
    t.clicks("U0DIRECTOR", "R-1", "approve").await;
    assert!(
        t.card("U0DIRECTOR", "R-1").has_button("change_decision"),
        "the card that was found is kept up to date"
    );
}

story!(r29_it_is_looked_for_among_more_messages_than_one_page_has);
async fn r29_it_is_looked_for_among_more_messages_than_one_page_has(t: &mut Test) {
    let lost_on_the_way = Fault::Status(500, Commit::Before);
    t.ws.faults()
        .next_in("chat.postMessage", "U0DIRECTOR", lost_on_the_way);
    loses_the_answer(t, "U0MARK");
    t.files("U0PM", PRESS).await;
    for who in ["U0DIRECTOR", "U0MARK"] {
        let who = t.user(who);
        for n in 0..250 {
            who.say(&who.dm(), &format!("Thought {n}"), None)
                .expect("they may write there");
        }
    }
    t.advance_by(TimeDelta::seconds(80)).await;
    assert_eq!(pings(t, "U0DIRECTOR"), 1, "it was not there: sent again");
    assert_eq!(pings(t, "U0MARK"), 1, "it was there, behind all the others");
    assert_eq!(t.deadline("R-1", "marketing").await, Some(at(DEADLINE)));
}

story!(r29_what_cannot_be_looked_for_is_left_to_an_operator);
async fn r29_what_cannot_be_looked_for_is_left_to_an_operator(t: &mut Test) {
    t.ws.drop_scope("im:history");
    t.ws.faults()
        .next_in("chat.postMessage", "U0DIRECTOR", Fault::NotJson);
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.advance_by(TimeDelta::minutes(5)).await;
    let stuck = t.sandbox().app().stuck().await.expect("the database answers");
    assert_eq!(stuck.len(), 1, "{stuck:?}");
    assert_eq!(stuck[0].state, "in_doubt");
    let (id, now) = (stuck[0].outbox_id, t.now());
    let store = &t.sandbox().app().store;
    let retried: Result<bool, StoreError> = store
        .write(move |conn| Box::pin(outbox::retry(conn, id, now)))
        .await;
    assert!(
        !retried.expect("an answer"),
        "only who has looked may say what to do"
    );
    assert_eq!(
        pings(t, "U0DIRECTOR"),
        1,
        "it had arrived, and was never sent again"
    );
    assert_eq!(
        t.deadline("R-1", "director").await,
        None,
        "without a proof silence does not count (R17)"
    );
    t.advance(DEADLINE).await;
    assert_eq!(t.lane("R-1", "director").await, "pending");
    t.stuck_is_fine();
    t.ws.forgive();
}

story!(r19_nothing_lapses_while_the_clocks_disagree);
async fn r19_nothing_lapses_while_the_clocks_disagree(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.slack_stands_still();
    t.jump(DEADLINE).await;
    assert_eq!(
        t.stands("R-1").await,
        "blocked director=pending marketing=pending"
    );
    let operator = t.notices("U0ADMIN");
    assert!(
        operator
            .iter()
            .any(|said| said.contains("Nothing lapses at the moment")),
        "{operator:?}"
    );
    t.slack_is_set_right();
    t.advance_by(TimeDelta::minutes(1)).await;
    assert_eq!(t.stands("R-1").await, "clear director=lapsed marketing=lapsed");
    assert_eq!(t.notices("U0ADMIN").len(), operator.len(), "said once");
}

story!(r19_a_minute_is_no_disagreement);
async fn r19_a_minute_is_no_disagreement(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.advance_to(at(DEADLINE) - TimeDelta::seconds(59)).await;
    t.slack_stands_still();
    t.jump(DEADLINE).await;
    assert_eq!(t.stands("R-1").await, "clear director=lapsed marketing=lapsed");
}

const PRESS: &str = "press https://example.com/draft An interview";

/// The next post to somebody arrives, and its answer is lost.
fn loses_the_answer(t: &Test, to: &str) {
    t.ws.faults()
        .next_in("chat.postMessage", to, Fault::Status(500, Commit::After));
}

story!(r29_a_card_that_was_found_is_brought_up_to_date);
async fn r29_a_card_that_was_found_is_brought_up_to_date(t: &mut Test) {
    loses_the_answer(t, "U0DIRECTOR");
    t.files("U0PM", PRESS).await;
    t.clicks("U0PM", "R-1", "raise_wide_impact").await;
    t.advance_by(TimeDelta::seconds(200)).await;
    let card = t.card("U0DIRECTOR", "R-1").text();
    assert!(
        card.contains("Wide-impact"),
        "it says what was true before: {card}"
    );
}

story!(r29_a_notice_in_doubt_is_not_taken_for_the_one_before_it);
async fn r29_a_notice_in_doubt_is_not_taken_for_the_one_before_it(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", "R-1", "approve").await;
    t.ws.faults()
        .next_in("chat.postMessage", "U0PM", Fault::Status(500, Commit::Before));
    t.clicks("U0DIRECTOR", "R-1", "approve").await;
    t.advance_by(TimeDelta::seconds(80)).await;
    let told = t.notices("U0PM");
    assert!(
        told.iter().any(|said| said.contains("you may publish")),
        "the number of a task that is done was given again: {told:?}"
    );
}

story!(r7_a_card_in_doubt_is_released_too);
async fn r7_a_card_in_doubt_is_released_too(t: &mut Test) {
    loses_the_answer(t, "U0MIA");
    t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", "R-1", "approve").await;
    t.advance_by(TimeDelta::seconds(300)).await;
    assert!(!t.card("U0MIA", "R-1").has_button("approve"));
}

story!(r29_a_doubt_outlives_a_lookup_that_fails);
async fn r29_a_doubt_outlives_a_lookup_that_fails(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T09:29:50-08:00").await;
    loses_the_answer(t, "U0DIRECTOR");
    t.advance("2026-12-03T09:30:30-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1);
    for _ in 0..4 {
        t.ws.faults()
            .next("users.info", Fault::Status(500, Commit::Before));
    }
    t.advance_by(TimeDelta::minutes(10)).await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1, "never two a day (R22)");
}

story!(r24_what_happens_while_a_digest_is_in_doubt_is_in_the_next_one);
async fn r24_what_happens_while_a_digest_is_in_doubt_is_in_the_next_one(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T08:59:50-08:00").await;
    loses_the_answer(t, "C0MARKETING");
    t.advance("2026-12-03T09:00:20-08:00").await;
    t.clicks("U0MARK", "R-1", "approve").await;
    t.clicks("U0DIRECTOR", "R-1", "approve").await;
    t.advance("2026-12-04T12:00:00-08:00").await;
    let last = t.digests().pop().expect("a digest").text();
    assert!(last.contains("Clear since"), "{last}");
}

story!(r24_a_digest_that_an_operator_found_tells_until_when_it_was_posted);
async fn r24_a_digest_that_an_operator_found_tells_until_when_it_was_posted(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.ws.drop_scope("channels:history");
    t.advance("2026-12-03T08:59:50-08:00").await;
    loses_the_answer(t, "C0MARKETING");
    t.advance("2026-12-03T09:10:00-08:00").await;
    let stuck = t.sandbox().app().stuck().await.expect("the database answers");
    assert_eq!(stuck.len(), 1, "{stuck:?}");
    t.clicks("U0MARK", "R-1", "approve").await;
    t.clicks("U0DIRECTOR", "R-1", "approve").await;
    t.advance("2026-12-03T15:00:00-08:00").await;
    let (id, now) = (stuck[0].outbox_id, t.now());
    let ts = t.digests().pop().expect("it had arrived").ts;
    let store = &t.sandbox().app().store;
    let resolved: Result<bool, StoreError> = store
        .write(move |conn| Box::pin(async move { outbox::resolve(conn, id, Some(&ts), now).await }))
        .await;
    assert!(resolved.expect("an answer"));
    t.advance("2026-12-04T12:00:00-08:00").await;
    assert_eq!(t.digests().len(), 2);
    let last = t.digests().pop().expect("a digest").text();
    assert!(last.contains("Clear since"), "{last}");
}

story!(r4_a_group_that_cannot_be_read_does_not_hold_up_the_director);
async fn r4_a_group_that_cannot_be_read_does_not_hold_up_the_director(t: &mut Test) {
    t.ws.drop_scope("usergroups:read");
    t.files("U0PM", PRESS).await;
    t.advance_by(TimeDelta::hours(2)).await;
    assert_eq!(t.cards("U0DIRECTOR", "R-1").len(), 1);
    assert_eq!(
        t.cards("U0ADMIN", "R-1").len(),
        1,
        "the fallback stands in for marketing"
    );
    t.clicks("U0ADMIN", "R-1", "approve").await;
    assert_eq!(t.lane("R-1", "marketing").await, "approved");
}

story!(r5_a_card_that_slack_will_not_update_makes_nobody_unreachable);
async fn r5_a_card_that_slack_will_not_update_makes_nobody_unreachable(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.ws.faults()
        .always("chat.update", Fault::Error("msg_too_long".to_owned()));
    t.clicks("U0PM", "R-1", "raise_wide_impact").await;
    t.ws.faults().clear();
    t.stuck_is_fine();
    assert!(
        !t.stuck().await.is_empty(),
        "an operator is shown what was refused"
    );
    let request = t.request("R-1").await;
    let asked = request.lanes.iter().flat_map(|lane| &lane.asked);
    assert!(
        asked.clone().all(|asked| !asked.unreachable),
        "{:?}",
        asked.collect::<Vec<_>>()
    );
}

story!(r4_whoever_leaves_the_company_is_replaced_in_the_morning);
async fn r4_whoever_leaves_the_company_is_replaced_in_the_morning(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.ws.set_kind("U0DIRECTOR", Kind::Deactivated);
    t.advance("2026-12-03T10:00:00-08:00").await;
    assert_eq!(t.asked("R-1", "director").await, ["U0DIRECTOR", "U0DEPUTY"]);
    assert_eq!(t.cards("U0DEPUTY", "R-1").len(), 1);
}

story!(an_ack_is_in_time_however_slow_slack_is);
async fn an_ack_is_in_time_however_slow_slack_is(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.restart().await;
    let slow = Duration::from_millis(1100);
    for method in ["users.info", "usergroups.users.list", "auth.test", "views.open"] {
        t.ws.faults().always(method, Fault::Delay(slow));
    }
    let card = t.card("U0DIRECTOR", "R-1");
    let ack = t.clicks_on("U0DIRECTOR", &card, "request_changes").await;
    assert_eq!(
        ack.failure(),
        None,
        "the workspace waits for three seconds, as Slack does"
    );
    t.ws.faults().clear();
}
