//! Clicks on buttons. The ack is empty; what there is to say comes after it.

use super::{Bot, Person, Refused};
use crate::domain::command::{Command, LaneRef, Rejection, Unfit};
use crate::domain::filing::Draft;
use crate::domain::home::Turned;
use crate::domain::ids::RequestId;
use crate::domain::request::Request;
use crate::domain::reviewers;
use crate::slack::dispatch::Reply;
use crate::slack::inbound::BlockAction;
use crate::view::{self, Message, ReasonFor, Target};
use slack_morphism::prelude::*;

impl Bot {
    pub(super) async fn on_action(&self, action: BlockAction, key: Option<String>) -> Reply {
        let person = Person::who_clicked(&action);
        match action.action_id.as_str() {
            view::action::NEW_REQUEST => {
                let form = view::request_form(&self.app.rules, &person.user, &Draft::default(), None, "");
                self.open_or_tell(action.trigger_id.as_deref(), form, &person)
                    .await;
                return Reply::Empty;
            }
            view::action::HOME_BACK | view::action::HOME_ON => {
                return self.turn_home(person, action.value.unwrap_or_default()).await;
            }
            view::action::SNOOZE => {
                let later = action.value.as_deref() == Some(view::reminder::LATER);
                let said = self.snooze(later, &person, key).await;
                self.tell(
                    person,
                    said.unwrap_or_else(|refused| self.refusal_message(&refused)),
                );
                return Reply::Empty;
            }
            _ => {}
        }
        let Some(click) = Click::read(&action.action_id, action.value.as_deref()) else {
            // A link, or a button of an older version: there is nothing to do, but they must hear it.
            if action.value.is_some() {
                self.tell(person, Message::sentence(&view::unknown_button()));
            }
            return Reply::Empty;
        };
        if let Err(refused) = self
            .click(click, &person, action.trigger_id.as_deref(), key)
            .await
        {
            self.tell(person, self.refusal_message(&refused));
        }
        Reply::Empty
    }

    async fn click(
        &self,
        click: Click,
        person: &Person,
        trigger_id: Option<&str>,
        key: Option<String>,
    ) -> Result<(), Refused> {
        let id = click.target.request_id;
        match click.what {
            What::Command(command) => {
                let (request, events) = self.handle("button", key, person, Some(id), command).await?;
                // In the App Home it shows at once what has changed.
                if person.trigger_id.is_none() {
                    self.tell(person.clone(), self.done(&request, &events));
                }
                Ok(())
            }
            What::Why => {
                let request = self.found(id).await?;
                self.tell(
                    person.clone(),
                    view::why(&self.app.rules, &request, self.app.clock.now()),
                );
                Ok(())
            }
            What::Ask(reason_for, probe) => {
                let request = self.refusal(person, id, probe).await?;
                let form = view::reason_form(&self.app.rules, &request, &click.target, reason_for);
                self.open_or_tell(trigger_id, form, person).await;
                Ok(())
            }
            What::ChangeDecision(probe) => {
                let request = self.refusal(person, id, probe).await?;
                let form = view::change_form(&self.app.rules, &request, &click.target);
                self.open_or_tell(trigger_id, form, person).await;
                Ok(())
            }
            What::NotMe(lane) => self.ask_whom(&click.target, lane, person, trigger_id).await,
            What::Edit => {
                let request = self.refusal(person, id, withdraw()).await?;
                if request.requester != person.user {
                    return Err(Refused::Rejected(
                        Rejection::OnlyRequester,
                        Some(Box::new(request)),
                    ));
                }
                self.open_or_tell(trigger_id, view::edit_form(&self.app.rules, &request), person)
                    .await;
                Ok(())
            }
        }
    }

    /// Nobody chooses somebody in vain: everything else that stands in the way is said first.
    async fn ask_whom(
        &self,
        target: &Target,
        lane: LaneRef,
        person: &Person,
        trigger_id: Option<&str>,
    ) -> Result<(), Refused> {
        let probe = Command::HandOver {
            lane: lane.clone(),
            to: person.user.clone(),
            reason: None,
        };
        let request = match self.refusal(person, target.request_id, probe).await {
            Ok(request) => request,
            Err(Refused::Rejected(Rejection::Unfit(_, Unfit::Oneself), Some(request))) => *request,
            Err(refused) => return Err(refused),
        };
        let rules = &self.app.rules;
        let mut named = reviewers::to_look_up(rules, &request, &lane.lane);
        named.retain(|user| *user != person.user && *user != request.requester);
        let form = view::hand_over_form(rules, &request, target, &named);
        self.open_or_tell(trigger_id, form, person).await;
        Ok(())
    }

    async fn open_or_tell(&self, trigger_id: Option<&str>, form: SlackView, person: &Person) {
        if self.open(trigger_id, form).await.is_err() {
            self.tell(person.clone(), view::form_did_not_open());
        }
    }

    /// A list of the App Home is turned. A value that was not ours turns nothing.
    async fn turn_home(&self, person: Person, pages: String) -> Reply {
        let Ok(turned) = pages.parse::<Turned>() else {
            return Reply::Empty;
        };
        let user = person.user.clone();
        if let Err(error) = self.app.turn_home(user, turned.to_string()).await {
            tracing::error!(%error, "an App Home could not be turned");
            self.tell(person, Message::sentence(&view::failed()));
        }
        Reply::Empty
    }

    async fn found(&self, request_id: RequestId) -> Result<Request, Refused> {
        let found = self
            .app
            .request(request_id)
            .await
            .map_err(crate::app::HandleError::from)?;
        found.ok_or(Refused::Rejected(Rejection::NotFound(request_id), None))
    }
}

/// A click, read from its fixed `action_id` and the button's value.
struct Click {
    target: Target,
    what: What,
}

enum What {
    /// Done at once.
    Command(Command),
    /// A reason is needed first. The command tells beforehand whether it would be refused.
    Ask(ReasonFor, Command),
    /// Which decision, and why, is asked first.
    ChangeDecision(Command),
    /// To whom a review is handed over is asked first.
    NotMe(LaneRef),
    Edit,
    Why,
}

/// Asks whether somebody might; an admin needs a reason, which the form is for.
fn withdraw() -> Command {
    Command::Withdraw {
        reason: Some(PROBE.to_owned()),
    }
}

impl Click {
    fn read(action_id: &str, value: Option<&str>) -> Option<Click> {
        let target: Target = value?.parse().ok()?;
        let lane = || target.lane.clone();
        let object = |lane: LaneRef| Command::RequestChanges {
            lane,
            reason: PROBE.to_owned(),
        };
        let what = match action_id {
            "approve" => What::Command(Command::Approve {
                lane: lane()?,
                note: None,
            }),
            "request_changes" => What::Ask(ReasonFor::RequestChanges, object(lane()?)),
            "change_decision" => What::ChangeDecision(object(lane()?)),
            "raise_wide_impact" => What::Command(Command::RaiseWideImpact),
            "lower_wide_impact" => What::Ask(
                ReasonFor::LowerWideImpact,
                Command::LowerWideImpact {
                    reason: PROBE.to_owned(),
                },
            ),
            "resubmit" => {
                let probe = Command::Resubmit {
                    what_changed: PROBE.to_owned(),
                    ask_everyone: false,
                };
                What::Ask(ReasonFor::Resubmit, probe)
            }
            "withdraw" => What::Ask(ReasonFor::Withdraw, withdraw()),
            "published" => What::Ask(ReasonFor::Published, Command::Publish { link: None }),
            "more_time" => What::Command(Command::AskMoreTime(lane()?)),
            "grant_more_time" => What::Command(Command::AnswerMoreTime {
                lane: lane()?,
                grant: true,
            }),
            "decline_more_time" => What::Command(Command::AnswerMoreTime {
                lane: lane()?,
                grant: false,
            }),
            "not_me" => What::NotMe(lane()?),
            "edit" => What::Edit,
            "why" => What::Why,
            _ => return None,
        };
        Some(Click { target, what })
    }
}

/// Stands for the reason that is about to be asked for; nothing is ever saved with it.
const PROBE: &str = "\u{2026}";
