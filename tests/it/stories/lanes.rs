//! Who reviews what (R1, R2, R3).

use crate::support::{Test, config_with, says, story};

story!(r1_every_category_asks_its_lanes);
async fn r1_every_category_asks_its_lanes(t: &mut Test) {
    for category in [
        "blog",
        "social",
        "presentation",
        "about-site",
        "pricing",
        "deprecation",
        "press",
    ] {
        let id = t
            .files(
                "U0PM",
                &format!("{category} https://example.com/{category} Something"),
            )
            .await;
        assert_eq!(
            t.stands(&id).await,
            "blocked director=pending marketing=pending",
            "{category}"
        );
        for who in ["U0DIRECTOR", "U0MARK", "U0MIA"] {
            assert!(t.card(who, &id).has_button("approve"), "{category}: {who}");
        }
    }
}

story!(r1_other_is_voluntary);
async fn r1_other_is_voluntary(t: &mut Test) {
    let id = t.files("U0PM", "other https://example.com/x A newsletter").await;
    assert_eq!(t.stands(&id).await, "clear marketing=pending");
    assert!(t.card("U0MARK", &id).has_button("approve"));
    assert!(t.cards("U0DIRECTOR", &id).is_empty());
    t.advance("2026-12-18T12:00:00-08:00").await;
    assert_eq!(t.stands(&id).await, "clear marketing=pending", "nothing lapses");
    t.clicks("U0MARK", &id, "approve").await;
    assert_eq!(t.lane(&id, "marketing").await, "approved");
}

story!(r1_a_legal_lane_is_added_by_configuration_alone, with_legal());
async fn r1_a_legal_lane_is_added_by_configuration_alone(t: &mut Test) {
    let id = t
        .files("U0PM", "contract https://example.com/terms New terms")
        .await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=pending marketing=pending legal=pending"
    );
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.clicks("U0MARK", &id, "approve").await;
    assert_eq!(t.gate(&id).await, "blocked", "legal has not answered");
    assert!(t.card("U0LEGAL", &id).text().contains("the lawyers"));
    t.clicks("U0LEGAL", &id, "approve").await;
    assert_eq!(t.gate(&id).await, "clear");
}

fn with_legal() -> String {
    config_with(
        "[lanes.legal]\nname = \"the lawyers\"\nmembers = [\"U0LEGAL\"]\n\
         [categories.contract]\nname = \"Contract\"\nlanes = [\"director\", \"marketing\", \"legal\"]",
    )
}

story!(r2_the_area_is_the_requesters_own_or_the_one_named, two_areas());
async fn r2_the_area_is_the_requesters_own_or_the_one_named(t: &mut Test) {
    let own = t
        .files("U0PM", "press https://example.com/a Search is fast")
        .await;
    assert_eq!(t.asked(&own, "director").await, ["U0DIRECTOR"]);
    let named = t
        .files(
            "U0PM",
            "press https://example.com/a --area billing Bills are short",
        )
        .await;
    assert_eq!(t.asked(&named, "director").await, ["U0LEGAL"]);
    assert!(t.card("U0LEGAL", &named).text().contains("Billing"));

    let refused = t
        .types("U0MIA", "press https://example.com/a Nobody's area")
        .await;
    says!(first_line(&refused), @"Which product area is it? Choose one of: billing, search. On the command line: --area billing. Nothing was filed.");
    assert_eq!(
        t.user("U0MIA")
            .modal()
            .expect("nothing typed is lost")
            .value("title")
            .as_deref(),
        Some("Nobody's area")
    );
    let unknown = t
        .types("U0MIA", "press https://example.com/a --area bling Bills")
        .await;
    says!(first_line(&unknown), @"“bling” is not a product area. There are: billing, search. Nothing was filed.");
}

fn two_areas() -> String {
    config_with("[areas.billing]\nname = \"Billing\"\ndirector = \"U0LEGAL\"")
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

story!(
    r3_any_member_of_the_group_may_decide_though_one_was_pinged,
    pinging("round-robin")
);
async fn r3_any_member_of_the_group_may_decide_though_one_was_pinged(t: &mut Test) {
    let mut pinged = Vec::new();
    for n in 1..=4 {
        let id = t
            .files("U0PM", &format!("press https://example.com/{n} Number {n}"))
            .await;
        let asked = t.asked(&id, "marketing").await;
        assert_eq!(asked.len(), 1, "one, in turn");
        pinged.push(asked[0].clone());
    }
    assert_ne!(pinged[0], pinged[1]);
    assert_eq!(pinged[..2], pinged[2..], "in turn");
    let other = if pinged[0] == "U0MARK" { "U0MIA" } else { "U0MARK" };
    assert!(t.cards(other, "R-1").is_empty());
    for who in ["U0PM", "U0LEGAL"] {
        let shown = t.command(who, "show R-1").await.ephemeral.expect("an answer");
        assert!(!shown.has_button("approve"), "{who} may not answer");
    }
    let shown = t.command(other, "show R-1").await.ephemeral.expect("an answer");
    t.clicks_on(other, &shown, "approve").await;
    assert_eq!(t.lane("R-1", "marketing").await, "approved");
    let shown = t.command(other, "show R-1").await.ephemeral.expect("an answer");
    assert!(!shown.has_button("approve"), "nothing is left to answer");
    // The card of the one who was pinged, shown by its owner to the colleague, who presses the same button.
    let card = t.card(&pinged[1], "R-2");
    let colleague = &pinged[0];
    let heard = t.clicks_stale(colleague, &card, "approve").await;
    assert!(heard.contains("You approved R-2"), "{heard}");
    assert_eq!(t.lane("R-2", "marketing").await, "approved");
}

story!(r3_ping_all_asks_everybody, pinging("all"));
async fn r3_ping_all_asks_everybody(t: &mut Test) {
    let id = t.files("U0PM", "press https://example.com/a Everybody").await;
    assert_eq!(t.asked(&id, "marketing").await, ["U0MARK", "U0MIA"]);
}

story!(
    r3_least_loaded_asks_whoever_has_the_least,
    pinging("least-loaded")
);
async fn r3_least_loaded_asks_whoever_has_the_least(t: &mut Test) {
    let first = t.files("U0PM", "press https://example.com/1 One").await;
    let second = t.files("U0PM", "press https://example.com/2 Two").await;
    let (one, two) = (
        t.asked(&first, "marketing").await,
        t.asked(&second, "marketing").await,
    );
    assert_eq!((one.len(), two.len()), (1, 1));
    assert_ne!(one, two, "the other one had nothing to do");
    t.clicks(&two[0], &second, "approve").await;
    let third = t.files("U0PM", "press https://example.com/3 Three").await;
    assert_eq!(t.asked(&third, "marketing").await, two, "they are free again");
}

fn pinging(ping: &str) -> String {
    signoff::sandbox::CONFIG.replace("user_group = ", &format!("ping = \"{ping}\"\nuser_group = "))
}
