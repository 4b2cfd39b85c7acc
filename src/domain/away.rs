//! Away (R6): who said so, until when, and who stands in meanwhile.

use super::command::{Rejection, Unfit};
use super::ids::UserId;
use super::people::{Away, Facts, Kind, Person};
use super::policy::Rules;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;

/// Somebody is away because they said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Who.
    pub user: UserId,
    /// The first day on which they are back, in their own zone.
    pub back_on: NaiveDate,
    /// When that day begins.
    pub ends_at: DateTime<Utc>,
    /// Who stands in for them before everybody else.
    pub delegate: Option<UserId>,
}

/// Everybody who is away now because they said so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Absences(BTreeMap<UserId, Absence>);

impl FromIterator<Absence> for Absences {
    fn from_iter<I: IntoIterator<Item = Absence>>(absences: I) -> Self {
        let by_user = |absence: Absence| (absence.user.clone(), absence);
        Self(absences.into_iter().map(by_user).collect())
    }
}

impl Absences {
    /// The delegate this person named.
    pub fn delegate(&self, user: &UserId) -> Option<&UserId> {
        self.0.get(user)?.delegate.as_ref()
    }

    /// What Slack knows of a person, with what they said here: that says more than a status.
    pub fn mark(&self, user: &UserId, person: Person) -> Person {
        match self.0.get(user) {
            Some(absence) => Person {
                away: Some(Away {
                    until: Some(absence.back_on),
                    delegate: absence.delegate.clone(),
                }),
                ..person
            },
            None => person,
        }
    }
}

/// Somebody says that they are away until `back_on`. A delegate must be able to review at all (R5); what a
/// single request asks of them (R4) is looked at when it asks.
pub fn go_away(
    rules: &Rules,
    user: &UserId,
    back_on: NaiveDate,
    delegate: Option<&UserId>,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Result<Absence, Rejection> {
    let person = facts.person(user).ok_or(Rejection::CannotVerify)?;
    let zone = rules.person_calendar(user, person.zone.as_ref()).zone().clone();
    if back_on <= zone.local_date(now) {
        return Err(Rejection::BackAlready(back_on));
    }
    if let Some(delegate) = delegate {
        let unfit = |why| Rejection::Unfit(delegate.clone(), why);
        if delegate == user {
            return Err(unfit(Unfit::Oneself));
        }
        let person = facts.person(delegate).ok_or(Rejection::CannotVerify)?;
        if person.kind != Kind::Member {
            return Err(unfit(Unfit::Kind(person.kind)));
        }
        if let Some(away) = &person.away {
            return Err(unfit(Unfit::Away(away.until)));
        }
    }
    Ok(Absence {
        user: user.clone(),
        back_on,
        ends_at: zone.start_of_day(back_on),
        delegate: delegate.cloned(),
    })
}
