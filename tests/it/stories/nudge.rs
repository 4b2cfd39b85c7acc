//! The requester asks for an answer: seldom, and only those who are at work.

use crate::support::{Test, says, story};

const PRESS: &str = "press https://example.com/draft An interview";

story!(nudge_asks_those_who_are_waited_for);
async fn nudge_asks_those_who_are_waited_for(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    t.advance("2026-12-03T14:00:00-08:00").await;
    says!(t.types("U0PM", &format!("nudge {id}")).await, @"@Director was asked for an answer on R-1.");
    t.hears(
        "U0DIRECTOR",
        &[
            "@Pm asks for your answer on R-1",
            "until Dec 8, 2026 12:00 AM",
            "Your card has the buttons",
        ],
    );
    assert!(
        t.notices("U0MIA").is_empty() && t.notices("U0MARK").is_empty(),
        "marketing has answered"
    );
}

story!(nudge_at_most_once_in_four_hours);
async fn nudge_at_most_once_in_four_hours(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.types("U0PM", &format!("nudge {id}")).await;
    t.advance("2026-12-02T13:59:59-08:00").await;
    says!(t.types("U0PM", &format!("nudge {id}")).await, @"R-1 was nudged about less than four hours ago, so nobody was nudged now. The next time is today 2:00 PM.");
    assert_eq!(t.notices("U0DIRECTOR").len(), 1);
    t.restart().await;
    t.advance("2026-12-02T14:00:00-08:00").await;
    t.types("U0PM", &format!("nudge {id}")).await;
    assert_eq!(t.notices("U0DIRECTOR").len(), 2);
}

story!(nudge_spares_the_away_and_those_who_are_not_at_work);
async fn nudge_spares_the_away_and_those_who_are_not_at_work(t: &mut Test) {
    t.ws.change_user("U0MARK", |user| {
        user.tz = "Europe/Berlin".to_owned();
        user.tz_offset = 3600;
    });
    let id = t.files("U0PM", PRESS).await;
    t.types("U0MIA", "away until 2026-12-09").await;
    says!(t.types("U0PM", &format!("nudge {id}")).await, @"@Director was asked for an answer on R-1. @Mark and @Mia are away or not at work now.");
    assert!(t.notices("U0MIA").is_empty() && t.notices("U0MARK").is_empty());
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.advance("2026-12-02T22:00:00-08:00").await;
    says!(t.types("U0PM", &format!("nudge {id}")).await, @"Nobody who is asked about R-1 is at work now, so nobody was nudged. Try again from tomorrow 12:30 AM on; what waits is in the morning's reminder by itself.");
    t.advance("2026-12-03T00:30:00-08:00").await;
    says!(t.types("U0PM", &format!("nudge {id}")).await, @"@Mark was asked for an answer on R-1. @Mia is away or not at work now.");
}

story!(nudge_is_the_requesters_and_has_its_limits);
async fn nudge_is_the_requesters_and_has_its_limits(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    says!(t.types("U0MARK", &format!("nudge {id}")).await, @"Only @Pm, who filed R-1, can do that.");
    says!(t.types("U0PM", "nudge").await, @"Which request? Say its id, as in `/review-request nudge R-42`.");
    says!(t.types("U0PM", "nudge R-9").await, @"There is no R-9. `/review-request mine` lists your requests.");
    t.clicks("U0MARK", &id, "approve").await;
    t.objects("U0DIRECTOR", &id, "The numbers are old").await;
    says!(t.types("U0PM", &format!("nudge {id}")).await, @"R-1 waits for nobody's answer. `/review-request show R-1` says how it stands.");
    t.types("U0PM", &format!("withdraw {id}")).await;
    let said = t.types("U0PM", &format!("nudge {id}")).await;
    assert!(said.contains("was withdrawn"), "{said}");
}
