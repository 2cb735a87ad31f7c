//! Use cases of files: upload, convert, send along, keep with a canned response.

use base::{Code, Time};
use connect::{
    channel::{Content, Media},
    net::FileBody,
};
use kernel::{auth::Actor, db::Tx, http::Problem};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    MediaRow, MediaState, PENDING,
    files::{FilesError, Spooled},
    fit::{self, Form, Offer},
    link,
    model::kind_name,
    probe::Task,
    sniff,
    store::{self, Copy, NewInbound, NewUpload, Place},
    work,
};
use crate::{App, channels, conversations};

/// Most files that somebody may have uploaded and not sent.
const MOST_UNSENT: i64 = 200;
/// Most files of a note or a canned response.
pub(super) const MOST_FILES: usize = 10;
/// Most files that a visitor may have uploaded and not sent.
const MOST_UNSENT_OF_VISITOR: i64 = 20;
/// The largest JPEG made where no channel says otherwise, in bytes.
const LARGEST_JPEG: u64 = 5 * 1024 * 1024;

/// What somebody uploads.
#[derive(Debug)]
pub struct Upload {
    pub(super) file: Spooled,
    pub(super) name: Option<String>,
    pub(super) declared_type: Option<String>,
    pub(super) voice: bool,
}

impl Upload {
    /// What its bytes are.
    pub fn mime_type(&self) -> &'static str {
        self.file.mime
    }
}

/// A store of files that cannot take or give something, as its user is told.
pub(super) fn explained(error: FilesError) -> Problem {
    match error {
        FilesError::Full => {
            tracing::error!("there is no room left for files");
            Problem::new(
                Code::StorageFull,
                "There is no room for files at the moment. Tell your admin; messages without files go out.",
            )
        }
        FilesError::TooLarge(limit) => {
            let words = format!("This file is larger than {} MB, which is the most that MAX takes.", limit / 1024 / 1024);
            Problem::new(Code::TooLarge, words).with("max_bytes", limit)
        }
        FilesError::Gone => Problem::not_found(),
        FilesError::Other(error) => {
            tracing::warn!(error, "the store of files does not work");
            Problem::unavailable("Files cannot be reached at the moment. Please try again.")
        }
    }
}

/// Keeps a file that somebody uploads.
pub(super) async fn upload(app: &App, actor: &Actor, upload: Upload) -> Result<MediaRow, Problem> {
    let uploader_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    let mut tx = app.db.begin().await?;
    if store::unsent_of(&mut tx, uploader_id).await? >= MOST_UNSENT {
        return Err(Problem::field(
            "file",
            format!("You have {MOST_UNSENT} files that are not sent. Send or remove some first."),
        ));
    }
    keep(app, tx, Owner::Colleague(uploader_id), upload).await
}

/// Keeps a file that a visitor of a channel's pages uploads.
pub async fn upload_of_visitor(app: &App, channel_id: Uuid, visitor: &str, upload: Upload) -> Result<MediaRow, Problem> {
    let mut tx = app.db.begin().await?;
    if store::unsent_of_visitor(&mut tx, channel_id, visitor).await? >= MOST_UNSENT_OF_VISITOR {
        return Err(Problem::field("file", "There are many files that you have not sent. Send them first."));
    }
    keep(app, tx, Owner::Visitor(channel_id, visitor), upload).await
}

/// Whose a file is before it is sent.
enum Owner<'a> {
    Colleague(Uuid),
    Visitor(Uuid, &'a str),
}

async fn keep(app: &App, mut tx: Tx, owner: Owner<'_>, upload: Upload) -> Result<MediaRow, Problem> {
    if upload.file.size == 0 {
        return Err(Problem::field("file", "This file is empty."));
    }
    let (id, now) = (app.new_id(), app.now());
    let kind = sniff::kind_of(upload.file.mime);
    let kind = if upload.voice { sniff::honest_kind(connect::channel::MediaKind::Audio, upload.file.mime) } else { kind };
    let key = work::key_of(id, now, &upload.file.sha256);
    let name = upload.name.as_deref().map(link::safe_name).filter(|name| !name.is_empty());
    // First the row, then the bytes: what is cut short in between is found and cleared away.
    let new = NewUpload {
        id,
        uploader_id: if let Owner::Colleague(id) = owner { Some(id) } else { None },
        kind: kind_name(kind),
        declared_type: upload.declared_type.as_deref(),
        filename: name.as_deref(),
        voice: upload.voice && kind == connect::channel::MediaKind::Audio,
        mime_type: sniff::mime_as(kind, upload.file.mime),
        size: i64::try_from(upload.file.size).unwrap_or(i64::MAX),
        sha256: &upload.file.sha256,
        storage_key: &key,
    };
    store::insert_upload(&mut tx, &new, now).await?;
    if let Owner::Visitor(channel_id, visitor) = owner {
        store::set_visitor(&mut tx, id, channel_id, visitor).await?;
    }
    let mut row = get(&mut tx, id).await?;
    tx.commit().await?;
    // It has a place already, but nothing lies there yet.
    let outcome = work::process(app, &row, Some(upload.file)).await;
    let mut tx = app.db.begin().await?;
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            store::delete_unsent(&mut tx, &[id], now).await?;
            tx.commit().await?;
            return Err(explained(error));
        }
    };
    outcome.record(app, &mut tx, &row).await?;
    row = get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(row)
}

async fn get(conn: &mut PgConnection, id: Uuid) -> Result<MediaRow, Problem> {
    store::by_id(conn, id).await?.ok_or_else(Problem::not_found)
}

/// Why a file does not fit where it is to go, and what could be made of it.
pub(super) async fn offers(app: &App, row: &MediaRow, channel_id: Option<Uuid>) -> Result<Option<(String, Vec<Offer>)>, Problem> {
    let Some(channel_id) = channel_id else { return Ok(None) };
    let Some(channel) = channels::live(app, channel_id).await? else { return Ok(None) };
    Ok(fit::offers(channel.kind, row))
}

/// The channel of a conversation that the actor sees.
pub(super) async fn channel_of(app: &App, actor: &Actor, conversation_id: Uuid) -> Result<Uuid, Problem> {
    let scope = conversations::Scope::of(actor, "conversations.read");
    let card = conversations::card(&mut *app.db.read().await?, conversation_id, &scope).await?;
    card.map(|card| card.channel_id).ok_or_else(|| Problem::field("conversation_id", "There is no such conversation."))
}

/// Makes something else of one's own file that is not sent yet: a new file.
pub(super) async fn convert(
    app: &App,
    actor: &Actor,
    row: &MediaRow,
    to: Form,
    channel_id: Option<Uuid>,
) -> Result<MediaRow, Problem> {
    let owner = actor.user_id().filter(|user| row.uploader_id == Some(*user)).ok_or_else(Problem::forbidden)?;
    let (Some(key), MediaState::Ready) = (&row.storage_key, row.state()) else {
        return Err(Problem::new(Code::IllegalTransition, "This file is not there yet."));
    };
    if to == Form::Document {
        let id = app.new_id();
        let mut tx = app.db.begin().await?;
        let copy = Copy { id, of: row.id, uploader_id: Some(owner), canned_id: None, position: 0, kind: Some("document") };
        if !store::copy(&mut tx, &copy, app.now()).await? {
            return Err(Problem::not_found());
        }
        let row = get(&mut tx, id).await?;
        tx.commit().await?;
        return Ok(row);
    }
    if !fit::can_be_jpeg(row.mime_type.as_deref().unwrap_or_default()) {
        return Err(Problem::field("to", "No JPEG can be made of this file."));
    }
    let most = match channel_id {
        Some(id) => channels::live(app, id).await?.and_then(|c| fit::jpeg_limit(c.kind)).unwrap_or(LARGEST_JPEG),
        None => LARGEST_JPEG,
    };
    let original = work::recall(app, key).await.map_err(explained)?;
    let Some((_, jpeg)) = app.media.probe.look(&original, Task::Jpeg(most)).await else {
        return Err(Problem::field("to", "This picture is damaged or too large to be converted."));
    };
    let mut spool = app.media.files.spool(app.media.max_bytes).await.map_err(explained)?;
    spool.write(&jpeg).await.map_err(explained)?;
    let file = spool.finish().await.map_err(explained)?;
    let name = row.name();
    let name = name.rsplit_once('.').map_or(name.as_str(), |(name, _)| name);
    upload(app, actor, Upload { file, name: Some(format!("{name}.jpg")), declared_type: None, voice: false }).await
}

/// Throws one's own file away that is not sent.
pub(super) async fn remove(app: &App, tx: &mut Tx, actor: &Actor, row: &MediaRow) -> Result<(), Problem> {
    if row.uploader_id.is_none() || row.uploader_id != actor.user_id() {
        return Err(Problem::forbidden());
    }
    match store::delete_unsent(tx, &[row.id], app.now()).await? {
        0 => Err(Problem::new(Code::InUse, "This file was sent, or waits to be. It stays.")),
        _ => Ok(()),
    }
}

/// Somebody's own files that are there and not sent, locked, in the order asked for. `field`: where they were named.
pub async fn take_unsent(tx: &mut Tx, actor: &Actor, ids: &[Uuid], field: &'static str) -> Result<Vec<MediaRow>, Problem> {
    let wrong = |message: &str| Problem::field(field, message);
    if ids.len() > MOST_FILES {
        return Err(wrong(&format!("Send at most {MOST_FILES} files at once.")));
    }
    let rows = store::lock(tx, ids).await?;
    let mut taken: Vec<MediaRow> = Vec::with_capacity(ids.len());
    for id in ids {
        if taken.iter().any(|row| row.id == *id) {
            return Err(wrong("The same file is named twice."));
        }
        let row = rows.iter().find(|row| row.id == *id && row.uploader_id.is_some() && row.uploader_id == actor.user_id());
        let Some(row) = row else { return Err(wrong("There is no such file of yours. Attach it again.")) };
        if !row.is_unsent() {
            return Err(wrong("This file was sent already. Attach it again."));
        }
        match row.state() {
            MediaState::Ready => taken.push(row.clone()),
            MediaState::Pending => return Err(wrong("This file is still being checked. Try again in a moment.")),
            MediaState::Blocked => return Err(wrong("The virus scanner found something in this file. Remove it.")),
            MediaState::Failed => return Err(wrong("This file could not be kept. Remove it and attach it again.")),
        }
    }
    Ok(taken)
}

/// Puts files to a message that was just written.
pub async fn attach(
    tx: &mut Tx,
    ids: &[Uuid],
    channel_id: Uuid,
    conversation_id: Uuid,
    message_id: Uuid,
) -> Result<(), sqlx::Error> {
    store::place(tx, ids, Place { channel_id, conversation_id, message_id: Some(message_id), held_id: None }).await
}

/// Puts files to a message that is held.
pub async fn hold(tx: &mut Tx, ids: &[Uuid], channel_id: Uuid, conversation_id: Uuid, held_id: Uuid) -> Result<(), sqlx::Error> {
    store::place(tx, ids, Place { channel_id, conversation_id, message_id: None, held_id: Some(held_id) }).await
}

/// A held message is said: its files are the message's.
pub async fn release_held(tx: &mut Tx, files: &[MediaRow], message_id: Uuid) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = files.iter().map(|file| file.id).collect();
    match files.first().and_then(|file| file.channel_id.zip(file.conversation_id)) {
        Some((channel_id, conversation_id)) => attach(tx, &ids, channel_id, conversation_id, message_id).await,
        None => Ok(()),
    }
}

/// A held message was taken back: its files are its author's again.
pub async fn drop_held(tx: &mut Tx, held_id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    store::unplace(tx, held_id, now).await
}

/// A file that came with a message from outside.
#[derive(Debug)]
pub struct Arrival {
    /// The message.
    pub message_id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// Its channel.
    pub channel_id: Uuid,
    /// What was said about the file.
    pub media: Media,
    /// Where it was uploaded to MAX before: its id, and who sent the message.
    pub uploaded: Option<(Uuid, String)>,
}

/// What messages from outside bring: a file of each of these, to be fetched unless it was uploaded before. Answers them by message.
pub async fn expect(app: &App, tx: &mut Tx, arrived: &[Arrival]) -> Result<Vec<MediaRow>, sqlx::Error> {
    let mut rows = Vec::with_capacity(arrived.len());
    let mut to_fetch = Vec::with_capacity(arrived.len());
    for one in arrived {
        let place = Place {
            channel_id: one.channel_id,
            conversation_id: one.conversation_id,
            message_id: Some(one.message_id),
            held_id: None,
        };
        match &one.uploaded {
            Some((id, sender)) if store::send_along(tx, *id, sender, place).await? => rows.extend(store::by_id(tx, *id).await?),
            // Where there is no such file of theirs, fetching it says so.
            _ => to_fetch.push(one),
        }
    }
    rows.extend(announce(app, tx, &to_fetch).await?);
    Ok(rows)
}

async fn announce(app: &App, tx: &mut Tx, arrived: &[&Arrival]) -> Result<Vec<MediaRow>, sqlx::Error> {
    if arrived.is_empty() {
        return Ok(Vec::new());
    }
    let now = app.now();
    let new: Vec<NewInbound> = arrived
        .iter()
        .map(|Arrival { message_id, conversation_id, channel_id, media, .. }| NewInbound {
            id: app.new_id(),
            channel_id: *channel_id,
            conversation_id: *conversation_id,
            message_id: *message_id,
            kind: kind_name(media.kind),
            external_id: media.external_id.clone(),
            declared_type: media.mime_type.clone(),
            declared_sha256: media.sha256.clone(),
            filename: media.filename.clone(),
            voice: media.voice,
            animated: media.animated,
        })
        .collect();
    store::insert_inbound(tx, &new, now).await?;
    tx.wake(PENDING);
    Ok(new
        .into_iter()
        .map(|n| MediaRow {
            id: n.id,
            origin: "inbound".to_owned(),
            channel_id: Some(n.channel_id),
            conversation_id: Some(n.conversation_id),
            message_id: Some(n.message_id),
            held_id: None,
            canned_id: None,
            uploader_id: None,
            kind: n.kind.to_owned(),
            state: MediaState::Pending.as_str().to_owned(),
            external_id: Some(n.external_id),
            declared_type: n.declared_type,
            declared_sha256: n.declared_sha256,
            filename: n.filename,
            voice: n.voice,
            animated: n.animated,
            mime_type: None,
            size: None,
            sha256: None,
            width: None,
            height: None,
            duration_ms: None,
            storage_key: None,
            thumbnail_key: None,
            error: None,
            attempts: 0,
            created_at: now,
        })
        .collect())
}

/// What a message with a file holds, in these words.
pub fn content_of(file: &MediaRow, caption: Option<String>) -> Content {
    Content::Media(Media {
        kind: file.kind(),
        external_id: String::new(),
        mime_type: file.mime_type.clone(),
        caption,
        filename: Some(file.name()),
        sha256: None,
        voice: file.voice,
        animated: file.animated,
    })
}

/// The bytes of a file, as they are read.
pub async fn body_of(app: &App, file: &MediaRow) -> Result<FileBody, FilesError> {
    app.media.files.read(file.storage_key.as_deref().ok_or(FilesError::Gone)?, None).await
}

/// Makes these files a canned response's own: somebody's uploads, or what it has already. What it had besides goes.
pub async fn adopt(app: &App, tx: &mut Tx, actor: &Actor, canned_id: Uuid, ids: &[Uuid], most: usize) -> Result<(), Problem> {
    const FIELD: &str = "attachments";
    if ids.len() > most {
        return Err(Problem::field(FIELD, format!("Add at most {most} files.")));
    }
    let had = store::of_canned(tx, &[canned_id]).await?;
    let fresh: Vec<Uuid> = ids.iter().copied().filter(|id| !had.iter().any(|row| row.id == *id)).collect();
    let fresh = take_unsent(tx, actor, &fresh, FIELD).await?;
    let mut order = Vec::with_capacity(ids.len());
    for id in ids {
        if order.contains(id) {
            return Err(Problem::field(FIELD, "The same file is named twice."));
        }
        let Some(file) = fresh.iter().find(|file| file.id == *id) else {
            order.push(*id);
            continue;
        };
        let copy = Copy { id: app.new_id(), of: file.id, uploader_id: None, canned_id: Some(canned_id), position: 0, kind: None };
        store::copy(tx, &copy, app.now()).await?;
        order.push(copy.id);
    }
    drop_canned(app, tx, canned_id, &order).await?;
    store::reorder_canned(tx, canned_id, &order).await?;
    Ok(())
}

/// A canned response goes: so do its files.
pub async fn forsake(app: &App, tx: &mut Tx, canned_id: Uuid) -> Result<(), sqlx::Error> {
    drop_canned(app, tx, canned_id, &[]).await
}

async fn drop_canned(app: &App, tx: &mut Tx, canned_id: Uuid, but: &[Uuid]) -> Result<(), sqlx::Error> {
    let gone = store::forsake_canned(tx, canned_id, but).await?;
    store::delete_unsent(tx, &gone, app.now()).await?;
    Ok(())
}

/// Copies of a canned response's files, the actor's own, to be sent.
pub async fn canned_copies(app: &App, tx: &mut Tx, actor: &Actor, canned_id: Uuid) -> Result<Vec<MediaRow>, Problem> {
    let owner = actor.user_id().ok_or_else(Problem::forbidden)?;
    let mut copies = Vec::new();
    for file in store::of_canned(tx, &[canned_id]).await? {
        let copy = Copy { id: app.new_id(), of: file.id, uploader_id: Some(owner), canned_id: None, position: 0, kind: None };
        if store::copy(tx, &copy, app.now()).await? {
            copies.push(get(tx, copy.id).await?);
        }
    }
    Ok(copies)
}
