//! The accept loop of the mail server, and what the faults make of a session.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::session::{Post, Session};
use super::{Caught, keep};
use crate::faults::Kind;
use crate::hub::Hub;

/// Sessions at once; one more is told to come later.
const SESSIONS: usize = 32;

/// Accepts mail until the hub stops.
pub(crate) async fn serve(hub: Arc<Hub>, listener: TcpListener) {
    let seats = Arc::new(Semaphore::new(SESSIONS));
    loop {
        let accepted = tokio::select! {
            () = hub.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (mut stream, seat) = match accepted {
            Ok((stream, _)) => (stream, seats.clone().try_acquire_owned()),
            Err(error) => {
                // Out of descriptors, most likely: let some connections end first.
                tracing::warn!(%error, "cannot accept a mail connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (stop, desk) = (hub.stop.clone(), Desk(hub.clone()));
        hub.spawn(async move {
            let Ok(_seat) = seat else {
                let _ = stream.write_all(b"421 too many connections, come later\r\n").await;
                return;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = Session::new(BufReader::new(stream), desk).run() => {}
            }
        });
    }
}

/// Where mail is handed in.
struct Desk(Arc<Hub>);

impl Post for Desk {
    fn refuses(&self, address: &str) -> Option<u16> {
        let order = self.0.world().faults.strike(Kind::MailRefuse, "", &[address])?;
        Some(order.code.and_then(|code| u16::try_from(code).ok()).unwrap_or(550))
    }

    async fn take(&self, caught: Caught) {
        let (order, epoch) = {
            let mut world = self.0.world();
            let to: Vec<&str> = caught.to.iter().map(String::as_str).collect();
            (world.faults.strike(Kind::MailSlow, "", &to), world.epoch.clone())
        };
        keep(&self.0, caught);
        if let Some(order) = order {
            tokio::select! {
                () = epoch.cancelled() => {}
                () = tokio::time::sleep(Duration::from_millis(order.ms.unwrap_or(5000))) => {}
            }
        }
    }
}
