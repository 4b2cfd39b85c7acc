//! Interactive elements: sizes, required fields, the blocks each may stand in.
//!
//! <https://docs.slack.dev/reference/block-kit/block-elements/>

use chrono::{NaiveDate, NaiveTime};
use serde_json::Value;

use super::objects::Text;
use super::{Check, Surface};

/// The kind of block around an element.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Section,
    Actions,
    Input,
}

const SELECTS: [&str; 10] = [
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
];

/// What all selects may carry, whatever they choose from.
const SELECT_FIELDS: [&str; 22] = [
    "action_id",
    "placeholder",
    "confirm",
    "focus_on_load",
    "options",
    "option_groups",
    "initial_option",
    "initial_options",
    "initial_user",
    "initial_users",
    "initial_conversation",
    "initial_conversations",
    "initial_channel",
    "initial_channels",
    "default_to_current_conversation",
    "response_url_enabled",
    "filter",
    "min_query_length",
    "max_selected_items",
    "block_id",
    "exclude_bot_users",
    "exclude_external_shared_channels",
];

impl Check {
    pub(super) fn element(&mut self, element: &Value, path: &str, place: Place) {
        let Some(kind) = element["type"].as_str() else {
            return self.fail(path, "missing required field: type");
        };
        if !self.allowed(kind, place) {
            return self.fail(&format!("{path}/type"), format!("unsupported type: {kind}"));
        }
        if kind == "image" {
            return self.image(element, path);
        }
        self.string(element, path, "action_id", 255, false);
        self.confirm(element, path);
        self.optional_text(element, path, "placeholder", Text::Plain, 150);
        self.boolean(element, path, &["focus_on_load"]);
        match kind {
            "button" => self.button(element, path),
            "overflow" => {
                self.only(element, path, &["action_id", "options", "confirm"]);
                self.options(
                    &element["options"],
                    &format!("{path}/options"),
                    (1, 5),
                    Text::Plain,
                );
            }
            "checkboxes" | "radio_buttons" => self.choices(element, path, kind),
            "datepicker" | "timepicker" | "datetimepicker" => self.pickers(element, path, kind),
            "plain_text_input" | "url_text_input" | "email_text_input" | "number_input" => {
                self.text_input(element, path, kind);
            }
            _ if SELECTS.contains(&kind) => self.select(element, path, kind),
            _ => {}
        }
    }

    fn allowed(&self, kind: &str, place: Place) -> bool {
        let choice = SELECTS.contains(&kind)
            || matches!(kind, "checkboxes" | "radio_buttons" | "datepicker" | "timepicker");
        match place {
            Place::Section => choice || matches!(kind, "button" | "overflow" | "image" | "workflow_button"),
            Place::Actions => {
                choice || matches!(kind, "button" | "overflow" | "datetimepicker" | "workflow_button")
            }
            Place::Input => {
                choice
                    || matches!(
                        kind,
                        "plain_text_input" | "url_text_input" | "email_text_input" | "number_input"
                    )
                    || matches!(kind, "rich_text_input" | "datetimepicker")
                    || (kind == "file_input" && self.surface == Surface::Modal)
            }
        }
    }

    fn button(&mut self, button: &Value, path: &str) {
        let known = [
            "action_id",
            "text",
            "url",
            "value",
            "style",
            "confirm",
            "accessibility_label",
        ];
        self.only(button, path, &known);
        self.text(&button["text"], &format!("{path}/text"), Text::Plain, 75);
        self.string(button, path, "value", 2000, false);
        self.string(button, path, "url", 3000, false);
        self.string(button, path, "accessibility_label", 75, false);
        self.style(button, path);
        if let Some(link) = button["url"].as_str()
            && url::Url::parse(link).is_err()
        {
            self.fail(&format!("{path}/url"), "invalid url");
        }
    }

    fn choices(&mut self, element: &Value, path: &str, kind: &str) {
        let initial = if kind == "checkboxes" {
            "initial_options"
        } else {
            "initial_option"
        };
        self.only(
            element,
            path,
            &["action_id", "options", initial, "confirm", "focus_on_load"],
        );
        self.options(
            &element["options"],
            &format!("{path}/options"),
            (1, 10),
            Text::Any,
        );
        self.initial_options(element, path, initial);
    }

    fn pickers(&mut self, element: &Value, path: &str, kind: &str) {
        let initial = match kind {
            "datepicker" => "initial_date",
            "timepicker" => "initial_time",
            _ => "initial_date_time",
        };
        let known = [
            "action_id",
            initial,
            "confirm",
            "focus_on_load",
            "placeholder",
            "timezone",
        ];
        self.only(element, path, &known);
        let good = match (&element[initial], kind) {
            (Value::Null, _) => true,
            (Value::String(date), "datepicker") => {
                date.len() == 10 && NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
            }
            (Value::String(time), "timepicker") => NaiveTime::parse_from_str(time, "%H:%M").is_ok(),
            (Value::Number(seconds), "datetimepicker") => seconds
                .as_i64()
                .is_some_and(|seconds| seconds.to_string().len() == 10),
            _ => false,
        };
        if !good {
            self.fail(&format!("{path}/{initial}"), "must be a valid date or time");
        }
    }

    fn text_input(&mut self, element: &Value, path: &str, kind: &str) {
        let mut known = vec![
            "action_id",
            "initial_value",
            "placeholder",
            "focus_on_load",
            "dispatch_action_config",
        ];
        match kind {
            "plain_text_input" => known.extend(["multiline", "min_length", "max_length"]),
            "number_input" => known.extend(["is_decimal_allowed", "min_value", "max_value"]),
            _ => {}
        }
        self.only(element, path, &known);
        if kind == "number_input" && !element["is_decimal_allowed"].is_boolean() {
            self.fail(path, "missing required field: is_decimal_allowed");
        }
        self.boolean(element, path, &["multiline"]);
        for (key, least) in [("min_length", 0), ("max_length", 1)] {
            let value = &element[key];
            if !value.is_null() && !value.as_u64().is_some_and(|n| (least..=3000).contains(&n)) {
                self.fail(&format!("{path}/{key}"), "must be between 0 and 3000");
            }
        }
        let most = element["max_length"].as_u64().unwrap_or(3000) as usize;
        if let Some(text) = element["initial_value"].as_str() {
            self.length(text, &format!("{path}/initial_value"), 0, most);
        } else if !element["initial_value"].is_null() {
            self.fail(&format!("{path}/initial_value"), "must be a string");
        }
    }

    fn select(&mut self, element: &Value, path: &str, kind: &str) {
        self.only(element, path, &SELECT_FIELDS);
        if kind.ends_with("static_select") {
            self.options_or_groups(element, path);
            let initial = if kind.starts_with("multi_") {
                "initial_options"
            } else {
                "initial_option"
            };
            self.initial_options(element, path, initial);
        }
    }
}
