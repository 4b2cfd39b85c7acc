//! `views.*`: <https://docs.slack.dev/reference/methods/views.open>

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use super::args::Args;
use super::{Answer, Refusal};
use crate::sandbox::workspace::Workspace;
use crate::sandbox::workspace::secrets::random;
use crate::sandbox::workspace::state::State;
use crate::sandbox::workspace::validate::{self, Surface};
use crate::sandbox::workspace::view::View;

/// The most views in one stack.
const DEEPEST: usize = 3;

/// Opens a modal, or pushes one onto the open stack.
pub(super) fn open(workspace: &Workspace, args: &Args, push: bool) -> Answer {
    let spec = checked(args.get("view"), Surface::Modal)?;
    let trigger = args.needed("trigger_id")?;
    let mut state = workspace.state();
    let (user, in_modal) = state.secrets.exchange(&trigger, Instant::now())?;
    if push && !in_modal {
        return Err("invalid_trigger_id".into());
    }
    let view = add(&mut state, &user, spec, push)?;
    Ok(json!({"view": view.to_json(&state.view_owner())}))
}

/// Puts a checked view on top of the stack of `user`, in place of it unless pushed.
pub(crate) fn add(state: &mut State, user: &str, spec: Value, push: bool) -> Result<View, Refusal> {
    let id = state.next_id("V");
    let mut view = new_view(id, spec);
    let stack = state.stacks.entry(user.to_owned()).or_default();
    if !push {
        stack.clear();
    }
    if stack.len() >= DEEPEST {
        return Err("push_limit_reached".into());
    }
    if let (Some(root), Some(previous)) = (stack.first(), stack.last()) {
        view.root_view_id = root.id.clone();
        view.previous_view_id = Some(previous.id.clone());
    }
    stack.push(view.clone());
    Ok(view)
}

fn new_view(id: String, spec: Value) -> View {
    View {
        root_view_id: id.clone(),
        id,
        hash: new_hash(),
        spec,
        previous_view_id: None,
        typed: BTreeMap::new(),
        errors: BTreeMap::new(),
        reader: Default::default(),
    }
}

fn new_hash() -> String {
    format!("{}.{}", crate::sandbox::workspace::secrets::digits(10), random(8))
}

pub(super) fn update(workspace: &Workspace, args: &Args) -> Answer {
    let kind = if args.get("view").is_some_and(|view| view["type"] == "home") {
        Surface::Home
    } else {
        Surface::Modal
    };
    let spec = checked(args.get("view"), kind)?;
    let mut state = workspace.state();
    let id = match (args.text("view_id"), args.text("external_id")) {
        (Some(id), _) => id,
        (None, Some(external)) => {
            let open = state
                .stacks
                .values()
                .flatten()
                .find(|view| view.spec["external_id"] == external);
            open.map(|view| view.id.clone()).ok_or("not_found")?
        }
        (None, None) => args.needed("view_id")?,
    };
    let (_, view) = state.view_mut(&id).ok_or("not_found")?;
    if args.text("hash").is_some_and(|hash| hash != view.hash) {
        return Err("hash_conflict".into());
    }
    replace(view, spec);
    let view = view.clone();
    Ok(json!({"view": view.to_json(&state.view_owner())}))
}

/// Gives an open view a new content. What was typed stays where `block_id` and `action_id` stay.
pub(crate) fn replace(view: &mut View, spec: Value) {
    view.spec = spec;
    view.hash = new_hash();
    view.errors.clear();
}

pub(super) fn publish(workspace: &Workspace, args: &Args) -> Answer {
    let spec = checked(args.get("view"), Surface::Home)?;
    let user = args.needed("user_id")?;
    let mut state = workspace.state();
    state.users.get(&user).ok_or("user_not_found")?;
    let current = state.homes.get(&user).map(|view| view.hash.clone());
    if let (Some(given), Some(current)) = (args.text("hash"), &current)
        && given != *current
    {
        return Err("hash_conflict".into());
    }
    let id = match state.homes.get(&user) {
        Some(home) => home.id.clone(),
        None => state.next_id("V"),
    };
    let view = new_view(id, spec);
    state.homes.insert(user, view.clone());
    Ok(json!({"view": view.to_json(&state.view_owner())}))
}

/// A view that Slack would take, with its ids assigned.
pub(crate) fn checked(view: Option<&Value>, surface: Surface) -> Result<Value, Refusal> {
    let Some(view) = view else {
        return Err(Refusal::payload(
            "invalid_arguments",
            &["[ERROR] missing required field: view".to_owned()],
        ));
    };
    let problems = validate::view(view, surface);
    if problems.iter().any(|problem| problem.contains("view_too_large")) {
        return Err(Refusal::payload("view_too_large", &problems));
    }
    if !problems.is_empty() {
        return Err(Refusal::payload("invalid_arguments", &problems));
    }
    let mut view = view.clone();
    validate::assign_ids(&mut view["blocks"]);
    if let Some(view) = view.as_object_mut() {
        view.retain(|_, value| !value.is_null());
    }
    Ok(view)
}
