//! Profile photos.

use aide::{
    OperationInput, OperationOutput,
    generate::GenContext,
    openapi::{MediaType, Operation, ReferenceOr, RequestBody, Response as DocResponse, SchemaObject},
};
use axum::{
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
};
use base::Code;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use kernel::{
    auth::{Public, SignedIn},
    http::{Doc, Json, ParamName, PathText, Problem, Routes},
};

use crate::{
    App,
    accounts::{
        photo::{self, MAX_BYTES},
        profile::Me,
        store::photos::PhotoRow,
    },
};

/// What may be uploaded.
const KINDS: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .put("/api/v1/me/photo", Doc::new("me.put_photo", "One's own photo: the body is the picture itself, up to 5 MiB"), put)
        .delete("/api/v1/me/photo", Doc::new("me.delete_photo", "Take one's own photo away"), remove)
        .get("/api/v1/photos/{token}", Doc::new("photos.get", "A photo, by its unguessable address"), get)
}

/// A picture as the body of a request.
struct Picture(Bytes);

impl<S: Send + Sync> FromRequest<S> for Picture {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !KINDS.iter().any(|known| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(known)) {
            return Err(Problem::new(Code::UnsupportedMediaType, "Send a PNG, JPEG or WebP picture, and its Content-Type."));
        }
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BYTES).await;
        Ok(Self(bytes.map_err(|_| Problem::new(Code::TooLarge, "The picture is larger than 5 MiB, or broke off on the way."))?))
    }
}

/// Any bytes, as the document describes them.
fn binary(kinds: &[&str]) -> impl Iterator<Item = (String, MediaType)> {
    let schema = schemars::json_schema!({ "type": "string", "format": "binary" });
    let media = MediaType {
        schema: Some(SchemaObject { json_schema: schema, external_docs: None, example: None }),
        ..MediaType::default()
    };
    kinds.iter().map(move |kind| ((*kind).to_owned(), media.clone()))
}

impl OperationInput for Picture {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.request_body =
            Some(ReferenceOr::Item(RequestBody { content: binary(&KINDS).collect(), required: true, ..RequestBody::default() }));
    }
}

async fn put(who: SignedIn, State(app): State<App>, Picture(bytes): Picture) -> Result<Json<Me>, Problem> {
    Ok(Json(photo::put(&app, &who.actor, bytes).await?))
}

async fn remove(who: SignedIn, State(app): State<App>) -> Result<Json<Me>, Problem> {
    Ok(Json(photo::remove(&app, &who.actor).await?))
}

/// The token in the path.
struct Token;

impl ParamName for Token {
    const NAME: &'static str = "token";
}

/// A photo as browsers show it.
struct Photo(PhotoRow);

impl IntoResponse for Photo {
    fn into_response(self) -> Response {
        let mut response = self.0.bytes.into_response();
        let kind = HeaderValue::from_str(&self.0.kind).unwrap_or(HeaderValue::from_static("application/octet-stream"));
        for (name, value) in [
            (header::CONTENT_TYPE, kind),
            // The address changes with the photo.
            (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
        ] {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl OperationOutput for Photo {
    type Inner = ();
    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        let photo = DocResponse {
            description: "The photo.".into(),
            content: binary(&["image/jpeg"]).collect(),
            ..DocResponse::default()
        };
        std::iter::once((Some(200), photo)).chain(Problem::inferred_responses(ctx, operation)).collect()
    }
}

async fn get(_: Public, State(app): State<App>, token: PathText<Token>) -> Result<Photo, Problem> {
    Ok(Photo(photo::get(&app, &token.text).await?))
}
