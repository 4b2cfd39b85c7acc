//! What Slack may or may not have is looked for before it is sent again (R29); a clock that jumps is not
//! consent (R19).

use crate::support::{DEADLINE, Test, at, story};
use chrono::TimeDelta;
use signoff::sandbox::workspace::{Commit, Fault};

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
