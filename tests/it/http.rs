//! The manners of every address: problems, headers, limits, health.

use kernel::http::RateLimits;
use serde_json::json;
use tests::{Answer, Client, TestApp, eventually, http};

#[tokio::test]
async fn http_problems_have_one_form() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let base = &app.bases[0];

    agent.get("/api/v1/nothing").await.refused(404, "not_found");
    agent.get("/api/v1/conversations/not-an-id").await.refused(404, "not_found");
    Answer::of(agent.request("DELETE".parse().unwrap(), "/api/v1/me")).await.refused(405, "method_not_allowed");
    let raw = |body: &'static str, kind: &'static str| {
        let request = http().post(format!("{base}/api/v1/auth/login")).header("content-type", kind).body(body);
        Answer::of(request)
    };
    raw("{}", "text/plain").await.refused(415, "unsupported_media_type");
    raw("{\"email\":", "application/json").await.refused(400, "bad_request");
    raw("{\"email\":1,\"password\":\"x\"}", "application/json").await.refused(422, "invalid");
    let unknown =
        raw("{\"email\":\"a\",\"password\":\"b\",\"role\":\"admin\"}", "application/json").await.refused(422, "invalid");
    assert!(unknown["detail"].as_str().unwrap().contains("role"), "{unknown}");
    let large =
        http().post(format!("{base}/api/v1/auth/login")).header("content-type", "application/json").body(vec![b' '; 300 * 1024]);
    Answer::of(large).await.refused(413, "too_large");
    agent.get("/api/v1/conversations?limit=0").await.fields();
    assert_eq!(agent.get("/api/v1/conversations?limit=201").await.fields(), ["limit"]);
    agent.get("/api/v1/conversations?cursor=garbage").await.refused(400, "invalid_cursor");
    agent.get("/api/v1/conversations?colour=red").await.refused(422, "invalid");
    assert_eq!(agent.get("/api/v1/conversations?state=asleep").await.fields(), ["state"]);
    assert_eq!(agent.get("/api/v1/conversations?view=team").await.fields(), ["team_id"]);

    // Nothing authenticated sits in a shared cache, and nothing of ours is framed, sniffed or told on.
    let answer = agent.get("/api/v1/me").await;
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let page = Client::anonymous(base).get("/inbox/mine").await;
    assert_eq!(page.status, 200, "an address of the web app is the web app");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(Client::anonymous(base).get("/assets/none.js").await.status, 404);
    app.finish().await;
}

#[tokio::test]
async fn http_health_metrics_and_documents() {
    let app = TestApp::with().metrics_token("a token for scrapers").start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    assert_eq!(anonymous.get("/healthz").await.ok()["status"], "ok");
    let ready = anonymous.get("/readyz").await.ok();
    assert_eq!(ready["parts"]["database"]["status"], "ok", "{ready}");

    anonymous.get("/metrics").await.refused(404, "not_found");
    anonymous.with_token("a token for nobody!!").get("/metrics").await.refused(404, "not_found");
    let metrics = anonymous.with_token("a token for scrapers").get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.text().contains("process_resident_memory_bytes"), "{}", metrics.text());

    let document = anonymous.get("/api/openapi.json").await.ok();
    assert_eq!(document["info"]["title"], "MAX");
    let docs = anonymous.get("/api/docs").await;
    assert_eq!(docs.status, 200);
    assert!(!docs.text().contains("<script src=\"http"), "the page brings its own script");
    app.finish().await;
}

#[tokio::test]
async fn http_readiness_tells_when_the_database_is_away() {
    let mut app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let agent = app.agent().await;
    app.database().shut(true).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await; // health answers are reused for a second
    let ready = anonymous.get("/readyz").await;
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert_eq!(ready.json()["parts"]["database"]["status"], "down");
    assert_eq!(anonymous.get("/healthz").await.status, 200, "the process is alive");
    let problem = agent.get("/api/v1/conversations").await;
    problem.refused(503, "unavailable");
    assert!(problem.header("retry-after").is_some());
    app.database().shut(false).await;
    eventually("it is ready again", async || (anonymous.get("/readyz").await.status == 200).then_some(())).await;
    agent.get("/api/v1/conversations").await.ok();
    app.expect_error("job");
    app.finish().await;
}

#[tokio::test]
async fn http_request_ids_travel() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let answer =
        Answer::of(agent.request("GET".parse().unwrap(), "/api/v1/nothing").header("x-request-id", "from-the-proxy-7")).await;
    assert_eq!(answer.refused(404, "not_found")["request_id"], json!("from-the-proxy-7"));
    app.finish().await;
}

#[tokio::test]
async fn http_callers_have_a_budget_and_webhooks_have_none() {
    let mut app = TestApp::with().nodes(2).rate_limits(RateLimits { user: 30, session: 20, address: 10 }).start().await;
    let agent = app.agent().await;
    let other = app.agent().await;
    let me = async |client: &Client, times: usize| {
        let mut statuses = Vec::new();
        for _ in 0..times {
            statuses.push(client.get("/api/v1/me").await.status);
        }
        statuses
    };
    // A session has its share, and so have all of a user's together; colleagues are not concerned.
    let statuses = me(&agent, 25).await;
    assert!(statuses[..20].iter().all(|s| *s == 200) && statuses[20..].iter().all(|s| *s == 429), "{statuses:?}");
    let answer = agent.get("/api/v1/me").await;
    answer.refused(429, "too_many_requests");
    assert!((1..=10).contains(&answer.header("retry-after").unwrap().parse::<u64>().unwrap()));
    let statuses = me(&other, 15).await;
    assert!(statuses.contains(&200) && statuses.contains(&429), "both sessions are one user's: {statuses:?}");
    assert_eq!(me(&app.colleague().await, 1).await, [200]);
    // Without a buses' memory in common each node counts for itself.
    assert_eq!(me(&agent.at(&app.bases[1]), 1).await, [200]);
    // Who has not shown who they are is counted by where they are; guessing tokens and public addresses count alike.
    let anonymous = Client::anonymous(&app.bases[0]);
    let mut statuses = me(&anonymous, 12).await;
    assert_eq!(statuses.pop(), Some(429));
    anonymous.get("/api/v1/auth/options").await.refused(429, "too_many_requests");
    // A provider is never turned away.
    for n in 0..60 {
        app.say("15550002222", &format!("message {n}")).await;
    }
    app.stop_node(1).await;
    app.finish().await;
}
