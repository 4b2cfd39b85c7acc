//! `signoff explain`: the timeline of a request that would be filed at some instant, or a batch of bare
//! deadlines.

use super::{Outcome, env};
use crate::config::Settings;
use crate::domain::batch::explain_batch;
use crate::domain::calendar::DayCount;
use crate::domain::ids::{AreaKey, CategoryKey, LaneKey};
use crate::domain::policy::{Category, LaneRule, Pool, Rules};
use crate::domain::zone::Zone;
use crate::sandbox;
use anyhow::{Context, bail};
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// What can be asked.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// When the request would be filed, such as 2026-11-25T15:00:00+01:00.
    #[arg(long, value_name = "INSTANT", required_unless_present = "batch")]
    at: Option<DateTime<FixedOffset>>,
    /// Its category.
    #[arg(long, default_value = "press", value_name = "KEY")]
    category: String,
    /// Its product area; the first one when left out.
    #[arg(long, value_name = "KEY")]
    area: Option<String>,
    /// With wide-impact raised.
    #[arg(long)]
    wide: bool,
    /// For machines.
    #[arg(long)]
    json: bool,
    /// Read one JSON object a line from standard input and write one deadline a line; needs no configuration.
    #[arg(long, conflicts_with_all = ["at", "wide", "json"])]
    batch: bool,
}

/// A request's timeline.
#[derive(Debug, Serialize)]
struct Timeline {
    filed_at: DateTime<Utc>,
    category: CategoryKey,
    wide_impact: bool,
    lanes: Vec<LaneTimeline>,
    /// When the gate opens if everybody stays silent; `null`: never.
    opens_on_silence_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
struct LaneTimeline {
    lane: LaneKey,
    name: String,
    asked: String,
    timezone: Zone,
    days: Vec<Day>,
    reminders: Vec<DateTime<Utc>>,
    lapses_at: Option<DateTime<Utc>>,
    /// Why it never lapses.
    never: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Day {
    date: NaiveDate,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
enum What {
    FilingDay,
    Counted { day: u32 },
    Weekend,
    Holiday { name: String },
    Skipped,
}

pub(crate) fn run(arguments: Arguments, file: Option<PathBuf>) -> anyhow::Result<Outcome> {
    if arguments.batch {
        explain_batch(
            std::io::stdin().lock(),
            std::io::BufWriter::new(std::io::stdout().lock()),
        )
        .context("cannot read standard input or write standard output")?;
        return Ok(Outcome::Done);
    }
    let at = arguments.at.context("--at is missing")?.to_utc();
    let rules = match file {
        Some(file) => Settings::load(Some(&file), &env)?.rules,
        None => {
            eprintln!("No --config: this is the timeline under the sandbox's configuration.");
            Settings::parse(sandbox::CONFIG, &|_| None)?.rules
        }
    };
    let timeline = explain(&rules, &arguments, at)?;
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&timeline).context("cannot write JSON")?
        );
    } else {
        print(&rules, &timeline);
    }
    Ok(Outcome::Done)
}

fn explain(rules: &Rules, arguments: &Arguments, at: DateTime<Utc>) -> anyhow::Result<Timeline> {
    let key = CategoryKey::from(arguments.category.as_str());
    let Some(category) = rules.category(&key) else {
        let known: Vec<&str> = rules
            .categories
            .iter()
            .map(|category| category.key.as_str())
            .collect();
        bail!("there is no category {key:?}: choose one of {}", known.join(", "));
    };
    let area = match &arguments.area {
        None => rules.areas.first().map(|area| &area.key),
        Some(name) => {
            let key = AreaKey::from(name.as_str());
            let Some(area) = rules.area(&key) else {
                let known: Vec<&str> = rules.areas.iter().map(|area| area.key.as_str()).collect();
                bail!("there is no area {name:?}: choose one of {}", known.join(", "));
            };
            Some(&area.key)
        }
    };
    let lanes = category.lanes.iter().filter_map(|lane| rules.lane(lane));
    let lanes: anyhow::Result<Vec<_>> = lanes
        .map(|lane| explain_lane(rules, lane, category, area, arguments.wide, at))
        .collect();
    let lanes = lanes?;
    let ends: Option<Vec<_>> = lanes.iter().map(|lane| lane.lapses_at).collect();
    let opens_on_silence_at = ends.and_then(|ends| ends.into_iter().max());
    Ok(Timeline {
        filed_at: at,
        category: key,
        wide_impact: arguments.wide,
        lanes,
        opens_on_silence_at,
    })
}

fn explain_lane(
    rules: &Rules,
    lane: &LaneRule,
    category: &Category,
    area: Option<&AreaKey>,
    wide: bool,
    at: DateTime<Utc>,
) -> anyhow::Result<LaneTimeline> {
    let calendar = rules.lane_calendar(&lane.key, area);
    let (lapses_at, policy) = rules.lane_clock(&lane.key, area, &[], at)?;
    let days = policy.days;
    let day = |day: crate::domain::calendar::CountedDay| Day {
        date: day.date,
        what: What::from(day.what),
    };
    let mut reminders = Vec::new();
    let mut next = rules.first_reminder(calendar, at);
    while let Some(slot) = next.filter(|slot| slot.due_at < lapses_at) {
        reminders.push(slot.due_at);
        next = rules.first_reminder(calendar, slot.due_at);
    }
    let never = match () {
        () if !category.gated => Some("nothing waits for it: this category is voluntary"),
        () if wide => Some("wide-impact: it waits for people, however long it takes"),
        () => None,
    };
    Ok(LaneTimeline {
        lane: lane.key.clone(),
        name: lane.name.clone(),
        asked: asked(rules, lane, area),
        timezone: calendar.zone().clone(),
        days: days.into_iter().map(day).collect(),
        reminders,
        lapses_at: Some(lapses_at).filter(|_| never.is_none()),
        never,
    })
}

fn asked(rules: &Rules, lane: &LaneRule, area: Option<&AreaKey>) -> String {
    match &lane.pool {
        Pool::AreaDirector => match area.and_then(|area| rules.area(area)) {
            Some(area) => format!("{}, director of {}", area.director, area.name),
            None => "the director of its area".to_owned(),
        },
        Pool::Group(group) => format!("the group {group}"),
        Pool::Members(members) => members
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

impl From<DayCount> for What {
    fn from(count: DayCount) -> Self {
        match count {
            DayCount::FilingDay => What::FilingDay,
            DayCount::Counted(day) => What::Counted { day },
            DayCount::Weekend => What::Weekend,
            DayCount::Holiday(name) => What::Holiday { name },
            DayCount::Skipped => What::Skipped,
        }
    }
}

fn print(rules: &Rules, timeline: &Timeline) {
    let local = |at: DateTime<Utc>, lane: &LaneTimeline| {
        let zone = &lane.timezone;
        format!("{} ({})", zone.local(at).format("%a %Y-%m-%d %H:%M"), zone.name())
    };
    for lane in &timeline.lanes {
        println!("{} ({}): asked is {}", lane.lane, lane.name, lane.asked);
        for day in &lane.days {
            let what = match &day.what {
                What::FilingDay => "filed, does not count".to_owned(),
                What::Counted { day } => format!("counts: {day}"),
                What::Weekend => "weekend".to_owned(),
                What::Holiday { name } => format!("holiday: {name}"),
                What::Skipped => "this date does not exist here".to_owned(),
            };
            println!("  {}  {what}", day.date.format("%a %Y-%m-%d"));
        }
        let reminders: Vec<String> = lane.reminders.iter().map(|at| local(*at, lane)).collect();
        println!(
            "  reminders: {}",
            if reminders.is_empty() {
                "none".to_owned()
            } else {
                reminders.join(", ")
            }
        );
        match (lane.lapses_at, lane.never) {
            (Some(at), _) => println!("  lapses {}", local(at, lane)),
            (None, Some(why)) => println!("  never lapses: {why}"),
            (None, None) => {}
        }
    }
    match timeline.opens_on_silence_at {
        Some(at) => println!(
            "On silence, it may be published from {}.",
            rules.calendar.zone().local(at).format("%a %Y-%m-%d %H:%M")
        ),
        None => println!("It never opens on silence."),
    }
}
