//! Blocks with Slack's limits built in: every text that goes into one is cut to what Slack takes.

use super::target::Target;
use super::text::{cut, cut_plain};
use slack_morphism::blocks::{
    SlackActionBlockElement, SlackActionsBlock, SlackBlock, SlackBlockButtonElement, SlackBlockButtonStyle,
    SlackBlockConfirmItem, SlackBlockId, SlackBlockMarkDownText, SlackBlockPlainText,
    SlackBlockPlainTextOnly, SlackContextBlock, SlackHeaderBlock, SlackSectionBlock,
};

/// Longest text of a section.
const SECTION_MAX: usize = 3000;
/// Longest text of a context element.
const CONTEXT_MAX: usize = 2000;
/// Longest text of a header.
const HEADER_MAX: usize = 150;

/// Plain text as it is: no emoji made of `:words:`.
pub(super) fn plain_text(text: &str) -> SlackBlockPlainTextOnly {
    SlackBlockPlainText::new(text.to_owned()).with_emoji(false).into()
}

pub(super) fn mrkdwn(text: &str, max: usize) -> SlackBlockMarkDownText {
    SlackBlockMarkDownText::new(cut(text, max)).with_verbatim(true)
}

/// A title line, plain.
pub(super) fn header(block_id: &str, text: &str) -> SlackBlock {
    SlackHeaderBlock::new(plain_text(&cut_plain(text, HEADER_MAX)))
        .with_block_id(id(block_id))
        .into()
}

/// A paragraph of mrkdwn, escaped by whoever made it.
pub(super) fn section(block_id: &str, text: &str) -> SlackBlock {
    let text = mrkdwn(text, SECTION_MAX).into();
    SlackSectionBlock::new()
        .with_text(text)
        .with_block_id(id(block_id))
        .into()
}

/// A paragraph that people typed.
pub(super) fn plain(block_id: &str, text: &str) -> SlackBlock {
    let text = plain_text(&cut_plain(text, SECTION_MAX)).into();
    SlackSectionBlock::new()
        .with_text(text)
        .with_block_id(id(block_id))
        .into()
}

/// What somebody wrote with a decision, in quotation marks.
pub(super) fn said(block_id: &str, text: Option<&str>) -> Option<SlackBlock> {
    text.map(|text| plain(block_id, &format!("“{text}”")))
}

/// A small grey line of mrkdwn.
pub(super) fn context(block_id: &str, text: &str) -> SlackBlock {
    let element = mrkdwn(text, CONTEXT_MAX).into();
    SlackContextBlock::new(vec![element])
        .with_block_id(id(block_id))
        .into()
}

/// A row of buttons, each with another `action_id`; it must not be empty.
pub(super) fn actions(block_id: &str, buttons: Vec<SlackBlockButtonElement>) -> SlackBlock {
    let elements = buttons.into_iter().map(SlackActionBlockElement::from).collect();
    SlackActionsBlock::new(elements)
        .with_block_id(id(block_id))
        .into()
}

pub(super) fn button(action_id: &str, label: &str, target: &Target) -> SlackBlockButtonElement {
    valued(action_id, label, &target.to_string())
}

/// A button that is about no one request.
pub(super) fn valued(action_id: &str, label: &str, value: &str) -> SlackBlockButtonElement {
    SlackBlockButtonElement::new(plain_text(label))
        .with_action_id(action_id.to_owned().into())
        .with_value(value.to_owned())
}

pub(super) fn primary(button: SlackBlockButtonElement) -> SlackBlockButtonElement {
    button.with_style(SlackBlockButtonStyle::Primary)
}

/// Asks back before the click counts.
pub(super) fn confirmed(
    button: SlackBlockButtonElement,
    title: &str,
    text: &str,
    yes: &str,
) -> SlackBlockButtonElement {
    let text = plain_text(text).into();
    button.with_confirm(SlackBlockConfirmItem::new(
        plain_text(title),
        text,
        plain_text(yes),
        plain_text("Cancel"),
    ))
}

pub(super) fn id(block_id: &str) -> SlackBlockId {
    SlackBlockId(block_id.to_owned())
}
