//! What the database really did for a request: each statement's plan with the pages it touched, as the database itself measures it
//! (auto_explain), sent beside the answer.

use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::{TestApp, logs};

/// A statement's plan, measured while it ran.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The statement.
    pub sql: String,
    /// Pages of shared memory looked at.
    pub buffers: i64,
    /// Each node as `kind relation or index`, from the outside in.
    pub nodes: Vec<String>,
}

impl TestApp {
    /// Starts a further node, whose statements tell their plans; its number.
    pub async fn add_measured_node(&mut self) -> usize {
        let name: String = self.probe.one("select current_database()::text").await;
        for setting in [
            "session_preload_libraries = 'auto_explain'",
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_analyze = on",
            "auto_explain.log_timing = off",
            "auto_explain.log_buffers = on",
            "auto_explain.log_format = json",
            "auto_explain.log_level = notice",
        ] {
            let sql = format!("alter database {name} set {setting}");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.probe.0).await.unwrap();
        }
        self.add_node().await
    }

    /// The plans of statements that hold one of these words, since this was last asked.
    pub fn plans(&self, words: &[&str]) -> Vec<Plan> {
        let plans = logs::take_notices().into_iter().filter_map(|notice| {
            let json: Value = serde_json::from_str(notice.split_once("plan:")?.1).ok()?;
            let number = |field: &str| json["Plan"][field].as_i64().unwrap_or_default();
            let mut nodes = Vec::new();
            walk(&json["Plan"], &mut nodes);
            Some(Plan {
                sql: json["Query Text"].as_str()?.to_owned(),
                buffers: number("Shared Hit Blocks") + number("Shared Read Blocks"),
                nodes,
            })
        });
        plans.filter(|plan| words.iter().any(|words| plan.sql.contains(words))).collect()
    }
}

fn walk(node: &Value, nodes: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let of = node["Index Name"].as_str().or(node["Relation Name"].as_str()).unwrap_or_default();
    nodes.push(format!("{kind} {of}").trim_end().to_owned());
    for child in node["Plans"].as_array().into_iter().flatten() {
        walk(child, nodes);
    }
}
