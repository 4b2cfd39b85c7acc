//! Every statement's name, and the choice of the database it runs on.

use super::{
    AuditRow, Card, Claimed, Conn, Finish, Home, Homes, Queue, Recorded, StoreError, Stuck, postgres, sqlite,
};
use crate::domain::away::{Absence, Absences};
use crate::domain::effect::Effect;
use crate::domain::figures::Figures;
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::page::Page;
use crate::domain::request::Request;
use crate::domain::stage::Stage;
use chrono::{DateTime, NaiveDate, Utc};

/// One module of statements: each function as `$module.rs` has it, on whichever database the connection is of.
macro_rules! statements {
    ($(#[$about:meta])* $module:ident { $(fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)* }) => {
        $(#[$about])*
        #[allow(missing_docs, reason = "each is documented where its SQL is")]
        pub mod $module {
            use super::*;

            $(pub async fn $name(conn: &mut Conn<'_>, $($argument: $type),*) -> Result<$result, StoreError> {
                match conn {
                    Conn::Sqlite(conn) => sqlite::$module::$name(conn, $($argument),*).await,
                    Conn::Postgres(conn) => postgres::$module::$name(conn, $($argument),*).await,
                }
            })*
        }
    };
}

statements! {
    /// Requests, the audit trail, cards, digests and what came in: see `queries.rs`.
    queries {
        fn next_request_id() -> RequestId;
        fn load(request_id: RequestId) -> Option<(Request, i64)>;
        fn save(request: &Request, version: Option<i64>) -> ();
        fn append(entries: &[Recorded<'_>]) -> ();
        fn trail(event_id: i64, most: i64) -> Vec<AuditRow>;
        fn save_absence(absence: &Absence) -> ();
        fn end_absence(user: &UserId, now: DateTime<Utc>) -> bool;
        fn absences(now: DateTime<Utc>) -> Absences;
        fn remember(key: &str, request_id: Option<RequestId>, now: DateTime<Utc>) -> ();
        fn known(key: &str) -> Option<Option<RequestId>>;
        fn forget(before: DateTime<Utc>) -> ();
        fn card(topic: &str) -> Option<Card>;
        fn save_card(topic: &str, card: &Card, now: DateTime<Utc>) -> ();
        fn save_digest(on: NaiveDate, now: DateTime<Utc>) -> ();
        fn last_digest() -> Option<DateTime<Utc>>;
        fn waiting_on(user: &UserId, skip: usize, most: i64) -> Vec<(Request, LaneKey)>;
        fn count_waiting_on(user: &UserId) -> i64;
    }
}

statements! {
    /// Lists that read no more than they show, and the App Home: see `lists.rs`.
    lists {
        fn count_open() -> usize;
        fn open_page(skip: usize, most: i64) -> Page<Request>;
        fn next_lapse(after: DateTime<Utc>) -> Option<DateTime<Utc>>;
        fn open_naming(user: &UserId, most: i64) -> Vec<Request>;
        fn touched_by(user: &UserId, since: DateTime<Utc>, most: i64) -> Vec<Request>;
        fn open_after(request_id: RequestId, most: i64) -> Vec<Request>;
        fn requested_by(user: &UserId, open_only: bool, skip: usize, most: i64) -> Page<Request>;
        fn standing(stage: Stage, horizon: DateTime<Utc>, most: i64) -> Page<Request>;
        fn lapsing(horizon: DateTime<Utc>, most: i64) -> Page<Request>;
        fn news(stage: Stage, since: DateTime<Utc>, most: i64) -> Page<Request>;
        fn latest(stage: Stage, most: i64) -> Vec<Request>;
        fn figures(from: DateTime<Utc>, to: DateTime<Utc>) -> Figures;
        fn audit_head() -> Option<(i64, String)>;
        fn open_home(user: &UserId, now: DateTime<Utc>) -> ();
        fn turn_home(user: &UserId, pages: &str, now: DateTime<Utc>) -> ();
        fn home(user: &UserId) -> Option<Home>;
        fn save_home(user: &UserId, pages: &str, fingerprint: Option<&str>) -> ();
        fn homes_since(since: DateTime<Utc>, most: i64) -> Homes;
    }
}

statements! {
    /// Tasks put in, claimed, ended, and listed for operators: see `outbox.rs`.
    outbox {
        fn enqueue(effects: &[Effect], now: DateTime<Utc>) -> ();
        fn due_timer(now: DateTime<Utc>) -> Option<(i64, Result<Claimed, StoreError>)>;
        fn claim_calls(now: DateTime<Utc>, lease_until: DateTime<Utc>, most: i64) -> Vec<Claimed>;
        fn finish(claimed: &Claimed, how: Finish<'_>) -> ();
        fn bury(outbox_id: i64, attempts: i64, why: &str) -> ();
        fn oldest_claimable() -> Option<DateTime<Utc>>;
        fn look(now: DateTime<Utc>) -> Queue;
        fn next_reminder(after: DateTime<Utc>) -> Option<DateTime<Utc>>;
        fn cancel(topic: &str) -> ();
        fn release_repeatable(now: DateTime<Utc>) -> u64;
        fn queued_digests() -> i64;
        fn channel_is_given_up() -> bool;
        fn count_by_state(now: DateTime<Utc>) -> Vec<(String, i64)>;
        fn stuck(most: i64) -> Vec<Stuck>;
        fn retry(outbox_id: i64, now: DateTime<Utc>) -> bool;
        fn resolve(outbox_id: i64, sent_ts: Option<&str>, now: DateTime<Utc>) -> bool;
    }
}
