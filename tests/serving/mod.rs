//! The real binary, driven from outside: a child process that knows nothing but its environment and a
//! configuration file, and a local workspace that stands for Slack.

#![allow(
    dead_code,
    reason = "shared by two test binaries, neither of which needs all of it"
)]

use signoff::clock::Clock;
use signoff::sandbox::CONFIG;
use signoff::sandbox::workspace::{Message, Workspace};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// Nothing here takes longer, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A workspace, a folder for the database, and the environment of a `signoff` that belongs to both.
pub(crate) struct Stage {
    pub(crate) ws: Workspace,
    pub(crate) data: tempfile::TempDir,
    pub(crate) port: u16,
    api_url: String,
    socket: bool,
    /// Another database than the file in the folder.
    pub(crate) database: Option<String>,
}

impl Stage {
    pub(crate) async fn new(socket: bool) -> Stage {
        signoff::slack::install_tls();
        let builder = Workspace::builder()
            .with_cast()
            .now(Arc::new(|| Clock::System.now()));
        let ws = if socket {
            builder.socket_mode().build()
        } else {
            builder.build()
        };
        let api_url = ws.spawn().await.expect("the workspace listens");
        let stage = Stage {
            ws,
            data: tempfile::tempdir().expect("a temporary folder"),
            port: free_port(),
            api_url,
            socket,
            database: None,
        };
        if !socket {
            stage.ws.set_bot_url(&stage.url("/slack/events"));
        }
        stage.write(
            "signoff.toml",
            &format!("{CONFIG}\n[http]\nlisten = \"127.0.0.1:{}\"\n", stage.port),
        );
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder can be written to");
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// `signoff` with this workspace's environment and nothing else of ours.
    pub(crate) fn signoff(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
        let file = || format!("sqlite://{}", self.path("signoff.db").display());
        let database = self.database.clone().unwrap_or_else(file);
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", database)
            .env("SLACK_BOT_TOKEN", self.ws.bot_token())
            .env("SLACK_SIGNING_SECRET", self.ws.signing_secret())
            .env("SLACK_API_URL", &self.api_url)
            .env("SIGNOFF_CONFIG", self.path("signoff.toml"))
            .stdin(Stdio::null());
        if self.socket {
            command.env("SLACK_APP_TOKEN", self.ws.app_token());
        }
        command
    }

    /// Runs a subcommand to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        let command = self.signoff(arguments);
        self.run_command(command).await
    }

    pub(crate) async fn run_command(&self, mut command: Command) -> Ended {
        // The workspace must go on answering while the child runs.
        let ended = tokio::task::spawn_blocking(move || command.output());
        Ended::of(ended.await.expect("no panic").expect("the binary runs"))
    }

    /// Starts `serve` and waits until it says that it is running.
    pub(crate) async fn serve(&self) -> Served {
        self.serve_with("info").await
    }

    pub(crate) async fn serve_with(&self, log: &str) -> Served {
        let mut command = self.signoff(&["serve"]);
        command.env("RUST_LOG", log);
        self.serve_command(command).await
    }

    /// Starts a `serve` that was made ready by hand.
    pub(crate) async fn serve_command(&self, command: Command) -> Served {
        let mut served = Served::spawn(command);
        served.says("signoff is running").await;
        if self.socket {
            let connected = |ws: &Workspace| (ws.socket().connections() > 0).then_some(());
            self.ws.until(PATIENCE, connected).await.expect("a connection");
        }
        served
    }

    pub(crate) async fn until<T>(&self, what: &str, found: impl FnMut(&Workspace) -> Option<T>) -> T {
        let found = self.ws.until(PATIENCE, found).await;
        found.unwrap_or_else(|| panic!("waited in vain for {what}"))
    }

    /// Waits for somebody's card with a button.
    pub(crate) async fn card(&self, who: &str, id: &str, action: &str) -> Message {
        let found = |ws: &Workspace| {
            let inbox = ws.user(who).inbox().into_iter();
            inbox
                .rev()
                .find(|message| message.text().contains(id) && message.has_button(action))
        };
        self.until(&format!("{who}'s card of {id} with {action}"), found)
            .await
    }

    /// Types a command. What is answered at once.
    pub(crate) async fn types(&self, who: &str, text: &str) -> String {
        let ack = self
            .ws
            .user(who)
            .command("/review-request", text, "C0GENERAL")
            .await
            .expect("an ack");
        assert_eq!(ack.failure(), None, "{text}");
        ack.text()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(self.url(path)).await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }
}

/// How a subcommand ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    fn of(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A `signoff serve` that runs, and everything it logged.
pub(crate) struct Served {
    child: Child,
    log: Arc<Mutex<String>>,
    more: watch::Receiver<usize>,
}

impl Served {
    fn spawn(mut command: Command) -> Served {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stderr = child.stderr.take().expect("it is piped");
        let log: Arc<Mutex<String>> = Arc::default();
        let (said, more) = watch::channel(0);
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut kept = kept.lock().expect("not poisoned");
                kept.push_str(&line);
                kept.push('\n');
                drop(kept);
                said.send_modify(|lines| *lines += 1);
            }
        });
        Served { child, log, more }
    }

    /// Everything logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("not poisoned").clone()
    }

    /// Waits until something is logged.
    pub(crate) async fn says(&mut self, what: &str) {
        let log = self.log.clone();
        let found = |_: &usize| log.lock().expect("not poisoned").contains(what);
        let waited = tokio::time::timeout(PATIENCE, self.more.wait_for(found)).await;
        assert!(
            matches!(waited, Ok(Ok(_))),
            "never said {what:?}: {}",
            log.lock().expect("not poisoned")
        );
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([signal, &id])
            .status()
            .expect("kill runs");
        assert!(sent.success(), "kill {signal} {id}");
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) async fn stop(self) -> (ExitStatus, String) {
        self.signal("-TERM");
        self.end().await
    }

    /// Sends SIGKILL.
    pub(crate) async fn kill(self) -> (ExitStatus, String) {
        self.signal("-KILL");
        self.end().await
    }

    async fn end(mut self) -> (ExitStatus, String) {
        let log = self.log.clone();
        let mut child = std::mem::replace(&mut self.child, gone());
        let ended = tokio::task::spawn_blocking(move || child.wait());
        let ended = tokio::time::timeout(PATIENCE, ended)
            .await
            .expect("it ends in time");
        // The reader's end of the log: the sender goes when the pipe closes.
        let _ = self.more.wait_for(|_| false).await;
        let log = log.lock().expect("not poisoned").clone();
        (ended.expect("no panic").expect("it ended"), log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A child that has ended already, to leave in place of one that was taken.
fn gone() -> Child {
    Command::new("true").spawn().expect("true runs")
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}
