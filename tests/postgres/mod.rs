//! A PostgreSQL server of the tests' own: started with the first test that wants one, from whatever is
//! installed, without a network; gone with the process, however that ends.
//!
//! Without PostgreSQL a test is skipped and says so; with `TEST_POSTGRES=required` it fails instead.
//! `TEST_POSTGRES_URL` names a running server (and a user who may create databases) to be used instead.

#![allow(dead_code, reason = "shared by several test binaries")]

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The address of a new, empty database. `None` when there is no PostgreSQL and none is required.
pub(crate) async fn database() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => url,
        Err(_) => server()?.url("postgres"),
    };
    let name = format!(
        "test_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let mut conn = PgConnection::connect(&server).await.expect("the server answers");
    sqlx::raw_sql(AssertSqlSafe(format!("create database {name}")))
        .execute(&mut conn)
        .await
        .expect("a database can be created");
    let mut url = url::Url::parse(&server).expect("the server's address");
    url.set_path(&name);
    Some(url.into())
}

/// The server of this process.
fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref()
}

/// A cluster in a temporary folder, behind a Unix socket in the same folder.
pub(crate) struct Server {
    folder: PathBuf,
    bin: PathBuf,
    /// The shell that minds the server reads from this; when the process ends, it reads the end of it.
    alive: ChildStdin,
}

impl Server {
    /// Starts one.
    pub(crate) fn start() -> Option<Server> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Some(bin) = binaries() else {
            let required = std::env::var("TEST_POSTGRES").is_ok_and(|value| value == "required");
            assert!(
                !required,
                "TEST_POSTGRES=required, and no PostgreSQL is installed (apt-get install postgresql)"
            );
            eprintln!("SKIPPED on PostgreSQL, which is not installed: apt-get install postgresql");
            return None;
        };
        // In the system's folder for such things, where the server's user may go.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("signoff-postgres-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).expect("a folder for the server");
        let mut server = Server {
            alive: mind(&bin, &folder),
            bin,
            folder,
        };
        server.ready();
        Some(server)
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres:///{database}?host={}&user=postgres",
            self.folder.display()
        )
    }

    /// Starts a stopped server again.
    pub(crate) fn start_again(&mut self) {
        self.alive = mind(&self.bin, &self.folder);
        self.ready();
    }

    /// One of PostgreSQL's programs, as its user.
    pub(crate) fn program(&self, name: &str) -> Command {
        Command::new(self.bin.join(name))
    }

    /// Stops it at once: every connection is cut.
    pub(crate) fn stop(&mut self) {
        use std::io::Write;
        let ready = self.folder.join("ready");
        self.alive.write_all(b"\n").expect("the server's shell listens");
        wait_until("the server stops", || !ready.exists());
    }

    fn ready(&mut self) {
        let (ready, failed) = (self.folder.join("ready"), self.folder.join("failed"));
        wait_until("the server starts", || ready.exists() || failed.exists());
        if failed.exists() {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            panic!("the server did not start:\n{log}");
        }
    }
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "waited in vain until {what}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Makes the cluster if there is none, runs the server until a line or the end of its input, and then stops
/// it; at the end of the input it also removes the folder.
const MIND: &str = r#"
bin=$1 folder=$2 server=
give_up() { : >"$folder/failed"; exit 1; }
[ -d "$folder/data" ] || "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    >"$folder/log" 2>&1 || give_up
"$bin/postgres" -D "$folder/data" -k "$folder" -h '' -F -c max_connections=200 -c shared_buffers=16MB -c jit=off \
    -c wal_level=minimal -c max_wal_senders=0 >>"$folder/log" 2>&1 </dev/null &
server=$!
until "$bin/pg_isready" -q -h "$folder"; do kill -0 $server 2>/dev/null || give_up; sleep 0.02; done
: >"$folder/ready"
trap : INT TERM HUP
read -r line; more=$?
kill -INT $server; wait $server
rm -f "$folder/ready"
[ $more -eq 0 ] || { cd /; rm -rf "$folder"; }
"#;

#[expect(
    clippy::zombie_processes,
    reason = "the shell outlives this process, to clean up after it"
)]
fn mind(bin: &Path, folder: &Path) -> ChildStdin {
    let mut shell = Command::new("sh");
    // PostgreSQL refuses to run as root.
    if std::fs::metadata(folder).expect("the folder").uid() == 0 || running_as_root() {
        let (user, group) = unprivileged().expect("a user named postgres or nobody");
        chown(folder, Some(user), Some(group)).expect("the folder can be given away");
        shell.uid(user).gid(group);
    }
    let mut child = shell
        .args(["-c", MIND, "postgres-for-tests"])
        .args([bin, folder])
        .current_dir(folder)
        // The terminal's Ctrl-C is for the tests; the shell sees their end.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh runs");
    child.stdin.take().expect("a pipe")
}

fn running_as_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn unprivileged() -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let mut fields = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?
            .split(':')
            .skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

/// The folder of the newest PostgreSQL that has all that is needed.
fn binaries() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    // Distributions link only some of its programs into the path.
    let linked = std::env::split_paths(&on_path).filter_map(|folder| {
        folder
            .join("initdb")
            .canonicalize()
            .ok()?
            .parent()
            .map(Path::to_path_buf)
    });
    let mut packaged: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    packaged.sort();
    let packaged = packaged.into_iter().rev().map(|(_, folder)| folder);
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|program| folder.join(program).exists())
    };
    linked.chain(packaged).find(complete)
}
