//! Blocks: sizes, required fields, where each may stand.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks/>

use std::collections::BTreeSet;

use serde_json::Value;

use super::elements::Place;
use super::objects::Text;
use super::{Check, Surface};

impl Check {
    pub(super) fn blocks(&mut self, blocks: &Value, path: &str) {
        let most = if self.surface == Surface::Message { 50 } else { 100 };
        let mut ids = BTreeSet::new();
        self.list(blocks, path, (0, most), &mut |check, block, path| {
            check.block(block, path);
            if let Some(id) = block["block_id"].as_str().filter(|id| !id.is_empty())
                && !ids.insert(id.to_owned())
            {
                check.fail(
                    &format!("{path}/block_id"),
                    format!("block_id {id} already exists"),
                );
            }
        });
    }

    fn block(&mut self, block: &Value, path: &str) {
        if !block.is_object() {
            return self.fail(path, "must provide an object");
        }
        self.string(block, path, "block_id", 255, false);
        match block["type"].as_str().unwrap_or_default() {
            "section" => self.section(block, path),
            "actions" => self.actions(block, path),
            "input" => self.input(block, path),
            "context" => self.context(block, path),
            "divider" => self.only(block, path, &["block_id"]),
            "header" => {
                self.only(block, path, &["block_id", "text"]);
                self.text(&block["text"], &format!("{path}/text"), Text::Plain, 150);
            }
            "image" => self.image(block, path),
            "rich_text" => {
                self.only(block, path, &["block_id", "elements"]);
                self.list(
                    &block["elements"],
                    &format!("{path}/elements"),
                    (1, 100),
                    &mut |_, _, _| {},
                );
            }
            "markdown" if self.surface == Surface::Message => {
                self.only(block, path, &["block_id", "text"]);
                self.string(block, path, "text", 12_000, true);
            }
            "video" => self.string(block, path, "video_url", 3000, true),
            "table" | "context_actions" | "file" if self.surface == Surface::Message => {}
            "" => self.fail(path, "missing required field: type"),
            other => self.fail(&format!("{path}/type"), format!("unsupported type: {other}")),
        }
    }

    fn section(&mut self, block: &Value, path: &str) {
        self.only(
            block,
            path,
            &["block_id", "text", "fields", "accessory", "expand"],
        );
        self.boolean(block, path, &["expand"]);
        if block["text"].is_null() && block["fields"].is_null() {
            self.fail(path, "missing required field: text");
        }
        self.optional_text(block, path, "text", Text::Any, 3000);
        if !block["fields"].is_null() {
            self.list(
                &block["fields"],
                &format!("{path}/fields"),
                (1, 10),
                &mut |check, field, path| {
                    check.text(field, path, Text::Any, 2000);
                },
            );
        }
        if !block["accessory"].is_null() {
            self.element(&block["accessory"], &format!("{path}/accessory"), Place::Section);
        }
    }

    fn actions(&mut self, block: &Value, path: &str) {
        self.only(block, path, &["block_id", "elements"]);
        let mut ids = BTreeSet::new();
        self.list(
            &block["elements"],
            &format!("{path}/elements"),
            (1, 25),
            &mut |check, element, path| {
                check.element(element, path, Place::Actions);
                if let Some(id) = element["action_id"].as_str()
                    && !ids.insert(id.to_owned())
                {
                    check.fail(
                        &format!("{path}/action_id"),
                        format!("action_id {id} already exists"),
                    );
                }
            },
        );
    }

    fn input(&mut self, block: &Value, path: &str) {
        self.only(
            block,
            path,
            &[
                "block_id",
                "label",
                "element",
                "hint",
                "optional",
                "dispatch_action",
            ],
        );
        self.boolean(block, path, &["optional", "dispatch_action"]);
        self.text(&block["label"], &format!("{path}/label"), Text::Plain, 2000);
        self.optional_text(block, path, "hint", Text::Plain, 2000);
        self.element(&block["element"], &format!("{path}/element"), Place::Input);
    }

    fn context(&mut self, block: &Value, path: &str) {
        self.only(block, path, &["block_id", "elements"]);
        self.list(
            &block["elements"],
            &format!("{path}/elements"),
            (1, 10),
            &mut |check, element, path| {
                if element["type"] == "image" {
                    check.image(element, path);
                } else {
                    check.text(element, path, Text::Any, 2000);
                }
            },
        );
    }

    /// The image block and the image element have nearly the same fields.
    pub(super) fn image(&mut self, image: &Value, path: &str) {
        self.only(
            image,
            path,
            &["block_id", "image_url", "slack_file", "alt_text", "title"],
        );
        self.string(image, path, "alt_text", 2000, true);
        self.optional_text(image, path, "title", Text::Plain, 2000);
        if image["slack_file"].is_null() {
            self.string(image, path, "image_url", 3000, true);
        }
    }
}
