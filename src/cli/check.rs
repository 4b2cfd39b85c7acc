//! `signoff check`: everything that can be known before the first request, and what each gap costs.

use super::{Outcome, env};
use crate::clock::Clock;
use crate::config::{Secrets, Settings};
use crate::domain::ids::{RequestId, UserId};
use crate::domain::policy::Pool;
use crate::slack::{AuthInfo, DeliveryError, Gateway, ReqwestConnector};
use crate::store::{Store, lists};
use slack_morphism::prelude::SlackApiTokenValue;
use std::collections::BTreeSet;

/// Each scope and what is lost without it.
const SCOPES: [(&str, &str); 8] = [
    ("commands", "nobody can type /review-request or use the shortcuts"),
    ("chat:write", "nobody is pinged, reminded or told anything"),
    (
        "users:read",
        "nobody can be verified, so every decision is refused",
    ),
    ("usergroups:read", "lanes with a user_group cannot be filled"),
    (
        "im:write",
        "a first direct message that stays in doubt cannot be looked for",
    ),
    (
        "im:history",
        "a direct message that stays in doubt must be settled by hand (signoff outbox)",
    ),
    (
        "channels:history",
        "a channel message that stays in doubt must be settled by hand",
    ),
    ("users.profile:read", "a status that says “away” may not be seen"),
];

struct Report {
    findings: usize,
}

impl Report {
    fn good(&self, what: &str) {
        println!("ok       {what}");
    }

    /// Worth knowing, and nothing to do about.
    fn note(&self, what: &str) {
        println!("note     {what}");
    }

    fn finding(&mut self, what: &str) {
        self.findings += 1;
        println!("missing  {what}");
    }
}

pub(crate) async fn run(settings: Settings) -> anyhow::Result<Outcome> {
    let mut report = Report { findings: 0 };
    report.good(&format!("configuration (policy {})", settings.rules.policy_id));
    for warning in settings.warnings(Clock::System.now()) {
        report.finding(&warning);
    }
    let secrets = Secrets::load(settings.mode, &env)?;
    report.good("secrets");
    let store = Store::open(&settings.database_url).await?;
    report.good("database");
    deadlines(&mut report, &settings, &store).await?;
    let connector = ReqwestConnector::new(&settings.api_url)?;
    let gateway = Gateway::new(
        connector,
        SlackApiTokenValue(secrets.bot_token.expose().to_owned()),
    );
    match gateway.auth_test().await {
        Ok(auth) => {
            report.good("bot token");
            scopes(&mut report, &settings, &auth);
            channel(&mut report, &settings, &gateway).await;
            people(&mut report, &settings, &gateway).await;
        }
        Err(DeliveryError::Credentials { code }) => {
            report.finding(&format!("SLACK_BOT_TOKEN is refused ({code}): copy it again from the app's page, or install the app again"));
        }
        Err(error) => report.finding(&format!(
            "Slack cannot be reached ({}): nothing else could be checked",
            error.code()
        )),
    }
    Ok(if report.findings == 0 {
        Outcome::Done
    } else {
        Outcome::Finding
    })
}

/// R20: a running deadline stays; the new configuration would have given another one.
async fn deadlines(report: &mut Report, settings: &Settings, store: &Store) -> anyhow::Result<()> {
    let mut conn = store.read().await?;
    let (mut differing, mut last) = (0, RequestId(0));
    loop {
        let requests = lists::open_after(&mut conn, last, 1000).await?;
        let Some(end) = requests.last() else { break };
        last = end.request_id;
        for request in &requests {
            for lane in request.pending() {
                let would = settings.rules.clock_now(request, lane);
                if let (Some(keeps), Some(would)) = (lane.deadline(), would)
                    && keeps != would
                {
                    differing += 1;
                    report.note(&format!(
                        "{} {}: keeps its deadline {keeps}; this configuration would give {would}",
                        request.request_id, lane.key
                    ));
                }
            }
        }
    }
    if differing == 0 {
        report.good("every running deadline is what this configuration gives");
    }
    Ok(())
}

fn scopes(report: &mut Report, settings: &Settings, auth: &AuthInfo) {
    if auth.scopes.is_empty() {
        return report.finding("Slack did not say which scopes the token has");
    }
    let groups = settings
        .rules
        .lanes
        .iter()
        .any(|lane| matches!(lane.pool, Pool::Group(_)));
    for (scope, cost) in SCOPES {
        if !auth.scopes.iter().any(|has| has == scope) && (groups || scope != "usergroups:read") {
            report.finding(&format!("scope {scope}: without it, {cost}"));
        }
    }
    report.good(&format!("{} scopes", auth.scopes.len()));
}

async fn channel(report: &mut Report, settings: &Settings, gateway: &Gateway) {
    let id = &settings.marketing_channel;
    match gateway.conversation_info(id).await {
        Ok(channel) if channel.is_archived => {
            report.finding(&format!("the marketing channel {id} is archived: no digest"))
        }
        Ok(channel) if !channel.is_member => {
            report.finding(&format!(
                "the bot is not in the marketing channel {id}: type /invite there, or there is no digest"
            ));
        }
        Ok(_) => report.good(&format!("marketing channel {id}")),
        Err(DeliveryError::Gone { code }) => {
            report.finding(&format!("the marketing channel {id} cannot be seen ({code})"))
        }
        // channels:read is not among the scopes Signoff asks for: that it cannot look is no finding.
        Err(_) => report.good(&format!(
            "marketing channel {id} (not looked at: needs channels:read)"
        )),
    }
}

/// Do the people and groups of the configuration exist?
async fn people(report: &mut Report, settings: &Settings, gateway: &Gateway) {
    let rules = &settings.rules;
    let mut named: BTreeSet<&UserId> = rules.admins.iter().chain(rules.people.keys()).collect();
    for area in &rules.areas {
        named.extend([&area.director].into_iter().chain(&area.deputy));
    }
    for lane in &rules.lanes {
        named.extend(&lane.fallback);
        match &lane.pool {
            Pool::Members(members) => named.extend(members),
            Pool::Group(group) => match gateway.usergroup_members(group.as_str()).await {
                Ok(members) if members.is_empty() => {
                    report.finding(&format!("lanes.{}: the group {group} has no members", lane.key))
                }
                Ok(members) => report.good(&format!("lanes.{}: {} members", lane.key, members.len())),
                Err(error) => report.finding(&format!(
                    "lanes.{}: the group {group} cannot be read ({})",
                    lane.key,
                    error.code()
                )),
            },
            Pool::AreaDirector => {}
        }
    }
    for user in named {
        match gateway.user_info(user.as_str()).await {
            Ok(info) if info.deleted => {
                report.finding(&format!("{user} in the configuration is deactivated"))
            }
            Ok(info) if info.is_bot || info.is_restricted || info.is_ultra_restricted || info.is_stranger => {
                report.finding(&format!(
                    "{user} in the configuration is a guest, an outsider or a bot and may not review"
                ));
            }
            Ok(_) => {}
            Err(error) => report.finding(&format!(
                "{user} in the configuration cannot be looked up ({})",
                error.code()
            )),
        }
    }
}
