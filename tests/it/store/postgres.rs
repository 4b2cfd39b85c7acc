//! PostgreSQL goes away, comes back, stalls, and answers too late.

use super::{known, on_postgres, remember};
use crate::postgres::Server;
use signoff::store::{Store, StoreError, outbox};
use sqlx::{Connection, Executor, PgConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

#[tokio::test]
async fn one_process_hears_of_anothers_work() {
    let Some(fresh) = on_postgres().await else { return };
    let (here, there) = (
        Store::open(&fresh.url).await.expect("a database"),
        Store::open(&fresh.url).await.expect("the same"),
    );
    let listening = tokio::spawn({
        let here = here.clone();
        async move { here.listen().await }
    });
    let heard = here.wake();
    // The first ring says that it listens.
    heard.notified().await;
    let effect = signoff::domain::effect::Effect::now(
        super::noon(),
        signoff::domain::effect::Task::Digest {
            on: super::noon().date_naive(),
        },
    );
    let put: Result<(), StoreError> = there
        .write(move |conn| Box::pin(async move { outbox::enqueue(conn, &[effect], super::noon()).await }))
        .await;
    put.expect("it is in the outbox");
    tokio::time::timeout(Duration::from_secs(10), heard.notified())
        .await
        .expect("heard");
    listening.abort();
}

#[tokio::test]
async fn r19_the_servers_clock_is_read() {
    let Some(fresh) = on_postgres().await else { return };
    let store = Store::open(&fresh.url).await.expect("a database");
    let server = store.clock().await.expect("an answer").expect("a clock");
    let ours = signoff::clock::Clock::System.now();
    assert!((server - ours).num_seconds().abs() < 30, "{server} {ours}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_is_found_again() {
    let Some(mut server) = Server::start() else { return };
    let store = Store::open(&server.url("postgres")).await.expect("a database");
    remember(&store, "before".to_owned()).await.expect("it runs");
    tokio::task::block_in_place(|| {
        server.stop();
        server.start_again();
    });
    remember(&store, "after".to_owned())
        .await
        .expect("a connection that died unused costs nobody anything");
    tokio::task::block_in_place(|| server.stop());
    let down = remember(&store, "down".to_owned()).await.expect_err("it is down");
    assert!(
        !matches!(down, StoreError::Uncertain),
        "nothing was begun: {down}"
    );
    tokio::task::block_in_place(|| server.start_again());
    remember(&store, "again".to_owned()).await.expect("it is back");
    for key in ["before", "after", "again"] {
        assert!(known(&store, key.to_owned()).await, "{key}");
    }
    assert!(!known(&store, "down".to_owned()).await);
}

/// Whoever has the turn and stalls (a process that was stopped) must not hold up the others for ever.
#[tokio::test]
async fn a_stalled_writer_loses_its_turn() {
    let Some(fresh) = on_postgres().await else { return };
    let store = Store::open(&fresh.url).await.expect("a database");
    let mut stalled = PgConnection::connect(&fresh.url).await.expect("another process");
    // As the store's own sessions do.
    stalled
        .execute("set idle_in_transaction_session_timeout = '1s'; begin; select pg_advisory_xact_lock(x'7369676e6f6666'::bigint)")
        .await
        .expect("its turn");
    remember(&store, "next".to_owned())
        .await
        .expect("the server ended the stalled turn");
    stalled
        .execute("commit")
        .await
        .expect_err("its transaction is gone");
    assert!(known(&store, "next".to_owned()).await);
}

/// A proxy that cuts the connection at a commit: before the server has it, or before the answer.
struct Proxy {
    url: String,
    cut: Arc<AtomicU8>,
}

const BEFORE: u8 = 1;
const AFTER: u8 = 2;

impl Proxy {
    async fn start(server: &str) -> Proxy {
        let url = url::Url::parse(server).expect("an address");
        let folder = url
            .query_pairs()
            .find_map(|(name, value)| (name == "host").then(|| value.into_owned()))
            .expect("the test server listens on a Unix socket");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let cut = Arc::new(AtomicU8::new(0));
        tokio::spawn({
            let cut = cut.clone();
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let server = UnixStream::connect(format!("{folder}/.s.PGSQL.5432")).await;
                    tokio::spawn(pass(client, server.expect("the server listens"), cut.clone()));
                }
            }
        });
        let database = url.path().trim_start_matches('/');
        Proxy {
            url: format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable"),
            cut,
        }
    }
}

async fn pass(client: TcpStream, server: UnixStream, cut: Arc<AtomicU8>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
        let commits = buffer[..read].windows(7).any(|window| window == b"; commi");
        match commits.then(|| cut.swap(0, Ordering::SeqCst)) {
            Some(BEFORE) => break,
            Some(AFTER) => {
                back.abort();
                let _ = back.await;
                let _ = to_server.write_all(&buffer[..read]).await;
                // The server's side stays open for as long as the commit may take.
                let mut rest = Vec::new();
                let _ = tokio::time::timeout(Duration::from_millis(200), from_client.read_to_end(&mut rest))
                    .await;
                return;
            }
            _ => {}
        }
        if to_server.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    back.abort();
}

#[tokio::test]
async fn r29_a_commit_whose_answer_is_lost_is_asked_about() {
    let Some(fresh) = on_postgres().await else { return };
    let proxy = Proxy::start(&fresh.url).await;
    let store = Store::open(&proxy.url).await.expect("a database");
    proxy.cut.store(AFTER, Ordering::SeqCst);
    remember(&store, "answer lost".to_owned())
        .await
        .expect("it was committed");
    proxy.cut.store(BEFORE, Ordering::SeqCst);
    let lost = remember(&store, "never arrived".to_owned())
        .await
        .expect_err("it was not committed");
    assert!(!matches!(lost, StoreError::Uncertain), "{lost}");
    assert!(known(&store, "answer lost".to_owned()).await);
    assert!(!known(&store, "never arrived".to_owned()).await);
}
