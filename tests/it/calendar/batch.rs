//! `explain --batch`, line by line.

use serde_json::{Value, json};
use signoff::domain::batch::{explain_batch, explain_batch_line};

fn answer(question: &Value) -> Value {
    serde_json::from_str(&explain_batch_line(&question.to_string())).expect("JSON")
}

fn question_with(key: &str, value: Value) -> Value {
    let mut question =
        json!({ "requested_at": "2026-11-25T15:00:00+01:00", "tz": "Europe/Berlin", key: value });
    if question[key].is_null() {
        question.as_object_mut().expect("an object").remove(key);
    }
    question
}

#[test]
fn what_is_left_out_of_a_question_has_a_default() {
    assert_eq!(
        answer(&question_with("id", json!("ignored"))),
        json!({ "deadline": "2026-11-30T23:00:00Z" })
    );
    let asked = question_with("requested_at", json!("2026-11-25t14:00:00.5z"));
    assert_eq!(answer(&asked), json!({ "deadline": "2026-11-30T23:00:00Z" }));
    let line = asked.to_string().replacen('{', "{\"counting\":\"elapsed\",", 1);
    assert_eq!(
        explain_batch_line(&line),
        r#"{"deadline":"2026-11-30T14:00:00.500Z"}"#
    );
}

#[test]
fn a_bad_question_gets_an_error_that_says_what_is_wrong() {
    for (key, value, reason) in [
        ("tz", json!("Europe/Berln"), "unknown time zone"),
        ("tz", json!(null), "missing field `tz`"),
        ("requested_at", json!(null), "missing field `requested_at`"),
        (
            "requested_at",
            json!("2026-02-30T00:00:00Z"),
            "not an RFC 3339 instant",
        ),
        (
            "requested_at",
            json!("2026-11-25T15:00:00"),
            "not an RFC 3339 instant",
        ),
        (
            "requested_at",
            json!("2026-12-31T23:59:60Z"),
            "not an RFC 3339 instant",
        ),
        ("requested_at", json!("2026-11-25"), "not an RFC 3339 instant"),
        (
            "requested_at",
            json!("0000-01-01T00:00:00+01:00"),
            "not an RFC 3339 instant",
        ),
        (
            "requested_at",
            json!("9999-12-30T00:00:00Z"),
            "after the year 9999",
        ),
        ("requested_at", json!(1795618800), "invalid type"),
        ("counting", json!("hours"), "unknown counting"),
        ("weekend", json!([0]), "unknown weekday 0"),
        ("weekend", json!([8]), "unknown weekday 8"),
        ("weekend", json!(["saturday"]), "invalid type"),
        (
            "weekend",
            json!([1, 2, 3, 4, 5, 6, 7]),
            "at least one working day",
        ),
        ("holidays", json!(["2026-02-30"]), "is not a date"),
        ("holidays", json!(["2026-1-5"]), "is not a date"),
        ("holidays", json!(["2026-12-5"]), "is not a date"),
        ("holidays", json!(["2026-12- 5"]), "is not a date"),
        ("holidays", json!(["+026-12-05"]), "is not a date"),
        ("business_days", json!(0), "must be 1 to 3650, not 0"),
        ("business_days", json!(-1), "must be 1 to 3650, not -1"),
        ("business_days", json!(3651), "must be 1 to 3650"),
        ("business_days", json!(4_294_967_297_i64), "must be 1 to 3650"),
        ("business_days", json!(1.5), "invalid type"),
    ] {
        let question = question_with(key, value);
        let answer = answer(&question);
        let error = answer["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{question} is bad, yet {answer}"));
        assert!(error.contains(reason), "{question}: {error}");
    }
}

#[test]
fn an_array_is_no_question_even_with_its_values_in_order() {
    let array = r#"["2026-11-25T15:00:00+01:00", "UTC", [6, 7], [], 3, "elapsed"]"#;
    assert_eq!(
        explain_batch_line(array),
        r#"{"error":"a line must be a JSON object"}"#
    );
}

#[test]
fn every_line_gets_one_answer_in_order() {
    let good = question_with("id", json!("plain")).to_string();
    let latin_1 = good
        .replace("plain", "@")
        .bytes()
        .map(|b| if b == b'@' { 0xff } else { b })
        .collect::<Vec<_>>();
    let mut input = Vec::new();
    for line in [
        good.as_bytes(),
        b"",
        b"[1]",
        &latin_1,
        b"{",
        &vec![b' '; 3 << 20],
        b"null",
    ] {
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    input.extend_from_slice(good.as_bytes());
    input.extend_from_slice(b"\r");
    let mut output = Vec::new();
    assert_eq!(explain_batch(&input[..], &mut output).expect("no I/O error"), 8);
    let output = String::from_utf8(output).expect("UTF-8");
    let kinds: Vec<bool> = output.lines().map(|line| line.contains("deadline")).collect();
    assert_eq!(kinds, [true, false, false, false, false, false, false, true]);
    assert!(
        output
            .lines()
            .nth(5)
            .is_some_and(|line| line.contains("at most 1048576 bytes")),
        "{output}"
    );
    assert_eq!(explain_batch(&b""[..], Vec::new()).expect("no I/O error"), 0);
}
