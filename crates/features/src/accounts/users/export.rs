//! All users as a CSV file, page by page, so that no transaction stays open for as long as somebody downloads.

use std::sync::Arc;

use base::Time;
use kernel::http::Csv;
use uuid::Uuid;

use super::{TwoFactor, User, service, store::Filter};
use crate::App;

/// Users per read.
const PAGE: i64 = 500;

const HEAD: [&str; 8] = ["name", "email", "role", "status", "teams", "two_factor", "last_seen_at", "created_at"];

/// The file of those whom the filter lets through.
pub(super) fn file(app: &App, filter: Filter) -> Csv {
    let known = Arc::new((app.clone(), filter));
    Csv::stream("users.csv", &HEAD, None, move |after: Option<(String, Uuid)>| {
        let known = Arc::clone(&known);
        async move {
            let (app, filter) = known.as_ref();
            let mut conn = app.db.read_relaxed().await?;
            let users = service::page(&mut conn, &app.public_url, filter, after, PAGE).await?;
            let full = users.len() as i64 == PAGE;
            let next = users.last().filter(|_| full).map(|(name, user)| (name.clone(), user.id));
            Ok((users.into_iter().map(|(_, user)| row(user)).collect(), next))
        }
    })
}

fn row(user: User) -> Vec<String> {
    let time = |at: Time| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let two_factor = match user.two_factor {
        TwoFactor::On => "on",
        TwoFactor::Off => "off",
        TwoFactor::Required => "required",
    };
    vec![
        user.name,
        user.email,
        user.role.as_str().to_owned(),
        user.status.as_str().to_owned(),
        user.teams.into_iter().map(|team| team.name).collect::<Vec<_>>().join("; "),
        two_factor.to_owned(),
        user.last_seen_at.map(time).unwrap_or_default(),
        time(user.created_at),
    ]
}
