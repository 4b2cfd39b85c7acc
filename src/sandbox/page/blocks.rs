//! Block Kit as HTML: what stands in a message, a form or App Home. What cannot be rendered is shown as
//! such, never left out.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks/>

use super::super::workspace::text::Reader;
use super::super::workspace::{FieldErrors, Workspace};
use super::controls;
use super::mrkdwn::mrkdwn;
use maud::{Markup, html};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What blocks are rendered with.
pub(super) struct Canvas<'a> {
    /// Whose eyes.
    pub(super) reader: &'a Reader,
    /// For the lists of people and channels to choose from.
    pub(super) workspace: &'a Workspace,
    /// What a control holds: (`block_id`, element) to its value.
    pub(super) shown: &'a dyn Fn(&str, &Value) -> Option<String>,
    /// What is wrong, by `block_id`.
    pub(super) errors: &'a FieldErrors,
    /// How many buttons with an `action_id` there were so far: a click names its button by that.
    pub(super) pressed: RefCell<BTreeMap<String, usize>>,
    /// Makes the ids of inputs unique in the page.
    pub(super) scope: &'a str,
}

/// Blocks, one below the other.
pub(super) fn blocks(canvas: &Canvas<'_>, blocks: &[Value]) -> Markup {
    html! {
        @for block in blocks { (one(canvas, block)) }
    }
}

fn one(canvas: &Canvas<'_>, block: &Value) -> Markup {
    match kind(block) {
        "section" => section(canvas, block),
        "header" => html! { h3.b-header dir="auto" { (words(&block["text"])) } },
        "context" => context(canvas, block),
        "divider" => html! { hr; },
        "actions" => html! {
            div.b-actions {
                @for element in list(&block["elements"]) { (controls::control(canvas, block, element)) }
            }
        },
        "image" => image(block),
        "input" => controls::input(canvas, block),
        other => unsupported(other),
    }
}

/// What this page cannot show, visibly.
pub(super) fn unsupported(kind: &str) -> Markup {
    html! {
        p.unsupported { "Unsupported block: " code { (kind) } ". Slack shows it, this page does not." }
    }
}

fn section(canvas: &Canvas<'_>, block: &Value) -> Markup {
    html! {
        div.b-section {
            div.b-text {
                @if block["text"].is_object() { div.text dir="auto" { (text(canvas, &block["text"])) } }
                @if block["fields"].is_array() {
                    div.b-fields {
                        @for field in list(&block["fields"]) { div.text dir="auto" { (text(canvas, field)) } }
                    }
                }
            }
            @if block["accessory"].is_object() {
                div.b-accessory {
                    @if kind(&block["accessory"]) == "image" { (image(&block["accessory"])) }
                    @else { (controls::control(canvas, block, &block["accessory"])) }
                }
            }
        }
    }
}

fn context(canvas: &Canvas<'_>, block: &Value) -> Markup {
    html! {
        div.b-context {
            @for element in list(&block["elements"]) {
                @if kind(element) == "image" { (image(element)) }
                @else { span.text dir="auto" { (text(canvas, element)) } }
            }
        }
    }
}

fn image(image: &Value) -> Markup {
    let title = words(&image["title"]);
    let url = str(&image["image_url"]);
    html! {
        @if url.starts_with("https://") {
            figure.b-image {
                @if !title.is_empty() { figcaption { (title) } }
                img src=(url) alt=(str(&image["alt_text"])) loading="lazy" referrerpolicy="no-referrer";
            }
        } @else { (unsupported("image")) }
    }
}

/// A text object.
pub(super) fn text(canvas: &Canvas<'_>, text: &Value) -> Markup {
    match kind(text) {
        "mrkdwn" => mrkdwn(str(&text["text"]), canvas.reader),
        "plain_text" => html! { (words(text)) },
        other => unsupported(other),
    }
}

/// The content of a text object, as it is.
pub(super) fn words(text: &Value) -> &str {
    str(&text["text"])
}

/// The type of a block or element.
pub(super) fn kind(value: &Value) -> &str {
    str(&value["type"])
}

/// A JSON string’s content, empty for anything else.
pub(super) fn str(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A JSON array’s items, none for anything else.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
