//! What became of the messages we sent.

use uuid::Uuid;

use super::{
    super::{DeliveryStatus, ElementBody, StatusUpdate},
    errors,
    wire::{NAME, Wire},
};

/// Stands before our message id in `biz_opaque_callback_data`, which the provider echoes in every status.
const OUR_ID: &str = "msg_";

/// What we send along so that a status finds its message even when the answer to the send was lost.
pub(super) fn tag(id: Uuid) -> String {
    format!("{OUR_ID}{id}")
}

fn untag(data: &str) -> Option<Uuid> {
    Uuid::parse_str(data.strip_prefix(OUR_ID)?).ok()
}

/// Reads one status.
pub(super) fn read(status: Wire<'_>) -> ElementBody {
    let (Some(external_id), Some(name)) = (status.id("id"), status.word("status", NAME)) else {
        return ElementBody::Unreadable("a status names no message or no status".to_owned());
    };
    let (status_now, error) = match name.as_str() {
        "sent" => (DeliveryStatus::Sent, None),
        "delivered" => (DeliveryStatus::Delivered, None),
        "read" | "played" => (DeliveryStatus::Read, None),
        "failed" => {
            let error = status.list("errors").find(|e| e.is_object()).map_or_else(errors::unexplained, errors::from_wire);
            (DeliveryStatus::Failed, Some(error))
        }
        other => return ElementBody::Ignored(format!("the status {other:?} has no meaning in MAX")),
    };
    let our_id = status.text("biz_opaque_callback_data", NAME).as_deref().and_then(untag);
    ElementBody::Status(StatusUpdate { external_id, our_id, status: status_now, at: status.time("timestamp"), error })
}
