//! Whether the app answers as it should: one signed call that says nothing.

use base::Time;

use super::{
    super::{Finding, Settings},
    config,
    protocol::{AppEvent, AppPing},
    send,
};
use crate::net::Outbound;

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
    // Not remembered by the app as seen: each try has an id of its own.
    let id = format!("ping_{}_{}", settings.channel_id, now.timestamp_millis());
    let outcome = send::post(net, settings, &url, &id, now, now, AppEvent::Ping(AppPing {})).await;
    vec![match outcome {
        Ok(_) => Finding { check, ok: true, words: "The app answered a signed call.".to_owned(), detail: None },
        Err(failure) => {
            let error = failure.error();
            let detail = error.detail.clone().or_else(|| Some(error.code.clone()));
            Finding { check, ok: false, words: error.message.clone(), detail }
        }
    }]
}
