//! Who may do what, and when: every actor, every action, every state, one cell each, as the rules say
//! (R4, R5, R8–R13, R16).
//!
//! The lane in question is marketing, where the director has approved theirs; for the director and the
//! deputies it is the director's, where marketing has approved. So the gate hangs on this one lane.
//! “By me” is a decision of the very actor of the row, when they were in good standing and in the lane;
//! “by another” is of another member of the lane. A dash is a state that this actor can never have made.
//!
//! Where the rules are silent, the tables assume:
//! - whatever is asked of a request that ended, everybody who clicks hears that it ended (R13 "end");
//! - why *you* may not comes before what the lane's state is: a guest hears that guests may not, also where
//!   somebody else decided already or the round is over;
//! - authority now outranks having decided before: whoever left the lane may not change their decision (R5
//!   before R8);
//! - an objection after a lapse fills the lane like any other decision (R7, R12): only its author may go on;
//! - a deputy or fallback who was not asked, while somebody of the pool can, has no authority (R4);
//! - an admin as such does not review and does not raise (R16 names the requester and reviewers); one who is
//!   the requester may lower all the same, as R16 says "or an admin" without exception, and is refused as
//!   reviewer like any requester (R4);
//! - an admin is believed without a lookup, and so is the requester in what is theirs: R5 is about reviewers;
//! - raising what is raised, lowering what is not, and approving again are refused as changing nothing.

use super::{
    ADMIN, ASKER, COMPANY, DEPUTY, DIRECTOR, GROUP, HEAD, MARK, MIA, PLAIN, World, approve, away, by, draft,
    everybody, lane, lower, object, person, resubmit, rules, user, word,
};
use chrono::TimeDelta;
use signoff::domain::command::{Command, Rejection};
use signoff::domain::filing::Draft;
use signoff::domain::people::{Facts, Kind};
use signoff::domain::request::{End, Gate, Standing};

/// What a cell can say.
const LEGEND: &str = "
yes     approved                        no      held by an objection: blocked
late    approved late, gate clear       told    objected after the lapse, gate still clear
done    accepted                        again   a new round in the lanes that objected
clear   published, gate was clear       blocked published while blocked
own     one's own request               lane    not in the lane
kind    guest, outsider, bot, gone      who?    could not be looked up
two     fills the other lane            else    somebody else decided
same    changes nothing                 old     of a round that is over
ended   it has ended                    req     only the requester (or, R13, an admin)
may     may not lower                   inv     not involved
noobj   nobody objected                 -       cannot be
over    waits for nobody any more       nask    not asked in this lane
adm     only an admin                   nodl    no deadline runs
nobd    waits for nobody
";

const TABLE: &str = "
approve               | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester             | own     -      own       -     own      own    -       own        own  own       ended     ended
admin-requester       | own     -      own       -     own      own    -       own        own  own       ended     ended
director              | yes     same   else      yes   else     late   late    else       yes  old       ended     ended
member                | yes     same   else      yes   else     late   late    else       yes  old       ended     ended
deputy-asked          | yes     same   else      yes   else     late   late    else       yes  old       ended     ended
fallback-asked        | yes     same   else      yes   else     late   late    else       yes  old       ended     ended
deputy                | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
fallback              | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
admin                 | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
plain                 | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
removed               | lane    lane   lane      lane  lane     lane   lane    lane       lane lane      ended     ended
guest                 | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
external              | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
deactivated           | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
bot                   | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
unknown               | who?    who?   who?      who?  who?     who?   who?    who?       who? who?      ended     ended
other-lane            | two     -      two       -     two      two    -       two        two  two       ended     ended

request_changes       | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester             | own     -      own       -     own      own    -       own        own  own       ended     ended
admin-requester       | own     -      own       -     own      own    -       own        own  own       ended     ended
director              | no      no     else      no    else     told   told    else       no   old       ended     ended
member                | no      no     else      no    else     told   told    else       no   old       ended     ended
deputy-asked          | no      no     else      no    else     told   told    else       no   old       ended     ended
fallback-asked        | no      no     else      no    else     told   told    else       no   old       ended     ended
deputy                | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
fallback              | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
admin                 | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
plain                 | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
removed               | lane    lane   lane      lane  lane     lane   lane    lane       lane lane      ended     ended
guest                 | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
external              | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
deactivated           | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
bot                   | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
unknown               | who?    who?   who?      who?  who?     who?   who?    who?       who? who?      ended     ended
other-lane            | two     -      two       -     two      two    -       two        two  two       ended     ended

raise_wide            | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester             | done    -      done      -     done     done   -       done       same done      ended     ended
admin-requester       | done    -      done      -     done     done   -       done       same done      ended     ended
director              | done    done   done      done  done     done   done    done       same done      ended     ended
member                | done    done   done      done  done     done   done    done       same done      ended     ended
deputy-asked          | done    done   done      done  done     done   done    done       same done      ended     ended
fallback-asked        | done    done   done      done  done     done   done    done       same done      ended     ended
deputy                | inv     -      inv       -     inv      inv    -       inv        inv  inv       ended     ended
fallback              | inv     -      inv       -     inv      inv    -       inv        inv  inv       ended     ended
admin                 | inv     -      inv       -     inv      inv    -       inv        inv  inv       ended     ended
plain                 | inv     -      inv       -     inv      inv    -       inv        inv  inv       ended     ended
removed               | inv     inv    inv       inv   inv      inv    inv     inv        inv  inv       ended     ended
guest                 | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
external              | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
deactivated           | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
bot                   | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
unknown               | who?    who?   who?      who?  who?     who?   who?    who?       who? who?      ended     ended
other-lane            | done    -      done      -     done     done   -       done       same done      ended     ended

lower_wide            | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester             | may     -      may       -     may      may    -       may        may  may       ended     ended
admin-requester       | same    -      same      -     same     same   -       same       done same      ended     ended
director              | same    same   same      same  same     same   same    same       done same      ended     ended
member                | same    same   same      same  same     same   same    same       done same      ended     ended
deputy-asked          | same    same   same      same  same     same   same    same       done same      ended     ended
fallback-asked        | same    same   same      same  same     same   same    same       done same      ended     ended
deputy                | may     -      may       -     may      may    -       may        may  may       ended     ended
fallback              | may     -      may       -     may      may    -       may        may  may       ended     ended
admin                 | same    -      same      -     same     same   -       same       done same      ended     ended
plain                 | may     -      may       -     may      may    -       may        may  may       ended     ended
removed               | may     may    may       may   may      may    may     may        may  may       ended     ended
guest                 | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
external              | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
deactivated           | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
bot                   | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
unknown               | who?    who?   who?      who?  who?     who?   who?    who?       who? who?      ended     ended
other-lane            | same    -      same      -     same     same   -       same       done same      ended     ended

hand_over             | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester             | own     -      own       -     own      own    -       own        own  own       ended     ended
admin-requester       | own     -      own       -     own      own    -       own        own  own       ended     ended
director              | nask    over   else      over  else     over   over    else       nask old       ended     ended
member                | done    over   else      over  else     over   over    else       done old       ended     ended
deputy-asked          | done    over   else      over  else     over   over    else       done old       ended     ended
fallback-asked        | done    over   else      over  else     over   over    else       done old       ended     ended
deputy                | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
fallback              | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
admin                 | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
plain                 | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
removed               | lane    lane   lane      lane  lane     lane   lane    lane       lane lane      ended     ended
guest                 | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
external              | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
deactivated           | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
bot                   | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
unknown               | who?    who?   who?      who?  who?     who?   who?    who?       who? who?      ended     ended
other-lane            | two     -      two       -     two      two    -       two        two  two       ended     ended

more_time             | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester             | own     -      own       -     own      own    -       own        own  own       ended     ended
admin-requester       | own     -      own       -     own      own    -       own        own  own       ended     ended
director              | done    over   else      over  else     over   over    else       nodl old       ended     ended
member                | done    over   else      over  else     over   over    else       nodl old       ended     ended
deputy-asked          | done    over   else      over  else     over   over    else       nodl old       ended     ended
fallback-asked        | done    over   else      over  else     over   over    else       nodl old       ended     ended
deputy                | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
fallback              | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
admin                 | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
plain                 | lane    -      lane      -     lane     lane   -       lane       lane lane      ended     ended
removed               | lane    lane   lane      lane  lane     lane   lane    lane       lane lane      ended     ended
guest                 | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
external              | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
deactivated           | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
bot                   | kind    kind   kind      kind  kind     kind   kind    kind       kind kind      ended     ended
unknown               | who?    who?   who?      who?  who?     who?   who?    who?       who? who?      ended     ended
other-lane            | two     -      two       -     two      two    -       two        two  two       ended     ended

grant_more_time       | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester admin-requester \
                      | done    -      over      -     over     over   -       over       nodl old       ended     ended
director member deputy-asked fallback-asked removed guest external deactivated bot unknown \
                      | req     req    req       req   req      req    req     req        req  req       ended     ended
deputy fallback admin plain other-lane \
                      | req     -      req       -     req      req    -       req        req  req       ended     ended

reassign              | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
admin admin-requester | done    -      over      -     over     over   -       over       done done      ended     ended
director member deputy-asked fallback-asked removed guest external deactivated bot unknown \
                      | adm     adm    adm       adm   adm      adm    adm     adm        adm  adm       ended     ended
deputy fallback requester plain other-lane \
                      | adm     -      adm       -     adm      adm    -       adm        adm  adm       ended     ended

nudge                 | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester admin-requester \
                      | done    -      nobd      -     nobd     nobd   -       nobd       done done      ended     ended
director member deputy-asked fallback-asked removed guest external deactivated bot unknown \
                      | req     req    req       req   req      req    req     req        req  req       ended     ended
deputy fallback admin plain other-lane \
                      | req     -      req       -     req      req    -       req        req  req       ended     ended

resubmit              | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester             | noobj   -      noobj     -     again    noobj  -       again      noobj noobj    ended     ended
admin-requester       | noobj   -      noobj     -     again    noobj  -       again      noobj noobj    ended     ended
director member deputy-asked fallback-asked removed guest external deactivated bot unknown \
                      | req     req    req       req   req      req    req     req        req  req       ended     ended
deputy fallback admin plain other-lane \
                      | req     -      req       -     req      req    -       req        req  req       ended     ended

edit                  | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester             | done    -      done      -     done     done   -       done       done done      ended     ended
admin-requester       | done    -      done      -     done     done   -       done       done done      ended     ended
director member deputy-asked fallback-asked removed guest external deactivated bot unknown \
                      | req     req    req       req   req      req    req     req        req  req       ended     ended
deputy fallback admin plain other-lane \
                      | req     -      req       -     req      req    -       req        req  req       ended     ended

withdraw              | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester admin-requester admin \
                      | done    -      done      -     done     done   -       done       done done      ended     ended
director member deputy-asked fallback-asked removed guest external deactivated bot unknown \
                      | req     req    req       req   req      req    req     req        req  req       ended     ended
deputy fallback plain other-lane \
                      | req     -      req       -     req      req    -       req        req  req       ended     ended

publish               | pending yes:me yes:other no:me no:other lapsed told:me told:other wide old-round withdrawn published
requester admin-requester admin \
                      | blocked -      clear     -     blocked  clear  -       clear      blocked blocked ended    ended
director member deputy-asked fallback-asked removed guest external deactivated bot unknown \
                      | req     req    req       req   req      req    req     req        req  req       ended     ended
deputy fallback plain other-lane \
                      | req     -      req       -     req      req    -       req        req  req       ended     ended
";

const ACTORS: [&str; 18] = [
    "requester",
    "admin-requester",
    "director",
    "member",
    "deputy-asked",
    "fallback-asked",
    "deputy",
    "fallback",
    "admin",
    "plain",
    "removed",
    "guest",
    "external",
    "deactivated",
    "bot",
    "unknown",
    "other-lane",
    "other-member",
];

#[test]
fn every_cell_of_actors_actions_and_states_is_decided_as_the_rules_say() {
    let (mut cells, mut wrong) = (0, Vec::new());
    for (action, actor, state, expected) in table() {
        cells += 1;
        let found = outcome(action, actor, state);
        if found != expected {
            wrong.push(format!(
                "{actor} × {action} × {state}: the rules say {expected}, it was {found}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells:\n{}\n{LEGEND}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(cells, ACTORS.len() * 13 * 12, "a cell is missing");
}

/// The table as cells. The other member of marketing has the rows of the first.
fn table() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let mut cells = Vec::new();
    let (mut action, mut states) = ("", Vec::new());
    for (names, row) in TABLE.lines().filter_map(|line| line.split_once('|')) {
        let row: Vec<&str> = row.split_whitespace().collect();
        if row[0] == "pending" {
            (action, states) = (names.trim(), row);
            continue;
        }
        assert_eq!(row.len(), states.len(), "{action}: {names}");
        let also = names.contains(" member ") || names.starts_with("member ");
        for actor in names.split_whitespace().chain(also.then_some("other-member")) {
            cells.extend(
                states
                    .iter()
                    .zip(&row)
                    .map(|(state, cell)| (action, actor, *state, *cell)),
            );
        }
    }
    cells
}

/// Who the actor of a row is, and the lane in question.
struct Row {
    id: &'static str,
    lane: &'static str,
    /// Another who can decide in that lane.
    other: &'static str,
    /// The lane that is approved already, and by whom.
    second: (&'static str, &'static str),
}

fn row(actor: &str) -> Row {
    let marketing = |id, other| Row {
        id,
        lane: "marketing",
        other,
        second: ("director", DIRECTOR),
    };
    let director = |id, other| Row {
        id,
        lane: "director",
        other,
        second: ("marketing", MARK),
    };
    match actor {
        "requester" => marketing(ASKER, MIA),
        "admin-requester" | "admin" => marketing(ADMIN, MIA),
        "director" => director(DIRECTOR, DEPUTY),
        "deputy-asked" => director(DEPUTY, DIRECTOR),
        "deputy" => director(DEPUTY, DIRECTOR),
        "fallback-asked" | "fallback" => marketing(HEAD, MIA),
        "plain" => marketing(PLAIN, MIA),
        "other-lane" => marketing(DIRECTOR, MIA),
        "other-member" => marketing(MIA, MARK),
        _ => marketing(MARK, MIA),
    }
}

/// What is known when reviewers are chosen and when others decide: everybody is well.
fn before(actor: &str) -> Facts {
    match actor {
        // The pool was away when reviewers were chosen, and is back since: it may decide as well.
        "deputy-asked" => away(everybody(), DIRECTOR),
        "fallback-asked" => away(away(everybody(), MARK), MIA),
        // So that there is another in the lane who can say yes or no before the director does.
        "director" => away(everybody(), DIRECTOR),
        _ => everybody(),
    }
}

/// What is known when the actor clicks.
fn at_the_click(actor: &str) -> Facts {
    let is = |kind| everybody().with_person(user(MARK), person(kind));
    match actor {
        "guest" => is(Kind::Guest),
        "external" => is(Kind::External),
        "deactivated" => is(Kind::Deactivated),
        "bot" => is(Kind::Bot),
        "removed" => everybody().with_group(GROUP.into(), vec![user(MIA)]),
        "unknown" => [ASKER, DIRECTOR, DEPUTY, MIA, HEAD, ADMIN]
            .into_iter()
            .fold(Facts::none(), |facts, id| {
                facts.with_person(user(id), person(Kind::Member))
            })
            .with_group(GROUP.into(), vec![user(MARK), user(MIA)]),
        "other-lane" => everybody().with_group(GROUP.into(), vec![user(MARK), user(MIA), user(DIRECTOR)]),
        _ => everybody(),
    }
}

/// The request in this state, or `None` when this actor could not have brought it there.
fn arranged(actor: &str, state: &str, more_time: bool) -> Option<World> {
    let who = row(actor);
    let requester = if actor == "admin-requester" { ADMIN } else { ASKER };
    let mut world = World::new(rules(COMPANY), before(actor), "2026-11-11T14:00:00Z");
    world.does(requester, Command::File(Box::new(draft())));
    world.assign();
    world.now += TimeDelta::minutes(1);
    world.tell_all();
    let (second, filler) = who.second;
    world.does(filler, approve(second, 1));
    // In every state, so that there is something to grant.
    if more_time {
        world.does(who.other, Command::AskMoreTime(lane(who.lane, 1)));
    }
    let decider = if state.ends_with(":me") { who.id } else { who.other };
    let late = matches!(state, "lapsed" | "told:me" | "told:other");
    if late {
        world.until("2026-11-20T09:00:00Z");
    }
    match state {
        "pending" | "lapsed" => {}
        "yes:me" | "yes:other" => drop(world.acts(by(decider), approve(who.lane, 1)).ok()?),
        "no:me" | "no:other" | "told:me" | "told:other" => {
            drop(world.acts(by(decider), object(who.lane, 1, "the price")).ok()?);
        }
        "wide" => drop(world.does(requester, Command::RaiseWideImpact)),
        "old-round" => {
            world.does(who.other, object(who.lane, 1, "the price"));
            world.does(requester, resubmit(false));
            world.assign();
            world.tell_all();
        }
        "withdrawn" => drop(world.does(requester, Command::Withdraw { reason: None })),
        "published" => drop(world.does(requester, Command::Publish { link: None })),
        _ => panic!("no such state: {state}"),
    }
    world.facts = at_the_click(actor);
    Some(world)
}

fn outcome(action: &str, actor: &str, state: &str) -> &'static str {
    let who = row(actor);
    let Some(mut world) = arranged(actor, state, action == "grant_more_time") else {
        return "-";
    };
    let command = match action {
        "approve" => approve(who.lane, 1),
        "request_changes" => object(who.lane, 1, "the date"),
        "raise_wide" => Command::RaiseWideImpact,
        "lower_wide" => lower(),
        "resubmit" => resubmit(false),
        "edit" => Command::Edit(Box::new(Draft {
            title: "A better title".into(),
            ..draft()
        })),
        "hand_over" => Command::HandOver {
            lane: lane(who.lane, 1),
            to: user(who.other),
            reason: None,
        },
        "nudge" => Command::Nudge,
        "more_time" => Command::AskMoreTime(lane(who.lane, 1)),
        "grant_more_time" => Command::AnswerMoreTime {
            lane: lane(who.lane, 1),
            grant: true,
        },
        "reassign" => Command::Reassign {
            lane: who.lane.into(),
            to: user(who.other),
            reason: "she knows the story".into(),
        },
        "withdraw" => Command::Withdraw {
            reason: Some("it is off".into()),
        },
        "publish" => Command::Publish { link: None },
        _ => panic!("no such action: {action}"),
    };
    let gate = world.request().gate();
    match world.acts(by(who.id), command) {
        Err(rejection) => refusal(&rejection),
        Ok(events) if events.is_empty() => "nothing",
        Ok(_) => match action {
            "approve" | "request_changes" => decided(&world, who.lane),
            "resubmit" if world.lane(who.lane).round == 2 && world.lane(who.second.0).round == 1 => "again",
            "resubmit" => "which round?",
            "publish" => published(&world, gate),
            _ => "done",
        },
    }
}

/// What the ledger says, which must be what the gate was.
fn published(world: &World, gate: Gate) -> &'static str {
    match (&world.request().end, gate) {
        (
            Some(End::Published {
                while_blocked: true, ..
            }),
            Gate::Blocked,
        ) => "blocked",
        (
            Some(End::Published {
                while_blocked: false, ..
            }),
            Gate::Clear,
        ) => "clear",
        _ => "dishonest",
    }
}

fn decided(world: &World, key: &str) -> &'static str {
    let lane = world.lane(key);
    match (&lane.standing, world.request().gate()) {
        (Standing::Approved { lapsed_at: None, .. }, Gate::Clear) => "yes",
        (Standing::Approved { .. }, Gate::Clear) => "late",
        (Standing::ChangesRequested { .. }, Gate::Blocked) => "no",
        (
            Standing::Lapsed {
                objection: Some(_), ..
            },
            Gate::Clear,
        ) => "told",
        (standing, _) => word(standing),
    }
}

fn refusal(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::OwnRequest => "own",
        Rejection::NotInLane(_) => "lane",
        Rejection::NotEligible(_) => "kind",
        Rejection::CannotVerify => "who?",
        Rejection::FillsOtherLane(_) => "two",
        Rejection::DecidedBy(_) => "else",
        Rejection::Unchanged | Rejection::AlreadyWide | Rejection::NotWide | Rejection::Voluntary => "same",
        Rejection::Superseded => "old",
        Rejection::Ended(_) => "ended",
        Rejection::NotRequester | Rejection::OnlyRequester => "req",
        Rejection::MayNotLower => "may",
        Rejection::NotInvolved => "inv",
        Rejection::NothingToAnswer => "noobj",
        Rejection::NotFound(_) => "not found",
        Rejection::NoSuchLane => "no such lane",
        Rejection::OnlyAdmin => "adm",
        Rejection::NotPending(_) => "over",
        Rejection::NotAsked(_) => "nask",
        Rejection::NoDeadline(_) => "nodl",
        Rejection::NobodyToNudge => "nobd",
        Rejection::NudgedLately(_) => "soon",
        Rejection::NobodyAtWork(_) => "off",
        Rejection::MoreTimeOnce(_) => "once",
        Rejection::BackAlready(_) => "back",
        Rejection::Unfit(..) => "unfit",
        Rejection::Invalid(_) => "invalid",
    }
}
