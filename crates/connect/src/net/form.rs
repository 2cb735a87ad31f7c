//! A form with a file in it, for uploads.

use std::{fmt, io};

use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::NetError;

/// The bytes of a file, as they are read.
pub type FileBody = BoxStream<'static, io::Result<Bytes>>;

/// A `multipart/form-data` body: texts, then at most one file.
#[derive(Debug, Default)]
pub struct Form {
    texts: Vec<(&'static str, String)>,
    file: Option<(&'static str, FormFile)>,
}

/// A file of a form.
pub struct FormFile {
    /// Its name, as the form tells it.
    pub name: String,
    /// Its MIME type.
    pub mime_type: String,
    /// How many bytes it has; a body that has others breaks the call.
    pub size: u64,
    /// The bytes.
    pub body: FileBody,
}

impl fmt::Debug for FormFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormFile").field("mime_type", &self.mime_type).field("size", &self.size).finish_non_exhaustive()
    }
}

impl Form {
    /// Adds a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.texts.push((name, value.into()));
        self
    }

    /// Adds the file.
    #[must_use]
    pub fn file(mut self, name: &'static str, file: FormFile) -> Self {
        self.file = Some((name, file));
        self
    }

    pub(super) fn into_parts(self) -> Result<reqwest::multipart::Form, NetError> {
        let texts = self.texts.into_iter().fold(reqwest::multipart::Form::new(), |form, (name, text)| form.text(name, text));
        let Some((name, file)) = self.file else { return Ok(texts) };
        let body = reqwest::Body::wrap_stream(file.body);
        let part = reqwest::multipart::Part::stream_with_length(body, file.size)
            .file_name(file.name)
            .mime_str(&file.mime_type)
            .map_err(|_| NetError::Invalid("the file's type is no MIME type".to_owned()))?;
        Ok(texts.part(name, part))
    }
}
