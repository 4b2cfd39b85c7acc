//! `signoff audit`: prove that the trail is what was written, or write it out (R31).

use super::Outcome;
use crate::config::Settings;
use crate::store::{AuditRow, Store, Verifier, queries};
use anyhow::Context;
use chrono::{DateTime, SecondsFormat};
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::io::Write;

/// What can be done with the trail.
#[derive(Debug, Subcommand)]
pub(crate) enum Arguments {
    /// Check every row against its hash and the one before; name the first that does not fit.
    Verify,
    /// Write all rows to standard output.
    Export {
        /// How.
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line.
    Jsonl,
    /// With a line of names first; quoted as RFC 4180 says.
    Csv,
}

/// Rows read at once.
const PAGE: i64 = 1000;

pub(crate) async fn run(arguments: Arguments, settings: Settings) -> anyhow::Result<Outcome> {
    let store = Store::open_existing(&settings.database_url).await?;
    match arguments {
        Arguments::Verify => verify(&store).await,
        Arguments::Export { format } => export(&store, format).await,
    }
}

async fn verify(store: &Store) -> anyhow::Result<Outcome> {
    let (mut verifier, mut last) = (Verifier::default(), 0);
    let mut conn = store.read().await?;
    loop {
        let rows = queries::trail(&mut conn, last, PAGE).await?;
        let Some(end) = rows.last().map(|row| row.event_id) else {
            break;
        };
        if let Some(bad) = rows.iter().find(|row| !verifier.check(row)) {
            println!(
                "Row {} of the audit trail (R-{}) was changed, or a row before it is missing.",
                bad.event_id, bad.request_id
            );
            return Ok(Outcome::Finding);
        }
        last = end;
    }
    println!(
        "{} rows, each as it was written. The last hash is {}.",
        verifier.rows(),
        verifier.head()
    );
    println!("Compare it with one noted earlier: rows cut off at the end leave no other trace.");
    Ok(Outcome::Done)
}

async fn export(store: &Store, format: Format) -> anyhow::Result<Outcome> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut conn, mut last) = (store.read().await?, 0);
    if matches!(format, Format::Csv) {
        write!(
            out,
            "event_id,request_id,at,actor,surface,policy_id,event,hash\r\n"
        )?;
    }
    loop {
        let rows = queries::trail(&mut conn, last, PAGE).await?;
        let Some(end) = rows.last().map(|row| row.event_id) else {
            break;
        };
        for row in &rows {
            match format {
                Format::Jsonl => writeln!(out, "{}", object(row)?)?,
                Format::Csv => write!(out, "{}\r\n", record(row))?,
            }
        }
        last = end;
    }
    out.flush().context("cannot write to standard output")?;
    Ok(Outcome::Done)
}

fn object(row: &AuditRow) -> anyhow::Result<Value> {
    let event: Value =
        serde_json::from_str(&row.body).with_context(|| format!("row {} cannot be read", row.event_id))?;
    Ok(json!({
        "event_id": row.event_id, "request_id": about(row), "at": instant(row.at),
        "actor": row.actor, "surface": row.surface, "policy_id": row.policy_id, "event": event, "hash": row.hash,
    }))
}

fn record(row: &AuditRow) -> String {
    let (event_id, request_id, at) = (
        row.event_id.to_string(),
        about(row).unwrap_or_default(),
        instant(row.at),
    );
    let fields = [
        &event_id,
        &request_id,
        &at,
        &row.actor,
        &row.surface,
        &row.policy_id,
        &row.body,
        &row.hash,
    ];
    fields.map(|field| quoted(field)).join(",")
}

/// The request; none where somebody went away or came back.
fn about(row: &AuditRow) -> Option<String> {
    (row.request_id > 0).then(|| format!("R-{}", row.request_id))
}

/// RFC 4180. What begins like a formula is not one: spreadsheets obey a leading `=`, `+`, `-` or `@`.
pub(super) fn quoted(field: &str) -> String {
    let guard = if field.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    match guard.is_empty() && !field.contains([',', '"', '\r', '\n']) {
        true => field.to_owned(),
        false => format!("\"{guard}{}\"", field.replace('"', "\"\"")),
    }
}

fn instant(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Micros, true)
}
