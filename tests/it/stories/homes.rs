//! The App Home: what waits, what one asked for, what is open; decided from it, fresh within seconds (R26).

use crate::support::{Test, story};
use signoff::sandbox::workspace::{Commit, Fault, View};

const PRESS: &str = "press https://example.com/draft An interview";

/// Opens the App Home of somebody and reads it.
async fn opens(t: &Test, who: &str) -> String {
    let ack = t.user(who).open_home().await.expect("the event is delivered");
    assert_eq!(ack.failure(), None);
    t.settle().await;
    reads(t, who)
}

fn home(t: &Test, who: &str) -> View {
    t.user(who)
        .home()
        .unwrap_or_else(|| panic!("{who} has no App Home"))
}

fn reads(t: &Test, who: &str) -> String {
    home(t, who).text()
}

/// One part of it, by its header.
fn part(text: &str, from: &str, until: &str) -> String {
    let (_, rest) = text
        .split_once(from)
        .unwrap_or_else(|| panic!("no {from:?} in: {text}"));
    rest.split_once(until).map_or(rest, |(part, _)| part).to_owned()
}

async fn clicks(t: &Test, who: &str, action: &str, n: usize) {
    let ack = t.user(who).click_home(action, n).await;
    let ack = ack.unwrap_or_else(|error| panic!("{who} clicks {action}: {error}"));
    assert_eq!(ack.failure(), None);
    t.settle().await;
}

story!(r26_it_shows_what_waits_what_is_mine_and_all_that_is_open);
async fn r26_it_shows_what_waits_what_is_mine_and_all_that_is_open(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.files("U0MARK", "blog https://example.com/post A post").await;
    let director = opens(t, "U0DIRECTOR").await;
    let waiting = part(&director, "Waiting on you", "Your requests");
    assert!(waiting.contains("R-1") && waiting.contains("R-2"), "{waiting}");
    assert!(part(&director, "Your requests", "All open").contains("no open requests"));
    let pm = opens(t, "U0PM").await;
    assert!(part(&pm, "Waiting on you", "Your requests").contains("Nothing waits"));
    let mine = part(&pm, "Your requests", "All open");
    assert!(mine.contains("R-1 is blocked") && !mine.contains("R-2"), "{mine}");
    let open = part(&pm, "All open", "How it works");
    assert!(open.contains("R-1") && open.contains("R-2"), "{open}");
    assert!(
        pm.contains("3 full business days") && pm.contains("never opens on silence"),
        "{pm}"
    );
}

story!(r26_decided_from_it_and_fresh_at_once_for_everybody_concerned);
async fn r26_decided_from_it_and_fresh_at_once_for_everybody_concerned(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    for who in ["U0PM", "U0DIRECTOR", "U0MARK", "U0MIA"] {
        opens(t, who).await;
    }
    let messages = t.user("U0MARK").inbox().len();
    clicks(t, "U0MARK", "approve", 0).await;
    assert_eq!(t.lane(&id, "marketing").await, "approved");
    assert_eq!(
        t.user("U0MARK").inbox().len(),
        messages,
        "what shows there needs no message"
    );
    for who in ["U0MARK", "U0MIA"] {
        assert!(
            reads(t, who).contains("Nothing waits for you"),
            "{}",
            reads(t, who)
        );
    }
    assert!(!part(&reads(t, "U0PM"), "Your requests", "All open").contains("Mark"));
    clicks(t, "U0DIRECTOR", "request_changes", 0).await;
    t.submits("U0DIRECTOR", &[("reason", "Not like this")]).await;
    assert_eq!(t.lane(&id, "director").await, "changes requested");
    let mine = part(&reads(t, "U0PM"), "Your requests", "All open");
    assert!(mine.contains("the changes that @Director asked for"), "{mine}");
    clicks(t, "U0PM", "resubmit", 0).await;
    t.submits("U0PM", &[("reason", "Another price")]).await;
    let waiting = part(&reads(t, "U0DIRECTOR"), "Waiting on you", "Your requests");
    assert!(waiting.contains(&id), "asked again: {waiting}");
    clicks(t, "U0DIRECTOR", "approve", 0).await;
    clicks(t, "U0PM", "published", 0).await;
    t.submits("U0PM", &[]).await;
    let outcomes = part(&reads(t, "U0PM"), "Recent outcomes", "How it works");
    assert!(
        outcomes.contains(&id) && outcomes.contains("published"),
        "{outcomes}"
    );
}

story!(r26_all_open_is_fresh_within_seconds_for_whoever_looks);
async fn r26_all_open_is_fresh_within_seconds_for_whoever_looks(t: &mut Test) {
    assert!(opens(t, "U0LEGAL").await.contains("No request is open"));
    let id = t.files("U0PM", PRESS).await;
    t.advance_by(chrono::TimeDelta::seconds(6)).await;
    assert!(part(&reads(t, "U0LEGAL"), "All open", "How it works").contains(&id));
}

story!(r26_who_does_not_look_costs_no_call);
async fn r26_who_does_not_look_costs_no_call(t: &mut Test) {
    opens(t, "U0LEGAL").await;
    t.advance("2026-12-04T12:00:00-08:00").await;
    let before = t.ws.calls("views.publish").len();
    let id = t.files("U0PM", PRESS).await;
    t.advance_by(chrono::TimeDelta::minutes(5)).await;
    assert_eq!(
        t.ws.calls("views.publish").len(),
        before,
        "nobody looked for two days"
    );
    assert!(opens(t, "U0LEGAL").await.contains(&id));
    let after = t.ws.calls("views.publish").len();
    t.clicks("U0MARK", &id, "approve").await;
    t.advance_by(chrono::TimeDelta::minutes(5)).await;
    assert_eq!(
        t.ws.calls("views.publish").len(),
        after + 1,
        "one call for one change"
    );
}

story!(r26_a_refusal_is_told_on_top_of_it);
async fn r26_a_refusal_is_told_on_top_of_it(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    opens(t, "U0MIA").await;
    t.ws.remove_from_group("S0MARKETING", "U0MIA");
    t.advance_by(chrono::TimeDelta::seconds(61)).await;
    clicks(t, "U0MIA", "approve", 0).await;
    let modal = t.user("U0MIA").modal().expect("an answer on top of the App Home");
    assert!(modal.text().contains("marketing"), "{}", modal.text());
    assert_eq!(t.lane("R-1", "marketing").await, "pending");
}

story!(r26_why_opens_on_top_of_it);
async fn r26_why_opens_on_top_of_it(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    opens(t, "U0DIRECTOR").await;
    clicks(t, "U0DIRECTOR", "why", 0).await;
    let modal = t.user("U0DIRECTOR").modal().expect("the days");
    assert!(modal.text().contains("counts 1"), "{}", modal.text());
}

story!(r26_a_new_request_from_it);
async fn r26_a_new_request_from_it(t: &mut Test) {
    opens(t, "U0PM").await;
    clicks(t, "U0PM", "new_request", 0).await;
    let fields = [
        ("category", "press"),
        ("title", "An interview"),
        ("link", "https://example.com/draft"),
    ];
    t.submits("U0PM", &fields).await;
    assert!(part(&reads(t, "U0PM"), "Your requests", "All open").contains("R-1"));
}

story!(r26_who_may_not_review_reads_why_it_is_empty);
async fn r26_who_may_not_review_reads_why_it_is_empty(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    for who in ["U0GUEST", "U0SOLO", "U0EXTERNAL"] {
        let said = opens(t, who).await;
        assert!(
            said.contains("full members") && !said.contains("R-1"),
            "{who}: {said}"
        );
    }
}

story!(r26_long_lists_are_turned_and_stay_turned);
async fn r26_long_lists_are_turned_and_stay_turned(t: &mut Test) {
    for n in 1..=20 {
        t.command(
            "U0PM",
            &format!("press https://example.com/{n} --wide Number {n}"),
        )
        .await;
    }
    t.settle().await;
    let said = opens(t, "U0DIRECTOR").await;
    assert!(
        said.contains("1 to 8 of 20") && said.contains("1 to 15 of 20"),
        "{said}"
    );
    clicks(t, "U0DIRECTOR", "home_on", 0).await;
    let said = reads(t, "U0DIRECTOR");
    assert!(
        said.contains("9 to 16 of 20") && said.contains("1 to 15 of 20"),
        "{said}"
    );
    clicks(t, "U0DIRECTOR", "home_on", 0).await;
    assert!(reads(t, "U0DIRECTOR").contains("17 to 20 of 20"));
    clicks(t, "U0DIRECTOR", "approve", 0).await;
    assert!(
        reads(t, "U0DIRECTOR").contains("17 to 19 of 19"),
        "it stays turned"
    );
    for _ in 0..3 {
        clicks(t, "U0DIRECTOR", "approve", 0).await;
    }
    assert!(
        reads(t, "U0DIRECTOR").contains("9 to 16 of 16"),
        "a page that is gone"
    );
    clicks(t, "U0DIRECTOR", "home_back", 0).await;
    assert!(reads(t, "U0DIRECTOR").contains("1 to 8 of 16"));
    clicks(t, "U0DIRECTOR", "home_on", 1).await;
    assert!(
        reads(t, "U0DIRECTOR").contains("16 to 20 of 20"),
        "{}",
        reads(t, "U0DIRECTOR")
    );
    let again = opens(t, "U0DIRECTOR").await;
    assert!(
        again.contains("1 to 15 of 20"),
        "who opens it begins at the beginning"
    );
}

story!(r26_it_outlives_a_restart_and_a_failed_call);
async fn r26_it_outlives_a_restart_and_a_failed_call(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    opens(t, "U0DIRECTOR").await;
    t.restart().await;
    t.ws.faults()
        .next("views.publish", Fault::Status(503, Commit::Before));
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.advance_by(chrono::TimeDelta::minutes(2)).await;
    assert!(reads(t, "U0DIRECTOR").contains("Nothing waits for you"));
}

story!(r26_a_filing_shows_once_people_are_asked_or_after_a_moment);
async fn r26_a_filing_shows_once_people_are_asked_or_after_a_moment(t: &mut Test) {
    opens(t, "U0PM").await;
    for method in ["users.info", "usergroups.users.list"] {
        for _ in 0..8 {
            t.ws.faults().next(method, Fault::Status(500, Commit::Before));
        }
    }
    let before = t.ws.calls("views.publish").len();
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(t.ws.calls("views.publish").len(), before, "more follows");
    t.advance_by(chrono::TimeDelta::seconds(5)).await;
    assert_eq!(t.ws.calls("views.publish").len(), before + 1);
    assert!(reads(t, "U0PM").contains(&id));
    t.advance_by(chrono::TimeDelta::minutes(20)).await;
    t.ws.forgive();
}
