//! Messages and views as text: flattened for assertions, boxed for a terminal.

use serde_json::Value;

use super::fill;
use super::message::{Message, string};
use super::text::Reader;
use super::view::View;

/// All visible text of `blocks`, one line a block, without buttons.
pub fn plain(blocks: &[Value], reader: &Reader) -> String {
    let lines: Vec<String> = blocks.iter().map(|block| words(block, reader)).collect();
    lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A message in a box: its author, its text, its buttons in `[ ]`.
pub fn message(message: &Message) -> String {
    let reader = &message.reader;
    let author = reader.names.get(&message.user).unwrap_or(&message.user);
    let note = match (&message.ephemeral_to, message.edited_at) {
        (Some(_), _) => " (only visible to you)",
        (None, Some(_)) => " (edited)",
        (None, None) => "",
    };
    let lines = if message.blocks.is_empty() {
        reader.mrkdwn(&message.text).lines().map(str::to_owned).collect()
    } else {
        block_lines(&message.blocks, reader, &|_, _| None)
    };
    boxed(&format!("{author}{note}"), &lines, None)
}

/// A modal or App Home in a box, inputs with what they hold.
pub fn view(view: &View) -> String {
    let shown = |block_id: &str, element: &Value| fill::shown(&view.state_of(block_id, element));
    let mut lines = block_lines(view.blocks(), &view.reader, &shown);
    for (block_id, error) in &view.errors {
        lines.push(format!("! {block_id}: {error}"));
    }
    let title = if view.kind() == "home" {
        "Home".to_owned()
    } else {
        view.title()
    };
    let buttons: Vec<String> = ["close", "submit"]
        .iter()
        .map(|key| string(&view.spec[*key]["text"]))
        .filter(|label| !label.is_empty())
        .map(|label| format!("[ {label} ]"))
        .collect();
    boxed(&title, &lines, (!buttons.is_empty()).then(|| buttons.join(" ")))
}

fn boxed(title: &str, lines: &[String], foot: Option<String>) -> String {
    let mut out = format!("┌─ {title}\n");
    for line in lines {
        out.push_str(&format!("│ {line}\n"));
    }
    match foot {
        Some(foot) => out.push_str(&format!("└─ {foot}\n")),
        None => out.push_str("└─\n"),
    }
    out
}

/// What an input shows: (`block_id`, element) to text.
type Shown<'a> = &'a dyn Fn(&str, &Value) -> Option<String>;

fn block_lines(blocks: &[Value], reader: &Reader, shown: Shown<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks {
        match block["type"].as_str() {
            Some("divider") => lines.push("─".repeat(24)),
            Some("header") => {
                lines.push(words(block, reader).to_uppercase());
            }
            Some("input") => {
                let value = shown(&string(&block["block_id"]), &block["element"]).unwrap_or_default();
                let star = if block["optional"] == true {
                    " (optional)"
                } else {
                    ""
                };
                lines.push(format!("{}{star}: [{value}]", string(&block["label"]["text"])));
                let hint = string(&block["hint"]["text"]);
                lines.extend((!hint.is_empty()).then(|| format!("  {hint}")));
            }
            _ => lines.extend(words(block, reader).lines().map(str::to_owned)),
        }
        let labels = controls(block);
        if !labels.is_empty() {
            lines.push(labels.join(" "));
        }
    }
    lines
}

/// The labels of a block's controls, inputs aside.
fn controls(block: &Value) -> Vec<String> {
    let many = block["elements"].as_array().into_iter().flatten();
    many.chain(block.get("accessory")).filter_map(control).collect()
}

fn control(element: &Value) -> Option<String> {
    let label = match element["type"].as_str()? {
        "button" | "workflow_button" => string(&element["text"]["text"]),
        "overflow" => {
            let options = element["options"].as_array().into_iter().flatten();
            options
                .map(|option| string(&option["text"]["text"]))
                .collect::<Vec<_>>()
                .join(" | ")
        }
        _ if element.get("action_id").is_some() => {
            let initial = fill::shown(&fill::initial(element));
            initial.unwrap_or_else(|| string(&element["placeholder"]["text"]))
        }
        _ => return None,
    };
    Some(format!("[ {label} ]"))
}

/// The visible words of one block.
fn words(block: &Value, reader: &Reader) -> String {
    match block["type"].as_str().unwrap_or_default() {
        "section" => {
            let fields = block["fields"].as_array().into_iter().flatten();
            let parts = block
                .get("text")
                .into_iter()
                .chain(fields)
                .map(|text| text_object(text, reader));
            parts.collect::<Vec<_>>().join("\n")
        }
        "header" => text_object(&block["text"], reader),
        "context" => {
            let elements = block["elements"].as_array().into_iter().flatten();
            let parts = elements.map(|element| match element["type"].as_str() {
                Some("image") => string(&element["alt_text"]),
                _ => text_object(element, reader),
            });
            parts.collect::<Vec<_>>().join(" ")
        }
        "markdown" => string(&block["text"]),
        "image" | "video" => {
            let title = text_object(&block["title"], reader);
            if title.is_empty() {
                string(&block["alt_text"])
            } else {
                title
            }
        }
        "input" => {
            let label = string(&block["label"]["text"]);
            let hint = string(&block["hint"]["text"]);
            if hint.is_empty() {
                label
            } else {
                format!("{label}\n{hint}")
            }
        }
        "rich_text" | "table" => rich(block, reader),
        _ => String::new(),
    }
}

fn text_object(text: &Value, reader: &Reader) -> String {
    let content = string(&text["text"]);
    if text["type"] == "mrkdwn" {
        reader.mrkdwn(&content)
    } else {
        content
    }
}

/// Rich text is a tree: leaves have a text, a link or an id.
fn rich(node: &Value, reader: &Reader) -> String {
    let name = |id: &Value| {
        reader
            .names
            .get(&string(id))
            .cloned()
            .unwrap_or_else(|| string(id))
    };
    match node["type"].as_str().unwrap_or_default() {
        "text" | "raw_text" => string(&node["text"]),
        "link" => string(node.get("text").unwrap_or(&node["url"])),
        "user" => format!("@{}", name(&node["user_id"])),
        "channel" => format!("#{}", name(&node["channel_id"])),
        "usergroup" => format!("@{}", name(&node["usergroup_id"])),
        "broadcast" => format!("@{}", string(&node["range"])),
        "emoji" => format!(":{}:", string(&node["name"])),
        kind => {
            let rows = node["rows"].as_array().into_iter().flatten();
            let rows = rows.map(|row| {
                let cells = row
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|cell| rich(cell, reader));
                cells.collect::<Vec<_>>().join(" | ")
            });
            let children = node["elements"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|child| rich(child, reader));
            let separator = if matches!(kind, "rich_text_section" | "") {
                ""
            } else {
                "\n"
            };
            rows.chain(children).collect::<Vec<_>>().join(separator)
        }
    }
}
