//! Socket Mode against a workspace of our own.

use super::support::*;
use axum::{
    Json, Router,
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
    routing::{get, post},
};
use serde_json::{Value, json};
use signoff::slack::{
    Handler, Inbound, Reply, SocketError, SocketMode, SocketSettings, SocketStatus, Surface, handler,
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Slack {
    address: Arc<OnceLock<SocketAddr>>,
    sockets: mpsc::UnboundedSender<WebSocket>,
    /// How often it refuses the token from now on.
    refusals: Arc<AtomicUsize>,
}

/// The workspace, with a client that runs against it.
struct Story {
    sockets: mpsc::UnboundedReceiver<WebSocket>,
    refusals: Arc<AtomicUsize>,
    status: watch::Receiver<SocketStatus>,
    stop: CancellationToken,
    running: JoinHandle<Result<(), SocketError>>,
}

fn quick() -> SocketSettings {
    SocketSettings {
        backoff_min: Duration::from_millis(10),
        backoff_max: Duration::from_millis(20),
        disabled_wait: Duration::from_millis(20),
        ..SocketSettings::default()
    }
}

impl Story {
    async fn new(handler: Handler) -> Self {
        Self::with(quick(), handler).await
    }

    async fn with(settings: SocketSettings, handler: Handler) -> Self {
        let (send, sockets) = mpsc::unbounded_channel();
        let slack = Slack {
            address: Arc::default(),
            sockets: send,
            refusals: Arc::default(),
        };
        let refusals = Arc::clone(&slack.refusals);
        let router = Router::new()
            .route("/api/apps.connections.open", post(open))
            .route("/link", get(link))
            .with_state(slack.clone());
        let address = serve(router).await;
        slack.address.set(address).expect("set once");
        let client =
            SocketMode::new(gateway(address), "xapp-1".to_owned().into(), handler).with_settings(settings);
        let (status, stop) = (client.status(), CancellationToken::new());
        let running = tokio::spawn(client.run(stop.clone()));
        Self {
            sockets,
            refusals,
            status,
            stop,
            running,
        }
    }

    /// The next connection, greeted.
    async fn connection(&mut self) -> WebSocket {
        let mut socket = self.ungreeted().await;
        say(
            &mut socket,
            &json!({"type": "hello", "num_connections": 1, "debug_info": {}}),
        )
        .await;
        socket
    }

    async fn ungreeted(&mut self) -> WebSocket {
        timeout(PATIENCE, self.sockets.recv())
            .await
            .expect("in time")
            .expect("a connection")
    }

    async fn until(&mut self, wanted: SocketStatus) {
        let waiting = self.status.wait_for(|status| *status == wanted);
        timeout(PATIENCE, waiting)
            .await
            .expect("in time")
            .expect("running");
    }

    async fn finish(self) {
        self.stop.cancel();
        let ended = timeout(PATIENCE, self.running)
            .await
            .expect("in time")
            .expect("no panic");
        assert_eq!(ended, Ok(()));
    }
}

async fn open(State(slack): State<Slack>) -> Json<Value> {
    let fewer = |left: usize| left.checked_sub(1);
    if slack
        .refusals
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer)
        .is_ok()
    {
        return Json(json!({"ok": false, "error": "token_revoked"}));
    }
    let address = slack.address.get().expect("set before the client starts");
    Json(json!({"ok": true, "url": format!("ws://{address}/link?ticket=secret")}))
}

async fn link(State(slack): State<Slack>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| {
        let _ = slack.sockets.send(socket);
    })
}

async fn say(socket: &mut WebSocket, frame: &Value) {
    socket.send(Message::text(frame.to_string())).await.expect("sent");
}

/// The next ack; pings are answered by the library on the way.
async fn ack(socket: &mut WebSocket) -> Value {
    loop {
        match timeout(PATIENCE, socket.recv()).await.expect("in time") {
            Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("JSON"),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn envelope(id: &str, text: &str) -> Value {
    json!({"type": "slash_commands", "envelope_id": id, "accepts_response_payload": true, "payload":
        {"command": "/r", "team_id": "T1", "user_id": "U1", "text": text, "trigger_id": id}})
}

fn text(inbound: &Inbound) -> &str {
    match inbound {
        Inbound::Command(command) => &command.text,
        other => panic!("{other:?}"),
    }
}

/// Says what it was told.
fn echo() -> Handler {
    handler(|inbound, surface| async move {
        assert_eq!(surface, Surface::Socket);
        match inbound {
            Inbound::Command(command) => match command.text.as_str() {
                "panic" => panic!("as asked"),
                "unsaved" => Reply::Unavailable,
                "json" => Reply::Json(json!({"blocks": []})),
                "" => Reply::Empty,
                text => Reply::Text(text.to_owned()),
            },
            _ => Reply::Json(json!({"text": "not for you"})),
        }
    })
}

#[tokio::test]
async fn envelopes_are_answered_and_acknowledged() {
    let mut story = Story::new(echo()).await;
    let mut socket = story.connection().await;
    story.until(SocketStatus::Connected(1)).await;
    say(&mut socket, &envelope("1", "hello")).await;
    assert_eq!(
        ack(&mut socket).await,
        json!({"envelope_id": "1", "payload": {"text": "hello"}})
    );
    say(&mut socket, &envelope("2", "json")).await;
    assert_eq!(
        ack(&mut socket).await,
        json!({"envelope_id": "2", "payload": {"blocks": []}})
    );
    say(&mut socket, &envelope("3", "")).await;
    assert_eq!(ack(&mut socket).await, json!({"envelope_id": "3"}));
    let event = json!({"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_home_opened", "user": "U1"}});
    let event = json!({"type": "events_api", "envelope_id": "4", "accepts_response_payload": false, "payload": event,
        "retry_attempt": 1, "retry_reason": "timeout"});
    say(&mut socket, &event).await;
    assert_eq!(
        ack(&mut socket).await,
        json!({"envelope_id": "4"}),
        "an event takes no payload"
    );
    story.finish().await;
}

#[tokio::test]
async fn what_cannot_be_handled_is_not_acknowledged_and_the_connection_lives_on() {
    let mut story = Story::new(echo()).await;
    let mut socket = story.connection().await;
    for odd in [
        "",
        "{",
        "[]",
        "null",
        "7",
        r#"{"type":"novelty"}"#,
        r#"{"envelope_id":null,"type":null}"#,
    ] {
        socket.send(Message::text(odd)).await.expect("sent");
    }
    socket.send(Message::binary(vec![0, 255])).await.expect("sent");
    say(&mut socket, &envelope("1", "panic")).await;
    say(&mut socket, &envelope("2", "unsaved")).await;
    say(
        &mut socket,
        &json!({"type": "interactive", "envelope_id": "3", "payload": {"no": "type"}}),
    )
    .await;
    say(&mut socket, &json!({"type": "interactive", "envelope_id": "4"})).await;
    // A kind nobody knows is acknowledged, or it would come again for ever. It is also the first ack.
    say(
        &mut socket,
        &json!({"type": "novelty", "envelope_id": "5", "payload": {"x": 1}}),
    )
    .await;
    assert_eq!(ack(&mut socket).await, json!({"envelope_id": "5"}));
    say(&mut socket, &envelope("6", "still here")).await;
    assert_eq!(ack(&mut socket).await["envelope_id"], "6");
    story.finish().await;
}

#[tokio::test]
async fn a_warning_opens_the_next_connection_before_the_old_one_goes() {
    for reason in [
        "warning",
        "refresh_requested",
        "a_new_reason",
        "too_many_websockets",
    ] {
        let mut story = Story::new(echo()).await;
        let mut old = story.connection().await;
        say(
            &mut old,
            &json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "h"}}),
        )
        .await;
        let mut new = story.connection().await;
        story.until(SocketStatus::Connected(2)).await;
        say(&mut old, &envelope("1", "on the old")).await;
        say(&mut new, &envelope("2", "on the new")).await;
        assert_eq!(ack(&mut old).await["envelope_id"], "1");
        assert_eq!(ack(&mut new).await["envelope_id"], "2");
        drop(old);
        story.until(SocketStatus::Connected(1)).await;
        say(&mut new, &envelope("3", "alone")).await;
        assert_eq!(ack(&mut new).await["envelope_id"], "3");
        story.finish().await;
    }
}

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let mut story = Story::new(echo()).await;
    for _ in 0..3 {
        let socket = story.connection().await;
        story.until(SocketStatus::Connected(1)).await;
        drop(socket);
        story.until(SocketStatus::Reconnecting).await;
    }
    let mut socket = story.connection().await;
    say(&mut socket, &envelope("1", "back")).await;
    assert_eq!(ack(&mut socket).await["envelope_id"], "1");
    story.finish().await;
}

#[tokio::test]
async fn a_connection_that_is_silent_or_never_greeted_is_given_up() {
    let settings = SocketSettings {
        ping_every: Duration::from_millis(30),
        connect_within: Duration::from_millis(400),
        ..quick()
    };
    let mut story = Story::with(settings, echo()).await;
    // Held, but not polled: no pong comes back.
    let _silent = story.connection().await;
    story.until(SocketStatus::Connected(1)).await;
    story.until(SocketStatus::Reconnecting).await;
    // Alive, but without a word of greeting.
    let mut mute = story.ungreeted().await;
    let polled = tokio::spawn(async move { while let Some(Ok(_)) = mute.recv().await {} });
    let mut good = story.connection().await;
    polled.await.expect("closed by the client");
    say(&mut good, &envelope("1", "hello")).await;
    assert_eq!(ack(&mut good).await["envelope_id"], "1");
    story.finish().await;
}

#[tokio::test]
async fn switched_off_it_waits_for_an_operator() {
    let mut story = Story::new(echo()).await;
    for _ in 0..2 {
        let mut socket = story.connection().await;
        say(
            &mut socket,
            &json!({"type": "disconnect", "reason": "link_disabled"}),
        )
        .await;
        drop(socket);
    }
    story.connection().await;
    story.finish().await;
}

/// By then the bot has more to do than to listen.
#[tokio::test]
async fn a_token_that_is_refused_later_is_tried_again() {
    let mut story = Story::new(echo()).await;
    let socket = story.connection().await;
    story.refusals.store(3, Ordering::SeqCst);
    drop(socket);
    story.until(SocketStatus::Reconnecting).await;
    story.connection().await;
    assert_eq!(story.refusals.load(Ordering::SeqCst), 0);
    story.finish().await;
}

#[tokio::test]
async fn a_token_that_is_refused_at_the_start_is_the_end() {
    for code in [
        "invalid_auth",
        "account_inactive",
        "not_allowed_token_type",
        "token_revoked",
        "missing_scope",
    ] {
        let slack = FakeSlack::json(json!({"ok": false, "error": code})).await;
        let client = SocketMode::new(slack.gateway(), "xoxb-wrong".to_owned().into(), echo());
        let ended = timeout(PATIENCE, client.run(CancellationToken::new()))
            .await
            .expect("in time");
        let error = ended.expect_err("refused");
        assert_eq!(error, SocketError::Refused { code: code.into() });
        assert!(!error.to_string().contains("xoxb-wrong"));
        assert_eq!(slack.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_workspace_that_is_down_is_not_hammered() {
    let slack = FakeSlack::json(json!({"ok": false, "error": "internal_error"})).await;
    let stop = CancellationToken::new();
    let settings = SocketSettings {
        backoff_min: Duration::from_millis(20),
        ..SocketSettings::default()
    };
    let client = SocketMode::new(slack.gateway(), "xapp-1".to_owned().into(), echo()).with_settings(settings);
    let running = tokio::spawn(client.run(stop.clone()));
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.cancel();
    assert_eq!(running.await.expect("no panic"), Ok(()));
    let tries = slack.seen().len();
    assert!((2..=6).contains(&tries), "{tries} tries in 300 ms");
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way() {
    let (started, mut has_started) = mpsc::unbounded_channel();
    let go_on = Arc::new(Notify::new());
    let waiting = {
        let go_on = Arc::clone(&go_on);
        handler(move |_, _| {
            let (started, go_on) = (started.clone(), Arc::clone(&go_on));
            async move {
                started.send(()).expect("heard");
                go_on.notified().await;
                Reply::Empty
            }
        })
    };
    let mut story = Story::new(waiting).await;
    let mut socket = story.connection().await;
    say(&mut socket, &envelope("1", "x")).await;
    has_started.recv().await.expect("started");
    story.stop.cancel();
    assert!(!story.running.is_finished());
    go_on.notify_one();
    assert_eq!(ack(&mut socket).await["envelope_id"], "1");
    story.finish().await;
}

#[tokio::test]
async fn no_more_at_once_than_allowed() {
    let (busy, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counting = {
        let (busy, most) = (Arc::clone(&busy), Arc::clone(&most));
        handler(move |inbound, _| {
            let (busy, most) = (Arc::clone(&busy), Arc::clone(&most));
            async move {
                most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                tokio::time::sleep(Duration::from_millis(2)).await;
                busy.fetch_sub(1, Ordering::SeqCst);
                Reply::Text(text(&inbound).to_owned())
            }
        })
    };
    let mut story = Story::with(
        SocketSettings {
            in_flight: 2,
            ..quick()
        },
        counting,
    )
    .await;
    let mut socket = story.connection().await;
    for n in 0..20 {
        say(&mut socket, &envelope(&n.to_string(), "x")).await;
    }
    for _ in 0..20 {
        ack(&mut socket).await;
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
    story.finish().await;
}
