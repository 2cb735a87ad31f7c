//! All users as a CSV file, page by page, so that no transaction stays open for as long as somebody downloads.

use base::Time;
use futures_util::stream;
use kernel::http::{Csv, Problem};
use uuid::Uuid;

use super::{TwoFactor, User, service, store::Filter};
use crate::App;

/// Users per read.
const PAGE: i64 = 500;

const HEAD: [&str; 8] = ["name", "email", "role", "status", "teams", "two_factor", "last_seen_at", "created_at"];

/// Where the file is: behind this user, or at its end.
enum Place {
    After(Option<(String, Uuid)>),
    End,
}

/// The file of those whom the filter lets through.
pub(super) fn file(app: &App, filter: Filter) -> Csv {
    let start = (app.clone(), filter, Place::After(None));
    let pages = stream::try_unfold(start, async |(app, filter, place)| {
        let Place::After(after) = place else { return Ok(None) };
        let users = {
            let mut conn = app.db.read_relaxed().await?;
            service::page(&mut conn, &app.public_url, &filter, after, PAGE).await?
        };
        let full = users.len() as i64 == PAGE;
        let next = users.last().filter(|_| full).map(|(name, user)| (name.clone(), user.id));
        let place = next.map_or(Place::End, |key| Place::After(Some(key)));
        let rows = users.into_iter().map(|(_, user)| row(user)).collect();
        Ok::<_, Problem>(Some((rows, (app, filter, place))))
    });
    Csv::stream("users.csv", HEAD, pages)
}

fn row(user: User) -> [String; HEAD.len()] {
    let time = |at: Time| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let two_factor = match user.two_factor {
        TwoFactor::On => "on",
        TwoFactor::Off => "off",
        TwoFactor::Required => "required",
    };
    [
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
