//! `signoff holidays`: which days the data knows, and days from a calendar file as configuration.

use super::Outcome;
use crate::domain::holidays::{Region, holidays, years};
use anyhow::{Context, bail};
use chrono::{Datelike, NaiveDate};
use clap::{Args, Subcommand};
use icalendar::parser::{Component, read_calendar, unfold};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What can be asked of holidays.
#[derive(Debug, Subcommand)]
pub(crate) enum Arguments {
    /// The public holidays of a region.
    List(List),
    /// Print the all-day events of an iCalendar file as configuration lines. Nothing is changed.
    Import {
        /// The .ics file.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// A country or subdivision, such as US or DE-BE.
    #[arg(long)]
    region: String,
    /// Only this year.
    #[arg(long)]
    year: Option<i32>,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments {
        Arguments::List(list) => list.print(),
        Arguments::Import { file } => import(&file),
    }
}

impl List {
    fn print(&self) -> anyhow::Result<Outcome> {
        let region = Region::parse(&self.region)?;
        if let Some(year) = self.year.filter(|year| !years().contains(year)) {
            bail!(
                "the data covers {} to {}, not {year}",
                years().start(),
                years().end()
            );
        }
        for (date, name) in holidays(region) {
            if self.year.is_none_or(|year| date.year() == year) {
                println!("{date}  {}  {name}", date.format("%a"));
            }
        }
        Ok(Outcome::Done)
    }
}

fn import(file: &Path) -> anyhow::Result<Outcome> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    match days_off(&text) {
        Ok(days) => {
            print!("{}", as_configuration(&days, file));
            Ok(Outcome::Done)
        }
        Err(faults) => bail!("{} was not imported:\n  {}", file.display(), faults.join("\n  ")),
    }
}

fn as_configuration(days: &BTreeMap<NaiveDate, String>, file: &Path) -> String {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut lines = vec![
        format!("# {} days from {}, for [calendar]", days.len(), one_line(&name)),
        "holidays = [".to_owned(),
    ];
    lines.extend(
        days.iter()
            .map(|(date, name)| format!("    \"{date}\", # {}", one_line(name))),
    );
    lines.push("]\n".to_owned());
    lines.join("\n")
}

/// A comment must not end before its line does.
fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

/// The days of all all-day events, or every event that is not one and why: all or nothing, so that nobody
/// relies on half a calendar.
pub(crate) fn days_off(text: &str) -> Result<BTreeMap<NaiveDate, String>, Vec<String>> {
    let unfolded = unfold(text);
    let calendar =
        read_calendar(&unfolded).map_err(|error| vec![format!("not an iCalendar file: {}", error.trim())])?;
    let (mut days, mut faults) = (BTreeMap::new(), Vec::new());
    let events: Vec<&Component<'_>> = calendar
        .components
        .iter()
        .filter(|component| component.name == "VEVENT")
        .collect();
    if events.is_empty() {
        return Err(vec!["it has no events".to_owned()]);
    }
    for (place, event) in events.into_iter().enumerate() {
        let name = value(event, "SUMMARY").unwrap_or("day off");
        match dates(event) {
            Ok(dates) => days.extend(dates.into_iter().map(|date| (date, name.to_owned()))),
            Err(why) => faults.push(format!("event {} ({}): {why}", place + 1, one_line(name))),
        }
    }
    if faults.is_empty() { Ok(days) } else { Err(faults) }
}

/// Longest event that is believed to be a holiday, in days.
const LONGEST: i64 = 60;

fn dates(event: &Component<'_>) -> Result<Vec<NaiveDate>, String> {
    if ["RRULE", "RDATE"]
        .iter()
        .any(|rule| event.find_prop(rule).is_some())
    {
        return Err("it repeats; export it with each date as an event of its own".to_owned());
    }
    let from = date(value(event, "DTSTART").ok_or("it has no start")?)?;
    // The end of an all-day event is the day after its last one (RFC 5545, 3.6.1).
    let until = match (value(event, "DTEND"), value(event, "DURATION")) {
        (Some(end), _) => date(end)?,
        (None, Some(_)) => return Err("it has a duration instead of an end".to_owned()),
        (None, None) => from.succ_opt().ok_or("its date is out of range")?,
    };
    match (until - from).num_days() {
        days if days < 1 => Err("it ends before it starts".to_owned()),
        days if days > LONGEST => Err(format!("it lasts {days} days")),
        _ => Ok(from.iter_days().take_while(|date| *date < until).collect()),
    }
}

fn date(text: &str) -> Result<NaiveDate, String> {
    match NaiveDate::parse_from_str(text, "%Y%m%d") {
        Ok(date) => Ok(date),
        Err(_) if text.contains('T') => {
            Err("it has a time of day; only all-day events are days off".to_owned())
        }
        Err(_) => Err(format!("{text:?} is not a date")),
    }
}

fn value<'c>(event: &'c Component<'_>, name: &str) -> Option<&'c str> {
    event
        .find_prop(name)
        .map(|property| property.val.as_str())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ics(events: &[&str]) -> String {
        let events: String = events
            .iter()
            .map(|event| format!("BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n"))
            .collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    }

    #[test]
    fn all_day_events_of_one_and_several_days_become_days_off() {
        let text = ics(&[
            "SUMMARY:Founders' day\r\nDTSTART;VALUE=DATE:20260504",
            "SUMMARY:Shutdown that has a name so long that it is folded over two li\r\n nes\r\nDTSTART;VALUE=DATE:20261228\r\nDTEND;VALUE=DATE:20261231",
        ]);
        let days = days_off(&text).expect("all-day events");
        let dates: Vec<String> = days.keys().map(ToString::to_string).collect();
        assert_eq!(dates, ["2026-05-04", "2026-12-28", "2026-12-29", "2026-12-30"]);
        assert!(days.values().any(|name| name.ends_with("two lines")), "{days:?}");
    }

    #[test]
    fn whatever_is_no_plain_day_off_is_named_and_nothing_is_taken() {
        let text = ics(&[
            "SUMMARY:Good\r\nDTSTART;VALUE=DATE:20260504",
            "SUMMARY:Standup\r\nDTSTART:20260504T090000Z",
            "SUMMARY:Every year\r\nDTSTART;VALUE=DATE:20260504\r\nRRULE:FREQ=YEARLY",
            "SUMMARY:Backwards\r\nDTSTART;VALUE=DATE:20260504\r\nDTEND;VALUE=DATE:20260501",
            "SUMMARY:No start",
            "SUMMARY:Nonsense\r\nDTSTART;VALUE=DATE:20260231",
        ]);
        let faults = days_off(&text).expect_err("five of six are no days off");
        let named = [
            "Standup): it has a time",
            "Every year): it repeats",
            "Backwards): it ends",
            "No start): it has no start",
            "Nonsense): \"20260231\"",
        ];
        assert_eq!(faults.len(), named.len(), "{faults:?}");
        for (fault, name) in faults.iter().zip(named) {
            assert!(fault.contains(name), "{fault}");
        }
    }

    #[test]
    fn a_broken_file_says_so() {
        for text in ["", "hello", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", &ics(&[])] {
            assert_eq!(days_off(text).expect_err("broken").len(), 1, "{text}");
        }
    }
}
