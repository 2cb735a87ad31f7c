//! Canned responses: who sees, writes and finds which, and what becomes of their placeholders.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp};
use uuid::Uuid;

fn canned(scope: &str, team: Option<Uuid>, shortcut: &str, title: &str, text: &str) -> Value {
    let mut body = json!({ "scope": scope, "shortcut": shortcut, "title": title, "text": text });
    if let Some(team) = team {
        body["team_id"] = json!(team);
    }
    body
}

async fn add(client: &Client, body: Value) -> Value {
    let answer = client.post("/api/v1/canned", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn found(client: &Client, query: &str) -> Vec<String> {
    let list = client.get(&format!("/api/v1/canned{query}")).await.ok();
    list["items"].as_array().unwrap().iter().map(|c| c["shortcut"].as_str().unwrap().to_owned()).collect()
}

async fn delete(client: &Client, canned: &Value) -> Answer {
    Answer::of(client.request(Method::DELETE, &path(canned))).await
}

fn path(canned: &Value) -> String {
    format!("/api/v1/canned/{}", canned["id"].as_str().unwrap())
}

#[tokio::test]
async fn canned_responses_are_ones_own_a_teams_or_everybodys() {
    let app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let (agent, colleague, stranger) = (app.agent().await, app.colleague().await, app.login(&app.people().stranger).await);
    let (lead, admin) = (app.login(&app.people().lead).await, app.admin().await);
    let own = add(&agent, canned("personal", None, "/Mine", " My own ", "Mine")).await;
    assert_eq!((&own["shortcut"], &own["title"], &own["owner_id"]), (&json!("Mine"), &json!("My own"), &agent.me["id"]));
    let team = add(&lead, canned("team", Some(transfers), "ours", "Ours", "Ours")).await;
    add(&admin, canned("team", Some(support), "theirs", "Theirs", "Theirs")).await;
    let global = add(&admin, canned("global", None, "all", "Everybody's", "All")).await;
    assert_eq!(found(&agent, "").await, ["all", "Mine", "ours"]);
    assert_eq!(found(&colleague, "").await, ["all", "ours"]);
    assert_eq!(found(&stranger, "").await, ["all", "theirs"]);
    assert_eq!(found(&admin, "").await, ["all", "ours", "theirs"], "but nobody's own");
    assert_eq!(found(&admin, &format!("?team_id={support}")).await, ["all", "theirs"]);
    // Who may write what.
    for (who, body) in [
        (&agent, canned("team", Some(transfers), "x", "X", "X")),
        (&agent, canned("global", None, "x", "X", "X")),
        (&lead, canned("team", Some(support), "x", "X", "X")),
        (&lead, canned("global", None, "x", "X", "X")),
    ] {
        who.post("/api/v1/canned", body).await.refused(403, "forbidden");
    }
    agent.patch(&path(&team), json!({ "text": "No" })).await.refused(403, "forbidden");
    lead.patch(&path(&global), json!({ "text": "No" })).await.refused(403, "forbidden");
    lead.patch(&path(&team), json!({ "scope": "global" })).await.refused(403, "forbidden");
    stranger.patch(&path(&team), json!({ "text": "No" })).await.refused(404, "not_found");
    admin.patch(&path(&own), json!({ "text": "No" })).await.refused(404, "not_found");
    delete(&agent, &global).await.refused(403, "forbidden");
    let changed = lead.patch(&path(&team), json!({ "text": "Ours, new", "title": "New" })).await.ok();
    assert_eq!(
        (&changed["text"], &changed["title"], &changed["team_id"]),
        (&json!("Ours, new"), &json!("New"), &json!(transfers))
    );
    // One's own becomes the team's, if one may.
    let lead_own = add(&lead, canned("personal", None, "mine", "Mine too", "Mine")).await;
    agent.patch(&path(&own), json!({ "scope": "team", "team_id": transfers })).await.refused(403, "forbidden");
    let shared = lead.patch(&path(&lead_own), json!({ "scope": "team", "team_id": transfers })).await.ok();
    assert_eq!((&shared["scope"], &shared["owner_id"]), (&json!("team"), &Value::Null));
    assert_eq!(found(&colleague, "").await, ["all", "mine", "ours"]);
    // A shortcut means one thing.
    let again = agent.post("/api/v1/canned", canned("personal", None, "MINE", "Again", "Again")).await;
    assert_eq!(again.refused(409, "already_exists")["fields"][0]["field"], "shortcut");
    for (body, field) in [
        (canned("personal", None, "two words", "X", "X"), "shortcut"),
        (canned("personal", None, "/", "X", "X"), "shortcut"),
        (canned("personal", None, "x", " ", "X"), "title"),
        (canned("personal", None, "x", "X", " \n"), "text"),
        (canned("personal", None, "x", "X", &"x".repeat(20_001)), "text"),
        (canned("team", None, "x", "X", "X"), "team_id"),
        (canned("global", Some(support), "x", "X", "X"), "team_id"),
        (canned("team", Some(Uuid::now_v7()), "x", "X", "X"), "team_id"),
    ] {
        assert_eq!(admin.post("/api/v1/canned", body.clone()).await.fields(), [field], "{body}");
    }
    assert_eq!(delete(&agent, &own).await.status, 204);
    delete(&agent, &own).await.refused(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn canned_responses_are_found_the_best_first() {
    let app = TestApp::start().await;
    let (agent, admin) = (app.agent().await, app.admin().await);
    for (shortcut, title, text) in [
        ("thanks", "Say thanks", "Thank you for your refund request"),
        ("refund", "Money back", "We are sorry"),
        ("refund-late", "Late", "Not yet"),
        ("late", "Refund is late", "Soon"),
        ("pre-refund", "Before", "Before"),
        ("wild", "100% sure_thing", "Nothing of it"),
    ] {
        add(&admin, canned("global", None, shortcut, title, text)).await;
    }
    assert_eq!(found(&agent, "?q=refund").await, ["refund", "refund-late", "late", "pre-refund", "thanks"]);
    assert_eq!(found(&agent, "?q=/REFUND").await, ["refund", "refund-late", "late", "pre-refund", "thanks"]);
    assert_eq!(found(&agent, "?q=late%20refund").await, ["late", "refund-late"], "all words, wherever they stand");
    assert_eq!(found(&agent, "?q=100%25").await, ["wild"], "wildcards are plain");
    assert_eq!(found(&agent, "?q=re_thing").await, ["wild"]);
    assert!(found(&agent, "?q=nothing%20here").await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn canned_responses_are_filled_for_their_conversation_and_counted() {
    let app = TestApp::start().await;
    let (agent, admin) = (app.agent().await, app.admin().await);
    let named = app.opens("15550002222").await;
    let fill = async |client: &Client, conversation: Uuid, canned: &Value| {
        let path = format!("/api/v1/conversations/{conversation}/canned/{}", canned["id"].as_str().unwrap());
        // To look at it is no use of it, and shows the same.
        let (looked, used) = (client.get(&path).await, client.post(&format!("{path}/use"), json!({})).await);
        assert_eq!(looked.status, used.status);
        if used.status == 200 {
            assert_eq!(looked.text(), used.text());
        }
        used
    };
    let text = r"Dear {first_name} ({name}), {agent} / {agent_first_name} of {company} on {channel}: C-{number}, {phone}, {attribute.plan}, {oops} \{kept\}";
    let greeting = add(&admin, canned("global", None, "greet", "Greet", text)).await;
    let number = agent.conversation(named).await["number"].clone();
    let filled = fill(&agent, named, &greeting).await.ok();
    let expected = format!(
        "Dear Customer (Customer 2222), Leila Agent / Leila of {{company}} on WhatsApp: C-{number}, +15550002222, {{attribute.plan}}, {{oops}} {{kept}}"
    );
    assert_eq!(filled["text"], expected);
    assert_eq!(filled["unfilled"], json!(["company", "attribute.plan", "oops"]));
    app.probe.run("insert into setting (name, value, updated_at) values ('company_name', '\"Aurora {agent}\"', now())").await;
    let filled = fill(&agent, named, &greeting).await.ok();
    assert!(filled["text"].as_str().unwrap().contains("of Aurora {agent} on"), "a value is not filled again");
    assert_eq!(filled["unfilled"], json!(["attribute.plan", "oops"]));
    // Somebody without a name is not greeted by their number.
    app.probe.run("update conversation set contact_name = '+15550002222'; update contact set name = '+15550002222'").await;
    let nameless = fill(&agent, named, &greeting).await.ok();
    assert_eq!(nameless["unfilled"], json!(["first_name", "name", "attribute.plan", "oops"]));
    // Uses are counted, whoever uses it at the same time.
    let answers = join_all((0..20).map(|_| fill(&agent, named, &greeting))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let list = agent.get("/api/v1/canned").await.ok();
    assert_eq!(list["items"][0]["uses"], 23);
    // Somebody else's does not exist, nor does it in a conversation that one may not see.
    let own = add(&admin, canned("personal", None, "own", "Own", "Own")).await;
    fill(&agent, named, &own).await.refused(404, "not_found");
    let stranger = app.login(&app.people().stranger).await;
    fill(&stranger, named, &greeting).await.refused(404, "not_found");
    app.finish().await;
}
