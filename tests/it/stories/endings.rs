//! Withdrawn, published, published while blocked (R13).

use crate::support::{Test, says, story};

const PRESS: &str = "press https://example.com/draft An interview";

story!(r13_the_requester_withdraws_with_a_reason);
async fn r13_the_requester_withdraws_with_a_reason(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.does("U0PM", &id, "withdraw", &[("reason", "The journalist cancelled")])
        .await;
    assert!(t.show(&id).await.contains("was withdrawn"));
    assert!(
        t.card("U0DIRECTOR", &id)
            .text()
            .contains("The journalist cancelled")
    );
    t.advance("2026-12-18T12:00:00-08:00").await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=pending marketing=pending",
        "nothing lapses any more"
    );
    assert!(
        t.reminders("U0DIRECTOR").is_empty(),
        "nobody is reminded any more"
    );
}

story!(r13_an_admin_may_withdraw_for_others_and_nobody_else);
async fn r13_an_admin_may_withdraw_for_others_and_nobody_else(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    says!(t.types("U0MARK", &format!("withdraw {id}")).await, @"Only @Pm or an admin of Signoff can do that with R-1.");
    says!(t.types("U0MARK", &format!("published {id}")).await, @"Only @Pm or an admin of Signoff can do that with R-1.");
    says!(t.types("U0ADMIN", &format!("withdraw {id} duplicate")).await, @"R-1 is withdrawn: nobody is asked any more.");
    t.hears("U0PM", &["R-1 was withdrawn", "@Admin", "duplicate"]);
}

story!(r13_published_with_a_link_once_clear);
async fn r13_published_with_a_link_once_clear(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.does("U0PM", &id, "published", &[("link", "https://example.com/live")])
        .await;
    let show = t.show(&id).await;
    assert!(
        show.contains("was published") && show.contains("example.com/live"),
        "{show}"
    );
    assert!(!show.contains("while blocked"), "{show}");
    says!(t.types("U0PM", &format!("withdraw {id}")).await, @"R-1 was published, says @Pm: example.com/live. Nothing about it can change now.");
    t.advance("2026-12-03T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    assert!(digest.contains("Published since the last digest"), "{digest}");
}

story!(r13_published_while_blocked_is_recorded_and_shown);
async fn r13_published_while_blocked_is_recorded_and_shown(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    says!(t.types("U0PM", &format!("published {id}")).await, @"R-1 is marked as published, and recorded as published while blocked.");
    assert!(t.show(&id).await.contains("published while blocked"));
    for who in ["U0PM", "U0DIRECTOR", "U0MARK"] {
        assert!(t.card(who, &id).text().contains("while blocked"), "{who}");
    }
    assert!(t.channel_card(&id).text().contains("while blocked"));
    t.advance("2026-12-03T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    assert!(digest.contains("published while blocked"), "{digest}");
}

story!(r13_a_public_link_must_be_a_link);
async fn r13_a_public_link_must_be_a_link(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    says!(t.types("U0PM", &format!("published {id} tomorrow")).await, @"This is not a link: it has to start with https:// and name a host.");
    t.clicks("U0PM", &id, "published").await;
    let ack = t.submits("U0PM", &[("link", "tomorrow")]).await;
    says!(&ack.errors()["link"], @"This is not a link: it has to start with https:// and name a host.");
    assert!(t.request(&id).await.is_open());
}
