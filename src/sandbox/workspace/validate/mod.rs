//! Refuses the Block Kit that Slack refuses, naming the place as `response_metadata.messages` does.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks/>; sizes from the project's notes on Slack.

mod blocks;
mod elements;
mod objects;
mod view;

use serde_json::Value;

pub use view::view;

/// Where blocks are shown; it decides which are allowed and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A message: 50 blocks.
    Message,
    /// A modal: 100 blocks.
    Modal,
    /// App Home: 100 blocks.
    Home,
}

/// The problems in a `blocks` value, empty if Slack would take it.
pub fn blocks(value: &Value, surface: Surface) -> Vec<String> {
    let mut check = Check {
        problems: Vec::new(),
        surface,
    };
    check.blocks(value, "/blocks");
    check.problems
}

/// Gives blocks and elements the ids that Slack assigns, and text objects their default fields.
pub(crate) fn assign_ids(blocks: &mut Value) {
    for block in blocks.as_array_mut().into_iter().flatten() {
        if block.get("block_id").is_none_or(|id| id == "") {
            block["block_id"] = Value::from(random_id());
        }
        let kind = block["type"].clone();
        if kind == "actions" || kind == "context_actions" {
            for element in block["elements"].as_array_mut().into_iter().flatten() {
                assign_action_id(element);
            }
        }
        for key in ["accessory", "element"] {
            if let Some(element) = block.get_mut(key) {
                assign_action_id(element);
            }
        }
        objects::defaults(block);
    }
}

fn assign_action_id(element: &mut Value) {
    if element["type"] != "image" && element.get("action_id").is_none_or(|id| id == "") {
        element["action_id"] = Value::from(random_id());
    }
}

fn random_id() -> String {
    (0..5).map(|_| fastrand::alphanumeric()).collect()
}

/// Collects problems on a walk through the blocks.
struct Check {
    problems: Vec<String>,
    surface: Surface,
}

impl Check {
    fn fail(&mut self, path: &str, message: impl AsRef<str>) {
        self.problems
            .push(format!("[ERROR] {} [json-pointer:{path}]", message.as_ref()));
    }

    /// Slack refuses fields it does not know.
    fn only(&mut self, object: &Value, path: &str, known: &[&str]) {
        for (key, value) in object.as_object().into_iter().flatten() {
            if key != "type" && !value.is_null() && !known.contains(&key.as_str()) {
                self.fail(path, format!("invalid additional property: {key}"));
            }
        }
    }

    /// A plain string field of at most `most` characters; `null` and absence are the same.
    fn string(&mut self, object: &Value, path: &str, key: &str, most: usize, needed: bool) {
        let at = format!("{path}/{key}");
        match &object[key] {
            Value::Null if needed => self.fail(path, format!("missing required field: {key}")),
            Value::Null => {}
            Value::String(text) => self.length(text, &at, 1, most),
            _ => self.fail(&at, "must be a string"),
        }
    }

    fn length(&mut self, text: &str, path: &str, least: usize, most: usize) {
        let length = text.chars().count();
        if length > most {
            self.fail(path, format!("must be less than {} characters", most + 1));
        }
        if length < least {
            self.fail(
                path,
                format!("must be more than {} characters", least.saturating_sub(1)),
            );
        }
    }

    fn boolean(&mut self, object: &Value, path: &str, keys: &[&str]) {
        for key in keys {
            if !matches!(object[*key], Value::Null | Value::Bool(_)) {
                self.fail(&format!("{path}/{key}"), "must be a boolean");
            }
        }
    }

    /// A list of `least..=most` items, each checked by `each`.
    fn list(
        &mut self,
        value: &Value,
        path: &str,
        (least, most): (usize, usize),
        each: &mut dyn FnMut(&mut Self, &Value, &str),
    ) {
        let Some(items) = value.as_array() else {
            return self.fail(path, "must provide an array");
        };
        if items.len() < least {
            self.fail(path, format!("no less than {least} items required"));
        }
        if items.len() > most {
            self.fail(path, format!("no more than {most} items allowed"));
        }
        for (index, item) in items.iter().enumerate() {
            each(self, item, &format!("{path}/{index}"));
        }
    }
}
