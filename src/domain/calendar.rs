//! Business days and the deadlines they make (R14, R15), exact to the instant.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use serde::{Deserialize, Serialize};

use super::near::quoted;
use super::zone::Zone;

/// The instant a lane lapses that started its clock at `from` and waits for `business_days` (R14).
///
/// The instant is closed: the gate is open when `now >= deadline`. The local date of `from` never counts.
///
/// - Whole days: the first instant after the n-th business day. Wed 15:00 and 3 days → Thu, Fri, Mon →
///   Tue 00:00.
/// - Elapsed: the same local time, fractions of a second included, on the n-th business day after
///   ([`Zone::at`] for gaps and folds). Wed 15:00 → Mon 15:00. A clock that starts on a non-business day
///   starts at the next business day's first instant, so n full days end as whole days do.
///
/// # Errors
/// [`CalendarError::Count`] outside 1 to [`MAX_COUNT`], [`CalendarError::NoBusinessDay`].
pub fn deadline(
    calendar: &Calendar,
    counting: Counting,
    business_days: u32,
    from: DateTime<Utc>,
) -> Result<DateTime<Utc>, CalendarError> {
    if !(1..=MAX_COUNT).contains(&business_days) {
        return Err(CalendarError::Count(business_days));
    }
    let zone = &calendar.zone;
    let start = zone.local(from);
    let mut last = start.date();
    for _ in 0..business_days {
        last = calendar.next_business_day(last)?;
    }
    if counting == Counting::Elapsed && calendar.is_business_day(start.date()) {
        return Ok(zone.at(last, start.time()));
    }
    let after = last.succ_opt().ok_or(CalendarError::NoBusinessDay(last))?;
    Ok(zone.start_of_day(after))
}

/// Every calendar date from the clock's start through the last counted day, and what it is (R27).
///
/// The first row is the [`DayCount::FilingDay`], the last one `Counted(business_days)`, in both countings.
///
/// # Errors
/// As [`deadline`].
pub fn timeline(
    calendar: &Calendar,
    counting: Counting,
    business_days: u32,
    from: DateTime<Utc>,
) -> Result<Vec<CountedDay>, CalendarError> {
    // Proves that the days below come to an end.
    deadline(calendar, counting, business_days, from)?;
    let filed_on = calendar.zone.local_date(from);
    let mut counted = 0;
    let mut days = vec![CountedDay {
        date: filed_on,
        what: DayCount::FilingDay,
    }];
    for date in filed_on.iter_days().skip(1) {
        let what = match calendar.day(date) {
            Day::Business => {
                counted += 1;
                DayCount::Counted(counted)
            }
            Day::Weekend => DayCount::Weekend,
            Day::Holiday(name) => DayCount::Holiday(name.to_owned()),
            Day::Skipped => DayCount::Skipped,
        };
        days.push(CountedDay { date, what });
        if counted == business_days {
            break;
        }
    }
    Ok(days)
}

/// When days are business days: a zone, its weekend, its holidays (R15). Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Zone,
    weekend: Weekdays,
    holidays: Arc<BTreeMap<NaiveDate, String>>,
}

impl Calendar {
    /// A calendar; `holidays` maps each day off to its name.
    ///
    /// # Errors
    /// [`CalendarError::NoWorkingWeekday`] when the weekend is the whole week.
    pub fn new(
        zone: Zone,
        weekend: Weekdays,
        holidays: impl Into<Arc<BTreeMap<NaiveDate, String>>>,
    ) -> Result<Calendar, CalendarError> {
        if weekend == Weekdays::ALL {
            return Err(CalendarError::NoWorkingWeekday);
        }
        Ok(Calendar {
            zone,
            weekend,
            holidays: holidays.into(),
        })
    }

    /// The same weekend and holidays in another zone: a person's own days.
    pub fn in_zone(&self, zone: Zone) -> Calendar {
        Calendar { zone, ..self.clone() }
    }

    /// The same zone and holidays with another weekend.
    ///
    /// # Errors
    /// [`CalendarError::NoWorkingWeekday`] when the weekend is the whole week.
    pub fn with_weekend(&self, weekend: Weekdays) -> Result<Calendar, CalendarError> {
        Calendar::new(self.zone.clone(), weekend, self.holidays.clone())
    }

    /// The zone whose local dates are counted.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// What this date is. A holiday on a weekend is the holiday: the name says more.
    pub fn day(&self, date: NaiveDate) -> Day<'_> {
        if !self.zone.date_exists(date) {
            Day::Skipped
        } else if let Some(name) = self.holidays.get(&date) {
            Day::Holiday(name)
        } else if self.weekend.contains(date.weekday()) {
            Day::Weekend
        } else {
            Day::Business
        }
    }

    /// The first day of the week that `date` is in: the one after the weekend; a Monday where there is none.
    pub fn week_start(&self, date: NaiveDate) -> NaiveDate {
        let off = |day: NaiveDate| self.weekend.contains(day.weekday());
        let begins = |day: &NaiveDate| !off(*day) && day.pred_opt().is_some_and(off);
        let days = std::iter::successors(Some(date), NaiveDate::pred_opt).take(7);
        days.into_iter()
            .find(begins)
            .unwrap_or_else(|| date.week(Weekday::Mon).first_day())
    }

    /// Whether this date counts.
    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        self.day(date) == Day::Business
    }

    /// The first business day after this date, itself excluded.
    ///
    /// # Errors
    /// [`CalendarError::NoBusinessDay`] when there is none within five years.
    pub fn next_business_day(&self, after: NaiveDate) -> Result<NaiveDate, CalendarError> {
        self.first_business_day(after.iter_days().skip(1))
            .ok_or(CalendarError::NoBusinessDay(after))
    }

    /// The last business day before this date, itself excluded.
    ///
    /// # Errors
    /// [`CalendarError::NoBusinessDay`] when there is none within five years.
    pub fn previous_business_day(&self, before: NaiveDate) -> Result<NaiveDate, CalendarError> {
        self.first_business_day(before.iter_days().rev().skip(1))
            .ok_or(CalendarError::NoBusinessDay(before))
    }

    /// How many business days lie after `after`, up to and including `through`; 0 when `through` is not later.
    pub fn business_days_between(&self, after: NaiveDate, through: NaiveDate) -> usize {
        let days = after.iter_days().skip(1).take_while(|date| *date <= through);
        days.filter(|date| self.is_business_day(*date)).count()
    }

    /// The day to warn a reviewer: the last business day that begins before this deadline (R22).
    ///
    /// Whole days that lapse on Tue 00:00 give Monday; elapsed ones that lapse on Mon 15:00 give Monday too,
    /// so a reminder at 09:30 that must come first asks about `deadline - 9.5 h`.
    ///
    /// # Errors
    /// [`CalendarError::NoBusinessDay`] when there is none in the five years before.
    pub fn last_business_day_before(&self, deadline: DateTime<Utc>) -> Result<NaiveDate, CalendarError> {
        let lapses_on = self.zone.local_date(deadline);
        if self.is_business_day(lapses_on) && self.zone.start_of_day(lapses_on) < deadline {
            return Ok(lapses_on);
        }
        self.previous_business_day(lapses_on)
    }

    fn first_business_day(&self, days: impl Iterator<Item = NaiveDate>) -> Option<NaiveDate> {
        days.take(LONGEST_PAUSE).find(|date| self.is_business_day(*date))
    }
}

/// The most business days that can be asked for: some fourteen years, so that no loop runs for long.
pub const MAX_COUNT: u32 = 3650;

/// Days without a business day after which a calendar is taken to have none: five years.
const LONGEST_PAUSE: usize = 5 * 366;

/// What a date is in a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day<'a> {
    /// It counts.
    Business,
    /// A day of the week off.
    Weekend,
    /// A day off, by name.
    Holiday(&'a str),
    /// The date does not occur in this zone ([`Zone::date_exists`]).
    Skipped,
}

/// One date of a [`timeline`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedDay {
    /// The local date.
    pub date: NaiveDate,
    /// Whether it counts, or why not.
    pub what: DayCount,
}

/// What a date adds to the count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayCount {
    /// The date the clock started on, business day or not: it never counts.
    FilingDay,
    /// The k-th counted business day, from 1.
    Counted(u32),
    /// A day of the week off.
    Weekend,
    /// A day off, by name.
    Holiday(String),
    /// The date does not occur in this zone.
    Skipped,
}

/// A set of weekdays, such as a weekend. In serde a list of English names: `["saturday", "sunday"]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Weekdays(u8);

impl Weekdays {
    const ALL: Weekdays = Weekdays(0b111_1111);

    /// From ISO 8601 numbers, Monday = 1 to Sunday = 7, in any order.
    ///
    /// # Errors
    /// [`UnknownWeekday`] for any other number.
    pub fn from_iso(days: impl IntoIterator<Item = i64>) -> Result<Weekdays, UnknownWeekday> {
        days.into_iter()
            .try_fold(Weekdays::default(), |set, day| match day {
                1..=7 => Ok(Weekdays(set.0 | 1 << (day - 1))),
                _ => Err(UnknownWeekday(day.to_string())),
            })
    }

    /// From English names, `"saturday"` or `"sat"`, in upper or lower case.
    ///
    /// # Errors
    /// [`UnknownWeekday`] for any other word.
    pub fn from_names(names: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Weekdays, UnknownWeekday> {
        names.into_iter().try_fold(Weekdays::default(), |set, name| {
            let day: Weekday = name
                .as_ref()
                .parse()
                .map_err(|_| UnknownWeekday(quoted(name.as_ref())))?;
            Ok(Weekdays(set.0 | 1 << day.num_days_from_monday()))
        })
    }

    /// Whether the day is one of the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }

    /// Their English names in lower case, Monday first.
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 7] = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        NAMES
            .into_iter()
            .enumerate()
            .filter(|(day, _)| self.0 & (1 << day) != 0)
            .map(|(_, name)| name)
            .collect()
    }
}

impl TryFrom<Vec<String>> for Weekdays {
    type Error = UnknownWeekday;

    fn try_from(names: Vec<String>) -> Result<Weekdays, UnknownWeekday> {
        Weekdays::from_names(names)
    }
}

impl From<Weekdays> for Vec<String> {
    fn from(days: Weekdays) -> Vec<String> {
        days.names().into_iter().map(str::to_owned).collect()
    }
}

/// How business days pass (R14).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// Only full local days after the one on which the clock started.
    #[default]
    WholeDays,
    /// The same local time, so many business days later.
    Elapsed,
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Counting::WholeDays => "whole-days",
            Counting::Elapsed => "elapsed",
        })
    }
}

impl FromStr for Counting {
    type Err = UnknownCounting;

    fn from_str(text: &str) -> Result<Counting, UnknownCounting> {
        [Counting::WholeDays, Counting::Elapsed]
            .into_iter()
            .find(|counting| counting.to_string() == text)
            .ok_or_else(|| UnknownCounting(text.to_owned()))
    }
}

/// How long a lane waits: 1 to 365 business days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct BusinessDays(u32);

impl BusinessDays {
    /// So many business days.
    ///
    /// # Errors
    /// [`BadBusinessDays`] outside 1 to 365.
    pub fn new(days: i64) -> Result<BusinessDays, BadBusinessDays> {
        match u32::try_from(days) {
            Ok(days @ 1..=365) => Ok(BusinessDays(days)),
            _ => Err(BadBusinessDays(days)),
        }
    }

    /// So many business days, as [`deadline`] takes them.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for BusinessDays {
    type Error = BadBusinessDays;

    fn try_from(days: i64) -> Result<BusinessDays, BadBusinessDays> {
        BusinessDays::new(days)
    }
}

impl From<BusinessDays> for i64 {
    fn from(days: BusinessDays) -> i64 {
        days.0.into()
    }
}

impl fmt::Display for BusinessDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a calendar cannot be counted in. Whoever configured it must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The weekend is the whole week.
    #[error("a week needs at least one working day")]
    NoWorkingWeekday,
    /// Holidays, or the end of the calendar, leave nothing to count.
    #[error("no business day within five years of {0}")]
    NoBusinessDay(NaiveDate),
    /// Not a number of days to count.
    #[error("business days must be 1 to {MAX_COUNT}, not {0}")]
    Count(u32),
}

/// Not a weekday: a number outside 1 to 7 or not an English name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown weekday {0}; use 1 (Monday) to 7 (Sunday), or names such as \"saturday\"")]
pub struct UnknownWeekday(pub String);

/// Not a way of counting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown counting {}; use \"whole-days\" or \"elapsed\"", quoted(.0))]
pub struct UnknownCounting(pub String);

/// Too few or too many days to wait.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("business_days must be 1 to 365, not {0}")]
pub struct BadBusinessDays(pub i64);
