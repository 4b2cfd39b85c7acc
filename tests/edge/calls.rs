//! The way out, call by call: what is sent, and what is read from the answers.

use super::support::*;
use axum::{
    http::{Method, StatusCode, header},
    response::IntoResponse,
};
use serde_json::{Value, json};
use signoff::slack::DeliveryError;
use slack_morphism::prelude::*;
use std::time::Duration;

#[tokio::test]
async fn a_message_is_sent_the_way_every_message_of_ours_is() {
    let slack = FakeSlack::answering(|seen| {
        let echo = json!({"ok": true, "channel": "D9", "ts": "1.2", "message": {"blocks": [{"type": "from_the_future"}]},
            "warning": "missing_charset"});
        assert_eq!(seen.method, Method::POST);
        axum::Json(echo).into_response()
    })
    .await;
    let sloppy = message()
        .with_link_names(true)
        .with_parse("full".into())
        .with_unfurl_links(true);
    let posted = slack
        .gateway()
        .post_message(&sloppy, Some("delivery-1"))
        .await
        .expect("posted");
    assert_eq!((posted.channel.as_str(), posted.ts.as_str()), ("D9", "1.2"));

    let seen = &slack.seen()[0];
    assert_eq!(seen.uri.path(), "/api/chat.postMessage");
    assert_eq!(
        seen.header("authorization"),
        Some(format!("Bearer {TOKEN}").as_str())
    );
    assert_eq!(
        seen.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert!(
        seen.header("user-agent")
            .is_some_and(|agent| agent.starts_with("signoff/"))
    );
    let expected = json!({"channel": "C1", "text": "Secret title", "parse": "none", "unfurl_links": false,
        "unfurl_media": false, "client_msg_id": "delivery-1"});
    assert_eq!(seen.json(), expected);
    assert_eq!(seen.body.matches("\"parse\"").count(), 1, "no key twice");
}

#[tokio::test]
async fn updates_and_ephemerals_are_plain_too() {
    let slack = FakeSlack::json(json!({"ok": true, "channel": "C1", "ts": "1.2", "message_ts": "1.3"})).await;
    let content = SlackMessageContent::new().with_text("t".into());
    let update =
        SlackApiChatUpdateRequest::new("C1".into(), content.clone(), "1.2".into()).with_link_names(true);
    slack.gateway().update_message(&update).await.expect("updated");
    let ephemeral = SlackApiChatPostEphemeralRequest::new("C1".into(), "U1".into(), content);
    slack.gateway().post_ephemeral(&ephemeral).await.expect("shown");
    for seen in slack.seen() {
        let body = seen.json();
        assert_eq!(
            (&body["parse"], &body["unfurl_links"]),
            (&json!("none"), &json!(false)),
            "{}",
            seen.uri
        );
        assert_eq!(
            (&body["link_names"], &body["client_msg_id"]),
            (&Value::Null, &Value::Null),
            "{}",
            seen.uri
        );
    }
}

#[tokio::test]
async fn views_are_opened_updated_and_published() {
    let slack =
        FakeSlack::json(json!({"ok": true, "view": {"id": "V1", "hash": "h", "type": "new_kind"}})).await;
    let gateway = slack.gateway();
    let home = SlackHomeView::new(vec![]);
    gateway
        .open_view("trigger", SlackView::Home(home.clone()))
        .await
        .expect("opened");
    gateway
        .update_view("V1", Some("h"), SlackView::Home(home.clone()))
        .await
        .expect("updated");
    gateway.publish_view("U1", home).await.expect("published");
    let bodies: Vec<Value> = slack.seen().iter().map(Seen::json).collect();
    assert_eq!(bodies[0]["trigger_id"], "trigger");
    assert_eq!(
        (&bodies[1]["view_id"], &bodies[1]["hash"]),
        (&json!("V1"), &json!("h"))
    );
    assert_eq!(
        (&bodies[2]["user_id"], &bodies[2]["view"]["type"]),
        (&json!("U1"), &json!("home"))
    );
}

#[tokio::test]
async fn people_in_every_shape() {
    let slack = FakeSlack::answering(|seen| {
        let id = seen.uri.query().and_then(|q| q.strip_prefix("user=")).unwrap_or_default().to_owned();
        let user = match id.as_str() {
            "UFULL" => json!({"id": id, "team_id": "T1", "name": "ada", "real_name": "Ada Lovelace", "deleted": false,
                "tz": "Europe/London", "tz_offset": 3600, "is_bot": false, "is_restricted": true, "is_stranger": true,
                "profile": {"display_name": "Ada", "status_emoji": ":palm_tree:", "status_expiration": 1_700_000_000}}),
            "UNULL" => json!({"id": id, "team_id": null, "name": null, "real_name": null, "tz": null, "tz_offset": null,
                "is_bot": null, "profile": null, "enterprise_user": null}),
            "UGRID" => json!({"id": id, "name": "grid", "enterprise_user": {"teams": ["T1", "T2"]},
                "profile": {"display_name": "", "real_name": "Grid", "status_expiration": 0}}),
            "USLACKBOT" => json!({"id": id, "team_id": "T1", "name": "slackbot", "is_bot": false}),
            "UBARE" => json!({"id": id}),
            _ => return axum::Json(json!({"ok": false, "error": "user_not_found"})).into_response(),
        };
        axum::Json(json!({"ok": true, "user": user})).into_response()
    })
    .await;
    let gateway = slack.gateway();
    let full = gateway.user_info("UFULL").await.expect("a person");
    assert_eq!(
        (full.name.as_str(), full.tz.as_deref(), full.tz_offset),
        ("Ada", Some("Europe/London"), Some(3600))
    );
    assert!(full.is_restricted && full.is_stranger && !full.is_bot && !full.deleted);
    assert_eq!(full.status_expiration.map(|d| d.timestamp()), Some(1_700_000_000));
    let null = gateway.user_info("UNULL").await.expect("a person");
    assert_eq!((null.name.as_str(), null.team_id, null.tz), ("UNULL", None, None));
    let grid = gateway.user_info("UGRID").await.expect("a person");
    assert_eq!(
        (grid.name.as_str(), grid.status_emoji, grid.status_expiration),
        ("Grid", None, None)
    );
    assert_eq!(grid.enterprise_teams, ["T1", "T2"]);
    assert!(gateway.user_info("USLACKBOT").await.expect("a person").is_bot);
    assert_eq!(gateway.user_info("UBARE").await.expect("a person").name, "UBARE");
    assert_eq!(
        gateway.user_info("UNOBODY").await,
        Err(DeliveryError::Gone {
            code: "user_not_found".into()
        })
    );
    assert_eq!(slack.seen()[0].method, Method::GET);
}

#[tokio::test]
async fn groups_channels_and_histories() {
    let slack = FakeSlack::answering(|seen| {
        let body = match seen.uri.path() {
            "/api/usergroups.users.list" => json!({"ok": true, "users": ["U1", "U2"]}),
            "/api/conversations.info" => json!({"ok": true, "channel": {"id": "C1", "name": null, "is_member": true,
                "is_archived": false, "created": "odd"}}),
            "/api/conversations.open" => json!({"ok": true, "channel": {"id": "D1"}}),
            "/api/conversations.history" => match seen.uri.query().is_some_and(|q| q.contains("cursor=n%3D")) {
                false => json!({"ok": true, "has_more": true, "messages": [
                    {"ts": "1.1", "text": "x", "client_msg_id": "d1", "blocks": [{"type": "new", "block_id": "b"}],
                     "metadata": {"event_type": "t", "event_payload": {"delivery": "d1", "n": 1}}},
                    {"subtype": "odd"}], "response_metadata": {"next_cursor": "n="}}),
                true => json!({"ok": true, "has_more": false, "messages": [{"ts": "1.2"}]}),
            },
            _ => json!({"ok": true, "messages": []}),
        };
        axum::Json(body).into_response()
    })
    .await;
    let gateway = slack.gateway();
    assert_eq!(
        gateway.usergroup_members("S1").await.expect("a group"),
        ["U1", "U2"]
    );
    let channel = gateway.conversation_info("C1").await.expect("a channel");
    assert!(channel.is_member && !channel.is_archived && channel.name.is_empty());
    assert_eq!(gateway.open_dm("U1").await.expect("a DM"), "D1");
    let (messages, more) = gateway.messages_since("C1", "1.0").await.expect("a history");
    assert!(!more);
    let ts: Vec<&str> = messages.iter().map(|message| message.ts.as_str()).collect();
    assert_eq!(ts, ["1.1", "", "1.2"], "page after page");
    assert_eq!(
        messages[0].metadata.get("delivery").map(String::as_str),
        Some("d1")
    );
    let query = slack
        .seen()
        .last()
        .and_then(|s| s.uri.query().map(str::to_owned))
        .unwrap_or_default();
    assert!(query.contains("include_all_metadata=true"), "{query}");
}

#[tokio::test]
async fn a_history_without_end_is_not_read_for_ever() {
    let slack = FakeSlack::answering(|_| {
        let body = json!({"ok": true, "has_more": true, "messages": [{"ts": "1.1"}],
            "response_metadata": {"next_cursor": "n="}});
        axum::Json(body).into_response()
    })
    .await;
    let (messages, more) = slack
        .gateway()
        .messages_since("C1", "1.0")
        .await
        .expect("a history");
    assert!(more, "what was not seen is not denied");
    assert_eq!((messages.len(), slack.seen().len()), (10, 10));
}

#[tokio::test]
async fn who_we_are_and_what_time_slack_has() {
    let slack = FakeSlack::answering(|_| {
        let headers = [
            ("x-oauth-scopes", "chat:write, commands,users:read"),
            ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ];
        answer(
            200,
            &headers,
            r#"{"ok":true,"team_id":"T1","user_id":"UBOT","bot_id":null,"url":"x"}"#,
        )
    })
    .await;
    let gateway = slack.gateway();
    assert!(gateway.last_server_date().is_none());
    let who = gateway.auth_test().await.expect("known");
    assert_eq!(
        (who.team_id.as_str(), who.user_id.as_str(), who.bot_id),
        ("T1", "UBOT", None)
    );
    assert_eq!(who.scopes, ["chat:write", "commands", "users:read"]);
    let _ = gateway.user_info("U1").await;
    let (server, read_at) = gateway.quick().last_server_date().expect("heard");
    assert_eq!(server.to_rfc3339(), "2026-10-21T07:28:00+00:00");
    assert!(read_at.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_response_url_gets_no_token_and_must_be_slacks() {
    let slack = FakeSlack::answering(|seen| match seen.uri.path() {
        "/used" => answer(200, &[], r#"{"ok":false,"error":"used_url"}"#),
        "/old" => answer(404, &[], "<html>"),
        "/busy" => answer(429, &[("retry-after", "3")], ""),
        "/broken" => StatusCode::BAD_GATEWAY.into_response(),
        _ => ([(header::CONTENT_TYPE, "text/html")], "ok").into_response(),
    })
    .await;
    let (gateway, body) = (slack.gateway(), json!({"text": "hi"}));
    let respond = async |path: &str| {
        gateway
            .respond(&format!("http://{}/{path}", slack.address), &body)
            .await
    };
    assert_eq!(respond("good").await, Ok(()));
    assert_eq!(
        respond("used").await,
        Err(DeliveryError::Gone {
            code: "used_url".into()
        })
    );
    assert_eq!(
        respond("old").await,
        Err(DeliveryError::Gone {
            code: "http_404".into()
        })
    );
    assert_eq!(respond("busy").await, Err(retry(Some(3), "ratelimited")));
    assert_eq!(respond("broken").await, Err(in_doubt("http_502")));
    assert!(
        slack
            .seen()
            .iter()
            .all(|seen| seen.header("authorization").is_none())
    );

    let elsewhere = FakeSlack::json(json!({"ok": true})).await;
    for (url, code) in [
        (format!("http://{}/x", elsewhere.address), "foreign_response_url"),
        (
            "https://evil.example/hooks.slack.com".to_owned(),
            "foreign_response_url",
        ),
        ("not an address".to_owned(), "bad_response_url"),
    ] {
        let expected = DeliveryError::Ours {
            code: code.into(),
            detail: String::new(),
        };
        assert_eq!(gateway.respond(&url, &body).await, Err(expected));
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn sockets_are_opened_with_the_app_token_and_only_over_tls_from_afar() {
    let slack = FakeSlack::json(json!({"ok": true, "url": "ws://127.0.0.1:1/link?ticket=t"})).await;
    let app_token: SlackApiTokenValue = "xapp-1".to_owned().into();
    let url = slack
        .gateway()
        .open_socket(&app_token)
        .await
        .expect("local and plain");
    assert_eq!(url.scheme(), "ws");
    assert_eq!(slack.seen()[0].header("authorization"), Some("Bearer xapp-1"));
    let odd = FakeSlack::json(json!({"ok": true, "url": "file:///etc/passwd"})).await;
    let error = odd
        .gateway()
        .open_socket(&app_token)
        .await
        .expect_err("no socket");
    assert_eq!(error.code(), "insecure_socket_url");
}
