//! "I need more time" (R18): what the requester is asked, and how it was answered.

use super::text::{instant, mention};
use super::words::lane_name;
use super::{action, kit, target::Target};
use crate::domain::policy::Rules;
use crate::domain::request::{Lane, MoreTime, Request};
use slack_morphism::blocks::SlackBlock;

/// Somebody waits for the requester's answer: who, and whose deadline.
pub(super) fn is_asked<'r>(request: &Request, lane: &'r Lane) -> Option<&'r MoreTime> {
    let counts = request.is_open() && request.gated && !request.is_wide() && lane.is_pending();
    lane.more_time
        .as_ref()
        .filter(|asked| counts && asked.answer.is_none())
}

/// What granting it would mean: `It lapses … ; with one more business day, …`.
pub(super) fn what_if(rules: &Rules, request: &Request, lane: &Lane) -> String {
    let lapses = lane
        .deadline()
        .map(|at| format!("The lane lapses {}", instant(at)));
    let with = rules.one_more_day(request, lane).map(|(at, _)| instant(at));
    let with = with.map(|at| format!("; with one more business day, {at}"));
    format!("{}{}.", lapses.unwrap_or_default(), with.unwrap_or_default())
}

/// The question with its two buttons, where one is open.
pub(super) fn question(
    rules: &Rules,
    request: &Request,
    lane: &Lane,
    id: &impl Fn(&str) -> String,
) -> Vec<SlackBlock> {
    let Some(asked) = is_asked(request, lane) else {
        return Vec::new();
    };
    let asks = format!(
        "*{} asks for more time* for {}. {}",
        mention(&asked.by),
        lane_name(rules, &lane.key),
        what_if(rules, request, lane)
    );
    vec![
        kit::section(&id(&format!("more.{}", lane.key)), &asks),
        buttons(request, lane, id),
    ]
}

/// One click each.
pub(super) fn buttons(request: &Request, lane: &Lane, id: &impl Fn(&str) -> String) -> SlackBlock {
    let target = Target::lane(request, lane);
    let grant = kit::button(action::GRANT_MORE_TIME, "Give one more day", &target);
    let decline = kit::button(action::DECLINE_MORE_TIME, "Keep the deadline", &target);
    kit::actions(
        &id(&format!("more.{}.answer", lane.key)),
        vec![kit::primary(grant), decline],
    )
}

/// What a reviewer's card says of it, below the deadline.
pub(super) fn on_card(request: &Request, lane: &Lane) -> String {
    let requester = mention(&request.requester);
    match &lane.more_time {
        None => String::new(),
        Some(asked) if asked.is_granted() => format!(" {requester} gave one day more."),
        Some(asked) if asked.answer.is_some() => {
            format!(" {requester} was asked for more time and keeps the deadline.")
        }
        Some(asked) => format!(
            " {} asked {requester} for one more business day.",
            mention(&asked.by)
        ),
    }
}
