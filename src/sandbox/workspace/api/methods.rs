//! The table of methods, and those that only read.

use serde_json::{Value, json};

use super::args::Args;
use super::{Answer, chat, conversations, views};
use crate::sandbox::workspace::Workspace;

/// Carries out a method whose caller is allowed to.
pub(super) fn run(workspace: &Workspace, method: &str, args: &Args) -> Answer {
    match method {
        "chat.postMessage" => chat::post_message(workspace, args),
        "chat.update" => chat::update(workspace, args),
        "chat.postEphemeral" => chat::post_ephemeral(workspace, args),
        "chat.delete" => chat::delete(workspace, args),
        "chat.getPermalink" => chat::permalink(workspace, args),
        "views.open" => views::open(workspace, args, false),
        "views.push" => views::open(workspace, args, true),
        "views.update" => views::update(workspace, args),
        "views.publish" => views::publish(workspace, args),
        "conversations.open" => conversations::open(workspace, args),
        "conversations.info" => conversations::info(workspace, args),
        "conversations.history" => conversations::history(workspace, args),
        "conversations.replies" => conversations::replies(workspace, args),
        "users.info" => user_info(workspace, args),
        "users.profile.get" => user_profile(workspace, args),
        "users.list" => Ok(user_list(workspace)),
        "usergroups.list" => Ok(group_list(workspace)),
        "usergroups.users.list" => group_members(workspace, args),
        "auth.test" => Ok(auth_test(workspace)),
        "team.info" => Ok(team_info(workspace)),
        "apps.connections.open" => Ok(json!({"url": workspace.new_ticket_url()})),
        "api.test" => Ok(json!({"args": args.to_json()})),
        _ => Err("unknown_method".into()),
    }
}

fn auth_test(workspace: &Workspace) -> Value {
    let state = workspace.state();
    json!({
        "url": format!("https://{}.slack.com/", state.team_domain),
        "team": state.team_domain,
        "user": state.users.get(&state.app.bot_user).map(|user| user.name.clone()),
        "team_id": state.team_id,
        "user_id": state.app.bot_user,
        "bot_id": state.app.bot_id,
        "is_enterprise_install": false,
    })
}

fn team_info(workspace: &Workspace) -> Value {
    let state = workspace.state();
    json!({"team": {"id": state.team_id, "name": state.team_domain, "domain": state.team_domain}})
}

fn user_info(workspace: &Workspace, args: &Args) -> Answer {
    let id = args.needed("user")?;
    let state = workspace.state();
    let user = state.users.get(&id).ok_or("user_not_found")?;
    Ok(json!({"user": user.to_json(&state.team_id)}))
}

fn user_profile(workspace: &Workspace, args: &Args) -> Answer {
    let id = args.needed("user")?;
    let state = workspace.state();
    let user = state.users.get(&id).ok_or("user_not_found")?;
    Ok(json!({"profile": user.profile()}))
}

fn user_list(workspace: &Workspace) -> Value {
    let state = workspace.state();
    let members: Vec<Value> = state
        .users
        .values()
        .map(|user| user.to_json(&state.team_id))
        .collect();
    json!({"members": members, "response_metadata": {"next_cursor": ""}})
}

fn group_list(workspace: &Workspace) -> Value {
    let state = workspace.state();
    let groups = state.groups.values().filter(|group| !group.disabled);
    let groups: Vec<Value> = groups.map(|group| group.to_json(&state.team_id)).collect();
    json!({"usergroups": groups})
}

fn group_members(workspace: &Workspace, args: &Args) -> Answer {
    let id = args.needed("usergroup")?;
    let state = workspace.state();
    let group = state.groups.get(&id).ok_or("no_such_subteam")?;
    if group.disabled && args.flag("include_disabled") != Some(true) {
        return Err("subteam_disabled".into());
    }
    // Like Slack, without deactivated accounts.
    let active = |id: &&String| {
        let kind = state.users.get(*id).map(|user| user.kind);
        kind.is_some_and(|kind| kind != crate::sandbox::workspace::Kind::Deactivated)
    };
    let members: Vec<&String> = group.members.iter().filter(active).collect();
    Ok(json!({"users": members}))
}
