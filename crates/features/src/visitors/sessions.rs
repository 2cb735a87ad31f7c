//! Visits: a token for whoever opens the widget, and who that is.

use base::{Code, Time};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use connect::channel::VisitorProfile;
use kernel::{crypto::hash_token, db::Tx, http::Problem};
use uuid::Uuid;

use super::{
    guard::{Page, budget},
    proof,
    store::{self, VisitorRow},
};
use crate::{App, contacts, media};

/// How long the token of an anonymous visitor holds after their last visit.
const ANONYMOUS: TimeDelta = TimeDelta::days(30);
/// How long that of a proven user does: as long as the proof may. Their page proves them again.
const PROVEN: TimeDelta = TimeDelta::hours(24);
/// How long the token before still holds, for other tabs.
const GRACE: TimeDelta = TimeDelta::seconds(60);
/// Sessions from one address, and of one channel, in a minute.
const ADDRESS_SESSIONS: u64 = 60;
const CHANNEL_SESSIONS: u64 = 6_000;
const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);

/// Before the company's own id of a user, and before the id of somebody anonymous.
const USER: &str = "user:";
const VISITOR: &str = "visitor:";

/// A visit that began.
pub(super) struct Begun {
    pub token: String,
    pub expires_at: Time,
    pub row: VisitorRow,
}

/// Whether the company has proven who it is.
pub(super) fn is_proven(row: &VisitorRow) -> bool {
    row.external_id.starts_with(USER)
}

/// Begins a visit, or goes on with one. With a proof the visitor is that user; what was said anonymously on this device before then is
/// theirs, unless they are known already: two people never become one by themselves.
pub(super) async fn begin(
    app: &App,
    page: &Page,
    token: Option<&str>,
    user_token: Option<&str>,
    context: &VisitorProfile,
) -> Result<Begun, Problem> {
    let channel_id = page.channel.id();
    budget(app, &format!("visits:{}", kernel::http::serve::site(page.address)), ADDRESS_SESSIONS, MINUTE).await?;
    budget(app, &format!("visits:{}", channel_id.simple()), CHANNEL_SESSIONS, MINUTE).await?;
    let now = app.now();
    let proof = match user_token {
        Some(token) => Some(
            proof::check(&page.widget.keys, channel_id, token, now)
                .map_err(|why| Problem::new(Code::Unauthenticated, why).with_field("user_token", why))?,
        ),
        None => None,
    };
    let old_hash = token.map(|token| hash_token(token.as_bytes()));
    let mut tx = app.db.begin().await?;
    let old = match &old_hash {
        Some(hash) => store::by_token(&mut tx, channel_id, hash, now).await?,
        None => None,
    };
    let mut row = match (&proof, &old) {
        (Some(proof), _) => {
            let user = format!("{USER}{}", proof.user_id);
            let row = store::ensure(&mut tx, app.new_id(), channel_id, &user, now).await?;
            if let Some(before) = old.as_ref().filter(|before| before.external_id.starts_with(VISITOR)) {
                move_over(app, &mut tx, before, &user).await?;
            }
            row
        }
        (None, Some(known)) => store::ensure(&mut tx, known.id, channel_id, &known.external_id, now).await?,
        (None, None) => {
            let id = app.new_id();
            // The identity is not the visitor's id: nothing that is shown somewhere can be used to guess at the other.
            let [random @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = app.ids.token();
            let anonymous = format!("{VISITOR}{}", Uuid::from_bytes(random));
            store::ensure(&mut tx, id, channel_id, &anonymous, now).await?
        }
    };
    let mut profile = row.profile.0.clone();
    if let Some(proof) = &proof {
        profile = proof.profile.clone();
    }
    for (key, value) in &context.attributes {
        profile.attributes.entry(key.clone()).or_insert_with(|| value.clone());
    }
    if profile != row.profile.0 {
        store::set_profile(&mut tx, row.id, &profile, false).await?;
        (row.profile.0, row.told) = (profile, false);
    }
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.ids.token());
    let hash = hash_token(token.as_bytes());
    let expires_at = now + if is_proven(&row) { PROVEN } else { ANONYMOUS };
    store::insert_token(&mut tx, &hash, row.id, now, expires_at).await?;
    if let Some(old) = &old_hash {
        store::end_token(&mut tx, old, now + GRACE).await?;
    }
    tx.commit().await?;
    Ok(Begun { token, expires_at, row })
}

/// What was said anonymously on this device is this user's. Where the user is known already, both stay who they are.
async fn move_over(app: &App, tx: &mut Tx, before: &VisitorRow, user: &str) -> Result<(), Problem> {
    contacts::change_identity(app, tx, before.channel_id, &before.external_id, user, None).await?;
    media::move_visitor(tx, before.channel_id, &before.external_id, user).await?;
    // Nobody is this visitor any more, on whatever tab.
    store::delete(tx, before.id).await?;
    Ok(())
}
