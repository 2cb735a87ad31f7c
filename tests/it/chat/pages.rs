//! What pages load: the widget's scripts, and the shop on which a chat is tried.

use serde_json::json;
use tests::{Answer, TestApp};
use uuid::Uuid;

use super::Chat;

async fn get(base: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    // As it comes: nothing is unpacked on the way.
    let client = reqwest::Client::builder().no_gzip().build().unwrap();
    let request =
        headers.iter().fold(client.get(format!("{base}{path}")), |request, (name, value)| request.header(*name, *value));
    Answer::of(request).await
}

#[tokio::test]
async fn chat_widgets_scripts_are_for_every_page() {
    let app = TestApp::start().await;
    let base = &app.bases[0];
    let plain = get(base, "/chat/widget.js", &[("origin", "https://anywhere.example")]).await;
    let script = plain.text();
    for (name, value) in [
        ("content-type", "text/javascript; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("access-control-allow-origin", "*"),
        ("cache-control", "public, max-age=300"),
        ("vary", "accept-encoding"),
    ] {
        assert_eq!(plain.header(name), Some(value), "{name}");
    }
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
    // What it loads later, by the digest that it names.
    let at = script.find("panel.").unwrap();
    let version = script
        .as_bytes()
        .windows(12)
        .map(|w| std::str::from_utf8(w).unwrap_or(""))
        .find(|w| w.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) && w.bytes().any(|b| b.is_ascii_digit()));
    let version = version.unwrap_or_else(|| panic!("no digest near {}", &script[at..at + 60]));
    let panel = format!("/chat/panel.en.js?v={version}");
    let br = get(base, &panel, &[("accept-encoding", "gzip, deflate, br")]).await;
    assert_eq!(
        (br.header("content-encoding"), br.header("cache-control")),
        (Some("br"), Some("public, max-age=31536000, immutable"))
    );
    let gzip = get(base, &panel, &[("accept-encoding", "gzip;q=1.0")]).await;
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    let etag = gzip.header("etag").unwrap().to_owned();
    let known = get(base, &panel, &[("accept-encoding", "gzip"), ("if-none-match", &etag)]).await;
    assert_eq!(known.status, 304);
    // A digest that these scripts do not have is not kept for a year.
    for other in ["/chat/panel.en.js?v=000000000000", "/chat/panel.en.js?v=", "/chat/panel.en.js?v=e"] {
        assert_eq!(get(base, other, &[]).await.header("cache-control"), Some("public, max-age=300"), "{other}");
    }
    for none in ["/chat/none.js", "/chat/widget.js.gz", "/chat/..%2fCargo.toml", &format!("/chat/{}", Uuid::new_v4())] {
        assert_eq!(get(base, none, &[]).await.status, 404, "{none}");
    }
    app.finish().await;
}

#[tokio::test]
async fn chat_is_tried_on_a_page_of_a_shop() {
    let chat = Chat::start(TestApp::start().await).await;
    let base = &chat.app.bases[0];
    let page = get(base, &format!("/demo/site?channel={}", chat.channel), &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(&format!("src=\"/chat/widget.js\" data-channel=\"{}\">", chat.channel)), "{}", page.text());
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "require-trusted-types-for 'script'"] {
        assert!(policy.split("; ").any(|p| p == part), "{part} in {policy}");
    }
    assert_eq!(page.header("x-frame-options"), Some("SAMEORIGIN"));
    assert_eq!(get(base, "/demo/site.css", &[]).await.header("content-type"), Some("text/css; charset=utf-8"));
    // Nobody is signed in with a key that is a secret.
    let signed_in = get(base, &format!("/demo/site?channel={}&user=amara", chat.channel), &[]).await;
    assert!(signed_in.status == 200 && !signed_in.text().contains("user-token"), "{}", signed_in.text());

    for none in [Uuid::new_v4().to_string(), chat.app.channel.id.to_string()] {
        get(base, &format!("/demo/site?channel={none}"), &[]).await.refused(404, "not_found");
    }
    get(base, "/demo/site", &[]).await.refused(422, "invalid");
    get(base, "/demo/site?channel=%22%3E%3Cscript%3E", &[]).await.refused(422, "invalid");
    let admin = chat.app.admin().await;
    admin.patch(&format!("/api/v1/channels/{}", chat.channel), json!({ "active": false })).await.ok();
    get(base, &format!("/demo/site?channel={}", chat.channel), &[]).await.refused(404, "not_found");
    chat.app.finish().await;
}
