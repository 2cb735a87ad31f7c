//! Looks into the database: what a test wants to know, and what must hold after every test.

use sqlx::{PgPool, Postgres, postgres::PgRow};
use uuid::Uuid;

use crate::eventually;

/// A view into a test's database.
#[derive(Debug, Clone)]
pub struct Probe(pub PgPool);

impl Probe {
    /// One value.
    pub async fn one<T>(&self, sql: &'static str) -> T
    where
        (T,): for<'r> sqlx::FromRow<'r, PgRow>,
        T: Send + Unpin,
    {
        sqlx::query_as::<Postgres, (T,)>(sql).fetch_one(&self.0).await.unwrap_or_else(|e| panic!("{sql}: {e}")).0
    }

    /// One value about something with an id.
    pub async fn of<T>(&self, id: Uuid, sql: &'static str) -> T
    where
        (T,): for<'r> sqlx::FromRow<'r, PgRow>,
        T: Send + Unpin,
    {
        sqlx::query_as::<Postgres, (T,)>(sql).bind(id).fetch_one(&self.0).await.unwrap_or_else(|e| panic!("{sql}: {e}")).0
    }

    /// Rows.
    pub async fn all<T>(&self, sql: &'static str) -> Vec<T>
    where
        T: for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin,
    {
        sqlx::query_as::<Postgres, T>(sql).fetch_all(&self.0).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// Runs a statement.
    pub async fn run(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.0).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    /// The conversation of the customer with this provider id, the newest if there are several.
    pub async fn conversation_of(&self, external_id: &str) -> Uuid {
        let found: Option<(Uuid,)> = sqlx::query_as(
            "select c.id from conversation c join contact_identity i on i.contact_id = c.contact_id
              where i.external_id = $1 order by c.created_at desc limit 1",
        )
        .bind(external_id)
        .fetch_optional(&self.0)
        .await
        .unwrap();
        found.unwrap_or_else(|| panic!("{external_id} has no conversation")).0
    }

    /// The fates of all elements of all deliveries in the order they came, as `kind fate`.
    pub async fn fates(&self) -> Vec<String> {
        let rows: Vec<(String,)> = self
            .all("select e.kind || ' ' || e.fate from webhook_element e join webhook_delivery d on d.id = e.delivery_id order by d.received_at, d.id, e.idx")
            .await;
        rows.into_iter().map(|(fate,)| fate).collect()
    }

    /// Waits until nothing is left to be done of a flood.
    pub async fn settled(&self) {
        eventually("floods are settled", async || {
            let left: i64 = self.one("select count(*) from conversation where flood_due or folded_told < folded_count").await;
            (left == 0).then_some(())
        })
        .await;
    }

    /// A message's status.
    pub async fn status(&self, message: Uuid) -> String {
        self.of(message, "select status from message where id = $1").await
    }

    /// Waits until a message has this status.
    pub async fn becomes(&self, message: Uuid, status: &str) {
        eventually(&format!("{message} is {status}"), async || (self.status(message).await == status).then_some(())).await;
    }

    /// Everything that is wrong in the database, in words. Holds after every test, whatever it did.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        const RULES: &[(&str, &str)] = &[
            ("jobs that failed", "select count(*) from graphile_worker._private_jobs where attempts > 0 and last_error is not null"),
            ("jobs still locked", "select count(*) from graphile_worker._private_jobs where locked_at is not null"),
            ("messages under a lease", "select count(*) from message where lease_until is not null"),
            ("files under a lease", "select count(*) from media where lease_until is not null"),
            ("attempts without an outcome", "select count(*) from send_attempt where outcome is null"),
            (
                "conversations whose numbering has gaps",
                "select count(*) from conversation c
                  where last_seq <> (select count(*) from message m where m.conversation_id = c.id)
                     or last_seq <> coalesce((select max(seq) from message m where m.conversation_id = c.id), 0)",
            ),
            (
                "conversations that count their inbound messages wrong",
                "select count(*) from conversation c
                  where inbound_count <> (select count(*) from message m where m.conversation_id = c.id and m.direction = 'in' and not m.quiet)",
            ),
            (
                "conversations whose last message is not their last",
                "select count(*) from conversation c where (last_message ->> 'seq')::bigint is distinct from nullif(last_seq, 0)",
            ),
            (
                "messages without exactly one message.created, or none where they are folded",
                "select count(*) from message m
                  where case when m.folded then 0 else 1 end <> (select count(*) from event e where e.kind = 'message.created' and e.data -> 'message' ->> 'id' = m.id::text)",
            ),
            (
                "sent messages that no attempt accounts for",
                "select count(*) from message m
                  where m.direction = 'out' and m.kind = 'reply' and m.status = 'sent' and not exists (select from send_attempt a where a.message_id = m.id)",
            ),
            (
                "outbound replies whose last event tells another status",
                "select count(*) from message m
                   cross join lateral (select e.data -> 'message' ->> 'status' as said from event e
                                        where e.data -> 'message' ->> 'id' = m.id::text and e.kind in ('message.created', 'message.updated')
                                        order by e.position desc limit 1) l
                  where m.direction = 'out' and m.status <> l.said",
            ),
            (
                "parked statuses whose message is known",
                "select count(*) from parked_status p join message m on m.channel_id = p.channel_id and m.external_id = p.external_id",
            ),
            ("contacts nobody can reach", "select count(*) from contact c where not exists (select from contact_identity i where i.contact_id = c.id)"),
            (
                "inbound messages that no delivery accounts for",
                "select count(*) from message m
                  where m.direction = 'in' and not exists (select from webhook_element e where e.external_id = m.external_id and (e.fate = case when m.quiet then 'blocked' else 'stored' end or (e.fate in ('stored', 'blocked') and m.folded)))",
            ),
            (
                "stored elements without their message",
                "select count(*) from webhook_element e
                  where e.kind = 'message' and e.fate in ('stored', 'blocked')
                    and not exists (select from message m where m.channel_id = e.channel_id and m.external_id = e.external_id)",
            ),
            (
                "floods that nobody settled",
                "select count(*) from conversation where flood_due or folded_told < folded_count",
            ),
            (
                "folded messages that ask for attention",
                "select count(*) from message where folded and not quiet",
            ),
            (
                "tags that count their uses wrong",
                "select count(*) from tag t where uses <> (select count(*) from conversation c where c.tag_ids @> array[t.id])",
            ),
            (
                "conversations whose unread mentions are not those that nobody has seen",
                "select count(*) from conversation c
                  where array(select unnest(unread_mention_ids) order by 1)
                        <> array(select m.user_id from conversation_mention m where m.conversation_id = c.id and m.seen_at is null order by 1)",
            ),
            (
                "conversations that count their pins wrong",
                "select count(*) from conversation c
                  where pinned_notes <> (select count(*) from message m where m.conversation_id = c.id and m.pinned_at is not null)",
            ),
            (
                "conversations that are wrong about whether a reply waits",
                "select count(*) from conversation c
                  where reply_waits <> exists (select from held_message h
                                                where h.conversation_id = c.id and h.waits_for is not null and h.answered_at is null
                                                  and h.error is null and h.withdrawn_at is null)",
            ),
            (
                "messages that count their feedback wrong",
                "select count(*) from message m where feedback_count <> (select count(*) from feedback_note f where f.message_id = m.id)",
            ),
            (
                "conversations that know less about the block than their contact",
                "select count(*) from conversation c join contact k on k.id = c.contact_id where c.blocked <> (k.blocked_at is not null)",
            ),
        ];
        let mut complaints = Vec::new();
        for (what, sql) in RULES {
            let count: i64 = self.one(sql).await;
            if count > 0 {
                complaints.push(format!("{count} {what}"));
            }
        }
        complaints
    }
}
