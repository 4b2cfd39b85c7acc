//! `POST /slack/events`: signatures, refusals, answers.

use super::support::*;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use signoff::slack::{Handler, HttpState, Inbound, Reply, Surface, handler, install_tls, router};
use slack_morphism::prelude::SlackSigningSecret;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{Notify, mpsc},
};

const FORM: &str = "application/x-www-form-urlencoded";
const COMMAND: &str = "command=%2Freview-request&team_id=T1&user_id=U1&text=mine&trigger_id=1";

struct Bot {
    url: String,
    http: Client,
}

impl Bot {
    async fn with(handler: Handler) -> Self {
        Self::with_secrets(&[SECRET], handler).await
    }

    async fn with_secrets(secrets: &[&str], handler: Handler) -> Self {
        install_tls();
        let secrets = secrets.iter().map(|s| SlackSigningSecret((*s).to_owned()));
        let address = serve(router(HttpState::new(secrets, handler))).await;
        Self {
            url: format!("http://{address}/slack/events"),
            http: Client::new(),
        }
    }

    async fn post(&self, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        let now = unix_now().to_string();
        let signature = sign(SECRET, &now, &body);
        self.send(content_type, body, Some(&signature), Some(&now)).await
    }

    async fn send(
        &self,
        content_type: &str,
        body: impl Into<Vec<u8>>,
        signature: Option<&str>,
        timestamp: Option<&str>,
    ) -> Response {
        let mut request = self
            .http
            .post(&self.url)
            .header("content-type", content_type)
            .body(body.into());
        if let Some(signature) = signature {
            request = request.header("x-slack-signature", signature);
        }
        if let Some(timestamp) = timestamp {
            request = request.header("x-slack-request-timestamp", timestamp);
        }
        request.send().await.expect("an answer")
    }
}

fn saying(reply: Reply) -> Handler {
    handler(move |_, _| std::future::ready(reply.clone()))
}

fn untouchable() -> Handler {
    handler(|_, _| async { panic!("nothing may get here") })
}

#[test]
fn the_worked_example_of_slacks_documentation() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
        channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
        response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
        trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    assert_eq!(sign(SECRET, "1531420618", body.as_bytes()), signature);
}

#[tokio::test]
async fn only_what_slack_signed_just_now_gets_in() {
    let bot = Bot::with(untouchable()).await;
    let now = unix_now();
    let good = |ts: &str| sign(SECRET, ts, COMMAND.as_bytes());
    let refused = async |signature: Option<&str>, timestamp: Option<&str>| {
        let response = bot.send(FORM, COMMAND, signature, timestamp).await;
        assert_eq!(response.status(), 401, "{signature:?} {timestamp:?}");
        assert_eq!(response.text().await.expect("a body"), "");
    };
    let ts = now.to_string();
    refused(None, None).await;
    refused(None, Some(&ts)).await;
    refused(Some(&good(&ts)), None).await;
    refused(Some(&good("1531420618")), Some("1531420618")).await;
    for odd in [
        "",
        "soon",
        "1.5",
        "-1",
        "+1",
        "99999999999999999999999",
        "-9223372036854775808",
        "０",
    ] {
        let header = odd.is_ascii().then_some(odd);
        refused(Some(&good(odd)), header).await;
    }
    for off in [-301, -3600, 330, 86400] {
        let ts = (now + off).to_string();
        refused(Some(&good(&ts)), Some(&ts)).await;
    }
    for signature in [
        "",
        "v0=",
        "v0=zz",
        &good(&ts)[..40],
        &good(&ts).to_uppercase(),
        &good("1"),
        &sign("another", &ts, COMMAND.as_bytes()),
        &sign(SECRET, &ts, b"another body"),
        &sign("", &ts, COMMAND.as_bytes()),
    ] {
        refused(Some(signature), Some(&ts)).await;
    }
}

#[tokio::test]
async fn two_secrets_while_one_is_rotated_and_none_lets_nobody_in() {
    let now = unix_now().to_string();
    let with = async |bot: &Bot, secret: &str| {
        let signature = sign(secret, &now, COMMAND.as_bytes());
        bot.send(FORM, COMMAND, Some(&signature), Some(&now))
            .await
            .status()
            .as_u16()
    };
    let bot = Bot::with_secrets(&["new", SECRET], saying(Reply::Empty)).await;
    assert_eq!(
        (
            with(&bot, "new").await,
            with(&bot, SECRET).await,
            with(&bot, "old").await
        ),
        (200, 200, 401)
    );
    let bot = Bot::with_secrets(&["", SECRET], saying(Reply::Empty)).await;
    assert_eq!((with(&bot, "").await, with(&bot, SECRET).await), (401, 200));
    let bot = Bot::with_secrets(&[], untouchable()).await;
    assert_eq!((with(&bot, "").await, with(&bot, SECRET).await), (401, 401));
}

#[tokio::test]
async fn what_is_no_payload_is_a_400_and_never_a_500() {
    let bot = Bot::with(untouchable()).await;
    let not_utf8 = bot
        .send("application/json", b"\xff\xfe".to_vec(), Some("v0=1"), Some("1"))
        .await;
    assert_eq!(not_utf8.status(), 400);
    for (content_type, body) in [
        ("application/json", ""),
        ("application/json", "{"),
        ("application/json", "{}"),
        ("application/json", "[1]"),
        ("text/plain", "hello"),
        (FORM, ""),
        (FORM, "payload=%7B"),
        (FORM, "payload=null"),
        (FORM, "command=%2Fx"),
        (FORM, "%"),
    ] {
        assert_eq!(
            bot.post(content_type, body).await.status(),
            400,
            "{content_type} {body}"
        );
    }
    let huge = bot.post("application/json", vec![b' '; 1024 * 1024 + 1]).await;
    assert_eq!(huge.status(), 400);
}

#[tokio::test]
async fn verification_probes_and_other_methods() {
    let bot = Bot::with(untouchable()).await;
    let challenge = bot
        .post(
            "application/json",
            r#"{"type":"url_verification","challenge":"<c\">","token":"t"}"#,
        )
        .await;
    assert_eq!(challenge.status(), 200);
    let answer: Value = serde_json::from_str(&challenge.text().await.expect("a body")).expect("JSON");
    assert_eq!(answer, json!({"challenge": "<c\">"}));
    assert_eq!(
        bot.send(FORM, "ssl_check=1&token=t", None, None).await.status(),
        200
    );
    assert_eq!(
        bot.send(FORM, "ssl_check=0&token=t", None, None).await.status(),
        401
    );
    assert_eq!(
        bot.http.get(&bot.url).send().await.expect("an answer").status(),
        405
    );
    assert_eq!(
        bot.http.put(&bot.url).send().await.expect("an answer").status(),
        405
    );
}

#[tokio::test]
async fn every_reply() {
    let replied = async |reply| {
        let response = Bot::with(saying(reply)).await.post(FORM, COMMAND).await;
        let content_type = response
            .headers()
            .get("content-type")
            .map(|v| v.to_str().expect("text").to_owned());
        (
            response.status().as_u16(),
            content_type,
            response.text().await.expect("a body"),
        )
    };
    assert_eq!(replied(Reply::Empty).await, (200, None, String::new()));
    let json = Reply::Json(json!({"response_action": "clear"}));
    assert_eq!(
        replied(json).await,
        (
            200,
            Some("application/json".into()),
            r#"{"response_action":"clear"}"#.into()
        )
    );
    let (status, content_type, text) = replied(Reply::Text("Filed.".into())).await;
    assert_eq!((status, text.as_str()), (200, "Filed."));
    assert!(content_type.is_some_and(|c| c.starts_with("text/plain")));
    assert_eq!(replied(Reply::Unavailable).await.0, 503);
}

#[tokio::test]
async fn a_panic_is_a_503_and_the_connection_lives_on() {
    let bot = Bot::with(Arc::new(|inbound, surface, answer| {
        assert_eq!(surface, Surface::Http);
        match inbound {
            Inbound::Command(c) if c.text == "now" => panic!("before there is a future"),
            Inbound::Command(c) if c.text == "later" => Box::pin(async { panic!("inside of it") }),
            _ => Box::pin(async move { drop(answer.send(Reply::Empty)) }),
        }
    }))
    .await;
    for (text, status) in [("now", 503), ("later", 503), ("mine", 200)] {
        let body = format!("command=%2Fr&team_id=T1&user_id=U1&text={text}");
        assert_eq!(bot.post(FORM, body).await.status(), status);
    }
}

#[tokio::test]
async fn unknown_payloads_are_acknowledged_without_asking() {
    let bot = Bot::with(untouchable()).await;
    assert_eq!(
        bot.post("application/json", r#"{"type":"app_rate_limited"}"#)
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_stop_the_handler() {
    let (started, mut has_started) = mpsc::unbounded_channel();
    let (finished, mut has_finished) = mpsc::unbounded_channel();
    let go_on = Arc::new(Notify::new());
    let bot = {
        let go_on = Arc::clone(&go_on);
        Bot::with(handler(move |_, _| {
            let (started, finished, go_on) = (started.clone(), finished.clone(), Arc::clone(&go_on));
            async move {
                started.send(()).expect("heard");
                go_on.notified().await;
                finished.send(()).expect("heard");
                Reply::Empty
            }
        }))
        .await
    };
    let now = unix_now().to_string();
    let head = format!(
        "POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-type: {FORM}\r\ncontent-length: {}\r\n\
         x-slack-request-timestamp: {now}\r\nx-slack-signature: {}\r\n\r\n{COMMAND}",
        COMMAND.len(),
        sign(SECRET, &now, COMMAND.as_bytes())
    );
    let address = bot
        .url
        .trim_start_matches("http://")
        .trim_end_matches("/slack/events")
        .to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connected");
    stream.write_all(head.as_bytes()).await.expect("written");
    has_started.recv().await.expect("started");
    drop(stream);
    // Another request on the same server proves that it has gone on; then the first may finish.
    assert_eq!(
        bot.http.get(&bot.url).send().await.expect("an answer").status(),
        405
    );
    go_on.notify_one();
    let finished = tokio::time::timeout(Duration::from_secs(5), has_finished.recv()).await;
    assert_eq!(finished.expect("in time"), Some(()));
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off_by_its_length() {
    let bot = Bot::with(untouchable()).await;
    let address = bot
        .url
        .trim_start_matches("http://")
        .trim_end_matches("/slack/events")
        .to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connected");
    stream
        .write_all(b"POST /slack/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .await
        .expect("written");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..17 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 400");
}

/// A command, a refused signature and a broken payload, all with secrets in them.
pub(crate) async fn play_everything_in() {
    let bot = Bot::with(saying(Reply::Text("Secret".into()))).await;
    let command = "command=%2Fr&team_id=T1&user_id=U1&text=Secret&trigger_id=trigger-1&\
        response_url=https%3A%2F%2Fhooks.slack.com%2FSecret";
    assert_eq!(bot.post(FORM, command).await.status(), 200);
    assert_eq!(
        bot.send(FORM, command, Some("v0=abc"), Some("1")).await.status(),
        401
    );
    assert_eq!(
        bot.post("application/json", r#"{"Secret": "Secret"}"#)
            .await
            .status(),
        400
    );
    assert_eq!(
        bot.post("application/json", r#"{"type": "Secret Secret"}"#)
            .await
            .status(),
        200
    );
}
