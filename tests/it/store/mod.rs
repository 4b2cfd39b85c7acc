//! The store as its callers see it, on both databases, and what happens when the database fails.

mod files;
mod postgres;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use signoff::domain::command::Actor;
use signoff::domain::effect::{Effect, Task};
use signoff::domain::event::{Entry, Event};
use signoff::domain::ids::RequestId;
use signoff::store::{Card, Recorded, Store, StoreError, Verifier, outbox, queries};
use sqlx::{Connection, Executor};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::Notify;

/// A database that nobody else uses.
struct Fresh {
    url: String,
    _folder: TempDir,
}

fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("signoff.db").display());
    Fresh { url, _folder: folder }
}

async fn on_postgres() -> Option<Fresh> {
    Some(Fresh {
        url: crate::postgres::database().await?,
        _folder: tempfile::tempdir().expect("a temporary folder"),
    })
}

/// Runs a test (an `async fn(&str)` of an address) on both databases.
macro_rules! both {
    ($name:ident) => {
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                let fresh = super::sqlite();
                super::$name(&fresh.url).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(fresh) = super::on_postgres().await {
                    super::$name(&fresh.url).await;
                }
            }
        }
    };
}

fn noon() -> DateTime<Utc> {
    crate::support::at("2026-12-02T12:00:00.123456Z")
}

/// Remembers a key: the smallest write there is.
async fn remember(store: &Store, key: String) -> Result<(), StoreError> {
    store
        .write(move |conn| {
            Box::pin(async move {
                queries::remember(conn, &key, None, noon()).await?;
                Ok(())
            })
        })
        .await
}

/// Was it remembered?
async fn known(store: &Store, key: String) -> bool {
    let known: Result<_, StoreError> = store
        .write(move |conn| Box::pin(async move { queries::known(conn, &key).await }))
        .await;
    known.expect("the database answers").is_some()
}

/// As an operator with the database's own tools.
async fn by_hand(url: &str, statements: &'static str) -> Result<(), sqlx::Error> {
    if url.starts_with("sqlite") {
        sqlx::SqliteConnection::connect(url)
            .await?
            .execute(statements)
            .await?;
    } else {
        sqlx::PgConnection::connect(url)
            .await?
            .execute(statements)
            .await?;
    }
    Ok(())
}

async fn append(store: &Store, events: Vec<Event>) {
    let entries: Vec<Entry> = events
        .into_iter()
        .map(|event| Entry {
            at: noon(),
            actor: Actor::Signoff,
            event,
        })
        .collect();
    let written: Result<(), StoreError> = store
        .write(move |conn| {
            Box::pin(async move {
                let recorded = |entry| Recorded {
                    request_id: RequestId(1),
                    entry,
                    surface: "command",
                    policy_id: "p1",
                };
                queries::append(conn, &entries.iter().map(recorded).collect::<Vec<_>>()).await
            })
        })
        .await;
    written.expect("it is written");
}

/// The first row that does not fit, or the head of the chain.
async fn verify(store: &Store) -> Result<String, i64> {
    let mut conn = store.read().await.expect("a connection");
    let rows = queries::trail(&mut conn, 0, 1000).await.expect("the trail");
    let mut verifier = Verifier::default();
    match rows.iter().find(|row| !verifier.check(row)) {
        Some(bad) => Err(bad.event_id),
        None => Ok(verifier.head().to_owned()),
    }
}

both!(r31_the_trail_is_append_only_and_a_changed_row_is_named);
async fn r31_the_trail_is_append_only_and_a_changed_row_is_named(url: &str) {
    let store = Store::open(url).await.expect("a database");
    append(&store, vec![Event::WideImpactRaised; 3]).await;
    append(&store, vec![Event::WideImpactRaised]).await;
    let head = verify(&store).await.expect("all rows fit");
    assert_eq!(head.len(), 64);
    for statement in [
        "update event set actor = 'U0MALLORY' where event_id = 2",
        "delete from event where event_id = 4",
    ] {
        let refused = by_hand(url, statement)
            .await
            .expect_err("append-only")
            .to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    assert_eq!(verify(&store).await, Ok(head));
    let without_trigger = match url.starts_with("sqlite") {
        true => {
            "drop trigger event_is_append_only_update; update event set actor = 'U0MALLORY' where event_id = 2"
        }
        false => {
            "alter table event disable trigger all; update event set actor = 'U0MALLORY' where event_id = 2"
        }
    };
    by_hand(url, without_trigger)
        .await
        .expect("an administrator can do anything");
    assert_eq!(verify(&store).await, Err(2));
}

both!(a_database_of_a_newer_version_is_refused);
async fn a_database_of_a_newer_version_is_refused(url: &str) {
    drop(Store::open(url).await.expect("a database"));
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (9999, 'from the future', true, 'x', 0)";
    let newer_postgres =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (9999, 'from the future', true, '\\x00', 0)";
    let statement = if url.starts_with("sqlite") {
        newer
    } else {
        newer_postgres
    };
    by_hand(url, statement).await.expect("a row");
    let error = Store::open(url).await.expect_err("it is newer");
    assert!(matches!(error, StoreError::Newer), "{error}");
    assert!(error.to_string().contains("newer version"), "{error}");
}

// sqlx hands a session back in the middle of a transaction when the caller of `begin` goes away. Here nobody
// who can go away begins one.
both!(whoever_hangs_up_takes_nothing_of_others_along);
async fn whoever_hangs_up_takes_nothing_of_others_along(url: &str) {
    let store = Store::open(url).await.expect("a database");
    for round in 0..100 {
        let gone = remember(&store, format!("gone {round}"));
        // Polled once, at most, and dropped.
        let polled = tokio::time::timeout(std::time::Duration::ZERO, gone).await;
        drop(polled);
        remember(&store, format!("kept {round}"))
            .await
            .expect("acknowledged");
    }
    drop(store);
    let store = Store::open(url).await.expect("the same database");
    for round in 0..100 {
        assert!(
            known(&store, format!("kept {round}")).await,
            "{round} was acknowledged"
        );
    }
}

both!(of_a_group_only_the_refused_are_rolled_back);
async fn of_a_group_only_the_refused_are_rolled_back(url: &str) {
    let store = Store::open(url).await.expect("a database");
    let write = async |number: usize| {
        let key = format!("key {number}");
        let result: Result<(), StoreError> = store
            .write(move |conn| {
                Box::pin(async move {
                    queries::remember(conn, &key, None, noon()).await?;
                    if number.is_multiple_of(2) {
                        conn.flush().await?;
                    }
                    match number % 3 {
                        0 => Ok(()),
                        1 => Err(StoreError::Conflict),
                        _ => panic!("an operation of this test panics"),
                    }
                })
            })
            .await;
        result
    };
    let results = join_all((0..60).map(write)).await;
    for (number, result) in results.into_iter().enumerate() {
        match number % 3 {
            0 => assert!(result.is_ok(), "{result:?}"),
            1 => assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}"),
            _ => assert!(matches!(result, Err(StoreError::Panicked)), "{result:?}"),
        }
        assert_eq!(known(&store, format!("key {number}")).await, number % 3 == 0);
    }
}

// What an operation writes is sent when it ends, together: it must count as one all the same.
both!(r29_what_came_before_takes_everything_of_its_operation_back_and_nothing_of_others);
async fn r29_what_came_before_takes_everything_of_its_operation_back_and_nothing_of_others(url: &str) {
    let store = Store::open(url).await.expect("a database");
    let file = async |key: &'static str| {
        let filed: Result<RequestId, StoreError> = store
            .write(move |conn| {
                Box::pin(async move {
                    let mut request = crate::lists::requests().remove(0);
                    request.request_id = queries::next_request_id(conn).await?;
                    let request_id = request.request_id;
                    queries::save(conn, &request, None).await?;
                    let entry = Entry {
                        at: noon(),
                        actor: Actor::Signoff,
                        event: Event::WideImpactRaised,
                    };
                    let recorded = Recorded {
                        request_id,
                        entry: &entry,
                        surface: "command",
                        policy_id: "p1",
                    };
                    queries::append(conn, &[recorded]).await?;
                    let task = Task::RequesterCard { request_id };
                    outbox::enqueue(conn, &[Effect::now(noon(), task)], noon()).await?;
                    queries::remember(conn, key, Some(request_id), noon()).await?;
                    Ok(request_id)
                })
            })
            .await;
        filed
    };
    let filed = join_all(["a", "b", "a", "c", "b", "d"].map(file)).await;
    let numbers: Vec<Option<i64>> = filed
        .iter()
        .map(|filed| filed.as_ref().ok().map(|id| id.0))
        .collect();
    assert_eq!(numbers, [Some(1), Some(2), None, Some(3), None, Some(4)]);
    for repeated in filed.into_iter().filter_map(Result::err) {
        assert!(matches!(repeated, StoreError::Repeated), "{repeated}");
    }
    verify(&store).await.expect("the chain has no gap");
    let mut conn = store.read().await.expect("a connection");
    let trail = queries::trail(&mut conn, 0, 100).await.expect("the trail");
    let of: Vec<i64> = trail.iter().map(|row| row.request_id).collect();
    assert_eq!(of, [1, 2, 3, 4]);
    let due = outbox::count_by_state(&mut conn, noon()).await.expect("a count");
    assert_eq!(due[0], ("due".to_owned(), 4), "a card each");
    let known = queries::known(&mut conn, "b").await.expect("an answer");
    assert_eq!(known, Some(Some(RequestId(2))));
}

both!(people_go_before_what_nobody_waits_for);
async fn people_go_before_what_nobody_waits_for(url: &str) {
    let order = order_of(url, true).await;
    assert_eq!(order.len(), 11);
    assert_eq!(order[0], "person");
}

both!(whoever_comes_right_after_a_commit_goes_before_it_too);
async fn whoever_comes_right_after_a_commit_goes_before_it_too(url: &str) {
    let order = order_of(url, false).await;
    assert_eq!(order.len(), 11);
    assert_eq!(order[0], "person");
}

/// In which order the outbox and a person are served who both come while somebody's transaction is under way, or the
/// person only right after it.
async fn order_of(url: &str, meanwhile: bool) -> Vec<&'static str> {
    let store = Store::open(url).await.expect("a database");
    let (stalled, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let stall = store.write({
        let (stalled, go_on) = (stalled.clone(), go_on.clone());
        move |_| {
            Box::pin(async move {
                stalled.notify_one();
                go_on.notified().await;
                Ok::<(), StoreError>(())
            })
        }
    });
    let order = Arc::new(Mutex::new(Vec::new()));
    macro_rules! note {
        ($who:literal) => {{
            let order = order.clone();
            move |_| {
                Box::pin(async move {
                    order.lock().expect("no panic").push($who);
                    Ok::<(), StoreError>(())
                })
            }
        }};
    }
    let ended = Notify::new();
    let stall = async {
        let stalled = stall.await;
        ended.notify_one();
        stalled
    };
    let queue = async {
        stalled.notified().await;
        let patient = join_all((0..10).map(|_| store.write_patiently(note!("outbox"))));
        let person = async {
            if !meanwhile {
                ended.notified().await;
            }
            store.write(note!("person")).await
        };
        // All are polled, and so handed in, before the one that stalls may end.
        let (_, person, ()) = tokio::join!(patient, person, async { go_on.notify_one() });
        person
    };
    let (stalled, person) = tokio::join!(stall, queue);
    stalled.and(person).expect("all was written");
    let order = order.lock().expect("no panic");
    order.clone()
}

// Whoever comes later in a group sees what those before it left, though nothing of it was sent yet.
both!(in_a_group_each_builds_on_the_one_before);
async fn in_a_group_each_builds_on_the_one_before(url: &str) {
    let store = Store::open(url).await.expect("a database");
    let ran = Arc::new(AtomicUsize::new(0));
    let change = async |_: usize| {
        let ran = ran.clone();
        let changed: Result<i64, StoreError> = store
            .write(move |conn| {
                Box::pin(async move {
                    ran.fetch_add(1, Ordering::Relaxed);
                    let (request, version) = match queries::load(conn, RequestId(1)).await? {
                        Some((request, version)) => (request, Some(version)),
                        None => {
                            let mut request = crate::lists::requests().remove(0);
                            request.request_id = RequestId(1);
                            (request, None)
                        }
                    };
                    queries::save(conn, &request, version).await?;
                    Ok(version.unwrap_or(0))
                })
            })
            .await;
        changed.expect("saved")
    };
    let mut versions = join_all((0..20).map(change)).await;
    versions.sort_unstable();
    assert_eq!(versions, (0..20).collect::<Vec<i64>>());
    assert_eq!(ran.load(Ordering::Relaxed), 20, "none had to be run again");
}

both!(a_read_sees_what_its_operation_wrote);
async fn a_read_sees_what_its_operation_wrote(url: &str) {
    let store = Store::open(url).await.expect("a database");
    let seen: Result<_, StoreError> = store
        .write(move |conn| {
            Box::pin(async move {
                queries::remember(conn, "key", None, noon()).await?;
                let digest = Effect::now(
                    noon(),
                    Task::Digest {
                        on: noon().date_naive(),
                    },
                );
                outbox::enqueue(conn, std::slice::from_ref(&digest), noon()).await?;
                outbox::enqueue(conn, &[digest], noon()).await?;
                let known = queries::known(conn, "key").await?;
                Ok((known, outbox::queued_digests(conn).await?))
            })
        })
        .await;
    assert_eq!(seen.expect("written"), (Some(None), 1));
}

both!(a_refresh_that_waits_is_brought_forward_and_not_doubled);
async fn a_refresh_that_waits_is_brought_forward_and_not_doubled(url: &str) {
    let store = Store::open(url).await.expect("a database");
    let put = async |tasks: Vec<(i64, Task)>| {
        let effects: Vec<Effect> = tasks
            .into_iter()
            .map(|(seconds, task)| Effect::now(noon() + TimeDelta::seconds(seconds), task))
            .collect();
        let put: Result<(), StoreError> = store
            .write(move |conn| {
                Box::pin(async move {
                    // Twice in one operation is once, too.
                    outbox::enqueue(conn, &effects, noon()).await?;
                    outbox::enqueue(conn, &effects, noon()).await
                })
            })
            .await;
        put.expect("it is in the outbox");
    };
    let (one, two) = (RequestId(1), RequestId(2));
    let card = |request_id| Task::RequesterCard { request_id };
    put(vec![(60, card(one))]).await;
    put(vec![(30, card(two)), (5, card(one)), (90, card(one))]).await;
    put(vec![(120, card(two))]).await;
    let claim = async |seconds: i64| {
        let at = noon() + TimeDelta::seconds(seconds);
        let claimed: Result<_, StoreError> = store
            .write(move |conn| Box::pin(outbox::claim_calls(conn, at, at + TimeDelta::hours(1), 10)))
            .await;
        let claimed = claimed.expect("claims").into_iter().map(|claimed| claimed.task);
        claimed.collect::<Vec<_>>()
    };
    assert_eq!(claim(4).await, []);
    assert_eq!(claim(5).await, [card(one)]);
    assert_eq!(claim(30).await, [card(two)]);
    assert_eq!(claim(200).await, [], "one of each");
    let mut conn = store.read().await.expect("a connection");
    let queue = outbox::look(&mut conn, noon()).await.expect("a look");
    assert!(!queue.call_is_due && queue.next.is_some());
}

both!(nothing_is_written_where_only_reads_are);
async fn nothing_is_written_where_only_reads_are(url: &str) {
    let store = Store::open(url).await.expect("a database");
    let mut conn = store.read().await.expect("a connection");
    let refused = queries::remember(&mut conn, "key", None, noon()).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
}

both!(what_may_be_repeated_need_not_wait_for_a_process_that_is_gone);
async fn what_may_be_repeated_need_not_wait_for_a_process_that_is_gone(url: &str) {
    let store = Store::open(url).await.expect("a database");
    let request_id = RequestId(1);
    let tasks = [
        Task::AssignReviewers { request_id },
        Task::RequesterCard { request_id },
        Task::ChannelCard { request_id },
    ];
    let effects: Vec<Effect> = tasks.into_iter().map(|task| Effect::now(noon(), task)).collect();
    let seen: Result<_, StoreError> = store
        .write(move |conn| {
            Box::pin(async move {
                let card = Card {
                    channel: "D1".to_owned(),
                    ts: "1.1".to_owned(),
                    fingerprint: String::new(),
                };
                let posted = effects[1].task.topic();
                queries::save_card(conn, &posted, &card, noon()).await?;
                outbox::enqueue(conn, &effects, noon()).await?;
                let (soon, lease) = (noon() + TimeDelta::seconds(5), noon() + TimeDelta::seconds(120));
                assert_eq!(outbox::claim_calls(conn, noon(), lease, 10).await?.len(), 3);
                assert_eq!(
                    outbox::claim_calls(conn, soon, lease, 10).await?.len(),
                    0,
                    "claimed"
                );
                assert_eq!(outbox::release_repeatable(conn, soon).await?, 2);
                outbox::claim_calls(conn, soon, lease, 10).await
            })
        })
        .await;
    let topics: Vec<String> = seen
        .expect("claims")
        .iter()
        .map(|claimed| claimed.task.topic())
        .collect();
    assert_eq!(topics, ["assign:R-1", "card:R-1:requester"], "a first post waits");
}
