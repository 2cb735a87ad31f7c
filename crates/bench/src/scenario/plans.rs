//! What the database really did for a request: its own log of plans (auto_explain), read after the request.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::Context as _;
use serde_json::Value;
use tokio::time::sleep;

use crate::server::Server;

/// Settings that make the database log every statement's plan with what it touched.
pub(super) const LOG_PLANS: &str = "session_preload_libraries = 'auto_explain'
auto_explain.log_min_duration = 0
auto_explain.log_analyze = on
auto_explain.log_buffers = on
auto_explain.log_format = json
";

/// What one statement took.
pub(super) struct Plan {
    /// Pages of shared memory looked at.
    pub(super) buffers: f64,
    /// Milliseconds, without the round trip.
    pub(super) ms: f64,
    /// How it reached the conversations.
    pub(super) how: String,
}

/// The place in the log from which the plans of what follows are read.
pub(super) struct Log {
    path: PathBuf,
    from: usize,
}

impl Log {
    /// Here.
    pub(super) fn here(server: &Server) -> anyhow::Result<Self> {
        let logs = fs::read_dir(server.home()?.join("pg-log"))?.flatten();
        let newest = logs.max_by_key(|log| log.metadata().and_then(|meta| meta.modified()).ok());
        let path = newest.context("the database has no log")?.path();
        let from = usize::try_from(fs::metadata(&path)?.len())?;
        Ok(Self { path, from })
    }

    /// The plan of the last statement since that holds these words.
    pub(super) async fn last_plan(&self, words: &str) -> anyhow::Result<Plan> {
        // Its writer is a process of its own, which is a moment behind.
        sleep(Duration::from_millis(500)).await;
        let text = fs::read(&self.path)?;
        let text = String::from_utf8_lossy(text.get(self.from..).unwrap_or_default()).into_owned();
        let plan = plans(&text).rfind(|plan| plan["Query Text"].as_str().is_some_and(|query| query.contains(words)));
        let root = &plan.context("the database logged no plan of that statement")?["Plan"];
        let number = |field: &str| root[field].as_f64().unwrap_or_default();
        let mut nodes = Vec::new();
        walk(root, &mut nodes);
        Ok(Plan {
            buffers: number("Shared Hit Blocks") + number("Shared Read Blocks"),
            ms: number("Actual Total Time"),
            how: nodes.join(", "),
        })
    }
}

/// The JSON behind every line that ends in `plan:`; its own lines begin with a tab.
fn plans(log: &str) -> impl DoubleEndedIterator<Item = Value> {
    let mut texts: Vec<String> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        if inside && line.starts_with('\t') {
            if let Some(text) = texts.last_mut() {
                text.push_str(line);
            }
            continue;
        }
        inside = line.trim_end().ends_with("plan:");
        if inside {
            texts.push(String::new());
        }
    }
    texts.into_iter().filter_map(|text| serde_json::from_str(&text).ok())
}

/// Names sorts, and the scans of conversations with what they threw away.
fn walk(node: &Value, nodes: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let index = node["Index Name"].as_str();
    let rows = node["Actual Rows"].as_f64().unwrap_or_default() * node["Actual Loops"].as_f64().unwrap_or(1.0);
    let of_conversations = node["Relation Name"] == "conversation"
        || index.is_some_and(|name| name.starts_with("conversation_") && !name.contains("read"));
    if of_conversations {
        let thrown = node["Rows Removed by Filter"].as_f64().unwrap_or_default();
        nodes.push(format!("{kind} {} → {rows} rows, {thrown} thrown away", index.unwrap_or("conversation")));
    } else if kind.contains("Sort") && rows > 0.0 {
        nodes.push(format!("{kind} of {rows} rows"));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        walk(child, nodes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_found_between_other_lines() {
        let log = "2026 [1] max@max LOG:  duration: 0.1 ms  plan:\n\t{\n\t  \"Query Text\": \"select 1\",\n\t  \"Plan\": {\"Node Type\": \"Result\"}\n\t}\n\
                   2026 [1] LOG:  checkpoint\n\tmore\n2026 [1] LOG:  duration: 0.2 ms  plan:\n\t{\"Query Text\": \"select 2\", \"Plan\": {}}\n";
        let found: Vec<Value> = plans(log).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[1]["Query Text"], "select 2");
    }

    #[test]
    fn a_plan_says_how_it_reached_the_conversations() {
        let plan = serde_json::json!({ "Node Type": "Limit", "Plans": [{ "Node Type": "Index Scan", "Relation Name": "conversation",
            "Index Name": "conversation_activity", "Actual Rows": 51, "Actual Loops": 1, "Rows Removed by Filter": 7 }] });
        let mut nodes = Vec::new();
        walk(&plan, &mut nodes);
        assert_eq!(nodes, ["Index Scan conversation_activity → 51 rows, 7 thrown away"]);
    }
}
