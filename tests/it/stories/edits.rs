//! A new link voids what was said about the old one; a new title does not (R11).

use crate::support::{DEADLINE, Test, at, says, story};

const PRESS: &str = "press https://example.com/draft An interview";

story!(r11_a_new_link_voids_approvals_and_starts_a_round);
async fn r11_a_new_link_voids_approvals_and_starts_a_round(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    t.advance("2026-12-03T15:00:00-08:00").await;
    t.does("U0PM", &id, "edit", &[("link", "https://example.com/second")])
        .await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
    for who in ["U0DIRECTOR", "U0MARK", "U0MIA"] {
        let cards = t.cards(who, &id);
        assert!(cards[0].buttons().is_empty(), "{who}: {}", cards[0].render());
        assert!(
            cards[1].has_button("approve") && cards[1].text().contains("example.com/second"),
            "{who}"
        );
    }
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at("2026-12-09T00:00:00-08:00"))
    );
}

story!(r11_a_new_link_voids_a_lapse);
async fn r11_a_new_link_voids_a_lapse(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance(DEADLINE).await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
    t.does("U0PM", &id, "edit", &[("link", "https://example.com/second")])
        .await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
}

story!(r11_another_category_asks_its_own_lanes);
async fn r11_another_category_asks_its_own_lanes(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    t.does("U0PM", &id, "edit", &[("category", "other")]).await;
    assert_eq!(t.stands(&id).await, "clear marketing=pending");
    assert!(
        t.card("U0DIRECTOR", &id).buttons().is_empty(),
        "{}",
        t.card("U0DIRECTOR", &id).render()
    );
}

story!(r11_title_notes_and_date_leave_the_answers_alone);
async fn r11_title_notes_and_date_leave_the_answers_alone(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    let values = [
        ("title", "A long interview"),
        ("notes", "On page 4"),
        ("publish_on", "2026-12-20"),
    ];
    t.does("U0PM", &id, "edit", &values).await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=approved");
    let card = t.card("U0DIRECTOR", &id);
    for says in ["A long interview", "On page 4", "20 Dec"] {
        assert!(card.text().contains(says), "{says}: {}", card.render());
    }
    assert_eq!(t.cards("U0DIRECTOR", &id).len(), 1, "no new ping");
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at(DEADLINE)),
        "the clock runs on"
    );
}

story!(r11_only_the_requester_edits_and_only_what_is_right);
async fn r11_only_the_requester_edits_and_only_what_is_right(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0PM", &id);
    says!(t.clicks_stale("U0MARK", &card, "edit").await, @"Only @Pm or an admin of Signoff can do that with R-1.");
    t.clicks("U0PM", &id, "edit").await;
    let ack = t.submits("U0PM", &[("link", "no link at all")]).await;
    says!(&ack.errors()["link"], @"This is not a link: it has to start with https:// and name a host.");
    let ack = t
        .submits(
            "U0PM",
            &[
                ("link", "https://example.com/draft"),
                ("publish_on", "2026-12-01"),
            ],
        )
        .await;
    says!(&ack.errors()["publish_on"], @"Tue 1 Dec 2026 has passed. Choose today or a later day.");
    assert_eq!(t.request(&id).await.round, 1);
}

story!(r11_a_reviewer_sees_old_and_new_of_what_was_edited);
async fn r11_a_reviewer_sees_old_and_new_of_what_was_edited(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    let edit = [
        ("link", "https://example.com/second"),
        ("category", "blog"),
        ("title", "A post"),
        ("publish_on", "2026-12-20"),
        ("notes", "On page 4"),
    ];
    t.does("U0PM", &id, "edit", &edit).await;
    let card = t.card("U0MARK", &id);
    for says in [
        "What @Pm changed since this lane was last asked:",
        "Category: Press → Release or blog post",
        "Title: “An interview” → “A post”",
        "Planned for: no day → Sun 20 Dec 2026",
        "Link: example.com/draft → example.com/second",
        "The notes are new.",
    ] {
        assert!(card.text().contains(says), "{says}: {}", card.render());
    }
}

story!(r11_a_small_edit_shows_on_the_card_that_is_there);
async fn r11_a_small_edit_shows_on_the_card_that_is_there(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    assert!(!t.card("U0MIA", &id).text().contains("changed since"));
    t.does("U0PM", &id, "edit", &[("title", "A long interview")])
        .await;
    let card = t.card("U0MIA", &id);
    for says in [
        "What @Pm changed since it was filed:",
        "Title: “An interview” → “A long interview”",
    ] {
        assert!(card.text().contains(says), "{says}: {}", card.render());
    }
}

story!(r10_each_reviewer_sees_what_is_new_to_them);
async fn r10_each_reviewer_sees_what_is_new_to_them(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.objects("U0MARK", &id, "The numbers are old").await;
    t.does("U0PM", &id, "resubmit", &[("reason", "New numbers")])
        .await;
    let card = t.card("U0MIA", &id);
    assert!(card.text().contains("New numbers"), "{}", card.render());
    t.objects("U0MARK", &id, "And the date").await;
    let everyone = [("reason", "A new date"), ("ask_everyone", "ask_everyone")];
    t.does("U0PM", &id, "resubmit", &everyone).await;
    let marketing = t.card("U0MIA", &id).text();
    assert!(
        marketing.contains("A new date") && !marketing.contains("New numbers"),
        "{marketing}"
    );
    let director = t.card("U0DIRECTOR", &id).text();
    assert!(
        director.contains("New numbers") && director.contains("A new date"),
        "asked in round 1: {director}"
    );
}

story!(r11_a_lane_that_is_new_to_it_needs_no_list);
async fn r11_a_lane_that_is_new_to_it_needs_no_list(t: &mut Test) {
    let id = t.files("U0PM", "other https://example.com/x A newsletter").await;
    t.advance("2026-12-02T10:01:00-08:00").await;
    t.does("U0PM", &id, "edit", &[("category", "press"), ("area", "search")])
        .await;
    let director = t.card("U0DIRECTOR", &id).text();
    assert!(!director.contains("changed since"), "{director}");
    let marketing = t.card("U0MIA", &id).text();
    assert!(
        marketing.contains("Category: Something else (voluntary) → Press"),
        "{marketing}"
    );
}
