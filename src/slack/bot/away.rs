//! `/review-request away …` and `back` (R6), and a reminder that is put off (R22).

use super::{Bot, LOOKUPS_WITHIN, Person, Refused};
use crate::app::HandleError;
use crate::domain::away;
use crate::domain::command::Rejection;
use crate::domain::ids::UserId;
use crate::slack::dispatch::Reply;
use crate::store::StoreError;
use crate::view::{self, Message};
use chrono::NaiveDate;
use tokio::time::timeout;

impl Bot {
    pub(super) async fn away(
        &self,
        back_on: NaiveDate,
        delegate: Option<UserId>,
        person: &Person,
        key: Option<String>,
    ) -> Reply {
        let said = self.go_away(back_on, delegate, person, key).await;
        Reply::Message(said.unwrap_or_else(|refused| self.refusal_message(&refused)))
    }

    async fn go_away(
        &self,
        back_on: NaiveDate,
        delegate: Option<UserId>,
        person: &Person,
        key: Option<String>,
    ) -> Result<Message, Refused> {
        let absences = self.app.absences().await?;
        let people: Vec<UserId> = std::iter::once(&person.user).chain(&delegate).cloned().collect();
        let several = self.directory.several(&people, &absences);
        let facts = timeout(LOOKUPS_WITHIN, several).await.unwrap_or_default();
        let (rules, now) = (&self.app.rules, self.app.clock.now());
        let absence = away::go_away(rules, &person.user, back_on, delegate.as_ref(), &facts, now)
            .map_err(|rejection| Refused::Rejected(rejection, None))?;
        let waiting = self.app.go_away(key, absence.clone()).await?;
        Ok(view::went_away(&absence, &waiting))
    }

    /// Later today where there is enough of it left, else with the next morning's reminder.
    pub(super) async fn snooze(
        &self,
        later: bool,
        person: &Person,
        key: Option<String>,
    ) -> Result<Message, Refused> {
        let user = &person.user;
        let known = timeout(LOOKUPS_WITHIN, self.directory.person(user)).await;
        let Ok(Ok(known)) = known else {
            return Err(Refused::Rejected(Rejection::CannotVerify, None));
        };
        let (rules, now) = (&self.app.rules, self.app.clock.now());
        let calendar = rules.person_calendar(user, known.zone.as_ref());
        let again = later.then(|| rules.later_today(&calendar, now)).flatten();
        self.app.snooze(key, user.clone(), again).await?;
        let next = again.or_else(|| rules.first_reminder(&calendar, now));
        let waiting = self.app.all_waiting(user).await?;
        Ok(view::snoozed(next.map(|slot| slot.due_at), &waiting))
    }

    pub(super) async fn back(&self, person: &Person, key: Option<String>) -> Reply {
        let user = &person.user;
        let status = timeout(LOOKUPS_WITHIN, self.directory.person(user)).await;
        let status = matches!(status, Ok(Ok(person)) if person.away.is_some());
        let now = self.app.clock.now();
        match self.app.come_back(key, user.clone()).await {
            Ok((was_away, handed)) => {
                Reply::Message(view::came_back(&self.app.rules, was_away, status, &handed, now))
            }
            Err(error) => Reply::Message(self.refusal_message(&error.into())),
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        HandleError::Store(error).into()
    }
}
