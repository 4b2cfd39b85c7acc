//! Nothing acknowledged is lost, nothing is done twice (R29).

use crate::support::{Test, at, story};
use chrono::TimeDelta;
use serde_json::json;
use signoff::sandbox::workspace::Fault;

const PRESS: &str = "press https://example.com/draft An interview";

story!(r29_the_same_command_twice_files_once_and_answers_the_same);
async fn r29_the_same_command_twice_files_once_and_answers_the_same(t: &mut Test) {
    let ack = t.command("U0PM", PRESS).await;
    let again = t.again(&ack).await.value();
    assert_eq!(
        again["text"].as_str().map(headline),
        ack.body["text"].as_str().map(headline)
    );
    assert_eq!(again["blocks"][0], ack.body["blocks"][0]);
    assert_eq!(t.cards("U0DIRECTOR", "R-1").len(), 1);
    assert!(t.types("U0PM", "show R-2").await.starts_with("There is no R-2"));
    t.restart().await;
    let later = t.again(&ack).await.value();
    assert_eq!(later["blocks"][0], ack.body["blocks"][0], "after a restart too");
    assert!(t.types("U0PM", "show R-2").await.starts_with("There is no R-2"));
}

fn headline(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

story!(r29_the_same_click_twice_has_one_effect);
async fn r29_the_same_click_twice_has_one_effect(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0MARK", &id);
    let ack = t.clicks_on("U0MARK", &card, "approve").await;
    let (before, told) = (t.request(&id).await, t.notices("U0PM").len());
    t.again(&ack).await;
    assert_eq!(t.request(&id).await, before);
    assert_eq!(t.notices("U0PM").len(), told, "the requester hears once");
    let ack = t.command("U0PM", &format!("withdraw {id}")).await;
    t.settle().await;
    let before = t.request(&id).await;
    t.again(&ack).await;
    assert_eq!(t.request(&id).await, before);
}

story!(r29_the_same_submission_twice_files_once_and_a_corrected_one_is_new);
async fn r29_the_same_submission_twice_files_once_and_a_corrected_one_is_new(t: &mut Test) {
    t.user("U0PM")
        .command("/review-request", "", "C0GENERAL")
        .await
        .expect("a form");
    let values = [
        ("category", "press"),
        ("title", "An interview"),
        ("link", "nowhere"),
    ];
    let refused = t.submits("U0PM", &values).await;
    assert_eq!(refused.errors().keys().collect::<Vec<_>>(), ["link"]);
    let filed = t.submits("U0PM", &[("link", "https://example.com/draft")]).await;
    assert!(filed.errors().is_empty(), "{:?}", filed.errors());
    let again = t.again(&filed).await.value();
    assert_eq!(again["response_action"], json!("update"));
    assert!(again["view"].to_string().contains("R-1"), "{again}");
    assert_eq!(t.cards("U0DIRECTOR", "R-1").len(), 1);
    assert!(t.types("U0PM", "show R-2").await.starts_with("There is no R-2"));
}

story!(r29_what_was_filed_before_a_stop_is_sent_after_it);
async fn r29_what_was_filed_before_a_stop_is_sent_after_it(t: &mut Test) {
    let busy = Fault::RateLimited {
        retry_after: Some("60".to_owned()),
    };
    t.ws.faults().always("chat.postMessage", busy);
    t.command("U0PM", PRESS).await;
    t.stop().await;
    assert!(t.user("U0DIRECTOR").inbox().is_empty(), "not a word went out");
    t.ws.faults().clear();
    t.start_again(at("2026-12-02T10:05:00-08:00")).await;
    for who in ["U0DIRECTOR", "U0MARK", "U0MIA", "U0PM"] {
        assert_eq!(t.user(who).inbox().len(), 1, "{who}: {}", t.reads(who));
    }
    assert_eq!(
        t.stands("R-1").await,
        "blocked director=pending marketing=pending"
    );
    assert!(t.deadline("R-1", "director").await.is_some());
}

story!(r29_a_restart_changes_nothing);
async fn r29_a_restart_changes_nothing(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    let before = (t.request(&id).await, t.posted(), t.card("U0DIRECTOR", &id).blocks);
    for _ in 0..3 {
        t.restart().await;
    }
    assert_eq!(
        (t.request(&id).await, t.posted(), t.card("U0DIRECTOR", &id).blocks),
        before
    );
    t.clicks("U0DIRECTOR", &id, "approve").await;
    assert_eq!(t.gate(&id).await, "clear");
}

story!(r29_two_who_answer_at_once_and_one_answer_stands);
async fn r29_two_who_answer_at_once_and_one_answer_stands(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let (mark, mia) = (t.card("U0MARK", &id), t.card("U0MIA", &id));
    let (mark_clicks, mia_clicks) = (t.user("U0MARK"), t.user("U0MIA"));
    let both = futures_util::future::join(
        mark_clicks.click(&mark, "approve"),
        mia_clicks.click(&mia, "approve"),
    );
    let (one, other) = both.await;
    assert!(one.is_ok() && other.is_ok());
    t.settle().await;
    let refused = |who: &&str| t.heard(who).contains("first");
    assert_eq!(
        ["U0MARK", "U0MIA"].iter().filter(|who| refused(who)).count(),
        1,
        "one of them hears it"
    );
    assert_eq!(t.notices("U0PM").len(), 1);
}

story!(r29_many_file_at_once_and_each_gets_an_id);
async fn r29_many_file_at_once_and_each_gets_an_id(t: &mut Test) {
    let people: Vec<_> = (0..20).map(|_| t.user("U0PM")).collect();
    let texts: Vec<String> = (0..20)
        .map(|n| format!("press https://example.com/{n} Number {n}"))
        .collect();
    let acks = people
        .iter()
        .zip(&texts)
        .map(|(who, text)| who.command("/review-request", text, "C0GENERAL"));
    let acks = futures_util::future::join_all(acks).await;
    let ids: Vec<String> = acks
        .iter()
        .map(|ack| ack.as_ref().expect("an ack").text())
        .collect();
    let mut ids: Vec<String> = ids
        .iter()
        .filter_map(|said| crate::support::id_in(said))
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
    t.settle().await;
    for id in &ids {
        assert_eq!(t.cards("U0DIRECTOR", id).len(), 1, "{id}");
    }
}

story!(r29_a_click_is_forgotten_only_after_days);
async fn r29_a_click_is_forgotten_only_after_days(t: &mut Test) {
    let ack = t.command("U0PM", PRESS).await;
    t.settle().await;
    t.advance_by(TimeDelta::hours(26)).await;
    t.again(&ack).await;
    assert!(t.types("U0PM", "show R-2").await.starts_with("There is no R-2"));
}
