//! `signoff` as an operator runs it and Slack sees it: the binary, its environment, signed HTTP.

mod postgres;
mod serving;

use serving::Stage;
use signoff::sandbox::workspace::{Fault, Workspace};
use sqlx::Connection;
use std::io::Write;
use std::process::Stdio;

#[tokio::test]
async fn filed_by_words_and_by_form_decided_by_the_posted_buttons_across_a_restart() {
    let stage = Stage::new(false).await;
    let served = stage.serve().await;
    assert_eq!(stage.get("/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(stage.get("/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(
        stage.ws.verify_url("abc").await.expect("an answer").value()["challenge"],
        "abc"
    );

    let said = stage
        .types("U0PM", "press https://example.com/draft An interview")
        .await;
    assert!(said.contains("R-1"), "{said}");
    stage.types("U0PM", "").await;
    let form = |ws: &Workspace| ws.user("U0PM").modal();
    stage.until("the form", form).await;
    let values = [
        ("category", "blog"),
        ("title", "A post"),
        ("link", "https://example.com/post"),
    ];
    let ack = stage.ws.user("U0PM").submit(&values).await.expect("a form");
    assert!(ack.errors().is_empty(), "{:?}", ack.errors());

    let card = stage.card("U0MARK", "R-1", "approve").await;
    stage
        .ws
        .user("U0MARK")
        .click(&card, "approve")
        .await
        .expect("a click");
    let released = |ws: &Workspace| {
        let inbox = ws.user("U0MIA").inbox();
        inbox
            .into_iter()
            .find(|message| message.text().contains("R-1 ·") && message.buttons().is_empty())
    };
    stage.until("the colleague's release", released).await;
    stage.card("U0DIRECTOR", "R-2", "approve").await;

    let (ended, log) = served.stop().await;
    assert_eq!(ended.code(), Some(0), "{log}");
    let served = stage.serve().await;
    let show = stage.types("U0PM", "show R-1").await;
    assert!(
        show.contains("`director`: `pending`") && show.contains("`marketing`: `approved`"),
        "{show}"
    );
    let card = stage.card("U0DIRECTOR", "R-1", "approve").await;
    stage
        .ws
        .user("U0DIRECTOR")
        .click(&card, "approve")
        .await
        .expect("a click");
    let told = |ws: &Workspace| {
        let inbox = ws.user("U0PM").inbox();
        inbox
            .into_iter()
            .find(|message| message.text().contains("you may publish"))
    };
    stage.until("the requester's release", told).await;
    let show = stage.types("U0PM", "show R-1").await;
    assert!(show.contains("gate `clear`"), "{show}");
    assert_eq!(stage.get("/readyz").await.0, 200);
    let (_, metrics) = stage.get("/metrics").await;
    for line in [
        "# HELP signoff_inbound_total Commands, clicks",
        "# TYPE signoff_ack_seconds histogram",
        "signoff_ack_seconds_bucket{surface=\"http\",le=\"3\"}",
        "signoff_slack_calls_total{method=\"chat.postMessage\",outcome=\"ok\"}",
        "signoff_outbox_tasks{state=\"dead\"} 0",
    ] {
        assert!(metrics.contains(line), "{line} is missing: {metrics}");
    }
    served.stop().await;
    assert!(stage.ws.unexpected().is_empty(), "{:#?}", stage.ws.unexpected());
}

#[tokio::test]
async fn the_same_over_socket_mode() {
    let stage = Stage::new(true).await;
    let served = stage.serve().await;
    assert_eq!(stage.get("/healthz").await, (200, "ok\n".to_owned()));
    let said = stage
        .types("U0PM", "press https://example.com/draft An interview")
        .await;
    assert!(said.contains("R-1"), "{said}");
    let card = stage.card("U0MARK", "R-1", "approve").await;
    stage
        .ws
        .user("U0MARK")
        .click(&card, "approve")
        .await
        .expect("a click");
    let (ended, log) = served.stop().await;
    assert_eq!(ended.code(), Some(0), "{log}");
    let _served = stage.serve().await;
    let show = stage.types("U0PM", "show R-1").await;
    assert!(show.contains("`marketing`: `approved`"), "{show}");
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let stage = Stage::new(false).await;
    let served = stage.serve().await;
    let busy = Fault::RateLimited {
        retry_after: Some("1".to_owned()),
    };
    stage.ws.faults().always("chat.postMessage", busy);
    for n in 1..=5 {
        let said = stage
            .types("U0PM", &format!("press https://example.com/{n} Number {n}"))
            .await;
        assert!(said.contains(&format!("R-{n}")), "{said}");
    }
    let (ended, _) = served.kill().await;
    assert_eq!(ended.code(), None, "killed");
    stage.ws.faults().clear();
    let _served = stage.serve().await;
    let show = stage.types("U0PM", "show R-5").await;
    assert!(show.contains("gate `blocked`"), "{show}");
    let mine = stage.types("U0PM", "mine").await;
    for n in 1..=5 {
        assert!(mine.contains(&format!("R-{n}")), "{mine}");
    }
}

#[tokio::test]
async fn a_refused_token_is_said_at_the_start_and_in_readyz() {
    let stage = Stage::new(false).await;
    let served = stage.serve().await;
    stage.ws.revoke_token();
    let (status, said) = stage.get("/readyz").await;
    assert_eq!(status, 503);
    assert!(said.contains("slack") && said.contains("token_revoked"), "{said}");
    assert_eq!(
        stage.get("/healthz").await.0,
        200,
        "the process is up all the same"
    );
    served.stop().await;
    let ended = stage.run(&["serve"]).await;
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(
        ended.err.contains("SLACK_BOT_TOKEN") && ended.err.contains("token_revoked"),
        "{}",
        ended.err
    );
}

#[tokio::test]
async fn a_taken_port_is_said_with_a_way_out() {
    let stage = Stage::new(false).await;
    let _taken = std::net::TcpListener::bind(("127.0.0.1", stage.port)).expect("the port is free");
    let ended = stage.run(&["serve"]).await;
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    let said = ended.err.lines().last().unwrap_or_default();
    assert!(
        said.contains(&stage.port.to_string()) && said.contains("PORT"),
        "{}",
        ended.err
    );
}

#[tokio::test]
async fn a_wrong_configuration_is_named_by_its_key() {
    let stage = Stage::new(false).await;
    let config = std::fs::read_to_string(stage.path("signoff.toml")).expect("it was written");
    let cases = [
        (config.replace("[slack]", "[slack]\ncolour = \"blue\""), "colour"),
        (
            format!("{config}\n[deadline]\nbusiness_days = 0"),
            "business_days",
        ),
        (format!("{config}\n[deadline]\ncounting = \"fast\""), "counting"),
        (
            config.replace("America/Los_Angeles", "America/Springfield"),
            "timezone",
        ),
        (
            config.replace("marketing_channel", "# marketing_channel"),
            "marketing_channel",
        ),
        (
            format!("{config}\n[categories.x]\nlanes = [\"nobody\"]"),
            "categories.x.lanes",
        ),
        (
            config.replace("director = \"U0DIRECTOR\"", "director = \"Dana\""),
            "areas.search.director",
        ),
        (format!("{config}\n[reminders]\nat = \"25:00\""), "reminders.at"),
    ];
    for (config, key) in cases {
        stage.write("signoff.toml", &config);
        for command in ["serve", "check"] {
            let ended = stage.run(&[command]).await;
            assert_eq!(ended.code, Some(2), "{key}: {}", ended.err);
            assert!(ended.err.contains(key), "{key}: {}", ended.err);
        }
    }
    assert!(!stage.path("signoff.db").exists(), "nothing was touched");
}

#[tokio::test]
async fn a_missing_secret_or_database_is_said() {
    let stage = Stage::new(false).await;
    for secret in ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"] {
        let mut command = stage.signoff(&["serve"]);
        command.env_remove(secret);
        let ended = stage.run_command(command).await;
        assert_eq!(ended.code, Some(2), "{}", ended.err);
        assert!(ended.err.contains(secret), "{}", ended.err);
    }
    for url in ["sqlite:///nowhere/at/all/signoff.db", "mysql://localhost/x"] {
        let mut command = stage.signoff(&["serve"]);
        command.env("DATABASE_URL", url);
        let ended = stage.run_command(command).await;
        assert_eq!(ended.code, Some(2), "{}", ended.err);
        assert_eq!(
            ended.err.matches("signoff:").count(),
            1,
            "one sentence: {}",
            ended.err
        );
    }
    let mut command = stage.signoff(&["serve"]);
    command.env("SIGNOFF_CONFIG", stage.path("nothing.toml"));
    let ended = stage.run_command(command).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("nothing.toml"), "{}", ended.err);
}

#[tokio::test]
async fn check_finds_nothing_or_says_what_is_missing() {
    let stage = Stage::new(false).await;
    let ended = stage.run(&["check"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    stage.ws.drop_scope("im:history");
    let ended = stage.run(&["check"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    assert!(ended.out.contains("im:history"), "{}", ended.out);
    stage.ws.revoke_token();
    let ended = stage.run(&["check"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    assert!(ended.out.contains("SLACK_BOT_TOKEN"), "{}", ended.out);
}

#[tokio::test]
async fn r20_check_names_the_deadlines_that_a_new_configuration_would_move() {
    let stage = Stage::new(false).await;
    let served = stage.serve().await;
    stage
        .types("U0PM", "press https://example.com/draft An interview")
        .await;
    stage.card("U0DIRECTOR", "R-1", "approve").await;
    // The clock runs once the bot knows that the card arrived; stopping waits for that.
    served.stop().await;
    let ended = stage.run(&["check"]).await;
    assert!(
        ended.out.contains("every running deadline is what"),
        "{}",
        ended.out
    );
    stage.write(
        "more.toml",
        &format!("{}\n[deadline]\nbusiness_days = 9\n", signoff::sandbox::CONFIG),
    );
    let more = stage.path("more.toml");
    let ended = stage
        .run(&["check", "--config", &more.display().to_string()])
        .await;
    assert_eq!(ended.code, Some(0), "a note, no finding: {}", ended.out);
    assert!(
        ended.out.contains("R-1 director: keeps its deadline"),
        "{}",
        ended.out
    );
}

#[tokio::test]
async fn r31_audit_verifies_exports_and_names_the_first_bad_row() {
    let stage = Stage::new(false).await;
    let served = stage.serve().await;
    for n in 1..=3 {
        stage
            .types("U0PM", &format!("press https://example.com/{n} Number, \"{n}\""))
            .await;
    }
    stage.card("U0DIRECTOR", "R-3", "approve").await;
    served.stop().await;
    let ended = stage.run(&["audit", "verify"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let jsonl = stage.run(&["audit", "export"]).await.out;
    let first: serde_json::Value = serde_json::from_str(jsonl.lines().next().expect("a row")).expect("JSON");
    assert_eq!(first["event"]["kind"], "filed");
    assert_eq!(first["actor"], "U0PM");
    let csv = stage.run(&["audit", "export", "--format", "csv"]).await.out;
    assert_eq!(csv.lines().count(), jsonl.lines().count() + 1);

    // Somebody rewrites history; the triggers have to go first.
    let mut conn =
        sqlx::SqliteConnection::connect(&format!("sqlite://{}", stage.path("signoff.db").display()))
            .await
            .expect("the database");
    let changed = sqlx::raw_sql("update event set actor = 'U0MIA' where event_id = 2")
        .execute(&mut conn)
        .await;
    assert!(changed.is_err(), "the trail is append-only");
    let forge =
        "drop trigger event_is_append_only_update; update event set actor = 'U0MIA' where event_id = 2";
    sqlx::raw_sql(forge).execute(&mut conn).await.expect("forged");
    let ended = stage.run(&["audit", "verify"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    assert!(ended.out.starts_with("Row 2 "), "{}", ended.out);
}

#[tokio::test]
async fn a_backup_is_taken_while_the_bot_runs_and_can_be_served() {
    let stage = Stage::new(false).await;
    let served = stage.serve().await;
    stage
        .types("U0PM", "press https://example.com/draft An interview")
        .await;
    let copy = stage.path("copy.db");
    let ended = stage.run(&["backup", &copy.display().to_string()]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let again = stage.run(&["backup", &copy.display().to_string()]).await;
    assert_eq!(again.code, Some(2), "nothing is overwritten");
    served.stop().await;
    std::fs::rename(&copy, stage.path("signoff.db")).expect("restored");
    for file in ["signoff.db-wal", "signoff.db-shm"] {
        let _ = std::fs::remove_file(stage.path(file));
    }
    let _served = stage.serve().await;
    let show = stage.types("U0PM", "show R-1").await;
    assert!(show.contains("R-1"), "{show}");
}

#[tokio::test]
async fn a_second_bot_on_one_database_is_refused() {
    let stage = Stage::new(false).await;
    let served = stage.serve().await;
    let mut second = stage.signoff(&["serve"]);
    second.env("PORT", serving::free_port().to_string());
    let ended = stage.run_command(second).await;
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("another signoff process"), "{}", ended.err);
    assert_eq!(stage.run(&["check"]).await.code, Some(0), "others may look");
    // A killed one leaves nothing behind that would keep the next from starting.
    served.kill().await;
    stage.serve().await.stop().await;
}

/// PostgreSQL is for any number: what one replica took in, another may send; the server may go and come back.
#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_one_postgres_that_may_restart() {
    let Some(mut server) = postgres::Server::start() else {
        return;
    };
    let mut stage = Stage::new(false).await;
    stage.database = Some(server.url("postgres"));
    let first = stage.serve().await;
    let mut command = stage.signoff(&["serve"]);
    command.env("PORT", serving::free_port().to_string());
    let second = stage.serve_command(command).await;
    let filed = stage
        .types("U0PM", "press https://example.com/draft An interview")
        .await;
    assert!(filed.contains("R-1"), "{filed}");
    stage.card("U0DIRECTOR", "R-1", "approve").await;
    tokio::task::block_in_place(|| server.stop());
    let down = stage
        .types("U0PM", "press https://example.com/down Not saved")
        .await;
    assert!(
        down.contains("could not be saved"),
        "never told that it was: {down}"
    );
    tokio::task::block_in_place(|| server.start_again());
    let again = stage.types("U0PM", "press https://example.com/up Saved").await;
    assert!(again.contains("R-2"), "{again}");
    let card = stage.card("U0MARK", "R-2", "approve").await;
    first.stop().await;
    second.stop().await;
    let last = stage.serve().await;
    let clicked = stage.ws.user("U0MARK").click(&card, "approve").await;
    assert_eq!(clicked.expect("a click").failure(), None);
    stage
        .until("the card says so", |ws| {
            let cards = ws.user("U0MARK").inbox();
            cards
                .iter()
                .any(|card| card.has_button("change_decision"))
                .then_some(())
        })
        .await;
    for who in ["U0DIRECTOR", "U0MARK", "U0MIA"] {
        for id in ["R-1", "R-2"] {
            let cards = stage.ws.user(who).inbox().into_iter();
            let cards = cards.filter(|card| card.text().contains(id)).count();
            assert!(cards <= 1, "{who} has {cards} cards of {id}");
        }
    }
    let backup = stage.run(&["backup", "copy.db"]).await;
    assert_eq!(backup.code, Some(2));
    assert!(backup.err.contains("pg_dump"), "{}", backup.err);
    assert_eq!(stage.run(&["audit", "verify"]).await.code, Some(0));
    last.stop().await;
}

#[tokio::test]
async fn a_dump_of_postgres_can_be_restored_and_served() {
    let Some(server) = postgres::Server::start() else {
        return;
    };
    let mut stage = Stage::new(false).await;
    stage.database = Some(server.url("postgres"));
    let served = stage.serve().await;
    let filed = stage
        .types("U0PM", "press https://example.com/draft An interview")
        .await;
    assert!(filed.contains("R-1"), "{filed}");
    let copy = stage.path("signoff.dump");
    let run = |program: &str, arguments: &[&str]| {
        let status = server.program(program).args(arguments).status();
        assert!(status.expect("it runs").success(), "{program} {arguments:?}");
    };
    let (from, file) = (server.url("postgres"), copy.to_str().expect("a path").to_owned());
    run("pg_dump", &["--format=custom", "--file", &file, &from]);
    served.stop().await;
    run("createdb", &["--maintenance-db", &from, "restored"]);
    let to = server.url("restored");
    run("pg_restore", &["--dbname", &to, &file]);
    stage.database = Some(to);
    assert_eq!(stage.run(&["audit", "verify"]).await.code, Some(0));
    let served = stage.serve().await;
    let show = stage.types("U0PM", "show R-1").await;
    assert!(show.contains("R-1"), "{show}");
    let again = stage.types("U0PM", "press https://example.com/two Another").await;
    assert!(again.contains("R-2"), "{again}");
    served.stop().await;
}

#[tokio::test]
async fn r29_an_operator_settles_what_is_in_doubt() {
    let stage = Stage::new(false).await;
    for nowhere in [["outbox", "list"], ["audit", "verify"]] {
        let ended = stage.run(&nowhere).await;
        assert_eq!(ended.code, Some(2), "{nowhere:?}: {}", ended.out);
        assert!(ended.err.contains("there is no such file"), "{}", ended.err);
    }
    assert_eq!(stage.run(&["migrate"]).await.code, Some(0));
    let ended = stage.run(&["outbox", "list"]).await;
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), "Nothing is stuck.\n"));
    stage.ws.archive("C0MARKETING");
    let served = stage.serve().await;
    stage
        .types("U0PM", "press https://example.com/draft An interview")
        .await;
    let refused = |ws: &Workspace| {
        let mut calls = ws.calls("chat.postMessage").into_iter();
        calls.find(|call| call.request["channel"] == "C0MARKETING")
    };
    stage.until("the refused card", refused).await;
    served.stop().await;
    let ended = stage.run(&["outbox", "list"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.out.contains("dead  card:R-1:channel  is_archived"),
        "{}",
        ended.out
    );
    let id = ended.out.split_whitespace().next().expect("a number").to_owned();
    assert_eq!(
        stage.run(&["outbox", "resolve", &id]).await.code,
        Some(2),
        "one of --sent and --resend"
    );
    assert_eq!(
        stage
            .run(&["outbox", "resolve", &id, "--sent", "yesterday"])
            .await
            .code,
        Some(2)
    );
    assert_eq!(stage.run(&["outbox", "retry", "4711"]).await.code, Some(2));
    stage
        .ws
        .change_channel("C0MARKETING", |channel| channel.archived = false);
    assert_eq!(stage.run(&["outbox", "retry", &id]).await.code, Some(0));
    let served = stage.serve().await;
    let posted = |ws: &Workspace| ws.channel("C0MARKETING").messages().pop();
    stage.until("the card in the channel", posted).await;
    served.stop().await;
    stage.ws.forgive();
}

#[tokio::test]
async fn migrate_manifest_and_explain() {
    let stage = Stage::new(false).await;
    assert_eq!(stage.run(&["migrate"]).await.code, Some(0));
    assert!(stage.path("signoff.db").exists());
    assert_eq!(
        stage.run(&["migrate"]).await.code,
        Some(0),
        "again changes nothing"
    );
    let http = stage
        .run(&["manifest", "--url", "https://signoff.acme.test/"])
        .await;
    assert_eq!(http.code, Some(0));
    assert!(
        http.out.contains("https://signoff.acme.test/slack/events"),
        "{}",
        http.out
    );
    let socket = stage.run(&["manifest", "--mode", "socket"]).await;
    assert!(socket.out.contains("socket_mode_enabled: true"), "{}", socket.out);
    let explain = ["explain", "--at", "2026-12-02T10:00:00-08:00", "--json"];
    let ended = stage.run(&explain).await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let timeline: serde_json::Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(timeline["opens_on_silence_at"], "2026-12-08T08:00:00Z");
    assert_eq!(stage.run(&["explain"]).await.code, Some(2), "usage");
    assert_eq!(stage.run(&["dance"]).await.code, Some(2), "usage");
}

#[tokio::test]
async fn explain_batch_needs_no_configuration_and_goes_on_after_a_bad_line() {
    let stage = Stage::new(false).await;
    let mut command = stage.signoff(&["explain", "--batch"]);
    command
        .env_remove("SIGNOFF_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let questions = "{\"requested_at\":\"2026-11-25T15:00:00-05:00\",\"tz\":\"America/New_York\",\"holidays\":[\"2026-11-26\"]}\n\
                     nonsense\n\
                     {\"requested_at\":\"2026-12-02T10:00:00-08:00\",\"tz\":\"America/Los_Angeles\",\"counting\":\"elapsed\"}\n";
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(questions.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let answers = String::from_utf8(output.stdout).expect("UTF-8");
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers[0], "{\"deadline\":\"2026-12-02T05:00:00Z\"}");
    assert!(answers[1].starts_with("{\"error\":"), "{}", answers[1]);
    assert_eq!(answers[2], "{\"deadline\":\"2026-12-07T18:00:00Z\"}");
    assert_eq!(answers.len(), 3);
}

#[tokio::test]
async fn report_counts_a_period_for_people_and_for_machines() {
    let stage = Stage::new(false).await;
    let served = stage.serve().await;
    stage
        .types("U0PM", "press https://example.com/draft An interview")
        .await;
    let card = stage.card("U0MARK", "R-1", "approve").await;
    let clicked = stage.ws.user("U0MARK").click(&card, "approve").await;
    clicked.expect("a click");
    stage.types("U0PM", "published R-1").await;
    served.stop().await;

    let always = ["report", "--from", "2020-01-01", "--to", "2099-12-31"];
    let text = stage.run(&always).await;
    assert_eq!(text.code, Some(0), "{}", text.err);
    let line = |start: &str| {
        let found = text.out.lines().find(|line| line.starts_with(start));
        let words: Vec<&str> = found.unwrap_or_default().split_whitespace().collect();
        words.join(" ")
    };
    assert_eq!(line("press"), "press 1 0 1 1", "{}", text.out);
    assert_eq!(
        line("marketing"),
        "marketing press 1 0 0 0 0 min 0 min",
        "{}",
        text.out
    );
    let json = stage.run(&[&always[..], &["--json"]].concat()).await.out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["requests"][0]["published_while_blocked"], 1);
    assert_eq!(
        (&json["lanes"][0]["lane"], &json["lanes"][0]["approved"]),
        (&"marketing".into(), &1.into())
    );
    let csv = stage.run(&[&always[..], &["--csv"]].concat()).await.out;
    assert!(csv.contains("\r\n,press,1,0,1,1,,,,,,,\r\n"), "{csv}");
    let fields: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert!(fields.iter().all(|count| *count == 13), "{csv}");

    let nothing = stage
        .run(&["report", "--from", "2020-01-01", "--to", "2020-01-31", "--json"])
        .await;
    assert!(
        nothing.out.contains("\"filed\":0") && nothing.out.contains("\"lanes\":[]"),
        "{}",
        nothing.out
    );
    let bad = stage
        .run(&["report", "--from", "2020-02-01", "--to", "2020-01-31"])
        .await;
    assert_eq!(bad.code, Some(2));
    assert!(bad.err.contains("is before"), "{}", bad.err);
}
