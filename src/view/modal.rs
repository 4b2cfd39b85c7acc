//! The forms: file a request, edit it, and what is shown once it is filed.

mod hand_over;
mod reason;

pub use hand_over::{PERSON, hand_over_form};
pub use reason::{ASK_EVERYONE, DECISION, ReasonFor, change_form, reason_form};

use super::text::{capitalised, cut_plain};
use super::{action, kit, reply, target::Target};
use crate::domain::filing::{Draft, Field};
use crate::domain::ids::UserId;
use crate::domain::policy::Rules;
use crate::domain::request::Request;
use crate::domain::text::{LINK_MAX, PROSE_MAX, TITLE_MAX};
use chrono::{DateTime, NaiveDate, Utc};
use slack_morphism::blocks::{
    SlackBlock, SlackBlockCheckboxesElement, SlackBlockChoiceItem, SlackBlockDatePickerElement,
    SlackBlockPlainTextInputElement, SlackBlockPlainTextOnly, SlackBlockStaticSelectElement, SlackBlockText,
    SlackInputBlock, SlackInputBlockElement, SlackModalView, SlackView,
};

/// The `action_id` of every input.
pub const VALUE: &str = "value";
/// The block of the wide-impact checkbox; it is no [`Field`], for it cannot be wrong.
pub const WIDE_IMPACT: &str = "wide_impact";
/// The one option of the wide-impact checkbox.
pub const WIDE_IMPACT_YES: &str = "wide_impact";

/// Longest text of an option.
const OPTION_MAX: usize = 75;
/// Most options of a list.
const OPTIONS_MAX: usize = 100;
/// Longest hint.
const HINT_MAX: usize = 2000;
/// Longest value of a text input.
const INPUT_MAX: usize = 3000;

/// The form that files a request, filled with what was typed already. `problem` is escaped mrkdwn,
/// shown on top. `private_metadata` comes back with the submission (at most 3,000 characters).
pub fn request_form(
    rules: &Rules,
    requester: &UserId,
    draft: &Draft,
    problem: Option<&str>,
    private_metadata: &str,
) -> SlackView {
    let own_area = rules.own_area(requester).map(|area| area.as_str());
    let mut blocks: Vec<SlackBlock> = problem
        .map(|problem| kit::section("problem", problem))
        .into_iter()
        .collect();
    blocks.push(category(rules, &draft.category));
    blocks.push(title(&draft.title));
    blocks.push(link(&draft.link));
    blocks.extend(area(rules, draft.area.as_deref().or(own_area)));
    blocks.push(wide_impact(rules, draft.wide_impact));
    blocks.push(publish_on(draft.publish_on.as_deref()));
    blocks.push(notes(draft.notes.as_deref()));
    form(
        action::REVIEW_REQUEST,
        "Request a review",
        Some("File"),
        blocks,
        private_metadata,
    )
}

/// The form that changes a request, filled with what it says now.
pub fn edit_form(rules: &Rules, request: &Request) -> SlackView {
    let details = &request.details;
    let says = "A new link, category or area asks every lane anew and voids what they answered. \
                Title, date and notes can change freely.";
    let mut blocks = vec![kit::section("says", says)];
    blocks.push(category(rules, details.category.as_str()));
    blocks.push(title(&details.title));
    blocks.push(link(details.link.as_str()));
    blocks.extend(area(rules, details.area.as_ref().map(|area| area.as_str())));
    blocks.push(publish_on(details.publish_on.map(|on| on.to_string()).as_deref()));
    blocks.push(notes(details.notes.as_deref()));
    let title = format!("Edit {}", request.request_id);
    form(
        action::EDIT,
        &title,
        Some("Save"),
        blocks,
        &Target::request(request).to_string(),
    )
}

/// What the form turns into once the request is filed.
pub fn filed_confirmation(rules: &Rules, request: &Request, now: DateTime<Utc>) -> SlackView {
    let title = format!("{} is filed", request.request_id);
    form(
        action::FILED,
        &title,
        None,
        reply::filed(rules, request, now).blocks,
        &Target::request(request).to_string(),
    )
}

/// A modal; without `submit` it can only be closed.
fn form(
    callback_id: &str,
    title: &str,
    submit: Option<&str>,
    blocks: Vec<SlackBlock>,
    private_metadata: &str,
) -> SlackView {
    const TITLE_MAX: usize = 24;
    let close = if submit.is_some() { "Cancel" } else { "Close" };
    let view = SlackModalView::new(kit::plain_text(&cut_plain(title, TITLE_MAX)), blocks)
        .with_callback_id(callback_id.to_owned().into())
        .with_close(kit::plain_text(close))
        .opt_submit(submit.map(kit::plain_text))
        .with_private_metadata(private_metadata.to_owned());
    SlackView::Modal(view)
}

/// A labelled input with the `action_id` that clients rely on.
fn input(
    block_id: &str,
    label: &str,
    hint: Option<&str>,
    optional: bool,
    element: impl Into<SlackInputBlockElement>,
) -> SlackBlock {
    let hint = hint
        .filter(|hint| !hint.is_empty())
        .map(|hint| kit::plain_text(&cut_plain(hint, HINT_MAX)));
    SlackInputBlock::new(kit::plain_text(label), element.into())
        .with_block_id(kit::id(block_id))
        .with_optional(optional)
        .opt_hint(hint)
        .into()
}

/// A text input that takes what was typed already, even where that is too long: nothing typed is lost.
fn text_input(initial: Option<&str>, max: usize, multiline: bool) -> SlackBlockPlainTextInputElement {
    let initial = initial
        .filter(|typed| !typed.is_empty())
        .map(|typed| cut_plain(typed, INPUT_MAX));
    let max = initial.as_deref().map_or(0, super::text::width).max(max);
    SlackBlockPlainTextInputElement::new()
        .with_action_id(VALUE.to_owned().into())
        .with_max_length(max as u64)
        .with_multiline(multiline)
        .opt_initial_value(initial)
}

type Choice = SlackBlockChoiceItem<SlackBlockPlainTextOnly>;

/// A list to choose from, the chosen one always in it. `None` where there is nothing to choose.
fn select(
    options: impl Iterator<Item = Choice>,
    chosen: Option<&str>,
) -> Option<SlackBlockStaticSelectElement> {
    let mut options: Vec<Choice> = options.collect();
    let chosen = options
        .iter()
        .find(|option| Some(option.value.as_str()) == chosen)
        .cloned();
    options.truncate(OPTIONS_MAX);
    if let Some(chosen) = chosen.as_ref().filter(|chosen| !options.contains(chosen)) {
        options[OPTIONS_MAX - 1] = chosen.clone();
    }
    (!options.is_empty()).then(|| {
        SlackBlockStaticSelectElement::new()
            .with_action_id(VALUE.to_owned().into())
            .with_options(options)
            .opt_initial_option(chosen)
    })
}

fn option(value: &str, name: &str) -> Choice {
    SlackBlockChoiceItem::new(kit::plain_text(&cut_plain(name, OPTION_MAX)), value.to_owned())
}

/// A choice among radio buttons or checkboxes.
fn choice(value: &str, name: &str) -> SlackBlockChoiceItem<SlackBlockText> {
    SlackBlockChoiceItem::new(
        kit::plain_text(&cut_plain(name, OPTION_MAX)).into(),
        value.to_owned(),
    )
}

fn category(rules: &Rules, chosen: &str) -> SlackBlock {
    let options = rules
        .categories
        .iter()
        .map(|category| option(category.key.as_str(), &category.name));
    let remarks = rules
        .categories
        .iter()
        .filter_map(|category| Some((&category.name, category.hint.as_ref()?)));
    let hint: Vec<String> = remarks
        .map(|(name, hint)| format!("{}: {hint}", capitalised(name)))
        .collect();
    let select = select(options, Some(chosen)).unwrap_or_else(SlackBlockStaticSelectElement::new);
    input(
        Field::Category.block_id(),
        "What is it?",
        Some(&hint.join(" ")),
        false,
        select,
    )
}

fn title(initial: &str) -> SlackBlock {
    input(
        Field::Title.block_id(),
        "Title",
        None,
        false,
        text_input(Some(initial), TITLE_MAX, false),
    )
}

fn link(initial: &str) -> SlackBlock {
    let hint = "Where the draft is. Signoff shows the link and never opens it.";
    input(
        Field::Link.block_id(),
        "Link",
        Some(hint),
        false,
        text_input(Some(initial), LINK_MAX, false),
    )
}

fn area(rules: &Rules, chosen: Option<&str>) -> Option<SlackBlock> {
    let options = rules
        .areas
        .iter()
        .map(|area| option(area.key.as_str(), &area.name));
    let hint = "Its director is asked to review.";
    select(options, chosen)
        .map(|select| input(Field::Area.block_id(), "Product area", Some(hint), true, select))
}

fn wide_impact(rules: &Rules, raised: bool) -> SlackBlock {
    let yes = choice(
        WIDE_IMPACT_YES,
        "Wide-impact: wait for every lane, never open on silence",
    );
    let examples = rules
        .categories
        .iter()
        .filter_map(|category| Some((&category.name, category.wide_impact.as_ref()?)));
    let hint: Vec<String> = examples
        .map(|(name, wide)| format!("{}: {}.", capitalised(name), wide.trim_end_matches('.')))
        .collect();
    let boxes = SlackBlockCheckboxesElement::new(vec![yes.clone()])
        .with_action_id(VALUE.to_owned().into())
        .opt_initial_options(raised.then(|| vec![yes]));
    input(
        WIDE_IMPACT,
        "How far does it reach?",
        Some(&hint.join(" ")),
        true,
        boxes,
    )
}

fn publish_on(initial: Option<&str>) -> SlackBlock {
    // Slack refuses the whole form over an initial date that is none.
    let initial = initial
        .and_then(|typed| typed.trim().parse::<NaiveDate>().ok())
        .map(|on| on.to_string());
    let picker = SlackBlockDatePickerElement::new()
        .with_action_id(VALUE.to_owned().into())
        .opt_initial_date(initial);
    input(Field::PublishOn.block_id(), "Planned for", None, true, picker)
}

fn notes(initial: Option<&str>) -> SlackBlock {
    let hint = "Anything the reviewers should know.";
    input(
        Field::Notes.block_id(),
        "Notes",
        Some(hint),
        true,
        text_input(initial, PROSE_MAX, true),
    )
}
