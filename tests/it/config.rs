//! The configuration: every key of DESIGN §4 is taken, every fault is named by its key, secrets stay secret.

use chrono::{NaiveTime, TimeDelta};
use signoff::config::{ConfigError, DEFAULTS, Mode, Secret, Secrets, Settings};
use signoff::domain::calendar::Counting;
use signoff::domain::ids::{CategoryKey, LaneKey, UserId};
use signoff::domain::policy::{Ping, Pool, WhoseClock};
use std::collections::BTreeMap;
use std::path::Path;

/// The least that a deployment must say.
const LEAST: &str = r#"
[slack]
marketing_channel = "C0MARKETING"
[lanes.marketing]
user_group = "S0MARKETING"
[areas.search]
director = "U0DIRECTOR"
"#;

fn nothing(_: &str) -> Option<String> {
    None
}

fn parse(text: &str) -> Result<Settings, ConfigError> {
    Settings::parse(text, &nothing)
}

/// `LEAST`, with this key set to that value in its table (or the line added to a table of its own).
fn with(table: &str, line: &str) -> String {
    let header = format!("[{table}]\n");
    match LEAST.contains(&header) {
        true => LEAST.replace(&header, &format!("{header}{line}\n")),
        false => format!("{LEAST}{header}{line}\n"),
    }
}

fn refusal(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

fn env(vars: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> + use<> {
    let vars: BTreeMap<String, String> = vars
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    move |name| vars.get(name).cloned()
}

#[test]
fn the_least_file_has_a_default_for_the_rest() {
    let settings = parse(LEAST).expect("enough");
    assert_eq!(settings.mode, Mode::Http);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.database_url, "sqlite://signoff.db");
    assert_eq!(settings.api_url, "https://slack.com/api/");
    let rules = settings.rules;
    assert_eq!(
        (rules.deadline.business_days.get(), rules.deadline.counting),
        (3, Counting::WholeDays)
    );
    assert_eq!(rules.deadline.delivery_grace, TimeDelta::minutes(15));
    let keys: Vec<&str> = rules
        .categories
        .iter()
        .map(|category| category.key.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "blog",
            "social",
            "presentation",
            "about-site",
            "pricing",
            "deprecation",
            "press",
            "other"
        ]
    );
    assert!(rules.announce && !rules.digest_empty && rules.admins.is_empty());
}

#[test]
fn every_key_of_the_contract_is_taken() {
    let settings = parse(
        r#"
[slack]
mode = "socket"
marketing_channel = "C0MARKETING"
announce = false
[http]
listen = "[::1]:8080"
[database]
url = "sqlite:///var/lib/signoff.db"
[access]
admins = ["U0ADMIN", "W0ADMIN"]
[calendar]
timezone = "Europe/Berlin"
weekend = ["friday", "sat"]
regions = ["US", "DE-BE"]
holidays = ["2026-12-24"]
not_holidays = ["2026-10-03"]
[deadline]
business_days = 5
counting = "elapsed"
delivery_grace = "1h 30m"
clock = "per-reviewer"
[digest]
at = "08:15"
empty = true
[reminders]
at = "10:00"
until = "16:45"
[away]
emoji = [":sunny:"]
[lanes.director]
name = "boss"
fallback = ["U0CEO"]
escalation = ["U0CEO"]
region = "DE-BE"
timezone = "Asia/Tokyo"
[lanes.marketing]
name = "Marketing"
user_group = "S0MARKETING"
ping = "round-robin"
fallback = ["U0HEADOFMKT"]
escalation = []
[lanes.legal]
members = ["U0LAWYER"]
ping = "least-loaded"
[areas.search]
name = "Code Search"
director = "U0DIRECTOR"
deputy = "U0DEPUTY"
[people.U0REQUESTER]
area = "search"
region = "DE-BE"
[categories.press]
name = "The press"
lanes = ["director", "legal"]
wide_impact = "a national paper"
gated = true
[categories.rumour]
lanes = ["legal"]
gated = false
"#,
    )
    .expect("all of it");
    assert_eq!(
        (settings.mode, settings.listen.to_string()),
        (Mode::Socket, "[::1]:8080".to_owned())
    );
    assert_eq!(settings.marketing_channel, "C0MARKETING");
    assert_eq!(settings.database_url, "sqlite:///var/lib/signoff.db");
    assert_eq!(settings.away_emoji, [":sunny:"]);
    let rules = settings.rules;
    assert!(!rules.announce && rules.digest_empty);
    assert_eq!(rules.admins, [UserId::new("U0ADMIN"), UserId::new("W0ADMIN")]);
    assert_eq!(
        (rules.deadline.business_days.get(), rules.deadline.counting),
        (5, Counting::Elapsed)
    );
    assert_eq!(rules.deadline.delivery_grace, TimeDelta::minutes(90));
    assert_eq!(rules.deadline.clock, WhoseClock::PerReviewer);
    assert_eq!(Some(rules.digest_at), NaiveTime::from_hms_opt(8, 15, 0));
    assert_eq!(Some(rules.reminders.at), NaiveTime::from_hms_opt(10, 0, 0));
    assert_eq!(Some(rules.reminders.until), NaiveTime::from_hms_opt(16, 45, 0));
    let lane = |key: &str| rules.lane(&LaneKey::from(key)).expect("a lane").clone();
    assert_eq!(
        (lane("director").name, lane("director").pool),
        ("boss".to_owned(), Pool::AreaDirector)
    );
    assert_eq!(
        lane("director").calendar.expect("its own").zone().name(),
        "Asia/Tokyo"
    );
    assert_eq!(
        (lane("marketing").ping, lane("legal").ping),
        (Ping::RoundRobin, Ping::LeastLoaded)
    );
    assert_eq!(lane("legal").pool, Pool::Members(vec![UserId::new("U0LAWYER")]));
    let days_off = [
        "2026-11-13",
        "2026-11-14",
        "2026-12-24",
        "2026-12-25",
        "2026-03-08",
    ];
    assert!(
        days_off
            .iter()
            .all(|day| !rules.calendar.is_business_day(day.parse().expect("a date")))
    );
    let working = ["2026-11-15", "2026-12-23"];
    assert!(
        working
            .iter()
            .all(|day| rules.calendar.is_business_day(day.parse().expect("a date")))
    );
    let press = rules.category(&CategoryKey::from("press")).expect("press");
    assert_eq!(
        (press.name.as_str(), press.lanes.len(), press.gated),
        ("The press", 2, true)
    );
    assert_eq!(press.wide_impact.as_deref(), Some("a national paper"));
    assert!(
        !rules
            .category(&CategoryKey::from("rumour"))
            .expect("rumour")
            .gated
    );
}

/// Each table refuses a key that it does not have, and says which.
#[test]
fn an_unknown_key_is_refused_by_name() {
    for table in [
        "slack",
        "http",
        "database",
        "calendar",
        "deadline",
        "digest",
        "reminders",
        "access",
        "away",
        "lanes.marketing",
        "areas.search",
        "people.U0X",
        "categories.press",
        "categorys",
    ] {
        let says = refusal(&with(table, "zeitzone = \"x\""));
        let key = if table == "categorys" {
            "categorys"
        } else {
            "zeitzone"
        };
        assert!(says.contains(key), "[{table}]: {says}");
    }
    assert!(refusal(&format!("zeitzone = 1\n{LEAST}")).contains("zeitzone"));
}

#[test]
fn a_value_that_cannot_be_is_named_by_its_key() {
    let year_off: Vec<String> = chrono::NaiveDate::from_ymd_opt(2026, 1, 1)
        .expect("a date")
        .iter_days()
        .take(6 * 366)
        .map(|day| format!("\"{day}\""))
        .collect();
    let year_off = format!("holidays = [{}]", year_off.join(","));
    let faults: &[(&str, &str, &[&str])] = &[
        ("slack", "mode = \"rtm\"", &["slack.mode"]),
        ("slack", "announce = \"no\"", &["slack.announce"]),
        ("http", "listen = \"3000\"", &["http.listen", "127.0.0.1:3000"]),
        ("database", "url = 5", &["database.url"]),
        (
            "calendar",
            "timezone = \"Europe/Berln\"",
            &["calendar.timezone", "Europe/Berlin"],
        ),
        (
            "calendar",
            "timezone = \"Los_Angeles\"",
            &["calendar.timezone", "America/Los_Angeles"],
        ),
        ("calendar", "timezone = \"+01:00\"", &["calendar.timezone"]),
        ("calendar", "regions = [\"USA\"]", &["calendar.regions", "US"]),
        ("calendar", "regions = [\"DE-XX\"]", &["calendar.regions", "DE"]),
        (
            "calendar",
            "weekend = [\"caturday\"]",
            &["calendar.weekend", "caturday"],
        ),
        ("calendar", &year_off, &["calendar", "no business day"]),
        (
            "calendar",
            "weekend = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]",
            &["calendar.weekend", "working day"],
        ),
        (
            "calendar",
            "holidays = [\"24.12.2026\"]",
            &["calendar.holidays", "24.12.2026"],
        ),
        (
            "calendar",
            "holidays = [\"2026-02-30\"]",
            &["calendar.holidays", "2026-02-30"],
        ),
        (
            "calendar",
            "not_holidays = [\"never\"]",
            &["calendar.not_holidays", "never"],
        ),
        (
            "deadline",
            "business_days = 0",
            &["deadline.business_days", "1 to 365"],
        ),
        (
            "deadline",
            "business_days = 400",
            &["deadline.business_days", "1 to 365"],
        ),
        (
            "deadline",
            "business_days = -3",
            &["deadline.business_days", "1 to 365"],
        ),
        ("deadline", "business_days = \"3\"", &["deadline.business_days"]),
        (
            "deadline",
            "counting = \"hours\"",
            &["deadline.counting", "whole-days"],
        ),
        (
            "deadline",
            "clock = \"sundial\"",
            &["deadline.clock", "per-reviewer"],
        ),
        (
            "deadline",
            "delivery_grace = \"soon\"",
            &["deadline.delivery_grace"],
        ),
        ("digest", "at = \"25:00\"", &["digest.at", "25:00"]),
        ("digest", "at = \"9 am\"", &["digest.at", "9 am"]),
        ("reminders", "at = \"09:60\"", &["reminders.at", "09:60"]),
        (
            "reminders",
            "until = \"09:30\"",
            &["reminders.until", "reminders.at"],
        ),
        (
            "reminders",
            "until = \"08:00\"",
            &["reminders.until", "reminders.at"],
        ),
        ("access", "admins = [\"jane\"]", &["access.admins", "jane"]),
        ("access", "admins = [\"U\"]", &["access.admins"]),
        (
            "access",
            "admins = [\"@U0ADMIN\"]",
            &["access.admins", "@U0ADMIN"],
        ),
        ("lanes.legal", "name = \"Legal\"", &["lanes.legal", "members"]),
        ("lanes.legal", "members = []", &["lanes.legal", "members"]),
        (
            "lanes.legal",
            "members = [\"bob\"]",
            &["lanes.legal.members", "bob"],
        ),
        (
            "lanes.Legal",
            "members = [\"U1\"]",
            &["lanes.Legal", "lower-case"],
        ),
        (
            "lanes.marketing",
            "members = [\"U1\"]",
            &["lanes.marketing", "not both"],
        ),
        (
            "lanes.marketing",
            "ping = \"everyone\"",
            &["lanes.marketing.ping", "round-robin"],
        ),
        (
            "lanes.marketing",
            "fallback = [\"head\"]",
            &["lanes.marketing.fallback", "head"],
        ),
        (
            "lanes.marketing",
            "timezone = \"Mars\"",
            &["lanes.marketing.timezone", "Mars"],
        ),
        (
            "lanes.marketing",
            "region = \"Bavaria\"",
            &["lanes.marketing.region", "Bavaria"],
        ),
        (
            "lanes.director",
            "members = [\"U1\"]",
            &["lanes.director", "area"],
        ),
        ("areas.batch", "name = \"Batch\"", &["areas.batch", "director"]),
        (
            "areas.batch",
            "director = \"#eng\"",
            &["areas.batch.director", "#eng"],
        ),
        (
            "areas.search",
            "deputy = \"the deputy\"",
            &["areas.search.deputy", "the deputy"],
        ),
        ("people.jane", "area = \"search\"", &["people.jane"]),
        ("people.U1", "area = \"serach\"", &["people.U1.area", "serach"]),
        ("people.U1", "region = \"XX\"", &["people.U1.region", "XX"]),
        (
            "categories.press",
            "lanes = [\"legal\"]",
            &["categories.press.lanes", "legal"],
        ),
        ("categories.press", "lanes = []", &["categories.press.lanes"]),
        (
            "categories.press",
            "lanes = [\"marketing\", \"marketing\"]",
            &["categories.press.lanes", "twice"],
        ),
        (
            "categories.rumour",
            "name = \"Rumour\"",
            &["categories.rumour", "lanes"],
        ),
        ("categories.press", "gated = \"no\"", &["categories.press.gated"]),
    ];
    for (table, line, names) in faults {
        let says = refusal(&with(table, line));
        for name in *names {
            assert!(
                says.contains(name),
                "[{table}] {line}: {says:?} does not name {name:?}"
            );
        }
        assert!(says.len() < 600, "[{table}] {line}: {says}");
    }
}

#[test]
fn what_a_deployment_must_say_is_asked_for() {
    assert!(
        refusal(&LEAST.replace("marketing_channel = \"C0MARKETING\"", ""))
            .contains("slack.marketing_channel")
    );
    assert!(refusal(&LEAST.replace("C0MARKETING", " ")).contains("slack.marketing_channel"));
    assert!(
        refusal(&LEAST.replace("user_group = \"S0MARKETING\"", "")).contains("lanes.marketing.user_group")
    );
    let no_area = LEAST.replace("[areas.search]\ndirector = \"U0DIRECTOR\"", "");
    assert!(refusal(&no_area).contains("areas"));
    assert!(refusal("").contains("lanes.marketing"));
    assert!(refusal("[slack").contains("configuration"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let says = Settings::load(Some(Path::new("/nowhere/signoff.toml")), &nothing).expect_err("no file");
    assert!(says.to_string().contains("/nowhere/signoff.toml"), "{says}");
}

#[test]
fn the_environment_overrides_the_file() {
    let text = with("http", "listen = \"127.0.0.1:9000\"");
    let vars = env(&[
        ("PORT", "8080"),
        ("DATABASE_URL", "sqlite://other.db"),
        ("SLACK_API_URL", "http://127.0.0.1:4390/api/"),
        ("SLACK_APP_TOKEN", "xapp-1"),
    ]);
    let settings = Settings::parse(&text, &vars).expect("all of it");
    assert_eq!(settings.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(settings.database_url, "sqlite://other.db");
    assert_eq!(settings.api_url, "http://127.0.0.1:4390/api/");
    assert_eq!(settings.mode, Mode::Socket, "an app token means Socket Mode");
    let said = format!("{text}\n{}", "").replace("[slack]\n", "[slack]\nmode = \"http\"\n");
    assert_eq!(
        Settings::parse(&said, &vars).expect("all of it").mode,
        Mode::Http,
        "what is said wins"
    );
}

#[test]
fn the_databases_address_may_be_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("url");
    std::fs::write(&file, "postgres://signoff:hunter2@db.example.com/signoff\n").expect("written");
    let vars = env(&[("DATABASE_URL_FILE", file.to_str().expect("a path"))]);
    let settings = Settings::parse(LEAST, &vars).expect("enough");
    assert_eq!(
        settings.database_url,
        "postgres://signoff:hunter2@db.example.com/signoff"
    );
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let vars = env(&[
        ("PORT", ""),
        ("DATABASE_URL", ""),
        ("SLACK_API_URL", ""),
        ("SLACK_APP_TOKEN", ""),
    ]);
    let settings = Settings::parse(LEAST, &vars).expect("enough");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.database_url, "sqlite://signoff.db");
    assert_eq!(settings.api_url, "https://slack.com/api/");
    assert_eq!(settings.mode, Mode::Http);
}

#[test]
fn a_variable_that_cannot_be_is_named() {
    for (name, value) in [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("PORT", "8080;"),
        ("SLACK_API_URL", "slack.com/api"),
        ("SLACK_API_URL", "ftp://slack.com/api/"),
        ("SLACK_API_URL", "https://"),
    ] {
        let says = Settings::parse(LEAST, &env(&[(name, value)]))
            .expect_err(value)
            .to_string();
        assert!(says.contains(name), "{name}={value}: {says}");
    }
}

const TOKENS: [(&str, &str); 3] = [
    ("SLACK_BOT_TOKEN", "xoxb-bot"),
    ("SLACK_SIGNING_SECRET", "new-secret, old-secret"),
    ("SLACK_APP_TOKEN", "xapp-app"),
];

#[test]
fn secrets_come_from_the_environment() {
    let secrets = Secrets::load(Mode::Http, &env(&TOKENS)).expect("all three");
    assert_eq!(secrets.bot_token.expose(), "xoxb-bot");
    let signing: Vec<&str> = secrets.signing.iter().map(Secret::expose).collect();
    assert_eq!(signing, ["new-secret", "old-secret"], "two during a rotation");
    assert_eq!(secrets.app_token.as_ref().map(Secret::expose), Some("xapp-app"));
}

#[test]
fn or_from_a_file_that_the_environment_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, "  xoxb-from-file\n").expect("written");
    let path = path.display().to_string();
    let from_file = env(&[("SLACK_BOT_TOKEN_FILE", &path), ("SLACK_SIGNING_SECRET", "s")]);
    let secrets = Secrets::load(Mode::Http, &from_file).expect("both");
    assert_eq!(secrets.bot_token.expose(), "xoxb-from-file");
    let both = env(&[
        ("SLACK_BOT_TOKEN", "xoxb-direct"),
        ("SLACK_BOT_TOKEN_FILE", &path),
        ("SLACK_SIGNING_SECRET", "s"),
    ]);
    let secrets = Secrets::load(Mode::Http, &both).expect("both");
    assert_eq!(
        secrets.bot_token.expose(),
        "xoxb-direct",
        "the variable itself comes first"
    );
    let mode = Settings::parse(LEAST, &env(&[("SLACK_APP_TOKEN_FILE", &path)]))
        .expect("enough")
        .mode;
    assert_eq!(mode, Mode::Socket);
}

#[test]
fn a_secret_that_is_missing_is_named_with_what_needs_it() {
    for (mode, gone) in [
        (Mode::Http, "SLACK_BOT_TOKEN"),
        (Mode::Http, "SLACK_SIGNING_SECRET"),
        (Mode::Socket, "SLACK_BOT_TOKEN"),
        (Mode::Socket, "SLACK_APP_TOKEN"),
    ] {
        for blank in [None, Some(" ")] {
            let mut vars: Vec<(&str, &str)> = TOKENS.into_iter().filter(|(name, _)| *name != gone).collect();
            vars.extend(blank.map(|blank| (gone, blank)));
            let says = Secrets::load(mode, &env(&vars)).expect_err(gone).to_string();
            assert!(says.contains(gone) && says.contains("_FILE"), "{mode:?}: {says}");
        }
    }
    let says = Secrets::load(
        Mode::Http,
        &env(&[("SLACK_SIGNING_SECRET_FILE", "/nowhere/secret")]),
    );
    let says = says.expect_err("no file").to_string();
    assert!(
        says.contains("/nowhere/secret") && says.contains("SLACK_SIGNING_SECRET_FILE"),
        "{says}"
    );
}

/// R32: neither a secret nor a password in an address is in what a log could print.
#[test]
fn debug_hides_every_secret() {
    let secrets = Secrets::load(Mode::Http, &env(&TOKENS)).expect("all three");
    let shown = format!("{secrets:?} {secrets:#?} {:?}", secrets.bot_token.clone());
    for (_, value) in TOKENS {
        for part in value.split(", ") {
            assert!(!shown.contains(part), "{shown}");
        }
    }
    let vars = env(&[(
        "DATABASE_URL",
        "postgres://signoff:hunter2@db.example.com/signoff",
    )]);
    let settings = Settings::parse(LEAST, &vars).expect("enough");
    assert!(settings.database_url.contains("hunter2"));
    let shown = format!("{settings:?} {settings:#?}");
    assert!(
        !shown.contains("hunter2") && shown.contains("db.example.com"),
        "{shown}"
    );
}

#[test]
fn the_files_that_come_with_it_load() {
    for name in ["example", "sandbox"] {
        let path = format!("{}/config/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let settings = Settings::load(Some(Path::new(&path)), &nothing).expect(name);
        assert_eq!(settings.marketing_channel, "C0MARKETING", "{name}");
    }
}

/// Every key that the defaults only mention in a comment can be uncommented as it stands.
#[test]
fn the_comments_of_the_defaults_are_keys_too() {
    let uncommented: String = DEFAULTS
        .lines()
        .filter(|line| !line.contains("zoneinfo") && !line.contains("members = [\"U0…\"]"))
        .map(|line| {
            let bare = line.strip_prefix("# ").unwrap_or(line);
            let key = bare.split_once(" = ").is_some_and(|(key, value)| {
                key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    && value.starts_with(['"', '[', 't', 'f'])
            });
            let kept = if key || bare.starts_with('[') { bare } else { line };
            format!("{kept}\n").replace('…', "X")
        })
        .collect();
    let settings = parse(&uncommented).unwrap_or_else(|error| panic!("{error}\n{uncommented}"));
    assert_eq!(settings.rules.areas.len(), 1);
    assert_eq!(settings.rules.people.len(), 1);
}

#[test]
fn the_policy_has_a_name_that_changes_with_it() {
    let name = |text: &str| parse(text).expect(text).rules.policy_id;
    assert_eq!(name(LEAST), name(&format!("# a remark\n{LEAST}")));
    assert_ne!(name(LEAST), name(&with("deadline", "business_days = 4")));
    assert_ne!(name(LEAST), name(&with("access", "admins = [\"U1\"]")));
    assert_ne!(name(LEAST), name(&with("areas.search", "deputy = \"U1\"")));
    assert_eq!(name(LEAST), name(&with("http", "listen = \"127.0.0.1:1\"")));
}
