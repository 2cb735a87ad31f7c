//! People who are to hear of something: those somebody names, and those a team's affairs concern.

use kernel::{
    auth::{Actor, Principal, Role},
    event::Audience,
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    policy,
    store::people as rows,
    users::{self, TwoFactor},
};
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

/// A user whose work goes on without them, with the rights they have now. Refused where they could not do it themselves at this moment: they
/// may not sign in any more, or their role asks for a second factor that they have not set up. So what somebody left to be done never
/// uses the rights of a role that they were given since and whose door is still shut to them.
pub async fn absent(app: &App, conn: &mut PgConnection, user_id: Uuid) -> Result<Actor, Problem> {
    let row = rows::active(conn, &[user_id], &[]).await?.pop().ok_or_else(Problem::forbidden)?;
    let role = users::role(&row.role)?;
    if users::two_factor(conn, &app.public_url, role, row.two_factor).await? == TwoFactor::Required {
        return Err(Problem::two_factor_required());
    }
    Ok(Actor::absent(Principal {
        user_id: row.id,
        name: row.name.into(),
        role,
        team_ids: row.team_ids.into(),
        // Of no session.
        session_id: Uuid::nil(),
        token_expires_at: app.now(),
        // Just looked up.
        restricted: false,
    }))
}

/// What is unguessable in the addresses of these users' photos, for those who have one.
pub async fn photo_tokens(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    rows::photo_tokens(conn, ids).await
}

/// Whom a team's affairs concern: its active members and whoever sees all teams; everybody active where it is no team's.
pub async fn who_sees_team(conn: &mut PgConnection, team_id: Option<Uuid>) -> Result<Vec<Uuid>, sqlx::Error> {
    let everything = Role::ALL.into_iter().filter(|role| policy::reach_of(*role, "conversations.read") == policy::Reach::All);
    let roles: Vec<String> = everything.map(|role| role.as_str().to_owned()).collect();
    rows::concerned(conn, team_id, &roles).await
}

/// The active admins.
pub async fn admins(conn: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    users::admin_ids(conn).await
}

/// Everybody who may sign in.
pub async fn active(conn: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    users::active_ids(conn).await
}
