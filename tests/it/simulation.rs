//! Two weeks of twelve people and sixty requests: nobody is reminded more than once a working day, nor outside
//! their working hours, nor of what was decided; and no lane lapses early (R22, R14, R9, R16). What each person
//! got is kept as a snapshot, to be skimmed by a human.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde_json::Value;
use signoff::domain::event::{Entry, Event};
use signoff::domain::evolve;
use signoff::domain::ids::{LaneKey, RequestId};
use signoff::domain::request::Request;
use signoff::sandbox::workspace::{Channel, Message, User, Workspace};
use signoff::sandbox::{Options, Sandbox};
use signoff::store::queries;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const CONFIG: &str = r#"
[slack]
marketing_channel = "C0MARKETING"

[calendar]
timezone = "America/Los_Angeles"
regions = ["US"]

[access]
admins = ["U0ADA"]

[lanes.director]
fallback = ["U0ADA"]

[lanes.marketing]
user_group = "S0MARKETING"
fallback = ["U0ADA"]

[areas.search]
name = "Code Search"
director = "U0DANA"
deputy = "U0DEV"

[areas.batch]
name = "Batch Changes"
director = "U0BERT"
region = "DE-BE"
timezone = "Europe/Berlin"

[people.U0PRIYA]
area = "search"
[people.U0PETE]
area = "batch"
region = "DE-BE"
[people.U0BERT]
region = "DE-BE"
[people.U0MAX]
region = "GB"
[people.U0KEIKO]
region = "JP"
[people.U0ZOE]
region = "NZ"
"#;

const FIRST: &str = "2026-11-16";
const LAST: &str = "2026-11-28";
const REQUESTS: u64 = 60;

/// Somebody: their zone, its offset in November in minutes, and their public holidays in these weeks.
struct Somebody {
    id: &'static str,
    zone: &'static str,
    minutes: i32,
    holidays: &'static [&'static str],
}

const fn somebody(
    id: &'static str,
    zone: &'static str,
    minutes: i32,
    holidays: &'static [&'static str],
) -> Somebody {
    Somebody {
        id,
        zone,
        minutes,
        holidays,
    }
}

const THANKSGIVING: &[&str] = &["2026-11-26"];

const PEOPLE: [Somebody; 12] = [
    somebody("U0PRIYA", "America/Los_Angeles", -480, THANKSGIVING),
    somebody("U0PETE", "Europe/Berlin", 60, &[]),
    somebody("U0PRU", "America/New_York", -300, THANKSGIVING),
    somebody("U0DANA", "America/Los_Angeles", -480, THANKSGIVING),
    somebody("U0BERT", "Europe/Berlin", 60, &[]),
    somebody("U0DEV", "America/New_York", -300, THANKSGIVING),
    somebody("U0MARK", "America/Los_Angeles", -480, THANKSGIVING),
    somebody("U0MIA", "America/New_York", -300, THANKSGIVING),
    somebody("U0MAX", "Europe/London", 0, &[]),
    somebody("U0KEIKO", "Asia/Tokyo", 540, &["2026-11-23"]),
    somebody("U0ZOE", "Pacific/Auckland", 780, &[]),
    somebody("U0ADA", "America/Los_Angeles", -480, THANKSGIVING),
];
const REQUESTERS: [usize; 4] = [0, 1, 2, 3];

impl Somebody {
    fn local(&self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        at.with_timezone(&FixedOffset::east_opt(self.minutes * 60).expect("an offset"))
    }

    fn works_on(&self, day: NaiveDate) -> bool {
        works(day, self.holidays)
    }

    /// When it is this hour and minute of a day where they are.
    fn at(&self, day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
        let local = day.and_hms_opt(hour, minute, 0).expect("a time");
        local.and_utc() - TimeDelta::minutes(i64::from(self.minutes))
    }
}

fn works(day: NaiveDate, holidays: &[&str]) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !holidays.contains(&day.to_string().as_str())
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// A number below `most` that depends on nothing but `what` (FNV-1a): whatever runs side by side, the same people
/// do the same things.
fn chance(most: u64, what: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = what.bytes().fold(0xcbf2_9ce4_8422_2325, fold);
    (hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) % most
}

enum Act {
    /// Files the request with this number.
    File(u64),
    /// Works off what is on the desk, or does not.
    Look,
}

/// Everything that people set out to do, in order.
fn plan() -> Vec<(DateTime<Utc>, usize, Act)> {
    let days: Vec<NaiveDate> = date(FIRST)
        .iter_days()
        .take_while(|day| *day < date(LAST))
        .collect();
    let mut plan = Vec::new();
    for n in 1..=REQUESTS {
        let who = REQUESTERS[chance(4, &format!("who {n}")) as usize];
        let own: Vec<&NaiveDate> = days[..9]
            .iter()
            .filter(|day| PEOPLE[who].works_on(**day))
            .collect();
        let day = own[chance(own.len() as u64, &format!("day {n}")) as usize];
        let (hour, minute) = (
            8 + chance(11, &format!("hour {n}")),
            chance(60, &format!("minute {n}")),
        );
        plan.push((
            PEOPLE[who].at(*day, hour as u32, minute as u32),
            who,
            Act::File(n),
        ));
    }
    for (who, somebody) in PEOPLE.iter().enumerate() {
        for day in days.iter().filter(|day| somebody.works_on(**day)) {
            plan.push((somebody.at(*day, 10, 5), who, Act::Look));
            plan.push((somebody.at(*day, 15, 35), who, Act::Look));
        }
    }
    plan.sort_by_key(|(at, who, act)| (*at, *who, matches!(act, Act::Look)));
    plan
}

struct Office {
    sandbox: Sandbox,
    ws: Workspace,
}

impl Office {
    async fn open(data: &std::path::Path) -> Office {
        let options = Options {
            port: 0,
            socket: false,
            database: None,
            at: date(FIRST).and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(12),
        };
        let everyone = PEOPLE.map(|somebody| somebody.id);
        let booted = Sandbox::boot(&options, CONFIG, data, |clock| {
            let builder = Workspace::builder().now(Arc::new(move || clock.now()));
            let user = |one: &Somebody| {
                let name = &one.id[2..];
                let name = format!("{}{}", &name[..1], name[1..].to_lowercase());
                User::new(one.id)
                    .named(&name)
                    .handle(&name)
                    .zone(one.zone, one.minutes * 60)
            };
            PEOPLE
                .iter()
                .fold(builder, |builder, one| builder.user(user(one)))
                .group(
                    "S0MARKETING",
                    "marketing",
                    &["U0MARK", "U0MIA", "U0MAX", "U0KEIKO", "U0ZOE"],
                )
                .channel(Channel::public("C0GENERAL", "general").with(&everyone))
                .channel(Channel::public("C0MARKETING", "marketing").with(&everyone))
                .build()
        });
        let sandbox = booted.await.expect("the bot starts");
        let ws = sandbox.workspace.clone();
        Office { sandbox, ws }
    }

    async fn act(&self, who: usize, act: &Act) {
        match act {
            Act::File(n) => self.file(who, *n).await,
            Act::Look => {
                self.answer(who).await;
                self.follow_up(who).await;
            }
        }
        self.sandbox.settle().await.expect("the outbox is worked off");
    }

    async fn file(&self, who: usize, n: u64) {
        let category =
            ["press", "blog", "pricing", "social", "other"][chance(5, &format!("category {n}")) as usize];
        let wide = if chance(9, &format!("wide {n}")) == 0 {
            "--wide "
        } else {
            ""
        };
        let area = ["search", "batch"][chance(2, &format!("area {n}")) as usize];
        let text = format!("{category} https://example.com/{n} {wide}--area {area} Subject {n}");
        let ack = self
            .ws
            .user(PEOPLE[who].id)
            .command("/review-request", &text, "C0GENERAL")
            .await;
        let said = ack.expect("an answer").text();
        assert!(said.contains("is filed"), "{said}");
    }

    /// Answers some of what waits, by its cards: each person is as diligent as they are.
    async fn answer(&self, who: usize) {
        let user = self.ws.user(PEOPLE[who].id);
        for card in user.inbox().iter().filter(|message| is_card(message)) {
            let Some(about) = value(card, "approve") else {
                continue;
            };
            let day = PEOPLE[who].local(self.ws.now()).date_naive();
            let mood = chance(100, &format!("{who} {about} {day}"));
            let diligence = 6 + 5 * chance(4, &format!("diligence {who}"));
            if mood < diligence {
                user.click(card, "approve").await.expect("a click");
            } else if mood > 94 {
                user.click(card, "request_changes").await.expect("a click");
                let reason = [("reason", "The number on slide 4 is last year's.")];
                user.submit(&reason).await.expect("a form");
            }
            self.sandbox.settle().await.expect("the outbox is worked off");
        }
    }

    /// Does what the own requests want done: asks again, publishes, or gives up.
    async fn follow_up(&self, who: usize) {
        let user = self.ws.user(PEOPLE[who].id);
        for card in user.inbox().iter().filter(|message| is_card(message)) {
            let Some(about) = value(card, "withdraw") else {
                continue;
            };
            let day = PEOPLE[who].local(self.ws.now()).date_naive();
            let mood = chance(100, &format!("{who} follows {about} {day}"));
            let clear = card.text().contains("is clear");
            let (action, values): (_, &[(&str, &str)]) = match mood {
                ..50 if card.has_button("resubmit") => {
                    ("resubmit", &[("reason", "It has this year's number now.")])
                }
                ..40 if clear => ("published", &[]),
                97 => ("published", &[]),
                98.. => ("withdraw", &[("reason", "The event is off.")]),
                _ => continue,
            };
            user.click(card, action).await.expect("a click");
            user.submit(values).await.expect("a form");
            self.sandbox.settle().await.expect("the outbox is worked off");
        }
    }

    /// The audit trail, by request.
    async fn trail(&self) -> BTreeMap<RequestId, Vec<Entry>> {
        let mut conn = self.sandbox.app().store.read().await.expect("a connection");
        let rows = queries::trail(&mut conn, 0, 1_000_000).await.expect("the trail");
        let mut trail: BTreeMap<RequestId, Vec<Entry>> = BTreeMap::new();
        for row in rows {
            let entry = row.entry().expect("a readable row");
            trail.entry(RequestId(row.request_id)).or_default().push(entry);
        }
        trail
    }
}

fn is_card(message: &Message) -> bool {
    message.blocks.iter().any(|block| block["type"] == "header")
}

fn is_reminder(message: &Message) -> bool {
    message
        .blocks
        .iter()
        .any(|block| block["block_id"] == "reminder.head")
}

/// What a button is about, if it is there now.
fn value(message: &Message, action: &str) -> Option<String> {
    values(&message.blocks, action).next()
}

fn values(blocks: &[Value], action: &str) -> impl Iterator<Item = String> {
    let elements = blocks
        .iter()
        .filter_map(|block| block["elements"].as_array())
        .flatten();
    let found = elements.filter(|element| element["action_id"] == action);
    found
        .filter_map(|element| element["value"].as_str().map(str::to_owned))
        .collect::<Vec<_>>()
        .into_iter()
}

/// How a request stood at an instant: what happened at that very instant included, or not.
fn stood(number: RequestId, entries: &[Entry], at: DateTime<Utc>, included: bool) -> Option<Request> {
    let before = entries
        .iter()
        .filter(|entry| entry.at < at || included && entry.at == at);
    before.fold(None, |request, entry| Some(evolve(request, entry, number)))
}

/// R22, of everybody.
fn reminders_are_bearable(office: &Office, trail: &BTreeMap<RequestId, Vec<Entry>>) -> usize {
    let mut all = 0;
    for one in &PEOPLE {
        let mut days = BTreeSet::new();
        for reminder in office
            .ws
            .user(one.id)
            .inbox()
            .iter()
            .filter(|message| is_reminder(message))
        {
            all += 1;
            let local = one.local(reminder.posted_at);
            let (day, time) = (local.date_naive(), local.time());
            assert!(days.insert(day), "{} is reminded twice on {day}", one.id);
            assert!(one.works_on(day), "{} is reminded on {day}, a day off", one.id);
            let (start, end) = (
                NaiveTime::from_hms_opt(9, 30, 0),
                NaiveTime::from_hms_opt(17, 0, 0),
            );
            assert!(
                Some(time) >= start && Some(time) < end,
                "{} is reminded at {local}",
                one.id
            );
            let first = reminder
                .versions
                .first()
                .map_or(&reminder.blocks, |version| &version.blocks);
            let about: Vec<String> = values(first, "approve").collect();
            assert!(!about.is_empty(), "{} is reminded of nothing", one.id);
            for about in about {
                let parts: Vec<&str> = about.split('/').collect();
                let number = RequestId(parts[0].parse().expect("a number"));
                let request = stood(number, &trail[&number], reminder.posted_at, true).expect("it was filed");
                let lane = request.lane(&LaneKey::from(parts[1])).expect("a lane");
                assert!(
                    request.is_open() && lane.is_pending() && lane.round.to_string() == parts[2],
                    "{} is reminded of {about} on {day}, which was decided",
                    one.id
                );
                let asked = lane.asked.iter().find(|asked| asked.user.as_str() == one.id);
                let told = asked
                    .and_then(|asked| asked.delivered_at)
                    .expect("they were asked");
                assert!(
                    one.local(told).date_naive() < day,
                    "{}: on the day of the ping",
                    one.id
                );
            }
        }
    }
    all
}

/// R14, R9, R16: a lane lapses when three full business days of its calendar are over, not earlier.
fn lapses_are_not_early(trail: &BTreeMap<RequestId, Vec<Entry>>) -> usize {
    let mut all = 0;
    for (number, entries) in trail {
        for entry in entries {
            let Event::Lapsed { lane: key } = &entry.event else {
                continue;
            };
            all += 1;
            let request = stood(*number, entries, entry.at, false).expect("it was filed");
            let lane = request.lane(key).expect("a lane");
            assert!(
                lane.is_pending() && !request.is_wide() && request.gated,
                "{number} {key}"
            );
            let berlin = key.is_director()
                && request
                    .details
                    .area
                    .as_ref()
                    .is_some_and(|area| area.as_str() == "batch");
            let whose = if berlin { &PEOPLE[4] } else { &PEOPLE[3] };
            let told = lane.first_told_at().expect("somebody was told");
            let (from, until) = (whose.local(told).date_naive(), whose.local(entry.at).date_naive());
            let days = from.iter_days().skip(1).take_while(|day| *day < until);
            let full = days.filter(|day| whose.works_on(*day)).count();
            assert_eq!(full, 3, "{number} {key}: told {told}, lapsed {}", entry.at);
            assert_eq!(
                entry.at,
                whose.at(until, 0, 0),
                "{number} {key}: at the day's first instant"
            );
        }
    }
    all
}

/// Nobody hears the same thing twice.
fn nothing_is_said_twice(office: &Office) {
    for one in &PEOPLE {
        let mut said = BTreeSet::new();
        for message in office
            .ws
            .user(one.id)
            .inbox()
            .iter()
            .filter(|message| message.by_bot)
        {
            let delivery = message.event_payload().map(|payload| payload["delivery"].clone());
            let delivery = delivery.expect("every message has a delivery").to_string();
            let known = !said.insert(delivery);
            assert!(!known, "{} got it twice: {}", one.id, message.text());
        }
    }
}

/// What each person's phone showed, as it came.
fn inboxes(office: &Office) -> String {
    let mut told = String::new();
    for one in &PEOPLE {
        let mut lines: Vec<(DateTime<Utc>, String)> = Vec::new();
        for message in office.ws.user(one.id).inbox() {
            let what = match (is_reminder(&message), is_card(&message)) {
                (true, _) => "reminder",
                (_, true) => "card    ",
                _ => "notice  ",
            };
            let said = message
                .versions
                .first()
                .map_or(&message.text, |version| &version.text);
            let mut said: String = readable(said, one)
                .replace('\n', " / ")
                .chars()
                .take(230)
                .collect();
            // Posted while the other lane's people are being asked, or just after: the rest of it may come in
            // either order, and is there a moment later.
            if message.blocks[0]["block_id"]
                .as_str()
                .is_some_and(|id| id.contains(".requester."))
            {
                said.truncate(said.find(".*").map_or(said.len(), |end| end + 2));
            }
            let local = one.local(message.posted_at).format("%a %-d %b %H:%M");
            lines.push((message.posted_at, format!("{local}  {what}  {said}")));
        }
        lines.sort();
        told.push_str(&format!(
            "\n━━ {} ({}), {} messages\n",
            one.id,
            one.zone,
            lines.len()
        ));
        for (_, line) in lines {
            told.push_str(&line);
            told.push('\n');
        }
    }
    told
}

/// What #marketing read each morning.
fn digests(office: &Office) -> String {
    let mut told = String::new();
    for post in office.ws.channel("C0MARKETING").messages() {
        if post.blocks.iter().any(|block| block["block_id"] == "digest.head") {
            told.push_str(&format!("\n━━ #marketing, {}\n", post.posted_at));
            for block in &post.blocks {
                let text = block["text"]["text"]
                    .as_str()
                    .or(block["elements"][0]["text"].as_str());
                told.push_str(&readable(text.expect("every block has a text"), &PEOPLE[3]));
                told.push('\n');
            }
        }
    }
    told
}

/// Mentions by their ids, instants in the reader's zone.
fn readable(mrkdwn: &str, reader: &Somebody) -> String {
    let mut said = String::new();
    let mut rest = mrkdwn;
    while let Some((before, token)) = rest.split_once('<') {
        let (token, after) = token.split_once('>').expect("every token is closed");
        said.push_str(before);
        match token.strip_prefix("!date^").and_then(|date| date.split_once('^')) {
            Some((seconds, _)) => {
                let at = DateTime::from_timestamp(seconds.parse().expect("seconds"), 0).expect("an instant");
                said.push_str(&reader.local(at).format("%a %-d %b %H:%M").to_string());
            }
            None => said.push_str(&token.replace("@U0", "@")),
        }
        rest = after;
    }
    said + rest
}

#[tokio::test]
async fn two_weeks_of_twelve_people_and_sixty_requests() {
    let data = tempfile::tempdir().expect("a folder");
    let office = Office::open(data.path()).await;
    for (at, who, act) in plan() {
        office.sandbox.advance_to(at).await.expect("time goes on");
        office.act(who, &act).await;
    }
    let end = date(LAST).checked_add_days(Days::new(1)).expect("a date");
    let end = end.and_time(NaiveTime::MIN).and_utc();
    office.sandbox.advance_to(end).await.expect("time goes on");

    let trail = office.trail().await;
    assert_eq!(trail.len() as u64, REQUESTS);
    let (reminders, lapses) = (
        reminders_are_bearable(&office, &trail),
        lapses_are_not_early(&trail),
    );
    assert!(
        reminders > 40 && lapses > 10,
        "two weeks worth the name: {reminders} reminders, {lapses} lapses"
    );
    nothing_is_said_twice(&office);
    assert!(
        office
            .sandbox
            .app()
            .stuck()
            .await
            .expect("the database answers")
            .is_empty()
    );
    let unexpected = office.ws.unexpected();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    insta::assert_snapshot!("two_weeks", inboxes(&office));
    insta::assert_snapshot!("two_weeks_of_digests", digests(&office));
}
