//! Endpoints of settings.

use axum::extract::State;
use kernel::{
    auth::Can,
    http::{Doc, Json, Problem, Routes},
};

use super::{Settings, service};
use crate::App;

kernel::permissions! {
    /// Decide for the whole installation.
    SettingsManage = "settings.manage";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new().get("/api/v1/settings", Doc::new("settings.get", "What holds for the whole installation"), get)
}

async fn get(_: Can<SettingsManage>, State(app): State<App>) -> Result<Json<Settings>, Problem> {
    Ok(Json(service::load(&mut *app.db.read().await?, &app.public_url).await?))
}
