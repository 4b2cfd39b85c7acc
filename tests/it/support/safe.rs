//! What holds for every message, checked at the end of every story.

use serde_json::Value;
use signoff::sandbox::workspace::{Direction, Workspace};

/// R30, of everything that ever went to Slack: no unfurls, and no token in mrkdwn but those of our own making.
pub(super) fn every_message_is_safe(ws: &Workspace) {
    for call in ws.wire() {
        let post = matches!(
            call.method.as_str(),
            "chat.postMessage" | "chat.update" | "response_url"
        );
        if post && !call.request.is_null() {
            for flag in ["unfurl_links", "unfurl_media"] {
                let set = &call.request[flag];
                assert!(
                    set == &Value::Bool(false) || set == "false",
                    "{} without {flag}=false",
                    call.method
                );
            }
        }
        let said = if call.direction == Direction::ToSlack {
            &call.request
        } else {
            &call.response
        };
        each_mrkdwn(said, &mut |text| {
            for piece in text.split("<!").skip(1) {
                let ours = piece.starts_with("date^") || piece.starts_with("subteam^");
                assert!(ours, "{} with an unescaped token: {text}", call.method);
            }
        });
    }
}

/// Every text that Slack reads as mrkdwn: mrkdwn objects, and the `text` of a message.
fn each_mrkdwn(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => {
            let plain = object.get("type").is_some_and(|kind| kind == "plain_text");
            for (key, value) in object {
                match value.as_str() {
                    Some(text) if key == "text" && !plain => visit(text),
                    // Blocks and views may travel as JSON inside a string.
                    Some(text) if matches!(key.as_str(), "blocks" | "view") => {
                        each_mrkdwn(&serde_json::from_str(text).unwrap_or_default(), visit);
                    }
                    _ => each_mrkdwn(value, visit),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_mrkdwn(item, visit)),
        _ => {}
    }
}
