//! One reminder a person and working day, in their own hours (R22).

use crate::support::{Test, at, says, story};
use chrono::TimeDelta;
use signoff::sandbox::CONFIG;
use signoff::sandbox::workspace::Message;

const PRESS: &str = "press https://example.com/draft An interview";

fn sent_at(reminders: &[Message]) -> Vec<String> {
    reminders
        .iter()
        .map(|message| message.posted_at.to_rfc3339())
        .collect()
}

story!(r22_on_the_last_day_the_card_says_so_before_anybody_is_reminded);
async fn r22_on_the_last_day_the_card_says_so_before_anybody_is_reminded(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    let says_so = |t: &Test, who: &str| t.card(who, &id).text().contains("last business day to answer");
    t.advance("2026-12-06T23:59:00-08:00").await;
    assert!(!says_so(t, "U0DIRECTOR"));
    t.advance("2026-12-07T00:01:00-08:00").await;
    assert!(says_so(t, "U0DIRECTOR"));
    assert!(!says_so(t, "U0MARK"), "it does not wait for them");
    t.clicks("U0PM", &id, "raise_wide_impact").await;
    assert!(!says_so(t, "U0DIRECTOR"), "it has no last day");
}

story!(r22_one_a_business_day_at_half_past_nine_with_everything_in_it);
async fn r22_one_a_business_day_at_half_past_nine_with_everything_in_it(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.files("U0PM", "blog https://example.com/post --wide A release post")
        .await;
    assert!(t.reminders("U0DIRECTOR").is_empty(), "not on the day of the ping");
    t.advance("2026-12-03T09:29:59-08:00").await;
    assert!(t.reminders("U0DIRECTOR").is_empty(), "not before half past nine");
    t.advance("2026-12-03T23:59:59-08:00").await;
    let reminders = t.reminders("U0DIRECTOR");
    assert_eq!(sent_at(&reminders), ["2026-12-03T17:30:00+00:00"]);
    assert!(
        reminders[0].text().contains("R-1") && reminders[0].text().contains("R-2"),
        "{}",
        reminders[0].text()
    );
    assert!(!reminders[0].text().contains("last"), "{}", reminders[0].text());
    t.advance("2026-12-07T23:59:59-08:00").await;
    let reminders = t.reminders("U0DIRECTOR");
    let days = [
        "2026-12-03T17:30:00+00:00",
        "2026-12-04T17:30:00+00:00",
        "2026-12-07T17:30:00+00:00",
    ];
    assert_eq!(sent_at(&reminders), days, "none at the weekend");
    assert!(reminders[2].text().contains("last"), "{}", reminders[2].text());
    assert!(t.card("U0DIRECTOR", "R-1").text().contains("last business day"));
    assert!(
        !t.card("U0DIRECTOR", "R-2").text().contains("last business day"),
        "wide-impact has no last day"
    );
}

story!(r22_a_reminder_has_the_buttons);
async fn r22_a_reminder_has_the_buttons(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T12:00:00-08:00").await;
    let reminder = t.reminders("U0MIA").pop().expect("a reminder");
    t.clicks_on("U0MIA", &reminder, "approve").await;
    assert_eq!(t.lane(&id, "marketing").await, "approved");
}

story!(r22_none_after_deciding_nor_for_the_released);
async fn r22_none_after_deciding_nor_for_the_released(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert!(t.reminders("U0MARK").is_empty());
    assert!(t.reminders("U0MIA").is_empty());
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1);
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.advance("2026-12-09T12:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1);
}

story!(
    r22_none_on_a_holiday,
    CONFIG.replace("regions =", "holidays = [\"2026-12-03\"]\nregions =")
);
async fn r22_none_on_a_holiday(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-04T23:00:00-08:00").await;
    assert_eq!(sent_at(&t.reminders("U0DIRECTOR")), ["2026-12-04T17:30:00+00:00"]);
}

story!(r22_in_the_readers_own_zone);
async fn r22_in_the_readers_own_zone(t: &mut Test) {
    t.ws.change_user("U0DIRECTOR", |user| {
        user.tz = "Europe/Berlin".to_owned();
        user.tz_offset = 3600;
    });
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T23:00:00-08:00").await;
    assert_eq!(sent_at(&t.reminders("U0DIRECTOR")), ["2026-12-03T08:30:00+00:00"]);
    assert_eq!(sent_at(&t.reminders("U0MARK")), ["2026-12-03T17:30:00+00:00"]);
}

story!(r22_none_twice_after_a_restart);
async fn r22_none_twice_after_a_restart(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T09:30:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1);
    t.restart().await;
    t.files("U0PM", "blog https://example.com/post Another one").await;
    t.advance("2026-12-03T20:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1, "once a day");
}

story!(r22_a_missed_morning_is_made_up_for_until_the_evening);
async fn r22_a_missed_morning_is_made_up_for_until_the_evening(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.stop().await;
    t.start_again(at("2026-12-03T14:00:00-08:00")).await;
    assert_eq!(sent_at(&t.reminders("U0DIRECTOR")), ["2026-12-03T22:00:00+00:00"]);
    t.stop().await;
    t.start_again(at("2026-12-04T19:00:00-08:00")).await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1, "too late for today");
    t.advance("2026-12-07T12:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 2);
}

story!(r22_who_is_away_is_not_reminded);
async fn r22_who_is_away_is_not_reminded(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    let until = at("2026-12-04T00:00:00-08:00").timestamp();
    t.ws.set_status("U0DIRECTOR", ":palm_tree:", until);
    t.advance("2026-12-03T20:00:00-08:00").await;
    assert!(t.reminders("U0DIRECTOR").is_empty());
    t.advance("2026-12-04T20:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1, "back again");
}

story!(r22_wide_impact_raised_after_the_lapse_is_reminded_of_again);
async fn r22_wide_impact_raised_after_the_lapse_is_reminded_of_again(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-08T15:00:00-08:00").await;
    assert_eq!(t.gate(&id).await, "clear");
    let before = t.reminders("U0DIRECTOR").len();
    t.clicks("U0MARK", &id, "raise_wide_impact").await;
    t.advance("2026-12-09T12:00:00-08:00").await;
    assert_eq!(
        t.reminders("U0DIRECTOR").len(),
        before + 1,
        "it waits on them again"
    );
    t.advance("2026-12-10T12:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), before + 2);
}

story!(r22_the_ping_of_the_evening_is_not_reminded_of_the_same_day);
async fn r22_the_ping_of_the_evening_is_not_reminded_of_the_same_day(t: &mut Test) {
    t.advance("2026-12-03T00:30:00-08:00").await;
    t.files("U0PM", PRESS).await;
    t.advance_to(t.now() + TimeDelta::hours(12)).await;
    assert!(
        t.reminders("U0DIRECTOR").is_empty(),
        "the first business day after the ping is Friday"
    );
    t.advance("2026-12-04T12:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1);
}

/// The n-th button `snooze` of the newest reminder: 0 is later today, 1 tomorrow. What they hear.
async fn snoozes(t: &Test, who: &str, n: usize) -> String {
    let reminder = t.reminders(who).pop().expect("a reminder");
    let clicked = t.user(who).click_nth(&reminder, "snooze", n).await;
    assert_eq!(clicked.expect("a button").failure(), None);
    t.settle().await;
    t.heard(who)
}

story!(r22_later_today_is_a_second_reminder_that_was_asked_for);
async fn r22_later_today_is_a_second_reminder_that_was_asked_for(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T09:40:00-08:00").await;
    says!(snoozes(t, "U0DIRECTOR", 0).await, @"You are reminded again today 12:40 PM.");
    t.advance("2026-12-03T10:00:00-08:00").await;
    says!(snoozes(t, "U0DIRECTOR", 0).await, @"You are reminded again today 1:00 PM.");
    t.restart().await;
    t.advance("2026-12-03T23:00:00-08:00").await;
    let reminders = t.reminders("U0DIRECTOR");
    assert_eq!(
        sent_at(&reminders),
        ["2026-12-03T17:30:00+00:00", "2026-12-03T21:00:00+00:00"],
        "the last word counts, and once"
    );
    assert!(reminders[0].buttons().is_empty(), "{}", reminders[0].render());
    says!(reminders[0].text(), @"This reminder is over: the newer one has what waits, R-1.");
    assert!(reminders[1].has_button("approve") && reminders[1].has_button("snooze"));
    assert_eq!(t.reminders("U0MARK").len(), 1, "nobody else");
    t.advance("2026-12-04T12:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 3, "the next morning has its own");
}

story!(r22_tomorrow_means_none_until_then);
async fn r22_tomorrow_means_none_until_then(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T09:40:00-08:00").await;
    snoozes(t, "U0DIRECTOR", 0).await;
    says!(snoozes(t, "U0DIRECTOR", 1).await, @"You are reminded again tomorrow 9:30 AM.");
    t.advance("2026-12-03T23:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1);
    t.advance("2026-12-04T16:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 2);
    says!(snoozes(t, "U0DIRECTOR", 0).await, @"You are reminded again Dec 7, 2026 9:30 AM.");
    t.advance("2026-12-07T16:00:00-08:00").await;
    says!(snoozes(t, "U0DIRECTOR", 1).await, @"You are reminded again tomorrow 9:30 AM. Before that, R-1 lapses tomorrow 12:00 AM.");
}

story!(r22_what_a_colleague_decided_leaves_the_reminder);
async fn r22_what_a_colleague_decided_leaves_the_reminder(t: &mut Test) {
    let first = t.files("U0PM", PRESS).await;
    let second = t.files("U0PM", "press https://example.com/b Another").await;
    t.advance("2026-12-03T09:40:00-08:00").await;
    snoozes(t, "U0MIA", 0).await;
    t.clicks("U0MARK", &first, "approve").await;
    let reminder = t.reminders("U0MIA").pop().expect("a reminder");
    assert!(
        !reminder.text().contains("R-1") && reminder.text().contains("R-2"),
        "{}",
        reminder.render()
    );
    t.types("U0PM", &format!("withdraw {second}")).await;
    let reminder = t.reminders("U0MIA").pop().expect("a reminder");
    says!(reminder.text(), @"Nothing on this reminder waits for you any more.");
    assert!(reminder.buttons().is_empty());
    t.advance("2026-12-04T12:00:00-08:00").await;
    assert_eq!(t.reminders("U0MIA").len(), 1, "no second one about nothing");
}

story!(r22_deciding_from_the_reminder_takes_it_off_the_list);
async fn r22_deciding_from_the_reminder_takes_it_off_the_list(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.files("U0PM", "press https://example.com/b Another").await;
    t.advance("2026-12-03T12:00:00-08:00").await;
    let reminder = t.reminders("U0DIRECTOR").pop().expect("a reminder");
    t.clicks_on("U0DIRECTOR", &reminder, "approve").await;
    let reminder = t.reminders("U0DIRECTOR").pop().expect("a reminder");
    assert!(
        reminder.text().starts_with("1 review waits for you."),
        "{}",
        reminder.render()
    );
    t.files("U0PM", "press https://example.com/c A third").await;
    t.clicks("U0DIRECTOR", "R-2", "approve").await;
    let reminder = t.reminders("U0DIRECTOR").pop().expect("a reminder");
    assert!(
        !reminder.text().contains("R-3"),
        "the ping of today is no reminder: {}",
        reminder.render()
    );
}

story!(r22_yesterdays_reminder_has_no_buttons);
async fn r22_yesterdays_reminder_has_no_buttons(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-04T12:00:00-08:00").await;
    let reminders = t.reminders("U0DIRECTOR");
    assert!(reminders[0].buttons().is_empty(), "{}", reminders[0].render());
    assert!(reminders[1].has_button("approve"));
}
