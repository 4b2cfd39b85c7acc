//! One message a day in #marketing (R24).

use crate::support::{Test, at, config_with, says, story};
use signoff::sandbox::CONFIG;

const PRESS: &str = "press https://example.com/draft An interview";

fn days(t: &Test) -> Vec<String> {
    t.digests()
        .iter()
        .map(|digest| digest.posted_at.to_rfc3339())
        .collect()
}

story!(r24_one_a_business_day_at_nine);
async fn r24_one_a_business_day_at_nine(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft --wide A newspaper")
        .await;
    t.advance("2026-12-03T08:59:59-08:00").await;
    assert!(t.digests().is_empty());
    t.advance("2026-12-07T20:00:00-08:00").await;
    let at_nine = [
        "2026-12-03T17:00:00+00:00",
        "2026-12-04T17:00:00+00:00",
        "2026-12-07T17:00:00+00:00",
    ];
    assert_eq!(days(t), at_nine, "none at the weekend");
}

story!(r24_what_it_says_and_in_which_order);
async fn r24_what_it_says_and_in_which_order(t: &mut Test) {
    let waiting = "pricing https://example.com/prices New prices";
    let lapsing = t.files("U0PM", PRESS).await;
    let wide = t
        .files("U0PM", "press https://example.com/draft --wide A newspaper")
        .await;
    let held = t.files("U0PM", "blog https://example.com/post A post").await;
    let gone = t.files("U0PM", "social https://example.com/tweet A tweet").await;
    t.advance("2026-12-04T12:00:00-08:00").await;
    t.objects("U0MARK", &held, "Not like this").await;
    t.clicks("U0DIRECTOR", &held, "approve").await;
    t.clicks("U0MARK", &gone, "approve").await;
    t.clicks("U0DIRECTOR", &gone, "approve").await;
    let waiting = t.files("U0PM", waiting).await;
    t.advance("2026-12-07T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    let place = |id: &str| {
        digest
            .find(id)
            .unwrap_or_else(|| panic!("{id} is missing: {digest}"))
    };
    let order = [&wide, &lapsing, &waiting, &held, &gone].map(|id| place(id));
    assert!(order.is_sorted(), "{digest}");
    assert!(
        digest.contains("waits for Director (product director)"),
        "on whom: {digest}"
    );
}

story!(r24_a_day_that_has_become_a_holiday_and_an_hour_that_has_become_later_count);
async fn r24_a_day_that_has_become_a_holiday_and_an_hour_that_has_become_later_count(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft --wide A newspaper")
        .await;
    t.restart_with(&changed("holidays = [\"2026-12-03\"]", "at = \"09:00\""))
        .await;
    t.advance("2026-12-03T20:00:00-08:00").await;
    assert!(t.digests().is_empty(), "nobody works today");
    t.restart_with(&changed("", "at = \"11:00\"")).await;
    t.advance("2026-12-04T20:00:00-08:00").await;
    assert_eq!(days(t), ["2026-12-04T19:00:00+00:00"]);
}

fn changed(calendar: &str, digest: &str) -> String {
    CONFIG.replacen(
        "[calendar]",
        &format!("[digest]\n{digest}\n[calendar]\n{calendar}"),
        1,
    )
}

story!(r24_a_lapse_is_said_as_such);
async fn r24_a_lapse_is_said_as_such(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-08T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    let line = digest.lines().find(|line| line.contains(&id)).expect("a line");
    assert!(
        line.contains("product director lapsed") && line.contains("marketing lapsed"),
        "{line}"
    );
    assert!(!line.contains("approved"), "{line}");
}

story!(r24_nothing_to_say_nothing_posted);
async fn r24_nothing_to_say_nothing_posted(t: &mut Test) {
    t.advance("2026-12-09T12:00:00-08:00").await;
    assert!(t.posts().is_empty());
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.advance("2026-12-16T12:00:00-08:00").await;
    assert_eq!(
        days(t),
        ["2026-12-10T17:00:00+00:00"],
        "clear since long ago is no news"
    );
}

story!(
    r24_an_empty_one_where_that_is_wanted,
    config_with("[digest]\nempty = true")
);
async fn r24_an_empty_one_where_that_is_wanted(t: &mut Test) {
    t.advance("2026-12-04T12:00:00-08:00").await;
    assert_eq!(t.digests().len(), 2);
}

story!(
    r24_none_on_a_holiday,
    CONFIG.replace("regions =", "holidays = [\"2026-12-03\"]\nregions =")
);
async fn r24_none_on_a_holiday(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-04T20:00:00-08:00").await;
    assert_eq!(days(t), ["2026-12-04T17:00:00+00:00"]);
}

story!(r24_never_two_a_day_across_restarts);
async fn r24_never_two_a_day_across_restarts(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T09:00:00-08:00").await;
    t.restart().await;
    t.advance("2026-12-03T12:00:00-08:00").await;
    t.restart_with(&config_with("[digest]\nat = \"15:00\"")).await;
    t.advance("2026-12-03T20:00:00-08:00").await;
    assert_eq!(days(t), ["2026-12-03T17:00:00+00:00"]);
}

story!(r24_a_missed_one_is_posted_once_the_same_day);
async fn r24_a_missed_one_is_posted_once_the_same_day(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.stop().await;
    t.start_again(at("2026-12-03T16:00:00-08:00")).await;
    assert_eq!(days(t), ["2026-12-04T00:00:00+00:00"]);
    t.restart().await;
    t.advance("2026-12-04T08:00:00-08:00").await;
    assert_eq!(days(t).len(), 1);
}

story!(r24_a_day_that_was_missed_entirely_is_not_made_up_for);
async fn r24_a_day_that_was_missed_entirely_is_not_made_up_for(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.stop().await;
    t.start_again(at("2026-12-04T03:00:00-08:00")).await;
    assert!(t.digests().is_empty(), "yesterday's is no news today");
    t.advance("2026-12-04T09:00:00-08:00").await;
    assert_eq!(days(t), ["2026-12-04T17:00:00+00:00"]);
}

story!(r24_after_four_days_down_it_catches_up_once_and_the_lapse_comes_first);
async fn r24_after_four_days_down_it_catches_up_once_and_the_lapse_comes_first(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-04T12:00:00-08:00").await;
    let (digests, reminders) = (t.digests().len(), t.reminders("U0DIRECTOR").len());
    t.stop().await;
    t.start_again(at("2026-12-08T12:00:00-08:00")).await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
    assert_eq!(t.digests().len(), digests + 1, "one, for today");
    let digest = t.digests().pop().expect("a digest").text();
    let line = digest.lines().find(|line| line.contains(&id)).expect("a line");
    assert!(
        line.contains("lapsed"),
        "the lapse came before the digest that reports it: {line}"
    );
    assert_eq!(
        t.reminders("U0DIRECTOR").len(),
        reminders,
        "nothing waits on them any more"
    );
    t.hears("U0PM", &["R-1 is clear", "lapsed"]);
    let told = t.notices("U0PM").len();
    t.restart().await;
    assert_eq!(
        (t.digests().len(), t.notices("U0PM").len()),
        (digests + 1, told),
        "caught up once"
    );
}

story!(r24_a_long_list_is_cut_with_a_count);
async fn r24_a_long_list_is_cut_with_a_count(t: &mut Test) {
    for n in 1..=30 {
        let title = format!("{n} {}", "a very long title & <more> of it ".repeat(3));
        t.command("U0PM", &format!("press https://example.com/{n} --wide {title}"))
            .await;
    }
    t.settle().await;
    t.advance("2026-12-03T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    assert!(digest.contains("more: R-"), "{digest}");
}

story!(r24_the_channel_is_told_on_whom_it_waits_without_a_ping);
async fn r24_the_channel_is_told_on_whom_it_waits_without_a_ping(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-07T12:00:00-08:00").await;
    assert!(!t.digests().is_empty());
    for post in t.posts() {
        let said = serde_json::to_string(&post.blocks).expect("blocks") + &post.notification();
        assert!(
            said.contains("waits for Director") && !said.contains("<@"),
            "{said}"
        );
    }
}

story!(r24_a_lapse_is_said_also_while_another_lane_holds);
async fn r24_a_lapse_is_said_also_while_another_lane_holds(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.objects("U0MARK", &id, "Not like this").await;
    t.advance("2026-12-08T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    let line = digest.lines().find(|line| line.contains(&id)).expect("a line");
    assert!(
        line.contains("product director lapsed") && line.contains("asked for"),
        "{line}"
    );
    assert!(digest.contains("1 lane lapsed"), "{digest}");
}

story!(r24_the_first_of_the_week_has_the_week_before_in_figures);
async fn r24_the_first_of_the_week_has_the_week_before_in_figures(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.files("U0PM", "blog https://example.com/post A post").await;
    t.advance("2026-12-02T14:00:00-08:00").await;
    t.clicks("U0MARK", &id, "approve").await;
    t.advance("2026-12-11T12:00:00-08:00").await;
    let week = |n: usize| {
        let digest = t.digests()[n].text();
        digest
            .lines()
            .find(|line| line.contains("Last week"))
            .map(str::to_owned)
    };
    says!(
        week(2).expect("Monday's"),
        @"Last week: 2 filed · 1 lane approved · none lapsed · median time to first answer 4 hours."
    );
    let days: Vec<bool> = (0..t.digests().len()).map(|n| week(n).is_some()).collect();
    assert_eq!(
        days[..4],
        [false, false, true, false],
        "Thursday, Friday, Monday, Tuesday"
    );
    t.files("U0PM", "press https://example.com/draft Another one")
        .await;
    t.advance("2026-12-14T12:00:00-08:00").await;
    let monday = t.digests().len() - 1;
    says!(
        week(monday).expect("the next Monday's"),
        @"Last week: 1 filed · 0 lanes approved · 3 lapsed (product director 2, marketing 1)."
    );
}

story!(r31_every_digest_carries_the_head_of_the_trail);
async fn r31_every_digest_carries_the_head_of_the_trail(t: &mut Test) {
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T08:59:00-08:00").await;
    let head = t
        .sandbox()
        .app()
        .audit_head()
        .await
        .expect("the database answers");
    let (event, hash) = head.expect("a trail");
    t.advance("2026-12-03T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest");
    let payload = digest.event_payload().expect("metadata");
    assert_eq!(payload["audit_event"], event.to_string());
    assert_eq!(payload["audit_hash"], hash);
}

story!(r29_the_digest_tells_operators_what_is_stuck);
async fn r29_the_digest_tells_operators_what_is_stuck(t: &mut Test) {
    use signoff::sandbox::workspace::Fault;
    t.stuck_is_fine();
    t.ws.faults().next_in(
        "chat.postMessage",
        "U0MIA",
        Fault::Error("invalid_blocks".to_owned()),
    );
    t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    let line = "1 message that Slack refused: an operator should run signoff outbox list.";
    assert!(digest.replace('`', "").contains(line), "{digest}");
}
