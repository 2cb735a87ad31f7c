//! Endpoints of files.

mod bytes;
mod upload;

use axum::extract::{DefaultBodyLimit, State};
use kernel::{
    auth::{Can, On, SignedLink},
    http::{Created, Doc, Json, NoContent, Problem, Query, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::upload::FileForm;
use self::{
    bytes::{Bytes, LinkedFile, Shown, Wanted},
    upload::UploadForm,
};
use super::{
    MediaAccess, MediaView, Variant,
    fit::{Form, Offer},
    service,
};
use crate::App;

kernel::permissions! {
    /// Upload files to be sent.
    MediaUpload = "media.upload";
    /// Have files of conversations one may read, and one's own.
    MediaRead = "media.read";
}

pub(super) fn routes() -> Routes<App> {
    let upload = Routes::new()
        .post("/api/v1/media", Doc::new("media.create", "Upload a file, to be sent with a message or kept"), create)
        // The file is counted while it arrives.
        .map(|router| router.layer(DefaultBodyLimit::disable()));
    Routes::new()
        .merge(upload)
        .get("/api/v1/media/{id}", Doc::new("media.get", "The bytes of a file"), get)
        .get("/api/v1/media/{id}/link", Doc::new("media.link", "A file, with addresses that hold from now on"), link)
        .delete("/api/v1/media/{id}", Doc::new("media.delete", "Throw a file of yours away that was not sent"), delete)
        .post("/api/v1/media/{id}/convert", Doc::new("media.convert", "Make something of a file of yours that fits"), convert)
        .get(
            "/media/{id}/{variant}/{name}",
            Doc::new("media.serve", "The bytes of a file, under an address that MAX signed"),
            serve,
        )
}

/// A file that was uploaded, and whether it fits where it is to go.
#[derive(Serialize, JsonSchema)]
struct Uploaded {
    #[serde(flatten)]
    media: MediaView,
    /// Why the channel does not take it as it is, where a channel was named.
    unfit: Option<String>,
    /// What could be made of it instead.
    offers: Vec<Offer>,
}

async fn create(who: Can<MediaUpload>, State(app): State<App>, form: UploadForm) -> Result<Created<Uploaded>, Problem> {
    let (upload, channel_id) = form.read(&app, &who.actor).await?;
    let row = service::upload(&app, &who.actor, upload).await?;
    let (unfit, offers) = service::offers(&app, &row, channel_id).await?.unzip();
    Ok(Created::New(Uploaded { media: row.view(&app), unfit, offers: offers.unwrap_or_default() }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhichVariant {
    /// `thumbnail` for a small picture of it.
    variant: Option<String>,
}

async fn get(
    who: On<MediaAccess, MediaRead>,
    State(app): State<App>,
    Query(which): Query<WhichVariant>,
    wanted: Wanted,
) -> Result<Bytes, Problem> {
    let variant = which.variant.as_deref().map_or(Some(Variant::Original), Variant::parse);
    let variant = variant.ok_or_else(|| Problem::field("variant", "Ask for original or thumbnail."))?;
    bytes::answer(&app, &who.access.row().0, variant, wanted, Shown::Here).await
}

async fn serve(link: SignedLink<LinkedFile>, State(app): State<App>, wanted: Wanted) -> Result<Bytes, Problem> {
    bytes::answer(&app, &link.target.row, link.target.variant, wanted, Shown::Anywhere).await
}

async fn link(who: On<MediaAccess, MediaRead>, State(app): State<App>) -> Json<MediaView> {
    Json(who.access.row().0.view(&app))
}

async fn delete(who: On<MediaAccess, MediaRead>, State(app): State<App>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    service::remove(&app, &mut tx, who.access.actor(), &who.access.row().0).await?;
    tx.commit().await?;
    Ok(NoContent)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Convert {
    /// What to make of it.
    to: Form,
    /// The channel that it is to fit.
    channel_id: Option<Uuid>,
}

async fn convert(
    who: On<MediaAccess, MediaRead>,
    State(app): State<App>,
    Json(body): Json<Convert>,
) -> Result<Created<MediaView>, Problem> {
    let row = service::convert(&app, who.access.actor(), &who.access.row().0, body.to, body.channel_id).await?;
    Ok(Created::New(row.view(&app)))
}
