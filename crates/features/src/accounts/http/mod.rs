//! Endpoints of accounts, a file for each use.

mod cookie;
mod links;
mod me;
mod photo;
mod sessions;
mod sign_in;
mod two_factor;

use kernel::http::Routes;

use crate::App;

pub(super) fn routes() -> Routes<App> {
    sign_in::routes(Routes::new().merge(links::routes()).merge(me::routes()))
        .merge(photo::routes())
        .merge(sessions::routes())
        .merge(two_factor::routes())
}
