//! Submitted forms. Field errors go to the block at fault; everything else closes the form.

use super::{Bot, Person, Refused, link_or_none};
use crate::domain::command::{Command, LaneRef, Rejection};
use crate::domain::event::Event;
use crate::domain::filing::{Draft, FieldError};
use crate::domain::ids::UserId;
use crate::slack::dispatch::Reply;
use crate::slack::inbound::{InputValue, ViewSubmission};
use crate::view::{self, ReasonFor, Target};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Bot {
    pub(super) async fn on_submission(&self, form: ViewSubmission, key: Option<String>) -> Reply {
        let person = Person {
            user: UserId::new(form.user_id.clone()),
            response_url: None,
            channel: None,
            trigger_id: None,
        };
        let values = Values(&form.values);
        if form.callback_id == view::action::REVIEW_REQUEST {
            return self.filed(&values, &person, key).await;
        }
        let target = form.private_metadata.parse::<Target>().ok();
        let wanted = target.and_then(|target| {
            let (command, block) = command(&form.callback_id, &target, &values)?;
            Some((target, command, block))
        });
        // Of an older version: it stays open, so that what was typed can be copied.
        let Some((target, command, block)) = wanted else {
            let says = |block: &str| (block.to_owned(), view::unknown_form().into());
            let errors: Map<String, Value> = values.blocks().map(says).collect();
            return if errors.is_empty() {
                Reply::Empty
            } else {
                at_blocks(errors)
            };
        };
        let request_id = Some(target.request_id);
        match self.handle("form", key, &person, request_id, command).await {
            // A lowered wide-impact says when each lane will lapse (R16); the others show on the cards.
            Ok((request, events)) if matches!(block, "reason") && says_more(&events) => Reply::Json(
                json!({ "response_action": "update", "view": view::outcome(&self.done(&request, &events)) }),
            ),
            Ok(_) => Reply::Empty,
            Err(refused) => self.field_errors(&refused, block, &values),
        }
    }

    async fn filed(&self, values: &Values<'_>, person: &Person, key: Option<String>) -> Reply {
        match self
            .handle("form", key, person, None, Command::File(Box::new(values.draft())))
            .await
        {
            Ok((request, _)) => {
                let view = view::filed_confirmation(&self.app.rules, &request, self.app.clock.now());
                Reply::Json(json!({ "response_action": "update", "view": view }))
            }
            Err(refused) => self.field_errors(&refused, "title", values),
        }
    }

    /// `response_action: errors` on the blocks at fault; what is no field's fault goes to `block`.
    fn field_errors(&self, refused: &Refused, block: &str, values: &Values<'_>) -> Reply {
        let mut errors = Map::new();
        match refused {
            Refused::Rejected(Rejection::Invalid(faults), _) => {
                for FieldError { field, problem } in faults {
                    let error = FieldError {
                        field: *field,
                        problem: problem.clone(),
                    };
                    let at = if values.has(field.block_id()) {
                        field.block_id()
                    } else {
                        block
                    };
                    errors.insert(at.to_owned(), view::field_error(&self.app.rules, &error).into());
                }
            }
            refused => {
                errors.insert(
                    block.to_owned(),
                    Value::String(view::plain(&self.sentence(refused))),
                );
            }
        }
        at_blocks(errors)
    }
}

/// The form stays open, with a sentence at each of these blocks.
fn at_blocks(errors: Map<String, Value>) -> Reply {
    Reply::Json(json!({ "response_action": "errors", "errors": errors }))
}

fn says_more(events: &[Event]) -> bool {
    let lowered = |event: &Event| matches!(event, Event::WideImpactLowered { .. });
    events.iter().any(lowered)
}

/// What a form asks for, and the block that carries a refusal.
fn command(callback_id: &str, target: &Target, values: &Values<'_>) -> Option<(Command, &'static str)> {
    let reason = || values.text("reason").unwrap_or_default();
    if callback_id == view::action::EDIT {
        return Some((Command::Edit(Box::new(values.draft())), "title"));
    }
    if callback_id == view::action::CHANGE_DECISION {
        return Some((changed(target.lane.clone()?, values)?, "reason"));
    }
    if callback_id == view::action::NOT_ME {
        let command = Command::HandOver {
            lane: target.lane.clone()?,
            to: UserId::new(values.text(view::PERSON)?),
            reason: values.text("reason"),
        };
        return Some((command, view::PERSON));
    }
    Some(match ReasonFor::from_action(callback_id)? {
        ReasonFor::RequestChanges => (
            Command::RequestChanges {
                lane: target.lane.clone()?,
                reason: reason(),
            },
            "reason",
        ),
        ReasonFor::LowerWideImpact => (Command::LowerWideImpact { reason: reason() }, "reason"),
        ReasonFor::Resubmit => {
            let ask_everyone = !values.many("ask_everyone").is_empty();
            (
                Command::Resubmit {
                    what_changed: reason(),
                    ask_everyone,
                },
                "reason",
            )
        }
        ReasonFor::Withdraw => (
            Command::Withdraw {
                reason: values.text("reason"),
            },
            "reason",
        ),
        ReasonFor::Published => (
            Command::Publish {
                link: link_or_none(values.text("link").as_deref()),
            },
            "link",
        ),
    })
}

fn changed(lane: LaneRef, values: &Values<'_>) -> Option<Command> {
    match values.text("decision")?.as_str() {
        "approve" => Some(Command::Approve {
            lane,
            note: values.text("reason"),
        }),
        "request_changes" => Some(Command::RequestChanges {
            lane,
            reason: values.text("reason").unwrap_or_default(),
        }),
        _ => None,
    }
}

/// The values of a form by block.
struct Values<'v>(&'v BTreeMap<String, InputValue>);

impl Values<'_> {
    fn text(&self, block: &str) -> Option<String> {
        self.0.get(block).and_then(InputValue::as_str).map(str::to_owned)
    }

    fn many(&self, block: &str) -> Vec<String> {
        match self.0.get(block) {
            Some(InputValue::Many(values)) => values.clone(),
            _ => Vec::new(),
        }
    }

    fn blocks(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn has(&self, block: &str) -> bool {
        self.0.contains_key(block)
    }

    fn draft(&self) -> Draft {
        Draft {
            category: self.text("category").unwrap_or_default(),
            title: self.text("title").unwrap_or_default(),
            link: self.text("link").unwrap_or_default(),
            area: self.text("area"),
            wide_impact: !self.many("wide_impact").is_empty(),
            publish_on: self.text("publish_on"),
            notes: self.text("notes"),
        }
    }
}
