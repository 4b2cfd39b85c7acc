//! What people type is data (R30). That no message has a foreign token or unfurls a link is checked at the
//! end of every story, see `support`.

use crate::support::{Test, says, story};
use serde_json::json;

/// Everything that means something in mrkdwn, and two marks that turn the reading direction.
const NASTY: &str =
    "<!channel> <@U0MIA> &lt;b&gt; *b* `c` <https://evil.example|safe> 🎉 \u{202E}drow\u{200F}";
/// The same as people should read it.
const SHOWN: &str = "<!channel> <@U0MIA> &lt;b&gt;";

/// The words as typed, and no mention made of them.
fn shows(text: &str) {
    assert!(text.contains(SHOWN), "not as typed: {text}");
    assert!(!text.contains("@channel"), "a broadcast: {text}");
    assert!(
        !text.contains(['\u{202E}', '\u{200F}']),
        "turns the direction: {text:?}"
    );
}

story!(r30_a_nasty_title_is_shown_as_typed_everywhere);
async fn r30_a_nasty_title_is_shown_as_typed_everywhere(t: &mut Test) {
    t.user("U0PM")
        .command("/review-request", "", "C0GENERAL")
        .await
        .expect("a form");
    let values = [
        ("category", "press"),
        ("title", NASTY),
        ("link", "https://example.com/?a=<!channel>&b=|x"),
        ("notes", NASTY),
    ];
    let ack = t.submits("U0PM", &values).await;
    assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    shows(&t.user("U0PM").modal().expect("the confirmation").text());
    for who in ["U0DIRECTOR", "U0MARK", "U0PM"] {
        shows(&t.card(who, "R-1").text());
    }
    let card = t.card("U0DIRECTOR", "R-1");
    assert_eq!(
        card.text().matches("<!channel>").count(),
        2,
        "title and notes: {}",
        card.text()
    );
    shows(&t.channel_card("R-1").text());
    shows(&t.types("U0PM", "mine").await);
    shows(&t.types("U0MARK", "waiting").await);
    shows(&t.show("R-1").await);
    t.advance("2026-12-03T12:00:00-08:00").await;
    shows(&t.digests().pop().expect("a digest").text());
    shows(&t.reminders("U0MARK").pop().expect("a reminder").text());
}

story!(r30_nasty_reasons_and_answers_are_shown_as_typed);
async fn r30_nasty_reasons_and_answers_are_shown_as_typed(t: &mut Test) {
    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.objects("U0MARK", &id, NASTY).await;
    shows(&t.told("U0PM"));
    shows(&t.card("U0PM", &id).text());
    shows(&t.card("U0MIA", &id).text());
    shows(&t.channel_card(&id).text());
    shows(&t.show(&id).await);
    t.does("U0PM", &id, "resubmit", &[("reason", NASTY)]).await;
    shows(&t.card("U0MARK", &id).text());
    t.clicks("U0DIRECTOR", &id, "raise_wide_impact").await;
    t.clicks("U0DIRECTOR", &id, "lower_wide_impact").await;
    t.submits("U0DIRECTOR", &[("reason", NASTY)]).await;
    shows(&t.told("U0PM"));
    t.types("U0PM", &format!("withdraw {id} {NASTY}")).await;
    shows(&t.card("U0DIRECTOR", &id).text());
}

story!(r30_a_mistake_is_quoted_as_typed);
async fn r30_a_mistake_is_quoted_as_typed(t: &mut Test) {
    for text in [
        "<!channel>",
        "show <!channel>",
        "press https://example.com/x --area <!channel> A title",
        "--<!here>",
    ] {
        let said = t.types("U0PM", text).await;
        assert!(!said.contains("@channel") && !said.contains("@here"), "{said}");
    }
    assert!(t.types("U0PM", "show R-1").await.starts_with("There is no R-1"));
}

story!(r30_a_link_cannot_be_dressed_up_nor_is_it_fetched);
async fn r30_a_link_cannot_be_dressed_up_nor_is_it_fetched(t: &mut Test) {
    let origin = t.ws.api_url();
    let id = t
        .files(
            "U0PM",
            &format!("press https://good.example@evil.example/{origin} A title"),
        )
        .await;
    let shown = t.card("U0DIRECTOR", &id).text();
    assert!(
        !shown.contains("good.example"),
        "the host is evil.example: {shown}"
    );
    let id = t.files("U0PM", &format!("press {origin}auth.test A title")).await;
    let by_link =
        t.ws.calls("auth.test")
            .into_iter()
            .filter(|call| call.status != 200)
            .count();
    assert_eq!(by_link, 0, "{id}: fetched");
}

story!(r30_ten_thousand_characters_are_one_sentence);
async fn r30_ten_thousand_characters_are_one_sentence(t: &mut Test) {
    let long = "x".repeat(10_000);
    let said = t
        .types("U0PM", &format!("press https://example.com/x {long}"))
        .await;
    says!(said.lines().next().unwrap_or_default(), @"The title is too long: 10000 characters, where 130 fit. Nothing was filed.");
    assert!(t.user("U0PM").modal().is_some(), "nothing typed is lost");
    let said = t
        .types("U0PM", &format!("press https://example.com/{long} A title"))
        .await;
    says!(said.lines().next().unwrap_or_default(), @"This link is too long: at most 1000 characters fit. Nothing was filed.");
    let said = t.types("U0PM", &long).await;
    assert!(
        said.contains("neither a category nor a command") && said.len() < 1000,
        "{said}"
    );
    assert!(t.types("U0PM", "show R-1").await.starts_with("There is no R-1"));

    let id = t
        .files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.clicks("U0MARK", &id, "request_changes").await;
    let typed = json!({"reason": {"value": {"type": "plain_text_input", "value": "🎉".repeat(10_000)}}});
    let ack = t.user("U0MARK").submit_raw(typed).await.expect("an ack");
    says!(&ack.errors()["reason"], @"This text is too long: 10000 characters, where 1000 fit.");
    assert_eq!(t.lane(&id, "marketing").await, "pending");
    let said = t.types("U0PM", &format!("withdraw {id} {long}")).await;
    says!(said.lines().next().unwrap_or_default(), @"This text is too long: 10000 characters, where 1000 fit.");
}

story!(r30_titles_at_the_limit_fit_every_message);
async fn r30_titles_at_the_limit_fit_every_message(t: &mut Test) {
    let title = "<&>é".repeat(40).chars().take(130).collect::<String>();
    let link = format!("https://example.com/?{}", "&<".repeat(240));
    t.user("U0PM")
        .command("/review-request", "", "C0GENERAL")
        .await
        .expect("a form");
    let notes = "<&>".repeat(333);
    let values = [
        ("category", "press"),
        ("title", &*title),
        ("link", &*link),
        ("notes", &*notes),
    ];
    let ack = t.submits("U0PM", &values).await;
    assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    t.objects("U0MARK", "R-1", &notes).await;
    t.does("U0PM", "R-1", "resubmit", &[("reason", &notes)]).await;
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert!(t.card("U0MARK", "R-1").text().contains(&title));
    assert_eq!(t.reminders("U0MARK").len(), 1);
    assert_eq!(t.digests().len(), 1);
}
