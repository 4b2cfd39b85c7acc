//! Messages and forms as text, roughly as a person sees them, and the limits that Slack sets them.

use serde_json::Value;
use signoff::sandbox::workspace::validate::{self, Surface};
use signoff::view::Message;
use signoff::view::text::width;
use slack_morphism::blocks::SlackView;
use std::collections::HashSet;

/// A message as text. Checks Slack's limits on the way, so that every snapshot proves them.
pub fn message(message: &Message) -> String {
    let blocks = serde_json::to_value(&message.blocks).unwrap();
    assert!(
        width(&message.text) <= 4000 && !message.text.is_empty(),
        "text: {}",
        width(&message.text)
    );
    check_blocks(&blocks, 50);
    format!("({})\n{}", readable(&message.text), rendered(&blocks))
}

/// A form as text.
pub fn view(view: &SlackView) -> String {
    let json = serde_json::to_value(view).unwrap();
    check_view(&json);
    let submit = json["submit"]["text"].as_str().unwrap_or("-");
    let (title, close) = (text(&json["title"]), text(&json["close"]));
    let about = format!(
        "callback_id {} · private_metadata {}",
        json["callback_id"], json["private_metadata"]
    );
    format!(
        "= {title} = [{submit}] [{close}]\n{about}\n{}",
        rendered(&json["blocks"])
    )
}

/// An App Home as text.
pub fn home(view: &SlackView) -> String {
    let json = serde_json::to_value(view).unwrap();
    check_view(&json);
    rendered(&json["blocks"])
}

fn rendered(blocks: &Value) -> String {
    blocks
        .as_array()
        .unwrap()
        .iter()
        .map(block)
        .collect::<Vec<_>>()
        .join("\n")
}

fn block(block: &Value) -> String {
    match block["type"].as_str().unwrap() {
        "header" => format!("# {}", text(&block["text"])),
        "section" if block["text"]["type"] == "plain_text" => {
            format!("| {}", text(&block["text"]).replace('\n', "\n| "))
        }
        "section" => readable(text(&block["text"])),
        "context" => format!("~ {}", readable(text(&block["elements"][0]))),
        "actions" => block["elements"]
            .as_array()
            .unwrap()
            .iter()
            .map(button)
            .collect::<Vec<_>>()
            .join(" "),
        "input" => input(block),
        other => panic!("a block that the renderer does not know: {other}"),
    }
}

fn button(element: &Value) -> String {
    let style = if element["style"] == "primary" { "*" } else { "" };
    let asks = if element["confirm"].is_object() {
        " (asks back)"
    } else {
        ""
    };
    let (label, action, value) = (text(&element["text"]), &element["action_id"], &element["value"]);
    format!(
        "[{style}{label}{style}{asks} {}={}]",
        action.as_str().unwrap(),
        value.as_str().unwrap()
    )
}

fn input(block: &Value) -> String {
    let element = &block["element"];
    assert_eq!(element["action_id"], "value", "every input has this action_id");
    let optional = if block["optional"] == true {
        " (optional)"
    } else {
        ""
    };
    let options: Vec<&str> = element["options"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|o| o["value"].as_str().unwrap())
        .collect();
    let initial = ["initial_value", "initial_date"]
        .iter()
        .find_map(|key| element[key].as_str());
    let initial = initial.or(element["initial_option"]["value"].as_str());
    let initial = initial
        .or(element["initial_options"][0]["value"].as_str())
        .unwrap_or("");
    let hint = block["hint"]["text"]
        .as_str()
        .map(|hint| format!("\n    hint: {hint}"))
        .unwrap_or_default();
    format!(
        "{}: {}{optional} <{}> {options:?} = {initial:?}{hint}",
        block["block_id"].as_str().unwrap(),
        text(&block["label"]),
        element["type"].as_str().unwrap()
    )
}

fn text(object: &Value) -> &str {
    object["text"].as_str().unwrap()
}

/// Date tokens by their fallback, mentions and links by what they show.
fn readable(mrkdwn: &str) -> String {
    let mut rest = mrkdwn;
    let mut said = String::new();
    while let Some((before, token)) = rest.split_once('<') {
        let (token, after) = token.split_once('>').expect("every token is closed");
        said.push_str(before);
        match token.strip_prefix("!date").and(token.split_once('|')) {
            Some((_, fallback)) => said.push_str(&format!("{{{fallback}}}")),
            None => match token.split_once('|') {
                Some((_, label)) => said.push_str(&format!("<{label}>")),
                None => said.push_str(token),
            },
        }
        rest = after;
    }
    said + rest
}

/// All sizes of `notes/slack.md` for a list of blocks, by counting, and by what the local workspace takes.
pub fn check_blocks(blocks: &Value, most: usize) {
    let surface = if most == 50 {
        Surface::Message
    } else {
        Surface::Modal
    };
    let problems = validate::blocks(blocks, surface);
    assert!(problems.is_empty(), "{problems:#?}");
    let blocks = blocks.as_array().unwrap();
    assert!((1..=most).contains(&blocks.len()), "{} blocks", blocks.len());
    let mut seen = HashSet::new();
    for block in blocks {
        let id = block["block_id"].as_str().expect("every block has an id");
        assert!(id.len() <= 255 && seen.insert(id.to_owned()), "block_id {id}");
        check_block(block);
    }
}

fn check_block(block: &Value) {
    match block["type"].as_str().unwrap() {
        "header" => fits(&block["text"], 150),
        "section" => fits(&block["text"], 3000),
        "context" => {
            let elements = block["elements"].as_array().unwrap();
            assert!((1..=10).contains(&elements.len()));
            elements.iter().for_each(|element| fits(element, 2000));
        }
        "actions" => check_actions(block["elements"].as_array().unwrap()),
        "rich_text" => assert!(block.to_string().len() < 10_000),
        "input" => {
            fits(&block["label"], 2000);
            if block["hint"].is_object() {
                fits(&block["hint"], 2000);
            }
            check_input(&block["element"]);
        }
        other => panic!("a block without known limits: {other}"),
    }
}

fn check_actions(elements: &[Value]) {
    assert!((1..=25).contains(&elements.len()));
    let mut seen = HashSet::new();
    for element in elements {
        assert_eq!(element["type"], "button");
        let action = element["action_id"].as_str().unwrap();
        assert!(action.len() <= 255 && seen.insert(action), "action_id {action}");
        assert!(element["value"].as_str().unwrap().len() <= 2000);
        fits(&element["text"], 75);
        if element["confirm"].is_object() {
            let confirm = &element["confirm"];
            [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)]
                .iter()
                .for_each(|(key, max)| fits(&confirm[key], *max));
        }
    }
}

fn check_input(element: &Value) {
    if let Some(options) = element["options"].as_array() {
        assert!((1..=100).contains(&options.len()), "{} options", options.len());
        for option in options {
            fits(&option["text"], 75);
            assert!(option["value"].as_str().unwrap().len() <= 75);
        }
        let initial = &element["initial_option"];
        assert!(
            initial.is_null() || options.contains(initial),
            "the initial option is one of them"
        );
    }
    if let Some(initial) = element["initial_value"].as_str() {
        assert!(width(initial) as u64 <= element["max_length"].as_u64().unwrap());
        assert!(width(initial) <= 3000);
    }
}

/// One text object: not empty, not too long, `emoji: false` where plain, `verbatim: true` where not.
fn fits(object: &Value, max: usize) {
    let text = text(object);
    assert!(!text.is_empty(), "an empty text");
    assert!(width(text) <= max, "{} of {max} characters: {text}", width(text));
    match object["type"].as_str().unwrap() {
        "plain_text" => assert_eq!(object["emoji"], false),
        "mrkdwn" => {
            assert_eq!(object["verbatim"], true);
            let open = text.matches('<').count();
            assert_eq!(open, text.matches('>').count(), "a token that was cut: {text}");
        }
        other => panic!("{other}"),
    }
}

pub fn check_view(json: &Value) {
    check_blocks(&json["blocks"], 100);
    for key in ["title", "submit", "close"] {
        if json[key].is_object() {
            fits(&json[key], 24);
        }
    }
    assert!(json["private_metadata"].as_str().unwrap_or("").len() <= 3000);
    assert!(json.to_string().len() <= 250_000);
}

/// Every mrkdwn text of a message or form, the fallback text included.
pub fn mrkdwn_of(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::Object(map) => {
            if map.get("type").is_some_and(|kind| kind == "mrkdwn") {
                found.push(text(json).to_owned());
            }
            map.values().for_each(|value| mrkdwn_of(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| mrkdwn_of(value, found)),
        _ => {}
    }
}
