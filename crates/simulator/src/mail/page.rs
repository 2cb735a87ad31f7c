//! The page on which caught mail is read. It shows text only: nothing in a mail becomes markup, nothing is loaded from elsewhere.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::hub::Hub;
use crate::phone::{file, script};

pub(super) fn routes() -> Router<Arc<Hub>> {
    Router::new()
        .route("/mail", get(|| file("text/html; charset=utf-8", include_str!("mail.html"))))
        .route("/mail.css", get(|| file("text/css; charset=utf-8", include_str!("mail.css"))))
        .route("/mail.js", get(|| script(include_str!("mail.js"))))
}
