//! The guards. Each writes its permission into the API document, so document and code cannot differ.

use std::{future::Future, marker::PhantomData, net::IpAddr};

use aide::{
    OperationInput,
    generate::GenContext,
    openapi::{Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathStyle, ReferenceOr, SchemaObject},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
};
use base::Code;
use http::{HeaderMap, header, request::Parts};
use schemars::JsonSchema;
use uuid::Uuid;

use super::{Actor, Principal};
use crate::http::{ClientAddress, Problem};

/// A right, named once in the policy table.
pub trait Permission: Send + Sync + 'static {
    /// `"conversations.reply"`.
    const NAME: &'static str;
}

/// What the kernel must be able to ask the application.
pub trait AuthState: Clone + Send + Sync + 'static {
    /// The user behind an access token, or a 401. May be as old as the cache of sessions.
    fn authenticate(&self, token: &str) -> impl Future<Output = Result<Principal, Problem>> + Send;

    /// The same as of this moment, past every cache: for whoever will hold on to the answer.
    fn authenticate_now(&self, token: &str) -> impl Future<Output = Result<Principal, Problem>> + Send;

    /// Counts one more request of the caller; a 429 when there were too many of late.
    fn admit(&self, caller: Caller<'_>) -> impl Future<Output = Result<(), Problem>> + Send;

    /// Whether the policy lets the actor do this at all, in whatever scope.
    fn allows(&self, actor: &Actor, permission: &'static str) -> bool;
}

/// Whose requests are counted.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// A user, and the session of theirs.
    User(&'a Principal),
    /// Somebody who has not shown who they are, by where they are.
    Address(IpAddr),
}

/// A row that guards load by the `{id}` in the path.
pub trait Row<S>: Sized + Send {
    /// The row as the actor may see it for this purpose; `None` when it does not exist or is none of their business.
    fn load(
        state: &S,
        actor: &Actor,
        id: Uuid,
        permission: &'static str,
    ) -> impl Future<Output = Result<Option<Self>, Problem>> + Send;

    /// Whether the actor, who may see the row, may do this with it.
    fn permits(&self, state: &S, actor: &Actor, permission: &'static str) -> bool;
}

/// Marks the types that may be a handler's first argument.
pub trait Guard {}

/// Nobody needs to be signed in.
#[derive(Debug, Clone, Copy)]
pub struct Public {
    /// Where the request came from.
    pub address: IpAddr,
}

/// Anybody who is signed in; what they get is their own. The one guard that lets in who still has to set up a second factor.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who asks.
    pub actor: Actor,
}

/// Somebody whose role has the right `P`, in whatever scope.
#[derive(Debug, Clone)]
pub struct Can<P> {
    /// Who asks.
    pub actor: Actor,
    right: PhantomData<P>,
}

/// Proof that somebody may do something with a row. Services ask for it.
#[derive(Debug, Clone)]
pub struct Access<R> {
    actor: Actor,
    row: R,
}

impl<R> Access<R> {
    /// Who asks.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The row as it was when the guard looked; services look again under its lock.
    pub fn row(&self) -> &R {
        &self.row
    }
}

/// Somebody who may see the row `R` (else 404) and has the right `P` on it (else 403).
#[derive(Debug, Clone)]
pub struct On<R, P> {
    /// The proof.
    pub access: Access<R>,
    right: PhantomData<P>,
}

/// A provider's call whose signature over the raw bytes was checked.
#[derive(Debug, Clone)]
pub struct SignedWebhook<T> {
    /// Whose webhook it is.
    pub source: T,
    /// The raw bytes, as signed.
    pub body: Bytes,
}

/// An address that MAX signed, which is all that is needed to read what it names.
#[derive(Debug, Clone)]
pub struct SignedLink<T> {
    /// What it names.
    pub target: T,
}

/// What signed addresses name.
pub trait LinkTarget<S>: Sized + Send {
    /// Checks the address and finds what it names; whatever is wrong with it looks the same.
    fn verify(state: &S, parts: &mut Parts) -> impl Future<Output = Result<Self, Problem>> + Send;
}

/// Where signed webhooks come from.
pub trait WebhookSource<S>: Sized + Send {
    /// Most bytes of a delivery.
    const MAX_BYTES: usize;

    /// Finds the source by the `{id}` in the path and checks the signature.
    fn verify(state: &S, id: Uuid, headers: &HeaderMap, body: &[u8]) -> impl Future<Output = Result<Self, Problem>> + Send;
}

/// Somebody on a page of the company's, let in by what the page and they show. What they get is their own.
#[derive(Debug, Clone)]
pub struct Visiting<T> {
    /// Who, and where.
    pub source: T,
}

/// How the document calls who visits.
pub trait VisitName {
    /// `"page"` for whoever shows a page only, `"visitor"` for who shows a token.
    const NAME: &'static str;
}

/// Who visits. Everything is refused that the source does not let in.
pub trait VisitSource<S>: VisitName + Sized + Send {
    /// Lets in by the `{id}` in the path, the headers, and where the request came from.
    fn admit(state: &S, id: Uuid, headers: &HeaderMap, address: IpAddr) -> impl Future<Output = Result<Self, Problem>> + Send;
}

impl Guard for Public {}
impl<T> Guard for Visiting<T> {}
impl Guard for SignedIn {}
impl<P> Guard for Can<P> {}
impl<R, P> Guard for On<R, P> {}
impl<T> Guard for SignedWebhook<T> {}
impl<T> Guard for SignedLink<T> {}

/// The actor, second factor or not.
async fn anybody<S: AuthState>(parts: &Parts, state: &S) -> Result<Actor, Problem> {
    let address = ClientAddress::of(parts);
    let principal = match authenticate(parts, state).await {
        Ok(principal) => principal,
        Err(problem) => {
            // Guessing is counted where it comes from.
            state.admit(Caller::Address(address)).await?;
            return Err(problem);
        }
    };
    state.admit(Caller::User(&principal)).await?;
    Ok(Actor::user(principal, Some(address)))
}

/// The actor, who has all that their role asks for.
async fn actor<S: AuthState>(parts: &Parts, state: &S) -> Result<Actor, Problem> {
    let actor = anybody(parts, state).await?;
    if actor.principal().is_some_and(|p| p.restricted) { Err(Problem::two_factor_required()) } else { Ok(actor) }
}

async fn authenticate<S: AuthState>(parts: &Parts, state: &S) -> Result<Principal, Problem> {
    let token = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(Problem::unauthenticated)?;
    state.authenticate(token).await
}

/// The `{id}` of the path. What is no id names no row, so it is a 404 like any unknown id.
async fn path_id<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Uuid, Problem> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
    params.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok()).ok_or_else(Problem::not_found)
}

impl<S: AuthState> FromRequestParts<S> for Public {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let address = ClientAddress::of(parts);
        state.admit(Caller::Address(address)).await?;
        Ok(Self { address })
    }
}

impl<S: AuthState> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self { actor: anybody(parts, state).await? })
    }
}

impl<S: AuthState, P: Permission> FromRequestParts<S> for Can<P> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let actor = actor(parts, state).await?;
        if state.allows(&actor, P::NAME) { Ok(Self { actor, right: PhantomData }) } else { Err(Problem::forbidden()) }
    }
}

impl<S: AuthState, R: Row<S>, P: Permission> FromRequestParts<S> for On<R, P> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let actor = actor(parts, state).await?;
        let id = path_id(parts, state).await?;
        let row = R::load(state, &actor, id, P::NAME).await?.ok_or_else(Problem::not_found)?;
        if state.allows(&actor, P::NAME) && row.permits(state, &actor, P::NAME) {
            Ok(Self { access: Access { actor, row }, right: PhantomData })
        } else {
            Err(Problem::forbidden())
        }
    }
}

impl<S: AuthState, T: LinkTarget<S>> FromRequestParts<S> for SignedLink<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match T::verify(state, parts).await {
            Ok(target) => Ok(Self { target }),
            Err(problem) => {
                // A page of pictures is many requests at once, and each was signed for somebody; only guessing is counted.
                state.admit(Caller::Address(ClientAddress::of(parts))).await?;
                Err(problem)
            }
        }
    }
}

impl<S: Send + Sync, T: WebhookSource<S>> FromRequest<S> for SignedWebhook<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let id = path_id(&mut parts, state).await?;
        let body = axum::body::to_bytes(body, T::MAX_BYTES)
            .await
            .map_err(|_| Problem::new(Code::TooLarge, "The delivery is larger than this address takes, or broke off."))?;
        let source = T::verify(state, id, &parts.headers, &body).await?;
        Ok(Self { source, body })
    }
}

impl<S: AuthState, T: VisitSource<S>> FromRequestParts<S> for Visiting<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let address = ClientAddress::of(parts);
        state.admit(Caller::Address(address)).await?;
        let id = path_id(parts, state).await?;
        Ok(Self { source: T::admit(state, id, &parts.headers, address).await? })
    }
}

fn document(operation: &mut Operation, permission: &str, signed_in: bool) {
    operation.extensions.insert("x-permission".into(), permission.into());
    if signed_in {
        operation.security.push([("bearer".to_owned(), Vec::new())].into_iter().collect());
    }
}

/// A part of the path, for the document.
pub(crate) fn document_path<T: JsonSchema>(ctx: &mut GenContext, operation: &mut Operation, name: &str) {
    operation.parameters.push(ReferenceOr::Item(Parameter::Path {
        parameter_data: ParameterData {
            name: name.to_owned(),
            description: None,
            required: true,
            deprecated: None,
            format: ParameterSchemaOrContent::Schema(SchemaObject {
                json_schema: ctx.schema.subschema_for::<T>(),
                external_docs: None,
                example: None,
            }),
            example: None,
            examples: Default::default(),
            explode: None,
            extensions: Default::default(),
        },
        style: PathStyle::Simple,
    }));
}

impl OperationInput for Public {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        document(operation, "public", false);
    }
}

impl OperationInput for SignedIn {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        document(operation, "signed_in", true);
    }
}

impl<P: Permission> OperationInput for Can<P> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        document(operation, P::NAME, true);
    }
}

impl<R, P: Permission> OperationInput for On<R, P> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        document(operation, P::NAME, true);
        document_path::<Uuid>(ctx, operation, "id");
    }
}

impl<T> OperationInput for SignedLink<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        document(operation, "signed_link", false);
        document_path::<Uuid>(ctx, operation, "id");
    }
}

impl<T> OperationInput for SignedWebhook<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        document(operation, "signed_webhook", false);
        document_path::<Uuid>(ctx, operation, "id");
    }
}

impl<T: VisitName> OperationInput for Visiting<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        document(operation, T::NAME, false);
        document_path::<Uuid>(ctx, operation, "id");
    }
}
