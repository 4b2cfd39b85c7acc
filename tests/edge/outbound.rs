//! The way out: what every kind of answer, and the lack of one, is taken for.

use super::support::*;
use serde_json::json;
use signoff::slack::{DeliveryError, Gateway, ReqwestConnector};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

async fn post(gateway: &Gateway) -> Result<signoff::slack::Posted, DeliveryError> {
    gateway.post_message(&message(), Some("delivery-1")).await
}

/// What a post is taken for when Slack answers like this.
async fn taken_for(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> DeliveryError {
    let slack = FakeSlack::answering(move |_| answer(status, headers, body)).await;
    let error = post(&slack.gateway()).await.expect_err("not a success");
    assert_eq!(slack.seen().len(), 1, "nothing is repeated behind our back");
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(
            !text.contains("xoxb") && !text.contains("Secret") && !text.contains("http:"),
            "{text}"
        );
    }
    error
}

#[tokio::test]
async fn every_class_of_answer() {
    let limited = r#"{"ok":false,"error":"ratelimited"}"#;
    for (seconds, expected) in [
        ("0", Some(1)),
        ("1", Some(1)),
        ("120", Some(120)),
        ("soon", None),
        ("-1", None),
    ] {
        let headers: &'static [_] = vec![("retry-after", seconds)].leak();
        assert_eq!(taken_for(429, headers, "").await, retry(expected, "ratelimited"));
        assert_eq!(
            taken_for(200, headers, limited).await,
            retry(expected, "ratelimited")
        );
    }
    assert_eq!(taken_for(429, &[], "<html>").await, retry(None, "ratelimited"));
    let dates = &[
        ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("retry-after", "Wed, 21 Oct 2026 07:28:45 GMT"),
    ];
    assert_eq!(taken_for(429, dates, "").await, retry(Some(45), "ratelimited"));
    assert_eq!(
        taken_for(200, &[], r#"{"ok":false,"error":"request_timeout"}"#).await,
        retry(None, "request_timeout")
    );

    for code in ["internal_error", "fatal_error", "service_unavailable"] {
        let body: &'static str = format!(r#"{{"ok":false,"error":"{code}"}}"#).leak();
        assert_eq!(taken_for(200, &[], body).await, in_doubt(code));
    }
    for status in [500, 502, 503, 504] {
        // Not even an answer that claims to know: a proxy may have repeated the request.
        assert_eq!(
            taken_for(status, &[], limited).await,
            in_doubt(&format!("http_{status}"))
        );
    }
    for body in [
        "",
        "<html>Secret</html>",
        "null",
        "[]",
        "{}",
        r#"{"ok":true}"#,
        r#"{"ok":true,"channel":"C1","ts":null}"#,
    ] {
        assert_eq!(
            taken_for(200, &[], body).await,
            in_doubt("unreadable_answer"),
            "{body}"
        );
    }

    for code in [
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "user_disabled",
        "restricted_action",
        "restricted_action_read_only_channel",
    ] {
        let body: &'static str = format!(r#"{{"ok":false,"error":"{code}"}}"#).leak();
        assert_eq!(
            taken_for(200, &[], body).await,
            DeliveryError::Gone { code: code.into() }
        );
    }
    for code in ["invalid_auth", "token_revoked", "account_inactive"] {
        let body: &'static str = format!(r#"{{"ok":false,"error":"{code}"}}"#).leak();
        assert_eq!(
            taken_for(200, &[], body).await,
            DeliveryError::Credentials { code: code.into() }
        );
        assert_eq!(
            taken_for(401, &[], body).await,
            DeliveryError::Credentials { code: code.into() }
        );
    }
    let ours = |code: &str, detail: &str| DeliveryError::Ours {
        code: code.into(),
        detail: detail.into(),
    };
    let blocks = r#"{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":
        ["[ERROR] Secret is too long [json-pointer:/blocks/0/text/text]"]}}"#;
    assert_eq!(
        taken_for(200, &[], blocks).await,
        ours("invalid_blocks", "/blocks/0/text/text")
    );
    let scope = r#"{"ok":false,"error":"missing_scope","needed":"im:history","provided":"chat:write"}"#;
    assert_eq!(
        taken_for(200, &[], scope).await,
        ours("missing_scope", "needed im:history")
    );
    assert_eq!(
        taken_for(200, &[], r#"{"ok":false,"error":"msg_too_long"}"#).await,
        ours("msg_too_long", "")
    );
    assert_eq!(
        taken_for(200, &[], r#"{"ok":false,"error":"brand_new"}"#).await,
        ours("brand_new", "")
    );
    assert_eq!(taken_for(200, &[], r#"{"ok":false}"#).await, ours("odd_code", ""));
    assert_eq!(taken_for(404, &[], "<html>").await, ours("http_404", ""));
}

#[tokio::test]
async fn a_long_answer_is_not_read_to_the_end() {
    let slack = FakeSlack::answering(|_| answer(200, &[], &"x".repeat(10_000_000))).await;
    assert_eq!(post(&slack.gateway()).await, Err(in_doubt("answer_too_long")));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = FakeSlack::json(json!({"ok": true, "channel": "C1", "ts": "1"})).await;
    let target = format!("http://{}/", elsewhere.address);
    let slack = FakeSlack::answering(move |_| answer(307, &[("location", &target)], "")).await;
    assert_eq!(post(&slack.gateway()).await, Err(in_doubt("redirected")));
    assert!(elsewhere.seen().is_empty(), "the token stays here");
}

/// A server of bytes: what it does with each connection is up to the test.
async fn raw<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> std::net::SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

#[tokio::test]
async fn a_slow_answer_is_in_doubt_after_the_whole_time() {
    let address = raw(|mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
        let _ = stream.read(&mut [0; 65536]).await;
        // Byte by byte: every read succeeds, the call as a whole must not.
        for byte in head.iter().chain([b' '; 1000].iter()) {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let started = Instant::now();
    assert_eq!(
        post(&gateway_within(address, Duration::from_millis(150))).await,
        Err(in_doubt("timeout"))
    );
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn no_answer_at_all_is_in_doubt() {
    let address = raw(|stream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    assert_eq!(
        post(&gateway_within(address, Duration::from_millis(100))).await,
        Err(in_doubt("timeout"))
    );
}

#[tokio::test]
async fn a_reset_is_in_doubt_before_and_after_reading() {
    let unread = raw(|stream| async move {
        let _ = stream.set_zero_linger();
    })
    .await;
    assert_eq!(post(&gateway(unread)).await, Err(in_doubt("broken_connection")));
    let read = raw(|mut stream| async move {
        let _ = stream.read(&mut [0; 65536]).await;
        let _ = stream.set_zero_linger();
    })
    .await;
    assert_eq!(post(&gateway(read)).await, Err(in_doubt("broken_connection")));
    let cut = raw(|mut stream| async move {
        let _ = stream.read(&mut [0; 65536]).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true")
            .await;
    })
    .await;
    assert_eq!(post(&gateway(cut)).await, Err(in_doubt("broken_connection")));
}

#[tokio::test]
async fn a_connection_closed_while_idle_puts_nothing_in_doubt() {
    let address = raw(|mut stream| async move {
        let _ = stream.read(&mut [0; 65536]).await;
        let body = r#"{"ok":true,"channel":"C1","ts":"1.2"}"#;
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let gateway = gateway(address);
    for _ in 0..20 {
        post(&gateway).await.expect("posted, on a connection of its own");
        // As the balancers before Slack do, the server closes without announcing it; let it be noticed.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn what_cannot_be_reached_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    assert_eq!(post(&gateway(address)).await, Err(retry(None, "connect_failed")));

    let connector = ReqwestConnector::new("http://signoff.invalid/api").expect("an http address");
    let error = post(&Gateway::new(connector, TOKEN.to_owned().into()))
        .await
        .expect_err("no such host");
    assert!(
        matches!(&error, DeliveryError::Retry { code, .. } if code.starts_with("dns") || code == "connect_timeout")
    );

    // TLS to somebody who does not speak it.
    let plain = raw(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let connector = ReqwestConnector::new(&format!("https://{plain}/api/")).expect("an https address");
    let error = post(&Gateway::new(connector, TOKEN.to_owned().into())).await;
    assert_eq!(error, Err(retry(None, "connect_failed")));
}

#[tokio::test]
async fn a_token_that_is_no_header_is_our_mistake_and_stays_secret() {
    let slack = FakeSlack::json(json!({"ok": true})).await;
    let connector = ReqwestConnector::new(&format!("http://{}", slack.address)).expect("an http address");
    let gateway = Gateway::new(connector.clone(), "xoxb-with\nnewline".to_owned().into());
    let error = post(&gateway).await.expect_err("cannot be sent");
    assert_eq!(
        error,
        DeliveryError::Ours {
            code: "bad_request".into(),
            detail: String::new()
        }
    );
    assert!(slack.seen().is_empty());
    for text in [
        format!("{error:?}"),
        error.to_string(),
        format!("{gateway:?}"),
        format!("{connector:?}"),
    ] {
        assert!(!text.contains("xoxb"), "{text}");
    }
}

/// Where everything that is logged goes to be read again.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// R32, at the chattiest level there is.
#[tokio::test]
async fn no_log_line_shows_a_token_a_body_or_an_address_of_an_answer() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: a scoped one misses call sites that another test has reached before, and
    // what the other tests log has to be just as clean.
    tracing::subscriber::set_global_default(subscriber).expect("the only one in this binary");
    let slack = FakeSlack::answering(|_| {
        answer(
            200,
            &[],
            r#"{"ok":false,"error":"invalid_blocks","echo":"Secret"}"#,
        )
    })
    .await;
    let gateway = slack.gateway();
    let _ = post(&gateway).await;
    let _ = gateway.open_socket(&"xapp-secret".to_owned().into()).await;
    let _ = gateway
        .respond(
            &format!("http://{}/Secret/url", slack.address),
            &json!({"text": "Secret"}),
        )
        .await;
    super::webhook::play_everything_in().await;
    let bytes = log.0.lock().expect("not poisoned").clone();
    let text = String::from_utf8(bytes).expect("UTF-8");
    for expected in ["chat.postMessage", "invalid_blocks", "slack_request", "command"] {
        assert!(text.contains(expected), "{expected} is not in:\n{text}");
    }
    for secret in [
        "Secret",
        "xoxb",
        "xapp",
        "Bearer",
        "v0=",
        SECRET,
        "hooks.slack.com",
        "trigger-1",
    ] {
        assert!(!text.contains(secret), "{secret} is in:\n{text}");
    }
}
