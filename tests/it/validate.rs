//! Every size and rule of Block Kit that the workspace enforces, one change of a good modal at a time.

#![expect(clippy::unwrap_used, reason = "a test that fails should say where")]

use serde_json::{Value, json};
use signoff::sandbox::workspace::validate::{Surface, blocks, view};

fn text(length: usize) -> Value {
    json!({"type": "plain_text", "text": "x".repeat(length)})
}

fn option(value: &str) -> Value {
    json!({"text": {"type": "plain_text", "text": value}, "value": value})
}

fn good() -> Value {
    json!({
        "type": "modal", "title": text(24), "submit": text(24), "private_metadata": "x".repeat(3000),
        "blocks": [
            {"type": "section", "block_id": "a", "text": text(3000), "fields": [text(2000)]},
            {"type": "input", "block_id": "b", "label": text(5),
             "element": {"type": "static_select", "action_id": "value",
                         "options": [option("x"), option("y")], "initial_option": option("x")}},
            {"type": "input", "block_id": "c", "label": text(5),
             "element": {"type": "datepicker", "action_id": "value", "initial_date": "2026-12-01"}},
            {"type": "actions", "block_id": "d", "elements": [
                {"type": "button", "action_id": "go", "text": text(75), "value": "x".repeat(2000),
                 "url": "https://x.test", "confirm": {"title": text(100), "text": text(300),
                 "confirm": text(30), "deny": text(30)}}]},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "x".repeat(2000)}]},
            {"type": "header", "text": text(150)},
            {"type": "divider"},
        ],
    })
}

#[test]
fn a_good_modal_passes() {
    assert_eq!(view(&good(), Surface::Modal), Vec::<String>::new());
}

#[test]
fn each_fault_is_named_at_its_place() {
    let cases: [(&str, Value, &str); 24] = [
        (
            "/title",
            text(25),
            "less than 25 characters [json-pointer:/view/title/text]",
        ),
        (
            "/submit",
            Value::Null,
            "missing required field: submit [json-pointer:/view]",
        ),
        (
            "/private_metadata",
            json!("x".repeat(3001)),
            "/view/private_metadata]",
        ),
        ("/type", json!("home"), "must be modal"),
        ("/blocks/0/text", text(3001), "/view/blocks/0/text/text]"),
        ("/blocks/0/text", text(0), "more than 0 characters"),
        (
            "/blocks/0/text",
            json!("bare"),
            "must provide an object [json-pointer:/view/blocks/0/text]",
        ),
        (
            "/blocks/0/fields",
            json!(vec![text(1); 11]),
            "no more than 10 items",
        ),
        ("/blocks/0/block_id", json!("b"), "block_id b already exists"),
        (
            "/blocks/0/block_id",
            json!("x".repeat(256)),
            "less than 256 characters",
        ),
        ("/blocks/0/type", json!("marquee"), "unsupported type: marquee"),
        (
            "/blocks/0/accessory",
            json!({"type": "plain_text_input"}),
            "unsupported type: plain_text_input",
        ),
        (
            "/blocks/1/label",
            Value::Null,
            "[json-pointer:/view/blocks/1/label]",
        ),
        (
            "/blocks/1/element/initial_option",
            option("z"),
            "must be one of the options",
        ),
        ("/blocks/1/element/options", json!([]), "no less than 1 items"),
        (
            "/blocks/1/element/options/1",
            option("x"),
            "option values must be unique",
        ),
        (
            "/blocks/2/element/initial_date",
            json!("1/12/2026"),
            "must be a valid date",
        ),
        ("/blocks/3/elements", json!([]), "no less than 1 items"),
        (
            "/blocks/3/elements/0/value",
            json!("x".repeat(2001)),
            "less than 2001 characters",
        ),
        ("/blocks/3/elements/0/url", json!("no url"), "invalid url"),
        (
            "/blocks/3/elements/0/confirm/deny",
            text(31),
            "less than 31 characters",
        ),
        (
            "/blocks/3/elements/0/style",
            json!("loud"),
            "must be a valid enum value",
        ),
        (
            "/blocks/3/elements/0/colour",
            json!("red"),
            "invalid additional property: colour",
        ),
        (
            "/blocks/5/text",
            json!({"type": "mrkdwn", "text": "x"}),
            "unsupported type: mrkdwn",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut bad = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = bad.pointer_mut(parent).unwrap();
        match parent.as_array_mut() {
            Some(items) => items[key.parse::<usize>().unwrap()] = value,
            None => parent[key] = value,
        }
        let problems = view(&bad, Surface::Modal);
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "{pointer}: {problems:?}"
        );
    }
}

#[test]
fn how_many_blocks_depends_on_the_surface() {
    let many = json!(vec![json!({"type": "divider"}); 51]);
    assert!(blocks(&many, Surface::Message)[0].contains("no more than 50 items"));
    assert!(blocks(&many, Surface::Home).is_empty());
}
