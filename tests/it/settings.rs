//! What admins decide for the whole installation.

use serde_json::json;
use tests::TestApp;

use crate::users::{kinds_but_sign_ins, records};

const SETTINGS: &str = "/api/v1/settings";

#[tokio::test]
async fn settings_have_defaults_and_change_as_asked() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let all = |name: &str, roles: &[&str], messages: u32| {
        json!({ "company_name": name, "two_factor_roles": roles, "flood_messages": messages, "flood_seconds": 60,
                "flood_block_messages": 200, "flood_block_hours": 24 })
    };
    assert_eq!(admin.get(SETTINGS).await.ok(), all("MAX", &[], 20));
    let changed = admin.patch(SETTINGS, json!({ "company_name": " Zelmira Pay " })).await.ok();
    assert_eq!(changed, all("Zelmira Pay", &[], 20));
    let changed = admin.patch(SETTINGS, json!({ "two_factor_roles": ["supervisor", "team_lead", "supervisor"] })).await.ok();
    assert_eq!(changed, all("Zelmira Pay", &["team_lead", "supervisor"], 20));
    assert_eq!(admin.get(SETTINGS).await.ok(), changed);
    assert_eq!(admin.patch(SETTINGS, json!({})).await.ok(), changed);
    let told = records(&app, "settings.updated").await;
    assert_eq!(told.len(), 2, "what changes nothing is not told");
    assert_eq!(told[1]["data"]["before"]["two_factor_roles"], json!([]));
    assert_eq!(told[1]["data"]["after"]["two_factor_roles"], json!(["team_lead", "supervisor"]));
    assert_eq!(told[1]["actor"]["name"], "Sofia Admin");

    let changed = admin.patch(SETTINGS, json!({ "flood_messages": 30 })).await.ok();
    assert_eq!(changed, all("Zelmira Pay", &["team_lead", "supervisor"], 30));
    for (field, wrong) in [
        ("flood_messages", 0),
        ("flood_messages", 1_001),
        ("flood_seconds", 0),
        ("flood_block_messages", 30),
        ("flood_block_hours", 721),
    ] {
        assert_eq!(admin.patch(SETTINGS, json!({ field: wrong })).await.fields(), [field], "{wrong}");
    }
    assert_eq!(admin.patch(SETTINGS, json!({ "flood_messages": 200 })).await.fields(), ["flood_block_messages"]);

    for name in ["", "  ", "a\nb", "a\u{0}", &"x".repeat(101)] {
        assert_eq!(admin.patch(SETTINGS, json!({ "company_name": name })).await.fields(), ["company_name"], "{name:?}");
    }
    for body in [json!({ "two_factor_roles": ["owner"] }), json!({ "two_factor_roles": "admin" }), json!({ "colour": "red" })] {
        admin.patch(SETTINGS, body).await.refused(422, "invalid");
    }
    assert_eq!(admin.get(SETTINGS).await.ok(), changed);
    for person in [&app.people().agent, &app.people().lead, &app.people().supervisor] {
        let client = app.login(person).await;
        client.get(SETTINGS).await.refused(403, if person.name == "Leila Agent" { "forbidden" } else { "two_factor_required" });
        client.patch(SETTINGS, json!({ "company_name": "Mine" })).await;
    }
    assert_eq!(admin.get(SETTINGS).await.ok()["company_name"], "Zelmira Pay");
    app.finish().await;
}

#[tokio::test]
async fn settings_a_second_factor_is_needed_from_the_moment_an_admin_says_so() {
    let app = TestApp::start().await;
    let (admin, agent, lead) = (app.admin().await, app.agent().await, app.login(&app.people().lead).await);
    let (mut socket, mut other) = (agent.socket(None).await, lead.socket(None).await);
    let two_factor = async |client: &tests::Client| client.get("/api/v1/me").await.ok()["two_factor"].clone();
    assert_eq!(two_factor(&agent).await, "off");
    admin.patch(SETTINGS, json!({ "two_factor_roles": ["agent"] })).await.ok();
    socket.expect("me.changed", |_| true).await;
    assert_eq!(socket.closed().await, Some(4401));
    assert_eq!((two_factor(&agent).await, two_factor(&lead).await), (json!("required"), json!("off")));
    let user = admin.get(&format!("/api/v1/users/{}", agent.id())).await.ok();
    assert_eq!(user["two_factor"], "required");
    // Nobody else is disturbed.
    let fence = app.fence().await;
    assert_eq!(kinds_but_sign_ins(&other.until(&fence).await), Vec::<&str>::new());
    admin.patch(SETTINGS, json!({ "two_factor_roles": [] })).await.ok();
    assert_eq!(two_factor(&agent).await, "off");
    app.finish().await;
}

#[tokio::test]
async fn settings_admins_need_a_second_factor_where_max_is_reached_over_https() {
    let app = TestApp::with().public_url("https://inbox.test.example").start().await;
    assert_eq!(app.admin().await.me["two_factor"], "required");
    assert_eq!(app.agent().await.me["two_factor"], "off");
    app.finish().await;
}
