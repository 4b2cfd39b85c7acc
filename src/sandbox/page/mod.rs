//! The sandbox's page: the local workspace in a browser, with a clock that can be moved.
//!
//! Rendered here, with one small script that swaps what changed. Whatever somebody does in it goes through
//! the workspace's people ([`Actor`](super::workspace::Actor)) and so, signed, to the bot: the page knows
//! nothing of Signoff but its name, its shortcuts, and the policy it shows.
//!
//! In reading order: `place` (what the address says), `chrome` (the frame), `conversation`, `blocks`,
//! `controls`, `mrkdwn`, `modal`; `acts` (what a person does); `wire`, `policy`; `guard` (who may ask).

mod acts;
mod blocks;
mod chrome;
mod controls;
mod conversation;
mod guard;
mod modal;
mod mrkdwn;
mod place;
mod policy;
mod wire;

use super::workspace::{FieldErrors, Workspace};
use super::{Options, Sandbox, SandboxError};
use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{Stream, stream};
use maud::Markup;
use place::Place;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page, and the sandbox it shows: another one after each reset.
pub struct Page {
    sandbox: RwLock<Arc<Sandbox>>,
    /// Grows with everything that open tabs should see.
    changes: watch::Sender<u64>,
    /// What the page remembers of its visitors.
    notes: Mutex<Notes>,
    /// One at a time moves the clock or starts over.
    moving: tokio::sync::Mutex<u32>,
    options: Options,
    data: PathBuf,
}

/// What Slack's client would keep in its head.
#[derive(Default)]
struct Notes {
    /// What the last act of a person came to, if it failed.
    slips: BTreeMap<String, String>,
    /// A form that the client's own checks refused, with what was typed.
    refused: BTreeMap<String, Refused>,
    /// The newest message that a person has seen of a conversation.
    seen: BTreeMap<(String, String), String>,
}

/// What was typed into a form that was not sent.
#[derive(Clone)]
struct Refused {
    view_id: String,
    values: BTreeMap<String, String>,
    errors: FieldErrors,
}

impl Page {
    /// Starts a sandbox, to be shown. `data` is the folder for its database; a reset starts over in a new
    /// one inside.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub async fn start(options: &Options, data: &Path) -> Result<Arc<Page>, SandboxError> {
        let sandbox = Sandbox::start(options, data).await?;
        let changes = watch::Sender::new(0);
        forward(&sandbox.workspace, &changes);
        Ok(Arc::new(Page {
            sandbox: RwLock::new(Arc::new(sandbox)),
            changes,
            notes: Mutex::default(),
            moving: tokio::sync::Mutex::new(0),
            options: options.clone(),
            data: data.to_owned(),
        }))
    }

    /// The sandbox that is shown now.
    pub fn sandbox(&self) -> Arc<Sandbox> {
        self.sandbox
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Serves the page until the task is dropped.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) -> std::io::Result<()> {
        let port = listener.local_addr()?.port();
        axum::serve(listener, self.router(port)).await
    }

    /// Every address of the page, for a server on this port of the loopback device.
    fn router(self: Arc<Self>, port: u16) -> Router {
        Router::new()
            .route("/", get(home))
            .route("/policy", get(show_policy))
            .route("/live", get(live))
            .route("/page.css", get(|| asset("text/css; charset=utf-8", STYLE)))
            .route(
                "/page.js",
                get(|| asset("text/javascript; charset=utf-8", SCRIPT)),
            )
            .route("/do/say", post(acts::say))
            .route("/do/message", post(acts::in_message))
            .route("/do/modal", post(acts::in_modal))
            .route("/do/home", post(acts::in_home))
            .route("/do/shortcut", post(acts::shortcut))
            .route("/do/clock", post(acts::clock))
            .route("/do/reset", post(acts::reset))
            .with_state(self)
            .layer(middleware::from_fn(to_the_end))
            .layer(middleware::from_fn(move |request, next| {
                guard::check(port, request, next)
            }))
    }

    /// Throws the sandbox away and starts another one.
    async fn start_over(&self) -> Result<(), SandboxError> {
        let mut resets = self.moving.lock().await;
        *resets += 1;
        let folder = self.data.join(format!("reset-{resets}"));
        std::fs::create_dir_all(&folder).map_err(SandboxError::Workspace)?;
        // On a thread of its own: the compiler cannot see that sqlx's futures may move between threads.
        let (options, runtime) = (self.options.clone(), Handle::current());
        let start = move || runtime.block_on(Sandbox::start(&options, &folder));
        let fresh = tokio::task::spawn_blocking(start).await;
        let fresh = Arc::new(fresh.map_err(|error| SandboxError::Workspace(error.into()))??);
        forward(&fresh.workspace, &self.changes);
        let old = std::mem::replace(
            &mut *self.sandbox.write().unwrap_or_else(PoisonError::into_inner),
            fresh,
        );
        old.halt();
        *self.notes() = Notes::default();
        self.touch();
        Ok(())
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells every open tab to look again.
    fn touch(&self) {
        self.changes.send_modify(|version| *version += 1);
    }
}

/// Lets the page's tabs know what changes in a workspace, as long as it lives.
fn forward(workspace: &Workspace, changes: &watch::Sender<u64>) {
    let (mut from, to) = (workspace.changes(), changes.clone());
    tokio::spawn(async move {
        while from.changed().await.is_ok() {
            to.send_modify(|version| *version += 1);
        }
    });
}

/// Goes through with what was asked, even if whoever asked has left the page meanwhile: a clock that stopped
/// half-way would hold back what is due.
async fn to_the_end(request: Request, next: Next) -> Response {
    let answer = tokio::spawn(next.run(request)).await;
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn home(State(page): State<Arc<Page>>, RawQuery(query): RawQuery) -> Response {
    let sandbox = page.sandbox();
    let place = Place::read(query.as_deref().unwrap_or_default(), &sandbox.workspace);
    match sandbox.moves().await {
        Ok(moves) => html(chrome::page(&page, &sandbox, &place, &moves)),
        Err(error) => failed(&SandboxError::from(error)),
    }
}

async fn show_policy(State(page): State<Arc<Page>>, RawQuery(query): RawQuery) -> Response {
    let sandbox = page.sandbox();
    let back = Place::read(query.as_deref().unwrap_or_default(), &sandbox.workspace).url();
    let rules = &sandbox.app().rules;
    let today = rules.calendar.zone().local_date(sandbox.clock.now());
    html(policy::page(rules, &sandbox.workspace, today, &back))
}

/// Says “look again” to a tab whenever something changed.
async fn live(State(page): State<Arc<Page>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = page.changes.subscribe();
    let events = stream::unfold(changes, |mut changes| async move {
        changes.changed().await.ok()?;
        let version = *changes.borrow_and_update();
        Some((Ok(Event::default().data(version.to_string())), changes))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

async fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}

fn html(markup: Markup) -> Response {
    Html(markup.into_string()).into_response()
}

fn failed(error: &SandboxError) -> Response {
    let sentence = format!("The sandbox failed: {error}\n");
    (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
}
