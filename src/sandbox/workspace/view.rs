//! Modals and App Home views.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::fill;
use super::message::{Button, buttons, string};
use super::render;
use super::text::Reader;

/// Field errors of a submission, by `block_id`.
pub type FieldErrors = BTreeMap<String, String>;

/// One open view.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    /// `V…`.
    pub id: String,
    /// Changes with every update by the bot (`views.update`'s guard), not when a submission fails.
    pub hash: String,
    /// The view object the bot sent, with the ids that Slack assigned.
    pub spec: Value,
    /// The first view of the stack.
    pub root_view_id: String,
    /// The view under it.
    pub previous_view_id: Option<String>,
    /// What the person has typed so far: (`block_id`, `action_id`) to a state value.
    #[serde(skip)]
    pub(crate) typed: BTreeMap<(String, String), Value>,
    /// The errors shown after a refused submission.
    pub errors: FieldErrors,
    #[serde(skip)]
    pub(crate) reader: Arc<Reader>,
}

impl View {
    /// `modal` or `home`.
    pub fn kind(&self) -> String {
        string(&self.spec["type"])
    }

    /// The bot's name for it.
    pub fn callback_id(&self) -> String {
        string(&self.spec["callback_id"])
    }

    /// The modal's title.
    pub fn title(&self) -> String {
        string(&self.spec["title"]["text"])
    }

    /// The bot's hidden note.
    pub fn private_metadata(&self) -> String {
        string(&self.spec["private_metadata"])
    }

    /// The blocks.
    pub fn blocks(&self) -> &[Value] {
        self.spec["blocks"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// All visible text, labels of inputs included, buttons left out.
    pub fn text(&self) -> String {
        render::plain(self.blocks(), &self.reader)
    }

    /// The view as boxed lines for a terminal.
    pub fn render(&self) -> String {
        render::view(self)
    }

    /// The buttons and overflow options, in order.
    pub fn buttons(&self) -> Vec<Button> {
        buttons(self.blocks())
    }

    /// Is there such a button now?
    pub fn has_button(&self, action_id: &str) -> bool {
        self.buttons().iter().any(|button| button.action_id == action_id)
    }

    /// The `block_id`s of the inputs, in order.
    pub fn inputs(&self) -> Vec<String> {
        self.input_blocks()
            .map(|block| string(&block["block_id"]))
            .collect()
    }

    /// What the input shows now: typed, preselected, or nothing. Lists are joined with commas.
    pub fn value(&self, block_id: &str) -> Option<String> {
        let block = self.input_blocks().find(|block| block["block_id"] == block_id)?;
        fill::shown(&self.state_of(block_id, &block["element"]))
    }

    pub(crate) fn input_blocks(&self) -> impl Iterator<Item = &Value> {
        self.blocks().iter().filter(|block| block["type"] == "input")
    }

    /// The state value of one element: what was typed, else what the bot preselected.
    pub(crate) fn state_of(&self, block_id: &str, element: &Value) -> Value {
        let key = (block_id.to_owned(), string(&element["action_id"]));
        self.typed
            .get(&key)
            .cloned()
            .unwrap_or_else(|| fill::initial(element))
    }

    /// `state.values` of a payload.
    pub(crate) fn state_values(&self) -> Value {
        state_values(self.blocks(), &|block_id, element| {
            self.state_of(block_id, element)
        })
    }

    /// The view object of answers and payloads.
    pub(crate) fn to_json(&self, ids: &ViewOwner<'_>) -> Value {
        let mut view = self.spec.clone();
        let fields = json!({
            "id": self.id,
            "team_id": ids.team_id,
            "app_id": ids.app_id,
            "app_installed_team_id": ids.team_id,
            "bot_id": ids.bot_id,
            "hash": self.hash,
            "root_view_id": self.root_view_id,
            "previous_view_id": self.previous_view_id,
            "state": {"values": self.state_values()},
        });
        merge(&mut view, fields);
        for (key, default) in [
            ("private_metadata", json!("")),
            ("callback_id", json!("")),
            ("external_id", json!("")),
            ("clear_on_close", json!(false)),
            ("notify_on_close", json!(false)),
            ("title", Value::Null),
            ("close", Value::Null),
            ("submit", Value::Null),
        ] {
            if view.get(key).is_none() {
                view[key] = default;
            }
        }
        view
    }
}

/// The ids that every view object carries.
pub(crate) struct ViewOwner<'a> {
    pub(crate) team_id: &'a str,
    pub(crate) app_id: &'a str,
    pub(crate) bot_id: &'a str,
}

/// Builds `state.values` for all elements that hold a value.
pub(crate) fn state_values(blocks: &[Value], state_of: &dyn Fn(&str, &Value) -> Value) -> Value {
    let mut values = Map::new();
    for (block, element) in super::message::elements(blocks) {
        if !fill::holds_value(element) {
            continue;
        }
        let (block_id, action_id) = (string(&block["block_id"]), string(&element["action_id"]));
        let state = state_of(&block_id, element);
        let entry = values.entry(block_id).or_insert_with(|| json!({}));
        entry[action_id] = state;
    }
    Value::Object(values)
}

/// Copies the fields of `extra` into the object `target`.
pub(crate) fn merge(target: &mut Value, extra: Value) {
    if let (Some(target), Value::Object(extra)) = (target.as_object_mut(), extra) {
        target.extend(extra);
    }
}
