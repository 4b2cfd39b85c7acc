//! A prompt for the sandbox: be anybody, click anything, move the clock.

use super::workspace::{Message, render};
use super::{Sandbox, SandboxError};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// What can be typed.
pub const HELP: &str = "  U0PM /review-request press https://example.com/draft Interview about the new search
  U0DIRECTOR click approve R-1         press a button on the newest message about R-1
  U0DIRECTOR submit reason=\"…\"         fill and send the open form (block=value …)
  U0PM inbox                           everything in somebody's messages from Signoff
  channel                              what is in #marketing
  +1h  +1d  next  2026-12-08T08:00:00Z move the clock; whatever falls due happens on the way
  people  help  quit";

/// The state of a session at the prompt.
pub struct Console {
    sandbox: Arc<Sandbox>,
    seen: BTreeMap<(String, String), usize>,
}

impl Console {
    /// A console on a running sandbox.
    pub fn new(sandbox: Arc<Sandbox>) -> Self {
        Console {
            sandbox,
            seen: BTreeMap::new(),
        }
    }

    /// From now on on this sandbox: the page may have started over.
    pub fn follow(&mut self, sandbox: Arc<Sandbox>) {
        if !Arc::ptr_eq(&self.sandbox, &sandbox) {
            *self = Console::new(sandbox);
        }
    }

    /// Obeys one line. `false` when the person wants to leave.
    ///
    /// # Errors
    /// When the bot itself fails; what a person does wrong is answered in words.
    pub async fn obey(&mut self, line: &str, out: &mut (impl Write + Send)) -> Result<bool, SandboxError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let said = match words.as_slice() {
            [] => String::new(),
            ["quit" | "exit"] => return Ok(false),
            ["help"] => HELP.to_owned(),
            ["people"] => self.people(),
            ["channel"] => show_all(&self.sandbox.workspace.channel("C0MARKETING").messages()),
            [who, "inbox"] => show_all(&self.sandbox.workspace.user(who).inbox()),
            ["next"] => match self.sandbox.advance_to_next().await? {
                Some(_) => self.now(),
                None => "Nothing is due.".to_owned(),
            },
            [who, "/review-request", rest @ ..] => self.command(who, &rest.join(" ")).await,
            [who, "click", action, id] => self.click(who, action, id).await,
            [who, "submit", ..] => self.submit(who, line).await,
            [when] => match self.instant(when) {
                Some(to) => {
                    self.sandbox.advance_to(to).await?;
                    self.now()
                }
                None => format!("Try one of these:\n{HELP}"),
            },
            _ => format!("Try one of these:\n{HELP}"),
        };
        self.sandbox.settle().await?;
        let news = self.news();
        // Nobody is left to read it when the terminal is gone.
        let _ = writeln!(out, "{said}{}{news}", if said.is_empty() { "" } else { "\n" });
        Ok(true)
    }

    fn now(&self) -> String {
        format!(
            "It is {}.",
            self.sandbox.clock.now().format("%A %Y-%m-%d %H:%M UTC")
        )
    }

    fn people(&self) -> String {
        let line = |person: &super::workspace::User| {
            format!(
                "  {}  {} ({:?}, {})",
                person.id, person.real_name, person.kind, person.tz
            )
        };
        self.sandbox
            .workspace
            .people()
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    async fn command(&self, who: &str, text: &str) -> String {
        match self
            .sandbox
            .workspace
            .user(who)
            .command("/review-request", text, "C0GENERAL")
            .await
        {
            // What they alone see comes with the news below.
            Ok(_) => self.form(who),
            Err(error) => format!("{error:?}"),
        }
    }

    /// The form that is open for somebody.
    fn form(&self, who: &str) -> String {
        self.sandbox
            .workspace
            .user(who)
            .modal()
            .map(|view| render::view(&view))
            .unwrap_or_default()
    }

    async fn click(&self, who: &str, action: &str, id: &str) -> String {
        let actor = self.sandbox.workspace.user(who);
        let about = |message: &&Message| message.text().contains(id) && message.has_button(action);
        let inbox = actor.inbox();
        let Some(message) = inbox.iter().rev().find(about) else {
            return format!("{who} has no message about {id} with a button {action}.");
        };
        match actor.click(message, action).await {
            Ok(_) => self.form(who),
            Err(error) => format!("{error:?}"),
        }
    }

    async fn submit(&self, who: &str, line: &str) -> String {
        let values = pairs(line);
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(block, value)| (block.as_str(), value.as_str()))
            .collect();
        let actor = self.sandbox.workspace.user(who);
        match actor.submit(&values).await {
            Ok(_) => self.form(who),
            Err(error) => format!("{error:?}"),
        }
    }

    /// `+90m`, `+2h`, `+1d`, or an instant.
    fn instant(&self, typed: &str) -> Option<DateTime<Utc>> {
        if let Ok(at) = DateTime::parse_from_rfc3339(typed) {
            return Some(at.to_utc());
        }
        let step = typed.strip_prefix('+')?;
        let (number, unit) = step.split_at_checked(step.len().checked_sub(1)?)?;
        let number: i64 = number
            .parse()
            .ok()
            .filter(|number| (0..10_000).contains(number))?;
        let by = match unit {
            "m" => TimeDelta::minutes(number),
            "h" => TimeDelta::hours(number),
            "d" => TimeDelta::days(number),
            _ => return None,
        };
        Some(self.sandbox.clock.now() + by)
    }

    /// What anybody got, or saw change, since the last line.
    fn news(&mut self) -> String {
        let workspace = &self.sandbox.workspace;
        let mut news = String::new();
        for person in workspace.people() {
            let actor = workspace.user(&person.id);
            for message in actor.inbox().into_iter().chain(actor.ephemerals()) {
                if self.seen.insert(
                    (message.channel.clone(), message.ts.clone()),
                    message.versions.len(),
                ) != Some(message.versions.len())
                {
                    news.push_str(&format!(
                        "\n{} reads:\n{}\n",
                        person.id,
                        render::message(&message)
                    ));
                }
            }
        }
        news
    }
}

fn show_all(messages: &[Message]) -> String {
    messages
        .iter()
        .map(render::message)
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// `block=value block="value with spaces"`.
fn pairs(line: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('=') {
        let block = before.split_whitespace().last().unwrap_or_default().to_owned();
        let (value, tail) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        pairs.push((block, value.to_owned()));
        rest = tail;
    }
    pairs
}
