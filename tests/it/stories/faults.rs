//! Slack fails: what is sent once is sent once, what is in doubt is said to be (R29).

use crate::support::{DEADLINE, Test, at, story};
use chrono::TimeDelta;
use signoff::sandbox::workspace::{Channel, Commit, Fault};

const PRESS: &str = "press https://example.com/draft An interview";

fn posts_to(t: &Test, channel: &str) -> usize {
    let calls = t.ws.calls("chat.postMessage").into_iter();
    calls.filter(|call| call.request["channel"] == channel).count()
}

story!(r29_rate_limited_then_taken_is_one_message);
async fn r29_rate_limited_then_taken_is_one_message(t: &mut Test) {
    for seconds in ["30", "10"] {
        let busy = Fault::RateLimited {
            retry_after: Some(seconds.to_owned()),
        };
        t.ws.faults().next_in("chat.postMessage", "U0DIRECTOR", busy);
    }
    let id = t.files("U0PM", PRESS).await;
    assert!(t.cards("U0DIRECTOR", &id).is_empty());
    t.advance_by(TimeDelta::seconds(29)).await;
    assert_eq!(posts_to(t, "U0DIRECTOR"), 1, "not before Slack said");
    t.advance_by(TimeDelta::minutes(1)).await;
    assert_eq!(t.cards("U0DIRECTOR", &id).len(), 1);
    assert_eq!(posts_to(t, "U0DIRECTOR"), 3);
    assert_eq!(t.deadline(&id, "director").await, Some(at(DEADLINE)));
}

/// A post that fails this way is in doubt. Where Slack does not let us look for it, it is never repeated, and
/// an operator is shown it.
async fn in_doubt(t: &mut Test, fault: Fault, arrived: bool) {
    t.stuck_is_fine();
    t.ws.drop_scope("im:history");
    t.ws.faults().next_in("chat.postMessage", "U0DIRECTOR", fault);
    let id = t.files("U0PM", PRESS).await;
    t.advance_by(TimeDelta::minutes(2)).await;
    assert_eq!(
        t.stuck().await,
        [format!("in_doubt card:{id}:director:1:U0DIRECTOR")]
    );
    t.advance("2026-12-09T12:00:00-08:00").await;
    t.restart().await;
    let cards = t.cards("U0DIRECTOR", &id).len();
    assert_eq!(cards, usize::from(arrived), "never sent twice");
    assert_eq!(t.stuck().await.len(), 1, "still shown");
    assert_eq!(
        t.lane(&id, "director").await,
        "pending",
        "not proven, so silence does not count (R17)"
    );
    assert_eq!(t.lane(&id, "marketing").await, "lapsed");
    t.ws.forgive();
}

story!(r29_a_500_before_the_commit_is_in_doubt);
async fn r29_a_500_before_the_commit_is_in_doubt(t: &mut Test) {
    in_doubt(t, Fault::Status(500, Commit::Before), false).await;
}

story!(r29_a_500_after_the_commit_is_in_doubt);
async fn r29_a_500_after_the_commit_is_in_doubt(t: &mut Test) {
    in_doubt(t, Fault::Status(500, Commit::After), true).await;
}

story!(r29_a_broken_connection_is_in_doubt);
async fn r29_a_broken_connection_is_in_doubt(t: &mut Test) {
    in_doubt(t, Fault::Reset(Commit::After), true).await;
}

story!(r29_an_answer_that_does_not_parse_is_in_doubt);
async fn r29_an_answer_that_does_not_parse_is_in_doubt(t: &mut Test) {
    in_doubt(t, Fault::NotJson, true).await;
}

story!(r29_no_answer_at_all_is_in_doubt);
async fn r29_no_answer_at_all_is_in_doubt(t: &mut Test) {
    in_doubt(t, Fault::Hang(Commit::After), true).await;
}

story!(r29_an_update_in_doubt_is_simply_repeated);
async fn r29_an_update_in_doubt_is_simply_repeated(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.ws.faults()
        .next("chat.update", Fault::Status(500, Commit::After));
    t.ws.faults().next("chat.update", Fault::Reset(Commit::Before));
    t.clicks("U0MARK", &id, "approve").await;
    t.advance_by(TimeDelta::minutes(5)).await;
    assert!(t.card("U0MIA", &id).buttons().is_empty());
    assert!(t.channel_card(&id).text().contains("Mark"));
}

story!(a_digest_in_doubt_is_not_repeated_and_tomorrow_has_its_own);
async fn a_digest_in_doubt_is_not_repeated_and_tomorrow_has_its_own(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.ws.faults().next_in(
        "chat.postMessage",
        "C0MARKETING",
        Fault::Status(500, Commit::After),
    );
    t.advance("2026-12-03T20:00:00-08:00").await;
    t.restart().await;
    assert_eq!(t.digests().len(), 1, "never two a day");
    assert!(t.stuck().await.is_empty(), "it was found");
    t.advance("2026-12-04T20:00:00-08:00").await;
    assert_eq!(t.digests().len(), 2);
}

story!(nothing_lapses_while_the_token_is_refused);
async fn nothing_lapses_while_the_token_is_refused(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-04T12:00:00-08:00").await;
    t.ws.revoke_token();
    t.types("U0PM", "press https://example.com/other Another interview")
        .await;
    t.jump("2026-12-08T12:00:00-08:00").await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=pending marketing=pending",
        "nobody could have been told"
    );
    t.advance_by(TimeDelta::minutes(10)).await;
    assert_eq!(t.gate(&id).await, "blocked", "still refused");
    t.ws.restore_token();
    t.advance_by(TimeDelta::minutes(5)).await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
    assert!(
        t.card("U0DIRECTOR", "R-2").has_button("approve"),
        "what waited is sent"
    );
    t.ws.forgive();
}

story!(an_archived_channel_stops_its_cards_and_nothing_else);
async fn an_archived_channel_stops_its_cards_and_nothing_else(t: &mut Test) {
    t.stuck_is_fine();
    t.ws.archive("C0MARKETING");
    let id = t.files("U0PM", PRESS).await;
    let dead = format!("dead card:{id}:channel");
    let stuck = t.stuck().await;
    assert!(
        !stuck.is_empty() && stuck.iter().all(|row| *row == dead),
        "{stuck:?}"
    );
    t.clicks("U0MARK", &id, "approve").await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    assert_eq!(t.gate(&id).await, "clear");
    t.advance("2026-12-04T12:00:00-08:00").await;
    t.ws.change_channel("C0MARKETING", |channel: &mut Channel| channel.archived = false);
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-07T12:00:00-08:00").await;
    assert_eq!(t.digests().len(), 1, "back again");
}

story!(a_form_that_slack_does_not_open_is_said);
async fn a_form_that_slack_does_not_open_is_said(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.ws.faults()
        .next("views.open", Fault::Error("expired_trigger_id".to_owned()));
    t.clicks("U0MARK", &id, "request_changes").await;
    assert!(
        t.heard("U0MARK").contains("did not open the form"),
        "{}",
        t.heard("U0MARK")
    );
    t.ws.faults()
        .next("views.open", Fault::Status(500, Commit::Before));
    let said = t.types("U0PM", "").await;
    assert!(said.contains("did not open the form"), "{said}");
}

story!(an_answer_whose_url_fails_is_said_in_the_channel);
async fn an_answer_whose_url_fails_is_said_in_the_channel(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0MIA", &id);
    t.clicks("U0MARK", &id, "approve").await;
    t.ws.faults()
        .next("response_url", Fault::Status(500, Commit::Before));
    let heard = t.clicks_stale("U0MIA", &card, "approve").await;
    assert!(heard.contains("@Mark answered"), "{heard}");
}

story!(lookups_that_fail_while_filing_are_asked_again);
async fn lookups_that_fail_while_filing_are_asked_again(t: &mut Test) {
    t.ws.faults()
        .next("usergroups.users.list", Fault::Status(500, Commit::Before));
    t.ws.faults().next(
        "users.info",
        Fault::RateLimited {
            retry_after: Some("5".to_owned()),
        },
    );
    let id = t.files("U0PM", PRESS).await;
    assert!(t.asked(&id, "marketing").await.is_empty());
    t.advance_by(TimeDelta::minutes(2)).await;
    assert!(t.card("U0DIRECTOR", &id).has_button("approve"));
    assert!(t.card("U0MIA", &id).has_button("approve"));
}

story!(r21_who_files_has_a_card_while_nobody_can_be_found);
async fn r21_who_files_has_a_card_while_nobody_can_be_found(t: &mut Test) {
    for method in ["users.info", "usergroups.users.list"] {
        for _ in 0..8 {
            t.ws.faults().next(method, Fault::Status(500, Commit::Before));
        }
    }
    let id = t.files("U0PM", PRESS).await;
    for lane in ["director", "marketing"] {
        assert!(t.asked(&id, lane).await.is_empty(), "{lane}");
    }
    let card = t.card("U0PM", &id);
    assert!(card.has_button("withdraw"), "{}", card.text());
    t.ws.forgive();
    t.advance_by(TimeDelta::minutes(20)).await;
    assert!(t.card("U0DIRECTOR", &id).has_button("approve"));
    assert_eq!(t.cards("U0PM", &id).len(), 1, "the same card");
}

story!(app_home_and_events_are_acknowledged);
async fn app_home_and_events_are_acknowledged(t: &mut Test) {
    for who in ["U0PM", "U0GUEST"] {
        let ack = t.user(who).open_home().await.expect("an ack");
        assert_eq!(ack.failure(), None);
    }
}

story!(a_token_revoked_unnoticed_lets_nothing_lapse);
async fn a_token_revoked_unnoticed_lets_nothing_lapse(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-07T23:00:00-08:00").await;
    t.ws.revoke_token();
    t.advance(DEADLINE).await;
    assert_eq!(t.gate(&id).await, "blocked", "nobody could be told");
    t.ws.restore_token();
    t.advance_by(TimeDelta::minutes(5)).await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
    t.ws.forgive();
}

story!(who_is_asked_is_looked_up_again_when_slack_says_so);
async fn who_is_asked_is_looked_up_again_when_slack_says_so(t: &mut Test) {
    let limited = Fault::RateLimited {
        retry_after: Some("30".to_owned()),
    };
    t.ws.faults().always("users.info", limited);
    let id = t.files("U0PM", PRESS).await;
    let asked = t.ws.calls("users.info").len();
    assert!(asked > 0);
    t.advance_by(TimeDelta::seconds(25)).await;
    assert_eq!(t.ws.calls("users.info").len(), asked, "not before");
    t.ws.faults().clear();
    t.advance_by(TimeDelta::seconds(10)).await;
    assert_eq!(t.cards("U0DIRECTOR", &id).len(), 1);
}

story!(r29_a_storm_of_429s_in_every_shape_ends_with_one_message);
async fn r29_a_storm_of_429s_in_every_shape_ends_with_one_message(t: &mut Test) {
    let shapes = [
        Some("0"),
        Some("1"),
        Some("120"),
        None,
        Some("soon"),
        Some("-5"),
        Some("1e9"),
    ];
    for shape in shapes {
        let retry_after = shape.map(str::to_owned);
        t.ws.faults().next_in(
            "chat.postMessage",
            "U0DIRECTOR",
            Fault::RateLimited { retry_after },
        );
    }
    let id = t.files("U0PM", PRESS).await;
    t.advance_by(TimeDelta::hours(1)).await;
    assert_eq!(t.cards("U0DIRECTOR", &id).len(), 1);
    assert_eq!(posts_to(t, "U0DIRECTOR"), shapes.len() + 1, "each shape was met");
    assert!(
        t.card("U0MARK", &id).has_button("approve"),
        "nobody else waited for it"
    );
}

// A row that cannot be read is put aside and named; everything else goes on.
story!(a_poisoned_row_stops_nothing_else);
async fn a_poisoned_row_stops_nothing_else(t: &mut Test) {
    t.stuck_is_fine();
    let poisoned = t.files("U0PM", PRESS).await;
    let id = t.files("U0PM", "press https://example.com/other Another").await;
    t.spoil_timers(&poisoned).await;
    t.advance(DEADLINE).await;
    t.restart().await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
    assert_eq!(
        t.lane(&poisoned, "director").await,
        "pending",
        "its timer cannot be read"
    );
    let stuck = t.stuck().await;
    assert!(
        !stuck.is_empty()
            && stuck
                .iter()
                .all(|row| row.starts_with("dead") && row.contains(&format!("lapse:{poisoned}:"))),
        "{stuck:?}"
    );
}
