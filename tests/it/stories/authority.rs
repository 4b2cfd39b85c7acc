//! Authority is computed at the click, on facts at most 60 seconds old, and fails closed (R5).

use crate::support::{Test, says, story};
use chrono::TimeDelta;
use signoff::sandbox::workspace::{Commit, Fault, Kind};

const PRESS: &str = "press https://example.com/draft An interview";

/// They were asked and are in the group; then they became something else.
async fn refused_as(t: &mut Test, kind: Kind) -> String {
    let id = t.files("U0PM", PRESS).await;
    let (card, before) = (t.card("U0MARK", &id), t.request(&id).await);
    t.ws.set_kind("U0MARK", kind);
    t.advance_by(TimeDelta::seconds(61)).await;
    let heard = t.clicks_stale("U0MARK", &card, "approve").await;
    assert_eq!(heard, t.clicks_stale("U0MARK", &card, "request_changes").await);
    assert_eq!(
        t.user("U0MARK").modal().map(|form| form.title()),
        None,
        "no form for nothing"
    );
    t.clicks_stale("U0MARK", &card, "raise_wide_impact").await;
    assert_eq!(t.request(&id).await, before, "nothing changed");
    t.ws.set_kind("U0MARK", Kind::Member);
    t.advance_by(TimeDelta::seconds(61)).await;
    t.clicks("U0MARK", &id, "approve").await;
    assert_eq!(t.lane(&id, "marketing").await, "approved", "a member again");
    heard
}

story!(r5_a_guest_is_refused);
async fn r5_a_guest_is_refused(t: &mut Test) {
    says!(refused_as(t, Kind::Guest).await, @"Guests cannot review: only full members of this workspace can.");
    says!(refused_as(t, Kind::SingleChannelGuest).await, @"Guests cannot review: only full members of this workspace can.");
}

story!(r5_an_external_person_is_refused);
async fn r5_an_external_person_is_refused(t: &mut Test) {
    says!(refused_as(t, Kind::External).await, @"People of other workspaces cannot review: only full members of this one can.");
}

story!(r5_a_deactivated_account_is_refused);
async fn r5_a_deactivated_account_is_refused(t: &mut Test) {
    says!(refused_as(t, Kind::Deactivated).await, @"This account is deactivated, and only active members of this workspace can review.");
}

story!(r5_a_bot_is_refused);
async fn r5_a_bot_is_refused(t: &mut Test) {
    says!(refused_as(t, Kind::Bot).await, @"Bots cannot review: only people who are full members of this workspace can.");
}

story!(r5_whoever_is_not_in_the_lane_is_refused);
async fn r5_whoever_is_not_in_the_lane_is_refused(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let before = t.request(&id).await;
    let (marketing, director) = (t.card("U0MIA", &id), t.card("U0DIRECTOR", &id));
    says!(t.clicks_stale("U0LEGAL", &marketing, "approve").await, @"Only marketing can answer this lane of R-1, and you are not in @marketing. If that is wrong, ask an admin of that group.");
    says!(t.clicks_stale("U0LEGAL", &director, "approve").await, @"Only @Director can answer this lane of R-1 as product director, or whoever stands in. If that is wrong, ask an admin of Signoff.");
    says!(t.clicks_stale("U0MARK", &director, "approve").await, @"Only @Director can answer this lane of R-1 as product director, or whoever stands in. If that is wrong, ask an admin of Signoff.");
    t.clicks_stale("U0GUEST", &marketing, "approve").await;
    t.clicks_stale("U0EXTERNAL", &marketing, "approve").await;
    // The deputy and the fallback stand in only for somebody who cannot.
    t.clicks_stale("U0DEPUTY", &director, "approve").await;
    t.clicks_stale("U0ADMIN", &marketing, "approve").await;
    assert_eq!(t.request(&id).await, before, "nothing changed");
}

story!(r5_a_stand_in_decides_only_when_nobody_of_the_lane_can);
async fn r5_a_stand_in_decides_only_when_nobody_of_the_lane_can(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0MIA", &id);
    let refused = t.clicks_stale("U0ADMIN", &card, "approve").await;
    assert!(refused.starts_with("Only marketing can answer"), "{refused}");
    t.ws.set_kind("U0MARK", Kind::Guest);
    t.advance_by(TimeDelta::seconds(61)).await;
    let refused = t.clicks_stale("U0ADMIN", &card, "approve").await;
    assert!(
        refused.starts_with("Only marketing can answer"),
        "Mia still can: {refused}"
    );
    t.ws.set_kind("U0MIA", Kind::Deactivated);
    t.advance_by(TimeDelta::seconds(61)).await;
    let heard = t.clicks_stale("U0ADMIN", &card, "approve").await;
    assert!(heard.starts_with("You approved"), "{heard}");
}

story!(r5_removed_from_the_group_means_refused_after_a_minute);
async fn r5_removed_from_the_group_means_refused_after_a_minute(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0MARK", &id);
    t.ws.remove_from_group("S0MARKETING", "U0MARK");
    t.advance_by(TimeDelta::seconds(61)).await;
    says!(t.clicks_stale("U0MARK", &card, "approve").await, @"Only marketing can answer this lane of R-1, and you are not in @marketing. If that is wrong, ask an admin of that group.");
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
    // And whoever joined may, though nobody asked them.
    t.ws.add_to_group("S0MARKETING", "U0LEGAL");
    t.advance_by(TimeDelta::seconds(61)).await;
    let heard = t.clicks_stale("U0LEGAL", &card, "approve").await;
    assert!(heard.contains("You approved"), "{heard}");
}

story!(r5_who_cannot_be_looked_up_is_refused);
async fn r5_who_cannot_be_looked_up_is_refused(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let (card, before) = (t.card("U0MARK", &id), t.request(&id).await);
    for (method, fault) in [
        ("users.info", Fault::Status(500, Commit::Before)),
        ("users.info", Fault::Error("ratelimited".to_owned())),
        ("usergroups.users.list", Fault::Status(503, Commit::Before)),
        (
            "usergroups.users.list",
            Fault::RateLimited {
                retry_after: Some("30".to_owned()),
            },
        ),
        ("usergroups.users.list", Fault::Html),
    ] {
        t.advance_by(TimeDelta::seconds(61)).await;
        t.ws.faults().always(method, fault);
        let heard = t.clicks_stale("U0MARK", &card, "approve").await;
        says!(heard, @"Slack could not tell Signoff who may do this, so nothing was changed. Please try again in a minute.");
        assert_eq!(t.request(&id).await, before, "nothing changed: {method}");
        t.ws.faults().clear();
    }
    t.clicks("U0MARK", &id, "approve").await;
    assert_eq!(t.lane(&id, "marketing").await, "approved");
}

story!(r5_the_reason_form_is_decided_at_its_submission);
async fn r5_the_reason_form_is_decided_at_its_submission(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "request_changes").await;
    t.ws.remove_from_group("S0MARKETING", "U0MARK");
    t.advance_by(TimeDelta::seconds(61)).await;
    let ack = t.submits("U0MARK", &[("reason", "No longer mine to say")]).await;
    assert!(
        ack.errors()["reason"].contains("Only marketing can answer"),
        "{:?}",
        ack.errors()
    );
    assert_eq!(t.lane(&id, "marketing").await, "pending");
}

story!(r5_lookups_that_hang_refuse_within_slacks_three_seconds);
async fn r5_lookups_that_hang_refuse_within_slacks_three_seconds(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance_by(TimeDelta::seconds(61)).await;
    t.ws.faults().always("users.info", Fault::Hang(Commit::Before));
    let card = t.card("U0DIRECTOR", &id);
    let ack = t.clicks_on("U0DIRECTOR", &card, "approve").await;
    assert_eq!(ack.failure(), None);
    assert_eq!(t.lane(&id, "director").await, "pending");
    t.ws.faults().clear();
    t.clicks("U0DIRECTOR", &id, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
}
