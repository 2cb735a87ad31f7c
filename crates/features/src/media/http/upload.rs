//! A form with a file in it, read bit by bit.

use aide::{
    OperationInput,
    generate::GenContext,
    openapi::{MediaType, Operation, ReferenceOr, RequestBody, SchemaObject},
};
use axum::extract::{FromRequest, Multipart, Request, multipart::Field};
use base::Code;
use kernel::{auth::Actor, http::Problem};
use uuid::Uuid;

use crate::{
    App,
    media::{
        files::Spooled,
        service::{self, Upload, explained},
    },
};

/// The longest text of the form, in bytes.
const LONGEST_TEXT: usize = 64;
/// Most parts of the form.
const MOST_PARTS: usize = 8;

/// The form of an upload, not read yet.
pub(super) struct UploadForm(Multipart);

impl<S: Send + Sync> FromRequest<S> for UploadForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, state).await;
        form.map(Self).map_err(|_| Problem::new(Code::UnsupportedMediaType, "Send the file as multipart/form-data."))
    }
}

impl OperationInput for UploadForm {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let schema = schemars::json_schema!({
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": { "type": "string", "format": "binary", "description": "The file." },
                "channel_id": { "type": "string", "format": "uuid", "description": "The channel that it is to fit." },
                "conversation_id": { "type": "string", "format": "uuid", "description": "The conversation whose channel it is to fit." },
                "voice": { "type": "string", "enum": ["true", "false"], "description": "It was recorded for this message." },
            },
        });
        operation.request_body = Some(form_of(schema));
    }
}

fn form_of(json_schema: schemars::Schema) -> ReferenceOr<RequestBody> {
    let media =
        MediaType { schema: Some(SchemaObject { json_schema, external_docs: None, example: None }), ..MediaType::default() };
    let content = std::iter::once(("multipart/form-data".to_owned(), media)).collect();
    ReferenceOr::Item(RequestBody { content, required: true, ..RequestBody::default() })
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Problem {
    tracing::debug!(%error, "an upload broke off");
    Problem::new(Code::BadRequest, "The upload broke off, or is not a form. Please try again.")
}

impl UploadForm {
    /// Reads it: the file goes to the disk as it arrives. Answers also the channel that it is to fit.
    pub(super) async fn read(self, app: &App, actor: &Actor) -> Result<(Upload, Option<Uuid>), Problem> {
        let (mut upload, texts) = parts(self.0, app, app.media.max_bytes, &["channel_id", "conversation_id", "voice"]).await?;
        let mut channel_id = None;
        for (name, text) in texts {
            match name {
                "voice" => upload.voice = text == "true",
                "conversation_id" => channel_id = Some(service::channel_of(app, actor, id(name, &text)?).await?),
                _ => channel_id = Some(id(name, &text)?),
            }
        }
        Ok((upload, channel_id))
    }
}

/// The form of an upload with nothing beside the file, not read yet.
#[derive(Debug)]
pub struct FileForm(Multipart);

impl<S: Send + Sync> FromRequest<S> for FileForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        UploadForm::from_request(request, state).await.map(|form| Self(form.0))
    }
}

impl OperationInput for FileForm {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let schema = schemars::json_schema!({
            "type": "object",
            "required": ["file"],
            "properties": { "file": { "type": "string", "format": "binary", "description": "The file." } },
        });
        operation.request_body = Some(form_of(schema));
    }
}

impl FileForm {
    /// Reads it: the file goes to the disk as it arrives, and no more than `max_bytes` of it.
    pub async fn read(self, app: &App, max_bytes: u64) -> Result<Upload, Problem> {
        Ok(parts(self.0, app, max_bytes.min(app.media.max_bytes), &[]).await?.0)
    }
}

/// Reads a form: the file, and the texts beside it by their names.
async fn parts(
    mut form: Multipart,
    app: &App,
    max_bytes: u64,
    known: &[&'static str],
) -> Result<(Upload, Vec<(&'static str, String)>), Problem> {
    // Each takes room on the disk until it is through.
    let Ok(_place) = app.media.arriving.try_acquire() else {
        return Err(Problem::unavailable("Many files are arriving at the moment. Please try again in a moment."));
    };
    let mut upload: Option<Upload> = None;
    let mut texts = Vec::new();
    let mut count = 0;
    while let Some(mut field) = form.next_field().await.map_err(|error| broken(&error))? {
        count += 1;
        if count > MOST_PARTS {
            return Err(Problem::field("file", "The form has too many parts."));
        }
        let field_name = field.name().unwrap_or_default();
        if field_name == "file" {
            if upload.is_some() {
                return Err(Problem::field("file", "Upload one file at a time."));
            }
            let name = field.file_name().map(str::to_owned);
            let declared_type = field.content_type().map(|mime| mime.chars().take(100).collect());
            let file = arrive(app, &mut field, max_bytes).await?;
            upload = Some(Upload { file, name, declared_type, voice: false });
            continue;
        }
        let Some(name) = known.iter().find(|known| **known == field_name) else {
            let other: String = field_name.chars().take(40).collect();
            let all = ["file"].iter().chain(known).copied().collect::<Vec<_>>().join(", ");
            return Err(Problem::field(other, format!("There is no such field. These are: {all}.")));
        };
        texts.push((*name, text(&mut field).await?));
    }
    let upload = upload.ok_or_else(|| Problem::field("file", "There is no file in the form."))?;
    Ok((upload, texts))
}

async fn arrive(app: &App, field: &mut Field<'_>, max_bytes: u64) -> Result<Spooled, Problem> {
    let mut spool = app.media.files.spool(max_bytes).await.map_err(explained)?;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        spool.write(&chunk).await.map_err(explained)?;
    }
    spool.finish().await.map_err(explained)
}

async fn text(field: &mut Field<'_>) -> Result<String, Problem> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        if text.len() + chunk.len() > LONGEST_TEXT {
            return Err(Problem::new(Code::Invalid, "A field of the form is too long."));
        }
        text.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&text).trim().to_owned())
}

fn id(field: &'static str, text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::field(field, "This is no id."))
}
