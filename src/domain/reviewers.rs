//! Who may fill a lane, and whom to ask (R2–R6).

use super::command::{Rejection, Unfit};
use super::ids::{LaneKey, UserId};
use super::people::{Away, Facts, Kind};
use super::policy::{Area, LaneRule, Ping, Pool, Rules};
use super::request::{Aside, Asked, InPlaceOf, Lane, Request, Role};

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

/// The lanes that wait for an answer and in which this person may give one, whether they were asked or not (R3).
pub fn may_answer(rules: &Rules, request: &Request, user: &UserId, facts: &Facts) -> Vec<LaneKey> {
    let lanes = request.pending().filter(|_| request.is_open());
    let theirs = lanes.filter(|lane| may_decide(rules, request, &lane.key, user, facts).is_ok());
    theirs.map(|lane| lane.key.clone()).collect()
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
    let is_stand_in = |user: &UserId| stand_ins(rules, request, rule).any(|(stand_in, _)| stand_in == user);
    let stands_in = is_stand_in(user);
    let asked = request
        .lane(&rule.key)
        .and_then(|lane| lane.waited_for().find(|asked| &asked.user == user));
    if stands_in && asked.is_some() {
        return Ok(true);
    }
    let pool = pool(rules, request, rule, facts)?;
    // A delegate's authority is that of whoever named them (R6).
    if let Some((Role::Delegate, Some(away))) = asked.map(|asked| (&asked.role, &asked.in_place_of))
        && (pool.contains(&away.user) || is_stand_in(&away.user))
    {
        return Ok(true);
    }
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
    // Nor anybody who handed this very review over (R8).
    let unreachable = |lane: &Lane| {
        let handed_over = |asked: &Asked| matches!(asked.aside, Some(Aside::HandedOver { .. }));
        lane.asked
            .iter()
            .any(|asked| &asked.user == user && (asked.unreachable || handed_over(asked)))
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
        asked.is_waited_for() && other_lane_filled_by(request, &lane.key, &asked.user).is_none()
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
    let able = available(request, &rule.key, &pool, &role, facts)?;
    // R10: whoever knows it from the round before, unless all are asked anyway.
    let lane = request.lane(&rule.key);
    if let Some(before) = lane.and_then(|lane| lane.before.as_ref())
        && (rule.pool == Pool::AreaDirector || rule.ping != Ping::All || able.is_empty())
        && lane.is_some_and(|lane| !lane.was_asked(before))
        && let Ok(again) = named(rules, request, &rule.key, before, facts)
    {
        return Ok(vec![again]);
    }
    if !able.is_empty() {
        return Ok(strategy(request, rule.ping, able, facts));
    }
    let away = only_one_away(&pool, facts);
    for (stand_in, role) in stand_ins(rules, request, rule) {
        let mut found = available(request, &rule.key, std::slice::from_ref(stand_in), &role, facts)?;
        if let Some(found) = found.pop() {
            let in_place_of = found.in_place_of.clone().or(away);
            return Ok(vec![Asked { in_place_of, ..found }]);
        }
    }
    Ok(Vec::new())
}

/// Whose absence calls a stand-in, where it is one person's.
fn only_one_away(pool: &[UserId], facts: &Facts) -> Option<InPlaceOf> {
    let mut away = pool
        .iter()
        .filter_map(|user| Some((user, facts.person(user)?.away.as_ref()?)));
    let (user, absence) = away.next()?;
    away.next().is_none().then(|| InPlaceOf {
        user: user.clone(),
        until: absence.until,
    })
}

/// R3: of those who can, whom to ping. Turns follow the request's number, so they need no memory.
fn strategy(request: &Request, ping: Ping, able: Vec<Asked>, facts: &Facts) -> Vec<Asked> {
    let turn = usize::try_from(request.request_id.0).unwrap_or(0) % able.len().max(1);
    match ping {
        Ping::All => able,
        Ping::RoundRobin => able.into_iter().skip(turn).take(1).collect(),
        Ping::LeastLoaded => able
            .into_iter()
            .min_by_key(|asked| facts.load(&asked.user))
            .into_iter()
            .collect(),
    }
}

/// As whom somebody may be asked in a lane when they are named for it (R8), or why not (R4, R5, R6).
pub fn named(
    rules: &Rules,
    request: &Request,
    lane: &LaneKey,
    user: &UserId,
    facts: &Facts,
) -> Result<Asked, Rejection> {
    let unfit = |why| Rejection::Unfit(user.clone(), why);
    if &request.requester == user {
        return Err(unfit(Unfit::Requester));
    }
    let person = facts.person(user).ok_or(Rejection::CannotVerify)?;
    if person.kind != Kind::Member {
        return Err(unfit(Unfit::Kind(person.kind)));
    }
    let rule = rules.lane(lane).ok_or(Rejection::NoSuchLane)?;
    let in_pool = pool(rules, request, rule, facts)?.contains(user);
    let role = match rule.pool {
        Pool::AreaDirector => Role::Director,
        Pool::Group(_) | Pool::Members(_) => Role::Member,
    };
    let stands_in = || stand_ins(rules, request, rule).find(|(stand_in, _)| *stand_in == user);
    let role = in_pool.then_some(role).or_else(|| Some(stands_in()?.1));
    let role = role.ok_or_else(|| unfit(Unfit::NotInLane(lane.clone())))?;
    let elsewhere = |other: &&Lane| {
        &other.key != lane
            && (other.decided_by() == Some(user) || other.is_pending() && other.waits_for(user))
    };
    if let Some(other) = request.lanes.iter().find(elsewhere) {
        return Err(unfit(Unfit::OtherLane(other.key.clone())));
    }
    match &person.away {
        Some(away) => Err(unfit(Unfit::Away(away.until))),
        None => Ok(asked(user.clone(), role, None, facts)),
    }
}

/// Of these people, those who can be asked now, in the place of each one who is away their delegate (R6).
fn available(
    request: &Request,
    lane: &LaneKey,
    candidates: &[UserId],
    role: &Role,
    facts: &Facts,
) -> Result<Vec<Asked>, Rejection> {
    let mut found: Vec<Asked> = Vec::new();
    for user in candidates {
        let person = facts.person(user).ok_or(Rejection::CannotVerify)?;
        if !is_free(request, lane, user, facts) {
            continue;
        }
        let (user, role, in_place_of) = match &person.away {
            None => (user, role.clone(), None),
            Some(Away { delegate: None, .. }) => continue,
            Some(Away {
                delegate: Some(delegate),
                until,
            }) => {
                let stand_in = facts.person(delegate).ok_or(Rejection::CannotVerify)?;
                if stand_in.away.is_some() || !is_free(request, lane, delegate, facts) {
                    continue;
                }
                let (user, until) = (user.clone(), *until);
                (delegate, Role::Delegate, Some(InPlaceOf { user, until }))
            }
        };
        // Whoever is asked for themselves is not asked for another too.
        let direct = in_place_of.is_none();
        found.retain(|other| !(direct && &other.user == user));
        if !found.iter().any(|other| &other.user == user) {
            found.push(asked(user.clone(), role, in_place_of, facts));
        }
    }
    Ok(found)
}

/// Can fill the lane, and is waited for in no other one of the request.
fn is_free(request: &Request, lane: &LaneKey, user: &UserId, facts: &Facts) -> bool {
    let elsewhere = |other: &Lane| &other.key != lane && other.is_pending() && other.waits_for(user);
    can_fill(request, lane, user, facts) == Some(true) && !request.lanes.iter().any(elsewhere)
}

fn asked(user: UserId, role: Role, in_place_of: Option<InPlaceOf>, facts: &Facts) -> Asked {
    let zone = facts.person(&user).and_then(|person| person.zone.clone());
    Asked {
        user,
        role,
        zone,
        delivered_at: None,
        unreachable: false,
        in_place_of,
        aside: None,
        handed_by: None,
        again: false,
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
