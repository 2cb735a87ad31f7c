//! Metrics in the Prometheus text form.

use std::{fs, sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::Instant;

/// Upper ends of the histogram buckets, in seconds: from a cached read to a request that should have been a job.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Histograms keep every sample until this is done, scraped or not.
const UPKEEP: Duration = Duration::from_secs(10);

struct Installed {
    handle: PrometheusHandle,
    since: Instant,
}

static INSTALLED: OnceLock<Option<Installed>> = OnceLock::new();

/// Makes the process's recorder, once. `None`: another library has installed one of its own, which then has the metrics.
pub(super) fn install() -> Option<&'static PrometheusHandle> {
    installed().map(|installed| &installed.handle)
}

fn installed() -> Option<&'static Installed> {
    INSTALLED
        .get_or_init(|| {
            let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS);
            // It refuses only an empty list of buckets.
            let handle = builder.ok()?.install_recorder().ok()?;
            describe();
            let upkeep = handle.clone();
            // A thread, since the recorder outlives any runtime. Without it histograms are tidied when they are read.
            let _ = std::thread::Builder::new().name("metrics".to_owned()).spawn(move || {
                loop {
                    std::thread::sleep(UPKEEP);
                    upkeep.run_upkeep();
                }
            });
            Some(Installed { handle, since: Instant::now() })
        })
        .as_ref()
}

fn describe() {
    use metrics::{describe_counter as counter, describe_gauge as gauge, describe_histogram as histogram};
    counter!("http_requests_total", "Requests answered, by method, route and status.");
    histogram!("http_request_seconds", "Time until the answer began, by method and route.");
    gauge!("http_connections_open", "Open connections, sockets included.");
    counter!("http_connections_accepted_total", "Connections accepted.");
    counter!("http_connections_refused_total", "Connections refused for lack of room, by limit.");
    counter!("http_connections_timed_out_total", "Connections and bodies cut off for slowness, by phase.");
    counter!("http_accept_errors_total", "Failures to accept connections, such as too many open files.");
    gauge!("bus_up", "1 while the bus works, 0 while Redis is down.");
    gauge!("process_resident_memory_bytes", "Memory in use.");
    gauge!("process_open_fds", "Open files and sockets.");
    gauge!("process_uptime_seconds", "Time since the start.");
}

/// All metrics of this process, in the Prometheus text form. Reads `/proc`, so it takes a little while.
pub fn metrics_text() -> String {
    let Some(installed) = installed() else { return String::new() };
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        // One of them is this listing itself.
        metrics::gauge!("process_open_fds").set(files.count().saturating_sub(1) as f64);
    }
    metrics::gauge!("process_uptime_seconds").set(installed.since.elapsed().as_secs_f64());
    installed.handle.run_upkeep();
    installed.handle.render()
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_holds_process_and_own_metrics() {
        install();
        metrics::counter!("test_things_total", "kind" => "a").increment(3);
        metrics::histogram!("test_request_seconds").record(0.003);
        let text = metrics_text();
        for line in ["test_things_total{kind=\"a\"} 3", "test_request_seconds_bucket{le=\"0.005\"} 1"] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        let value = |name: &str| -> f64 {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
            line.rsplit(' ').next().unwrap().parse().unwrap()
        };
        assert!(value("process_resident_memory_bytes") > 1e6);
        assert!(value("process_open_fds") >= 3.0);
        assert!(value("process_uptime_seconds") >= 0.0);
    }
}
