//! Staying signed in: refresh tokens, each good for one more, and signing out.

use std::net::IpAddr;

use kernel::{audit::Record, crypto::hash_token, db::Tx};

use super::{
    AccountError,
    sessions::{self, tell_ended},
    sign_in::{SignIn, hand_out, issue_refresh_token},
    store::{self, refresh::RefreshRow},
};
use crate::App;

/// Trades a refresh token for the next one. A token used a second time ends the session, except when its successor was never used: then
/// the answer was lost on the way, and a new successor takes its place.
pub(super) async fn refresh(app: &App, token: &str, address: IpAddr) -> Result<SignIn, AccountError> {
    let now = app.now();
    let hash = hash_token(token.as_bytes());
    let mut tx = app.db.begin().await?;
    let row = store::refresh::lock(&mut tx, &hash).await?.ok_or(AccountError::SessionEnded)?;
    // Looked at beside the expiry that was written: an operator may have made the greatest age less since.
    let holds_until = sessions::holds_until(row.created_at, now, row.remember, app.session_age);
    if row.ended || row.expires_at <= now || holds_until <= now || !row.user_active {
        return Err(AccountError::SessionEnded);
    }
    if row.consumed {
        let successor_used = match &row.successor {
            Some(successor) => store::refresh::is_consumed(&mut tx, successor).await?,
            None => true,
        };
        if successor_used {
            tracing::warn!(session_id = %row.session_id, user_id = %row.user_id, "a refresh token was used twice; its session was ended");
            end(app, &mut tx, &row, "refresh token reused", "session.reused", address).await?;
            tx.commit().await?;
            app.principals.invalidate(&row.session_id).await;
            return Err(AccountError::SessionEnded);
        }
    }
    let next = issue_refresh_token(app, &mut tx, row.session_id).await?;
    let next_hash = hash_token(next.as_bytes());
    if let (true, Some(lost)) = (row.consumed, &row.successor) {
        // The successor that never arrived must not become a second live branch.
        store::refresh::consume(&mut tx, lost, &next_hash, now).await?;
    }
    store::refresh::consume(&mut tx, &hash, &next_hash, now).await?;
    store::sessions::refreshed(&mut tx, row.session_id, now, holds_until).await?;
    let sign_in = hand_out(app, &mut tx, row.user_id, row.session_id, next, row.remember).await?;
    tx.commit().await?;
    Ok(sign_in)
}

/// Ends the session of a refresh token. An unknown token is no error: the browser wanted to be signed out, and is.
pub(super) async fn logout(app: &App, token: &str, address: IpAddr) -> Result<(), AccountError> {
    let mut tx = app.db.begin().await?;
    if let Some(row) = store::refresh::lock(&mut tx, &hash_token(token.as_bytes())).await?
        && !row.ended
    {
        end(app, &mut tx, &row, "signed out", "sign_out", address).await?;
        tx.commit().await?;
        app.principals.invalidate(&row.session_id).await;
    }
    Ok(())
}

async fn end(
    app: &App,
    tx: &mut Tx,
    row: &RefreshRow,
    why: &'static str,
    kind: &'static str,
    address: IpAddr,
) -> Result<(), AccountError> {
    store::sessions::end(tx, row.session_id, row.user_id, why, app.now()).await?;
    tell_ended(app, tx, row.user_id, row.session_id);
    let record = Record::from(Some(address), kind);
    // Whoever shows a used token has not shown that it is theirs.
    let record = if kind == "sign_out" { record.as_user(row.user_id, &row.user_name) } else { record };
    tx.record(app.now(), &record.about("user", row.user_id, &row.user_name).with("session_id", row.session_id));
    Ok(())
}
