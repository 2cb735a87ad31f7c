//! The control API under `/_sim`: what tests, the demonstration and the phone page tell the simulator.

pub(crate) mod handshake;
mod ledgers;
mod numbers;
mod people;
mod templates;
mod trouble;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, patch, post};

use crate::hub::Hub;

/// All routes of the control API.
pub(crate) fn routes() -> Router<Arc<Hub>> {
    Router::new()
        .route("/_sim/healthz", get(trouble::healthz))
        .route("/_sim/reset", post(trouble::reset))
        .route("/_sim/clock", get(trouble::clock).post(trouble::set_clock))
        .route("/_sim/settings", get(trouble::settings).patch(trouble::change_settings))
        .route("/_sim/faults", get(trouble::faults).post(trouble::add_fault).delete(trouble::clear_faults))
        .route("/_sim/faults/{id}", delete(trouble::remove_fault))
        .route("/_sim/numbers", get(numbers::list).post(numbers::add).delete(numbers::remove_all))
        .route("/_sim/numbers/{id}", patch(numbers::change).delete(numbers::remove))
        .route("/_sim/numbers/{id}/verify", post(numbers::verify))
        .route("/_sim/deliver", post(numbers::deliver))
        .route("/_sim/customers", get(people::list).post(people::add))
        .route("/_sim/customers/{id}", patch(people::change).delete(people::remove))
        .route("/_sim/customers/{id}/send", post(people::send))
        .route("/_sim/customers/{id}/file", post(people::file))
        .route("/_sim/customers/{id}/read", post(people::read))
        .route("/_sim/chats", get(people::chat))
        .route("/_sim/media/{id}", get(people::media))
        .route("/_sim/templates", get(templates::list).post(templates::set))
        .route("/_sim/sent", get(ledgers::sent))
        .route("/_sim/webhooks", get(ledgers::webhooks))
}
