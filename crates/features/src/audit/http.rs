//! Endpoints of the audit log.

use axum::extract::State;
use base::Time;
use kernel::{
    audit::Record,
    auth::Can,
    http::{Csv, Doc, Json, Page, PageQuery, Problem, Query, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AuditEntry, service,
    store::{self, Filter},
};
use crate::App;

kernel::permissions! {
    /// Read and export the audit log.
    AuditRead = "audit.read";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/audit", Doc::new("audit.list", "Entries of the audit log, newest first"), list)
        .get("/api/v1/audit.csv", Doc::new("audit.export", "The same as a file"), export)
        .get("/api/v1/audit/verify", Doc::new("audit.verify", "Walk the chain and say whether it is whole"), verify)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// A kind, or its first part: `user` for `user.created` and the others.
    kind: Option<String>,
    /// Only what this user did.
    actor_id: Option<Uuid>,
    /// Only what was done to this user, team, channel, … and to a team for this user's sake.
    subject_id: Option<Uuid>,
    /// Only from then on.
    from: Option<Time>,
    /// Only before then.
    to: Option<Time>,
    /// Words in a name, an address or the details.
    q: Option<String>,
    /// Rows per page, 1 to 200; 50 unless said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl AuditQuery {
    fn filter(&self) -> Filter {
        let words = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        Filter {
            kind: words(&self.kind),
            actor_id: self.actor_id,
            subject_id: self.subject_id,
            from: self.from,
            to: self.to,
            q: words(&self.q),
        }
    }
}

async fn list(
    _: Can<AuditRead>,
    State(app): State<App>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    let filter = query.filter();
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<i64>()?);
    let rows = store::page(&mut *app.db.read().await?, &filter, before, limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |row| row.seq).map(AuditEntry::from)))
}

const COLUMNS: [&str; 11] =
    ["seq", "at", "kind", "actor_id", "actor", "address", "subject_type", "subject_id", "subject", "data", "hash"];

async fn export(who: Can<AuditRead>, State(app): State<App>, Query(query): Query<AuditQuery>) -> Result<Csv, Problem> {
    let filter = query.filter();
    if query.limit.is_some() || query.cursor.is_some() {
        return Err(Problem::field("limit", "An export has no pages."));
    }
    // Committed before the first line leaves.
    let mut tx = app.db.begin().await?;
    tx.record(app.now(), &Record::by(&who.actor, "audit.exported").with("filter", format!("{filter:?}")));
    tx.commit().await?;
    Ok(Csv::stream("audit.csv", &COLUMNS, None, move |before: Option<i64>| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let rows = store::page(&mut *app.db.read().await?, &filter, before, 1_000).await?;
            let next = rows.last().map(|row| row.seq);
            let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
            let lines = rows.into_iter().map(|row| {
                vec![
                    row.seq.to_string(),
                    row.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
                    row.kind,
                    text(row.actor_id),
                    row.actor_name.unwrap_or_default(),
                    row.address.unwrap_or_default(),
                    row.subject_type.unwrap_or_default(),
                    text(row.subject_id),
                    row.subject_name.unwrap_or_default(),
                    row.data,
                    hex::encode(row.hash),
                ]
            });
            Ok((lines.collect(), next))
        }
    }))
}

/// What a look at the chain found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditVerdict")]
struct VerdictView {
    /// Whether the chain is whole.
    ok: bool,
    /// Entries that were looked at.
    entries: i64,
    /// The first entry that does not fit, is missing or was cut off.
    first_broken_seq: Option<i64>,
    /// The end of the chain, `number:hash`. Noted down elsewhere, it proves later that nothing was cut off.
    head: String,
}

async fn verify(_: Can<AuditRead>, State(app): State<App>) -> Result<Json<VerdictView>, Problem> {
    let verdict = service::verify(&mut *app.db.read().await?, &app.audit_key, None).await?;
    Ok(Json(VerdictView {
        ok: verdict.first_broken.is_none(),
        entries: verdict.entries,
        first_broken_seq: verdict.first_broken,
        head: verdict.head.to_string(),
    }))
}
