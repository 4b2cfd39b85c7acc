//! What reviewers, requesters and the channel read (R21, R25, R27, R28).

use crate::support::{DEADLINE, Test, at, config_with, says, story};

const PRESS: &str = "press https://example.com/draft --publish 2026-12-20 An interview";

story!(r21_the_reviewers_card_has_everything_needed_to_decide);
async fn r21_the_reviewers_card_has_everything_needed_to_decide(t: &mut Test) {
    t.user("U0PM")
        .command("/review-request", "", "C0GENERAL")
        .await
        .expect("a form");
    let values = [
        ("category", "press"),
        ("title", "An interview"),
        ("link", "https://example.com/draft"),
        ("publish_on", "2026-12-20"),
        ("notes", "Mind page 4"),
    ];
    t.submits("U0PM", &values).await;
    let card = t.card("U0DIRECTOR", "R-1");
    let text = card.text();
    let wanted = [
        "R-1",
        "An interview",
        "Press",
        "example.com/draft",
        "@Pm",
        "Code Search",
        "20 Dec",
        "Mind page 4",
        "lapses",
    ];
    for says in wanted {
        assert!(text.contains(says), "{says}: {}", card.render());
    }
    assert!(
        text.contains("Dec 8, 2026 12:00 AM"),
        "in the reader's own zone: {}",
        card.render()
    );
    let raw = serde_json::to_string(&card.blocks).expect("JSON");
    assert!(
        raw.contains(&format!("<!date^{}^", at(DEADLINE).timestamp())),
        "a date token: {raw}"
    );
    for action in ["approve", "request_changes", "raise_wide_impact", "why"] {
        assert!(card.has_button(action), "{action}: {}", card.render());
    }
}

story!(r21_a_wide_card_says_so);
async fn r21_a_wide_card_says_so(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft --wide A newspaper")
        .await;
    let card = t.card("U0MARK", &id);
    assert!(
        card.text().contains("Wide-impact") && card.has_button("lower_wide_impact"),
        "{}",
        card.render()
    );
    assert!(!card.text().contains("lapses"), "{}", card.render());
}

story!(r21_the_requesters_card_is_kept_up_to_date);
async fn r21_the_requesters_card_is_kept_up_to_date(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0PM", &id);
    assert!(card.text().contains("blocked"), "{}", card.render());
    for action in ["published", "edit", "withdraw"] {
        assert!(card.has_button(action), "{action}: {}", card.render());
    }
    assert!(!card.has_button("resubmit"), "nothing to answer yet");
    t.objects("U0MARK", &id, "Mind page 4").await;
    let card = t.card("U0PM", &id);
    assert!(
        card.text().contains("Mind page 4") && card.has_button("resubmit"),
        "{}",
        card.render()
    );
    assert_eq!(t.cards("U0PM", &id).len(), 1, "one card, updated in place");
}

story!(r25_one_card_in_the_channel_kept_up_to_date);
async fn r25_one_card_in_the_channel_kept_up_to_date(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    assert!(t.channel_card(&id).text().contains("blocked"));
    assert!(t.channel_card(&id).text().contains("thread"));
    t.clicks("U0MARK", &id, "approve").await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    assert!(t.channel_card(&id).text().contains("clear"));
    assert_eq!(t.posts().len(), 1, "one card, updated in place");
    let voluntary = t.files("U0PM", "other https://example.com/x A newsletter").await;
    assert!(
        t.posts().iter().all(|post| !post.text().contains(&voluntary)),
        "gated requests only"
    );
}

story!(r25_no_card_where_it_is_not_wanted, announcing_nothing());
async fn r25_no_card_where_it_is_not_wanted(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    assert!(t.posts().is_empty());
}

fn announcing_nothing() -> String {
    signoff::sandbox::CONFIG.replace("[slack]", "[slack]\nannounce = false")
}

story!(r27_why_shows_each_day);
async fn r27_why_shows_each_day(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let why = t.types("U0PM", &format!("why {id}")).await;
    for says in [
        "Wed 2 Dec",
        "Thu 3 Dec",
        "Fri 4 Dec",
        "Sat 5 Dec",
        "weekend",
        "Mon 7 Dec",
        "Dec 8, 2026 12:00 AM",
    ] {
        assert!(why.contains(says), "{says}: {why}");
    }
    t.clicks("U0DIRECTOR", &id, "why").await;
    assert!(
        t.heard("U0DIRECTOR").contains("Thu 3 Dec"),
        "{}",
        t.heard("U0DIRECTOR")
    );
}

story!(r28_filing_names_the_earliest_opening_and_a_date_before_it);
async fn r28_filing_names_the_earliest_opening_and_a_date_before_it(t: &mut Test) {
    let said = t.types("U0PM", PRESS).await;
    assert!(
        said.contains("R-1") && said.contains("Dec 8, 2026 12:00 AM"),
        "{said}"
    );
    assert!(!said.contains("before silence can open"), "{said}");
    let said = t
        .types(
            "U0PM",
            "press https://example.com/draft --publish 2026-12-07 Too early",
        )
        .await;
    assert!(
        said.contains("R-2") && said.contains("before silence can open the gate"),
        "{said}"
    );
    assert_eq!(t.gate("R-2").await, "blocked", "still accepted");
    assert!(
        t.card("U0PM", "R-2")
            .text()
            .contains("before silence can open the gate")
    );
    let said = t
        .types("U0PM", "press https://example.com/draft --wide A newspaper")
        .await;
    assert!(said.contains("R-3") && said.contains("never opens"), "{said}");
}

story!(
    r28_by_the_counting_in_force,
    config_with("[deadline]\ncounting = \"elapsed\"")
);
async fn r28_by_the_counting_in_force(t: &mut Test) {
    let said = t.types("U0PM", PRESS).await;
    assert!(said.contains("Dec 7, 2026 10:00 AM"), "{said}");
}

story!(mine_waiting_and_help_answer_their_reader);
async fn mine_waiting_and_help_answer_their_reader(t: &mut Test) {
    says!(t.types("U0PM", "mine").await, @"You have no open requests. `/review-request` files one.");
    says!(t.types("U0MARK", "waiting").await, @"Nothing waits for you.");
    t.files("U0PM", PRESS).await;
    assert!(t.types("U0PM", "mine").await.contains("R-1"));
    let ack = t.command("U0MARK", "waiting").await;
    let list = ack.ephemeral.expect("a list");
    assert!(
        list.text().contains("R-1") && list.has_button("approve"),
        "{}",
        list.render()
    );
    t.clicks_on("U0MARK", &list, "approve").await;
    assert_eq!(t.lane("R-1", "marketing").await, "approved");
    assert!(t.types("U0MARK", "help").await.contains("/review-request"));
}

story!(the_shortcuts_open_the_form);
async fn the_shortcuts_open_the_form(t: &mut Test) {
    t.user("U0PM")
        .global_shortcut("new_request")
        .await
        .expect("a form");
    let form = t.user("U0PM").modal().expect("a form");
    assert_eq!(form.callback_id(), "review_request");
    let blocks = [
        "category",
        "title",
        "link",
        "area",
        "wide_impact",
        "publish_on",
        "notes",
    ];
    assert_eq!(form.inputs(), blocks);
    assert_eq!(
        form.value("area").as_deref(),
        Some("search"),
        "theirs is preselected"
    );
    t.user("U0PM").close_modal().await.expect("it closes");
    let draft = t
        .user("U0PM")
        .say("C0GENERAL", "See my draft", None)
        .expect("a message");
    t.user("U0PM")
        .message_shortcut("request_review", &draft)
        .await
        .expect("a form");
    let link = t
        .user("U0PM")
        .modal()
        .expect("a form")
        .value("link")
        .expect("a link");
    assert!(
        link.starts_with("https://") && link.contains("C0GENERAL"),
        "{link}"
    );
}
