//! Block Kit's elements as form controls: buttons, menus, and every input that a form can have.
//!
//! All controls of a message or view stand in one HTML form. A button's name says what was done and its
//! value to what: `press` an `action_id`'s n-th button, `choose` an option of an overflow menu, `pick` what
//! the control beside it holds (the script does that on every change), `dispatch` an input that the bot
//! wants to hear of.
//!
//! <https://docs.slack.dev/reference/block-kit/block-elements/>

use super::blocks::{Canvas, kind, list, str, unsupported, words};
use crate::sandbox::workspace::{Kind, Reach, fill};
use chrono::{DateTime, FixedOffset};
use maud::{Markup, html};
use serde_json::Value;

/// How the values of a message's own controls are named in the form, and those of inputs.
pub(super) const VALUE: &str = "v|";
/// See [`VALUE`].
pub(super) const INPUT: &str = "b|";

/// An element of an actions block, or beside a section.
pub(super) fn control(canvas: &Canvas<'_>, block: &Value, element: &Value) -> Markup {
    match kind(element) {
        "button" => button(canvas, element),
        "overflow" => overflow(element),
        other => {
            let action_id = str(&element["action_id"]);
            let value = (canvas.shown)(str(&block["block_id"]), element).unwrap_or_default();
            let name = format!("{VALUE}{action_id}");
            let Some(field) = field(canvas, element, &Field::bare(&name, &value)) else {
                return unsupported(other);
            };
            html! {
                span.pick data-auto {
                    (field)
                    button.nojs name="pick" value=(action_id) { "Choose" }
                }
            }
        }
    }
}

fn button(canvas: &Canvas<'_>, element: &Value) -> Markup {
    let action_id = str(&element["action_id"]);
    let label = words(&element["text"]);
    let described = element["accessibility_label"].as_str();
    let style = element["style"].as_str();
    if let Some(url) = element["url"].as_str().filter(|url| url.starts_with("http")) {
        return html! {
            a.button href=(url) target="_blank" rel="noopener noreferrer" aria-label=[described] { (label) }
        };
    }
    let mut pressed = canvas.pressed.borrow_mut();
    let count = pressed.entry(action_id.to_owned()).or_default();
    let nth = *count;
    *count += 1;
    let confirm = Confirm::of(&element["confirm"]);
    html! {
        button.button.primary[style == Some("primary")].danger[style == Some("danger")]
            name="press" value=(format!("{nth}|{action_id}")) aria-label=[described]
            data-confirm=[confirm.title] data-text=[confirm.text] data-yes=[confirm.yes] data-no=[confirm.no]
        { (label) }
    }
}

fn overflow(element: &Value) -> Markup {
    let action_id = str(&element["action_id"]);
    let confirm = Confirm::of(&element["confirm"]);
    html! {
        details.overflow {
            summary.button aria-label="More actions" { "⋯" }
            div.menu {
                @for option in list(&element["options"]) {
                    button name="choose" value=(format!("{action_id}|{}", str(&option["value"])))
                        data-confirm=[confirm.title] data-text=[confirm.text] data-yes=[confirm.yes]
                        data-no=[confirm.no]
                    { (words(&option["text"])) }
                }
            }
        }
    }
}

/// The question before a click counts; the script asks it.
struct Confirm<'a> {
    title: Option<&'a str>,
    text: Option<&'a str>,
    yes: Option<&'a str>,
    no: Option<&'a str>,
}

impl<'a> Confirm<'a> {
    fn of(confirm: &'a Value) -> Confirm<'a> {
        let part = |key: &str| confirm[key]["text"].as_str();
        Confirm {
            title: part("title"),
            text: part("text"),
            yes: part("confirm"),
            no: part("deny"),
        }
    }
}

/// How a control is named and what it holds.
struct Field<'a> {
    name: &'a str,
    value: &'a str,
    /// Its own id and those of what describes it, in a form.
    id: Option<&'a str>,
    described: Option<&'a str>,
    wrong: bool,
}

impl<'a> Field<'a> {
    fn bare(name: &'a str, value: &'a str) -> Field<'a> {
        Field {
            name,
            value,
            id: None,
            described: None,
            wrong: false,
        }
    }
}

/// An input block: its label, its control, its hint, and beside it what is wrong.
pub(super) fn input(canvas: &Canvas<'_>, block: &Value) -> Markup {
    let block_id = str(&block["block_id"]);
    let element = &block["element"];
    let id = format!("{}-{block_id}", canvas.scope);
    let error = canvas.errors.get(block_id);
    let hint = words(&block["hint"]);
    let mut described = Vec::new();
    described.extend(error.map(|_| format!("{id}-error")));
    described.extend((!hint.is_empty()).then(|| format!("{id}-hint")));
    let described = described.join(" ");
    let name = format!("{INPUT}{block_id}");
    let value = (canvas.shown)(block_id, element).unwrap_or_default();
    let control = field(
        canvas,
        element,
        &Field {
            name: &name,
            value: &value,
            id: Some(&id),
            described: (!described.is_empty()).then_some(&described),
            wrong: error.is_some(),
        },
    );
    let Some(control) = control else {
        return unsupported(kind(element));
    };
    let dispatch = block["dispatch_action"] == true;
    let rest = html! {
        span.pick data-auto[dispatch] {
            (control)
            @if dispatch { button.nojs name="dispatch" value=(block_id) { "Choose" } }
        }
        @if let Some(error) = error { p.error id=(format!("{id}-error")) { (error) } }
        @if !hint.is_empty() { p.hint id=(format!("{id}-hint")) { (hint) } }
    };
    let label = html! {
        (words(&block["label"]))
        @if block["optional"] == true { span.optional { " (optional)" } }
    };
    html! {
        @if matches!(kind(element), "radio_buttons" | "checkboxes") {
            fieldset.field.wrong[error.is_some()] { legend { (label) } (rest) }
        } @else {
            div.field.wrong[error.is_some()] { label for=(id) { (label) } (rest) }
        }
    }
}

/// A control that holds a value. `None` for what this page cannot show.
fn field(canvas: &Canvas<'_>, element: &Value, at: &Field<'_>) -> Option<Markup> {
    let typed = |kind: &str, value: &str| {
        html! {
            input type=(kind) name=(at.name) value=(value) id=[at.id] dir="auto" autocomplete="off"
                placeholder=[element["placeholder"]["text"].as_str()]
                aria-describedby=[at.described] aria-invalid=[at.wrong.then_some("true")] aria-label=[label(element, at)];
        }
    };
    Some(match kind(element) {
        "plain_text_input" if element["multiline"] == true => html! {
            textarea name=(at.name) id=[at.id] rows="4" dir="auto"
                placeholder=[element["placeholder"]["text"].as_str()]
                aria-describedby=[at.described] aria-invalid=[at.wrong.then_some("true")] { (at.value) }
        },
        "plain_text_input" => typed("text", at.value),
        "url_text_input" => typed("url", at.value),
        "email_text_input" => typed("email", at.value),
        "number_input" => typed("text", at.value),
        "datepicker" => typed("date", at.value),
        "timepicker" => typed("time", at.value),
        "datetimepicker" => typed("datetime-local", &local(at.value, canvas.reader.tz_offset)),
        "checkboxes" => boxes(element, at, "checkbox"),
        "radio_buttons" => boxes(element, at, "radio"),
        "static_select" => select(element, at, &choices(element), false),
        "multi_static_select" => select(element, at, &choices(element), true),
        kind @ ("users_select" | "multi_users_select") => {
            select(element, at, &everybody(canvas), kind.starts_with("multi"))
        }
        kind @ ("channels_select"
        | "conversations_select"
        | "multi_channels_select"
        | "multi_conversations_select") => select(element, at, &channels(canvas), kind.starts_with("multi")),
        _ => return None,
    })
}

/// A control without a label beside it is called by its placeholder.
fn label<'e>(element: &'e Value, at: &Field<'_>) -> Option<&'e str> {
    at.id
        .is_none()
        .then(|| element["placeholder"]["text"].as_str().unwrap_or("Choose"))
}

fn boxes(element: &Value, at: &Field<'_>, kind: &str) -> Markup {
    let chosen: Vec<&str> = at.value.split(',').collect();
    html! {
        @for (index, option) in list(&element["options"]).enumerate() {
            @let value = str(&option["value"]);
            label.box {
                input type=(kind) name=(at.name) value=(value) checked[chosen.contains(&value)]
                    id=[at.id.filter(|_| index == 0)] aria-describedby=[at.described] aria-invalid=[at.wrong.then_some("true")];
                span {
                    (words(&option["text"]))
                    @if option["description"].is_object() { small { (words(&option["description"])) } }
                }
            }
        }
    }
}

fn select(element: &Value, at: &Field<'_>, choices: &[(String, String)], many: bool) -> Markup {
    let chosen: Vec<&str> = at.value.split(',').collect();
    let prompt = element["placeholder"]["text"].as_str().unwrap_or("Choose…");
    html! {
        select name=(at.name) id=[at.id] multiple[many] aria-describedby=[at.described]
            aria-invalid=[at.wrong.then_some("true")] aria-label=[label(element, at)]
        {
            @if !many { option value="" { (prompt) } }
            @for (value, name) in choices {
                option value=(value) selected[chosen.contains(&value.as_str())] { (name) }
            }
        }
    }
}

fn choices(element: &Value) -> Vec<(String, String)> {
    fill::options(element)
        .map(|option| {
            (
                str(&option["value"]).to_owned(),
                words(&option["text"]).to_owned(),
            )
        })
        .collect()
}

fn everybody(canvas: &Canvas<'_>) -> Vec<(String, String)> {
    let people = canvas.workspace.people().into_iter();
    people
        .filter(|person| !matches!(person.kind, Kind::Bot | Kind::Deactivated))
        .map(|person| (person.id, person.real_name))
        .collect()
}

fn channels(canvas: &Canvas<'_>) -> Vec<(String, String)> {
    let all = canvas.workspace.channels().into_iter();
    all.filter(|channel| channel.reach == Reach::Public)
        .map(|channel| (channel.id, format!("#{}", channel.name)))
        .collect()
}

/// Unix seconds as the browser's control wants them, in the reader's zone.
fn local(seconds: &str, tz_offset: i32) -> String {
    let at = seconds
        .parse()
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let zone = FixedOffset::east_opt(tz_offset);
    at.zip(zone).map_or(String::new(), |(at, zone)| {
        at.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string()
    })
}
