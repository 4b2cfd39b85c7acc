//! The shapes Slack sends, and those it does not.

use proptest::prelude::*;
use serde_json::{Value, json};
use signoff::slack::{BadRequest, Inbound, InputValue, ViewKind, inbound};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const JSON: Option<&str> = Some("application/json; charset=utf-8");

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
        .into_bytes()
}

fn interactive(payload: &Value) -> Result<Inbound, BadRequest> {
    let over_http = inbound::parse(FORM, &form(&[("payload", &payload.to_string())]));
    assert_eq!(
        over_http,
        inbound::parse_envelope("interactive", payload.clone()),
        "one shape for both ways in"
    );
    over_http
}

fn click() -> Value {
    json!({"type": "block_actions", "team": {"id": "T1", "domain": "d"}, "user": {"id": "U1", "team_id": "T1"},
        "api_app_id": "A", "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1"},
        "trigger_id": "tr", "channel": {"id": "C1"}, "message": {"ts": "1.1", "blocks": [{"type": "new"}]},
        "response_url": "https://hooks.slack.com/actions/1",
        "actions": [{"type": "button", "action_id": "approve", "block_id": "b1", "value": "R-42", "action_ts": "9.9",
            "text": {"type": "plain_text", "text": "Approve"}}]})
}

fn clicked(payload: &Value) -> signoff::slack::BlockAction {
    match interactive(payload) {
        Ok(Inbound::Action(action)) => action,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command() {
    let fields = [
        ("command", "/review-request"),
        ("team_id", "T1"),
        ("user_id", "U1"),
        ("user_name", "ada"),
        ("channel_id", "C1"),
        ("text", "press https://x.example/?a=1&b=2 Ünïcode <!channel>"),
        ("trigger_id", "1.2.3"),
        ("response_url", "https://hooks.slack.com/commands/1"),
        ("enterprise_id", "E1"),
        ("is_enterprise_install", "false"),
    ];
    let parsed = inbound::parse(
        Some("application/x-www-form-urlencoded; charset=utf-8"),
        &form(&fields),
    )
    .expect("a command");
    let Inbound::Command(command) = &parsed else {
        panic!("{parsed:?}")
    };
    assert_eq!(
        command.text,
        "press https://x.example/?a=1&b=2 Ünïcode <!channel>"
    );
    assert_eq!(
        (command.command.as_str(), command.user_id.as_str()),
        ("/review-request", "U1")
    );
    assert_eq!(parsed.dedup_key().as_deref(), Some(r#"["command","T1","1.2.3"]"#));
    let object: serde_json::Map<_, _> = fields.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
    assert_eq!(
        inbound::parse_envelope("slash_commands", Value::Object(object)),
        Ok(parsed)
    );
    let missing = inbound::parse(FORM, &form(&[("command", "/x"), ("team_id", "T1")]));
    assert_eq!(missing, Err(BadRequest::Missing("user_id")));
    let empty = inbound::parse_envelope(
        "slash_commands",
        json!({"command": "/x", "team_id": "T1", "user_id": "U1", "text": null, "trigger_id": null}),
    );
    let Ok(Inbound::Command(empty)) = empty else {
        panic!("{empty:?}")
    };
    assert_eq!((empty.text.as_str(), empty.trigger_id), ("", None));
}

#[test]
fn a_click_on_a_message() {
    let action = clicked(&click());
    assert_eq!(
        (action.action_id.as_str(), action.value.as_deref()),
        ("approve", Some("R-42"))
    );
    assert_eq!(
        (action.team_id.as_deref(), action.user_team_id.as_deref()),
        (Some("T1"), Some("T1"))
    );
    assert_eq!(
        (action.channel_id.as_deref(), action.message_ts.as_deref()),
        (Some("C1"), Some("1.1"))
    );
    assert!(action.view.is_none());
    let key = Inbound::Action(action).dedup_key();
    assert_eq!(
        key.as_deref(),
        Some(r#"["action","T1","U1","9.9","approve","b1"]"#)
    );
}

#[test]
fn a_click_with_nulls_and_news() {
    let mut odd = click();
    odd["team"] = Value::Null;
    odd["enterprise"] = json!({"id": "E1"});
    odd["user"]["team_id"] = json!("TOTHER");
    odd["container"] = json!({"type": "from_the_future", "message_ts": 5});
    odd["channel"] = Value::Null;
    odd["message"] = json!("gone");
    odd["state"] = json!([1]);
    odd["response_url"] = Value::Null;
    let action = clicked(&odd);
    assert_eq!(
        action.team_id, None,
        "who comes from elsewhere does not pass for one of ours"
    );
    assert_eq!(
        (action.user_team_id.as_deref(), action.channel_id),
        (Some("TOTHER"), None)
    );
    assert_eq!(action.response_url, None);

    for (user, actions) in [
        (Value::Null, click()["actions"].clone()),
        (json!({"id": "U1"}), json!([])),
        (json!({"id": "U1"}), Value::Null),
        (json!("U1"), click()["actions"].clone()),
    ] {
        let mut nobody = click();
        nobody["user"] = user;
        nobody["actions"] = actions;
        assert_eq!(
            interactive(&nobody),
            Ok(Inbound::Unknown {
                kind: "block_actions".into()
            })
        );
    }
}

#[test]
fn what_was_chosen() {
    for (element, expected) in [
        (
            json!({"type": "static_select", "selected_option": {"value": "a", "text": {}}}),
            Some("a"),
        ),
        (json!({"type": "static_select", "selected_option": null}), None),
        (
            json!({"type": "overflow", "selected_option": {"value": "why"}}),
            Some("why"),
        ),
        (json!({"type": "users_select", "selected_user": "U2"}), Some("U2")),
        (
            json!({"type": "conversations_select", "selected_conversation": "C2"}),
            Some("C2"),
        ),
        (
            json!({"type": "datepicker", "selected_date": "2026-12-01"}),
            Some("2026-12-01"),
        ),
        (
            json!({"type": "datetimepicker", "selected_date_time": 1_700_000_000}),
            Some("1700000000"),
        ),
        (
            json!({"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}),
            Some("a,b"),
        ),
        (json!({"type": "checkboxes", "selected_options": []}), None),
        (json!({"type": "button"}), None),
        (json!({"type": "hologram", "value": "h"}), Some("h")),
    ] {
        let mut payload = click();
        let mut element = element;
        element["action_id"] = json!("x");
        payload["actions"] = json!([{"type": "odd, without a name"}, element]);
        assert_eq!(clicked(&payload).value.as_deref(), expected, "{element}");
    }
}

fn modal() -> Value {
    json!({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}, "trigger_id": "tr",
        "view": {"id": "V1", "hash": "1.h", "type": "modal", "callback_id": "review_request", "private_metadata": "{}",
            "app_installed_team_id": "T1", "blocks": [{"type": "unheard_of"}],
            "state": {"values": {
                "title": {"value": {"type": "plain_text_input", "value": "A title"}},
                "notes": {"value": {"type": "plain_text_input", "value": null}},
                "link": {"value": {"type": "url_text_input", "value": "https://x.example"}},
                "category": {"value": {"type": "static_select", "selected_option": {"value": "press"}}},
                "area": {"value": {"type": "static_select", "selected_option": null}},
                "wide_impact": {"value": {"type": "checkboxes", "selected_options": [{"value": "wide"}]}},
                "publish_on": {"value": {"type": "datepicker", "selected_date": "2026-12-01"}},
                "two": {"other": {"type": "button"}, "value": {"type": "users_select", "selected_user": "U9"}},
                "odd": 7, "empty": {}}}},
        "response_urls": []})
}

#[test]
fn a_submission() {
    let parsed = interactive(&modal()).expect("a submission");
    let Inbound::Submission(modal) = &parsed else {
        panic!("{parsed:?}")
    };
    assert_eq!(
        (modal.view_id.as_str(), modal.callback_id.as_str()),
        ("V1", "review_request")
    );
    let text = |value: &str| Some(value.to_owned());
    let expected = [
        ("area", InputValue::Selected(None)),
        ("category", InputValue::Selected(text("press"))),
        ("link", InputValue::Text(text("https://x.example"))),
        ("notes", InputValue::Text(None)),
        ("publish_on", InputValue::Date(text("2026-12-01"))),
        ("title", InputValue::Text(text("A title"))),
        ("two", InputValue::Selected(text("U9"))),
        ("wide_impact", InputValue::Many(vec!["wide".into()])),
    ];
    assert!(
        modal
            .values
            .iter()
            .map(|(k, v)| (k.as_str(), v.clone()))
            .eq(expected),
        "{:?}",
        modal.values
    );
}

#[test]
fn a_corrected_submission_is_a_new_attempt() {
    let key = |payload: &Value| {
        interactive(payload)
            .expect("a submission")
            .dedup_key()
            .expect("a key")
    };
    let mut corrected = modal();
    corrected["view"]["state"]["values"]["title"]["value"]["value"] = json!("Another title");
    assert_ne!(key(&modal()), key(&corrected));
    let mut updated = modal();
    updated["view"]["hash"] = json!("2.h");
    assert_ne!(key(&modal()), key(&updated));
    let mut again = modal();
    again["trigger_id"] = json!("another");
    assert_eq!(key(&modal()), key(&again));
    assert!(
        !key(&modal()).contains("title"),
        "a key shows nothing of what was typed"
    );
}

#[test]
fn a_click_in_a_view() {
    let mut payload = click();
    payload["team"] = Value::Null;
    payload["view"] = modal()["view"].clone();
    payload["view"]["type"] = json!("home");
    let action = clicked(&payload);
    let view = action.view.expect("a view");
    assert_eq!(
        (view.kind, view.id.as_str(), action.team_id.as_deref()),
        (ViewKind::Home, "V1", Some("T1"))
    );
    assert!(matches!(view.values.get("category"), Some(InputValue::Selected(Some(v))) if v == "press"));
}

#[test]
fn shortcuts() {
    let mut payload = json!({"type": "message_action", "callback_id": "request_review", "trigger_id": "tr",
        "team": {"id": "T1"}, "user": {"id": "U1"}, "channel": {"id": "C1"},
        "message": {"ts": "1.1", "text": "hello", "user": null}, "response_url": "https://hooks.slack.com/app/1"});
    let Ok(Inbound::Shortcut(on_message)) = interactive(&payload) else {
        panic!()
    };
    let message = on_message.message.expect("a message");
    assert_eq!(
        (message.channel_id.as_str(), message.ts.as_str(), message.user),
        ("C1", "1.1", None)
    );
    payload["type"] = json!("shortcut");
    payload["message"] = Value::Null;
    payload["channel"] = Value::Null;
    let parsed = interactive(&payload).expect("a shortcut");
    assert_eq!(parsed.dedup_key().as_deref(), Some(r#"["shortcut","T1","tr"]"#));
    assert!(matches!(parsed, Inbound::Shortcut(s) if s.message.is_none()));
}

#[test]
fn events_and_the_rest() {
    let event = json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event_context": "x",
        "event": {"type": "user_change", "user": {"id": "U1", "profile": null}}});
    let parsed = inbound::parse(JSON, event.to_string().as_bytes()).expect("an event");
    let Inbound::Event(e) = &parsed else { panic!() };
    assert_eq!(
        (e.kind.as_str(), e.user_id.as_deref(), e.team_id.as_deref()),
        ("user_change", Some("U1"), Some("T1"))
    );
    assert_eq!(parsed.dedup_key().as_deref(), Some(r#"["event","Ev1"]"#));
    assert_eq!(inbound::parse_envelope("events_api", event), Ok(parsed));

    let json = |value: Value| inbound::parse(JSON, value.to_string().as_bytes());
    let home = json(
        json!({"type": "event_callback", "team_id": null, "event": {"type": "app_home_opened", "user": "U1"}}),
    );
    assert!(
        matches!(home, Ok(Inbound::Event(e)) if e.user_id.as_deref() == Some("U1") && e.team_id.is_none())
    );
    let unknown = |kind: &str| {
        Ok(Inbound::Unknown {
            kind: kind.to_owned(),
        })
    };
    assert_eq!(
        json(json!({"type": "app_rate_limited"})),
        unknown("app_rate_limited")
    );
    assert_eq!(
        json(json!({"type": "event_callback", "event": null})),
        unknown("event_callback")
    );
    assert_eq!(json(json!({"type": "evil\nline"})), unknown("other"));
    assert_eq!(
        json(json!({"type": "view_closed", "view": null})),
        Ok(Inbound::Closed)
    );
    assert_eq!(
        inbound::parse_envelope("new_kind", Value::Null),
        unknown("new_kind")
    );
    let verification = json(json!({"type": "url_verification", "challenge": "c", "token": "t"}));
    assert_eq!(
        verification,
        Ok(Inbound::UrlVerification {
            challenge: "c".into()
        })
    );
    assert_eq!(json(json!({})), Err(BadRequest::Missing("type")));
    assert_eq!(json(json!("text")), Err(BadRequest::NotReadable));
    assert_eq!(inbound::parse(JSON, b"{"), Err(BadRequest::NotReadable));
    assert_eq!(inbound::parse(JSON, b"\xff"), Err(BadRequest::NotUtf8));
    assert_eq!(inbound::parse(FORM, b"payload=%7B"), Err(BadRequest::NotReadable));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        inbound::parse(JSON, deep.as_bytes()),
        Err(BadRequest::NotReadable)
    );
}

#[test]
fn debug_shows_nothing_that_was_typed_and_no_secret() {
    let mut payload = click();
    payload["view"] = modal()["view"].clone();
    let command = form(&[
        ("command", "/r"),
        ("team_id", "T1"),
        ("user_id", "U1"),
        ("text", "A title"),
        ("response_url", "https://hooks.slack.com/1"),
    ]);
    for inbound in [
        interactive(&payload),
        interactive(&modal()),
        inbound::parse(FORM, &command),
    ] {
        let text = format!("{inbound:?}");
        assert!(text.contains("U1"), "{text}");
        for secret in ["A title", "hooks.slack.com", "R-42", "\"tr\""] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

/// JSON with Slack's keys in the wrong places.
fn jumble() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "type",
        "team",
        "user",
        "view",
        "state",
        "values",
        "actions",
        "event",
        "id",
        "channel",
        "container",
        "message",
        "selected_option",
        "selected_options",
        "value",
        "action_id",
        "payload",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zA-Z0-9_ ]{0,8}".prop_map(Value::from),
        prop::sample::select(vec![
            "block_actions",
            "view_submission",
            "event_callback",
            "message_action"
        ])
        .prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..8)
                .prop_map(|m| Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..512), as_form in any::<bool>()) {
        let _ = inbound::parse(if as_form { FORM } else { JSON }, &body).map(|i| i.dedup_key());
    }

    #[test]
    fn jumbled_payloads_never_panic(mut payload in jumble(), kind in "[a-z_]{0,12}", typed in any::<bool>()) {
        if typed && payload.is_object() {
            payload["type"] = json!("block_actions");
        }
        for kind in [kind.as_str(), "interactive", "events_api", "slash_commands"] {
            let _ = inbound::parse_envelope(kind, payload.clone()).map(|i| i.dedup_key());
        }
    }
}
