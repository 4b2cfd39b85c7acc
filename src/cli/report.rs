//! `signoff report`: what happened in a period, counted from the audit trail.

use super::Outcome;
use super::audit::quoted;
use crate::config::Settings;
use crate::domain::figures::{Answers, Figures, Requests};
use crate::store::{Store, lists};
use anyhow::{Context, bail};
use chrono::{Days, NaiveDate, TimeDelta};
use clap::Args;
use serde_json::{Value, json};

/// Which period, and how it is written.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The first day, in the company's time zone.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: NaiveDate,
    /// The last day; it counts.
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: NaiveDate,
    /// As one JSON object; times in seconds.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV, quoted as RFC 4180 says; times in hours.
    #[arg(long)]
    csv: bool,
}

/// Where all categories are counted together.
const ALL: &str = "all";

pub(crate) async fn run(arguments: Arguments, settings: Settings) -> anyhow::Result<Outcome> {
    let Arguments { from, to, json, csv } = arguments;
    if to < from {
        bail!("--to {to} is before --from {from}");
    }
    let zone = settings.rules.calendar.zone();
    let end = to.checked_add_days(Days::new(1)).context("--to is too late")?;
    let store = Store::open_existing(&settings.database_url).await?;
    let mut conn = store.read().await?;
    let figures = lists::figures(&mut conn, zone.start_of_day(from), zone.start_of_day(end)).await?;
    let (requests, answers) = (requests(&figures), answers(&figures));
    if json {
        let period = json!({ "from": from.to_string(), "to": to.to_string(), "timezone": zone.name() });
        println!("{}", object(period, &requests, &answers));
    } else if csv {
        print!("{}", table(&requests, &answers));
    } else {
        println!("{from} to {to} ({})", zone.name());
        print!("{}", text(&requests, &answers));
    }
    Ok(Outcome::Done)
}

/// By category, then all together.
fn requests(figures: &Figures) -> Vec<(String, Requests)> {
    let each = figures.requests.iter();
    let each = each.map(|(category, requests)| (category.to_string(), *requests));
    each.chain([(ALL.to_owned(), figures.all_requests())]).collect()
}

/// By lane and category; of each lane also all categories together.
fn answers(figures: &Figures) -> Vec<(String, String, Answers)> {
    let mut rows = Vec::new();
    for (lane, all) in figures.by_lane() {
        let of_lane = figures.lanes.iter().filter(|((key, _), _)| key == lane);
        rows.extend(
            of_lane.map(|((_, category), one)| (lane.to_string(), category.to_string(), one.clone())),
        );
        rows.push((lane.to_string(), ALL.to_owned(), all));
    }
    rows
}

fn object(
    mut period: Value,
    requests: &[(String, Requests)],
    answers: &[(String, String, Answers)],
) -> Value {
    let seconds = |answers: &Answers, percent| answers.within(percent).map(|time| time.num_seconds());
    let requests = requests.iter().map(|(category, one)| {
        json!({
            "category": category, "filed": one.filed, "withdrawn": one.withdrawn, "published": one.published,
            "published_while_blocked": one.published_while_blocked,
        })
    });
    let lanes = answers.iter().map(|(lane, category, one)| {
        json!({
            "lane": lane, "category": category, "approved": one.approved,
            "changes_requested": one.changes_requested, "lapsed": one.lapsed, "late_answers": one.late,
            "first_answers": one.first_answers.len(),
            "median_seconds": seconds(one, 50), "p90_seconds": seconds(one, 90),
        })
    });
    period["requests"] = requests.collect();
    period["lanes"] = lanes.collect();
    period
}

const CSV_HEAD: &str = "lane,category,filed,withdrawn,published,published_while_blocked,\
                        approved,changes_requested,lapsed,late_answers,first_answers,median_hours,p90_hours\r\n";

/// One table of both: a row without a lane is about requests, one with a lane about answers.
fn table(requests: &[(String, Requests)], answers: &[(String, String, Answers)]) -> String {
    let hours = |answers: &Answers, percent| {
        let time = answers.within(percent);
        time.map(|time| format!("{:.2}", time.num_seconds() as f64 / 3600.0))
            .unwrap_or_default()
    };
    let mut csv = CSV_HEAD.to_owned();
    for (category, one) in requests {
        let Requests {
            filed,
            withdrawn,
            published,
            published_while_blocked,
        } = one;
        let category = quoted(category);
        csv += &format!(",{category},{filed},{withdrawn},{published},{published_while_blocked},,,,,,,\r\n");
    }
    for (lane, category, one) in answers {
        csv += &format!(
            "{},{},,,,,{},{},{},{},{},{},{}\r\n",
            quoted(lane),
            quoted(category),
            one.approved,
            one.changes_requested,
            one.lapsed,
            one.late,
            one.first_answers.len(),
            hours(one, 50),
            hours(one, 90)
        );
    }
    csv
}

fn text(requests: &[(String, Requests)], answers: &[(String, String, Answers)]) -> String {
    let mut rows = vec![
        ["category", "filed", "withdrawn", "published", "while blocked"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(requests.iter().map(|(category, one)| {
        let numbers = [
            one.filed,
            one.withdrawn,
            one.published,
            one.published_while_blocked,
        ];
        let numbers = numbers.iter().map(usize::to_string);
        [category.clone()].into_iter().chain(numbers).collect()
    }));
    let requests = columns(&rows, 1);
    let head = [
        "lane",
        "category",
        "approved",
        "changes requested",
        "lapsed",
        "late",
        "median to first answer",
        "90 % within",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(answers.iter().map(|(lane, category, one)| {
        let numbers = [one.approved, one.changes_requested, one.lapsed, one.late];
        let numbers = numbers.iter().map(usize::to_string);
        let times = [50, 90].map(|percent| one.within(percent).map_or("-".to_owned(), span));
        [lane.clone(), category.clone()]
            .into_iter()
            .chain(numbers)
            .chain(times)
            .collect()
    }));
    let answers = if rows.len() == 1 {
        String::new()
    } else {
        format!("\n{}", columns(&rows, 2))
    };
    format!("\n{requests}{answers}")
}

/// Rows as columns: the first `left` to the left, numbers to the right.
fn columns(rows: &[Vec<String>], left: usize) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .enumerate()
            .map(|(column, cell)| match (column < left, width(column)) {
                (true, width) => format!("{cell:<width$}"),
                (false, width) => format!("{cell:>width$}"),
            });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// `3 d 4 h`, `4 h 20 min`, `20 min`.
fn span(time: TimeDelta) -> String {
    let (days, hours, minutes) = (time.num_days(), time.num_hours() % 24, time.num_minutes() % 60);
    match (days, hours) {
        (1.., _) => format!("{days} d {hours} h"),
        (_, 1..) => format!("{hours} h {minutes} min"),
        _ => format!("{minutes} min"),
    }
}
