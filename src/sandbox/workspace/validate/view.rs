//! Modals and App Home views as `views.*` takes them.
//!
//! <https://docs.slack.dev/reference/views/>

use serde_json::Value;

use super::objects::Text;
use super::{Check, Surface};

/// 250 KB, the most a view may weigh.
const LARGEST_VIEW: usize = 250 * 1024;

/// The problems in a view for `surface` (a modal or Home), empty if Slack would take it.
pub fn view(view: &Value, surface: Surface) -> Vec<String> {
    let mut check = Check {
        problems: Vec::new(),
        surface,
    };
    let expected = if surface == Surface::Home { "home" } else { "modal" };
    if view["type"] != expected {
        check.fail("/view/type", format!("must be {expected}"));
        return check.problems;
    }
    if view.to_string().len() > LARGEST_VIEW {
        check.fail("/view", "view_too_large");
    }
    let common = ["blocks", "private_metadata", "callback_id", "external_id"];
    let modal = [
        "title",
        "submit",
        "close",
        "clear_on_close",
        "notify_on_close",
        "submit_disabled",
    ];
    let known: Vec<&str> = common
        .into_iter()
        .chain((surface == Surface::Modal).then_some(modal).into_iter().flatten())
        .collect();
    check.only(view, "/view", &known);
    check.private(view, "private_metadata", 3000);
    check.private(view, "callback_id", 255);
    check.private(view, "external_id", 255);
    check.blocks(&view["blocks"], "/view/blocks");
    if surface == Surface::Modal {
        check.frame(view);
    }
    check.problems
}

impl Check {
    fn frame(&mut self, view: &Value) {
        self.text(&view["title"], "/view/title", Text::Plain, 24);
        self.optional_text(view, "/view", "submit", Text::Plain, 24);
        self.optional_text(view, "/view", "close", Text::Plain, 24);
        self.boolean(
            view,
            "/view",
            &["clear_on_close", "notify_on_close", "submit_disabled"],
        );
        let has_input = view["blocks"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|block| block["type"] == "input");
        if has_input && view["submit"].is_null() {
            self.fail("/view", "missing required field: submit");
        }
    }

    /// Fields that may be empty strings.
    fn private(&mut self, view: &Value, key: &str, most: usize) {
        match &view[key] {
            Value::Null => {}
            Value::String(text) => self.length(text, &format!("/view/{key}"), 0, most),
            _ => self.fail(&format!("/view/{key}"), "must be a string"),
        }
    }
}
