//! Typed settings: the built-in defaults, a file over them, the environment over both. Keys that do not
//! exist are refused by name; secrets come from the environment only.

mod rules;
mod secret;

pub use secret::{Secret, Secrets};

use crate::domain::calendar::{BusinessDays, Counting};
use crate::domain::holidays;
use crate::domain::policy::Rules;
use crate::domain::policy::WhoseClock;
use chrono::{DateTime, Datelike, NaiveTime, Utc};
use figment::Figment;
use figment::providers::{Format, Toml};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The defaults, every key documented.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// What is wrong with the configuration, and where. The caller prints it and exits with 2.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, a value of the wrong kind.
    #[error("configuration: {0}")]
    Shape(String),
    /// A value that cannot be.
    #[error("configuration: {key}: {problem}")]
    Value {
        /// The key, as in the file.
        key: String,
        /// What is wrong and what would do.
        problem: String,
    },
    /// A secret is missing or cannot be read.
    #[error("{0}")]
    Secret(String),
}

impl ConfigError {
    pub(crate) fn value(key: impl Into<String>, problem: impl ToString) -> Self {
        ConfigError::Value {
            key: key.into(),
            problem: problem.to_string(),
        }
    }
}

/// How Slack and Signoff talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Slack posts to us.
    Http,
    /// We hold a WebSocket to Slack.
    Socket,
}

/// The whole configuration.
#[derive(Clone)]
pub struct Settings {
    /// HTTP or Socket Mode.
    pub mode: Mode,
    /// The channel of digest and cards.
    pub marketing_channel: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Of the database.
    pub database_url: String,
    /// Slack's Web API, with a trailing slash.
    pub api_url: String,
    /// Status emoji that mean away (R6).
    pub away_emoji: Vec<String>,
    /// The rules for the core.
    pub rules: Rules,
    /// Does any calendar follow the public holidays of a region?
    regions: bool,
}

/// For logs and tests: what is not a rule, and no password that an address may hold (R32).
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("mode", &self.mode)
            .field("marketing_channel", &self.marketing_channel)
            .field("listen", &self.listen)
            .field("database_url", &secret::without_password(&self.database_url))
            .field("api_url", &secret::without_password(&self.api_url))
            .field("policy_id", &self.rules.policy_id)
            .finish_non_exhaustive()
    }
}

/// A way to read environment variables; tests bring their own.
pub type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

impl Settings {
    /// Reads the configuration: `file` over the defaults, `env` over both.
    ///
    /// # Errors
    /// Names the key and what would be right.
    pub fn load(file: Option<&Path>, env: Env<'_>) -> Result<Settings, ConfigError> {
        let text = match file {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path).map_err(|source| ConfigError::File {
                path: path.to_owned(),
                source,
            })?,
        };
        Settings::parse(&text, env)
    }

    /// What is accepted and still worth a word: holiday data that ends soon.
    pub fn warnings(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut warnings = Vec::new();
        let (year, last) = (now.year(), *holidays::years().end());
        if self.regions && year >= last {
            warnings.push(format!(
                "the public holidays end with {last}: list later ones in calendar.holidays, or install a newer version"
            ));
        }
        warnings
    }

    /// As [`Settings::load`], from the text of a file.
    pub fn parse(text: &str, env: Env<'_>) -> Result<Settings, ConfigError> {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(text));
        let raw: Raw = figment
            .extract()
            .map_err(|error| ConfigError::Shape(shape(&error)))?;
        let rules = rules::rules(&raw)?;
        let channel = raw
            .slack
            .marketing_channel
            .clone()
            .filter(|channel| !channel.trim().is_empty());
        Ok(Settings {
            mode: raw
                .slack
                .mode
                .unwrap_or(match secret::present("SLACK_APP_TOKEN", env) {
                    true => Mode::Socket,
                    false => Mode::Http,
                }),
            marketing_channel: channel.ok_or_else(|| {
                ConfigError::value(
                    "slack.marketing_channel",
                    "set the id of the channel for the digest, such as \"C0123ABCD\"",
                )
            })?,
            listen: listen(&raw.http, env)?,
            database_url: secret::read("DATABASE_URL", env)?
                .map_or(raw.database.url.clone(), |url| url.expose().to_owned()),
            api_url: api_url(env)?,
            away_emoji: raw.away.emoji.clone(),
            rules,
            regions: raw.names_regions(),
        })
    }
}

/// Figment's words, which name the key, without its talk of profiles and sources.
fn shape(error: &figment::Error) -> String {
    let texts: Vec<String> = error
        .clone()
        .into_iter()
        .map(|error| match error.path.is_empty() {
            true => error.kind.to_string(),
            false => format!("{}: {}", error.path.join("."), error.kind),
        })
        .collect();
    texts.join("; ")
}

fn listen(http: &Http, env: Env<'_>) -> Result<SocketAddr, ConfigError> {
    if let Some(port) = env("PORT").filter(|port| !port.is_empty()) {
        let port = port
            .parse()
            .map_err(|_| ConfigError::value("PORT", format!("{port:?} is not a port number")))?;
        return Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
    }
    http.listen.parse().map_err(|_| {
        ConfigError::value(
            "http.listen",
            format!("{:?} is not an address such as \"127.0.0.1:3000\"", http.listen),
        )
    })
}

fn api_url(env: Env<'_>) -> Result<String, ConfigError> {
    let Some(url) = env("SLACK_API_URL").filter(|url| !url.is_empty()) else {
        return Ok("https://slack.com/api/".to_owned());
    };
    match url::Url::parse(&url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => Ok(url),
        _ => Err(ConfigError::value(
            "SLACK_API_URL",
            "must be an address such as https://slack.com/api/",
        )),
    }
}

/// The file as it is written.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    slack: Slack,
    http: Http,
    database: Database,
    calendar: CalendarKeys,
    deadline: Deadline,
    digest: DigestKeys,
    reminders: Reminders,
    access: Access,
    away: Away,
    lanes: BTreeMap<String, LaneKeys>,
    #[serde(default)]
    areas: BTreeMap<String, AreaKeys>,
    #[serde(default)]
    people: BTreeMap<String, PersonKeys>,
    categories: BTreeMap<String, CategoryKeys>,
}

impl Raw {
    fn names_regions(&self) -> bool {
        !self.calendar.regions.is_empty()
            || self.lanes.values().any(|lane| lane.region.is_some())
            || self.areas.values().any(|area| area.region.is_some())
            || self.people.values().any(|person| person.region.is_some())
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Slack {
    mode: Option<Mode>,
    marketing_channel: Option<String>,
    announce: bool,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Http {
    listen: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Database {
    url: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CalendarKeys {
    timezone: String,
    weekend: Vec<String>,
    regions: Vec<String>,
    holidays: Vec<String>,
    not_holidays: Vec<String>,
    zoneinfo: Option<PathBuf>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Deadline {
    business_days: BusinessDays,
    counting: Counting,
    #[serde(with = "humantime_serde")]
    delivery_grace: Duration,
    #[serde(default)]
    clock: WhoseClock,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DigestKeys {
    at: String,
    empty: bool,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Reminders {
    at: String,
    until: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Access {
    admins: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Away {
    emoji: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LaneKeys {
    name: Option<String>,
    user_group: Option<String>,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    ping: PingKey,
    #[serde(default)]
    fallback: Vec<String>,
    #[serde(default)]
    escalation: Vec<String>,
    region: Option<String>,
    timezone: Option<String>,
    weekend: Option<Vec<String>>,
}

/// R3: who of a lane is pinged.
#[derive(Debug, Default, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum PingKey {
    #[default]
    All,
    RoundRobin,
    LeastLoaded,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AreaKeys {
    name: Option<String>,
    director: String,
    deputy: Option<String>,
    region: Option<String>,
    timezone: Option<String>,
    weekend: Option<Vec<String>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PersonKeys {
    area: Option<String>,
    region: Option<String>,
    timezone: Option<String>,
    weekend: Option<Vec<String>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CategoryKeys {
    name: Option<String>,
    lanes: Vec<String>,
    wide_impact: Option<String>,
    hint: Option<String>,
    #[serde(default = "yes")]
    gated: bool,
}

fn yes() -> bool {
    true
}

/// `HH:MM`.
fn time(key: &str, text: &str) -> Result<NaiveTime, ConfigError> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .map_err(|_| ConfigError::value(key, format!("{text:?} is not a time of day such as \"09:30\"")))
}
