//! Colleagues, as those see them who give work to each other: who could have a conversation of a team, and who could not and why.

use kernel::auth::Role;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    policy::{self, Reach},
    store::colleagues::{self as rows, ColleagueRow},
};

/// Most colleagues in a list to pick from.
const MOST: i64 = 500;

/// A user, seen from a team.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Whether they may sign in.
    pub active: bool,
    /// What is unguessable in the address of their photo, if they have one.
    pub photo_token: Option<String>,
    /// Whether they belong to the team.
    pub member: bool,
}

impl Colleague {
    /// Where their photo is, if they have one.
    pub fn photo_url(&self) -> Option<String> {
        self.photo_token.as_ref().map(|token| format!("/api/v1/photos/{token}"))
    }

    /// Why they cannot be given a conversation of the team; `None`: they can. What no team has is for anybody.
    pub fn unfit(&self, team_id: Option<Uuid>) -> Option<&'static str> {
        let reaches = self.member || team_id.is_none() || reaches_all(self.role);
        match (self.active, reaches) {
            (false, _) => Some("is deactivated"),
            (_, false) => Some("is not in this team"),
            _ => None,
        }
    }
}

/// Who comes into question for a conversation of this team: its members, active or not, and whoever reaches every team.
pub async fn candidates(conn: &mut PgConnection, team_id: Option<Uuid>) -> Result<Vec<Colleague>, sqlx::Error> {
    let roles: Vec<String> =
        Role::ALL.into_iter().filter(|role| reaches_all(*role)).map(|role| role.as_str().to_owned()).collect();
    Ok(known(rows::of_team(conn, team_id, &roles).await?))
}

/// Active colleagues of these teams (or of all), seen from this team.
pub async fn colleagues(
    conn: &mut PgConnection,
    team_id: Option<Uuid>,
    of: &[Uuid],
    all: bool,
) -> Result<Vec<Colleague>, sqlx::Error> {
    Ok(known(rows::within(conn, team_id, of, all, MOST).await?))
}

/// One user, seen from this team.
pub async fn colleague(conn: &mut PgConnection, id: Uuid, team_id: Option<Uuid>) -> Result<Option<Colleague>, sqlx::Error> {
    Ok(known(rows::by_ids(conn, &[id], team_id).await?).pop())
}

/// The names of users.
pub async fn names(conn: &mut PgConnection, ids: &[Uuid]) -> Result<std::collections::HashMap<Uuid, String>, sqlx::Error> {
    Ok(rows::by_ids(conn, ids, None).await?.into_iter().map(|row| (row.id, row.name)).collect())
}

fn reaches_all(role: Role) -> bool {
    policy::reach_of(role, "conversations.take") == Reach::All
}

fn known(rows: Vec<ColleagueRow>) -> Vec<Colleague> {
    rows.into_iter()
        .filter_map(|row| {
            // The column's check lets no other role in.
            let role = Role::parse(&row.role)?;
            Some(Colleague {
                id: row.id,
                name: row.name,
                role,
                active: row.active,
                photo_token: row.photo_token,
                member: row.member,
            })
        })
        .collect()
}
