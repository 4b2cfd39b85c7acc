//! People at an open modal.

use serde_json::{Value, json};

use super::ack::{Ack, Origin};
use super::actor::{ActError, Actor, button, choice};
use super::fill;
use super::message::string;
use super::payload::{self, Place};
use super::view::{FieldErrors, View};

impl Actor {
    /// The top modal, with what was typed so far.
    pub fn modal(&self) -> Option<View> {
        let state = self.workspace.state();
        let mut view = state.stacks.get(&self.id)?.last()?.clone();
        view.reader = state.reader(Some(&self.id), self.workspace.now());
        Some(view)
    }

    /// Types into, or chooses in, one input of the top modal; `""` clears it, lists are separated by
    /// commas. Nothing is sent.
    pub fn fill(&self, block_id: &str, value: &str) -> Result<(), ActError> {
        let view = self.modal().ok_or(ActError::NoModal)?;
        let refused = |why: String| ActError::Client(FieldErrors::from([(block_id.to_owned(), why)]));
        let block = view.input_blocks().find(|block| block["block_id"] == block_id);
        let block = block.ok_or_else(|| refused("there is no such input".to_owned()))?;
        let typed = fill::typed(&block["element"], value).map_err(refused)?;
        let key = (block_id.to_owned(), string(&block["element"]["action_id"]));
        if let Some((_, view)) = self.workspace.state().view_mut(&view.id) {
            view.typed.insert(key, typed);
        }
        self.workspace.touch();
        Ok(())
    }

    /// Fills inputs by `block_id`, then submits the top modal. The client's own checks come first:
    /// required inputs, lengths, options.
    pub async fn submit(&self, values: &[(&str, &str)]) -> Result<Ack, ActError> {
        let mut errors = FieldErrors::new();
        for (block_id, value) in values {
            match self.fill(block_id, value) {
                Err(ActError::Client(refused)) => errors.extend(refused),
                other => other?,
            }
        }
        let view = self.modal().ok_or(ActError::NoModal)?;
        for block in view.input_blocks() {
            let block_id = string(&block["block_id"]);
            let state = view.state_of(&block_id, &block["element"]);
            if let Err(why) = fill::required(block, &state) {
                errors.entry(block_id).or_insert(why);
            }
        }
        if !errors.is_empty() {
            return Err(ActError::Client(errors));
        }
        self.send_submission(&view, None).await
    }

    /// Submits the top modal with these `state.values` and no checks.
    pub async fn submit_raw(&self, values: Value) -> Result<Ack, ActError> {
        let view = self.modal().ok_or(ActError::NoModal)?;
        self.send_submission(&view, Some(values)).await
    }

    /// Submits a view that may be long closed, as a client that lagged behind would.
    pub async fn submit_view(&self, view: &View, values: Option<Value>) -> Result<Ack, ActError> {
        self.send_submission(view, values).await
    }

    /// Fills one input and, if it is a `dispatch_action` input, tells the bot.
    pub async fn choose_modal(&self, block_id: &str, value: &str) -> Result<Option<Ack>, ActError> {
        self.fill(block_id, value)?;
        let view = self.modal().ok_or(ActError::NoModal)?;
        let block = view.input_blocks().find(|block| block["block_id"] == block_id);
        let Some(block) = block.filter(|block| block["dispatch_action"] == true) else {
            return Ok(None);
        };
        let mut action = view.state_of(block_id, &block["element"]);
        action["action_id"] = block["element"]["action_id"].clone();
        action["block_id"] = json!(block_id);
        self.act(&Place::View(&view), action).await.map(Some)
    }

    /// Clicks the n-th button (from 0) with this `action_id` in the top modal.
    pub async fn click_modal(&self, action_id: &str, n: usize) -> Result<Ack, ActError> {
        self.active()?;
        let view = self.modal().ok_or(ActError::NoModal)?;
        let action = button(view.blocks(), action_id, n)?;
        self.act(&Place::View(&view), action).await
    }

    /// Chooses an option (by its value) of a control of the top modal that is no input.
    pub async fn choose_in_modal(&self, action_id: &str, value: &str) -> Result<Ack, ActError> {
        self.active()?;
        let view = self.modal().ok_or(ActError::NoModal)?;
        let action = choice(view.blocks(), action_id, value)?;
        self.act(&Place::View(&view), action).await
    }

    /// Closes the top modal. `view_closed` is delivered if the bot asked for it.
    pub async fn close_modal(&self) -> Result<Option<Ack>, ActError> {
        let view = self.modal().ok_or(ActError::NoModal)?;
        if let Some(stack) = self.workspace.state().stacks.get_mut(&self.id) {
            stack.pop();
        }
        self.workspace.touch();
        if view.spec["notify_on_close"] != true {
            return Ok(None);
        }
        let delivery = self.prepare(|state, at| payload::view_closed(state, at, &view, false))?;
        Ok(Some(self.workspace.deliver(delivery, self.origin()).await))
    }

    async fn send_submission(&self, view: &View, values: Option<Value>) -> Result<Ack, ActError> {
        self.active()?;
        if let Some((_, view)) = self.workspace.state().view_mut(&view.id) {
            view.errors.clear();
        }
        let delivery = self.prepare(|state, at| payload::view_submission(state, at, view, values))?;
        let origin = Origin {
            view_id: Some(&view.id),
            ..self.origin()
        };
        Ok(self.workspace.deliver(delivery, origin).await)
    }
}
