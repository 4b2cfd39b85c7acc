//! The small forms: a reason, an answer, a link.

use super::{VALUE, choice, form, input, text_input};
use crate::domain::filing::Field;
use crate::domain::policy::Rules;
use crate::domain::request::{Gate, Lane, Request, Standing};
use crate::domain::text::{LINK_MAX, PROSE_MAX};
use crate::view::text::{cut_plain, quoted};
use crate::view::{action, card, kit, notice, target::Target, words};
use slack_morphism::blocks::{
    SlackBlock, SlackBlockCheckboxesElement, SlackBlockRadioButtonsElement, SlackView,
};

/// The block of "ask everyone again", and its one option.
pub const ASK_EVERYONE: &str = "ask_everyone";
/// The block of the choice in [`change_form`]: [`action::APPROVE`] or [`action::REQUEST_CHANGES`].
pub const DECISION: &str = "decision";

/// What a small form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonFor {
    /// Object in a lane (R9): a reason is required.
    RequestChanges,
    /// Let silence count again (R16): a reason is required.
    LowerWideImpact,
    /// Ask again (R10): what changed is required.
    Resubmit,
    /// Take it back (R13): a reason is welcome.
    Withdraw,
    /// It went out (R13): a link is welcome.
    Published,
}

impl ReasonFor {
    /// Every one of them.
    pub const ALL: [ReasonFor; 5] = [
        Self::RequestChanges,
        Self::LowerWideImpact,
        Self::Resubmit,
        Self::Withdraw,
        Self::Published,
    ];

    /// The `action_id` of the button that opens the form, and the form's `callback_id`.
    pub fn action(self) -> &'static str {
        match self {
            Self::RequestChanges => action::REQUEST_CHANGES,
            Self::LowerWideImpact => action::LOWER_WIDE_IMPACT,
            Self::Resubmit => action::RESUBMIT,
            Self::Withdraw => action::WITHDRAW,
            Self::Published => action::PUBLISHED,
        }
    }

    /// The form behind an `action_id` or `callback_id`.
    pub fn from_action(action_id: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|reason_for| reason_for.action() == action_id)
    }

    fn title(self) -> &'static str {
        match self {
            Self::RequestChanges => "Request changes",
            Self::LowerWideImpact => "Lower wide-impact",
            Self::Resubmit => "Ask again",
            Self::Withdraw => "Withdraw",
            Self::Published => "Mark published",
        }
    }
}

/// The form that asks for a reason, or for what belongs there instead.
pub fn reason_form(rules: &Rules, request: &Request, target: &Target, reason_for: ReasonFor) -> SlackView {
    let mut blocks = vec![subject(request)];
    blocks.extend(consequence(rules, request, target, reason_for).map(|says| kit::section("says", &says)));
    match reason_for {
        ReasonFor::RequestChanges => blocks.push(reason("What should change?", false)),
        ReasonFor::LowerWideImpact => blocks.push(reason("Why may silence count again?", false)),
        ReasonFor::Withdraw => blocks.push(reason("Why?", true)),
        ReasonFor::Resubmit => {
            blocks.push(reason("What did you change?", false));
            blocks.push(ask_everyone());
        }
        ReasonFor::Published => {
            let element = text_input(None, LINK_MAX, false);
            blocks.push(input(
                Field::Link.block_id(),
                "Where can it be seen?",
                None,
                true,
                element,
            ));
        }
    }
    form(
        reason_for.action(),
        reason_for.title(),
        Some(reason_for.title()),
        blocks,
        &target.to_string(),
    )
}

/// The form with which a reviewer changes their answer (R8).
pub fn change_form(rules: &Rules, request: &Request, target: &Target) -> SlackView {
    let lane = target.lane.as_ref().and_then(|at| request.lane(&at.lane));
    let approve = choice(action::APPROVE, "Approve");
    let changes = choice(action::REQUEST_CHANGES, "Request changes");
    // Whoever changes an answer most likely wants the other one.
    let other = if lane.is_some_and(is_approved) {
        changes.clone()
    } else {
        approve.clone()
    };
    let radio = SlackBlockRadioButtonsElement::new(vec![approve, changes])
        .with_action_id(VALUE.to_owned().into())
        .with_initial_option(other);
    let mut blocks = vec![subject(request)];
    blocks.extend(lane.map(|lane| kit::section("says", &so_far(rules, lane))));
    blocks.push(input(DECISION, "Your answer", None, false, radio));
    let hint = "Required when you request changes.";
    blocks.push(input(
        Field::Reason.block_id(),
        "Reason or note",
        Some(hint),
        true,
        text_input(None, PROSE_MAX, true),
    ));
    form(
        action::CHANGE_DECISION,
        "Change your answer",
        Some("Save"),
        blocks,
        &target.to_string(),
    )
}

pub(super) fn subject(request: &Request) -> SlackBlock {
    kit::plain("subject", &cut_plain(&card::heading(request), 500))
}

pub(super) fn reason(label: &str, optional: bool) -> SlackBlock {
    input(
        Field::Reason.block_id(),
        label,
        None,
        optional,
        text_input(None, PROSE_MAX, true),
    )
}

fn ask_everyone() -> SlackBlock {
    let everyone = choice(ASK_EVERYONE, "Ask everyone again, those who approved too");
    let boxes = SlackBlockCheckboxesElement::new(vec![everyone]).with_action_id(VALUE.to_owned().into());
    let hint = "Otherwise only those who asked for changes are asked again; approvals stay.";
    input(ASK_EVERYONE, "Whom to ask", Some(hint), true, boxes)
}

/// What submitting will mean, before it happens.
fn consequence(rules: &Rules, request: &Request, target: &Target, reason_for: ReasonFor) -> Option<String> {
    let id = request.request_id;
    match reason_for {
        ReasonFor::LowerWideImpact => {
            let lapses = notice::lapses_when(rules, request, None);
            Some(
                format!(
                    "Silence counts again, from the original clocks: \
                 a deadline that has passed takes effect at once. {lapses}"
                )
                .trim_end()
                .to_owned(),
            )
        }
        ReasonFor::Published if request.gate() == Gate::Blocked => Some(format!(
            "*{id} is blocked.* It will be recorded as *published while blocked*."
        )),
        ReasonFor::Published => Some("This ends the request.".to_owned()),
        ReasonFor::Withdraw => Some("This ends the request: nobody is asked any more.".to_owned()),
        ReasonFor::RequestChanges => Some(objecting(request, target).to_owned()),
        ReasonFor::Resubmit => None,
    }
}

fn objecting(request: &Request, target: &Target) -> &'static str {
    let lane = target.lane.as_ref().and_then(|at| request.lane(&at.lane));
    match lane.map(|lane| &lane.standing) {
        _ if !request.gated => "The requester sees what you write.",
        Some(Standing::Lapsed { .. }) => {
            "This lane has lapsed: the requester sees what you write at once, and the gate stays as it is. \
             If this must not go out, say `/review-request raise` with its number as well."
        }
        _ => "The lane does not lapse while your objection stands. The requester sees what you write.",
    }
}

fn so_far(rules: &Rules, lane: &Lane) -> String {
    let name = words::lane_name(rules, &lane.key);
    let said = lane.decision().and_then(|decision| decision.text.as_deref());
    let said = said
        .map(|text| format!(": {}", quoted(text, 300)))
        .unwrap_or_default();
    format!("So far, {name}: {}{said}", words::state(lane))
}

fn is_approved(lane: &Lane) -> bool {
    matches!(lane.standing, Standing::Approved { .. })
}
