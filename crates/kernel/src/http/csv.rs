//! Lists as files. Lines leave as they are read, a batch at a time, so that a file may be of any size.

use std::future::Future;

use aide::{
    OperationOutput,
    generate::GenContext,
    openapi::{MediaType, Operation, Response as DocResponse},
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};

use super::Problem;

/// A CSV file: UTF-8 with a header line, comma between cells, and no cell that a spreadsheet would run as a formula.
pub struct Csv {
    name: &'static str,
    body: Body,
}

impl Csv {
    /// A file of that name. `batch` is asked again and again with the key it returned before (first with `first`), until it answers with no
    /// key. An error in the middle breaks the transfer off, so that nobody takes a part for the whole.
    pub fn stream<K, F, Fut>(name: &'static str, columns: &[&str], first: Option<K>, batch: F) -> Self
    where
        K: Send + 'static,
        F: Fn(Option<K>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(Vec<Vec<String>>, Option<K>), Problem>> + Send,
    {
        let header = lines(&[columns.iter().map(|c| (*c).to_owned()).collect()]);
        let start = (header, Some(first), batch);
        let body = stream::try_unfold(start, move |(ready, next, batch)| async move {
            if !ready.is_empty() {
                return Ok(Some((ready, (Bytes::new(), next, batch))));
            }
            let Some(key) = next else { return Ok(None) };
            match batch(key).await {
                Ok((rows, key)) => Ok(Some((lines(&rows), (Bytes::new(), key.map(Some), batch)))),
                Err(problem) => {
                    tracing::error!(file = name, error = problem.detail(), "an export broke off");
                    Err(std::io::Error::other("the export broke off"))
                }
            }
        });
        Self { name, body: Body::from_stream(body) }
    }
}

/// Rows as CSV text.
fn lines(rows: &[Vec<String>]) -> Bytes {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Into memory, so it cannot fail.
        let _ = writer.write_record(row.iter().map(|cell| harmless(cell)));
    }
    writer.into_inner().unwrap_or_default().into()
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.name)) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}

impl OperationOutput for Csv {
    type Inner = String;
    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        let mut file = DocResponse { description: "The file.".into(), ..DocResponse::default() };
        file.content.insert("text/csv".into(), MediaType::default());
        std::iter::once((Some(200), file)).chain(Problem::inferred_responses(ctx, operation)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_text() {
        let row = ["a,b", "say \"hi\"", "=1+1", "@x", "-5", "two\nlines", "5"].map(str::to_owned).to_vec();
        let text = String::from_utf8(lines(&[row]).to_vec()).unwrap();
        assert_eq!(text, "\"a,b\",\"say \"\"hi\"\"\",'=1+1,'@x,'-5,\"two\nlines\",5\n");
    }

    #[tokio::test]
    async fn batches_follow_each_other_until_there_is_no_key() {
        let csv = Csv::stream("n.csv", &["n"], Some(1), |key: Option<i32>| async move {
            let n = key.unwrap_or_default();
            Ok((vec![vec![n.to_string()]], (n < 3).then_some(n + 1)))
        });
        let response = csv.into_response();
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        assert_eq!(body, "n\n1\n2\n3\n");
    }

    #[tokio::test]
    async fn an_error_breaks_the_transfer_off() {
        let csv = Csv::stream("n.csv", &["n"], None, |_: Option<i32>| async { Err(Problem::not_found()) });
        assert!(axum::body::to_bytes(csv.into_response().into_body(), 1_000).await.is_err());
    }
}
