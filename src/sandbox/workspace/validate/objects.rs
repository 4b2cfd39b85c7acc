//! Composition objects: texts, options, confirmations.
//!
//! <https://docs.slack.dev/reference/block-kit/composition-objects/>

use serde_json::{Value, json};

use super::Check;

/// Which kinds of text object a place takes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Text {
    Plain,
    Any,
}

impl Check {
    /// A required text object of at most `most` characters.
    pub(super) fn text(&mut self, text: &Value, path: &str, kind: Text, most: usize) {
        if !text.is_object() {
            return self.fail(path, "must provide an object");
        }
        match text["type"].as_str() {
            Some("plain_text") => {
                self.only(text, path, &["text", "emoji"]);
                self.boolean(text, path, &["emoji"]);
            }
            Some("mrkdwn") if kind == Text::Any => {
                self.only(text, path, &["text", "verbatim"]);
                self.boolean(text, path, &["verbatim"]);
            }
            Some(other) => self.fail(&format!("{path}/type"), format!("unsupported type: {other}")),
            None => self.fail(path, "missing required field: type"),
        }
        self.string(text, path, "text", most, true);
    }

    /// A text object that may be absent.
    pub(super) fn optional_text(&mut self, object: &Value, path: &str, key: &str, kind: Text, most: usize) {
        if !object[key].is_null() {
            self.text(&object[key], &format!("{path}/{key}"), kind, most);
        }
    }

    pub(super) fn confirm(&mut self, element: &Value, path: &str) {
        let confirm = &element["confirm"];
        if confirm.is_null() {
            return;
        }
        let path = format!("{path}/confirm");
        self.only(confirm, &path, &["title", "text", "confirm", "deny", "style"]);
        self.text(&confirm["title"], &format!("{path}/title"), Text::Plain, 100);
        self.text(&confirm["text"], &format!("{path}/text"), Text::Any, 300);
        self.text(&confirm["confirm"], &format!("{path}/confirm"), Text::Plain, 30);
        self.text(&confirm["deny"], &format!("{path}/deny"), Text::Plain, 30);
        self.style(confirm, &path);
    }

    pub(super) fn style(&mut self, object: &Value, path: &str) {
        if !object["style"].is_null() && object["style"] != "primary" && object["style"] != "danger" {
            self.fail(&format!("{path}/style"), "must be a valid enum value");
        }
    }

    /// One option; radio buttons and checkboxes may use mrkdwn.
    pub(super) fn option(&mut self, option: &Value, path: &str, kind: Text) {
        self.only(option, path, &["text", "value", "description", "url"]);
        self.text(&option["text"], &format!("{path}/text"), kind, 75);
        self.string(option, path, "value", 75, true);
        self.optional_text(option, path, "description", kind, 75);
        self.string(option, path, "url", 3000, false);
    }

    /// `options` or `option_groups` of a static select.
    pub(super) fn options_or_groups(&mut self, element: &Value, path: &str) {
        match (&element["options"], &element["option_groups"]) {
            (Value::Null, Value::Null) => self.fail(path, "missing required field: options"),
            (options, Value::Null) => {
                self.options(options, &format!("{path}/options"), (1, 100), Text::Plain)
            }
            (Value::Null, groups) => {
                self.list(
                    groups,
                    &format!("{path}/option_groups"),
                    (1, 100),
                    &mut |check, group, path| {
                        check.only(group, path, &["label", "options"]);
                        check.text(&group["label"], &format!("{path}/label"), Text::Plain, 75);
                        check.options(
                            &group["options"],
                            &format!("{path}/options"),
                            (1, 100),
                            Text::Plain,
                        );
                    },
                );
            }
            _ => self.fail(path, "only one of options and option_groups may be given"),
        }
    }

    /// A list of options with distinct values.
    pub(super) fn options(&mut self, options: &Value, path: &str, limits: (usize, usize), kind: Text) {
        let mut seen = Vec::new();
        self.list(options, path, limits, &mut |check, option, path| {
            check.option(option, path, kind);
            if seen.contains(&option["value"]) {
                check.fail(path, "option values must be unique");
            }
            seen.push(option["value"].clone());
        });
    }

    /// `initial_option(s)` must equal options of the list, text included.
    pub(super) fn initial_options(&mut self, element: &Value, path: &str, key: &str) {
        let chosen: Vec<&Value> = match &element[key] {
            Value::Null => return,
            Value::Array(many) if key == "initial_options" => many.iter().collect(),
            one if key == "initial_option" => vec![one],
            _ => return self.fail(&format!("{path}/{key}"), "must provide an array"),
        };
        if chosen.is_empty() {
            self.fail(&format!("{path}/{key}"), "no less than 1 items required");
        }
        for option in chosen {
            let known = crate::sandbox::workspace::fill::options(element).any(|known| same(known, option));
            if !known {
                self.fail(&format!("{path}/{key}"), "must be one of the options");
            }
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    a["value"] == b["value"] && a["text"]["text"] == b["text"]["text"] && a["description"] == b["description"]
}

/// Adds `emoji` and `verbatim` where the bot left them out, as Slack's answers do.
pub(super) fn defaults(node: &mut Value) {
    match node {
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).map(str::to_owned);
            match kind.as_deref() {
                Some("plain_text") => drop(object.entry("emoji").or_insert(json!(true))),
                Some("mrkdwn") => drop(object.entry("verbatim").or_insert(json!(false))),
                _ => {}
            }
            object.values_mut().for_each(defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(defaults),
        _ => {}
    }
}
