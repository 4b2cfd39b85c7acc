//! A SQLite file that cannot be written to any more: nobody is told that something was saved, and when there
//! is room again all goes on.

use super::{known, remember};
use signoff::store::{Store, StoreError};
use sqlx::{Connection, Executor, SqliteConnection};

/// The disk is full: SQLite's own limit of pages fails in the same way, at the same place.
#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let fresh = super::sqlite();
    let store = Store::open(&fresh.url).await.expect("a database");
    remember(&store, "before".to_owned())
        .await
        .expect("there is room");
    limit(&store, 1).await;
    let padding = "x".repeat(100_000);
    for round in 0..3 {
        let full = remember(&store, format!("{round}{padding}"))
            .await
            .expect_err("no room");
        assert!(full.to_string().contains("full"), "{full}");
    }
    limit(&store, 1_000_000).await;
    remember(&store, "after".to_owned())
        .await
        .expect("there is room again");
    for (key, kept) in [("before", true), ("after", true)] {
        assert_eq!(known(&store, key.to_owned()).await, kept, "{key}");
    }
    assert!(
        !known(&store, format!("0{padding}")).await,
        "what was refused is not there"
    );
}

/// Sets how many pages the writing connection may use.
async fn limit(store: &Store, pages: u32) {
    let set: Result<(), StoreError> = store
        .write(move |conn| {
            Box::pin(async move {
                let signoff::store::Conn::Sqlite(conn) = conn else {
                    return Err(StoreError::Closed);
                };
                let pragma = format!("pragma max_page_count = {pages}");
                sqlx::query(sqlx::AssertSqlSafe(pragma))
                    .execute(&mut **conn)
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
