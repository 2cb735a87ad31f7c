//! Use cases of the audit log: append what was recorded, verify the chain.

use kernel::{
    audit::{Named, RECORDED, Record, Subject},
    db::Tx,
    event::{Event, reader::Reader},
};
use sqlx::PgConnection;

use super::{
    AuditEntry,
    chain::{ChainKey, Head},
    store::{self, EntryRow},
};

/// Entries per read while verifying.
const PAGE: i64 = 5_000;

/// The reader that appends to the chain what features recorded.
pub fn reader(key: ChainKey) -> impl Reader {
    Appender(key)
}

struct Appender(ChainKey);

#[async_trait::async_trait]
impl Reader for Appender {
    fn name(&self) -> &'static str {
        "audit"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[RECORDED]
    }

    fn begins_with_the_oldest(&self) -> bool {
        // Nothing else remembers.
        true
    }

    async fn handle(&self, tx: &mut Tx, events: &[Event]) -> anyhow::Result<()> {
        let mut head = store::lock_head(tx).await?;
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let record: Record = serde_json::from_value(event.data.clone())?;
            let mut row = EntryRow {
                seq: head.seq + 1,
                // What the column can hold, for it is under the hash.
                at: chrono::SubsecRound::trunc_subsecs(event.at, 6),
                kind: record.kind,
                actor_id: record.actor.as_ref().map(|a| a.id),
                actor_name: record.actor.map(|a| a.name),
                address: record.address.map(|a| a.to_string()),
                subject_type: record.subject.as_ref().map(|s| s.r#type.clone()),
                subject_id: record.subject.as_ref().map(|s| s.id),
                subject_name: record.subject.map(|s| s.name),
                data: serde_json::to_string(&record.data)?,
                hash: Vec::new(),
            };
            row.hash = self.0.hash(&head.hash, &row).to_vec();
            head = Head { seq: row.seq, hash: row.hash.clone() };
            rows.push(row);
        }
        store::append(tx, &rows).await?;
        Ok(())
    }
}

/// What a look at the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Entries that were looked at.
    pub entries: i64,
    /// The first entry that does not fit the one before it, is missing, or was cut off; none when the chain is whole.
    pub first_broken: Option<i64>,
    /// The end of the chain.
    pub head: Head,
}

/// Walks the chain from its beginning to its end. `noted`: an end that was noted down elsewhere and must lie on the chain.
pub async fn verify(conn: &mut PgConnection, key: &ChainKey, noted: Option<&Head>) -> Result<Verdict, sqlx::Error> {
    let head = store::head(conn).await?;
    let mut at = Head { seq: 0, hash: vec![0; 32] };
    let mut first_broken = None;
    while first_broken.is_none() {
        let rows = store::after(conn, at.seq, PAGE).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let fits = row.seq == at.seq + 1
                && key.hash(&at.hash, &row).as_slice() == row.hash
                && noted.is_none_or(|n| n.seq != row.seq || n.hash == row.hash);
            if !fits {
                first_broken = Some(at.seq + 1);
                break;
            }
            at = Head { seq: row.seq, hash: row.hash };
        }
    }
    // Entries that were appended while we walked are no fault; entries that the head or the note know of and that are gone are.
    let expected = head.seq.max(noted.map_or(0, |n| n.seq));
    if first_broken.is_none() && (at.seq < expected || (at.seq == head.seq && at.hash != head.hash)) {
        first_broken = Some((at.seq + 1).min(expected));
    }
    Ok(Verdict { entries: at.seq, first_broken, head })
}

impl From<EntryRow> for AuditEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            kind: row.kind,
            actor: row.actor_id.map(|id| Named { id, name: row.actor_name.unwrap_or_default() }),
            address: row.address,
            subject: row.subject_id.map(|id| Subject {
                r#type: row.subject_type.unwrap_or_default(),
                id,
                name: row.subject_name.unwrap_or_default(),
            }),
            data: serde_json::from_str(&row.data).unwrap_or_default(),
            hash: hex::encode(row.hash),
        }
    }
}
