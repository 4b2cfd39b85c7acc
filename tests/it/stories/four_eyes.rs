//! Nobody reviews their own request, nobody fills two lanes, and an empty lane says so (R4).

use crate::support::{Test, config_with, says, story};
use signoff::sandbox::CONFIG;
use signoff::sandbox::workspace::Kind;

const PRESS: &str = "press https://example.com/draft An interview";

story!(r4_the_requesters_own_click_is_refused);
async fn r4_the_requesters_own_click_is_refused(t: &mut Test) {
    let id = t.files("U0MARK", PRESS).await;
    assert_eq!(
        t.asked(&id, "marketing").await,
        ["U0MIA"],
        "whoever files is not asked"
    );
    let card = t.card("U0MIA", &id);
    says!(t.clicks_stale("U0MARK", &card, "approve").await, @"You filed R-1, so somebody else has to review it. @Director and @Mia are asked.");
    says!(t.clicks_stale("U0MARK", &card, "request_changes").await, @"You filed R-1, so somebody else has to review it. @Director and @Mia are asked.");
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
}

story!(r4_a_director_who_files_is_replaced_by_the_deputy);
async fn r4_a_director_who_files_is_replaced_by_the_deputy(t: &mut Test) {
    let id = t.files("U0DIRECTOR", PRESS).await;
    assert_eq!(t.asked(&id, "director").await, ["U0DEPUTY"]);
    let card = t.card("U0DEPUTY", &id);
    says!(card.text().lines().nth(1).expect("a second line"), @"@Director asks for your review as product director of Code Search, standing in for @Director.");
    t.clicks("U0DEPUTY", &id, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
}

story!(r4_then_by_the_fallback);
async fn r4_then_by_the_fallback(t: &mut Test) {
    t.ws.set_kind("U0DEPUTY", Kind::Deactivated);
    let id = t.files("U0DIRECTOR", PRESS).await;
    assert_eq!(t.asked(&id, "director").await, ["U0ADMIN"]);
    t.clicks("U0ADMIN", &id, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
}

story!(
    r4_a_lane_that_nobody_can_fill_is_announced_and_never_lapses,
    nobody_stands_in()
);
async fn r4_a_lane_that_nobody_can_fill_is_announced_and_never_lapses(t: &mut Test) {
    let id = t.files("U0DIRECTOR", PRESS).await;
    t.hears(
        "U0DIRECTOR",
        &["Nobody can review R-1", "product director", "stays blocked"],
    );
    let posts: Vec<String> = t.posts().iter().map(|post| post.text()).collect();
    let announced = |post: &&String| post.contains("Nobody can review R-1");
    assert_eq!(posts.iter().filter(announced).count(), 1, "{posts:?}");
    t.advance("2026-12-18T12:00:00-08:00").await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=lapsed");
    let announced: Vec<String> = t
        .notices("U0DIRECTOR")
        .into_iter()
        .filter(|said| said.contains("Nobody can"))
        .collect();
    assert_eq!(announced.len(), 1, "said once");
}

fn nobody_stands_in() -> String {
    let config = CONFIG.replace("deputy = \"U0DEPUTY\"", "");
    config.replacen("fallback = [\"U0ADMIN\"]", "fallback = []", 1)
}

story!(r4_whoever_joins_the_group_later_is_asked, no_fallback());
async fn r4_whoever_joins_the_group_later_is_asked(t: &mut Test) {
    t.ws.remove_from_group("S0MARKETING", "U0MARK");
    t.ws.remove_from_group("S0MARKETING", "U0MIA");
    let id = t.files("U0PM", PRESS).await;
    assert!(t.told("U0PM").contains("Nobody can review"), "{}", t.told("U0PM"));
    assert!(t.deadline(&id, "marketing").await.is_none());
    t.ws.add_to_group("S0MARKETING", "U0MIA");
    t.advance("2026-12-02T12:00:00-08:00").await;
    assert_eq!(t.asked(&id, "marketing").await, ["U0MIA"]);
    t.clicks("U0MIA", &id, "approve").await;
    assert_eq!(t.lane(&id, "marketing").await, "approved");
}

fn no_fallback() -> String {
    CONFIG.replace("fallback = [\"U0ADMIN\"]", "fallback = []")
}

story!(r4_one_person_never_fills_two_lanes);
async fn r4_one_person_never_fills_two_lanes(t: &mut Test) {
    t.ws.add_to_group("S0MARKETING", "U0DIRECTOR");
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(t.asked(&id, "director").await, ["U0DIRECTOR"]);
    assert_eq!(
        t.asked(&id, "marketing").await,
        ["U0MARK", "U0MIA"],
        "wanted as director"
    );
    t.clicks("U0DIRECTOR", &id, "approve").await;
    let marketing = t.card("U0MIA", &id);
    says!(t.clicks_stale("U0DIRECTOR", &marketing, "approve").await, @"You answered R-1 for product director already, and one person answers for one lane only. Somebody else has to answer here.");
    assert_eq!(t.stands(&id).await, "blocked director=approved marketing=pending");
}

story!(r4_a_director_who_answered_for_marketing_is_replaced_as_director);
async fn r4_a_director_who_answered_for_marketing_is_replaced_as_director(t: &mut Test) {
    t.ws.add_to_group("S0MARKETING", "U0DIRECTOR");
    let id = t.files("U0PM", PRESS).await;
    let (own, marketing) = (t.card("U0DIRECTOR", &id), t.card("U0MIA", &id));
    let heard = t.clicks_stale("U0DIRECTOR", &marketing, "approve").await;
    assert!(heard.contains("You approved"), "{heard}");
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=approved");
    let refused = t.clicks_stale("U0DIRECTOR", &own, "approve").await;
    assert!(
        refused.contains("one person answers for one lane only"),
        "{refused}"
    );
    assert!(t.card("U0DIRECTOR", &id).buttons().is_empty());
    t.clicks("U0DEPUTY", &id, "approve").await;
    assert_eq!(t.gate(&id).await, "clear");
}

story!(
    r4_the_same_person_configured_for_both_lanes_leaves_one_to_the_fallback,
    one_person_everywhere()
);
async fn r4_the_same_person_configured_for_both_lanes_leaves_one_to_the_fallback(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(t.asked(&id, "director").await, ["U0DIRECTOR"]);
    assert_eq!(t.asked(&id, "marketing").await, ["U0ADMIN"]);
}

fn one_person_everywhere() -> String {
    CONFIG.replace("user_group = \"S0MARKETING\"", "members = [\"U0DIRECTOR\"]")
}

story!(
    r4_an_admin_is_bound_by_it_too,
    config_with("[people.U0ADMIN]\narea = \"search\"")
);
async fn r4_an_admin_is_bound_by_it_too(t: &mut Test) {
    let id = t.files("U0ADMIN", PRESS).await;
    let card = t.card("U0DIRECTOR", &id);
    let heard = t.clicks_stale("U0ADMIN", &card, "approve").await;
    assert!(heard.starts_with("You filed"), "{heard}");
    assert_eq!(t.lane(&id, "director").await, "pending");
}
