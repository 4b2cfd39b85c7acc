//! The local workspace against a tiny bot that answers as told.

#![expect(clippy::unwrap_used, reason = "a test that fails should say where")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, Utc};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use signoff::sandbox::workspace::{
    ActError, Commit, Failure, Fault, Kind, Outcome, Transport, Why, Workspace, sign,
};
use tokio_tungstenite::tungstenite::Message as Frame;

type Answers = Arc<Mutex<Vec<(u16, Value, Duration)>>>;

/// A bot that verifies signatures, keeps what it got and answers from a list (empty 200 by default).
#[derive(Clone, Default)]
struct Bot {
    answers: Answers,
    got: Arc<Mutex<Vec<String>>>,
}

impl Bot {
    fn will(&self, status: u16, body: Value) {
        self.answers.lock().unwrap().push((status, body, Duration::ZERO));
    }

    fn payload(&self) -> Value {
        let got = self.got.lock().unwrap();
        let body = got.last().expect("nothing was delivered");
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        match fields.iter().find(|(key, _)| key == "payload") {
            Some((_, payload)) => serde_json::from_str(payload).unwrap(),
            None if body.starts_with('{') => serde_json::from_str(body).unwrap(),
            None => fields
                .into_iter()
                .map(|(key, value)| (key, json!(value)))
                .collect(),
        }
    }
}

async fn receive(State(bot): State<Bot>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    };
    let expected = sign(
        "sandbox-signing-secret",
        header("x-slack-request-timestamp"),
        &body,
    );
    if header("x-slack-signature") != expected {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    bot.got
        .lock()
        .unwrap()
        .push(String::from_utf8_lossy(&body).into_owned());
    let next = {
        let mut answers = bot.answers.lock().unwrap();
        (!answers.is_empty()).then(|| answers.remove(0))
    };
    let Some((status, body, delay)) = next else {
        return StatusCode::OK.into_response();
    };
    tokio::time::sleep(delay).await;
    (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
}

struct World {
    ws: Workspace,
    bot: Bot,
    api: String,
    client: reqwest::Client,
}

fn clock() -> DateTime<Utc> {
    "2026-11-25T14:00:00Z".parse().unwrap()
}

async fn world() -> World {
    let bot = Bot::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/slack/events", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/slack/events", post(receive))
        .with_state(bot.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let ws = Workspace::builder()
        .with_cast()
        .now(Arc::new(clock))
        .bot_url(&url)
        .build();
    let api = ws.spawn().await.unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_millis(500))
        .build();
    World {
        ws,
        bot,
        api,
        client: client.unwrap(),
    }
}

impl World {
    async fn try_call(&self, method: &str, args: Value) -> Result<reqwest::Response, reqwest::Error> {
        let request = self
            .client
            .post(format!("{}{method}", self.api))
            .bearer_auth(self.ws.bot_token());
        request
            .header("content-type", "application/json; charset=utf-8")
            .body(args.to_string())
            .send()
            .await
    }

    async fn call(&self, method: &str, args: Value) -> Value {
        let response = self.try_call(method, args).await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    async fn error(&self, method: &str, args: Value) -> String {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], false, "{answer}");
        answer["error"].as_str().unwrap().to_owned()
    }
}

fn card() -> Value {
    json!([
        {"type": "header", "text": {"type": "plain_text", "text": "Press"}},
        {"type": "section", "text": {"type": "mrkdwn", "text":
            "*For* <@U0DIRECTOR> until <!date^1795651200^{date_short_pretty} {time}|x>"}},
        {"type": "actions", "block_id": "decide", "elements": [
            {"type": "button", "action_id": "approve", "value": "r1",
             "text": {"type": "plain_text", "text": "Approve"}},
            {"type": "overflow", "action_id": "more", "options": [
                {"text": {"type": "plain_text", "text": "Why?"}, "value": "why"}]},
        ]},
    ])
}

fn modal() -> Value {
    let option = |value: &str| json!({"text": {"type": "plain_text", "text": value}, "value": value});
    let input = |id: &str, optional: bool, element: Value| {
        json!({"type": "input", "block_id": id, "optional": optional, "element": element,
               "label": {"type": "plain_text", "text": id}})
    };
    json!({
        "type": "modal", "callback_id": "review_request", "private_metadata": "m",
        "title": {"type": "plain_text", "text": "New request"},
        "submit": {"type": "plain_text", "text": "File"},
        "blocks": [
            input("category", false, json!({"type": "static_select", "action_id": "value",
                "options": [option("blog"), option("press")], "initial_option": option("blog")})),
            input("title", false, json!({"type": "plain_text_input", "action_id": "value", "max_length": 10})),
            input("wide_impact", true, json!({"type": "checkboxes", "action_id": "value",
                "options": [option("wide")]})),
            input("publish_on", true, json!({"type": "datepicker", "action_id": "value"})),
        ],
    })
}

#[tokio::test]
async fn a_card_is_posted_clicked_and_rewritten() {
    let w = world().await;
    let args = json!({"channel": "U0DIRECTOR", "text": "hi", "blocks": card(), "unfurl_links": false,
        "client_msg_id": "c1", "metadata": {"event_type": "card", "event_payload": {"id": "d1"}}});
    let posted = w.call("chat.postMessage", args).await;
    assert_eq!(
        (&posted["ok"], &posted["channel"]),
        (&json!(true), &json!("D0DIRECTOR"))
    );
    let director = w.ws.user("U0DIRECTOR");
    let message = director.inbox().pop().unwrap();
    assert_eq!(message.text(), "Press\nFor @Director until tomorrow 12:00 AM");
    assert_eq!(message.unfurl_links, Some(false));
    assert!(message.has_button("approve") && message.render().contains("[ Approve ] [ Why? ]"));

    director.click(&message, "approve").await.unwrap();
    let payload = w.bot.payload();
    assert_eq!(payload["container"]["message_ts"], posted["ts"]);
    assert_eq!(payload["actions"][0]["value"], "r1");
    assert_eq!(payload["actions"][0]["block_id"], "decide");
    assert_eq!(payload["message"]["metadata"]["event_payload"]["id"], "d1");
    director.choose(&message, "more", "why").await.unwrap();
    assert_eq!(w.bot.payload()["actions"][0]["selected_option"]["value"], "why");

    let update = json!({"channel": posted["channel"], "ts": posted["ts"], "text": "done", "blocks": []});
    assert_eq!(w.call("chat.update", update).await["ok"], true);
    let now = director.refresh(&message).unwrap();
    assert_eq!((now.text().as_str(), now.versions.len()), ("done", 1));
    let gone = director.click(&message, "approve").await.unwrap_err();
    assert_eq!(gone, ActError::NoSuchButton("approve".to_owned()));
    director
        .click_value(&message, "approve", Some("r1"))
        .await
        .unwrap();
    assert!(
        w.ws.user("U0PM").click(&message, "approve").await.is_err(),
        "not their message"
    );

    let history = json!({"channel": "D0DIRECTOR", "include_all_metadata": true, "limit": 1});
    let history = w.call("conversations.history", history).await;
    assert_eq!(history["messages"][0]["metadata"]["event_payload"]["id"], "d1");
    assert_eq!(w.ws.unexpected().len(), 0);
}

#[tokio::test]
async fn a_command_opens_a_modal_that_is_filled_and_submitted() {
    let w = world().await;
    let pm = w.ws.user("U0PM");
    w.bot.will(200, json!({"text": "Filed *R-1*"}));
    let ack = pm
        .command("/review-request", "press x", "C0GENERAL")
        .await
        .unwrap();
    assert_eq!(
        (ack.outcome.clone(), ack.text().as_str()),
        (Outcome::Replied, "Filed R-1")
    );
    let command = w.bot.payload();
    assert_eq!(
        (&command["text"], &command["channel_name"]),
        (&json!("press x"), &json!("general"))
    );
    let trigger = command["trigger_id"].clone();
    assert_eq!(
        w.call("views.open", json!({"trigger_id": trigger, "view": modal()}))
            .await["ok"],
        true
    );
    let again = json!({"trigger_id": trigger, "view": modal()});
    assert_eq!(w.error("views.open", again).await, "exchanged_trigger_id");

    let refused = pm
        .submit(&[("title", "far too long a title"), ("category", "cake")])
        .await
        .unwrap_err();
    let ActError::Client(fields) = refused else {
        panic!("{refused}")
    };
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["category", "title"]);
    w.bot.will(
        200,
        json!({"response_action": "errors", "errors": {"title": "Taken."}}),
    );
    let values = [
        ("category", "press"),
        ("title", "Launch"),
        ("wide_impact", "wide"),
    ];
    let ack = pm
        .submit(&[values[0], values[1], values[2], ("publish_on", "2026-12-01")])
        .await
        .unwrap();
    assert_eq!(ack.errors()["title"], "Taken.");
    let state = &w.bot.payload()["view"]["state"]["values"];
    assert_eq!(state["category"]["value"]["selected_option"]["value"], "press");
    assert_eq!(
        state["wide_impact"]["value"]["selected_options"][0]["value"],
        "wide"
    );
    assert_eq!(state["publish_on"]["value"]["selected_date"], "2026-12-01");
    assert!(pm.modal().unwrap().render().contains("title: [Launch]"));

    w.bot.will(
        200,
        json!({"response_action": "errors", "errors": {"nonsense": "?"}}),
    );
    assert!(matches!(
        pm.submit(&[]).await.unwrap().outcome,
        Outcome::Failed(Failure::Body(_))
    ));
    assert_eq!(w.ws.forgive()[0].why, Why::FailedAck);
    assert_eq!(pm.submit(&[]).await.unwrap().outcome, Outcome::Closed);
    assert!(pm.modal().is_none());

    let url = command["response_url"].as_str().unwrap().to_owned();
    for status in [200, 200, 200, 200, 200, 404] {
        let request = w.client.post(&url).header("content-type", "application/json");
        let answer = request
            .body(json!({"text": "later"}).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status);
    }
    assert_eq!(pm.ephemerals().len(), 6);
    let outsider =
        w.ws.user("U0STRANGER")
            .command("/review-request", "", "C0GENERAL")
            .await;
    assert!(matches!(outsider, Err(ActError::Outsider(_))));
}

#[tokio::test]
async fn slack_refuses_what_it_refuses() {
    let w = world().await;
    let post = |channel: &str| json!({"channel": channel, "text": "x"});
    assert_eq!(
        w.error("chat.postMessage", post("C0NOWHERE")).await,
        "channel_not_found"
    );
    w.ws.set_kind("U0MIA", Kind::Deactivated);
    assert_eq!(w.error("chat.postMessage", post("U0MIA")).await, "user_disabled");
    w.ws.remove_bot("C0MARKETING");
    assert_eq!(
        w.error("chat.postMessage", post("C0MARKETING")).await,
        "not_in_channel"
    );
    w.ws.archive("C0GENERAL");
    assert_eq!(
        w.error("chat.postMessage", post("C0GENERAL")).await,
        "is_archived"
    );
    assert_eq!(
        w.error("views.open", json!({"trigger_id": "1.2.x", "view": modal()}))
            .await,
        "invalid_trigger_id"
    );
    let members = w
        .call("usergroups.users.list", json!({"usergroup": "S0MARKETING"}))
        .await;
    assert_eq!(members["users"], json!(["U0MARK"]));
    assert_eq!(
        w.call("users.info", json!({"user": "U0STRANGER"})).await["user"]["is_stranger"],
        true
    );
    w.ws.drop_scope("users:read");
    assert_eq!(
        w.error("users.info", json!({"user": "U0PM"})).await,
        "missing_scope"
    );
    assert_eq!(w.ws.unexpected().len(), 0);

    let mut blocks = card();
    blocks[2]["elements"][0]["text"]["text"] = json!("x".repeat(76));
    blocks[2]["elements"][1]["action_id"] = json!("approve");
    let bad = json!({"channel": "U0PM", "blocks": blocks});
    let answer = w.call("chat.postMessage", bad).await;
    assert_eq!(answer["error"], "invalid_blocks");
    let messages = answer["response_metadata"]["messages"].to_string();
    assert!(messages.contains("less than 76 characters [json-pointer:/blocks/2/elements/0/text/text]"));
    assert!(messages.contains("action_id approve already exists"));
    let long = json!({"channel": "U0PM", "text": "x".repeat(4001)});
    assert_eq!(w.error("chat.postMessage", long).await, "msg_too_long");
    assert_eq!(
        w.error("chat.postMessage", json!({"channel": "U0PM"})).await,
        "no_text"
    );
    assert_eq!(w.error("chat.shout", json!({})).await, "unknown_method");
    let left: Vec<Why> = w.ws.unexpected().iter().map(|left| left.why).collect();
    use Why::{RefusedPayload as R, UnknownMethod as U};
    assert_eq!(left, [R, R, R, U]);
    w.ws.revoke_token();
    assert_eq!(w.error("auth.test", json!({})).await, "token_revoked");
    let shown = serde_json::to_string(&w.ws.wire()).unwrap();
    assert!(!shown.contains(&w.ws.bot_token()));
}

#[tokio::test]
async fn late_and_broken_acks_are_reported() {
    let w = world().await;
    let pm = w.ws.user("U0PM");
    w.ws.set_ack_limit(Duration::from_millis(100));
    w.bot
        .answers
        .lock()
        .unwrap()
        .push((200, json!({}), Duration::from_millis(400)));
    let ack = pm.command("/review-request", "", "C0GENERAL").await.unwrap();
    assert_eq!(ack.failure(), Some(&Failure::Timeout));
    assert!(ack.text().contains("operation_timeout"));
    w.ws.set_ack_limit(Duration::from_secs(3));
    w.bot.will(500, json!({}));
    let ack = pm.command("/review-request", "", "C0GENERAL").await.unwrap();
    assert_eq!(ack.failure(), Some(&Failure::Status(500)));
    assert_eq!(w.ws.unexpected().len(), 2);
    let unsigned = w.ws.deliver_raw(&[], "command=x").await.unwrap();
    assert_eq!(unsigned.status, 401);
    let again = w.ws.send(&ack.delivery, Some((1, "http_timeout"))).await.unwrap();
    assert_eq!(again.status, 200);
}

#[tokio::test]
async fn faults_before_and_after_the_commit() {
    let w = world().await;
    let post = || w.try_call("chat.postMessage", json!({"channel": "U0PM", "text": "x"}));
    let inbox = || w.ws.user("U0PM").inbox().len();
    let fault = |fault| w.ws.faults().next("chat.postMessage", fault);
    fault(Fault::RateLimited {
        retry_after: Some("7".to_owned()),
    });
    let limited = post().await.unwrap();
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    fault(Fault::Status(503, Commit::Before));
    assert_eq!((post().await.unwrap().status().as_u16(), inbox()), (503, 0));
    fault(Fault::Status(503, Commit::After));
    assert_eq!((post().await.unwrap().status().as_u16(), inbox()), (503, 1));
    fault(Fault::Hang(Commit::After));
    assert!(post().await.unwrap_err().is_timeout());
    assert_eq!(inbox(), 2);
    fault(Fault::Reset(Commit::Before));
    assert!(!post().await.unwrap_err().is_timeout());
    assert_eq!(inbox(), 2);
    fault(Fault::Reset(Commit::After));
    assert!(post().await.is_err());
    assert_eq!(inbox(), 3);
    fault(Fault::Late(Duration::from_millis(50)));
    assert!(post().await.is_err());
    assert_eq!(inbox(), 3, "not yet");
    let arrived = |ws: &Workspace| (ws.user("U0PM").inbox().len() == 4).then_some(());
    let late = w.ws.until(Duration::from_secs(5), arrived).await;
    assert!(late.is_some(), "it comes all the same");
    fault(Fault::NotJson);
    assert_eq!((post().await.unwrap().status().as_u16(), inbox()), (200, 5));
    w.ws.faults().next_in("*", "U0MIA", Fault::Html);
    let date = post().await.unwrap().headers()["date"].clone();
    assert_eq!(
        (date, inbox()),
        ("Wed, 25 Nov 2026 14:00:00 GMT".parse().unwrap(), 6)
    );
    assert_eq!(w.ws.faults().pending(), 1);
    w.ws.faults().clear();

    w.ws.enforce_rates(true);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(post().await.unwrap().status().as_u16());
    }
    assert!(
        statuses.starts_with(&[200, 200]) && statuses.contains(&429),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn home_shortcuts_and_response_urls() {
    let w = world().await;
    let pm = w.ws.user("U0PM");
    pm.open_home().await.unwrap();
    assert_eq!(w.bot.payload()["event"]["type"], "app_home_opened");
    let view = json!({"type": "home", "blocks": card()});
    let home = w
        .call("views.publish", json!({"user_id": "U0PM", "view": view}))
        .await;
    let stale = json!({"user_id": "U0PM", "view": view, "hash": "1.x"});
    assert_eq!(w.error("views.publish", stale).await, "hash_conflict");
    pm.click_home("approve", 0).await.unwrap();
    assert_eq!(w.bot.payload()["view"]["hash"], home["view"]["hash"]);
    let note = pm.say("C0GENERAL", "https://x.test/post", None).unwrap();
    pm.message_shortcut("request_review", &note).await.unwrap();
    let shortcut = w.bot.payload();
    assert_eq!(
        (&shortcut["type"], &shortcut["message"]["ts"]),
        (&json!("message_action"), &json!(note.ts))
    );
    pm.global_shortcut("new_request").await.unwrap();
    assert_eq!(w.bot.payload()["type"], "shortcut");

    let posted = w
        .call("chat.postMessage", json!({"channel": "U0PM", "blocks": card()}))
        .await;
    let message = pm.inbox().pop().unwrap();
    pm.click(&message, "approve").await.unwrap();
    let url = w.bot.payload()["response_url"].as_str().unwrap().to_owned();
    let body = json!({"replace_original": true, "text": "done"}).to_string();
    w.client
        .post(url)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    let message = pm.inbox().pop().unwrap();
    assert_eq!(
        (json!(message.ts), message.text()),
        (posted["ts"].clone(), "done".to_owned())
    );
    assert_eq!(w.ws.unexpected().len(), 0);
}

#[tokio::test]
async fn socket_mode_round_trip() {
    let w = world().await;
    w.ws.set_transport(Transport::Socket);
    let pm = w.ws.user("U0PM");
    let none = pm.command("/review-request", "", "C0GENERAL").await.unwrap();
    assert_eq!(none.failure(), Some(&Failure::NoConnection));
    let request = w
        .client
        .post(format!("{}apps.connections.open", w.api))
        .bearer_auth(w.ws.app_token());
    let opened: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    let url = opened["url"].as_str().unwrap().to_owned();
    let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    tokio::spawn(async move {
        while let Some(Ok(frame)) = socket.next().await {
            let Frame::Text(text) = frame else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap();
            log.lock()
                .unwrap()
                .push(frame["type"].as_str().unwrap_or_default().to_owned());
            if let Some(id) = frame.get("envelope_id") {
                let ack = json!({"envelope_id": id, "payload": {"text": "via socket"}});
                socket.send(Frame::text(ack.to_string())).await.unwrap();
            }
        }
        log.lock().unwrap().push("closed".to_owned());
    });
    let open = |ws: &Workspace| (ws.socket().connections() == 1).then_some(());
    w.ws.until(Duration::from_secs(5), open).await.unwrap();
    w.ws.socket().duplicate_next(1);
    let ack = pm.command("/review-request", "x", "C0GENERAL").await.unwrap();
    assert_eq!(ack.text(), "via socket");
    assert!(
        tokio_tungstenite::connect_async(&url).await.is_err(),
        "a ticket works once"
    );
    w.ws.set_ack_limit(Duration::from_millis(200));
    w.ws.socket().drop_acks(1);
    let ack = pm.open_home().await.unwrap();
    assert_eq!(
        (ack.failure(), w.ws.socket().timeouts()),
        (Some(&Failure::Timeout), 1)
    );
    w.ws.socket().disconnect("refresh_requested");
    let closed = |ws: &Workspace| (ws.socket().connections() == 0).then_some(());
    w.ws.until(Duration::from_secs(5), closed).await.unwrap();
    let why: Vec<Why> = w.ws.forgive().iter().map(|left| left.why).collect();
    assert_eq!(why, [Why::FailedAck, Why::FailedAck]);
    let kinds = [
        "hello",
        "slash_commands",
        "slash_commands",
        "events_api",
        "disconnect",
    ];
    assert_eq!(seen.lock().unwrap()[..5], kinds);
}

#[tokio::test]
async fn views_stack_update_and_close() {
    let w = world().await;
    let pm = w.ws.user("U0PM");
    pm.global_shortcut("new_request").await.unwrap();
    let trigger = w.bot.payload()["trigger_id"].clone();
    let opened = w
        .call("views.open", json!({"trigger_id": trigger, "view": modal()}))
        .await;
    let id = opened["view"]["id"].clone();
    let update = |hash: &Value| json!({"view_id": id, "hash": hash, "view": modal()});
    let updated = w.call("views.update", update(&opened["view"]["hash"])).await;
    assert_eq!(updated["ok"], true);
    assert_eq!(
        w.error("views.update", update(&opened["view"]["hash"])).await,
        "hash_conflict"
    );

    let mut reason = modal();
    reason["notify_on_close"] = json!(true);
    reason["blocks"] = json!([reason["blocks"][1]]);
    w.bot
        .will(200, json!({"response_action": "push", "view": reason}));
    let ack = pm.submit(&[("title", "x")]).await.unwrap();
    assert_eq!(ack.outcome, Outcome::Pushed);
    let top = pm.modal().unwrap();
    assert_eq!(
        (json!(top.previous_view_id), top.inputs()),
        (id.clone(), vec!["title".to_owned()])
    );
    pm.close_modal().await.unwrap().unwrap();
    assert_eq!(w.bot.payload()["type"], "view_closed");
    assert_eq!(json!(pm.modal().unwrap().id), id);
    w.bot.will(
        200,
        json!({"response_action": "update", "view": {"type": "modal"}}),
    );
    assert!(
        pm.submit(&[]).await.unwrap().failure().is_some(),
        "a view without a title"
    );
    assert_eq!(w.ws.forgive().len(), 1);
    w.bot.will(200, json!({"response_action": "clear"}));
    assert_eq!(pm.submit(&[]).await.unwrap().outcome, Outcome::Cleared);

    pm.global_shortcut("new_request").await.unwrap();
    w.ws.expire_triggers();
    let late = json!({"trigger_id": w.bot.payload()["trigger_id"], "view": modal()});
    assert_eq!(w.error("views.open", late).await, "expired_trigger_id");
    assert_eq!(w.ws.unexpected().len(), 0);
}

#[tokio::test]
async fn threads_forms_and_stale_signatures() {
    let w = world().await;
    let card = w
        .call(
            "chat.postMessage",
            json!({"channel": "C0MARKETING", "text": "card"}),
        )
        .await;
    let reply = json!({"channel": "C0MARKETING", "text": "reply", "thread_ts": card["ts"]});
    w.call("chat.postMessage", reply).await;
    let channel = w.ws.channel("C0MARKETING");
    assert_eq!(
        (
            channel.messages().len(),
            channel.thread(card["ts"].as_str().unwrap()).len()
        ),
        (1, 1)
    );
    let theirs = w.ws.user("U0MARK").say("C0MARKETING", "hello", None).unwrap();
    let update = json!({"channel": "C0MARKETING", "ts": theirs.ts, "text": "x"});
    assert_eq!(w.error("chat.update", update).await, "cant_update_message");

    let url = format!("{}conversations.history?channel=C0MARKETING&limit=1", w.api);
    let page = w
        .client
        .get(url)
        .bearer_auth(w.ws.bot_token())
        .send()
        .await
        .unwrap();
    let page: Value = serde_json::from_str(&page.text().await.unwrap()).unwrap();
    assert_eq!(
        (&page["has_more"], &page["messages"][0]["ts"]),
        (&json!(true), &json!(theirs.ts))
    );
    let next = json!({"channel": "C0MARKETING", "cursor": page["response_metadata"]["next_cursor"]});
    assert_eq!(
        w.call("conversations.history", next).await["messages"][0]["ts"],
        card["ts"]
    );

    let blocks = json!([{"type": "divider"}]).to_string();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("token", w.ws.bot_token()),
            ("channel", "U0PM".into()),
            ("blocks", blocks),
        ])
        .finish();
    let request = w.client.post(format!("{}chat.postMessage", w.api)).body(form);
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .send()
        .await
        .unwrap();
    assert_eq!(w.ws.user("U0PM").inbox()[0].blocks[0]["type"], "divider");

    let ephemeral = json!({"channel": "C0MARKETING", "user": "U0PM", "text": "psst"});
    w.call("chat.postEphemeral", ephemeral).await;
    assert_eq!(w.ws.user("U0PM").ephemerals()[0].text(), "psst");
    w.ws.sign_at(Some(1));
    let headers = w.ws.signed_headers("application/json", b"{}");
    assert_eq!(
        headers[1],
        ("x-slack-request-timestamp".to_owned(), "1".to_owned())
    );
    assert_eq!(w.ws.verify_url("c").await.unwrap().status, 200);
}
