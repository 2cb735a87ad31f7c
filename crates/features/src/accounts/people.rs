//! People who are to hear of something: those somebody names, and those a team's affairs concern.

use kernel::{
    auth::{Actor, Principal, Role},
    event::Audience,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{policy, store::people as rows};
use crate::App;

/// An active user, with what decides about what they see.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Their teams.
    pub team_ids: Vec<Uuid>,
}

impl Person {
    /// Whether they see a conversation with this audience.
    pub fn sees(&self, audience: &Audience) -> bool {
        policy::covers_for(policy::reach_of(self.role, "conversations.read"), self.id, &self.team_ids, audience)
    }
}

/// The active users among these, and the active members of these teams.
pub async fn people(conn: &mut PgConnection, ids: &[Uuid], team_ids: &[Uuid]) -> Result<Vec<Person>, sqlx::Error> {
    let known = rows::active(conn, ids, team_ids).await?.into_iter().filter_map(|row| {
        // The column's check lets no other role in.
        Some(Person { id: row.id, name: row.name, role: Role::parse(&row.role)?, team_ids: row.team_ids })
    });
    Ok(known.collect())
}

/// A user whose work goes on without them, with the rights they have now; `None` when they may not sign in any more.
pub async fn absent(app: &App, conn: &mut PgConnection, user_id: Uuid) -> Result<Option<Actor>, sqlx::Error> {
    let person = people(conn, &[user_id], &[]).await?.pop();
    Ok(person.map(|person| {
        Actor::absent(Principal {
            user_id: person.id,
            name: person.name.into(),
            role: person.role,
            team_ids: person.team_ids.into(),
            // Of no session.
            session_id: Uuid::nil(),
            token_expires_at: app.now(),
            restricted: false,
        })
    }))
}

/// Whom a team's affairs concern: its active members and whoever sees all teams; everybody active where it is no team's.
pub async fn who_sees_team(conn: &mut PgConnection, team_id: Option<Uuid>) -> Result<Vec<Uuid>, sqlx::Error> {
    let everything = Role::ALL.into_iter().filter(|role| policy::reach_of(*role, "conversations.read") == policy::Reach::All);
    let roles: Vec<String> = everything.map(|role| role.as_str().to_owned()).collect();
    rows::concerned(conn, team_id, &roles).await
}
