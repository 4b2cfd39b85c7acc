//! `signoff manifest`: what Slack is told about the app, in both modes, as the binary prints it.

use serde_json::{Value, json};
use slack_morphism::prelude::SlackAppManifest;
use std::process::Command;
use yaml_rust2::{Yaml, YamlLoader};

/// What the binary prints, read as Slack would read it.
fn manifest(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .arg("manifest")
        .args(arguments)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let documents = YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let [document] = documents.as_slice() else {
        panic!("one document, not {}", documents.len());
    };
    value(document)
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => json!(text),
        Yaml::Boolean(yes) => json!(yes),
        Yaml::Array(items) => items.iter().map(value).collect(),
        Yaml::Hash(entries) => entries
            .iter()
            .map(|(key, entry)| (key.as_str().expect("a name").to_owned(), value(entry)))
            .collect(),
        other => panic!("nothing else belongs into a manifest: {other:?}"),
    }
}

/// Every `url` and `request_url` in it.
fn urls(manifest: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![manifest];
    while let Some(value) = left.pop() {
        for (key, inner) in value.as_object().into_iter().flatten() {
            if matches!(key.as_str(), "url" | "request_url") {
                found.push(inner.as_str().expect("an address").to_owned());
            }
        }
        left.extend(value.as_object().into_iter().flat_map(|object| object.values()));
        left.extend(value.as_array().into_iter().flatten());
    }
    found
}

const MODES: [&str; 2] = ["http", "socket"];

#[test]
fn every_key_is_one_that_slack_knows() {
    for mode in MODES {
        let mut manifest = manifest(&["--mode", mode]);
        // The model below does not have this one; https://docs.slack.dev/reference/app-manifest does.
        let settings = manifest["settings"].as_object_mut().expect("settings");
        assert_eq!(
            settings.remove("token_rotation_enabled"),
            Some(json!(false)),
            "{mode}"
        );
        let model: SlackAppManifest = serde_json::from_value(manifest.clone()).expect("Slack's own shape");
        // A misspelt key is ignored on the way in, so it is missing on the way out.
        assert_eq!(serde_json::to_value(model).expect("JSON"), manifest, "{mode}");
    }
}

#[test]
fn the_fixed_names_are_in_it() {
    for mode in MODES {
        let manifest = manifest(&["--mode", mode]);
        let features = &manifest["features"];
        let command = &features["slash_commands"][0];
        assert_eq!(command["command"], "/review-request", "{mode}");
        assert_eq!(
            command["should_escape"], true,
            "{mode}: a mention must arrive as an id"
        );
        let shortcuts: Vec<(&str, &str)> = features["shortcuts"]
            .as_array()
            .expect("shortcuts")
            .iter()
            .map(|shortcut| (text(&shortcut["type"]), text(&shortcut["callback_id"])))
            .collect();
        assert_eq!(
            shortcuts,
            [("global", "new_request"), ("message", "request_review")],
            "{mode}"
        );
        let settings = &manifest["settings"];
        assert_eq!(settings["interactivity"]["is_enabled"], true, "{mode}");
        assert_eq!(
            settings["event_subscriptions"]["bot_events"],
            json!(["app_home_opened"]),
            "{mode}"
        );
        assert_eq!(settings["org_deploy_enabled"], false, "{mode}");
        assert_eq!(settings["socket_mode_enabled"], mode == "socket", "{mode}");
    }
}

#[test]
fn it_asks_for_the_scopes_that_check_explains_and_no_others() {
    let explained = include_str!("../../src/cli/check.rs");
    let minimal = [
        "channels:history",
        "chat:write",
        "commands",
        "im:history",
        "im:write",
        "usergroups:read",
        "users.profile:read",
        "users:read",
    ];
    for mode in MODES {
        let manifest = manifest(&["--mode", mode]);
        let scopes = &manifest["oauth_config"]["scopes"];
        let mut bot: Vec<&str> = scopes["bot"]
            .as_array()
            .expect("scopes")
            .iter()
            .map(text)
            .collect();
        bot.sort_unstable();
        assert_eq!(bot, minimal, "{mode}");
        assert_eq!(
            scopes["user"],
            Value::Null,
            "{mode}: nobody's own token is needed"
        );
        for scope in bot {
            assert!(
                explained.contains(&format!("{scope:?}")),
                "`signoff check` does not say what {scope} is for"
            );
        }
    }
}

#[test]
fn it_keeps_to_slacks_sizes() {
    for mode in MODES {
        let manifest = manifest(&["--mode", mode]);
        let (about, features) = (&manifest["display_information"], &manifest["features"]);
        assert!(length(&about["name"]) <= 35, "{mode}");
        assert!(length(&about["description"]) <= 140, "{mode}");
        assert!(
            (174..=4000).contains(&length(&about["long_description"])),
            "{mode}"
        );
        let name = text(&features["bot_user"]["display_name"]);
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        assert!(name.chars().all(allowed), "{mode}: {name}");
        for shortcut in features["shortcuts"].as_array().expect("shortcuts") {
            assert!(length(&shortcut["name"]) <= 24, "{mode}: {shortcut}");
            assert!(length(&shortcut["description"]) <= 150, "{mode}: {shortcut}");
        }
    }
}

#[test]
fn http_mode_names_the_address_three_times_and_socket_mode_never() {
    let example = "https://signoff.example.com/slack/events".to_owned();
    assert_eq!(urls(&manifest(&[])), vec![example; 3], "HTTP is the default");
    let ours = "https://reviews.corp.test/bots/slack/events".to_owned();
    for url in [
        "https://reviews.corp.test/bots",
        "https://reviews.corp.test/bots/",
    ] {
        assert_eq!(urls(&manifest(&["--url", url])), vec![ours.clone(); 3], "{url}");
    }
    assert_eq!(urls(&manifest(&["--mode", "socket"])), Vec::<String>::new());
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn length(value: &Value) -> usize {
    text(value).chars().count()
}
