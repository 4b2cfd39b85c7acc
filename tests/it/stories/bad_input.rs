//! Bad input gets one clear sentence and changes nothing.

use crate::support::{Database, Test, Transport, config_with, run_test, says, story};
use serde_json::{Value, json};
use signoff::sandbox::CONFIG;
use signoff::sandbox::workspace::sign;

const PRESS: &str = "press https://example.com/draft An interview";

/// What is said to a command line that files nothing.
async fn refused(t: &Test, text: &str) -> String {
    let posted = t.posted();
    let said = t.types("U0PM", text).await;
    assert!(
        t.types("U0PM", "show R-1").await.starts_with("There is no R-1"),
        "{text}: {said}"
    );
    assert_eq!(t.posted(), posted, "nobody else hears of it");
    said.lines().next().unwrap_or_default().to_owned()
}

story!(each_mistake_in_a_command_has_its_sentence);
async fn each_mistake_in_a_command_has_its_sentence(t: &mut Test) {
    says!(refused(t, "prss https://example.com/draft An interview").await, @"“prss” is neither a category nor a command. Categories: blog, social, presentation, about-site, pricing, deprecation, press, other. Nothing was filed.");
    says!(refused(t, "dance").await, @"“dance” is neither a category nor a command. Categories: blog, social, presentation, about-site, pricing, deprecation, press, other. Nothing was filed.");
    says!(refused(t, "press An interview").await, @"The link to the draft is missing. Nothing was filed.");
    says!(refused(t, "press https://example.com/draft").await, @"The title is missing: say in one line what goes out. Nothing was filed.");
    says!(refused(t, "press ftp://example.com/draft An interview").await, @"This is not a link: it has to start with https:// and name a host. Nothing was filed.");
    says!(refused(t, "press javascript://x An interview").await, @"This is not a link: it has to start with https:// and name a host. Nothing was filed.");
    says!(refused(t, "press https:// An interview").await, @"This is not a link: it has to start with https:// and name a host. Nothing was filed.");
    says!(refused(t, "press https://example.com/draft --publish 2026-12-01 An interview").await, @"Tue 1 Dec 2026 has passed. Choose today or a later day. Nothing was filed.");
    says!(refused(t, "press https://example.com/draft --publish 2026-02-30 An interview").await, @"“2026-02-30” is not a date. Write it as YYYY-MM-DD. Nothing was filed.");
    says!(refused(t, "press https://example.com/draft --publish soon An interview").await, @"“soon” is not a date. Write it as YYYY-MM-DD. Nothing was filed.");
    says!(refused(t, "press https://example.com/draft An interview --publish").await, @"Say when after --publish, as in --publish 2026-12-02. Nothing was filed.");
    says!(refused(t, "press https://example.com/draft --area billing An interview").await, @"“billing” is not a product area. There are: search. Nothing was filed.");
    says!(refused(t, "press https://example.com/draft --wde An interview").await, @"There is no option “--wde”. The options are --wide, --area and --publish. Nothing was filed.");
    says!(refused(t, &format!("press https://example.com/draft {}", "long ".repeat(40))).await, @"The title is too long: 199 characters, where 130 fit. Nothing was filed.");
    says!(refused(t, "show").await, @"Which request? Say its id, as in `/review-request show R-42`.");
    says!(refused(t, "show R-").await, @"“R-” is not the id of a request. Ids look like R-42, as in `/review-request show R-42`.");
    says!(refused(t, "show R-99999999999999999999").await, @"“R-99999999999999999999” is not the id of a request. Ids look like R-42, as in `/review-request show R-42`.");
    says!(refused(t, "show R-0").await, @"“R-0” is not the id of a request. Ids look like R-42, as in `/review-request show R-42`.");
    says!(refused(t, "why R-7").await, @"There is no R-7. `/review-request mine` lists your requests.");
    says!(refused(t, "withdraw R-7").await, @"There is no R-7. `/review-request mine` lists your requests.");
    says!(refused(t, "published R-7").await, @"There is no R-7. `/review-request mine` lists your requests.");
    says!(refused(t, "resubmit R-7 changed").await, @"There is no R-7. `/review-request mine` lists your requests.");
}

story!(today_is_not_in_the_past);
async fn today_is_not_in_the_past(t: &mut Test) {
    // 10 in the evening in California is tomorrow in UTC.
    t.advance("2026-12-02T22:00:00-08:00").await;
    let id = t
        .files(
            "U0PM",
            "press https://example.com/draft --publish 2026-12-02 An interview",
        )
        .await;
    assert_eq!(t.gate(&id).await, "blocked");
}

story!(
    a_requester_without_an_area_must_say_which,
    config_with("[areas.billing]\ndirector = \"U0LEGAL\"")
);
async fn a_requester_without_an_area_must_say_which(t: &mut Test) {
    let said = t.types("U0MIA", PRESS).await;
    assert!(said.contains("billing") && said.contains("search"), "{said}");
    assert!(t.types("U0PM", "show R-1").await.starts_with("There is no R-1"));
    let form = t.user("U0MIA").modal().expect("nothing typed is lost");
    assert_eq!(form.value("title").as_deref(), Some("An interview"));
    let ack = t.submits("U0MIA", &[]).await;
    assert_eq!(ack.errors().keys().collect::<Vec<_>>(), ["area"]);
    let ack = t.submits("U0MIA", &[("area", "billing")]).await;
    assert!(ack.errors().is_empty(), "{:?}", ack.errors());
    assert_eq!(t.asked("R-1", "director").await, ["U0LEGAL"]);
}

story!(each_mistake_in_the_form_is_on_its_block);
async fn each_mistake_in_the_form_is_on_its_block(t: &mut Test) {
    t.user("U0PM")
        .command("/review-request", "", "C0GENERAL")
        .await
        .expect("a form");
    let text = |value: &str| json!({"value": {"type": "plain_text_input", "value": value}});
    let values = json!({
        "category": {"value": {"type": "static_select", "selected_option": {"value": "opera"}}},
        "title": text(&"x".repeat(200)),
        "link": text("example.com"),
        "area": {"value": {"type": "static_select", "selected_option": {"value": "nowhere"}}},
        "wide_impact": {"value": {"type": "checkboxes", "selected_options": []}},
        "publish_on": {"value": {"type": "datepicker", "selected_date": "2026-11-30"}},
        "notes": text(&"x".repeat(5000)),
    });
    let ack = t.user("U0PM").submit_raw(values).await.expect("an ack");
    let at: Vec<String> = ack.errors().into_keys().collect();
    assert_eq!(
        at,
        ["category", "link", "notes", "publish_on", "title"],
        "{:?}",
        ack.errors()
    );
    let nothing = t.user("U0PM").submit_raw(json!({})).await.expect("an ack");
    assert_eq!(nothing.status, 200);
    assert!(t.types("U0PM", "show R-1").await.starts_with("There is no R-1"));
    t.ws.forgive();
}

story!(a_button_that_is_no_longer_one_is_answered);
async fn a_button_that_is_no_longer_one_is_answered(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let (card, before) = (t.card("U0MARK", &id), t.request(&id).await);
    let heard = async |action: &str, value: &str| {
        let clicked = t.user("U0MARK").click_value(&card, action, Some(value)).await;
        assert_eq!(clicked.expect("an ack").failure(), None);
        t.settle().await;
        t.heard("U0MARK")
    };
    says!(heard("frobnicate", "1").await, @"This button no longer works. `/review-request waiting` shows what waits for you.");
    says!(heard("approve", "nonsense").await, @"This button no longer works. `/review-request waiting` shows what waits for you.");
    says!(heard("approve", "1").await, @"This button no longer works. `/review-request waiting` shows what waits for you.");
    says!(heard("approve", "1/legal/1").await, @"R-1 no longer has this lane. Your newest card about it shows what is asked.");
    says!(heard("approve", "1/marketing/7").await, @"R-1 was changed and asked anew since. Please use your newest card about it.");
    says!(heard("approve", "99/marketing/1").await, @"There is no R-99. `/review-request mine` lists your requests.");
    says!(heard("approve", "-1/marketing/1").await, @"There is no such request. `/review-request mine` lists yours.");
    assert_eq!(t.request(&id).await, before);
}

story!(a_form_submitted_after_the_end_is_refused);
async fn a_form_submitted_after_the_end_is_refused(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "request_changes").await;
    t.types("U0PM", &format!("withdraw {id}")).await;
    let ack = t.submits("U0MARK", &[("reason", "Too late")]).await;
    says!(&ack.errors()["reason"], @"R-1 was withdrawn by a colleague, so nothing about it can change. File a new request to go on.");
    let said = t.types("U0PM", &format!("resubmit {id} changed")).await;
    assert!(said.contains("was withdrawn"), "{said}");
    assert_eq!(t.lane(&id, "marketing").await, "pending");
}

story!(a_form_of_an_earlier_round_is_refused);
async fn a_form_of_an_earlier_round_is_refused(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MIA", &id, "request_changes").await;
    t.objects("U0MARK", &id, "Mind page 4").await;
    t.types("U0PM", &format!("resubmit {id} minded")).await;
    let ack = t.submits("U0MIA", &[("reason", "About the old one")]).await;
    assert!(
        ack.errors()["reason"].contains("newest card"),
        "{:?}",
        ack.errors()
    );
    assert_eq!(t.lane(&id, "marketing").await, "pending");
}

story!(a_form_of_an_older_version_stays_open_and_says_so);
async fn a_form_of_an_older_version_stays_open_and_says_so(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "request_changes").await;
    let mut delivery = t.submits("U0MARK", &[("reason", "Too loud")]).await.delivery;
    delivery.payload["view"]["private_metadata"] = json!("of another shape");
    let answer = t.ws.send(&delivery, None).await.expect("an answer");
    says!(answer.body, @r#"{"response_action":"errors","errors":{"reason":"This form no longer works. Copy what you wrote, close it and press the button again."}}"#);
}

story!(what_slack_has_not_invented_yet_is_acknowledged);
async fn what_slack_has_not_invented_yet_is_acknowledged(t: &mut Test) {
    let user = json!({"id": "U0PM", "team_id": null});
    for payload in [
        json!({"type": "telepathy", "user": user, "team": null}),
        json!({"type": "block_suggestion", "user": user, "team": null, "value": "x"}),
        json!({"type": "workflow_step_edit", "user": user, "callback_id": "x"}),
        json!({"type": "view_closed", "user": user, "view": {"id": "V1"}, "is_cleared": false}),
        json!({"type": "shortcut", "user": user, "callback_id": "unknown", "trigger_id": "1.2.x"}),
        json!({"type": "block_actions", "user": user, "team": null, "actions": []}),
        json!({"type": "view_submission", "user": user, "team": null, "view": {"id": "V9", "callback_id": "who"}}),
    ] {
        let answer = t.ws.deliver_interaction(payload.clone()).await;
        assert_eq!(answer.expect("an answer").status, 200, "{payload}");
    }
    t.settle().await;
    assert_eq!(t.posted(), 0);
}

story!(a_click_with_a_null_team_counts_like_any_other);
async fn a_click_with_a_null_team_counts_like_any_other(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0MARK", &id);
    let mut delivery = t.clicks_on("U0MARK", &card, "why").await.delivery;
    let payload = &mut delivery.payload;
    payload["team"] = Value::Null;
    payload["enterprise"] = json!({"id": "E1", "name": "Org"});
    payload["is_enterprise_install"] = json!(true);
    payload["container"] = json!({"type": "hologram", "x": [1, null]});
    payload["actions"][0]["action_id"] = json!("approve");
    payload["actions"][0]["action_ts"] = json!("1795651200.000001");
    assert_eq!(t.ws.send(&delivery, None).await.expect("an answer").status, 200);
    t.settle().await;
    assert_eq!(t.lane(&id, "marketing").await, "approved");
}

/// Over HTTP only: what Slack did not sign never gets in, and garbage is never a 500.
#[tokio::test]
async fn what_is_not_slacks_gets_401_or_400_and_never_500() {
    run_test(Transport::Http, Database::Sqlite, CONFIG, unsigned).await;
}

async fn unsigned(t: &mut Test) {
    const FORM: &str = "application/x-www-form-urlencoded";
    let body = "command=%2Freview-request&team_id=T0SANDBOX&user_id=U0PM&channel_id=C0GENERAL&trigger_id=1.2.x&\
                text=press+https%3A%2F%2Fexample.com%2Fx+An+interview";
    let status = async |headers: Vec<(String, String)>, body: Vec<u8>| {
        t.ws.deliver_raw(&headers, body).await.expect("an answer").status
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let stamped = |timestamp: &str, secret: &str| {
        let signature = sign(secret, timestamp, body.as_bytes());
        let headers = [
            ("content-type", FORM),
            ("x-slack-request-timestamp", timestamp),
            ("x-slack-signature", &signature),
        ];
        pairs(&headers)
    };
    let secret = t.ws.signing_secret();
    let fresh = t.ws.signed_headers(FORM, body.as_bytes());
    let now: i64 = fresh[1].1.parse().expect("a timestamp");

    assert_eq!(
        status(pairs(&[("content-type", FORM)]), body.into()).await,
        401,
        "unsigned"
    );
    assert_eq!(
        status(stamped(&now.to_string(), "another secret"), body.into()).await,
        401,
        "forged"
    );
    assert_eq!(
        status(stamped(&(now - 301).to_string(), &secret), body.into()).await,
        401,
        "stale, or replayed"
    );
    assert_eq!(
        status(stamped(&(now + 400).to_string(), &secret), body.into()).await,
        401,
        "from the future"
    );
    for odd in ["", "soon", "-1", "99999999999999999999"] {
        assert_eq!(status(stamped(odd, &secret), body.into()).await, 401, "{odd:?}");
    }
    assert_eq!(
        status(fresh.clone(), format!("{body}+x").into()).await,
        401,
        "another body"
    );
    assert_eq!(status(fresh, vec![b'x'; 2 * 1024 * 1024]).await, 400, "oversized");
    assert!(t.types("U0PM", "show R-1").await.starts_with("There is no R-1"));

    let garbage: [(&str, &[u8]); 9] = [
        (FORM, b"payload=%7B"),
        (FORM, b"payload=null"),
        (FORM, b"payload=%5B%5D"),
        (FORM, b"nothing=here"),
        (FORM, b""),
        ("application/json", b"{"),
        ("application/json", b"[1,2,3]"),
        ("application/json", b"\xff\xfe"),
        ("text/plain", b"hello"),
    ];
    for (content_type, body) in garbage {
        let signed = t.ws.signed_headers(content_type, body);
        let got = status(signed, body.to_vec()).await;
        assert_eq!(got, 400, "{content_type} {:?}", String::from_utf8_lossy(body));
    }
    let deep = format!("payload={}{}", "[".repeat(5000), "]".repeat(5000));
    let signed = t.ws.signed_headers(FORM, deep.as_bytes());
    assert_eq!(status(signed, deep.into()).await, 400, "nested deeply");
    assert_eq!(t.posted(), 0);
}
