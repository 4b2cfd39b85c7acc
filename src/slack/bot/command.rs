//! `/review-request …`

use super::{Bot, LOOKUPS_WITHIN, Person, Refused};
use crate::domain::command::{Command, Rejection};
use crate::domain::event::Event;
use crate::domain::filing::Draft;
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::request::Request;
use crate::domain::reviewers;
use crate::domain::words::{self, Mistake, Words, Wrong};
use crate::slack::dispatch::Reply;
use crate::slack::inbound::SlashCommand;
use crate::store::StoreError;
use crate::view::{self, Message};
use chrono::{DateTime, Utc};
use tokio::time::timeout;

impl Bot {
    pub(super) async fn on_command(&self, command: SlashCommand, key: Option<String>) -> Reply {
        let caller = Caller {
            person: Person::who_typed(&command),
            trigger_id: command.trigger_id,
        };
        match words::parse(&self.app.rules, &command.text) {
            Ok(words) => self.obey(words, &caller, key).await,
            Err(mistake) => self.correct(mistake, &caller),
        }
    }

    async fn obey(&self, words: Words, caller: &Caller, key: Option<String>) -> Reply {
        let person = &caller.person;
        let answer = match words {
            Words::Form => return self.open_form(caller).await,
            Words::File(draft) => return self.file(draft, caller, key).await,
            Words::Help => Ok(view::help()),
            Words::Mine => self.mine(&person.user).await,
            Words::Waiting => self.waiting(&person.user).await,
            Words::Nudge(id) => return self.change(key, person, id, Command::Nudge).await,
            Words::Raise(id) => return self.change(key, person, id, Command::RaiseWideImpact).await,
            Words::Lower(id, reason) => {
                return self
                    .change(key, person, id, Command::LowerWideImpact { reason })
                    .await;
            }
            Words::Reassign(id, lane, to, reason) => {
                let command = Command::Reassign { lane, to, reason };
                return self.change(key, person, id, command).await;
            }
            Words::Away(back_on, delegate) => return self.away(back_on, delegate, person, key).await,
            Words::Back => return self.back(person, key).await,
            Words::Show(id) => {
                return self
                    .look_up(id, async |request: &Request, now| {
                        let theirs = self.lanes_of(&person.user, request).await;
                        view::show_to(&self.app.rules, request, &theirs, now)
                    })
                    .await;
            }
            Words::Why(id) => {
                let why = async |request: &Request, now| view::why(&self.app.rules, request, now);
                return self.look_up(id, why).await;
            }
            Words::Withdraw(id, reason) => {
                return self.change(key, person, id, Command::Withdraw { reason }).await;
            }
            Words::Published(id, link) => {
                return self.change(key, person, id, Command::Publish { link }).await;
            }
            Words::Resubmit(id, what_changed) => {
                let command = Command::Resubmit {
                    what_changed,
                    ask_everyone: false,
                };
                return self.change(key, person, id, command).await;
            }
        };
        Reply::Message(answer.unwrap_or_else(|error| {
            tracing::error!(%error, "a list could not be read");
            Message::sentence(&view::failed())
        }))
    }

    async fn open_form(&self, caller: &Caller) -> Reply {
        let form = view::request_form(&self.app.rules, &caller.person.user, &Draft::default(), None, "");
        match self.open(caller.trigger_id.as_deref(), form).await {
            Ok(()) => Reply::Empty,
            Err(_) => Reply::Message(view::form_did_not_open()),
        }
    }

    async fn file(&self, draft: Box<Draft>, caller: &Caller, key: Option<String>) -> Reply {
        match self
            .handle("command", key, &caller.person, None, Command::File(draft.clone()))
            .await
        {
            Ok((request, _)) => Reply::Message(view::filed(&self.app.rules, &request, self.app.clock.now())),
            Err(Refused::Rejected(Rejection::Invalid(errors), _)) => {
                let sentence = view::field_errors(&self.app.rules, &errors);
                self.reopen(draft, &sentence, caller);
                Reply::Message(view::mistake(sentence))
            }
            Err(refused) => Reply::Message(self.refusal_message(&refused)),
        }
    }

    /// One sentence; and where a request was meant, the right words and the form with all that was typed.
    fn correct(&self, mistake: Mistake, caller: &Caller) -> Reply {
        let sentence = view::wrong(&self.app.rules, &mistake.what);
        match (mistake.draft, mistake.what) {
            (Some(draft), _) => self.reopen(draft, &sentence, caller),
            (None, Wrong::UnknownWord(_)) => {}
            // Of a command about a request that exists, nothing was to be filed.
            (None, _) => return Reply::Message(Message::sentence(&sentence)),
        }
        Reply::Message(view::mistake(sentence))
    }

    /// Beside the ack, which has the sentence already: a form that does not open costs nothing.
    fn reopen(&self, draft: Box<Draft>, sentence: &str, caller: &Caller) {
        let form = view::request_form(&self.app.rules, &caller.person.user, &draft, Some(sentence), "");
        let (bot, trigger_id, busy) = (self.clone(), caller.trigger_id.clone(), self.app.busy.enter());
        tokio::spawn(async move {
            let _busy = busy;
            bot.open(trigger_id.as_deref(), form).await
        });
    }

    async fn mine(&self, user: &UserId) -> Result<Message, StoreError> {
        let page = self.app.mine(user).await?;
        Ok(view::mine(
            &self.app.rules,
            &page.items,
            page.more,
            self.app.clock.now(),
        ))
    }

    async fn waiting(&self, user: &UserId) -> Result<Message, StoreError> {
        let page = self.app.waiting(user).await?;
        Ok(view::waiting(
            &self.app.rules,
            user,
            &page.items,
            page.more,
            self.app.clock.now(),
        ))
    }

    /// Where this person may answer. Nothing is looked up about whoever cannot: the requester, when all is answered.
    async fn lanes_of(&self, user: &UserId, request: &Request) -> Vec<LaneKey> {
        if &request.requester == user || request.pending().next().is_none() || !request.is_open() {
            return Vec::new();
        }
        let about = self.directory.about(&self.app.rules, request, user);
        let facts = timeout(LOOKUPS_WITHIN, about).await.unwrap_or_default();
        reviewers::may_answer(&self.app.rules, request, user, &facts)
    }

    async fn look_up(
        &self,
        request_id: RequestId,
        show: impl AsyncFnOnce(&Request, DateTime<Utc>) -> Message,
    ) -> Reply {
        match self.app.request(request_id).await {
            Ok(Some(request)) => Reply::Message(show(&request, self.app.clock.now()).await),
            Ok(None) => {
                let rejection = Rejection::NotFound(request_id);
                Reply::Message(Message::sentence(&view::rejected(
                    &self.app.rules,
                    None,
                    &rejection,
                )))
            }
            Err(error) => {
                tracing::error!(%error, "a request could not be read");
                Reply::Message(Message::sentence(&view::failed()))
            }
        }
    }

    async fn change(
        &self,
        key: Option<String>,
        person: &Person,
        request_id: RequestId,
        command: Command,
    ) -> Reply {
        match self
            .handle("command", key, person, Some(request_id), command)
            .await
        {
            Ok((request, events)) => Reply::Message(self.done(&request, &events)),
            Err(refused) => Reply::Message(self.refusal_message(&refused)),
        }
    }

    /// What to say after a change; for one that came twice, how things stand.
    pub(super) fn done(&self, request: &Request, events: &[Event]) -> Message {
        let now = self.app.clock.now();
        match events.first() {
            Some(event) => view::done(&self.app.rules, request, event, now),
            None => view::show(&self.app.rules, request, now),
        }
    }
}

/// Who typed a command, and the trigger that can open a form for them.
struct Caller {
    person: Person,
    trigger_id: Option<String>,
}
