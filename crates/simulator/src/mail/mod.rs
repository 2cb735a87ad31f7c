//! The mailbox: whatever MAX sends by mail is caught here, whoever it is for, and can be read on a page.

mod page;
mod receiver;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use mail_parser::{Address, MessageParser};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::ok;
use crate::hub::Hub;

pub(crate) use receiver::serve;

/// One mail as it was caught.
#[derive(Clone, Serialize)]
pub(crate) struct CaughtMail {
    pub id: u64,
    /// As the header says it, `MAX <max@example.com>`; without the header, the address of the envelope.
    pub from: String,
    /// The addresses of the envelope: where a mail really goes.
    pub to: Vec<String>,
    pub subject: String,
    /// The plain text; of a mail that has only HTML, what can be read of it.
    pub text: String,
    /// Unix milliseconds of the virtual clock.
    pub at: i64,
}

/// The envelope and the raw mail of a session.
pub(crate) struct Caught {
    pub from: String,
    pub to: Vec<String>,
    pub raw: Vec<u8>,
}

/// Reads a mail; what is no mail is kept with its raw text, for somebody will want to see it.
fn read(id: u64, caught: Caught, at: i64) -> CaughtMail {
    let parsed = MessageParser::default().parse(&caught.raw);
    let header = parsed.as_ref().and_then(|mail| mail.from()).and_then(Address::first);
    let from = header.and_then(|from| match (from.name(), from.address()) {
        (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
        (_, address) => address.map(str::to_owned),
    });
    let text = parsed.as_ref().and_then(|mail| mail.body_text(0)).map(|text| text.replace("\r\n", "\n"));
    CaughtMail {
        id,
        from: from.unwrap_or(caught.from),
        to: caught.to,
        subject: parsed.as_ref().and_then(|mail| mail.subject()).unwrap_or_default().to_owned(),
        text: text.unwrap_or_else(|| String::from_utf8_lossy(&caught.raw).into_owned()),
        at,
    }
}

/// Puts a mail into the mailbox and tells the open pages.
pub(crate) fn keep(hub: &Hub, caught: Caught) {
    let at = hub.clock.now_ms();
    let mail = {
        let mut world = hub.world();
        let cap = world.settings.mail_cap;
        let (id, _) = world.mails.push(cap, |id| read(id, caught, at));
        world.mails.get_mut(id).cloned()
    };
    hub.say(&json!({ "type": "mail", "mail": mail }));
}

/// The control API of the mailbox, and its page.
pub(crate) fn routes() -> Router<Arc<Hub>> {
    page::routes().route("/_sim/mails", get(mails).delete(clear))
}

/// Narrows the list.
#[derive(Deserialize)]
struct Filter {
    /// Only mail to this address, in any spelling of its letters.
    to: Option<String>,
    limit: Option<usize>,
}

async fn mails(State(hub): State<Arc<Hub>>, Query(filter): Query<Filter>) -> Response {
    let world = hub.world();
    let wanted = |mail: &&CaughtMail| {
        filter.to.as_ref().is_none_or(|wanted| mail.to.iter().any(|address| address.eq_ignore_ascii_case(wanted)))
    };
    let newest_first: Vec<_> = world.mails.iter().rev().filter(wanted).take(filter.limit.unwrap_or(usize::MAX)).collect();
    ok(&json!({ "data": newest_first }))
}

async fn clear(State(hub): State<Arc<Hub>>) -> Response {
    hub.world().mails.clear();
    hub.say(&json!({ "type": "mails_cleared" }));
    ok(&json!({ "success": true }))
}
