//! The `action_id`s of buttons and the `callback_id`s of forms: fixed names of DESIGN §3.

/// Approve a lane.
pub const APPROVE: &str = "approve";
/// Object in a lane; also the form that asks for the reason.
pub const REQUEST_CHANGES: &str = "request_changes";
/// Decide again (R8); also its form.
pub const CHANGE_DECISION: &str = "change_decision";
/// Hand a review over (R8); also its form.
pub const NOT_ME: &str = "not_me";
/// Ask the requester for one more business day (R18).
pub const MORE_TIME: &str = "more_time";
/// Give it.
pub const GRANT_MORE_TIME: &str = "grant_more_time";
/// Keep the deadline.
pub const DECLINE_MORE_TIME: &str = "decline_more_time";
/// Be reminded later (R22).
pub const SNOOZE: &str = "snooze";
/// Show how the days count (R27).
pub const WHY: &str = "why";
/// Never on silence (R16).
pub const RAISE_WIDE_IMPACT: &str = "raise_wide_impact";
/// Let silence count again (R16); also its form.
pub const LOWER_WIDE_IMPACT: &str = "lower_wide_impact";
/// Ask again after changes (R10); also its form.
pub const RESUBMIT: &str = "resubmit";
/// Change what was filed (R11); also its form.
pub const EDIT: &str = "edit";
/// Take it back (R13); also its form.
pub const WITHDRAW: &str = "withdraw";
/// It went out (R13); also its form.
pub const PUBLISHED: &str = "published";
/// Open the form that files a request; also the global shortcut.
pub const NEW_REQUEST: &str = "new_request";
/// Turn a list of the App Home back towards its beginning.
pub const HOME_BACK: &str = "home_back";
/// Turn it on.
pub const HOME_ON: &str = "home_on";
/// The form that files a request.
pub const REVIEW_REQUEST: &str = "review_request";
/// The answer to that form; it has nothing to submit.
pub const FILED: &str = "filed";
