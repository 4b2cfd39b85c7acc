//! From what was typed to [`Details`]: every field is checked, every fault is named, nothing is guessed.

use super::ids::{AreaKey, CategoryKey, UserId};
use super::policy::{Category, Rules};
use super::request::Details;
use super::text::{self, Link, LinkProblem, TextProblem};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A request as typed, in the form or on the command line.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// A category key.
    pub category: String,
    /// One line.
    pub title: String,
    /// An http(s) address.
    pub link: String,
    /// An area key; the requester's own where `None`.
    pub area: Option<String>,
    /// Raise wide-impact (R16)?
    pub wide_impact: bool,
    /// `YYYY-MM-DD`.
    pub publish_on: Option<String>,
    /// Anything else.
    pub notes: Option<String>,
}

/// The field at fault, named like its block in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `category`
    Category,
    /// `title`
    Title,
    /// `link`
    Link,
    /// `area`
    Area,
    /// `publish_on`
    PublishOn,
    /// `notes`
    Notes,
    /// `reason`, in the small forms
    Reason,
}

/// A fault in one field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// No such category; the keys there are.
    UnknownCategory(String, Vec<CategoryKey>),
    /// No such area; the keys there are.
    UnknownArea(String, Vec<AreaKey>),
    /// The requester has no area of their own and there are several.
    AreaMissing(Vec<AreaKey>),
    /// Nothing was typed.
    Missing,
    /// Too many characters.
    TooLong {
        /// Typed.
        length: usize,
        /// Allowed.
        max: usize,
    },
    /// Not an http(s) link.
    NotALink,
    /// Not a date, or not one that exists.
    NotADate(String),
    /// Before today.
    InThePast(NaiveDate),
}

impl Draft {
    /// Checks every field against the rules. `now` tells what "in the past" means, in the company's zone;
    /// the date that `before` had already may stay although it has passed since.
    pub fn parse(
        &self,
        rules: &Rules,
        requester: &UserId,
        before: Option<&Details>,
        now: DateTime<Utc>,
    ) -> Result<Details, Vec<FieldError>> {
        let mut faults = Faults(Vec::new());
        let category = faults.keep(Field::Category, self.parse_category(rules));
        let title = faults.keep(
            Field::Title,
            text::line(&self.title, text::TITLE_MAX).map_err(Problem::from),
        );
        let link = faults.keep(Field::Link, Link::parse(&self.link).map_err(Problem::from));
        let area = match category {
            Some(category) => faults.keep(Field::Area, self.parse_area(rules, category, requester)),
            None => None,
        };
        let publish_on = faults.keep(Field::PublishOn, self.parse_publish_on(rules, before, now));
        let notes = faults.keep(Field::Notes, optional_prose(self.notes.as_deref()));
        match (category, title, link, area, publish_on, notes) {
            (Some(category), Some(title), Some(link), Some(area), Some(publish_on), Some(notes)) => {
                Ok(Details {
                    category: category.key.clone(),
                    title,
                    link,
                    area,
                    publish_on,
                    notes,
                })
            }
            _ => Err(faults.0),
        }
    }

    fn parse_category<'r>(&self, rules: &'r Rules) -> Result<&'r Category, Problem> {
        let typed = self.category.trim().to_lowercase();
        let found = rules
            .categories
            .iter()
            .find(|category| category.key.as_str() == typed);
        found.ok_or_else(|| {
            let known = rules
                .categories
                .iter()
                .map(|category| category.key.clone())
                .collect();
            if typed.is_empty() {
                Problem::Missing
            } else {
                Problem::UnknownCategory(self.category.clone(), known)
            }
        })
    }

    fn parse_area(
        &self,
        rules: &Rules,
        category: &Category,
        requester: &UserId,
    ) -> Result<Option<AreaKey>, Problem> {
        let known = || rules.areas.iter().map(|area| area.key.clone()).collect();
        match self
            .area
            .as_deref()
            .map(str::trim)
            .filter(|typed| !typed.is_empty())
        {
            Some(typed) => match rules
                .areas
                .iter()
                .find(|area| area.key.as_str() == typed.to_lowercase())
            {
                Some(area) => Ok(Some(area.key.clone())),
                None => Err(Problem::UnknownArea(typed.to_owned(), known())),
            },
            None if !category.lanes.iter().any(|lane| lane.is_director()) => Ok(None),
            None => rules
                .own_area(requester)
                .cloned()
                .map(Some)
                .ok_or_else(|| Problem::AreaMissing(known())),
        }
    }

    fn parse_publish_on(
        &self,
        rules: &Rules,
        before: Option<&Details>,
        now: DateTime<Utc>,
    ) -> Result<Option<NaiveDate>, Problem> {
        let Some(typed) = self
            .publish_on
            .as_deref()
            .map(str::trim)
            .filter(|typed| !typed.is_empty())
        else {
            return Ok(None);
        };
        let date: NaiveDate = typed.parse().map_err(|_| Problem::NotADate(typed.to_owned()))?;
        let kept = before.is_some_and(|before| before.publish_on == Some(date));
        if date < rules.calendar.zone().local_date(now) && !kept {
            return Err(Problem::InThePast(date));
        }
        Ok(Some(date))
    }
}

/// An optional note: blank counts as none.
pub fn optional_prose(typed: Option<&str>) -> Result<Option<String>, Problem> {
    match typed.map(|typed| text::prose(typed, text::PROSE_MAX)) {
        None | Some(Err(TextProblem::Missing)) => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(problem)) => Err(problem.into()),
    }
}

/// A reason that must be given.
pub fn required_reason(typed: &str) -> Result<String, Vec<FieldError>> {
    text::prose(typed, text::PROSE_MAX).map_err(|problem| {
        vec![FieldError {
            field: Field::Reason,
            problem: problem.into(),
        }]
    })
}

struct Faults(Vec<FieldError>);

impl Faults {
    fn keep<T>(&mut self, field: Field, result: Result<T, Problem>) -> Option<T> {
        result
            .map_err(|problem| self.0.push(FieldError { field, problem }))
            .ok()
    }
}

impl From<TextProblem> for Problem {
    fn from(problem: TextProblem) -> Self {
        match problem {
            TextProblem::Missing => Problem::Missing,
            TextProblem::TooLong { length, max } => Problem::TooLong { length, max },
        }
    }
}

impl From<LinkProblem> for Problem {
    fn from(problem: LinkProblem) -> Self {
        match problem {
            LinkProblem::Missing => Problem::Missing,
            LinkProblem::NotHttp => Problem::NotALink,
            LinkProblem::TooLong => Problem::TooLong {
                length: text::LINK_MAX + 1,
                max: text::LINK_MAX,
            },
        }
    }
}

impl Field {
    /// The `block_id` of the field in the form, a fixed name of DESIGN §3.
    pub fn block_id(self) -> &'static str {
        match self {
            Field::Category => "category",
            Field::Title => "title",
            Field::Link => "link",
            Field::Area => "area",
            Field::PublishOn => "publish_on",
            Field::Notes => "notes",
            Field::Reason => "reason",
        }
    }
}
