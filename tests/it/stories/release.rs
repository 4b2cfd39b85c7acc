//! The first answer releases the rest; what is over has no buttons (R7).

use crate::support::{Test, says, story};

story!(r7_first_answer_releases_the_rest);
async fn r7_first_answer_releases_the_rest(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    let stale = t.card("U0MIA", &id);
    t.clicks("U0MARK", &id, "approve").await;
    let released = t.card("U0MIA", &id);
    assert!(released.buttons().is_empty(), "{}", released.render());
    for says in ["@Mark", "approved", "today"] {
        assert!(released.text().contains(says), "{says}: {}", released.render());
    }
    let decided = t.card("U0MARK", &id);
    assert_eq!(actions(&decided), ["change_decision"]);
    assert!(
        t.card("U0DIRECTOR", &id).has_button("approve"),
        "the other lane still waits"
    );
    let heard = t.clicks_stale("U0MIA", &stale, "approve").await;
    says!(heard, @"@Mark answered for this lane of R-1 first, so only they can change that answer.");
}

story!(r7_withdrawn_leaves_no_buttons);
async fn r7_withdrawn_leaves_no_buttons(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.clicks("U0MARK", &id, "approve").await;
    let stale = t.card("U0DIRECTOR", &id);
    t.types("U0PM", &format!("withdraw {id} not needed")).await;
    for who in ["U0MARK", "U0MIA", "U0DIRECTOR", "U0PM"] {
        let card = t.card(who, &id);
        assert!(card.buttons().is_empty(), "{who}: {}", card.render());
        assert!(card.text().contains("was withdrawn"), "{who}: {}", card.render());
    }
    assert!(t.channel_card(&id).buttons().is_empty());
    says!(t.clicks_stale("U0DIRECTOR", &stale, "approve").await, @"R-1 was withdrawn by @Pm, so nothing about it can change. File a new request to go on.");
    assert_eq!(t.lane(&id, "director").await, "pending");
}

story!(r7_published_leaves_no_buttons);
async fn r7_published_leaves_no_buttons(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.types("U0PM", &format!("published {id} https://example.com/live"))
        .await;
    for who in ["U0MARK", "U0MIA", "U0DIRECTOR", "U0PM"] {
        assert!(t.card(who, &id).buttons().is_empty(), "{who}");
    }
}

story!(r7_a_superseded_round_leaves_no_buttons);
async fn r7_a_superseded_round_leaves_no_buttons(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    let stale = t.card("U0MIA", &id);
    t.objects("U0MARK", &id, "The numbers are old").await;
    t.types("U0PM", &format!("resubmit {id} new numbers")).await;
    for who in ["U0MARK", "U0MIA"] {
        let cards = t.cards(who, &id);
        assert_eq!(cards.len(), 2, "{who}: one a round");
        assert!(cards[0].buttons().is_empty(), "{who}: {}", cards[0].render());
        assert!(cards[1].has_button("approve"), "{who}: {}", cards[1].render());
    }
    says!(t.clicks_stale("U0MIA", &stale, "approve").await, @"R-1 was changed and asked anew since. Please use your newest card about it.");
    assert_eq!(t.lane(&id, "marketing").await, "pending");
}

fn actions(card: &signoff::sandbox::workspace::Message) -> Vec<String> {
    card.buttons()
        .into_iter()
        .map(|button| button.action_id)
        .collect()
}
