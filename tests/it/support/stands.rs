//! How things stand: what `show` says, what is kept, what went over the wire.

use super::Test;
use chrono::{DateTime, Utc};
use signoff::domain::ids::RequestId;
use signoff::domain::request::Request;
use signoff::sandbox::workspace::{Ack, RawAnswer, Workspace};
use std::time::Duration;

impl Test {
    /// What `show` says: gate and lanes by their names in the contract.
    pub(crate) async fn show(&self, id: &str) -> String {
        self.command("U0ADMIN", &format!("show {id}")).await.text()
    }

    /// `blocked` or `clear`, as `show` says.
    pub(crate) async fn gate(&self, id: &str) -> String {
        in_backticks(&self.show(id).await, "gate ")
    }

    /// `pending`, `approved`, `changes requested` or `lapsed`, as `show` says.
    pub(crate) async fn lane(&self, id: &str, lane: &str) -> String {
        in_backticks(&self.show(id).await, &format!("`{lane}`: "))
    }

    /// Gate and lanes at once: `blocked director=pending marketing=approved`.
    pub(crate) async fn stands(&self, id: &str) -> String {
        let show = self.show(id).await;
        let mut stands = in_backticks(&show, "gate ");
        for line in show.lines().filter(|line| line.starts_with('`')) {
            let lane = in_backticks(line, "");
            let state = in_backticks(line, &format!("`{lane}`: "));
            stands.push_str(&format!(" {lane}={state}"));
        }
        stands
    }

    /// The request as it is kept.
    pub(crate) async fn request(&self, id: &str) -> Request {
        let request_id: RequestId = id.parse().unwrap_or_else(|_| panic!("{id} is no id"));
        let found = self
            .sandbox()
            .app()
            .request(request_id)
            .await
            .expect("the database answers");
        found.unwrap_or_else(|| panic!("there is no {id}"))
    }

    /// When a lane lapses; `None` while its clock does not run.
    pub(crate) async fn deadline(&self, id: &str, lane: &str) -> Option<DateTime<Utc>> {
        let request = self.request(id).await;
        let found = request.lanes.iter().find(|found| found.key.as_str() == lane);
        found
            .unwrap_or_else(|| panic!("{id} has no lane {lane}"))
            .deadline()
    }

    /// Who was asked in a lane, in the order in which it was kept.
    pub(crate) async fn asked(&self, id: &str, lane: &str) -> Vec<String> {
        let request = self.request(id).await;
        let found = request.lanes.iter().find(|found| found.key.as_str() == lane);
        let found = found.unwrap_or_else(|| panic!("{id} has no lane {lane}"));
        found
            .asked
            .iter()
            .map(|asked| asked.user.as_str().to_owned())
            .collect()
    }

    /// Topic and state of what an operator must look at.
    pub(crate) async fn stuck(&self) -> Vec<String> {
        let stuck = self.sandbox().app().stuck().await.expect("the database answers");
        stuck
            .iter()
            .map(|row| format!("{} {}", row.state, row.topic))
            .collect()
    }

    /// Damages the timers of a request, as a disk might.
    pub(crate) async fn spoil_timers(&self, id: &str) {
        use signoff::store::{Conn, StoreError};
        let number: i64 = id.trim_start_matches("R-").parse().expect("a number");
        let sql = "update outbox set task = '{' where request_id = $1 and is_timer = true";
        let spoiled: Result<u64, StoreError> = self
            .sandbox()
            .app()
            .store
            .write(move |conn| {
                Box::pin(async move {
                    Ok(match conn {
                        Conn::Sqlite(conn) => {
                            let update = sqlx::query(sql).bind(number).execute(conn.direct().await?);
                            update.await?.rows_affected()
                        }
                        Conn::Postgres(conn) => {
                            let update = sqlx::query(sql).bind(number).execute(conn.direct().await?);
                            update.await?.rows_affected()
                        }
                    })
                })
            })
            .await;
        assert!(spoiled.expect("the database answers") > 0, "{id} has timers");
    }

    /// This story ends with something for an operator, and has looked at it.
    pub(crate) fn stuck_is_fine(&mut self) {
        self.stuck_is_fine = true;
    }

    /// Waits in real time for something that comes after an ack.
    pub(crate) async fn until<T>(&self, what: &str, found: impl FnMut(&Workspace) -> Option<T>) -> T {
        let found = self.ws.until(Duration::from_secs(10), found).await;
        found.unwrap_or_else(|| panic!("waited in vain for {what}"))
    }

    /// Sends a delivery again, as Slack does when it is unsure. What the bot answers.
    pub(crate) async fn again(&self, ack: &Ack) -> RawAnswer {
        let answer = self.ws.send(&ack.delivery, Some((1, "http_timeout"))).await;
        let answer = answer.expect("the bot answers");
        self.settle().await;
        answer
    }

    /// How many messages the bot posted so far, by the calls that Slack took.
    pub(crate) fn posted(&self) -> usize {
        self.ws
            .calls("chat.postMessage")
            .iter()
            .filter(|call| call.response["ok"] == true)
            .count()
    }
}

fn in_backticks(text: &str, before: &str) -> String {
    let rest = text.split_once(&format!("{before}`")).map(|(_, rest)| rest);
    let found = rest
        .and_then(|rest| rest.split_once('`'))
        .map(|(inside, _)| inside);
    found
        .unwrap_or_else(|| panic!("no `…` after {before:?} in: {text}"))
        .to_owned()
}
