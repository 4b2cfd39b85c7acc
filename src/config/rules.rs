//! From the file's keys to the rules of the core, each value checked, each fault named by its key.

use super::{CategoryKeys, ConfigError, LaneKeys, PingKey, Raw, time};
use crate::domain::calendar::{Calendar, Weekdays, deadline};
use crate::domain::holidays::{Region, holidays};
use crate::domain::ids::{AreaKey, CategoryKey, GroupId, LaneKey, UserId};
use crate::domain::policy::{
    Area, Category, DeadlineRule, LaneRule, PersonRule, Ping, Pool, ReminderRule, Rules,
};
use crate::domain::zone::{DirectoryError, Zone, use_directory};
use chrono::{DateTime, NaiveDate, TimeDelta};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The order in which the built-in categories are offered; a company's own follow.
const ORDER: [&str; 8] = [
    "blog",
    "social",
    "presentation",
    "about-site",
    "pricing",
    "deprecation",
    "press",
    "other",
];

type Result<T> = std::result::Result<T, ConfigError>;

pub(super) fn rules(raw: &Raw) -> Result<Rules> {
    if let Some(folder) = &raw.calendar.zoneinfo {
        // Once a process: the first configuration that is read decides.
        match use_directory(folder) {
            Ok(()) | Err(DirectoryError::TooLate) => {}
            Err(error) => return Err(ConfigError::value("calendar.zoneinfo", error)),
        }
    }
    let zone = zone("calendar.timezone", &raw.calendar.timezone)?;
    let regions: Vec<Region> = raw
        .calendar
        .regions
        .iter()
        .map(|code| region("calendar.regions", code))
        .collect::<Result<_>>()?;
    let calendar = calendar(raw, zone, &regions)?;
    let rules = Rules {
        categories: categories(raw)?,
        lanes: raw
            .lanes
            .iter()
            .map(|(key, lane)| lane_rule(raw, key, lane, &calendar))
            .collect::<Result<_>>()?,
        areas: areas(raw, &calendar)?,
        people: people(raw, &calendar)?,
        admins: users("access.admins", &raw.access.admins)?,
        deadline: DeadlineRule {
            business_days: raw.deadline.business_days,
            counting: raw.deadline.counting,
            clock: raw.deadline.clock,
            delivery_grace: TimeDelta::from_std(raw.deadline.delivery_grace)
                .map_err(|_| ConfigError::value("deadline.delivery_grace", "is too long"))?,
        },
        reminders: reminders(raw)?,
        digest_at: time("digest.at", &raw.digest.at)?,
        digest_empty: raw.digest.empty,
        announce: raw.slack.announce,
        policy_id: policy_id(raw),
        calendar,
    };
    check(&rules)?;
    Ok(rules)
}

/// What only shows when the parts are put together.
fn check(rules: &Rules) -> Result<()> {
    let asks_director = |category: &Category| category.lanes.iter().any(LaneKey::is_director);
    if rules.areas.is_empty() && rules.categories.iter().any(asks_director) {
        return Err(ConfigError::value(
            "areas",
            "name at least one product area with its director, such as\n[areas.search]\nname = \"Code Search\"\ndirector = \"U0DIRECTOR\"",
        ));
    }
    let calendars = rules
        .lanes
        .iter()
        .map(|lane| &lane.calendar)
        .chain(rules.areas.iter().map(|area| &area.calendar));
    let people = rules.people.values().map(|person| &person.calendar);
    for calendar in calendars.chain(people).flatten().chain([&rules.calendar]) {
        // From any day of the years to come the count must end: a calendar of holidays only has none.
        let start = DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default();
        deadline(
            calendar,
            rules.deadline.counting,
            rules.deadline.business_days.get(),
            start,
        )
        .map_err(|error| ConfigError::value("calendar", error))?;
    }
    Ok(())
}

fn calendar(raw: &Raw, zone: Zone, regions: &[Region]) -> Result<Calendar> {
    let mut days: BTreeMap<NaiveDate, String> = BTreeMap::new();
    for region in regions {
        days.extend(holidays(*region));
    }
    for day in &raw.calendar.holidays {
        days.entry(date("calendar.holidays", day)?)
            .or_insert_with(|| "company holiday".to_owned());
    }
    for day in &raw.calendar.not_holidays {
        days.remove(&date("calendar.not_holidays", day)?);
    }
    let weekend = Weekdays::from_names(&raw.calendar.weekend)
        .map_err(|error| ConfigError::value("calendar.weekend", error))?;
    Calendar::new(zone, weekend, days).map_err(|error| ConfigError::value("calendar.weekend", error))
}

fn lane_rule(raw: &Raw, key: &str, lane: &LaneKeys, company: &Calendar) -> Result<LaneRule> {
    well_named("lanes", key)?;
    let at = |name: &str| format!("lanes.{key}.{name}");
    let lane_key = LaneKey::from(key);
    let pool = match (&lane.user_group, lane.members.as_slice()) {
        (Some(_), [_, ..]) => {
            return Err(ConfigError::value(
                at("members"),
                "set user_group or members, not both",
            ));
        }
        (Some(_), []) | (None, [_, ..]) if lane_key.is_director() => {
            return Err(ConfigError::value(
                at("members"),
                "the director lane is filled by the director of the request's area",
            ));
        }
        (Some(group), []) => Pool::Group(GroupId::new(group)),
        (None, members @ [_, ..]) => Pool::Members(users(&at("members"), members)?),
        (None, []) if lane_key.is_director() => Pool::AreaDirector,
        (None, []) => {
            return Err(ConfigError::value(
                at("user_group"),
                "set user_group = \"S0…\" or members = [\"U0…\"]: somebody must fill this lane",
            ));
        }
    };
    let own = OwnDays {
        at: &format!("lanes.{key}"),
        region: lane.region.as_ref(),
        timezone: lane.timezone.as_ref(),
        weekend: lane.weekend.as_ref(),
    };
    Ok(LaneRule {
        name: lane.name.clone().unwrap_or_else(|| key.to_owned()),
        pool,
        ping: match lane.ping {
            PingKey::All => Ping::All,
            PingKey::RoundRobin => Ping::RoundRobin,
            PingKey::LeastLoaded => Ping::LeastLoaded,
        },
        fallback: users(&at("fallback"), &lane.fallback)?,
        escalation: users(&at("escalation"), &lane.escalation)?,
        calendar: own_calendar(raw, company, own)?,
        key: lane_key,
    })
}

/// The keys by which a lane, an area or a person has days of its own.
struct OwnDays<'k> {
    at: &'k str,
    region: Option<&'k String>,
    timezone: Option<&'k String>,
    weekend: Option<&'k Vec<String>>,
}

/// A calendar that differs from the company's in zone, weekend or holidays; `None` where it does not.
fn own_calendar(raw: &Raw, company: &Calendar, own: OwnDays<'_>) -> Result<Option<Calendar>> {
    let at = |name: &str| format!("{}.{name}", own.at);
    if own.region.is_none() && own.timezone.is_none() && own.weekend.is_none() {
        return Ok(None);
    }
    let zone = own.timezone.map(|name| zone(&at("timezone"), name)).transpose()?;
    let zone = zone.unwrap_or_else(|| company.zone().clone());
    let calendar = match own.region {
        Some(code) => calendar(raw, zone, &[region(&at("region"), code)?])?,
        None => company.in_zone(zone),
    };
    let Some(names) = own.weekend else {
        return Ok(Some(calendar));
    };
    let weekend = Weekdays::from_names(names).map_err(|error| ConfigError::value(at("weekend"), error))?;
    calendar
        .with_weekend(weekend)
        .map(Some)
        .map_err(|error| ConfigError::value(at("weekend"), error))
}

fn people(raw: &Raw, company: &Calendar) -> Result<BTreeMap<UserId, PersonRule>> {
    let person = |(id, keys): (&String, &super::PersonKeys)| {
        let at = |name: &str| format!("people.{id}.{name}");
        let area = keys.area.as_deref().map(AreaKey::from);
        if let Some(area) = area
            .as_ref()
            .filter(|area| !raw.areas.contains_key(area.as_str()))
        {
            return Err(ConfigError::value(
                at("area"),
                format!("there is no [areas.{area}]"),
            ));
        }
        let own = OwnDays {
            at: &format!("people.{id}"),
            region: keys.region.as_ref(),
            timezone: None,
            weekend: keys.weekend.as_ref(),
        };
        let calendar = own_calendar(raw, company, own)?;
        let zone = keys
            .timezone
            .as_deref()
            .map(|name| zone(&at("timezone"), name))
            .transpose()?;
        Ok((
            user(&format!("people.{id}"), id)?,
            PersonRule { area, calendar, zone },
        ))
    };
    raw.people.iter().map(person).collect()
}

fn areas(raw: &Raw, company: &Calendar) -> Result<Vec<Area>> {
    let area = |(key, area): (&String, &super::AreaKeys)| {
        well_named("areas", key)?;
        let own = OwnDays {
            at: &format!("areas.{key}"),
            region: area.region.as_ref(),
            timezone: area.timezone.as_ref(),
            weekend: area.weekend.as_ref(),
        };
        Ok(Area {
            calendar: own_calendar(raw, company, own)?,
            key: AreaKey::from(key.as_str()),
            name: area.name.clone().unwrap_or_else(|| key.clone()),
            director: user(&format!("areas.{key}.director"), &area.director)?,
            deputy: area
                .deputy
                .as_ref()
                .map(|id| user(&format!("areas.{key}.deputy"), id))
                .transpose()?,
        })
    };
    raw.areas.iter().map(area).collect()
}

fn categories(raw: &Raw) -> Result<Vec<Category>> {
    let mut categories: Vec<Category> = raw
        .categories
        .iter()
        .map(|(key, keys)| category(raw, key, keys))
        .collect::<Result<_>>()?;
    let place = |category: &Category| {
        ORDER
            .iter()
            .position(|key| *key == category.key.as_str())
            .unwrap_or(ORDER.len())
    };
    categories.sort_by_key(place);
    Ok(categories)
}

fn category(raw: &Raw, key: &str, keys: &CategoryKeys) -> Result<Category> {
    well_named("categories", key)?;
    let at = format!("categories.{key}.lanes");
    if keys.lanes.is_empty() {
        return Err(ConfigError::value(at, "name at least one lane"));
    }
    for (place, lane) in keys.lanes.iter().enumerate() {
        if !raw.lanes.contains_key(lane) {
            return Err(ConfigError::value(at, format!("there is no [lanes.{lane}]")));
        }
        if keys.lanes[..place].contains(lane) {
            return Err(ConfigError::value(at, format!("{lane:?} is named twice")));
        }
    }
    Ok(Category {
        key: CategoryKey::from(key),
        name: keys.name.clone().unwrap_or_else(|| key.to_owned()),
        lanes: keys
            .lanes
            .iter()
            .map(|lane| LaneKey::from(lane.as_str()))
            .collect(),
        wide_impact: keys.wide_impact.clone(),
        hint: keys.hint.clone(),
        gated: keys.gated,
    })
}

fn reminders(raw: &Raw) -> Result<ReminderRule> {
    let at = time("reminders.at", &raw.reminders.at)?;
    let until = time("reminders.until", &raw.reminders.until)?;
    if until <= at {
        return Err(ConfigError::value(
            "reminders.until",
            "must be later in the day than reminders.at",
        ));
    }
    Ok(ReminderRule { at, until })
}

/// Keys become part of button values and are typed on the command line.
fn well_named(table: &str, key: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    match !key.is_empty() && key.len() <= 40 && key.chars().all(plain) {
        true => Ok(()),
        false => Err(ConfigError::value(
            format!("{table}.{key}"),
            "use lower-case letters, digits and hyphens, 40 at most",
        )),
    }
}

fn users(key: &str, ids: &[String]) -> Result<Vec<UserId>> {
    ids.iter().map(|id| user(key, id)).collect()
}

fn user(key: &str, id: &str) -> Result<UserId> {
    let shaped = id.starts_with(['U', 'W'])
        && id.len() > 1
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match shaped {
        true => Ok(UserId::new(id)),
        false => Err(ConfigError::value(
            key,
            format!("{id:?} is not a Slack user id such as \"U0123ABCD\""),
        )),
    }
}

fn zone(key: &str, name: &str) -> Result<Zone> {
    Zone::parse(name).map_err(|error| ConfigError::value(key, error))
}

fn region(key: &str, code: &str) -> Result<Region> {
    Region::parse(code).map_err(|error| ConfigError::value(key, error))
}

fn date(key: &str, text: &str) -> Result<NaiveDate> {
    text.parse()
        .map_err(|_| ConfigError::value(key, format!("{text:?} is not a date such as \"2026-12-24\"")))
}

/// Twelve hex digits that change with any change of the policy, for the audit trail.
fn policy_id(raw: &Raw) -> String {
    let policy = (
        &raw.calendar,
        &raw.deadline,
        &raw.lanes,
        &raw.areas,
        &raw.categories,
        &raw.access,
    );
    let text = serde_json::to_string(&policy).expect("plain structs with string keys");
    hex::encode(Sha256::digest(text.as_bytes()))[..12].to_owned()
}
