//! The worst that people can type, in the largest company there is: Slack takes every payload, and by counting too
//! none is near what it would refuse. The local workspace refuses what Slack refuses.

use crate::support::{Database, Test, Transport, config_with, run_test};
use serde_json::Value;
use signoff::sandbox::workspace::User;

const REQUESTS: usize = 200;
const REVIEWERS: usize = 40;

/// As long as titles may be, and each character longer once it is escaped.
fn title(n: usize) -> String {
    let number = n.to_string();
    format!("{number} {}", "&<>".repeat((129 - number.len()) / 3))
}

fn reviewer(n: usize) -> String {
    format!("U0REVIEWER{n:02}")
}

async fn hire(t: &Test) {
    let name = "A very long name <&> of somebody who has seven of them & a title".to_owned();
    for n in 0..REVIEWERS {
        let user = User::new(&reviewer(n)).named(&name).handle(&name);
        t.ws.put_user(user.zone("America/Los_Angeles", -8 * 3600));
        t.ws.add_to_group("S0MARKETING", &reviewer(n));
    }
}

#[tokio::test]
async fn two_hundred_open_requests_of_the_longest_titles() {
    let config = config_with("").replace("[lanes.marketing]", "[lanes.marketing]\nping = \"round-robin\"");
    run_test(
        Transport::Http,
        Database::Sqlite,
        &config,
        async |t: &mut Test| {
            hire(t).await;
            for n in 1..=REQUESTS {
                let wide = if n % 3 == 0 { "--wide " } else { "" };
                let link = format!("https://example.com/?{}", "&".repeat(900));
                t.command("U0PM", &format!("press {link} {wide}{}", title(n)))
                    .await;
            }
            t.settle().await;
            let said = t.types("U0PM", "mine").await;
            assert!(said.contains("(200)") && said.contains("more"), "{said}");
            let said = t.types("U0DIRECTOR", "waiting").await;
            assert!(said.contains("200 reviews wait"), "{said}");
            for words in ["show R-1", "why R-1"] {
                t.types("U0PM", words).await;
            }
            for who in ["U0DIRECTOR", "U0PM"] {
                t.user(who).open_home().await.expect("the event is delivered");
            }
            t.settle().await;
            let home = t.user("U0DIRECTOR").home().expect("an App Home");
            assert!(home.text().contains("1 to 8 of 200") && home.text().contains("1 to 15 of 200"));
            t.advance("2026-12-03T09:30:00-08:00").await;
            assert_eq!((t.digests().len(), t.reminders("U0DIRECTOR").len()), (1, 1));
            let digest = t.digests().pop().expect("a digest");
            assert!(digest.text().contains("200 open"), "{}", digest.text());
            every_payload_fits(t);
        },
    )
    .await;
}

#[tokio::test]
async fn forty_reviewers_of_one_request() {
    run_test(
        Transport::Http,
        Database::Sqlite,
        config_with(""),
        async |t: &mut Test| {
            hire(t).await;
            let id = t
                .files("U0PM", &format!("press https://example.com/draft {}", title(1)))
                .await;
            assert_eq!(t.asked(&id, "marketing").await.len(), REVIEWERS + 2);
            for words in ["show R-1", "why R-1", "mine"] {
                t.types("U0PM", words).await;
            }
            let reason = "&<>".repeat(330);
            t.objects(&reviewer(7), &id, &reason).await;
            t.does("U0PM", &id, "resubmit", &[("reason", &reason)]).await;
            t.advance("2026-12-08T12:00:00-08:00").await;
            assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
            every_payload_fits(t);
        },
    )
    .await;
}

/// Every message, answer, form and App Home that ever went out.
fn every_payload_fits(t: &Test) {
    let mut seen = 0;
    for call in t.ws.wire() {
        for said in [&call.request, &call.response] {
            for (key, most) in [("blocks", 50), ("view", 100)] {
                let Some(part) = said.get(key) else { continue };
                let part = match part.as_str() {
                    Some(text) => serde_json::from_str(text).expect("JSON"),
                    None => part.clone(),
                };
                assert!(part.to_string().len() < 250_000, "{}", call.method);
                let blocks = if key == "view" { &part["blocks"] } else { &part };
                let blocks = blocks.as_array().expect("blocks");
                assert!(blocks.len() <= most, "{}: {} blocks", call.method, blocks.len());
                blocks.iter().for_each(fits);
                seen += 1;
            }
            // What is sent to the bot may be as long as people type.
            let typed = call.method == "slash_command" && std::ptr::eq(said, &call.request);
            if let Some(text) = said.get("text").and_then(Value::as_str).filter(|_| !typed) {
                assert!(text.chars().count() <= 4000, "{}", call.method);
            }
        }
    }
    assert!(seen > 100, "{seen} payloads");
}

fn fits(block: &Value) {
    let long = |text: &Value| text["text"].as_str().unwrap_or_default().encode_utf16().count();
    let elements = block["elements"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    match block["type"].as_str().unwrap_or_default() {
        "section" => assert!(long(&block["text"]) <= 3000, "{block}"),
        "header" => assert!(long(&block["text"]) <= 150, "{block}"),
        "context" => assert!(elements.iter().all(|text| long(text) <= 2000), "{block}"),
        "actions" => {
            assert!((1..=25).contains(&elements.len()), "{block}");
            for button in elements {
                assert!(long(&button["text"]) <= 75, "{button}");
                assert!(
                    button["value"].as_str().unwrap_or_default().len() <= 2000,
                    "{button}"
                );
            }
        }
        "input" => assert!(long(&block["label"]) <= 2000, "{block}"),
        other => panic!("a block without known limits: {other}"),
    }
}
