//! Downloads of comma-separated values: streamed, so that they may be of any size, and safe to open in a spreadsheet.

use aide::{
    OperationOutput,
    generate::GenContext,
    openapi::{MediaType, Operation, Response as DocResponse},
};
use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, header};

use super::Problem;

/// Tells a spreadsheet that the file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A CSV file on its way.
#[derive(Debug)]
pub struct Csv {
    name: &'static str,
    body: Body,
}

impl Csv {
    /// A file of this name: the head line, then rows as they come, several at a time. When they end with an error, so does the connection:
    /// half a file must not look like a whole one.
    pub fn stream<const N: usize>(
        name: &'static str,
        head: [&'static str; N],
        rows: impl Stream<Item = Result<Vec<[String; N]>, Problem>> + Send + 'static,
    ) -> Self {
        let head = futures_util::stream::once(async move { Ok(vec![head.map(str::to_owned)]) });
        let mut begun = false;
        let lines = head.chain(rows).map(move |rows| {
            let mut text = if std::mem::replace(&mut begun, true) { Vec::new() } else { BYTE_ORDER_MARK.as_bytes().to_vec() };
            encode(&mut text, &rows?).map_err(Problem::internal)?;
            Ok::<_, Problem>(Bytes::from(text))
        });
        Self { name, body: Body::from_stream(lines) }
    }
}

fn encode<const N: usize>(to: &mut Vec<u8>, rows: &[[String; N]]) -> Result<(), csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
    for row in rows {
        for cell in row {
            writer.write_field(harmless(cell).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    Ok(())
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it.
fn harmless(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
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

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<DocResponse> {
        let mut response = DocResponse { description: "The file.".into(), ..DocResponse::default() };
        response.content.insert("text/csv".into(), MediaType::default());
        Some(response)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, DocResponse)> {
        let file = Self::operation_response(ctx, operation).map(|r| (Some(200), r));
        file.into_iter().chain(Problem::inferred_responses(ctx, operation)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_every_cell_comes_back() {
        for (cell, kept) in [
            ("=1+1", "'=1+1"),
            ("+46 70", "'+46 70"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("a=b", "a=b"),
            ("", ""),
            ("says \"hi\", then\nleaves", "says \"hi\", then\nleaves"),
        ] {
            let mut text = Vec::new();
            encode(&mut text, &[[cell.to_owned(), "next".to_owned()]]).unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_slice());
            let row = reader.records().next().unwrap().unwrap();
            assert_eq!((row.get(0), row.get(1)), (Some(kept), Some("next")), "{cell:?}");
        }
    }

    #[tokio::test]
    async fn a_file_begins_with_its_head_line_and_breaks_off_with_an_error() {
        let rows = futures_util::stream::iter([Ok(vec![["Zoë".to_owned()], ["=x".to_owned()]]), Ok(vec![["last".to_owned()]])]);
        let body = Csv::stream("a.csv", ["name"], rows).into_response().into_body();
        let text = axum::body::to_bytes(body, 1_000).await.unwrap();
        assert_eq!(text, "\u{feff}name\r\nZoë\r\n'=x\r\nlast\r\n");
        let broken = futures_util::stream::iter([Ok(vec![["one".to_owned()]]), Err(Problem::not_found())]);
        let body = Csv::stream("a.csv", ["name"], broken).into_response().into_body();
        assert!(axum::body::to_bytes(body, 1_000).await.is_err());
    }
}
