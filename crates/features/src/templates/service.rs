//! Use cases of templates.

use std::collections::HashSet;

use base::Code;
use connect::channel::{MediaKind, SendError, Template, TemplateChange, TemplateMessage, TemplateNotice};
use kernel::{
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
    job,
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Asked, UPDATED, Variables, fill,
    jobs::Sync,
    model::TemplateView,
    store::{self, Change, TemplateRow},
};
use crate::{App, accounts, channels};

/// What may be sent.
const APPROVED: &str = "approved";
/// Most pages read of one channel's list: a list that never ends is broken.
const MOST_PAGES: usize = 100;

/// Has a channel's templates read, after the caller's transaction.
pub(super) async fn sync_soon(app: &App, tx: &mut Tx, channel_id: Uuid) -> anyhow::Result<()> {
    job::enqueue::<App, Sync>(app.db.pool(), tx, Sync { channel_id }).await
}

/// Reads a channel's templates. What the provider refuses is told where the channel's health is; it is asked again within the hour.
pub(super) async fn sync(app: &App, channel_id: Uuid) -> Result<(), Problem> {
    let Some(channel) = channels::live(app, channel_id).await? else { return Ok(()) };
    if !channel.kind.capabilities().templates {
        return Ok(());
    }
    let asked = app.now();
    let listed = match listed(app, &channel).await {
        Ok(listed) => listed,
        Err(error) => {
            tracing::warn!(%channel_id, error = %error, "the templates of a channel could not be read");
            if let SendError::Account { error } = error {
                let mut tx = app.db.begin().await?;
                // Reading templates asks for another right than sending does.
                channels::in_trouble(app, &mut tx, channel_id, &error, false).await?;
                tx.commit().await?;
            }
            return Ok(());
        }
    };
    let mut seen = HashSet::new();
    let new: Vec<(Uuid, Template)> = listed
        .into_iter()
        .filter(|t| seen.insert((t.name.clone(), t.language.clone())))
        .map(|template| (app.new_id(), template))
        .collect();
    let mut tx = app.db.begin().await?;
    if store::replace(&mut tx, channel_id, &new, asked, app.now()).await? {
        tell(app, &mut tx, channel_id, None).await?;
    }
    Ok(tx.commit().await?)
}

async fn listed(app: &App, channel: &channels::Live) -> Result<Vec<Template>, SendError> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let page = channel.kind.list_templates(&app.net, &channel.settings, after.as_deref()).await?;
        all.extend(page.templates);
        match page.next {
            Some(next) if after.as_ref() != Some(&next) => after = Some(next),
            _ => break,
        }
    }
    Ok(all)
}

/// Applies what the provider told about a template of this channel. One that is not known, and one whose words changed, is read.
pub async fn told(app: &App, tx: &mut Tx, channel_id: Uuid, notice: &TemplateNotice) -> Result<(), sqlx::Error> {
    let known = store::lock(tx, channel_id, &notice.name, &notice.language).await?;
    let change = match &notice.change {
        TemplateChange::Status { status, reason } => {
            Change { status: Some(status), reason: reason.as_deref(), ..Change::default() }
        }
        TemplateChange::Quality(quality) => Change { quality: Some(quality), ..Change::default() },
        TemplateChange::Category(category) => Change { category: Some(category), ..Change::default() },
        TemplateChange::Components => Change::default(),
    };
    match known {
        Some(id) if notice.change != TemplateChange::Components => {
            if store::change(tx, id, &change, notice.at, app.now()).await? {
                let template = store::one(tx, None, id).await?.map(TemplateRow::view);
                tell(app, tx, channel_id, template).await?;
            }
        }
        _ => sync_soon(app, tx, channel_id).await.map_err(|error| sqlx::Error::Protocol(format!("{error:#}")))?,
    }
    Ok(())
}

async fn tell(app: &App, tx: &mut Tx, channel_id: Uuid, template: Option<TemplateView>) -> Result<(), sqlx::Error> {
    let audience = Audience { user_ids: accounts::who_sees_team(tx, None).await?, ..Audience::default() };
    let mut data = json!({ "channel_id": channel_id });
    if let Some(template) = template {
        data["template"] = json!(template);
    }
    tx.emit(NewEvent::new(app.now(), UPDATED, audience, &data));
    Ok(())
}

/// An admin wants a channel's templates read now.
pub(super) async fn sync_now(app: &App, tx: &mut Tx, channel_id: Uuid) -> Result<(), Problem> {
    if channels::live_in(app, tx, channel_id).await?.is_none() {
        return Err(Problem::not_found());
    }
    sync_soon(app, tx, channel_id).await.map_err(Problem::internal)
}

/// Keeps what somebody wants filled in from now on.
pub(super) async fn save_defaults(
    app: &App,
    tx: &mut Tx,
    user_id: Uuid,
    id: Uuid,
    variables: &Variables,
) -> Result<TemplateView, Problem> {
    fill::check_defaults(variables).map_err(|(field, message)| Problem::field(field, message))?;
    let variables = serde_json::to_value(variables).map_err(Problem::internal)?;
    store::save_defaults(tx, id, user_id, &variables, app.now()).await?;
    Ok(store::one(tx, Some(user_id), id).await?.ok_or_else(Problem::not_found)?.view())
}

/// The template that a message asks for, filled, with a file on top of this kind. Each wrong field is named.
pub async fn filled(
    conn: &mut PgConnection,
    channel_id: Uuid,
    asked: &Asked,
    file: Option<MediaKind>,
) -> Result<TemplateMessage, Problem> {
    let row = approved(conn, channel_id, &asked.name, &asked.language).await?;
    let template = fill::Template { name: &row.name, language: &row.language, named: row.named, components: &row.components };
    fill::fill(&template, &asked.variables, file).map_err(|errors| {
        let problem = Problem::new(Code::Invalid, "Please check the marked fields.");
        errors.into_iter().fold(problem, |p, (field, message)| p.with_field(format!("template.{field}"), message))
    })
}

/// Whether a template that was sent before may be sent again as it was.
pub async fn still_approved(conn: &mut PgConnection, channel_id: Uuid, message: &TemplateMessage) -> Result<(), Problem> {
    approved(conn, channel_id, &message.name, &message.language).await.map(|_| ())
}

async fn approved(conn: &mut PgConnection, channel_id: Uuid, name: &str, language: &str) -> Result<TemplateRow, Problem> {
    let row = store::named(conn, channel_id, name, language).await?;
    let row = row.ok_or_else(|| {
        Problem::field("template.name", "This channel has no template of this name in this language. Choose another one.")
    })?;
    if row.status != APPROVED {
        let words = format!(
            "This template is {} at the provider, so it cannot be sent. Choose another one.",
            row.status.replace('_', " ")
        );
        return Err(Problem::field("template.name", words));
    }
    Ok(row)
}
