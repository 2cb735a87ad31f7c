//! Log lines on standard error: one JSON object per event, or text for people.

use std::{fmt, io};

use base::{Clock, SystemClock};
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    fmt::{
        FmtContext, FormatEvent, FormattedFields,
        format::{JsonFields, Writer},
        time::FormatTime,
    },
    layer::SubscriberExt,
    registry::LookupSpan,
    util::{SubscriberInitExt, TryInitError},
};

use crate::config::LogFormat;

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is neither a level nor a list of directives.
    #[error("the log filter is not valid ({0}); it looks like info or info,sqlx=warn")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
}

/// Starts logging to standard error, and metrics. A second call changes nothing, so that every test may make it.
///
/// # Errors
/// [`TelemetryError::Filter`] when `log_filter` cannot be read.
pub fn init(log_filter: &str, format: LogFormat) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(log_filter)?;
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let layer = match format {
        LogFormat::Json => layer.fmt_fields(JsonFields::new()).event_format(JsonLines).boxed(),
        LogFormat::Text => layer.with_timer(Present).boxed(),
    };
    super::metrics::install();
    // The error says that somebody has set up logging before.
    let _: Result<(), TryInitError> = tracing_subscriber::registry().with(filter).with(layer).try_init();
    Ok(())
}

struct Present;

impl FormatTime for Present {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&now())
    }
}

fn now() -> String {
    SystemClock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Formats an event as one line: `time`, `level`, `target`, `message`, `request_id` when a request is being handled, and
/// under `fields` all others, the event's own and those of the spans around it.
#[derive(Debug, Default, Clone, Copy)]
pub struct JsonLines;

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, JsonFields>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Map::new();
        for span in ctx.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            if let Some(formatted) = extensions.get::<FormattedFields<JsonFields>>()
                && let Ok(of_span) = serde_json::from_str::<Map<String, Value>>(&formatted.fields)
            {
                fields.extend(of_span);
            }
        }
        event.record(&mut Collect(&mut fields));
        let metadata = event.metadata();
        let mut line = Map::new();
        line.insert("time".to_owned(), now().into());
        line.insert("level".to_owned(), metadata.level().as_str().into());
        line.insert("target".to_owned(), metadata.target().into());
        for name in ["message", "request_id"] {
            if let Some(value) = fields.shift_remove(name) {
                line.insert(name.to_owned(), value);
            }
        }
        if !fields.is_empty() {
            line.insert("fields".to_owned(), fields.into());
        }
        writeln!(writer, "{}", serde_json::to_string(&line).map_err(|_| fmt::Error)?)
    }
}

struct Collect<'a>(&'a mut Map<String, Value>);

impl Collect<'_> {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().trim_start_matches("r#").to_owned(), value.into());
    }
}

impl Visit for Collect<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.insert(field, value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use base::Pii;
    use secrecy::SecretString;

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn capture(log: impl FnOnce()) -> String {
        let captured = Captured::default();
        let writer = captured.clone();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(JsonLines)
            .with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_event_is_one_line_of_json() {
        let lines = capture(|| {
            let _request = tracing::info_span!("request", request_id = "abc", method = "GET").entered();
            let _inner = tracing::info_span!("inner", count = 1).entered();
            tracing::warn!(count = 2, level = "mine", error = %io::Error::other("no\nroom"), "two\nlines");
        });
        let mut line: Value = serde_json::from_str(lines.strip_suffix('\n').unwrap()).unwrap();
        assert!(line["time"].as_str().unwrap().ends_with('Z'));
        line["time"] = "then".into();
        line["target"] = "here".into();
        insta::assert_snapshot!(line, @r#"{"time":"then","level":"WARN","target":"here","message":"two\nlines","request_id":"abc","fields":{"method":"GET","count":2,"level":"mine","error":"no\nroom"}}"#);
        assert_eq!(lines.lines().count(), 1);
    }

    #[test]
    fn secrets_and_personal_data_do_not_reach_the_log() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "read by Debug")]
        struct Login {
            email: Pii<String>,
            password: SecretString,
        }
        let lines = capture(|| {
            let phone = Pii("canary-phone".to_owned());
            let token = SecretString::from("canary-token");
            let login = Login { email: Pii("canary-email".to_owned()), password: "canary-password".into() };
            let _span = tracing::info_span!("sign in", %phone, ?token, ?login).entered();
            tracing::info!(%phone, ?phone, ?token, ?login, "from {phone} {phone:?} {token:?} {login:?}");
            tracing::error!(error = %anyhow::anyhow!("cannot call {phone}"), "failed");
        });
        assert_eq!(lines.lines().count(), 2);
        assert!(lines.contains("[pii]"));
        assert!(!lines.contains("canary"), "{lines}");
    }

    #[test]
    fn starting_twice_is_harmless_and_a_wrong_filter_is_told() {
        init("warn", LogFormat::Json).unwrap();
        init("warn,sqlx=error", LogFormat::Text).unwrap();
        let error = init("warn,[[[", LogFormat::Json).unwrap_err();
        assert!(error.to_string().starts_with("the log filter is not valid"), "{error}");
    }
}
