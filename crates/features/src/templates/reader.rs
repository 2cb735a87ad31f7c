//! A channel that was just set up has its templates read.

use async_trait::async_trait;
use kernel::{
    db::Tx,
    event::{Event, reader::Reader},
};
use uuid::Uuid;

use super::service;
use crate::{App, channels};

pub(super) struct NewChannels(pub App);

#[async_trait]
impl Reader for NewChannels {
    fn name(&self) -> &'static str {
        "templates"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[channels::CREATED]
    }

    /// A channel that is set up while a node starts is not missed.
    fn begins_with_the_oldest(&self) -> bool {
        true
    }

    async fn handle(&self, tx: &mut Tx, events: &[Event]) -> anyhow::Result<()> {
        let ids = events.iter().filter_map(|event| event.data["id"].as_str()?.parse::<Uuid>().ok());
        for channel_id in ids {
            service::sync_soon(&self.0, tx, channel_id).await?;
        }
        Ok(())
    }
}
