//! The wire drawer: what went between the bot and Slack, for people who build Slack apps.

use super::place::Place;
use crate::sandbox::workspace::{Direction, WireCall, Workspace};
use maud::{Markup, html};
use serde_json::Value;

/// How many calls are shown.
const SHOWN: usize = 30;
/// Longest body that is shown, in characters.
const LONGEST: usize = 20_000;

/// The newest calls, each with its request and answer.
pub(super) fn drawer(workspace: &Workspace, place: &Place) -> Markup {
    let calls = workspace.newest_calls(SHOWN);
    let older = calls.last().map_or(0, |oldest| oldest.seq - 1);
    html! {
        aside.wire aria-label="The wire" {
            header {
                h2 { "The wire" }
                a.close href=(place.with_wire(false).url()) aria-label="Close the wire" { "×" }
            }
            p.faint {
                "What the bot and Slack said to each other, newest first. Tokens and signatures are left out."
            }
            @for call in &calls { (one(call)) }
            @if older > 0 { p.faint { (older) " older calls are not shown." } }
        }
    }
}

fn one(call: &WireCall) -> Markup {
    let (arrow, direction) = match call.direction {
        Direction::ToSlack => ("→", "bot to Slack"),
        Direction::ToBot => ("←", "Slack to bot"),
    };
    let good = call.status == 200 && call.response["ok"] != false;
    html! {
        details.call id=(format!("call-{}", call.seq)) {
            summary {
                span.arrow title=(direction) { (arrow) span.hidden { (direction) } }
                code { (call.method) }
                span.status.bad[!good] { (call.status) @if let Some(error) = call.response["error"].as_str() { " " (error) } }
            }
            h3 { "Request" }
            pre tabindex="0" { (pretty(&call.request)) }
            h3 { "Answer" }
            pre tabindex="0" { (pretty(&call.response)) }
        }
    }
}

fn pretty(body: &Value) -> String {
    let text = match body {
        Value::Null => return "(empty)".to_owned(),
        body => format!("{body:#}"),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
