//! The whole request on one card: the requester's own, and the one in the marketing channel.

use super::{heading, raise_button};
use crate::domain::policy::Rules;
use crate::domain::request::{Lane, Request};
use crate::view::text::{self, capitalised, mention};
use crate::view::words::{self, Reader, lane_name};
use crate::view::{Message, action, kit, more_time, target::Target};
use chrono::{DateTime, Utc};
use slack_morphism::blocks::{SlackBlock, SlackBlockButtonElement};

/// Lanes on one card, two blocks each of the 50 that Slack takes.
const LANES_MAX: usize = 15;

/// The requester's card: may it be published, how each lane stands, what they can do.
pub fn requester_card(rules: &Rules, request: &Request, now: DateTime<Utc>) -> Message {
    let id = |part: &str| format!("r{}.requester.{part}", request.request_id.0);
    let gate =
        words::end_says(request).unwrap_or_else(|| words::gate_says(rules, request, Reader::Requester));
    let mut blocks = vec![
        kit::header(&id("head"), &heading(request)),
        kit::section(&id("gate"), &gate),
    ];
    blocks.extend(words::too_early(rules, request, now).map(|says| kit::section(&id("early"), &says)));
    blocks.extend(kit::said(&id("reason"), words::end_reason(request)));
    blocks.extend(lanes(rules, request, &id));
    let asking = request.lanes.iter().take(LANES_MAX);
    blocks.extend(asking.flat_map(|lane| more_time::question(rules, request, lane, &id)));
    blocks.push(kit::context(
        &id("facts"),
        &words::facts(rules, request).join(" · "),
    ));
    if request.is_open() {
        blocks.push(kit::actions(&id("do"), requester_buttons(request)));
    }
    Message::new(&gate, blocks)
}

/// The card in the marketing channel, whose thread is the place for discussion (R25).
pub fn channel_card(rules: &Rules, request: &Request) -> Message {
    let id = |part: &str| format!("r{}.channel.{part}", request.request_id.0);
    let wide = if request.is_wide() && request.is_open() {
        "*Wide-impact.* "
    } else {
        ""
    };
    let gate = words::end_says(request).unwrap_or_else(|| words::gate_says(rules, request, Reader::Other));
    let mut blocks = vec![
        kit::header(&id("head"), &heading(request)),
        kit::section(&id("gate"), &format!("{wide}{gate}")),
    ];
    blocks.extend(kit::said(&id("reason"), words::end_reason(request)));
    if let Some(notes) = &request.details.notes {
        blocks.push(kit::context(
            &id("noted"),
            &format!("{} adds:", mention(&request.requester)),
        ));
        blocks.push(kit::plain(&id("notes"), notes));
    }
    blocks.extend(lanes(rules, request, &id));
    let mut facts = words::facts(rules, request);
    facts.insert(0, format!("from {}", mention(&request.requester)));
    blocks.push(kit::context(&id("facts"), &facts.join(" · ")));
    if request.is_open() {
        blocks.push(kit::context(
            &id("thread"),
            "The thread is the place to discuss it.",
        ));
    }
    Message::new(
        &format!("{wide}{gate} {}", words::subject(rules, request)),
        blocks,
    )
}

/// One paragraph a lane, and what its reviewer wrote below it.
fn lanes(rules: &Rules, request: &Request, id: &impl Fn(&str) -> String) -> Vec<SlackBlock> {
    let mut blocks = Vec::new();
    for lane in request.lanes.iter().take(LANES_MAX) {
        let name = capitalised(&lane_name(rules, &lane.key));
        let says = words::lane_says(request, lane, rules);
        blocks.push(kit::section(
            &id(&format!("lane.{}", lane.key)),
            &format!("{} *{name}:* {says}.", words::sign(lane)),
        ));
        let said = lane.decision().and_then(|decision| decision.text.as_deref());
        blocks.extend(kit::said(&id(&format!("lane.{}.said", lane.key)), said));
    }
    let hidden = request.lanes.len().saturating_sub(LANES_MAX);
    if hidden > 0 {
        let more = format!(
            "and {}: `/review-request show {}`",
            text::count(hidden, "more lane", "more lanes"),
            request.request_id
        );
        blocks.push(kit::context(&id("more"), &more));
    }
    blocks
}

fn requester_buttons(request: &Request) -> Vec<SlackBlockButtonElement> {
    let target = Target::request(request);
    let mut buttons = Vec::new();
    if request.lanes.iter().any(Lane::has_objection) {
        buttons.push(kit::primary(kit::button(action::RESUBMIT, "Ask again", &target)));
    }
    buttons.push(kit::button(action::PUBLISHED, "Mark published", &target));
    buttons.push(kit::button(action::EDIT, "Edit", &target));
    buttons.push(kit::button(action::WITHDRAW, "Withdraw", &target));
    if request.gated {
        buttons.push(kit::button(action::WHY, "Why", &target));
        if !request.is_wide() {
            buttons.push(raise_button(&target));
        }
    }
    buttons
}
