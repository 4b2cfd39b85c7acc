//! "Not me": to whom somebody hands a review over (R8).

use super::reason::{reason, subject};
use super::{VALUE, form, input};
use crate::domain::ids::UserId;
use crate::domain::policy::{Pool, Rules};
use crate::domain::request::Request;
use crate::view::text::{capitalised, escape, mention};
use crate::view::words::{self, any_of};
use crate::view::{action, kit, target::Target};
use slack_morphism::blocks::{SlackBlockUsersSelectElement, SlackView};

/// The block of the person in [`hand_over_form`].
pub const PERSON: &str = "person";

/// The form behind *Not me*. `stand_ins` are those named in the configuration; the first is preselected.
pub fn hand_over_form(rules: &Rules, request: &Request, target: &Target, stand_ins: &[UserId]) -> SlackView {
    let first = stand_ins.first().map(|user| user.as_str().into());
    let select = SlackBlockUsersSelectElement::new()
        .with_action_id(VALUE.to_owned().into())
        .opt_initial_user(first);
    let blocks = vec![
        subject(request),
        kit::section("says", &who_can(rules, target, stand_ins)),
        input(PERSON, "Who should look at it?", None, false, select),
        reason("Why?", true),
    ];
    let title = "Hand it over";
    form(action::NOT_ME, title, Some(title), blocks, &target.to_string())
}

/// Who can take it, and what that means, before it happens.
fn who_can(rules: &Rules, target: &Target, stand_ins: &[UserId]) -> String {
    let rule = target.lane.as_ref().and_then(|at| rules.lane(&at.lane));
    let name = target.lane.as_ref().map(|at| words::lane_name(rules, &at.lane));
    let mut can = Vec::new();
    match rule.map(|rule| &rule.pool) {
        Some(Pool::Group(group)) => can.push(format!("anybody in <!subteam^{}>", escape(group.as_str()))),
        Some(Pool::AreaDirector | Pool::Members(_)) | None => {}
    }
    match stand_ins {
        [] => {}
        [only] => can.push(mention(only)),
        several => can.push(any_of(several)),
    }
    if can.is_empty() {
        return "Nobody else can answer for it, as things stand: an admin of Signoff can change that."
            .to_owned();
    }
    format!(
        "{} can answer for {}. They get the card at once, yours is spent, and the deadline stays as it is.",
        capitalised(&can.join(" or ")),
        name.unwrap_or_default()
    )
}
