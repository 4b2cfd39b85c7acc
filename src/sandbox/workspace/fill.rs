//! Input elements and their state values, with the checks that Slack's own client makes.
//!
//! <https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload/#view_submission>

use chrono::{NaiveDate, NaiveTime};
use serde_json::{Value, json};

use super::message::string;

/// Does the element hold a value in `state.values`? Buttons and overflow menus do not.
pub(crate) fn holds_value(element: &Value) -> bool {
    key(element).is_some()
}

/// The field of the state value, and whether it is a list.
fn key(element: &Value) -> Option<(&'static str, Shape)> {
    use Shape::{Choice, Choices, Ids, Text};
    Some(match element["type"].as_str()? {
        "plain_text_input" | "url_text_input" | "email_text_input" | "number_input" => ("value", Text),
        "datepicker" => ("selected_date", Text),
        "timepicker" => ("selected_time", Text),
        "datetimepicker" => ("selected_date_time", Text),
        "static_select" | "external_select" | "radio_buttons" => ("selected_option", Choice),
        "multi_static_select" | "multi_external_select" | "checkboxes" => ("selected_options", Choices),
        "users_select" => ("selected_user", Text),
        "conversations_select" => ("selected_conversation", Text),
        "channels_select" => ("selected_channel", Text),
        "multi_users_select" => ("selected_users", Ids),
        "multi_conversations_select" => ("selected_conversations", Ids),
        "multi_channels_select" => ("selected_channels", Ids),
        "rich_text_input" => ("rich_text_value", Text),
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Text,
    Choice,
    Choices,
    Ids,
}

/// The state value before anyone has touched the element.
pub(crate) fn initial(element: &Value) -> Value {
    let Some((field, shape)) = key(element) else {
        return Value::Null;
    };
    let preset = match field {
        "value" => &element["initial_value"],
        "selected_date" => &element["initial_date"],
        "selected_time" => &element["initial_time"],
        "selected_date_time" => &element["initial_date_time"],
        "selected_option" => &element["initial_option"],
        "selected_options" => &element["initial_options"],
        "selected_user" => &element["initial_user"],
        "selected_conversation" => &element["initial_conversation"],
        "selected_channel" => &element["initial_channel"],
        "selected_users" => &element["initial_users"],
        "selected_conversations" => &element["initial_conversations"],
        "selected_channels" => &element["initial_channels"],
        _ => &Value::Null,
    };
    let empty = if matches!(shape, Shape::Choices | Shape::Ids) {
        json!([])
    } else {
        Value::Null
    };
    let preset = if preset.is_null() { empty } else { preset.clone() };
    json!({"type": element["type"], field: preset})
}

/// What the element shows for a state value: the text, the option's value, or a comma-separated list.
pub(crate) fn shown(state: &Value) -> Option<String> {
    let (field, shape) = key(state)?;
    let value = &state[field];
    let listed = |pick: &dyn Fn(&Value) -> String| {
        let all: Vec<String> = value.as_array().into_iter().flatten().map(pick).collect();
        (!all.is_empty()).then(|| all.join(","))
    };
    match shape {
        Shape::Text if value.is_number() => Some(value.to_string()),
        Shape::Text => value.as_str().map(str::to_owned),
        Shape::Choice => value["value"].as_str().map(str::to_owned),
        Shape::Choices => listed(&|option| string(&option["value"])),
        Shape::Ids => listed(&string),
    }
}

/// The state value for what a person typed or chose; `""` clears it, lists are separated by commas.
/// The error is the sentence that Slack's client would show.
pub(crate) fn typed(element: &Value, input: &str) -> Result<Value, String> {
    let Some((field, shape)) = key(element) else {
        return Err(format!("{} takes no value", string(&element["type"])));
    };
    let value = match shape {
        _ if input.is_empty() && matches!(shape, Shape::Text | Shape::Choice) => Value::Null,
        Shape::Text => check_text(element, input)?,
        Shape::Choice => option(element, input)?,
        Shape::Choices => {
            let chosen = input.split(',').filter(|v| !v.is_empty());
            Value::Array(
                chosen
                    .map(|value| option(element, value))
                    .collect::<Result<_, _>>()?,
            )
        }
        Shape::Ids => json!(input.split(',').filter(|v| !v.is_empty()).collect::<Vec<_>>()),
    };
    Ok(json!({"type": element["type"], field: value}))
}

/// The error that Slack's client shows for a required input left empty.
pub(crate) fn required(block: &Value, state: &Value) -> Result<(), String> {
    let filled = shown(state).is_some_and(|value| !value.trim().is_empty());
    if filled || block["optional"] == true {
        return Ok(());
    }
    Err("Please complete this required field.".to_owned())
}

fn check_text(element: &Value, input: &str) -> Result<Value, String> {
    let length = input.chars().count() as u64;
    match element["type"].as_str().unwrap_or_default() {
        "datepicker" if NaiveDate::parse_from_str(input, "%Y-%m-%d").is_err() => {
            return Err(format!("{input} is not a date"));
        }
        "timepicker" if NaiveTime::parse_from_str(input, "%H:%M").is_err() => {
            return Err(format!("{input} is not a time"));
        }
        "datetimepicker" => {
            return input
                .parse::<i64>()
                .map(Value::from)
                .map_err(|_| format!("{input} is not a time"));
        }
        "url_text_input" if url::Url::parse(input).is_err() => {
            return Err("Please enter a valid URL.".to_owned());
        }
        "email_text_input" if !input.contains('@') => return Err("Please enter a valid email.".to_owned()),
        "number_input" if input.parse::<f64>().is_err() => return Err("Please enter a number.".to_owned()),
        _ => {}
    }
    let most = element["max_length"].as_u64().unwrap_or(3000);
    if length > most {
        return Err(format!("Please shorten this to {most} characters or less."));
    }
    if length < element["min_length"].as_u64().unwrap_or(0) {
        return Err("Please lengthen this text.".to_owned());
    }
    Ok(json!(input))
}

/// The whole option object: Slack sends back what the bot sent.
pub(crate) fn option(element: &Value, value: &str) -> Result<Value, String> {
    let found = options(element).find(|option| option["value"] == value).cloned();
    found.ok_or_else(|| format!("there is no option {value}"))
}

/// All options, those in groups included.
pub(crate) fn options(element: &Value) -> impl Iterator<Item = &Value> {
    let groups = element["option_groups"].as_array().into_iter().flatten();
    let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
    element["options"].as_array().into_iter().flatten().chain(grouped)
}
