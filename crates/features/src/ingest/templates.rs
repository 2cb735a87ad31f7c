//! Notices about templates. They name the business account, whose templates all its channels share.

use connect::channel::TemplateNotice;
use kernel::db::Tx;

use super::{Fate, apply::same_app};
use crate::{
    App,
    channels::{self, Live},
    templates,
};

/// Applies a notice to each channel of the account it names. A signature with one app's secret does not speak for another app's channels.
pub(super) async fn apply(app: &App, tx: &mut Tx, signer: &Live, notice: &TemplateNotice) -> Result<Fate, sqlx::Error> {
    let mut concerned = 0;
    for id in channels::active(tx, Some(signer.kind.kind())).await? {
        let Ok(Some(channel)) = channels::live_in(app, tx, id).await else { continue };
        if channel.kind.template_owner(&channel.settings) != Some(notice.owner.as_str()) || !same_app(app, tx, signer, id).await?
        {
            continue;
        }
        concerned += 1;
        templates::told(app, tx, id, notice).await?;
    }
    Ok(match concerned {
        0 => Fate::Ignored("no channel uses the templates of this account".to_owned()),
        _ => Fate::Stored,
    })
}
