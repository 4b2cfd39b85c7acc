//! The sandbox's page over plain HTTP: what it shows, what it refuses, and that every act works without its
//! script. `tests/browser.rs` has the script.

use chrono::{DateTime, Utc};
use reqwest::header::{HOST, ORIGIN};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use signoff::sandbox::page::Page;
use signoff::sandbox::workspace::Workspace;
use signoff::sandbox::{Options, START, Sandbox};
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// Somebody's browser, without a script.
struct Visitor {
    page: Arc<Page>,
    address: String,
    client: reqwest::Client,
    _data: tempfile::TempDir,
}

impl Visitor {
    async fn come() -> Visitor {
        Visitor::come_at(START).await
    }

    async fn come_at(start: &str) -> Visitor {
        let data = tempfile::tempdir().expect("a temporary folder");
        let at: DateTime<Utc> = start.parse().expect("an instant");
        let options = Options {
            port: 0,
            socket: false,
            at,
            database: None,
        };
        let page = Page::start(&options, data.path())
            .await
            .expect("the sandbox starts");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(page.clone().serve(listener));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Visitor {
            page,
            address,
            client,
            _data: data,
        }
    }

    fn sandbox(&self) -> Arc<Sandbox> {
        self.page.sandbox()
    }

    fn workspace(&self) -> Workspace {
        self.sandbox().workspace.clone()
    }

    async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.address))
            .send()
            .await
            .expect("an answer")
    }

    /// What a place shows.
    async fn look(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.expect("a text")
    }

    /// Sends a form from a place and returns what is shown then.
    async fn act(&self, place: &str, path: &str, fields: &[(&str, &str)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.append_pair("place", place).extend_pairs(fields).finish();
        let answer = self
            .client
            .post(format!("{}{path}", self.address))
            .body(form)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.expect("a text")
    }

    /// Calls the Web API as the bot.
    async fn api(&self, method: &str, arguments: Value) -> Value {
        let ws = self.workspace();
        let call = self.client.post(format!("{}{method}", ws.api_url()));
        let call = call
            .bearer_auth(ws.bot_token())
            .header("content-type", "application/json");
        let answer = call.body(arguments.to_string()).send().await.expect("an answer");
        let answer: Value = serde_json::from_str(&answer.text().await.expect("a text")).expect("JSON");
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer
    }

    /// Opens a form for Priya, as the bot would.
    async fn open(&self, blocks: Value) {
        let ack = self
            .workspace()
            .user("U0PM")
            .command("/review-request", "help", "C0GENERAL")
            .await;
        let trigger = ack.expect("Priya may").delivery.payload["trigger_id"].clone();
        let text = |text: &str| json!({"type": "plain_text", "text": text});
        let view = json!({"type": "modal", "callback_id": "test", "title": text("Everything"),
                          "submit": text("Send"), "blocks": blocks});
        self.api("views.open", json!({"trigger_id": trigger, "view": view}))
            .await;
    }
}

/// The part of a page between two marks.
fn part<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text
        .find(from)
        .unwrap_or_else(|| panic!("{from} is not in:\n{text}"));
    let rest = &text[start..];
    &rest[..rest.find(to).unwrap_or(rest.len())]
}

const PM: &str = "as=U0PM&in=C0GENERAL";
const DANA: &str = "as=U0DIRECTOR&in=dm";

#[tokio::test]
async fn the_first_screen_says_who_when_and_what_to_try() {
    let visitor = Visitor::come().await;
    let page = visitor.look("/").await;
    for words in ["Priya", "product manager", "Dana", "Mark", "Mia", "Gus", "guest"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(page.contains("Wed 2 Dec 2026, 10:00") && page.contains("America/Los Angeles"));
    assert!(page.contains("Three things to try"));
    for action in [
        "Next reminder",
        "Next business day",
        "Next deadline",
        "+1 hour",
        "Reset the workspace",
    ] {
        assert!(page.contains(action), "{action}");
    }
    let policy = visitor.look(&format!("/policy?{DANA}")).await;
    assert!(
        policy.contains("href=\"/?as=U0DIRECTOR&amp;in=dm\""),
        "the way back"
    );
    for words in [
        "3 full business days",
        "the director of the product area",
        "Code Search",
        "Saturday, Sunday",
        "Christmas",
    ] {
        assert!(policy.contains(words), "{words}");
    }
}

#[tokio::test]
async fn wall_clocks_follow_the_seasons() {
    let visitor = Visitor::come_at("2026-10-30T17:00:00Z").await;
    assert!(visitor.look("/").await.contains("Fri 30 Oct 2026, 10:00"));
    let page = visitor.act(PM, "/do/clock", &[("to", "business-day")]).await;
    assert!(
        page.contains("Mon 2 Nov 2026, 10:00"),
        "in between the clocks went back"
    );
}

#[tokio::test]
async fn it_needs_no_network_and_allows_none() {
    let visitor = Visitor::come().await;
    let answer = visitor.get("/").await;
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .expect("a text")
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
        "{policy}"
    );
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let page = answer.text().await.expect("a text");
    for elsewhere in ["=\"http", "=\"//", "<style", "style=", "onclick="] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    for asset in ["/page.css", "/page.js"] {
        let text = visitor.look(asset).await;
        assert!(!text.contains("http") && !text.contains("@import"), "{asset}");
    }
}

#[tokio::test]
async fn another_website_can_neither_look_nor_act() {
    let visitor = Visitor::come().await;
    let url = |path: &str| format!("{}{path}", visitor.address);
    let port = visitor.address.rsplit(':').next().expect("a port");
    for host in [
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        "localhost:1".to_owned(),
    ] {
        for path in ["/", "/live", "/policy", "/page.js"] {
            let answer = visitor
                .client
                .get(url(path))
                .header(HOST, &host)
                .send()
                .await
                .expect("an answer");
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{host} {path}");
        }
    }
    let localhost = visitor
        .client
        .get(url("/"))
        .header(HOST, format!("localhost:{port}"));
    assert_eq!(
        localhost.send().await.expect("an answer").status(),
        StatusCode::OK
    );
    let form = "place=as%3DU0PM&text=/review-request+mine";
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for path in [
            "/do/say",
            "/do/message",
            "/do/modal",
            "/do/home",
            "/do/shortcut",
            "/do/clock",
            "/do/reset",
        ] {
            let call = visitor.client.post(url(path)).header(name, value).body(form);
            let answer = call.send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}: {value} {path}");
        }
    }
    assert!(
        visitor
            .workspace()
            .wire()
            .iter()
            .all(|call| call.method != "slash_command"),
        "nothing was done"
    );
    let own = visitor
        .client
        .post(url("/do/say"))
        .header(ORIGIN, &visitor.address)
        .body(form);
    assert_eq!(own.send().await.expect("an answer").status(), StatusCode::OK);
    assert_eq!(visitor.workspace().calls("slash_command").len(), 1);
}

#[tokio::test]
async fn a_form_shows_errors_beside_their_fields_and_keeps_what_was_typed() {
    let visitor = Visitor::come().await;
    let page = visitor.act(PM, "/do/say", &[("text", "/review-request")]).await;
    assert!(part(&page, "<dialog", "</dialog>").contains("Request a review"));

    // What Slack's client checks itself: nothing is sent.
    let typed = [
        ("b|category", "press"),
        ("b|title", ""),
        ("b|link", "see \"below\""),
        ("b|notes", "line\r\nline"),
        ("submit", "1"),
    ];
    let page = visitor.act(PM, "/do/modal", &typed).await;
    let title = part(&page, "name=\"b|title\"", "</div>");
    assert!(
        title.contains("aria-invalid") && title.contains("required field"),
        "{title}"
    );
    assert!(part(&page, "name=\"b|link\"", ">").contains("see &quot;below&quot;"));
    assert!(visitor.workspace().calls("view_submission").is_empty());

    // What the bot checks.
    let typed = [
        ("b|category", "press"),
        ("b|title", "An interview"),
        ("b|link", "below"),
        ("b|wide_impact", "wide_impact"),
        ("submit", "1"),
    ];
    let page = visitor.act(PM, "/do/modal", &typed).await;
    let link = part(&page, "name=\"b|link\"", "</div>");
    assert!(
        link.contains("not a link") && link.contains("value=\"below\""),
        "{link}"
    );
    assert!(
        link.contains("-link-error\""),
        "the field names its error: {link}"
    );
    assert!(part(&page, "value=\"press\"", ">").contains("selected"));
    assert!(part(&page, "value=\"wide_impact\"", ">").contains("checked"));

    let typed = [
        ("b|category", "press"),
        ("b|title", "An interview"),
        ("b|link", "https://example.com/draft"),
        ("submit", "1"),
    ];
    let page = visitor.act(PM, "/do/modal", &typed).await;
    assert!(part(&page, "<dialog", "</dialog>").contains("R-1"));
    let page = visitor.act(PM, "/do/modal", &[("close", "1")]).await;
    assert!(!page.contains("<dialog"));
    assert!(visitor.look(&format!("/?{DANA}")).await.contains("An interview"));
}

#[tokio::test]
async fn a_card_is_approved_and_the_clock_brings_the_lapse_and_the_digest() {
    let visitor = Visitor::come().await;
    let page = visitor
        .act(
            PM,
            "/do/say",
            &[("text", "/review-request press https://example.com/a An interview")],
        )
        .await;
    assert!(page.contains("Only visible to you") && page.contains("R-1"));
    let others = visitor.look("/?as=U0MARK&in=C0GENERAL").await;
    assert!(
        !others.contains("An interview"),
        "an ephemeral message is for one person"
    );
    let card = visitor.look(&format!("/?{DANA}")).await;
    assert!(card.contains("data-confirm=\"Raise wide-impact?\""));
    let ts = part(&card, "name=\"ts\" value=\"", "\">")
        .rsplit('"')
        .next()
        .expect("a time stamp")
        .to_owned();
    let card = visitor
        .act(DANA, "/do/message", &[("ts", &ts), ("press", "0|approve")])
        .await;
    assert!(card.contains("You approved") && !card.contains("0|approve\""));

    let page = visitor.act(PM, "/do/clock", &[("to", "hour")]).await;
    assert!(page.contains("Wed 2 Dec 2026, 11:00"));
    let page = visitor.act(PM, "/do/clock", &[("to", "reminder")]).await;
    assert!(page.contains("Thu 3 Dec 2026, 09:30"));
    let page = visitor
        .act("as=U0PM&in=dm", "/do/clock", &[("to", "deadline")])
        .await;
    assert!(page.contains("Tue 8 Dec 2026, 00:00") && page.contains("lapsed"));
    let page = visitor
        .act("as=U0PM&in=C0MARKETING", "/do/clock", &[("to", "business-day")])
        .await;
    assert!(page.contains("Tue 8 Dec 2026, 10:00") && page.contains("Reviews, Tue 8 Dec 2026"));
}

#[tokio::test]
async fn a_visitor_who_leaves_does_not_stop_the_clock_half_way() {
    let visitor = Visitor::come().await;
    let line = "/review-request press https://example.com/a An interview";
    visitor.act(PM, "/do/say", &[("text", line)]).await;
    let host = visitor.address.trim_start_matches("http://");
    let mut connection = TcpStream::connect(host).await.expect("a connection");
    let request = format!("POST /do/clock HTTP/1.1\r\nhost: {host}\r\ncontent-length: 11\r\n\r\nto=deadline");
    connection.write_all(request.as_bytes()).await.expect("a request");
    drop(connection);
    let lapsed = |ws: &Workspace| {
        let inbox = ws.user("U0PM").inbox();
        inbox
            .into_iter()
            .find(|message| message.text().contains("R-1 is clear"))
    };
    let lapsed = visitor.workspace().until(Duration::from_secs(20), lapsed).await;
    assert!(lapsed.is_some(), "it goes all the way");
}

#[tokio::test]
async fn what_people_type_is_text() {
    let visitor = Visitor::come().await;
    let long = "x".repeat(10_000);
    let rtl = "שלום \u{202e}evil";
    for text in [
        "<script>alert(1)</script>",
        "<!channel> <@U0PM> &amp; *b*",
        &long,
        rtl,
        "\"'><img src=x onerror=alert(1)>",
    ] {
        visitor.act(PM, "/do/say", &[("text", text)]).await;
    }
    let page = visitor.look("/").await;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("&lt;!channel&gt; &lt;@U0PM&gt; &amp;amp; <strong>b</strong>"));
    assert!(page.contains(&long) && page.contains(&format!("dir=\"auto\">{rtl}")));
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"));

    let title = "<script>alert(2)</script> <!channel> & \u{202e}x";
    let line = format!("/review-request press https://example.com/a {title}");
    visitor.act(PM, "/do/say", &[("text", &line)]).await;
    for place in [
        PM,
        DANA,
        "as=U0PM&in=dm",
        "as=U0PM&in=C0MARKETING",
        "as=U0PM&in=dm&wire=1",
    ] {
        let page = visitor.look(&format!("/?{place}")).await;
        assert!(page.contains("alert(2)"), "{place}");
        assert!(
            !page.contains("<script>") && !page.contains("class=\"mention\">@channel"),
            "{place}"
        );
    }
    // Nor does an address say anything.
    let page = visitor
        .look("/?as=<script>&in=<script>&thread=\"><script>&wire=<script>")
        .await;
    assert!(!page.contains("<script>"));
    let page = visitor
        .act("as=\"><script>", "/do/say", &[("text", "/<script>")])
        .await;
    assert!(!page.contains("<script>") && page.contains("is not a command here"));
}

#[tokio::test]
async fn open_tabs_are_told_of_every_change() {
    let visitor = Visitor::come().await;
    let mut live = visitor.get("/live").await;
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    for (path, fields) in [
        ("/do/say", &[("text", "hello")][..]),
        ("/do/clock", &[("to", "hour")]),
        ("/do/reset", &[]),
        ("/do/say", &[("text", "hello again")]),
    ] {
        visitor.act(PM, path, fields).await;
        let told = tokio::time::timeout(Duration::from_secs(10), live.chunk()).await;
        let told = told
            .unwrap_or_else(|_| panic!("nothing after {path}"))
            .expect("a stream")
            .expect("an event");
        assert!(told.starts_with(b"data:"), "{told:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_shown_is_named() {
    let visitor = Visitor::come().await;
    let video = json!({"type": "video", "title": {"type": "plain_text", "text": "A film"}, "alt_text": "a film",
        "video_url": "https://example.com/v", "thumbnail_url": "https://example.com/t.png"});
    let odd = json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]});
    let message = json!({"channel": "C0GENERAL", "text": "x", "blocks": [video, odd]});
    visitor.api("chat.postMessage", message).await;
    let page = visitor.look("/").await;
    for kind in ["video", "rich_text"] {
        assert!(
            page.contains(&format!("Unsupported block: <code>{kind}</code>")),
            "{kind}"
        );
    }
}

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

fn option(value: &str) -> Value {
    json!({"text": plain(&format!("Option {value}")), "value": value})
}

#[tokio::test]
async fn every_block_and_control_of_a_message_works() {
    let visitor = Visitor::come().await;
    let at = DateTime::parse_from_rfc3339("2026-12-08T08:00:00Z")
        .expect("an instant")
        .timestamp();
    let said = format!("*bold* <@U0DIRECTOR> <#C0MARKETING> <!date^{at}^{{date_short}} {{time}}|later>");
    let confirm = json!({"title": plain("Sure?"), "text": plain("Think again."), "confirm": plain("Yes"), "deny": plain("No")});
    let blocks = json!([
        {"type": "header", "text": plain("A header")},
        {"type": "section", "text": {"type": "mrkdwn", "text": said}, "fields": [plain("field one"), plain("field two")],
         "accessory": {"type": "overflow", "action_id": "more", "options": [option("one"), option("two")], "confirm": confirm}},
        {"type": "context", "elements": [{"type": "image", "image_url": "https://example.com/i.png", "alt_text": "an icon"}, plain("small print")]},
        {"type": "divider"},
        {"type": "image", "image_url": "https://example.com/p.png", "alt_text": "a picture"},
        {"type": "actions", "elements": [
            {"type": "button", "action_id": "go", "text": plain("Go"), "style": "danger", "value": "1", "confirm": confirm},
            {"type": "static_select", "action_id": "pick", "placeholder": plain("Pick one"), "options": [option("a"), option("b")]},
            {"type": "users_select", "action_id": "who", "placeholder": plain("Who")},
            {"type": "datepicker", "action_id": "when", "initial_date": "2026-12-24"},
            {"type": "radio_buttons", "action_id": "radio", "options": [option("r1"), option("r2")]},
        ]},
    ]);
    let sent = visitor
        .api(
            "chat.postMessage",
            json!({"channel": "C0GENERAL", "text": "x", "blocks": blocks}),
        )
        .await;
    let ts = sent["ts"].as_str().expect("a time stamp");
    let page = visitor.look("/").await;
    for shown in [
        "A header",
        "<strong>bold</strong>",
        ">@Dana<",
        ">#marketing<",
        "Dec 8, 2026 12:00 AM",
        "field two",
        "alt=\"an icon\"",
        "small print",
        "alt=\"a picture\"",
        "data-confirm=\"Sure?\"",
        "button danger",
        "Pick one",
        "value=\"U0DIRECTOR\"",
        "value=\"2026-12-24\"",
        "type=\"radio\"",
        "Option two",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("Unsupported"));
    // The same instant on another wall.
    visitor
        .workspace()
        .change_user("U0MIA", |mia| mia.tz_offset = 3600);
    assert!(visitor.look("/?as=U0MIA").await.contains("Dec 8, 2026 9:00 AM"));

    for (fields, chosen) in [
        (&[("press", "0|go")][..], json!({"action_id": "go", "value": "1"})),
        (
            &[("choose", "more|two")],
            json!({"action_id": "more", "selected_option": option("two")}),
        ),
        (
            &[("pick", "pick"), ("v|pick", "b")],
            json!({"action_id": "pick", "selected_option": option("b")}),
        ),
        (
            &[("pick", "who"), ("v|who", "U0MIA")],
            json!({"action_id": "who", "selected_user": "U0MIA"}),
        ),
        (
            &[("pick", "when"), ("v|when", "2026-12-31")],
            json!({"action_id": "when", "selected_date": "2026-12-31"}),
        ),
        (
            &[("pick", "radio"), ("v|radio", "r2")],
            json!({"action_id": "radio", "selected_option": option("r2")}),
        ),
    ] {
        let mut all = vec![("ts", ts)];
        all.extend(fields);
        visitor.act(PM, "/do/message", &all).await;
        let calls = visitor.workspace().calls("block_actions");
        let action = &calls.last().expect("a click").request["actions"][0];
        for (key, value) in chosen.as_object().expect("an object") {
            let same = match key.as_str() {
                "selected_option" => action[key]["value"] == value["value"],
                _ => action[key] == *value,
            };
            assert!(same, "{fields:?}: {action}");
        }
    }
}

#[tokio::test]
async fn a_form_has_every_kind_of_input() {
    let visitor = Visitor::come().await;
    let input = |id: &str, element: Value| json!({"type": "input", "block_id": id, "label": plain(id), "element": element, "optional": true});
    let element = |kind: &str, rest: Value| {
        let mut element = json!({"type": kind, "action_id": "value"});
        element
            .as_object_mut()
            .expect("an object")
            .extend(rest.as_object().expect("an object").clone());
        element
    };
    let options = json!({"options": [option("a"), option("b")]});
    visitor
        .open(json!([
            input(
                "text",
                element("plain_text_input", json!({"placeholder": plain("say it")}))
            ),
            input(
                "prose",
                element(
                    "plain_text_input",
                    json!({"multiline": true, "initial_value": "before"})
                )
            ),
            input("url", element("url_text_input", json!({}))),
            input("mail", element("email_text_input", json!({}))),
            input(
                "number",
                element("number_input", json!({"is_decimal_allowed": false}))
            ),
            input("date", element("datepicker", json!({}))),
            input("time", element("timepicker", json!({}))),
            input("instant", element("datetimepicker", json!({}))),
            input("boxes", element("checkboxes", options.clone())),
            input("radio", element("radio_buttons", options.clone())),
            input("one", element("static_select", options.clone())),
            input("many", element("multi_static_select", options)),
            input("person", element("users_select", json!({}))),
            input("people", element("multi_users_select", json!({}))),
            input("place", element("channels_select", json!({}))),
            input("rich", element("rich_text_input", json!({}))),
        ]))
        .await;
    let page = visitor.look("/").await;
    let form = part(&page, "<dialog", "</dialog>");
    for shown in [
        "type=\"text\"",
        "placeholder=\"say it\"",
        ">before</textarea>",
        "type=\"url\"",
        "type=\"email\"",
        "type=\"date\"",
        "type=\"time\"",
        "type=\"datetime-local\"",
        "type=\"checkbox\"",
        "type=\"radio\"",
        "multiple",
        ">Dana</option>",
        ">#marketing</option>",
        "Unsupported block: <code>rich_text_input</code>",
        "<legend>boxes",
    ] {
        assert!(form.contains(shown), "{shown}");
    }
    let wrong = visitor
        .act(
            PM,
            "/do/modal",
            &[
                ("b|mail", "nobody"),
                ("b|number", "four"),
                ("b|boxes", "b"),
                ("submit", "1"),
            ],
        )
        .await;
    assert!(part(&wrong, "name=\"b|mail\"", "</div>").contains("valid email"));
    assert!(part(&wrong, "name=\"b|number\"", "</div>").contains("enter a number"));
    assert!(part(&wrong, "name=\"b|number\"", ">").contains("value=\"four\""));
    assert!(part(&wrong, "value=\"b\" checked", ">").contains("checked"));
    visitor
        .act(
            PM,
            "/do/modal",
            &[
                ("b|text", "t"),
                ("b|prose", "a\r\nb"),
                ("b|url", "https://example.com"),
                ("b|mail", "a@b.c"),
                ("b|number", "4"),
                ("b|date", "2026-12-24"),
                ("b|time", "09:30"),
                ("b|instant", "2026-12-24T09:30"),
                ("b|boxes", "a"),
                ("b|boxes", "b"),
                ("b|radio", "b"),
                ("b|one", "a"),
                ("b|many", "a"),
                ("b|many", "b"),
                ("b|person", "U0MIA"),
                ("b|people", "U0MIA"),
                ("b|people", "U0MARK"),
                ("b|place", "C0GENERAL"),
                ("submit", "1"),
            ],
        )
        .await;
    let calls = visitor.workspace().calls("view_submission");
    let values = &calls.last().expect("a submission").request["view"]["state"]["values"];
    let instant = DateTime::parse_from_rfc3339("2026-12-24T09:30:00-08:00")
        .expect("an instant")
        .timestamp();
    for (id, key, value) in [
        ("text", "value", json!("t")),
        ("prose", "value", json!("a\nb")),
        ("number", "value", json!("4")),
        ("date", "selected_date", json!("2026-12-24")),
        ("time", "selected_time", json!("09:30")),
        ("instant", "selected_date_time", json!(instant)),
        ("person", "selected_user", json!("U0MIA")),
        ("people", "selected_users", json!(["U0MIA", "U0MARK"])),
        ("place", "selected_channel", json!("C0GENERAL")),
    ] {
        assert_eq!(values[id]["value"][key], value, "{id}");
    }
    assert_eq!(
        values["boxes"]["value"]["selected_options"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert_eq!(
        values["many"]["value"]["selected_options"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert_eq!(values["radio"]["value"]["selected_option"]["value"], "b");
}

#[tokio::test]
async fn what_stands_beside_the_inputs_of_a_form_works_and_keeps_what_was_typed() {
    let visitor = Visitor::come().await;
    let text = json!({"type": "plain_text_input", "action_id": "value"});
    let list = json!({"type": "static_select", "action_id": "pick", "placeholder": plain("Pick"), "options": [option("a"), option("b")]});
    let button = json!({"type": "button", "action_id": "go", "text": plain("Go"), "value": "1"});
    visitor
        .open(json!([
            {"type": "input", "block_id": "text", "label": plain("Text"), "element": text},
            {"type": "input", "block_id": "heard", "label": plain("Heard"), "element": list, "dispatch_action": true},
            {"type": "section", "text": plain("Or"), "accessory": button},
            {"type": "actions", "block_id": "acts", "elements": [list]},
        ]))
        .await;
    for fields in [
        &[("press", "0|go")][..],
        &[("pick", "pick"), ("v|pick", "b")],
        &[("dispatch", "heard"), ("b|heard", "a")],
    ] {
        let mut all = vec![("b|text", "half a sentence")];
        all.extend(fields);
        let page = visitor.act(PM, "/do/modal", &all).await;
        assert!(
            part(&page, "name=\"b|text\"", ">").contains("half a sentence"),
            "{fields:?}"
        );
    }
    let heard: Vec<Value> = visitor
        .workspace()
        .calls("block_actions")
        .iter()
        .map(|call| call.request["actions"][0].clone())
        .collect();
    assert_eq!(heard.len(), 3);
    assert_eq!(heard[0]["action_id"], "go");
    assert_eq!(heard[1]["selected_option"]["value"], "b");
    assert_eq!(
        (&heard[2]["block_id"], &heard[2]["selected_option"]["value"]),
        (&json!("heard"), &json!("a"))
    );
}

#[tokio::test]
async fn threads_shortcuts_home_and_the_wire() {
    let visitor = Visitor::come().await;
    visitor.act(PM, "/do/say", &[("text", "a plan")]).await;
    let ts = visitor.workspace().channel("C0GENERAL").messages()[0].ts.clone();
    let thread = format!("{PM}&thread={ts}");
    let page = visitor
        .act(&thread, "/do/say", &[("text", "an objection"), ("thread", &ts)])
        .await;
    assert!(part(&page, "class=\"thread\"", "</aside>").contains("an objection"));
    let page = visitor.look("/").await;
    assert!(page.contains("1 reply") && !page.contains("an objection"));

    let page = visitor
        .act(PM, "/do/shortcut", &[("callback", "request_review"), ("ts", &ts)])
        .await;
    assert!(
        part(&page, "name=\"b|link\"", ">").contains(&format!("p{}", ts.replace('.', ""))),
        "the form knows the message"
    );
    visitor.act(PM, "/do/modal", &[("close", "1")]).await;
    let page = visitor
        .act(PM, "/do/shortcut", &[("callback", "new_request")])
        .await;
    assert!(page.contains("Request a review"));
    visitor.act(PM, "/do/modal", &[("close", "1")]).await;

    let home = "as=U0GUEST&in=home";
    assert!(
        visitor
            .look(&format!("/?{home}"))
            .await
            .contains("has not published App Home")
    );
    visitor.act(home, "/do/home", &[("open", "1")]).await;
    assert_eq!(visitor.workspace().calls("app_home_opened").len(), 1);
    let view = json!({"type": "home", "blocks": [{"type": "section", "text": plain("At home")},
        {"type": "actions", "elements": [{"type": "button", "action_id": "x", "text": plain("Press"), "value": "1"}]}]});
    visitor
        .api("views.publish", json!({"user_id": "U0GUEST", "view": view}))
        .await;
    assert!(visitor.look(&format!("/?{home}")).await.contains("At home"));
    visitor.act(home, "/do/home", &[("press", "0|x")]).await;
    assert_eq!(visitor.workspace().calls("block_actions").len(), 1);

    let wire = visitor.look(&format!("/?{PM}&wire=1")).await;
    let wire = part(&wire, "class=\"wire\"", "</aside>");
    let newest = wire.find("block_actions").expect("the click");
    assert!(
        newest < wire.find("app_home_opened").expect("the opening"),
        "newest first"
    );
    assert!(!wire.contains("xoxb-") && !wire.contains(&visitor.workspace().signing_secret()));
}

#[tokio::test]
async fn a_reset_starts_over() {
    let visitor = Visitor::come().await;
    let line = ("text", "/review-request press https://example.com/a Before");
    visitor.act(PM, "/do/say", &[line]).await;
    visitor.act(PM, "/do/clock", &[("to", "deadline")]).await;
    let page = visitor.act(PM, "/do/reset", &[]).await;
    assert!(page.contains("Wed 2 Dec 2026, 10:00") && page.contains("Nothing has been said here yet."));
    let page = visitor.act(PM, "/do/say", &[line]).await;
    assert!(page.contains("R-1 is filed"), "the numbers begin again");
}

#[test]
fn it_serves_without_a_terminal_until_it_is_told_to_stop() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
    let command = command
        .args(["sandbox", "--port", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let address = |line: std::io::Result<String>| line.expect("a text").starts_with("Open http://127.0.0.1:");
    assert!(lines.any(address), "it says where the page is");
    assert!(child.try_wait().expect("a process").is_none(), "it goes on");
    let told = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(told.expect("kill").success());
    assert!(child.wait().expect("a process").success());
}
