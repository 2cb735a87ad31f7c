//! Files that the app names by their address. MAX goes there without any secret, and nowhere inside the company's network.

use super::super::{FetchError, IncomingMedia, ProviderError};
use crate::net::{Call, NetError, Outbound};
use http::{HeaderValue, StatusCode, header};
use std::time::Duration;

/// The longest a file may take on its way.
const FILE_TIME: Duration = Duration::from_mins(10);

/// Opens a file of the company's.
pub(super) async fn fetch(net: &Outbound, url: &str, max_bytes: u64) -> Result<IncomingMedia, FetchError> {
    let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let call = Call::get(url)
        // The bytes as they are: their number and their digest are compared.
        .map(|c| c.header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")).within(FILE_TIME).max_answer(limit));
    let body = match call {
        Ok(call) => net.open(call).await.map_err(|e| unanswered(&e))?,
        Err(e) => return Err(unanswered(&e)),
    };
    let status = body.status();
    if !status.is_success() {
        let code = format!("http_{}", status.as_u16());
        return Err(match status {
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                FetchError::Gone { error: own(&code, "The app's server does not hand out this file.", None) }
            }
            _ => FetchError::Retry { error: own(&code, "The app's server did not hand out the file.", None), after: None },
        });
    }
    let size = body.announced();
    if size.is_some_and(|size| size > max_bytes) {
        return Err(FetchError::TooLarge);
    }
    Ok(IncomingMedia { size, sha256: None, body })
}

fn unanswered(error: &NetError) -> FetchError {
    let detail = Some(error.to_string());
    match error {
        NetError::Invalid(_) | NetError::Refused(_) => {
            let words = "MAX may not fetch a file from this address.";
            FetchError::Gone { error: own("address_refused", words, detail) }
        }
        _ => {
            let words = "The app's server could not be reached for this file.";
            FetchError::Retry { error: own("no_connection", words, detail), after: None }
        }
    }
}

fn own(code: &str, words: &str, detail: Option<String>) -> ProviderError {
    ProviderError { code: code.to_owned(), message: words.to_owned(), detail }
}
