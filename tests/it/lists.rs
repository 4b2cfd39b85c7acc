//! Lists cost what they show, however many requests there are; and where a request stands is kept as the domain
//! says it.

use chrono::{DateTime, TimeDelta, Utc};
use signoff::domain::calendar::Counting;
use signoff::domain::command::Actor;
use signoff::domain::event::{Entry, Event};
use signoff::domain::evolve;
use signoff::domain::ids::{LaneKey, RequestId, UserId};
use signoff::domain::request::{ClockPolicy, Details, Request};
use signoff::domain::text::Link;
use signoff::domain::zone::Zone;
use signoff::store::{Store, lists, queries};
use sqlx::{Connection, Row, SqliteConnection};
use std::collections::BTreeSet;

const ON_SQLITE: &str = include_str!("../../migrations/sqlite/0003_lists.sql");
const ON_POSTGRES: &str = include_str!("../../migrations/postgres/0003_lists.sql");
const QUERIES: [&str; 2] = [
    include_str!("../../src/store/lists.rs"),
    include_str!("../../src/store/queries.rs"),
];
const OUTBOX: &str = include_str!("../../src/store/outbox.rs");

fn start() -> DateTime<Utc> {
    "2026-12-02T18:00:00Z".parse().expect("an instant")
}

fn filed(number: i64, gated: bool, wide_impact: bool) -> Event {
    Event::Filed {
        requester: UserId::new("U0PM"),
        details: Details {
            category: "press".into(),
            title: format!("Number {number}"),
            link: Link::parse("https://example.com/draft").expect("a link"),
            area: None,
            publish_on: None,
            notes: None,
        },
        lanes: vec!["director".into(), "marketing".into()],
        gated,
        wide_impact,
    }
}

fn started(lane: &str, hours: i64) -> Event {
    Event::ClockStarted {
        lane: lane.into(),
        round: 1,
        started_at: start(),
        deadline: start() + TimeDelta::hours(hours),
        policy: ClockPolicy {
            business_days: 3,
            counting: Counting::WholeDays,
            timezone: Zone::parse("America/Los_Angeles").expect("a zone"),
            tzdb: String::new(),
            days: Vec::new(),
        },
    }
}

/// A request for every way to stand.
pub(crate) fn requests() -> Vec<Request> {
    let approved = |lane: &str| Event::Approved {
        lane: LaneKey::from(lane),
        note: None,
    };
    let objected = |lane: &str| Event::ChangesRequested {
        lane: LaneKey::from(lane),
        reason: "Not like this".to_owned(),
    };
    let lapsed = |lane: &str| Event::Lapsed {
        lane: LaneKey::from(lane),
    };
    let both = || vec![started("director", 100), started("marketing", 50)];
    let published = Event::Published {
        link: None,
        while_blocked: true,
    };
    let withdrawn = Event::Withdrawn { reason: None };
    let stories: Vec<(bool, bool, Vec<Event>)> = vec![
        (true, false, vec![]),
        (true, false, both()),
        (true, true, both()),
        (true, true, vec![approved("director"), approved("marketing")]),
        (true, false, [both(), vec![objected("marketing")]].concat()),
        (true, false, [both(), vec![approved("marketing")]].concat()),
        (
            true,
            false,
            [both(), vec![lapsed("director"), lapsed("marketing")]].concat(),
        ),
        (
            true,
            false,
            [
                both(),
                vec![lapsed("director"), lapsed("marketing"), objected("director")],
            ]
            .concat(),
        ),
        (true, false, [both(), vec![published]].concat()),
        (true, false, [both(), vec![withdrawn]].concat()),
        (false, false, vec![]),
        (false, false, vec![approved("director"), approved("marketing")]),
    ];
    let told = |number: usize, (gated, wide, events): (bool, bool, Vec<Event>)| {
        let number = i64::try_from(number).expect("few") + 1;
        let events = [vec![filed(number, gated, wide)], events].concat();
        let entries = events.into_iter().enumerate().map(|(minutes, event)| Entry {
            at: start() + TimeDelta::minutes(minutes as i64),
            actor: Actor::User(UserId::new("U0MARK")),
            event,
        });
        let request = entries.fold(None, |request, entry| {
            Some(evolve(request, &entry, RequestId(number)))
        });
        request.expect("it was filed")
    };
    stories
        .into_iter()
        .enumerate()
        .map(|(number, story)| told(number, story))
        .collect()
}

async fn filled(url: &str) -> Store {
    let store = Store::open(url).await.expect("a database");
    for request in requests() {
        let saved =
            store.write(move |conn| Box::pin(async move { queries::save(conn, &request, None).await }));
        saved.await.expect("saved");
    }
    store
}

async fn database() -> (tempfile::TempDir, Store, SqliteConnection) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("signoff.db").display());
    let store = filled(&url).await;
    let conn = SqliteConnection::connect(&url).await.expect("the same database");
    (folder, store, conn)
}

/// Forgets where each request stands, fills it by the migration's own words, and compares.
macro_rules! filled_as_the_domain_says {
    ($conn:expr, $migration:expr) => {
        let conn = $conn;
        let sql = "select request_id || ' ' || stage || ' ' || stage_since || ' '
                       || coalesce(cast(lapses_at as text), 'never') from request order by request_id";
        let as_saved: Vec<String> = sqlx::query_scalar(sql)
            .fetch_all(&mut *conn)
            .await
            .expect("the columns");
        let stages = as_saved.iter().map(|row| row.split(' ').nth(1).expect("a stage"));
        let stages: BTreeSet<&str> = stages.collect();
        assert_eq!(stages.len(), 7, "every stage is there: {stages:?}");
        let (_, rest) = $migration.split_once("update request set").expect("the update");
        let (update, _) = rest.split_once(';').expect("its end");
        let forget = "update request set stage = '', stage_since = updated_at, lapses_at = null";
        for sql in [forget.to_owned(), format!("update request set{update}")] {
            let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *conn).await;
            done.expect("updated");
        }
        let again: Vec<String> = sqlx::query_scalar(sql)
            .fetch_all(&mut *conn)
            .await
            .expect("the columns");
        assert_eq!(again, as_saved);
    };
}

#[tokio::test]
async fn what_was_filed_before_the_migration_is_filled_as_the_domain_says() {
    let (_folder, _store, mut conn) = database().await;
    filled_as_the_domain_says!(&mut conn, ON_SQLITE);
}

#[tokio::test]
async fn on_postgresql_too() {
    let Some(url) = crate::postgres::database().await else {
        return;
    };
    let _store = filled(&url).await;
    let mut conn = sqlx::PgConnection::connect(&url)
        .await
        .expect("the same database");
    filled_as_the_domain_says!(&mut conn, ON_POSTGRES);
}

#[tokio::test]
async fn a_list_of_any_length_is_read_through_an_index() {
    let (_folder, _store, mut conn) = database().await;
    let mut seen = 0;
    let lists = QUERIES.iter().flat_map(|source| statements(source));
    for sql in lists.filter(|sql| sql.starts_with("select") && sql.contains("order by")) {
        let steps = plan(&mut conn, &sql).await.join("; ");
        // Where nothing is looked for, a scan begins at the last row.
        let whole = steps.contains("SCAN ") && sql.contains(" where ");
        // One person's waiting list is sorted: it is theirs alone. The figures are of a period, by request.
        let sorted =
            steps.contains("TEMP B-TREE") && !sql.contains("waiting w") && !sql.contains("from event");
        assert!(!whole && !sorted, "{sql}\n{steps}");
        seen += 1;
    }
    assert!(seen > 12, "the statements are found: {seen}");
}

#[tokio::test]
async fn nothing_that_the_worker_reads_or_writes_takes_a_whole_table() {
    let (_folder, _store, mut conn) = database().await;
    let writes = QUERIES.iter().flat_map(|source| statements(source));
    let writes = writes.filter(|sql| !sql.starts_with("select"));
    let mut seen = 0;
    // What is put together from parts, as it reads then.
    let together = [
        "select column1 from (values (1, true, 'a'), (2, true, 'b')) task
         where not (column2 and exists (
             select 1 from outbox o where o.topic = task.column3 and o.state = 'queued' and o.attempts = 0))",
        "delete from waiting where request_id = $1 and (user_id, lane) not in (values ($2, $3), ($4, $5))",
    ];
    for sql in statements(OUTBOX)
        .chain(writes)
        .chain(together.map(str::to_owned))
    {
        for step in plan(&mut conn, &sql).await {
            assert!(!takes_all(&step), "{sql}\n{step}");
        }
        seen += 1;
    }
    assert!(seen > 20, "the statements are found: {seen}");
}

/// Does this step read a table that grows, or an index of it, from end to end? What it looks for would stand in
/// brackets; a number that is only less than another one is half of the table.
fn takes_all(step: &str) -> bool {
    let mut words = step.split(' ');
    let (how, table) = (words.next(), words.next().unwrap_or_default());
    let grows = ["outbox", "o", "p", "request", "waiting", "event", "inbox", "card"].contains(&table);
    let looks_for = step.split_once('(').map(|(_, what)| what);
    let looks = looks_for.is_some_and(|what| what.contains("=?") || !what.starts_with("rowid"));
    matches!(how, Some("SCAN" | "SEARCH")) && grows && (how == Some("SCAN") || !looks)
}

async fn plan(conn: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let explain = format!("explain query plan {sql}");
    let plan = sqlx::raw_sql(sqlx::AssertSqlSafe(explain)).fetch_all(conn).await;
    let plan = plan.unwrap_or_else(|error| panic!("{sql}: {error}"));
    plan.iter().map(|step| step.get("detail")).collect()
}

/// The statements that read or change tables, as they stand in the source.
fn statements(source: &str) -> impl Iterator<Item = String> + use<> {
    let source = source.replace("{topics}", "($2, $3)");
    let literals: Vec<String> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .map(|literal| {
            let lines = literal.lines().map(str::trim);
            lines.collect::<Vec<_>>().join(" ")
        })
        .collect();
    let verbs = ["select ", "update ", "delete "];
    literals
        .into_iter()
        .filter(move |sql| verbs.iter().any(|verb| sql.starts_with(verb)))
}

#[tokio::test]
async fn pages_are_whole_and_end_where_the_list_ends() {
    let (_folder, store, _conn) = database().await;
    let mut conn = store.read().await.expect("a connection");
    let total = lists::count_open(&mut conn).await.expect("a count");
    let mut seen = Vec::new();
    for skip in (0..total).step_by(4) {
        let page = lists::open_page(&mut conn, skip, 4).await.expect("a page");
        assert_eq!((page.before, page.total()), (skip, total));
        seen.extend(page.items.iter().map(|request| request.request_id.0));
    }
    assert_eq!(seen.len(), total);
    assert!(
        seen.is_sorted_by(|a, b| a > b),
        "the newest first, none twice: {seen:?}"
    );
    let beyond = lists::open_page(&mut conn, 1000, 4).await.expect("a page");
    assert!(!beyond.items.is_empty() && beyond.more == 0, "the last one");
}
