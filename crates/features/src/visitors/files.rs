//! Files that visitors send: uploaded first, then named in a message. What they are, their bytes say.

use std::time::Duration;

use base::Code;
use connect::channel::{Capabilities, MediaKind, VisitorFile};
use kernel::http::Problem;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    guard::{Page, budget},
    store::VisitorRow,
};
use crate::{
    App,
    media::{self, FileForm, MediaRow, MediaState},
};

/// Files of one visitor, and from one address, in [`WINDOW`].
const VISITOR_FILES: u64 = 30;
const ADDRESS_FILES: u64 = 120;
const WINDOW: Duration = Duration::from_secs(600);

/// What files are taken: what the channel takes the other way.
pub(super) fn types(can: &Capabilities) -> Vec<&'static str> {
    let kinds = [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Document];
    let mut types: Vec<&'static str> = Vec::new();
    for mime in kinds.into_iter().filter_map(|kind| can.media.of(kind)).flat_map(|limits| limits.mime_types) {
        if !types.contains(mime) {
            types.push(mime);
        }
    }
    types
}

/// The largest that is taken on a page, in bytes.
pub(super) fn most(app: &App, page: &Page) -> u64 {
    page.widget.upload.max_bytes.min(app.media.max_bytes)
}

/// Takes a file.
pub(super) async fn take(app: &App, page: &Page, row: &VisitorRow, form: FileForm) -> Result<MediaRow, Problem> {
    if !page.widget.upload.on {
        return Err(Problem::new(Code::NotSupportedByChannel, "This chat takes no files."));
    }
    budget(app, &format!("files:{}", row.id.simple()), VISITOR_FILES, WINDOW).await?;
    budget(app, &format!("files:{}", kernel::http::serve::site(page.address)), ADDRESS_FILES, WINDOW).await?;
    let upload = form.read(app, most(app, page)).await?;
    if !types(page.channel.kind.capabilities()).contains(&upload.mime_type()) {
        return Err(Problem::field("file", "This chat does not take files of this type."));
    }
    let kept = media::upload_of_visitor(app, row.channel_id, &row.external_id, upload).await?;
    match unfit(&kept) {
        Some(why) => Err(Problem::field("file", why)),
        None => Ok(kept),
    }
}

/// A visitor's file that they have not sent; `None`: they have no such file.
pub(super) async fn unsent(conn: &mut PgConnection, row: &VisitorRow, id: Uuid) -> Result<Option<VisitorFile>, Problem> {
    let Some(file) = media::of_visitor(conn, id, row.channel_id, &row.external_id).await? else { return Ok(None) };
    match unfit(&file) {
        Some(why) => Err(Problem::field("media_id", why)),
        None => Ok(Some(VisitorFile { id, name: file.name(), mime_type: file.mime_type, size: file.size })),
    }
}

/// Why a file is not sent. One that still waits for the scanner may be: it is shown when it is known to be clean.
fn unfit(file: &MediaRow) -> Option<&'static str> {
    match file.state() {
        MediaState::Ready | MediaState::Pending => None,
        MediaState::Blocked => Some("A virus scanner found something in this file."),
        MediaState::Failed => Some("This file could not be kept. Attach it again."),
    }
}

#[cfg(test)]
mod tests {
    use connect::channel::Registry;

    use super::*;

    #[test]
    fn nothing_that_runs_is_taken() {
        let types = types(Registry.get("chat").unwrap().capabilities());
        assert!(types.contains(&"image/png") && types.contains(&"application/pdf"));
        for runs in ["application/octet-stream", "application/x-executable", "text/html", "image/svg+xml", "text/javascript"] {
            assert!(!types.contains(&runs), "{runs}");
        }
        let mut once = types.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), types.len(), "each is named once");
    }
}
