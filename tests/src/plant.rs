//! Conversations written straight into the database, for tests that need many or need a state that no call leads to.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::TestApp;

/// A conversation in the database, with a message of the customer, one of ours that failed and one of ours that nobody knows about.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// The conversation.
    pub id: Uuid,
    /// The customer's message, `seq` 1.
    pub inbound: Uuid,
    /// The failed one, `seq` 2.
    pub failed: Uuid,
    /// The unconfirmed one, `seq` 3.
    pub unconfirmed: Uuid,
}

impl TestApp {
    /// Writes a conversation that is waiting in a team's queue, or that somebody has.
    pub async fn plant(&mut self, team: Option<Uuid>, assignee: Option<Uuid>) -> Planted {
        let planted = self.plant_many(1, team, assignee).await;
        planted[0]
    }

    /// Writes several, a second apart, the first one oldest.
    pub async fn plant_many(&mut self, count: usize, team: Option<Uuid>, assignee: Option<Uuid>) -> Vec<Planted> {
        for what in ["without exactly one message.created", "no delivery accounts for", "last event tells another status"] {
            self.expect_complaint(what);
        }
        let state = match (assignee, team) {
            (Some(_), _) => "assigned",
            (None, Some(_)) => "queued",
            (None, None) => "new",
        };
        let quoted = |id: Option<Uuid>| id.map_or("null".to_owned(), |id| format!("'{id}'::uuid"));
        let mut planted = Vec::new();
        for n in 0..count {
            let id = || Uuid::new_v4();
            let (contact, identity, conversation) = (id(), id(), id());
            let plant = Planted { id: conversation, inbound: id(), failed: id(), unconfirmed: id() };
            let phone = format!("1666{:011}", contact.as_u128() % 100_000_000_000);
            let (channel, at) = (self.channel.id, format!("now() - interval '1 hour' + interval '{n} seconds'"));
            let outbound = |id: Uuid, seq: i32, status: &str| {
                format!(
                    "insert into message (id, conversation_id, channel_id, seq, direction, kind, author_type, author_name, client_id, content, preview, status, created_at)
                     values ('{id}', '{conversation}', '{channel}', {seq}, 'out', 'reply', 'user', 'Planted', '{id}', '{{\"type\":\"text\",\"text\":\"planted\"}}', 'planted', '{status}', {at});"
                )
            };
            let sql = format!(
                "insert into contact (id, name, phone, created_at, updated_at) values ('{contact}', 'Planted {n}', '+{phone}', {at}, {at});
                 insert into contact_identity (id, contact_id, channel_id, external_id, created_at) values ('{identity}', '{contact}', '{channel}', '{phone}', {at});
                 insert into conversation (id, channel_id, contact_id, identity_id, team_id, assignee_id, state, last_seq, inbound_count, last_message,
                                           last_activity_at, window_expires_at, waiting_since, created_at)
                 values ('{conversation}', '{channel}', '{contact}', '{identity}', {}, {}, '{state}', 3, 1,
                         '{{\"id\":\"{}\",\"seq\":3,\"direction\":\"out\",\"kind\":\"reply\",\"preview\":\"planted\",\"author_name\":\"Planted\",\"author_id\":null,\"created_at\":\"2026-01-01T00:00:00Z\"}}',
                         {at}, now() + interval '20 hours', {at}, {at});
                 insert into message (id, conversation_id, channel_id, seq, direction, kind, author_type, author_id, author_name, content, preview, external_id, status, created_at)
                 values ('{}', '{conversation}', '{channel}', 1, 'in', 'reply', 'contact', '{contact}', 'Planted {n}', '{{\"type\":\"text\",\"text\":\"planted\"}}', 'planted', 'planted-{conversation}', 'received', {at});
                 {}{}",
                quoted(team),
                quoted(assignee),
                plant.unconfirmed,
                plant.inbound,
                outbound(plant.failed, 2, "failed"),
                outbound(plant.unconfirmed, 3, "unconfirmed"),
            );
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.probe.0).await.unwrap();
            planted.push(plant);
        }
        planted
    }

    /// Writes a conversation of the second team that somebody has and somebody else took part in.
    pub async fn plant_elsewhere(&self, assignee: Uuid, participant: Uuid) -> Uuid {
        let id = self.plant_plain(1, self.teams[1]).await[0];
        sqlx::query(
            "update conversation set state = 'assigned', assignee_id = $2, participant_ids = array[$2, $3] where id = $1",
        )
        .bind(id)
        .bind(assignee)
        .bind(participant)
        .execute(&self.probe.0)
        .await
        .unwrap();
        id
    }

    /// Writes many conversations without a word in them that wait in a team's queue, the first one longest.
    pub async fn plant_plain(&self, count: usize, team: Uuid) -> Vec<Uuid> {
        let sql = format!(
            "with new as (
                 select gen_random_uuid() as contact, gen_random_uuid() as identity, gen_random_uuid() as id, n,
                        now() - interval '1 day' + interval '1 second' * n as at
                   from generate_series(1, {count}) n),
             c as (insert into contact (id, name, created_at, updated_at) select contact, 'Plain ' || n, at, at from new),
             i as (insert into contact_identity (id, contact_id, channel_id, external_id, created_at)
                   select identity, contact, '{channel}', 'plain-' || id, at from new),
             k as (insert into conversation (id, channel_id, contact_id, identity_id, team_id, state, last_activity_at, waiting_since, created_at)
                   select id, '{channel}', contact, identity, '{team}', 'queued', at, at, at from new)
             select id from new order by n",
            channel = self.channel.id,
        );
        sqlx::query_scalar::<_, Uuid>(AssertSqlSafe(sql)).fetch_all(&self.probe.0).await.unwrap()
    }

    /// Appends an event that everybody sees, so that a socket can tell that nothing else comes before it.
    pub async fn fence(&self) -> String {
        let id = Uuid::new_v4().to_string();
        let everybody: Vec<Uuid> = self.people().all().iter().map(|p| p.id).collect();
        sqlx::query(
            "insert into event (at, kind, user_ids, data) values (now(), 'fence', $1, jsonb_build_object('id', $2::text))",
        )
        .bind(everybody)
        .bind(&id)
        .execute(&self.probe.0)
        .await
        .unwrap();
        for node in &self.nodes {
            node.app.db.waker().wake(kernel::event::TOPIC);
        }
        id
    }
}
