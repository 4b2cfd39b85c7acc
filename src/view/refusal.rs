//! Refusals: one sentence that names the rule in plain words and says what would work.

use super::text::{cut_plain, date, escape, instant, link, mention};
use super::words::{self, lane_name};
use crate::domain::command::{Rejection, Unfit};
use crate::domain::filing::{Field, FieldError, Problem};
use crate::domain::ids::{LaneKey, UserId};
use crate::domain::people::Kind;
use crate::domain::policy::{Pool, Rules};
use crate::domain::request::{End, Request};

/// Keys named in a sentence.
const KEYS_SHOWN: usize = 12;
/// Of something mistyped, so many characters are repeated.
const TYPED_SHOWN: usize = 60;

/// The command line that files a request. Escaped mrkdwn.
pub(super) const COMMAND_LINE: &str = "`/review-request &lt;category&gt; &lt;link&gt; [--wide] [--area KEY] \
                                       [--publish YYYY-MM-DD] &lt;title&gt;`";

/// Why a command was refused. Escaped mrkdwn.
pub fn rejected(rules: &Rules, request: Option<&Request>, rejection: &Rejection) -> String {
    let id = request.map_or_else(
        || "this request".to_owned(),
        |request| request.request_id.to_string(),
    );
    let requester = request.map_or_else(
        || "the requester".to_owned(),
        |request| mention(&request.requester),
    );
    match rejection {
        Rejection::NotFound(wanted) if wanted.0 > 0 => {
            format!("There is no {wanted}. `/review-request mine` lists your requests.")
        }
        Rejection::NotFound(_) => "There is no such request. `/review-request mine` lists yours.".to_owned(),
        Rejection::Ended(end) => ended(&id, end),
        Rejection::NoSuchLane => {
            format!("{id} no longer has this lane. Your newest card about it shows what is asked.")
        }
        Rejection::Superseded => {
            format!("{id} was changed and asked anew since. Please use your newest card about it.")
        }
        Rejection::OwnRequest => own(&id, request),
        Rejection::FillsOtherLane(lane) => format!(
            "You answered {id} for {} already, and one person answers for one lane only. \
             Somebody else has to answer here.",
            lane_name(rules, lane)
        ),
        Rejection::CannotVerify => lookup_failed(),
        Rejection::NotEligible(kind) => not_eligible(*kind),
        Rejection::NotInLane(lane) => not_in_lane(rules, &id, request, lane),
        Rejection::DecidedBy(by) => {
            format!(
                "{} answered for this lane of {id} first, so only they can change that answer.",
                mention(by)
            )
        }
        Rejection::Unchanged => format!("That is how {id} stands already: nothing was changed."),
        Rejection::OnlyRequester => format!("Only {requester}, who filed {id}, can do that."),
        Rejection::NotRequester => format!("Only {requester} or an admin of Signoff can do that with {id}."),
        Rejection::NotInvolved => format!("Only {requester} or a reviewer of {id} can do that."),
        Rejection::MayNotLower => may_not_lower(rules, &id),
        Rejection::AlreadyWide => format!("{id} is wide-impact already: it waits for every lane."),
        Rejection::Voluntary => {
            format!("{id} is voluntary: nothing waits on it, so there is nothing to raise.")
        }
        Rejection::NotWide => format!("{id} is not wide-impact: there is nothing to lower."),
        Rejection::NothingToAnswer => {
            format!(
                "Nobody has asked for changes to {id}, so there is nothing to ask again. \
                 *Edit* on your card changes it."
            )
        }
        Rejection::BackAlready(on) => format!(
            "{} is not after today: say the first day on which you are back.",
            date(*on)
        ),
        Rejection::Unfit(user, why) => unfit(rules, &id, user, why),
        Rejection::OnlyAdmin => format!("Only an admin of Signoff can do that with {id}."),
        Rejection::NotPending(lane) => {
            format!(
                "{id} no longer waits for {}: nothing was changed.",
                lane_name(rules, lane)
            )
        }
        Rejection::NobodyToNudge => {
            format!("{id} waits for nobody's answer. `/review-request show {id}` says how it stands.")
        }
        Rejection::NudgedLately(again_at) => format!(
            "{id} was nudged about less than four hours ago, so nobody was nudged now. The next time is {}.",
            instant(*again_at)
        ),
        Rejection::NobodyAtWork(Some(from)) => format!(
            "Nobody who is asked about {id} is at work now, so nobody was nudged. Try again from {} on; \
             what waits is in the morning's reminder by itself.",
            instant(*from)
        ),
        Rejection::NobodyAtWork(None) => {
            format!("Everybody who is asked about {id} is away, so nobody was nudged.")
        }
        Rejection::NoDeadline(lane) => {
            format!(
                "No deadline runs for {} of {id}, so there is no time to add.",
                lane_name(rules, lane)
            )
        }
        Rejection::MoreTimeOnce(lane) => format!(
            "More time was asked for {} of {id} before, and it can be asked for once. \
             Approve it, request changes, or hand it over with *Not me*.",
            lane_name(rules, lane)
        ),
        Rejection::NotAsked(lane) => format!(
            "You are not asked for {} of {id}, so there is nothing to hand over.",
            lane_name(rules, lane)
        ),
        Rejection::Invalid(errors) => {
            let said = errors
                .iter()
                .take(7)
                .map(|error| escape(&field_error(rules, error)));
            said.collect::<Vec<_>>().join(" ")
        }
    }
}

/// Why somebody who was named cannot do it.
fn unfit(rules: &Rules, id: &str, user: &UserId, why: &Unfit) -> String {
    let who = mention(user);
    match why {
        Unfit::Oneself => "That is you. Name somebody else.".to_owned(),
        Unfit::Kind(kind) => {
            let is = match kind {
                Kind::Guest => "is a guest here",
                Kind::External => "is of another workspace",
                Kind::Deactivated => "has no active account",
                Kind::Bot => "is a bot",
                Kind::Member => "cannot review this",
            };
            format!("{who} {is}, and only full members of this workspace can review. Name somebody else.")
        }
        Unfit::Requester => {
            format!("{who} filed {id}, so somebody else has to review it. Name somebody else.")
        }
        Unfit::OtherLane(lane) => format!(
            "{who} answers {id} for {}, and one person answers for one lane only. Name somebody else.",
            lane_name(rules, lane)
        ),
        Unfit::NotInLane(lane) => format!(
            "{who} does not answer for {}. {}",
            lane_name(rules, lane),
            who_does(rules, lane)
        ),
        Unfit::Away(Some(until)) => {
            format!("{who} is away until {}. Name somebody else.", date(*until))
        }
        Unfit::Away(None) => format!("{who} is away too. Name somebody else."),
    }
}

fn who_does(rules: &Rules, lane: &LaneKey) -> String {
    match rules.lane(lane).map(|rule| &rule.pool) {
        Some(Pool::Group(group)) => format!("Name somebody in <!subteam^{}>.", escape(group.as_str())),
        Some(Pool::AreaDirector) => "Name the deputy, or somebody of the lane's fallback list.".to_owned(),
        Some(Pool::Members(_)) | None => "Name one of those who do.".to_owned(),
    }
}

fn may_not_lower(rules: &Rules, id: &str) -> String {
    let admins = match rules.admins.as_slice() {
        [] => String::new(),
        admins => format!(", or by {}", words::any_of(admins)),
    };
    format!("Wide-impact of {id} can be lowered by one of its reviewers who did not file it{admins}.")
}

fn ended(id: &str, end: &End) -> String {
    match end {
        End::Withdrawn { by, .. } => {
            format!(
                "{id} was withdrawn by {}, so nothing about it can change. File a new request to go on.",
                mention(by)
            )
        }
        End::Published {
            by, link: Some(at), ..
        } => {
            format!(
                "{id} was published, says {}: {}. Nothing about it can change now.",
                mention(by),
                link(at)
            )
        }
        End::Published { by, .. } => format!(
            "{id} was published, says {}. Nothing about it can change now.",
            mention(by)
        ),
    }
}

fn own(id: &str, request: Option<&Request>) -> String {
    let asked: Vec<_> = request
        .into_iter()
        .flat_map(Request::pending)
        .flat_map(words::reachable)
        .collect();
    let asked = match asked.len() {
        0 => String::new(),
        1 => format!(" {} is asked.", words::people(asked)),
        _ => format!(" {} are asked.", words::people(asked)),
    };
    format!("You filed {id}, so somebody else has to review it.{asked}")
}

fn not_eligible(kind: Kind) -> String {
    let who = match kind {
        Kind::Guest => "Guests cannot review: only full members of this workspace can.",
        Kind::External => "People of other workspaces cannot review: only full members of this one can.",
        Kind::Deactivated => {
            "This account is deactivated, and only active members of this workspace can review."
        }
        Kind::Bot => "Bots cannot review: only people who are full members of this workspace can.",
        Kind::Member => "You cannot review this request.",
    };
    who.to_owned()
}

fn not_in_lane(rules: &Rules, id: &str, request: Option<&Request>, lane: &LaneKey) -> String {
    let name = lane_name(rules, lane);
    let area = request.and_then(|request| rules.area(request.details.area.as_ref()?));
    match rules.lane(lane).map(|rule| &rule.pool) {
        Some(Pool::Group(group)) => format!(
            "Only {name} can answer this lane of {id}, and you are not in <!subteam^{}>. \
             If that is wrong, ask an admin of that group.",
            escape(group.as_str())
        ),
        Some(Pool::AreaDirector) if area.is_some() => format!(
            "Only {} can answer this lane of {id} as {name}, or whoever stands in. \
             If that is wrong, ask an admin of Signoff.",
            area.map(|area| mention(&area.director)).unwrap_or_default()
        ),
        _ => format!(
            "Only {name} can answer this lane of {id}, and you are not one of them. \
             If that is wrong, ask an admin of Signoff."
        ),
    }
}

/// R5: fail closed, and say so.
fn lookup_failed() -> String {
    "Slack could not tell Signoff who may do this, so nothing was changed. Please try again in a minute."
        .to_owned()
}

/// It could not be saved.
pub fn failed() -> String {
    "This could not be saved, so nothing was changed. Please try again.".to_owned()
}

/// It may have been saved, or not.
pub fn uncertain() -> String {
    "The database went away while this was being saved, so I cannot say whether it was. Look with \
     `/review-request mine` before you try again."
        .to_owned()
}

/// A click takes longer than Slack waits for an answer.
pub fn slow_click() -> String {
    "This takes longer than usual and is not saved yet. If nothing here changes within a minute, please \
     click again."
        .to_owned()
}

/// It takes longer than Slack waits for an answer.
pub fn slow() -> String {
    "This takes longer than usual. The answer comes here in a moment; nothing needs to be typed again."
        .to_owned()
}

/// The same beside a field of a form, which stays open.
pub fn slow_form() -> String {
    "Saving takes longer than usual. Submit again in a moment: the same form is never filed twice.".to_owned()
}

/// The right form of the command line, shown under a mistake. Escaped mrkdwn.
pub fn form_hint() -> String {
    format!("{COMMAND_LINE}, or `/review-request` alone for the form. `/review-request help` lists the rest.")
}

/// What is wrong with one field. Plain text, for `response_action: errors`.
pub fn field_error(rules: &Rules, error: &FieldError) -> String {
    match &error.problem {
        Problem::UnknownCategory(given, known) => {
            let known = keys(known.iter().map(|key| key.as_str()));
            format!(
                "“{}” is not a category. There are: {known}.",
                cut_plain(given, TYPED_SHOWN)
            )
        }
        Problem::UnknownArea(given, known) => {
            let known = keys(known.iter().map(|key| key.as_str()));
            format!(
                "“{}” is not a product area. There are: {known}.",
                cut_plain(given, TYPED_SHOWN)
            )
        }
        Problem::AreaMissing(known) => {
            let example = known.first().map_or("KEY", |key| key.as_str());
            let known = keys(known.iter().map(|key| key.as_str()));
            format!(
                "Which product area is it? Choose one of: {known}. On the command line: --area {example}."
            )
        }
        Problem::Missing => missing(rules, error.field),
        Problem::TooLong { max, .. } if error.field == Field::Link => {
            format!("This link is too long: at most {max} characters fit.")
        }
        Problem::TooLong { length, max } => {
            format!(
                "{} is too long: {length} characters, where {max} fit.",
                named(error.field)
            )
        }
        Problem::NotALink => "This is not a link: it has to start with https:// and name a host.".to_owned(),
        Problem::NotADate(given) => {
            format!(
                "“{}” is not a date. Write it as YYYY-MM-DD.",
                cut_plain(given, TYPED_SHOWN)
            )
        }
        Problem::InThePast(on) => format!("{} has passed. Choose today or a later day.", date(*on)),
    }
}

fn named(field: Field) -> &'static str {
    match field {
        Field::Category => "The category",
        Field::Title => "The title",
        Field::Link => "The link",
        Field::Area => "The product area",
        Field::PublishOn => "The publish date",
        Field::Notes => "The text of the notes",
        Field::Reason => "This text",
    }
}

fn missing(rules: &Rules, field: Field) -> String {
    match field {
        Field::Category => {
            let known = keys(rules.categories.iter().map(|category| category.key.as_str()));
            format!("The category is missing. There are: {known}.")
        }
        Field::Title => "The title is missing: say in one line what goes out.".to_owned(),
        Field::Link => "The link to the draft is missing.".to_owned(),
        Field::Reason => "Say why, in a sentence: whoever acts on it needs to know.".to_owned(),
        field => format!("{} is missing.", named(field)),
    }
}

fn keys<'k>(known: impl Iterator<Item = &'k str>) -> String {
    let all: Vec<&str> = known.collect();
    let shown = all
        .iter()
        .take(KEYS_SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(KEYS_SHOWN) {
        0 => shown,
        hidden => format!("{shown} and {hidden} more"),
    }
}
