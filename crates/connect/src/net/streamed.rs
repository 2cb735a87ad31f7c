//! An answer that is read bit by bit.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};

use super::{Answer, NetError, explain};

/// The longest pause within a body. The call's own time bounds the whole.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// An answer whose head has come, whatever its status. Dropping it hangs up.
#[derive(Debug)]
pub struct Streamed {
    response: reqwest::Response,
    limit: usize,
    taken: usize,
}

impl Streamed {
    pub(super) fn new(response: reqwest::Response, limit: usize) -> Self {
        Self { response, limit, taken: 0 }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// How many bytes the other side says will come.
    pub fn announced(&self) -> Option<u64> {
        self.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// The next bytes, or `None` at the end. Errors when more come than the call takes, when they stop coming, and when the time is up.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, NetError> {
        let chunk = match tokio::time::timeout(LONGEST_PAUSE, self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(|e| explain(&e))?,
            Err(_) => return Err(NetError::Timeout),
        };
        self.taken = self.taken.saturating_add(chunk.as_ref().map_or(0, Bytes::len));
        if self.taken > self.limit { Err(NetError::TooLarge { limit: self.limit }) } else { Ok(chunk) }
    }

    /// The rest of it in one piece.
    pub async fn whole(mut self) -> Result<Answer, NetError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        let headers = std::mem::take(self.response.headers_mut());
        Ok(Answer { status: self.response.status(), headers, body: body.freeze() })
    }
}
