//! The policy in force, in words: lanes, categories, areas, deadline, calendar.

use super::chrome::document;
use crate::domain::calendar::Day;
use crate::domain::ids::UserId;
use crate::domain::policy::{LaneRule, Ping, Pool, Rules};
use crate::sandbox::workspace::Workspace;
use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

/// The page, with the way back to where the visitor was.
pub(super) fn page(rules: &Rules, workspace: &Workspace, today: NaiveDate, back: &str) -> Markup {
    let name = |id: &UserId| {
        workspace
            .person(id.as_str())
            .map_or(id.to_string(), |person| person.real_name)
    };
    let days = rules.deadline.business_days.get();
    document(
        "The policy in force · Signoff sandbox",
        &html! {
            main.policy id="main" {
                p { a href=(back) { "← Back to the workspace" } }
                h1 { "The policy in force" }
                p {
                    "A lane that stays silent for " strong { (days) " full business days" }
                    " lapses: it no longer blocks, and it is never shown as approved. A wide-impact request never \
                     opens on silence. Counting: " (rules.deadline.counting.to_string()) "."
                }
                h2 { "Lanes" }
                (table(&["Lane", "Who reviews", "Who is asked"], rules.lanes.iter().map(|lane| {
                    [lane.name.clone(), pool(lane, name), ping(lane)]
                })))
                h2 { "Categories" }
                (table(&["Category", "Lanes", "Gated"], rules.categories.iter().map(|category| {
                    let lanes: Vec<&str> = category.lanes.iter().map(|lane| lane.as_str()).collect();
                    let gated = if category.gated { "yes" } else { "no: nothing is blocked, nothing lapses" };
                    [category.name.clone(), lanes.join(", "), gated.to_owned()]
                })))
                h2 { "Product areas" }
                (table(&["Area", "Director", "Deputy"], rules.areas.iter().map(|area| {
                    let deputy = area.deputy.as_ref().map_or("–", |deputy| deputy.as_str());
                    [area.name.clone(), area.director.as_str().to_owned(), deputy.to_owned()]
                })))
                h2 { "Clock and calendar" }
                dl {
                    dt { "Company time zone" } dd { (rules.calendar.zone().name()) }
                    dt { "Weekend" } dd { (weekend(rules, today)) }
                    dt { "Digest" } dd { (rules.digest_at.format("%H:%M")) " on business days, in the marketing channel" }
                    dt { "Reminders" } dd { (rules.reminders.at.format("%H:%M")) ", at most one per person and working day" }
                }
                h2 { "Days off in the year ahead" }
                (table(&["Day", "Which"], today.iter_days().take(365).filter_map(|date| {
                    let Day::Holiday(name) = rules.calendar.day(date) else { return None };
                    Some([date.format("%a %-d %b %Y").to_string(), name.to_owned()])
                })))
            }
        },
    )
}

fn weekend(rules: &Rules, today: NaiveDate) -> String {
    let week = today.iter_days().take(7);
    let mut off: Vec<NaiveDate> = week
        .filter(|date| rules.calendar.day(*date) == Day::Weekend)
        .collect();
    off.sort_by_key(|date| date.weekday().num_days_from_monday());
    let names: Vec<String> = off.iter().map(|date| date.format("%A").to_string()).collect();
    names.join(", ")
}

fn pool(lane: &LaneRule, name: impl Fn(&UserId) -> String) -> String {
    match &lane.pool {
        Pool::AreaDirector => "the director of the product area".to_owned(),
        Pool::Group(group) => format!("any member of the user group {}", group.as_str()),
        Pool::Members(members) => {
            let members: Vec<String> = members.iter().map(name).collect();
            format!("any of {}", members.join(", "))
        }
    }
}

fn ping(lane: &LaneRule) -> String {
    let who = match lane.ping {
        Ping::All => "all of them",
        Ping::RoundRobin => "one, in turn",
        Ping::LeastLoaded => "the one with the fewest open reviews",
    };
    who.to_owned()
}

fn table<const N: usize>(heads: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> Markup {
    html! {
        div.table tabindex="0" {
            table {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { @for row in rows { tr { @for cell in row { td { (cell) } } } } }
            }
        }
    }
}
