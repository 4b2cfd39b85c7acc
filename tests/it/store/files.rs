//! A SQLite file that cannot be written to any more: nobody is told that something was saved, and when there
//! is room again all goes on.

use super::{append, known, remember};
use signoff::domain::event::Event;
use signoff::store::{Store, StoreError, queries};
use sqlx::{Connection, Executor, SqliteConnection};
use std::fs::File;

/// The disk is full: SQLite's own limit of pages fails in the same way, at the same place.
#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let fresh = super::sqlite();
    let store = Store::open(&fresh.url).await.expect("a database");
    remember(&store, "before".to_owned()).await.expect("all is well");
    pragma(&store, "max_page_count = 1").await;
    let padding = "x".repeat(100_000);
    for round in 0..3 {
        let refused = remember(&store, format!("{round}{padding}")).await;
        let refused = refused.expect_err("it cannot be saved").to_string();
        assert!(refused.contains("full"), "{refused}");
    }
    pragma(&store, "max_page_count = 1000000").await;
    remember(&store, "after".to_owned())
        .await
        .expect("all is well again");
    for (key, kept) in [("before", true), ("after", true)] {
        assert_eq!(known(&store, key.to_owned()).await, kept, "{key}");
    }
    assert!(
        !known(&store, format!("0{padding}")).await,
        "what was refused is not there"
    );
}

/// A read fails on the disk, which ends SQLite's transaction: what others of its group wrote must not be kept
/// one by one while they are told that it was not.
#[tokio::test]
async fn a_disk_that_cannot_be_read_keeps_nothing_of_a_group() {
    let fresh = super::sqlite();
    let store = Store::open(&fresh.url).await.expect("a database");
    // More than the cache holds, and less than moves into the database's own file by itself.
    let reason = "x".repeat(3_000_000);
    append(&store, vec![Event::WideImpactLowered { reason }]).await;
    let path = fresh.url.trim_start_matches("sqlite://");
    let log = File::options().write(true).open(format!("{path}-wal"));
    let log = log.expect("what was written last");
    let length = log.metadata().expect("its length").len();
    log.set_len(length / 2).expect("its end is lost");

    let read = store.write(|conn| Box::pin(async move { queries::trail(conn, 0, 10).await }));
    let (before, read, after) = tokio::join!(
        remember(&store, "before".to_owned()),
        read,
        remember(&store, "after".to_owned()),
    );
    let failed: StoreError = read.expect_err("it cannot be read");
    assert!(failed.to_string().contains("I/O"), "{failed}");
    for (key, told) in [("before", before), ("after", after)] {
        let kept = known(&store, key.to_owned()).await;
        assert_eq!(kept, told.is_ok(), "{key}: {told:?}");
    }
}

/// The file can no longer be written to, as after a disk was mounted anew; what it holds is still shown.
#[tokio::test]
async fn a_read_only_file_refuses_and_can_be_read() {
    let fresh = super::sqlite();
    let store = Store::open(&fresh.url).await.expect("a database");
    remember(&store, "before".to_owned()).await.expect("all is well");
    pragma(&store, "query_only = on").await;
    for _ in 0..2 {
        let refused = remember(&store, "after".to_owned())
            .await
            .expect_err("it cannot be saved");
        assert!(refused.to_string().contains("readonly"), "{refused}");
    }
    let mut conn = store.read().await.expect("a connection");
    assert!(
        queries::trail(&mut conn, 0, 10)
            .await
            .expect("it can be read")
            .is_empty()
    );
}

/// Changes a setting of the writing connection.
async fn pragma(store: &Store, setting: &'static str) {
    let set: Result<(), StoreError> = store
        .write(move |conn| {
            Box::pin(async move {
                let signoff::store::Conn::Sqlite(conn) = conn else {
                    return Err(StoreError::Closed);
                };
                let pragma = format!("pragma {setting}");
                sqlx::query(sqlx::AssertSqlSafe(pragma))
                    .execute(conn.direct().await?)
                    .await?;
                Ok(())
            })
        })
        .await;
    set.expect("a pragma");
}

/// Another program holds the file longer than anybody can wait.
#[tokio::test]
async fn a_locked_file_refuses_and_recovers() {
    let fresh = super::sqlite();
    let store = Store::open(&fresh.url).await.expect("a database");
    let mut other = SqliteConnection::connect(&fresh.url)
        .await
        .expect("another program");
    other.execute("begin immediate").await.expect("its lock");
    let locked = remember(&store, "locked".to_owned())
        .await
        .expect_err("it is locked");
    assert!(matches!(locked, StoreError::Locked), "{locked}");
    other.execute("rollback").await.expect("its end");
    remember(&store, "after".to_owned()).await.expect("it is free");
    assert!(!known(&store, "locked".to_owned()).await);
}
