//! Deciding, objecting, asking again (R8, R9, R10).

use crate::support::{DEADLINE, Test, at, says, story};

story!(r8_approve_object_and_change_the_decision);
async fn r8_approve_object_and_change_the_decision(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.clicks("U0MARK", &id, "approve").await;
    assert_eq!(t.lane(&id, "marketing").await, "approved");

    t.clicks("U0DIRECTOR", &id, "request_changes").await;
    let form = t.user("U0DIRECTOR").modal().expect("a form asks for the reason");
    assert_eq!(
        (form.callback_id().as_str(), form.inputs()),
        ("request_changes", vec!["reason".to_owned()])
    );
    let blank = t.submits("U0DIRECTOR", &[("reason", "\u{200B}")]).await;
    assert_eq!(blank.errors().keys().collect::<Vec<_>>(), ["reason"]);
    says!(&blank.errors()["reason"], @"Say why, in a sentence: whoever acts on it needs to know.");
    assert_eq!(t.lane(&id, "director").await, "pending");
    let corrected = t.submits("U0DIRECTOR", &[("reason", "Name the customer")]).await;
    assert!(
        corrected.errors().is_empty(),
        "the same form again is a new attempt"
    );
    assert_eq!(
        t.stands(&id).await,
        "blocked director=changes requested marketing=approved"
    );
    assert!(t.told("U0PM").contains("Name the customer"), "{}", t.told("U0PM"));

    t.clicks("U0DIRECTOR", &id, "change_decision").await;
    t.submits(
        "U0DIRECTOR",
        &[("decision", "approve"), ("reason", "On second thoughts")],
    )
    .await;
    assert_eq!(t.stands(&id).await, "clear director=approved marketing=approved");
    assert!(t.card("U0PM", &id).text().contains("On second thoughts"));
    t.clicks("U0MARK", &id, "change_decision").await;
    t.submits("U0MARK", &[("decision", "request_changes"), ("reason", "Wait")])
        .await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=approved marketing=changes requested"
    );
}

story!(r8_a_changed_decision_needs_its_reason_too);
async fn r8_a_changed_decision_needs_its_reason_too(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.clicks("U0MARK", &id, "approve").await;
    t.clicks("U0MARK", &id, "change_decision").await;
    let ack = t.submits("U0MARK", &[("decision", "request_changes")]).await;
    assert_eq!(ack.errors().keys().collect::<Vec<_>>(), ["reason"]);
    assert_eq!(t.lane(&id, "marketing").await, "approved");
}

story!(r8_only_the_one_who_decided_changes_it);
async fn r8_only_the_one_who_decided_changes_it(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.clicks("U0MARK", &id, "approve").await;
    let card = t.card("U0MARK", &id);
    says!(t.clicks_stale("U0MIA", &card, "change_decision").await, @"@Mark answered for this lane of R-1 first, so only they can change that answer.");
    assert!(t.user("U0MIA").modal().is_none(), "no form for nothing");
}

story!(r9_a_held_lane_does_not_lapse_and_the_other_clock_runs_on);
async fn r9_a_held_lane_does_not_lapse_and_the_other_clock_runs_on(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.objects("U0MARK", &id, "The numbers are old").await;
    t.advance_to(at(DEADLINE) - chrono::TimeDelta::seconds(1)).await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=pending marketing=changes requested"
    );
    t.advance(DEADLINE).await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=lapsed marketing=changes requested"
    );
    t.advance("2026-12-18T12:00:00-08:00").await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=lapsed marketing=changes requested"
    );
}

story!(r10_asking_again_opens_a_round_and_keeps_approvals);
async fn r10_asking_again_opens_a_round_and_keeps_approvals(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.objects("U0MARK", &id, "The numbers are old").await;
    t.advance("2026-12-03T15:00:00-08:00").await;
    t.does("U0PM", &id, "resubmit", &[("reason", "New numbers on page 4")])
        .await;
    assert_eq!(t.stands(&id).await, "blocked director=approved marketing=pending");
    let card = t.card("U0MARK", &id);
    assert!(card.text().contains("New numbers on page 4"), "{}", card.render());
    assert_eq!(t.cards("U0DIRECTOR", &id).len(), 1, "the director is left alone");
    assert_eq!(
        t.deadline(&id, "marketing").await,
        Some(at("2026-12-09T00:00:00-08:00")),
        "a new clock"
    );
    t.advance("2026-12-08T12:00:00-08:00").await;
    assert_eq!(t.gate(&id).await, "blocked", "the old clock counts no more");
    t.advance("2026-12-09T00:00:00-08:00").await;
    assert_eq!(t.stands(&id).await, "clear director=approved marketing=lapsed");
}

story!(r10_everybody_is_asked_again_when_the_requester_says_so);
async fn r10_everybody_is_asked_again_when_the_requester_says_so(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.objects("U0MARK", &id, "The numbers are old").await;
    let values = [("reason", "All of it"), ("ask_everyone", "ask_everyone")];
    t.does("U0PM", &id, "resubmit", &values).await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
    assert!(t.card("U0DIRECTOR", &id).has_button("approve"), "a new ping");
}

story!(r10_without_an_objection_there_is_nothing_to_answer);
async fn r10_without_an_objection_there_is_nothing_to_answer(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    says!(t.types("U0PM", &format!("resubmit {id} changed")).await, @"Nobody has asked for changes to R-1, so there is nothing to ask again. Edit on your card changes it.");
    let said = t.types("U0PM", &format!("resubmit {id}")).await;
    assert!(said.starts_with("Say what you changed"), "{said}");
    says!(t.types("U0MARK", &format!("resubmit {id} for them")).await, @"Only @Pm, who filed R-1, can do that.");
    assert_eq!(t.request(&id).await.round, 1);
}
