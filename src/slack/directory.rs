//! Who people are and who is in which group, as Slack says, at most 60 seconds old (R5).

use super::answer::DeliveryError;
use super::gateway::Gateway;
use super::lookup::UserInfo;
use crate::clock::Clock;
use crate::domain::away::Absences;
use crate::domain::ids::{GroupId, LaneKey, UserId};
use crate::domain::people::{Away, Facts, Kind, Person};
use crate::domain::policy::{Ping, Pool, Rules};
use crate::domain::request::Request;
use crate::domain::reviewers;
use crate::domain::zone::Zone;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join, join_all};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// How old an answer may be.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// So many answers are kept; when there are more, the stale ones go.
const KEPT: usize = 2000;

/// Lookups with a short memory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    gateway: Gateway,
    clock: Clock,
    away_emoji: Arc<[String]>,
    home: Arc<OnceCell<String>>,
    people: Memory<UserId, Person>,
    groups: Memory<GroupId, Vec<UserId>>,
    names: Memory<UserId, String>,
    /// Zones about which Slack said something else.
    doubted: Arc<Mutex<HashSet<String>>>,
}

impl Directory {
    /// A directory that asks through `gateway`; `away_emoji` are the status emoji that mean away (R6).
    pub fn new(gateway: Gateway, clock: Clock, away_emoji: &[String]) -> Self {
        let (people, groups) = (Memory::default(), Memory::default());
        Self {
            gateway,
            clock,
            away_emoji: away_emoji.into(),
            home: Arc::default(),
            people,
            groups,
            names: Memory::default(),
            doubted: Arc::default(),
        }
    }

    /// The same directory and memory, asking through another gateway: a quicker one, for people who wait.
    pub fn through(&self, gateway: Gateway) -> Self {
        Self {
            gateway,
            ..self.clone()
        }
    }

    /// Which workspace is ours, where that is known already: nobody then waits for the question.
    pub fn at_home(&self, team_id: String) {
        // Known before: it is the same one, the token's.
        let _ = self.home.set(team_id);
    }

    /// One person. Somebody whom Slack does not know counts as deactivated.
    ///
    /// # Errors
    /// When Slack could not be asked.
    pub async fn person(&self, user: &UserId) -> Result<Person, DeliveryError> {
        let now = self.clock.now();
        if let Some(person) = self.people.get(user, now) {
            return Ok(person);
        }
        let person = match self.gateway.user_info(user.as_str()).await {
            Ok(info) => self.describe(info, now).await?,
            Err(DeliveryError::Gone { .. }) => Person {
                kind: Kind::Deactivated,
                zone: None,
                away: None,
            },
            Err(error) => return Err(error),
        };
        self.people.put(user.clone(), person.clone(), now);
        Ok(person)
    }

    /// What people call themselves, as far as Slack says: typed by people, so data.
    pub async fn names(&self, users: BTreeSet<UserId>) -> BTreeMap<UserId, String> {
        join_all(users.iter().map(|user| self.person(user))).await;
        let now = self.clock.now();
        let name = |user: UserId| self.names.get(&user, now).map(|name| (user, name));
        users.into_iter().filter_map(name).collect()
    }

    /// The members of a group; of one that is gone or switched off, nobody.
    ///
    /// # Errors
    /// When Slack could not be asked.
    pub async fn members(&self, group: &GroupId) -> Result<Vec<UserId>, DeliveryError> {
        let now = self.clock.now();
        if let Some(members) = self.groups.get(group, now) {
            return Ok(members);
        }
        let members: Vec<UserId> = match self.gateway.usergroup_members(group.as_str()).await {
            Ok(ids) => ids.into_iter().map(UserId::new).collect(),
            Err(DeliveryError::Gone { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        self.groups.put(group.clone(), members.clone(), now);
        Ok(members)
    }

    /// What deciding needs to know about one person who clicked: themselves, the groups of the request's
    /// lanes, and those whose absence would call a stand-in. What cannot be looked up is left out, and
    /// the decision refuses (R5: fail closed).
    pub async fn about(&self, rules: &Rules, request: &Request, user: &UserId) -> Facts {
        let mut people = vec![user.clone()];
        let lanes = request.lanes.iter().map(|lane| &lane.key);
        people.extend(
            lanes
                .clone()
                .flat_map(|lane| reviewers::to_look_up(rules, request, lane)),
        );
        people.sort();
        people.dedup();
        let groups: Vec<GroupId> = lanes.filter_map(|lane| group_of(rules, lane)).collect();
        let found = join_all(people.iter().map(|user| self.person(user)));
        let members = join_all(groups.iter().map(|group| self.members(group)));
        let (found, members) = join(found, members).await;
        let mut facts = Facts::none();
        for (user, person) in known(people, found) {
            facts = facts.with_person(user, person);
        }
        // Who stands in for a group may decide only when nobody in it can, so then its members matter too.
        let called = request.lanes.iter().filter(|lane| {
            !lane.waits_for(user) && reviewers::to_look_up(rules, request, &lane.key).contains(user)
        });
        let called: Vec<GroupId> = called.filter_map(|lane| group_of(rules, &lane.key)).collect();
        let looked_at = groups
            .iter()
            .zip(&members)
            .filter(|(group, _)| called.contains(group));
        let absent = looked_at.flat_map(|(_, members)| members.iter().flatten());
        let absent: Vec<UserId> = absent
            .filter(|member| facts.person(member).is_none())
            .cloned()
            .collect();
        let found = join_all(absent.iter().map(|user| self.person(user))).await;
        for (user, person) in known(absent, found) {
            facts = facts.with_person(user, person);
        }
        for (group, members) in groups
            .into_iter()
            .zip(members)
            .filter_map(|(id, members)| Some((id, members.ok()?)))
        {
            facts = facts.with_group(group, members);
        }
        facts
    }

    /// What choosing reviewers for these lanes needs: everybody who could be asked, as far as Slack says, and
    /// the error to wait out where it did not. What Slack will never tell (a missing scope) counts as nobody,
    /// so that a stand-in is asked or the emptiness announced (R4).
    pub async fn candidates(
        &self,
        rules: &Rules,
        request: &Request,
        lanes: &[LaneKey],
        absences: &Absences,
    ) -> (Facts, Option<DeliveryError>) {
        let (mut facts, mut unknown) = (Facts::none(), None);
        let mut people: Vec<UserId> = lanes
            .iter()
            .flat_map(|lane| reviewers::to_look_up(rules, request, lane))
            .collect();
        let groups: Vec<GroupId> = lanes.iter().filter_map(|lane| group_of(rules, lane)).collect();
        let members = join_all(groups.iter().map(|group| self.members(group))).await;
        for (group, members) in groups.into_iter().zip(members) {
            if let Some(members) = or_nobody(members, Vec::new(), &mut unknown) {
                people.extend(members.iter().cloned());
                facts = facts.with_group(group, members);
            }
        }
        let delegates: Vec<UserId> = people
            .iter()
            .filter_map(|user| absences.delegate(user).cloned())
            .collect();
        people.extend(delegates);
        people.sort();
        people.dedup();
        let found = join_all(people.iter().map(|user| self.person(user))).await;
        for (user, person) in people.into_iter().zip(found) {
            let nobody = Person {
                kind: Kind::Deactivated,
                zone: None,
                away: None,
            };
            if let Some(person) = or_nobody(person, nobody, &mut unknown) {
                let person = absences.mark(&user, person);
                facts = facts.with_person(user, person);
            }
        }
        (facts, unknown)
    }

    /// These people, with what they said here of being away; without those who cannot be looked up.
    pub async fn several(&self, people: &[UserId], absences: &Absences) -> Facts {
        let found = join_all(people.iter().map(|user| self.person(user))).await;
        known(people.to_vec(), found).fold(Facts::none(), |facts, (user, person)| {
            let person = absences.mark(&user, person);
            facts.with_person(user, person)
        })
    }

    /// Facts, and one more person, with what they said here of being away.
    pub async fn with(&self, facts: Facts, user: &UserId, absences: &Absences) -> Facts {
        match self.person(user).await {
            Ok(person) => facts.with_person(user.clone(), absences.mark(user, person)),
            Err(_) => facts,
        }
    }

    async fn describe(&self, info: UserInfo, now: DateTime<Utc>) -> Result<Person, DeliveryError> {
        let ask = || async { self.gateway.auth_test().await.map(|auth| auth.team_id) };
        let home = self.home.get_or_try_init(ask).await?;
        let at_home =
            info.team_id.as_ref().is_none_or(|team| team == home) || info.enterprise_teams.contains(home);
        let kind = match () {
            () if info.deleted => Kind::Deactivated,
            () if info.is_bot => Kind::Bot,
            () if info.is_stranger || !at_home => Kind::External,
            () if info.is_restricted || info.is_ultra_restricted => Kind::Guest,
            () => Kind::Member,
        };
        let zone = info.tz.as_deref().and_then(|tz| Zone::parse(tz).ok());
        self.names.put(UserId::new(&info.id), info.name, now);
        self.compare_offset(&info.id, zone.as_ref(), info.tz_offset, now);
        let shows_away = info
            .status_emoji
            .is_some_and(|emoji| self.away_emoji.contains(&emoji));
        let ends_on = |until| zone.as_ref().map(|zone| zone.local_date(until));
        let away = Away {
            until: info.status_expiration.and_then(ends_on),
            delegate: None,
        };
        let still = info.status_expiration.is_none_or(|until| until > now);
        Ok(Person {
            kind,
            zone,
            away: (shows_away && still).then_some(away),
        })
    }
}

impl Directory {
    /// Slack's offset and ours should agree; where they do not, one of us has old zone rules. Said once.
    fn compare_offset(&self, user: &str, zone: Option<&Zone>, slack: Option<i32>, now: DateTime<Utc>) {
        let (Some(zone), Some(slack)) = (zone, slack) else {
            return;
        };
        let ours = zone.offset_seconds(now);
        if ours != slack
            && self
                .doubted
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(zone.name().to_owned())
        {
            tracing::warn!(
                user,
                zone = zone.name(),
                ours,
                slack,
                "Slack and the time zone rules disagree; see calendar.zoneinfo"
            );
        }
    }
}

/// Those who could be looked up.
fn known(
    people: Vec<UserId>,
    found: Vec<Result<Person, DeliveryError>>,
) -> impl Iterator<Item = (UserId, Person)> {
    people
        .into_iter()
        .zip(found)
        .filter_map(|(user, person)| Some((user, person.ok()?)))
}

/// What was looked up; `nobody` where Slack refuses for good; nothing, and why, where it may tell later.
fn or_nobody<T>(
    found: Result<T, DeliveryError>,
    nobody: T,
    unknown: &mut Option<DeliveryError>,
) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(DeliveryError::Ours { code, .. }) => {
            tracing::error!(%code, "Slack refuses a lookup: these reviewers cannot be asked; see signoff check");
            Some(nobody)
        }
        Err(error) => {
            unknown.get_or_insert(error);
            None
        }
    }
}

fn group_of(rules: &Rules, lane: &LaneKey) -> Option<GroupId> {
    match &rules.lane(lane)?.pool {
        Pool::Group(group) => Some(group.clone()),
        Pool::AreaDirector | Pool::Members(_) => None,
    }
}

/// Does any of these lanes ping whoever has the least to do?
pub fn needs_loads(rules: &Rules, lanes: &[LaneKey]) -> bool {
    lanes
        .iter()
        .filter_map(|lane| rules.lane(lane))
        .any(|rule| rule.ping == Ping::LeastLoaded)
}

#[derive(Debug)]
struct Memory<K, V>(Arc<Mutex<HashMap<K, Kept<V>>>>);

#[derive(Debug)]
struct Kept<V> {
    at: DateTime<Utc>,
    value: V,
}

impl<V> Kept<V> {
    /// A clock that was set back makes an answer from the future: not fresh either.
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        (TimeDelta::zero()..FRESH).contains(&(now - self.at))
    }
}

impl<K, V> Clone for Memory<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash, V: Clone> Memory<K, V> {
    fn get(&self, key: &K, now: DateTime<Utc>) -> Option<V> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory
            .get(key)
            .filter(|kept| kept.is_fresh(now))
            .map(|kept| kept.value.clone())
    }

    fn put(&self, key: K, value: V, now: DateTime<Utc>) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= KEPT {
            memory.retain(|_, kept| kept.is_fresh(now));
        }
        memory.insert(key, Kept { at: now, value });
    }
}
