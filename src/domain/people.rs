//! Facts about people and groups, looked up in Slack before a decision and handed to it (R5, R6).

use super::ids::{GroupId, UserId};
use super::zone::Zone;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What Slack says somebody is. Only a [`Kind::Member`] may review (R5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A full member of this workspace.
    Member,
    /// A single- or multi-channel guest.
    Guest,
    /// Somebody of another workspace or organisation.
    External,
    /// An account that was switched off.
    Deactivated,
    /// An app or bot user.
    Bot,
}

/// One person as Slack knew them at most 60 seconds ago.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Member, guest, …
    pub kind: Kind,
    /// Their own time zone, where Slack knows one this program knows too.
    pub zone: Option<Zone>,
    /// Away (R6): not to be pinged.
    pub away: Option<Away>,
}

/// Away, by the person's own word or by their status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Away {
    /// The day on which they are back, where it is known.
    pub until: Option<NaiveDate>,
    /// Who they named to stand in for them.
    pub delegate: Option<UserId>,
}

/// What is known about the people and groups that a decision needs. Whoever is missing here could not
/// be looked up, and is refused (R5: fail closed).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    people: BTreeMap<UserId, Person>,
    groups: BTreeMap<GroupId, Vec<UserId>>,
    loads: BTreeMap<UserId, usize>,
}

impl Facts {
    /// Nothing is known.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a person.
    pub fn with_person(mut self, user: UserId, person: Person) -> Self {
        self.people.insert(user, person);
        self
    }

    /// Adds a group with its members.
    pub fn with_group(mut self, group: GroupId, members: Vec<UserId>) -> Self {
        self.groups.insert(group, members);
        self
    }

    /// Adds how many open requests wait on somebody.
    pub fn with_load(mut self, user: UserId, waiting: usize) -> Self {
        self.loads.insert(user, waiting);
        self
    }

    /// Everybody who was looked up.
    pub fn people(&self) -> impl Iterator<Item = &UserId> {
        self.people.keys()
    }

    /// How many open requests wait on this person, as far as it was asked.
    pub fn load(&self, user: &UserId) -> usize {
        self.loads.get(user).copied().unwrap_or(0)
    }

    /// The person, or `None` when they could not be looked up.
    pub fn person(&self, user: &UserId) -> Option<&Person> {
        self.people.get(user)
    }

    /// The members of a group, or `None` when it could not be looked up.
    pub fn members(&self, group: &GroupId) -> Option<&[UserId]> {
        self.groups.get(group).map(Vec::as_slice)
    }

    /// May this person review anything at all? `None` when they could not be looked up.
    pub fn is_member(&self, user: &UserId) -> Option<bool> {
        self.person(user).map(|person| person.kind == Kind::Member)
    }
}
