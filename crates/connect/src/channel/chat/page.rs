//! What somebody on a page says, written down as a delivery of this channel: so it can be read again from the journal, like any other.

use base::Time;
use serde_json::{Value, json};

use super::{
    super::VisitorSaid,
    protocol::{PAGE, USER},
};

/// The body of the delivery.
pub(super) fn write_down(visitor: &str, said: &VisitorSaid, at: Time) -> Vec<u8> {
    let (kind, data) = match said {
        VisitorSaid::Message { id, text, file, choice, reply_to, name } => {
            let file = file.as_ref().map(|f| json!({ "id": f.id, "mime_type": f.mime_type, "name": f.name, "size": f.size }));
            let choice = choice.as_ref().map(|(id, title)| json!({ "id": id, "title": title }));
            let user = json!({ "id": visitor, "name": name });
            let said = json!({ "id": id, "user": user, "text": text, "media": file, "choice": choice, "reply_to": reply_to });
            ("message.created", said)
        }
        VisitorSaid::Seen { at, read } => (
            "conversation.read",
            json!({ "user": { "id": visitor }, "at": at, "status": if *read { "read" } else { "delivered" } }),
        ),
        VisitorSaid::Profile(told) => {
            let mut user = json!({ "id": visitor, "name": told.name, "email": told.email, "phone": told.phone });
            user[if told.verified { "verified_attributes" } else { "attributes" }] = Value::Object(told.attributes.clone());
            ("user.updated", json!({ "user": user, "verified": told.verified }))
        }
    };
    json!({ "type": kind, "timestamp": at, "source": PAGE, "data": data }).to_string().into_bytes()
}

/// The identity behind an id that a page named: visitors and proven users keep the one they have.
pub(super) fn identity(id: &str, from_page: bool) -> String {
    if from_page { id.to_owned() } else { format!("{USER}{id}") }
}
