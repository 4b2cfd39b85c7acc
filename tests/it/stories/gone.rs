//! People leave, groups and channels change: each has an outcome that somebody sees (R4, R5, R29).

use crate::support::{DEADLINE, Test, at, says, story};
use signoff::sandbox::workspace::{Channel, Kind};

const PRESS: &str = "press https://example.com/draft An interview";

story!(r4_a_reviewer_who_is_deactivated_is_replaced_in_the_morning);
async fn r4_a_reviewer_who_is_deactivated_is_replaced_in_the_morning(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.ws.set_kind("U0DIRECTOR", Kind::Deactivated);
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert_eq!(t.asked(&id, "director").await, ["U0DIRECTOR", "U0DEPUTY"]);
    let card = t.card("U0PM", &id);
    assert!(card.text().contains("waits for @Deputy"), "{}", card.render());
    assert!(!card.text().contains("@Director"), "{}", card.render());
    t.clicks("U0DEPUTY", &id, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
}

story!(r5_whoever_left_the_group_is_not_reminded_and_not_waited_for);
async fn r5_whoever_left_the_group_is_not_reminded_and_not_waited_for(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.ws.remove_from_group("S0MARKETING", "U0MARK");
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert!(
        t.reminders("U0MARK").is_empty(),
        "nobody is reminded of what they cannot do"
    );
    let card = t.card("U0MARK", &id);
    says!(card.text().lines().nth(1).expect("a line"), @"You no longer answer for this lane: @Mia is asked in your place. Nothing left for you here.");
    assert!(card.buttons().is_empty());
    assert_eq!(t.reminders("U0MIA").len(), 1);
    // The last one leaves too: the fallback is asked, and the clock runs on.
    t.ws.remove_from_group("S0MARKETING", "U0MIA");
    t.advance("2026-12-04T12:00:00-08:00").await;
    assert!(t.card("U0ADMIN", &id).has_button("approve"));
    assert!(
        t.card("U0MIA", &id)
            .text()
            .contains("@Admin is asked in your place")
    );
    assert_eq!(t.deadline(&id, "marketing").await, Some(at(DEADLINE)));
}

story!(whoever_is_renamed_stays_who_they_are);
async fn whoever_is_renamed_stays_who_they_are(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.ws.change_user("U0MARK", |user| user.real_name = "Marcus".to_owned());
    t.ws.change_group("S0MARKETING", |group| group.handle = "comms".to_owned());
    t.ws.change_channel("C0MARKETING", |channel| channel.name = "comms".to_owned());
    t.clicks("U0MARK", &id, "approve").await;
    assert!(
        t.card("U0PM", &id).text().contains("@Marcus"),
        "{}",
        t.card("U0PM", &id).render()
    );
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert_eq!(t.digests().len(), 1);
}

/// One row for an operator, one message a day for the admins, and everything else goes on.
async fn without_channel(t: &mut Test, says: &str) -> String {
    t.stuck_is_fine();
    let id = t.files("U0PM", PRESS).await;
    let other = t.files("U0PM", "press https://example.com/b Another").await;
    assert_eq!(t.stuck().await, [format!("dead card:{id}:channel")], "one row");
    t.hears(
        "U0ADMIN",
        &["Signoff cannot post in", says, "Reviews go on in direct messages"],
    );
    assert_eq!(t.notices("U0ADMIN").len(), 1, "once a day");
    for id in [&id, &other] {
        t.clicks("U0MARK", id, "approve").await;
        t.clicks("U0DIRECTOR", id, "approve").await;
        assert_eq!(t.gate(id).await, "clear");
    }
    t.advance("2026-12-04T12:00:00-08:00").await;
    assert_eq!(t.stuck().await.len(), 1, "still one row");
    assert_eq!(
        t.notices("U0ADMIN").len(),
        3,
        "once a day, when there was something to post"
    );
    id
}

story!(r29_an_archived_channel_is_said_once_a_day_and_one_row_waits);
async fn r29_an_archived_channel_is_said_once_a_day_and_one_row_waits(t: &mut Test) {
    t.ws.archive("C0MARKETING");
    let id = without_channel(t, "it is archived").await;
    t.ws.change_channel("C0MARKETING", |channel: &mut Channel| channel.archived = false);
    t.types("U0PM", &format!("published {id}")).await;
    assert!(
        t.channel_card(&id).text().contains("was published"),
        "it is there again"
    );
    t.advance("2026-12-07T12:00:00-08:00").await;
    assert_eq!(t.digests().len(), 1);
}

story!(r29_a_bot_removed_from_its_channel_says_so);
async fn r29_a_bot_removed_from_its_channel_says_so(t: &mut Test) {
    t.ws.remove_bot("C0MARKETING");
    without_channel(t, "Signoff is no longer in it").await;
}

story!(r29_a_channel_that_is_archived_later_is_said_too);
async fn r29_a_channel_that_is_archived_later_is_said_too(t: &mut Test) {
    t.stuck_is_fine();
    let id = t.files("U0PM", PRESS).await;
    t.ws.archive("C0MARKETING");
    t.clicks("U0MARK", &id, "approve").await;
    t.hears("U0ADMIN", &["Signoff cannot post in", "it is archived"]);
    t.clicks("U0DIRECTOR", &id, "approve").await;
    assert_eq!(t.stuck().await.len(), 1);
}

story!(r13_a_requester_who_left_is_told_to_the_admins);
async fn r13_a_requester_who_left_is_told_to_the_admins(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.ws.set_kind("U0PM", Kind::Deactivated);
    t.clicks("U0MARK", &id, "approve").await;
    t.hears(
        "U0ADMIN",
        &[
            "@Pm can no longer be reached, and filed R-1",
            "withdraw R-1 <why>",
            "published R-1",
        ],
    );
    t.clicks("U0DIRECTOR", &id, "approve").await;
    assert_eq!(t.gate(&id).await, "clear", "the review goes on");
    assert_eq!(t.notices("U0ADMIN").len(), 1, "said once");
    t.types("U0ADMIN", &format!("published {id}")).await;
    assert!(t.show(&id).await.contains("was published"));
}
