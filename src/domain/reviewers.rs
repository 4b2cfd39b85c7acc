//! Who may fill a lane, and whom to ask (R2–R6).

use super::command::Rejection;
use super::ids::{LaneKey, UserId};
use super::people::{Facts, Kind};
use super::policy::{Area, LaneRule, Ping, Pool, Rules};
use super::request::{Asked, Lane, Request, Role};

/// May this person decide this lane, now (R4, R5)? Looked at at the click, never at the ping.
pub fn may_decide(
    rules: &Rules,
    request: &Request,
    lane: &LaneKey,
    user: &UserId,
    facts: &Facts,
) -> Result<(), Rejection> {
    if &request.requester == user {
        return Err(Rejection::OwnRequest);
    }
    let person = facts.person(user).ok_or(Rejection::CannotVerify)?;
    if person.kind != Kind::Member {
        return Err(Rejection::NotEligible(person.kind));
    }
    if let Some(other) = other_lane_filled_by(request, lane, user) {
        return Err(Rejection::FillsOtherLane(other.clone()));
    }
    let rule = rules.lane(lane).ok_or(Rejection::NoSuchLane)?;
    if is_in_lane(rules, request, rule, user, facts)? {
        Ok(())
    } else {
        Err(Rejection::NotInLane(lane.clone()))
    }
}

fn other_lane_filled_by<'r>(request: &'r Request, lane: &LaneKey, user: &UserId) -> Option<&'r LaneKey> {
    request
        .lanes
        .iter()
        .find(|other| &other.key != lane && other.decided_by() == Some(user))
        .map(|lane| &lane.key)
}

/// A member of the lane now: of its pool, or a stand-in who was asked, or whom the pool's absence calls.
fn is_in_lane(
    rules: &Rules,
    request: &Request,
    rule: &LaneRule,
    user: &UserId,
    facts: &Facts,
) -> Result<bool, Rejection> {
    let stands_in = stand_ins(rules, request, rule).any(|(stand_in, _)| stand_in == user);
    if stands_in && request.lane(&rule.key).is_some_and(|lane| lane.was_asked(user)) {
        return Ok(true);
    }
    let pool = pool(rules, request, rule, facts)?;
    if pool.contains(user) || !stands_in {
        return Ok(pool.contains(user));
    }
    // Somebody of the pool whom Slack could not tell us about may well be able: no authority on a guess.
    let able: Vec<Option<bool>> = pool
        .iter()
        .map(|member| can_fill(request, &rule.key, member, facts))
        .collect();
    match able.contains(&None) && !able.contains(&Some(true)) {
        true => Err(Rejection::CannotVerify),
        false => Ok(!able.contains(&Some(true))),
    }
}

/// Those who fill the lane by the configuration, whether they can at this moment or not.
fn pool(rules: &Rules, request: &Request, rule: &LaneRule, facts: &Facts) -> Result<Vec<UserId>, Rejection> {
    Ok(match &rule.pool {
        Pool::AreaDirector => area(rules, request)
            .map(|area| area.director.clone())
            .into_iter()
            .collect(),
        Pool::Members(members) => members.clone(),
        Pool::Group(group) => facts.members(group).ok_or(Rejection::CannotVerify)?.to_vec(),
    })
}

/// Those who stand in, first choice first: the deputy of the area, then the lane's fallback list.
fn stand_ins<'r>(
    rules: &'r Rules,
    request: &Request,
    rule: &'r LaneRule,
) -> impl Iterator<Item = (&'r UserId, Role)> {
    let deputy = match rule.pool {
        Pool::AreaDirector => area(rules, request).and_then(|area| area.deputy.as_ref()),
        Pool::Group(_) | Pool::Members(_) => None,
    };
    let fallback = rule.fallback.iter().map(|user| (user, Role::Fallback));
    deputy
        .map(|deputy| (deputy, Role::Deputy))
        .into_iter()
        .chain(fallback)
}

fn area<'r>(rules: &'r Rules, request: &Request) -> Option<&'r Area> {
    rules.area(request.details.area.as_ref()?)
}

/// Could this person fill the lane if asked: a member, not the requester, not in another lane, reachable?
/// `None` when that hangs on somebody who could not be looked up.
fn can_fill(request: &Request, lane: &LaneKey, user: &UserId, facts: &Facts) -> Option<bool> {
    let unreachable = |lane: &Lane| {
        lane.asked
            .iter()
            .any(|asked| &asked.user == user && asked.unreachable)
    };
    let ruled_out = &request.requester == user
        || other_lane_filled_by(request, lane, user).is_some()
        || request.lane(lane).is_some_and(unreachable);
    if ruled_out {
        Some(false)
    } else {
        facts.is_member(user)
    }
}

/// The lanes that wait for an answer which nobody asked so far can give, director lanes first: a director
/// who is also in marketing is wanted as director.
pub fn unassigned(rules: &Rules, request: &Request) -> Vec<LaneKey> {
    let can_answer = |lane: &Lane, asked: &Asked| {
        !asked.unreachable && other_lane_filled_by(request, &lane.key, &asked.user).is_none()
    };
    let open = |lane: &&Lane| {
        request.is_open() && lane.is_pending() && !lane.asked.iter().any(|asked| can_answer(lane, asked))
    };
    let mut lanes: Vec<LaneKey> = request
        .lanes
        .iter()
        .filter(open)
        .map(|lane| lane.key.clone())
        .collect();
    lanes.sort_by_key(|key| rules.lane(key).is_none_or(|rule| rule.pool != Pool::AreaDirector));
    lanes
}

/// Whom to ask in a lane now: its pool, else the deputy, else the fallback list (R4, R6). Whoever is
/// asked in another lane of the request is left out, so that no one fills two. Empty when nobody can.
///
/// # Errors
/// [`Rejection::CannotVerify`] when a person or group that matters could not be looked up: better to ask
/// Slack again than to decide on half the facts.
pub fn choose(
    rules: &Rules,
    request: &Request,
    rule: &LaneRule,
    facts: &Facts,
) -> Result<Vec<Asked>, Rejection> {
    let role = if rule.pool == Pool::AreaDirector {
        Role::Director
    } else {
        Role::Member
    };
    let pool = pool(rules, request, rule, facts)?;
    let able = available(request, &rule.key, pool.iter(), facts)?;
    if !able.is_empty() {
        let chosen = strategy(request, rule.ping, able, facts);
        return Ok(chosen
            .into_iter()
            .map(|user| asked(user, role.clone(), facts))
            .collect());
    }
    for (stand_in, role) in stand_ins(rules, request, rule) {
        let mut found = available(request, &rule.key, std::iter::once(stand_in), facts)?;
        if let Some(user) = found.pop() {
            return Ok(vec![asked(user, role, facts)]);
        }
    }
    Ok(Vec::new())
}

/// R3: of those who can, whom to ping. Turns follow the request's number, so they need no memory.
fn strategy(request: &Request, ping: Ping, able: Vec<UserId>, facts: &Facts) -> Vec<UserId> {
    let turn = usize::try_from(request.request_id.0).unwrap_or(0) % able.len().max(1);
    match ping {
        Ping::All => able,
        Ping::RoundRobin => able.into_iter().skip(turn).take(1).collect(),
        Ping::LeastLoaded => able
            .into_iter()
            .min_by_key(|user| facts.load(user))
            .into_iter()
            .collect(),
    }
}

fn available<'u>(
    request: &Request,
    lane: &LaneKey,
    candidates: impl Iterator<Item = &'u UserId>,
    facts: &Facts,
) -> Result<Vec<UserId>, Rejection> {
    let mut found = Vec::new();
    for user in candidates {
        let person = facts.person(user).ok_or(Rejection::CannotVerify)?;
        let elsewhere = request
            .lanes
            .iter()
            .any(|other| &other.key != lane && other.was_asked(user));
        if can_fill(request, lane, user, facts) == Some(true)
            && !person.away
            && !elsewhere
            && !found.contains(user)
        {
            found.push(user.clone());
        }
    }
    Ok(found)
}

fn asked(user: UserId, role: Role, facts: &Facts) -> Asked {
    let zone = facts.person(&user).and_then(|person| person.zone.clone());
    Asked {
        user,
        role,
        zone,
        delivered_at: None,
        unreachable: false,
    }
}

/// Everybody whose standing matters for filling this lane, to be looked up beforehand. The members of a
/// group are not known yet here.
pub fn to_look_up(rules: &Rules, request: &Request, lane: &LaneKey) -> Vec<UserId> {
    let Some(rule) = rules.lane(lane) else {
        return Vec::new();
    };
    let listed = match &rule.pool {
        Pool::AreaDirector => area(rules, request)
            .map(|area| area.director.clone())
            .into_iter()
            .collect(),
        Pool::Members(members) => members.clone(),
        Pool::Group(_) => Vec::new(),
    };
    listed
        .into_iter()
        .chain(stand_ins(rules, request, rule).map(|(user, _)| user.clone()))
        .collect()
}
