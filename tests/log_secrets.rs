//! R32: no secret, token, signature, title, reason or `response_url` in any log line, whatever the level.
//! The binary itself is asked, with everything it could log switched on.

mod serving;

use serving::Stage;
use signoff::sandbox::workspace::{Commit, Fault, Workspace};

const TITLE: &str = "Zanzibar";
const NOTES: &str = "Yellowstone";
const REASON: &str = "Xylophone";
const TYPO: &str = "Wolfsburg";
const LINK: &str = "Vancouver";

#[tokio::test]
async fn r32_nothing_typed_and_no_secret_is_logged_over_http() {
    nothing_is_logged(false, "trace").await;
}

#[tokio::test]
async fn r32_nothing_typed_and_no_secret_is_logged_over_socket_mode() {
    nothing_is_logged(true, "trace").await;
}

/// Also where somebody asks for the logs of the crates below us.
#[tokio::test]
async fn r32_nor_when_the_crates_below_are_asked_to_log() {
    let below = "trace,hyper=trace,hyper_util=trace,hyper_util::client=trace,reqwest=trace,reqwest::connect=trace,\
                 sqlx=trace,sqlx::query=trace,tungstenite=trace,tungstenite::protocol=trace,\
                 tokio_tungstenite=trace,slack_morphism=trace";
    nothing_is_logged(false, below).await;
    nothing_is_logged(true, below).await;
}

async fn nothing_is_logged(socket: bool, level: &str) {
    let stage = Stage::new(socket).await;
    let served = stage.serve_with(level).await;
    let url = everything(&stage).await;
    let (_, log) = served.stop().await;
    assert!(log.lines().count() > 10, "something is logged: {log}");
    let mut never = vec![
        TITLE,
        NOTES,
        REASON,
        TYPO,
        LINK,
        "v0=",
        "response_url\":",
        "payload=",
    ];
    let (bot, app, secret) = (
        stage.ws.bot_token(),
        stage.ws.app_token(),
        stage.ws.signing_secret(),
    );
    never.extend([bot.as_str(), &app, &secret, "/response/", url.as_str()]);
    for word in never.into_iter().filter(|word| !word.is_empty()) {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(word)).take(3).collect();
        assert!(lines.is_empty(), "{word:?} is logged: {lines:#?}");
    }
}

/// Filing, deciding, refusing, failing: whatever says something. A part of the last `response_url`.
async fn everything(stage: &Stage) -> String {
    stage
        .types("U0PM", &format!("press https://example.com/{LINK} {TITLE}"))
        .await;
    stage
        .types("U0PM", &format!("{TYPO} https://example.com/{LINK}"))
        .await;
    stage.types("U0PM", &format!("press {TYPO}")).await;
    stage.types("U0PM", "").await;
    stage
        .until("the form", |ws: &Workspace| ws.user("U0PM").modal())
        .await;
    let link = format!("https://example.com/{LINK}");
    let values = [
        ("category", "press"),
        ("title", TITLE),
        ("link", &*link),
        ("notes", NOTES),
    ];
    stage.ws.user("U0PM").submit(&values).await.expect("a form");
    let card = stage.card("U0MARK", "R-1", "request_changes").await;
    stage
        .ws
        .user("U0MARK")
        .click(&card, "request_changes")
        .await
        .expect("a click");
    let form = |ws: &Workspace| ws.user("U0MARK").modal();
    stage.until("the form", form).await;
    stage
        .ws
        .user("U0MARK")
        .submit(&[("reason", REASON)])
        .await
        .expect("a form");
    let card = stage.card("U0DIRECTOR", "R-1", "approve").await;
    let heard = stage.ws.user("U0GUEST").ephemerals().len();
    let refused = stage
        .ws
        .user("U0GUEST")
        .click_value(&card, "approve", None)
        .await
        .expect("a click");
    stage
        .until("the refusal", |ws: &Workspace| {
            (ws.user("U0GUEST").ephemerals().len() > heard).then_some(())
        })
        .await;
    // What Slack refuses or loses is logged; not what it was about.
    stage
        .ws
        .faults()
        .next("chat.update", Fault::Error("invalid_blocks".to_owned()));
    stage
        .ws
        .faults()
        .next("chat.postMessage", Fault::Status(500, Commit::Before));
    stage.types("U0PM", &format!("resubmit R-1 {REASON}")).await;
    stage.types("U0PM", &format!("withdraw R-2 {REASON}")).await;
    let used = |ws: &Workspace| (ws.faults().pending() == 0).then_some(());
    stage.until("the failures", used).await;
    let garbage = serde_json::json!({"type": "telepathy", "user": {"id": "U0PM"}, "text": TITLE});
    stage.ws.deliver_interaction(garbage).await.expect("an answer");
    let url = refused.delivery.payload["response_url"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(url.starts_with("http"), "a click has a response_url");
    url
}
