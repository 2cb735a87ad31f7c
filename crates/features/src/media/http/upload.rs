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
        let media = MediaType {
            schema: Some(SchemaObject { json_schema: schema, external_docs: None, example: None }),
            ..MediaType::default()
        };
        let content = std::iter::once(("multipart/form-data".to_owned(), media)).collect();
        operation.request_body = Some(ReferenceOr::Item(RequestBody { content, required: true, ..RequestBody::default() }));
    }
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Problem {
    tracing::debug!(%error, "an upload broke off");
    Problem::new(Code::BadRequest, "The upload broke off, or is not a form. Please try again.")
}

impl UploadForm {
    /// Reads it: the file goes to the disk as it arrives. Answers also the channel that it is to fit.
    pub(super) async fn read(mut self, app: &App, actor: &Actor) -> Result<(Upload, Option<Uuid>), Problem> {
        // Each takes room on the disk until it is through.
        let Ok(_place) = app.media.arriving.try_acquire() else {
            return Err(Problem::unavailable("Many files are arriving at the moment. Please try again in a moment."));
        };
        let mut upload: Option<(Spooled, Option<String>, Option<String>)> = None;
        let (mut channel_id, mut voice) = (None, false);
        let mut parts = 0;
        while let Some(mut field) = self.0.next_field().await.map_err(|error| broken(&error))? {
            parts += 1;
            if parts > MOST_PARTS {
                return Err(Problem::field("file", "The form has too many parts."));
            }
            match field.name().unwrap_or_default() {
                "file" if upload.is_none() => {
                    let name = field.file_name().map(str::to_owned);
                    let declared = field.content_type().map(|mime| mime.chars().take(100).collect());
                    upload = Some((arrive(app, &mut field).await?, name, declared));
                }
                "file" => return Err(Problem::field("file", "Upload one file at a time.")),
                "voice" => voice = text(&mut field).await? == "true",
                "channel_id" => channel_id = Some(id("channel_id", &text(&mut field).await?)?),
                "conversation_id" => {
                    let conversation_id = id("conversation_id", &text(&mut field).await?)?;
                    channel_id = Some(service::channel_of(app, actor, conversation_id).await?);
                }
                other => {
                    let other: String = other.chars().take(40).collect();
                    return Err(Problem::field(
                        other,
                        "There is no such field. Send file, channel_id, conversation_id or voice.",
                    ));
                }
            }
        }
        let Some((file, name, declared_type)) = upload else {
            return Err(Problem::field("file", "There is no file in the form."));
        };
        Ok((Upload { file, name, declared_type, voice }, channel_id))
    }
}

async fn arrive(app: &App, field: &mut Field<'_>) -> Result<Spooled, Problem> {
    let mut spool = app.media.files.spool(app.media.max_bytes).await.map_err(explained)?;
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
