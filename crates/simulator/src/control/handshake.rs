//! The verification call by which the provider makes sure that a webhook address wants its events.

use std::time::Duration;

use crate::chance;
use crate::hub::Hub;

/// Sends the `GET` with a fresh challenge; an error says what was wrong with the answer.
pub(crate) async fn perform(hub: &Hub, url: &str, verify_token: &str) -> Result<(), String> {
    let challenge = chance::numeric_id();
    let query = [("hub.mode", "subscribe"), ("hub.verify_token", verify_token), ("hub.challenge", challenge.as_str())];
    let response =
        hub.http.get(url).query(&query).timeout(Duration::from_secs(10)).send().await.map_err(|error| error.to_string())?;
    let status = response.status();
    if status != http::StatusCode::OK {
        return Err(format!(
            "HTTP Status Code = {}; HTTP Message = {}",
            status.as_u16(),
            status.canonical_reason().unwrap_or("?")
        ));
    }
    let body = response.text().await.map_err(|error| error.to_string())?;
    if body != challenge {
        return Err("the answer is not the challenge alone".into());
    }
    Ok(())
}
