//! The webhook addresses.

use axum::extract::State;
use base::Code;
use connect::channel::{Registry, Rejected};
use http::{HeaderMap, Uri};
use kernel::{
    auth::{Public, SignedWebhook, WebhookSource},
    http::{Doc, PathParam, Problem, Routes},
};
use uuid::Uuid;

use super::{queue::Delivery, refused::Why};
use crate::{
    App,
    channels::{self, Live},
};

pub(super) fn routes(channels: Registry) -> Routes<App> {
    channels.all().into_iter().fold(Routes::new(), |routes, channel| {
        let kind = channel.kind();
        let path = format!("/webhooks/{kind}/{{id}}");
        // Each operation has a name of its own. There are few kinds, and the document is made once.
        let name = |what: &str| &*format!("webhooks.{what}_{kind}").leak();
        routes.get(&path, Doc::new(name("verify"), "The provider's handshake"), verify).post(
            &path,
            Doc::new(name("receive"), "A delivery of the provider, signed over its raw bytes"),
            receive,
        )
    })
}

/// A channel whose provider signed the request.
pub(super) struct SignedChannel {
    app: App,
    channel: Live,
}

impl WebhookSource<App> for SignedChannel {
    // Deliveries reach 3 MB.
    const MAX_BYTES: usize = 4 * 1024 * 1024;

    async fn verify(app: &App, id: Uuid, headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        let live = channels::live(app, id).await?.ok_or_else(Problem::not_found)?;
        live.kind.verify(&live.settings, headers, body, app.now()).map_err(|rejected| refuse(app, id, rejected))?;
        Ok(Self { app: app.clone(), channel: live })
    }
}

struct ChannelId;

impl kernel::http::ParamName for ChannelId {
    const NAME: &'static str = "id";
}

async fn verify(_: Public, channel: PathParam<ChannelId>, State(app): State<App>, uri: Uri) -> Result<String, Problem> {
    let live = channels::live(&app, channel.id).await?.ok_or_else(Problem::not_found)?;
    live.kind.handshake(&live.settings, uri.query().unwrap_or("")).map_err(|rejected| refuse(&app, channel.id, rejected))
}

/// The guard reads the body, so it is the only argument and carries the application too.
async fn receive(webhook: SignedWebhook<SignedChannel>) -> Result<String, Problem> {
    let SignedChannel { app, channel } = webhook.source;
    app.ingest.accept(Delivery::read(channel, webhook.body)).await?;
    Ok("ok".to_owned())
}

/// Counted, for admins see it at the channel: a wrong app secret looks the same as a forger.
fn refuse(app: &App, channel_id: Uuid, rejected: Rejected) -> Problem {
    metrics::counter!("webhooks_refused_total", "why" => rejected.to_string()).increment(1);
    tracing::warn!(%channel_id, why = %rejected, "a webhook call was refused");
    let why = match rejected {
        Rejected::SignatureMissing => Why::SignatureMissing,
        Rejected::SignatureWrong => Why::SignatureWrong,
        Rejected::SignatureStale => Why::SignatureStale,
        Rejected::VerifyToken => Why::VerifyToken,
    };
    app.ingest.refused().note(channel_id, why, app.now());
    let code = match rejected {
        Rejected::SignatureMissing => Code::SignatureMissing,
        Rejected::SignatureWrong => Code::SignatureWrong,
        Rejected::SignatureStale => Code::SignatureStale,
        Rejected::VerifyToken => Code::VerifyTokenWrong,
    };
    Problem::new(code, format!("{rejected}. If this is your provider, compare the channel's secrets with the provider's."))
}
