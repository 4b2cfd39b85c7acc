//! Public holidays by region, compiled in (R15). `config/holidays.tsv` says in its first lines how to read it.
//!
//! The file stays text: a region is read from it when asked for, so 37,000 days cost no memory.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::near::{hint, nearest, quoted};

static TABLE: &str = include_str!("../../config/holidays.tsv");

/// The name that takes a national day away from a subdivision.
const NOT_HERE: &str = "-";

/// The days off in a region, by name: a subdivision has its country's, its own, and not those it does without.
pub fn holidays(region: Region) -> BTreeMap<NaiveDate, String> {
    let mut days = BTreeMap::new();
    // The country first, so that the subdivision has the last word; a country alone is read twice.
    for (date, name) in listed(region.country()).chain(listed(region.0)) {
        if name == NOT_HERE {
            days.remove(&date);
        } else {
            days.insert(date, name.to_owned());
        }
    }
    days
}

/// The years the file covers. Outside them a region has no known holiday: callers should say so.
pub fn years() -> RangeInclusive<i32> {
    2025..=2032
}

/// Every region of the file, in its order, a country before its subdivisions.
///
/// A subdivision that differs from its country in no year is not listed: the country's code stands for it.
pub fn regions() -> impl Iterator<Item = Region> {
    let mut previous = "";
    rows().filter_map(move |(region, _)| {
        let first = region != previous;
        previous = region;
        first.then_some(Region(region))
    })
}

/// A country (`DE`) or a subdivision (`DE-BE`) of which the holidays are known. In serde and `Display` its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Region(&'static str);

impl Region {
    /// The region of exactly this code.
    ///
    /// # Errors
    /// [`UnknownRegion`], which names the country when only the subdivision is unknown.
    pub fn parse(code: &str) -> Result<Region, UnknownRegion> {
        regions().find(|region| region.0 == code).ok_or_else(|| {
            let country = code
                .split('-')
                .next()
                .filter(|country| regions().any(|known| known.0 == *country));
            let alike = nearest(code, regions().map(Region::code));
            let mut near: Vec<String> = country.map(str::to_owned).into_iter().collect();
            near.extend(alike.into_iter().filter(|code| Some(code.as_str()) != country));
            near.truncate(3);
            UnknownRegion {
                code: code.to_owned(),
                near,
            }
        })
    }

    /// The code: `"DE-BE"`.
    pub fn code(self) -> &'static str {
        self.0
    }

    fn country(self) -> &'static str {
        self.0.split('-').next().unwrap_or(self.0)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl TryFrom<String> for Region {
    type Error = UnknownRegion;

    fn try_from(code: String) -> Result<Region, UnknownRegion> {
        Region::parse(&code)
    }
}

impl From<Region> for &'static str {
    fn from(region: Region) -> &'static str {
        region.0
    }
}

/// A region the file does not list. Whoever wrote the configuration must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no holidays known for region {}; {}",
    quoted(code),
    hint(near, "use a code such as US or DE-BE")
)]
pub struct UnknownRegion {
    /// What was asked for.
    pub code: String,
    /// Up to three codes to use instead: its country, if that is listed, then those that resemble it.
    pub near: Vec<String>,
}

/// The days the file lists under exactly this code; a region's lines stand together.
fn listed(code: &str) -> impl Iterator<Item = (NaiveDate, &'static str)> {
    rows()
        .skip_while(move |(region, _)| *region != code)
        .take_while(move |(region, _)| *region == code)
        .map(|(_, day)| {
            let (date, name) = day
                .split_once('\t')
                .expect("every row has three columns, as a test proves");
            (date.parse().expect("every date is one, as a test proves"), name)
        })
}

/// Each line's region, and the rest of the line.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
}
