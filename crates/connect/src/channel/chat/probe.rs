//! Whether the app answers as it should: one signed call that says nothing.

use base::Time;
use url::Url;

use super::{
    super::{Condition, Finding, SendError, Settings},
    config,
    protocol::{AppEvent, AppPing},
    send,
};
use crate::net::{Answer, Outbound};

/// The callback address, where there is one.
pub(super) async fn all(net: &Outbound, settings: &Settings, now: Time) -> Vec<Finding> {
    let check = "callback";
    let url = match config::callback(settings) {
        Ok(Some(url)) => url,
        Ok(None) => {
            let words = "There is no callback address: answers are read in the widget only.".to_owned();
            return vec![Finding { check, ok: true, words, detail: None }];
        }
        Err(why) => return vec![Finding { check, ok: false, words: format!("The callback address {why}."), detail: None }],
    };
    vec![match ping(net, settings, &url, now).await {
        Ok(_) => Finding { check, ok: true, words: "The app answered a signed call.".to_owned(), detail: None },
        Err(failure) => {
            let error = failure.error();
            let detail = error.detail.clone().or_else(|| Some(error.code.clone()));
            Finding { check, ok: false, words: error.message.clone(), detail }
        }
    }]
}

/// Whether the app takes calls. Where there is none to call, there is nothing to be in trouble.
pub(super) async fn condition(net: &Outbound, settings: &Settings, now: Time) -> Result<Condition, SendError> {
    let well = Condition::default();
    let Ok(Some(url)) = config::callback(settings) else { return Ok(well) };
    match ping(net, settings, &url, now).await {
        Ok(_) | Err(SendError::Final { .. }) => Ok(well),
        Err(SendError::Account { error }) => Ok(Condition { trouble: Some(error), ..well }),
        Err(error) => Err(error),
    }
}

async fn ping(net: &Outbound, settings: &Settings, url: &Url, now: Time) -> Result<Answer, SendError> {
    // Not remembered by the app as seen: each try has an id of its own.
    let id = format!("ping_{}_{}", settings.channel_id, now.timestamp_millis());
    send::post(net, settings, url, &id, now, now, AppEvent::Ping(AppPing {})).await
}
