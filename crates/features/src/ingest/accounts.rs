//! Notices about accounts. They name the business account, and perhaps one of its numbers.

use connect::channel::AccountNotice;
use kernel::db::Tx;

use super::{Fate, apply::same_app};
use crate::{
    App,
    channels::{self, Live, Noticed},
    messages,
};

/// Applies a notice to each channel it concerns. A signature with one app's secret does not speak for another app's channels.
pub(super) async fn apply(app: &App, tx: &mut Tx, signer: &Live, notice: &AccountNotice) -> Result<Fate, sqlx::Error> {
    let mut of_account = Vec::new();
    for id in channels::active(tx, Some(signer.kind.kind())).await? {
        let Ok(Some(channel)) = channels::live_in(app, tx, id).await else { continue };
        let owned = channel.kind.template_owner(&channel.settings) == Some(notice.owner.as_str());
        if owned && same_app(app, tx, signer, id).await? {
            of_account.push(id);
        }
    }
    let mut concerned = of_account.clone();
    if let Some(number) = notice.number.as_deref() {
        concerned.clear();
        let mut unknown = Vec::new();
        for id in &of_account {
            match channels::speaks_for(tx, *id, number).await? {
                Some(true) => concerned.push(*id),
                Some(false) => {}
                None => unknown.push(*id),
            }
        }
        match (concerned.is_empty(), unknown.as_slice()) {
            // Who else should it be?
            (true, [only]) => concerned.push(*only),
            (true, several) if !several.is_empty() => {
                for id in several {
                    channels::ask_soon(tx, *id, app.now()).await?;
                }
                let reason = format!(
                    "{}: MAX does not know yet which of its channels has this number, and asks each how it is",
                    notice.name
                );
                return Ok(Fate::Ignored(reason));
            }
            _ => {}
        }
    }
    if concerned.is_empty() {
        return Ok(Fate::Ignored(format!("{}: no channel belongs to this account or number", notice.name)));
    }
    let mut taken = false;
    for id in concerned {
        let noticed = channels::noticed(app, tx, id, notice).await?;
        taken |= noticed != Noticed::Late;
        if noticed == Noticed::Resumed {
            tx.wake(messages::OUTBOX);
        }
    }
    Ok(if taken { Fate::Stored } else { Fate::Ignored(format!("{}: something newer is known", notice.name)) })
}
