//! "Not me", and an admin who says who (R8).

use crate::support::{DEADLINE, Test, at, says, story};

const PRESS: &str = "press https://example.com/draft An interview";

story!(r8_not_me_hands_the_lane_to_another_who_can);
async fn r8_not_me_hands_the_lane_to_another_who_can(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0DIRECTOR", &id);
    assert!(card.has_button("not_me"), "{}", card.render());
    t.clicks("U0DIRECTOR", &id, "not_me").await;
    let form = t.user("U0DIRECTOR").modal().expect("a form asks whom");
    assert_eq!(form.callback_id(), "not_me");
    assert_eq!(form.inputs(), ["person", "reason"]);
    assert_eq!(
        form.value("person").as_deref(),
        Some("U0DEPUTY"),
        "who stands in is preselected"
    );
    let ack = t.submits("U0DIRECTOR", &[("reason", "I wrote half of it")]).await;
    assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    let old = t.card("U0DIRECTOR", &id);
    assert!(old.buttons().is_empty(), "{}", old.render());
    says!(old.text().lines().nth(1).expect("a line"), @"You handed this over to @Deputy. Nothing left for you here.");
    let new = t.card("U0DEPUTY", &id);
    assert!(
        new.has_button("approve") && new.has_button("not_me"),
        "{}",
        new.render()
    );
    for words in ["@Director handed it over to you.", "I wrote half of it"] {
        assert!(new.text().contains(words), "{}", new.render());
    }
    t.hears(
        "U0PM",
        &[
            "@Director handed R-1 over to @Deputy",
            "product director",
            "I wrote half of it",
        ],
    );
    assert!(
        t.card("U0PM", &id).text().contains("waits for @Deputy"),
        "{}",
        t.card("U0PM", &id).render()
    );
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at(DEADLINE)),
        "the lane's clock runs on"
    );
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert!(t.reminders("U0DIRECTOR").is_empty() && t.reminders("U0DEPUTY").len() == 1);
    t.clicks("U0DEPUTY", &id, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
}

story!(r8_not_me_where_a_colleague_is_asked_too);
async fn r8_not_me_where_a_colleague_is_asked_too(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "not_me").await;
    let form = t.user("U0MARK").modal().expect("a form");
    assert!(form.text().contains("Anybody in @marketing"), "{}", form.render());
    t.submits("U0MARK", &[("person", "U0MIA")]).await;
    assert!(t.card("U0MARK", &id).buttons().is_empty());
    t.hears("U0MIA", &["@Mark leaves R-1 to you", "Your card has the buttons"]);
    assert_eq!(t.cards("U0MIA", &id).len(), 1, "the card is there already");
    assert!(t.card("U0MIA", &id).has_button("approve"));
    // Any member of the lane may answer, one who handed it over included.
    t.clicks("U0MIA", &id, "approve").await;
    assert!(
        t.card("U0MARK", &id).text().contains("Taken care of"),
        "{}",
        t.card("U0MARK", &id).render()
    );
}

story!(r8_it_goes_to_nobody_who_may_not);
async fn r8_it_goes_to_nobody_who_may_not(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.types("U0DEPUTY", "away until 2026-12-09").await;
    t.clicks("U0DIRECTOR", &id, "not_me").await;
    let tries = [
        ("U0DIRECTOR", "That is you. Name somebody else."),
        (
            "U0PM",
            "A colleague filed R-1, so somebody else has to review it. Name somebody else.",
        ),
        (
            "U0LEGAL",
            "A colleague does not answer for product director. Name the deputy, or somebody of the lane's fallback list.",
        ),
        (
            "U0GUEST",
            "A colleague is a guest here, and only full members of this workspace can review. Name somebody else.",
        ),
        (
            "U0DEPUTY",
            "A colleague is away until Wed 9 Dec 2026. Name somebody else.",
        ),
    ];
    for (to, says) in tries {
        let ack = t.submits("U0DIRECTOR", &[("person", to)]).await;
        assert_eq!(ack.errors()["person"], says, "{to}");
    }
    assert_eq!(t.asked(&id, "director").await, ["U0DIRECTOR"]);
    let ack = t.submits("U0DIRECTOR", &[("person", "U0ADMIN")]).await;
    assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    assert_eq!(t.asked(&id, "director").await, ["U0DIRECTOR", "U0ADMIN"]);
    // Whoever was not asked has nothing to hand over, and a lane that was answered is nobody's.
    let card = t.card("U0ADMIN", &id);
    says!(t.clicks_stale("U0DIRECTOR", &card, "not_me").await, @"You are not asked for product director of R-1, so there is nothing to hand over.");
    t.clicks("U0ADMIN", &id, "approve").await;
    says!(t.clicks_stale("U0ADMIN", &card, "not_me").await, @"R-1 no longer waits for product director: nothing was changed.");
}

story!(r8_an_admin_reassigns_with_a_reason_and_the_digest_says_so);
async fn r8_an_admin_reassigns_with_a_reason_and_the_digest_says_so(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    says!(t.types("U0MARK", &format!("reassign {id} director <@U0DEPUTY> because")).await, @"Only an admin of Signoff can do that with R-1.");
    says!(t.types("U0ADMIN", &format!("reassign {id} director <@U0DEPUTY>")).await, @"Say why, as in `/review-request reassign R-1 marketing @mia she knows the story`.");
    says!(t.types("U0ADMIN", &format!("reassign {id} product <@U0DEPUTY> because")).await, @"“product” is not a lane. There are: director, marketing.");
    says!(t.types("U0ADMIN", &format!("reassign {id} director")).await, @"Whom? Name them by typing @ and choosing from Slack's list.");
    says!(t.types("U0ADMIN", &format!("reassign {id} director <@U0LEGAL> because")).await, @"@Legal does not answer for product director. Name the deputy, or somebody of the lane's fallback list.");
    says!(t.types("U0ADMIN", &format!("reassign {id} director <@U0DEPUTY|deputy> she is at a fair")).await, @"You handed R-1 over to @Deputy for product director: they are asked now.");
    assert!(
        t.card("U0DIRECTOR", &id)
            .text()
            .contains("@Admin handed this over to @Deputy")
    );
    assert!(t.card("U0DIRECTOR", &id).buttons().is_empty());
    assert!(t.card("U0DEPUTY", &id).has_button("approve"));
    t.hears("U0PM", &["@Admin handed R-1 over to @Deputy", "she is at a fair"]);
    t.advance("2026-12-03T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    assert!(digest.contains("By admins since the last digest (1)"), "{digest}");
    assert!(
        digest.contains("R-1 Admin handed product director over to Deputy: “she is at a fair”"),
        "{digest}"
    );
    t.advance("2026-12-04T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    assert!(!digest.contains("By admins"), "told once: {digest}");
}

story!(r16_r13_what_else_admins_do_has_a_reason_and_is_in_the_digest);
async fn r16_r13_what_else_admins_do_has_a_reason_and_is_in_the_digest(t: &mut Test) {
    let wide = t
        .files("U0PM", "press https://example.com/a --wide A newspaper")
        .await;
    says!(t.types("U0ADMIN", &format!("lower {wide}")).await, @"Say why, as in `/review-request lower R-1 a small outlet after all`.");
    let said = t.types("U0ADMIN", &format!("lower {wide} a small outlet")).await;
    assert!(
        said.starts_with("R-1 is no longer wide-impact") && said.contains("lapses"),
        "{said}"
    );
    let other = t.files("U0PM", "press https://example.com/b Another").await;
    says!(t.types("U0ADMIN", &format!("withdraw {other}")).await, @"Say why, in a sentence: whoever acts on it needs to know.");
    t.types("U0ADMIN", &format!("withdraw {other} filed twice")).await;
    t.advance("2026-12-03T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    for says in [
        "R-1 Admin lowered wide-impact: “a small outlet”",
        "R-2 Admin withdrew it: “filed twice”",
    ] {
        assert!(digest.contains(says), "{says}: {digest}");
    }
}

story!(r24_what_an_admin_does_for_others_is_not_crowded_out_by_what_they_do_themselves);
async fn r24_what_an_admin_does_for_others_is_not_crowded_out_by_what_they_do_themselves(t: &mut Test) {
    for number in 0..20 {
        t.files("U0ADMIN", &format!("other https://example.com/{number} A talk"))
            .await;
    }
    let other = t.files("U0PM", PRESS).await;
    t.types("U0ADMIN", &format!("withdraw {other} filed twice")).await;
    t.advance("2026-12-03T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    assert!(
        digest.contains(&format!("{other} Admin withdrew it: “filed twice”")),
        "{digest}"
    );
}

story!(r10_the_new_round_asks_whoever_answered_or_took_it_over);
async fn r10_the_new_round_asks_whoever_answered_or_took_it_over(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0DIRECTOR", &id, "not_me").await;
    t.submits(
        "U0DIRECTOR",
        &[("person", "U0DEPUTY"), ("reason", "I wrote half of it")],
    )
    .await;
    t.objects("U0DEPUTY", &id, "The numbers are old").await;
    t.does("U0PM", &id, "resubmit", &[("reason", "New numbers")])
        .await;
    assert_eq!(t.asked(&id, "director").await, ["U0DEPUTY"]);
    assert!(t.card("U0DEPUTY", &id).has_button("approve"));
    t.does("U0PM", &id, "edit", &[("link", "https://example.com/second")])
        .await;
    assert_eq!(t.asked(&id, "director").await, ["U0DEPUTY"]);
    // Whoever is away then is not.
    t.objects("U0DEPUTY", &id, "Still old").await;
    t.types("U0DEPUTY", "away until 2026-12-09").await;
    t.does("U0PM", &id, "resubmit", &[("reason", "Newer numbers")])
        .await;
    assert_eq!(t.asked(&id, "director").await, ["U0DIRECTOR"]);
}

story!(r11_an_admin_who_edits_hears_whose_it_is);
async fn r11_an_admin_who_edits_hears_whose_it_is(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0PM", &id);
    says!(t.clicks_stale("U0ADMIN", &card, "edit").await, @"Only @Pm, who filed R-1, can do that.");
}
