//! Visitors of the company's pages.

use serde_json::{Value, json};
use tests::{Answer, TestApp, eventually, http};
use uuid::Uuid;

use super::{Chat, PAGE, VISITOR_KEY, Visit, frame};

/// A token of the company's server.
pub(super) fn jwt(channel: Uuid, user: &str, expires_in: i64) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    use hmac::{Hmac, KeyInit, Mac};
    let part = |value: Value| BASE64.encode(value.to_string());
    let exp = chrono::Utc::now().timestamp() + expires_in;
    let claims = json!({ "sub": user, "aud": channel, "exp": exp, "name": format!("Proven {user}"), "email": "p@shop.example" });
    let signed = format!("{}.{}", part(json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(VISITOR_KEY.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

/// The conversation of a visit, as colleagues know it.
pub(super) async fn conversation_of(chat: &Chat, visit: &Visit) -> Uuid {
    let visitor: Uuid = visit.session["visitor"]["id"].as_str().unwrap().parse().unwrap();
    chat.app
        .probe
        .of(
            visitor,
            "select c.id from visitor v join contact_identity i on i.channel_id = v.channel_id and i.external_id = v.external_id
               join conversation c on c.contact_id = i.contact_id where v.id = $1 order by c.number desc limit 1",
        )
        .await
}

#[tokio::test]
async fn chat_visitors_write_and_are_answered() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    let visit = chat.begin(json!({})).await;
    assert_eq!((&visit.session["conversation"], &visit.session["messages"]), (&Value::Null, &json!([])));
    let mut socket = visit.socket(&chat, None).await;
    let id = Uuid::new_v4();
    let body = json!({ "id": id, "text": "Is <b>this</b> in stock?" });
    let said = visit.post(&chat, "messages", body.clone()).await.ok();
    assert_eq!((&said["id"], &said["from"], &said["text"]), (&json!(id), &json!("visitor"), &body["text"]));
    assert_eq!(visit.post(&chat, "messages", body).await.ok(), said, "the same id is the same message");
    assert_eq!(frame(&mut socket, "message", |_| true).await["message"]["id"], json!(id), "all tabs see it, by its own id");

    let conversation = conversation_of(&chat, &visit).await;
    agent.step(conversation, "take", json!({})).await.ok();
    let told = frame(&mut socket, "conversation", |f| !f["conversation"]["agent"].is_null()).await;
    assert_eq!(told["conversation"]["agent"]["name"], "Leila Agent");
    agent.send(conversation, "note", "a note among colleagues").await.ok();
    let reply = agent.reply(conversation, "Yes, it is.").await;
    let told = frame(&mut socket, "message", |f| f["message"]["from"] == "agent").await;
    assert_eq!((&told["message"]["text"], &told["message"]["id"]), (&json!("Yes, it is."), &reply["id"]));
    let reply_id: Uuid = reply["id"].as_str().unwrap().parse().unwrap();
    chat.app.probe.becomes(reply_id, "sent").await;
    assert!(chat.company.told().is_empty(), "the company's app has nothing to do with visitors");

    // What they have and have read.
    let seq = told["message"]["seq"].as_i64().unwrap();
    let say = |frame: Value| tokio_tungstenite::tungstenite::Message::text(frame.to_string());
    socket.send(say(json!({ "type": "delivered", "seq": seq }))).await;
    chat.app.probe.becomes(reply_id, "delivered").await;
    visit.post(&chat, "read", json!({ "seq": seq })).await.ok();
    chat.app.probe.becomes(reply_id, "read").await;
    // And what the one who has the conversation has read.
    let last = visit.says(&chat, "Great").await;
    let inner = agent.messages(conversation).await.last().unwrap()["seq"].clone();
    agent.post(&format!("/api/v1/conversations/{conversation}/read"), json!({ "seq": inner })).await.ok();
    frame(&mut socket, "read", |f| f["seq"] == last["seq"]).await;

    // On return: everything but notes.
    let again = chat.begin(json!({ "token": visit.token })).await;
    assert_eq!(again.session["visitor"]["id"], visit.session["visitor"]["id"]);
    let shown = again.session.to_string();
    assert!(!shown.contains("among colleagues") && !shown.contains(&chat.app.people().agent.id.to_string()), "{shown}");
    assert_eq!(again.texts(&chat).await, ["Is <b>this</b> in stock?", "Yes, it is.", "Great"]);
    assert_ne!(again.token, visit.token, "tokens rotate");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_visitors_never_see_each_other() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    let (ana, ben) = (chat.begin(json!({})).await, chat.begin(json!({})).await);
    let id = Uuid::new_v4();
    ana.post(&chat, "messages", json!({ "id": id, "text": "Ana's secret" })).await.ok();
    // The same id in another's hand is another message.
    ben.post(&chat, "messages", json!({ "id": id, "text": "Ben here" })).await.ok();
    let mut ben_socket = ben.socket(&chat, None).await;
    let conversation = conversation_of(&chat, &ana).await;
    let reply = agent.reply(conversation, "For Ana only").await;
    chat.app.probe.becomes(reply["id"].as_str().unwrap().parse().unwrap(), "sent").await;
    let to_ben = agent.reply(conversation_of(&chat, &ben).await, "For Ben").await;
    let told = frame(&mut ben_socket, "message", |f| f["message"]["from"] == "agent").await;
    assert_eq!(told["message"]["id"], to_ben["id"], "nothing of Ana's came before");
    assert_eq!(ben.texts(&chat).await, ["Ben here", "For Ben"]);
    assert_eq!(ana.texts(&chat).await, ["Ana's secret", "For Ana only"]);
    // Nor by quoting, nor by marking as read.
    let quote = json!({ "id": Uuid::new_v4(), "text": "?", "reply_to": reply["id"] });
    assert_eq!(ben.post(&chat, "messages", quote).await.fields(), ["reply_to"]);
    let seq = ana.get(&chat, "messages").await.ok()["items"][1]["seq"].clone();
    ben.post(&chat, "read", json!({ "seq": seq })).await.ok();
    assert_eq!(chat.app.probe.status(reply["id"].as_str().unwrap().parse().unwrap()).await, "sent");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_lets_in_allowed_pages_and_tokens_that_hold() {
    let chat = Chat::start(TestApp::with().manual_clock().start().await).await;
    let visit = chat.begin(json!({})).await;
    // Another origin gets nothing, with whatever token.
    for evil in ["https://evil.example", "null", "https://shop.example.evil.example", "http://shop.example"] {
        chat.visit_from(evil, "GET", "config", None, None).await.refused(403, "wrong_origin");
        chat.visit_from(evil, "POST", "session", None, Some(json!({}))).await.refused(403, "wrong_origin");
        chat.visit_from(evil, "GET", "messages", Some(&visit.token), None).await.refused(403, "wrong_origin");
        let socket = tests::Socket::open_at(&chat.app.bases[0], &format!("/chat/{}/socket", chat.channel), Some(evil)).await;
        assert_eq!(socket.unwrap_err(), 403, "{evil}");
    }
    // What a browser asks before, and hears after.
    let ask = async |origin: &str| {
        let url = format!("{}/chat/{}/messages", chat.app.bases[0], chat.channel);
        let request = http().request(reqwest::Method::OPTIONS, url).header("origin", origin);
        Answer::of(request.header("access-control-request-method", "POST")).await
    };
    let allowed = ask(PAGE).await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (204, Some(PAGE)));
    assert_eq!(ask("https://evil.example").await.header("access-control-allow-origin"), None);
    let config = chat.visit("GET", "config", None, None).await;
    assert_eq!(config.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(config.ok()["accent_text"], "#ffffff");

    // Tokens: none, forged, of another channel.
    for forged in ["", "x", &visit.token[1..], &format!("{}x", visit.token), &chat.app.agent().await.token] {
        chat.visit("GET", "messages", Some(forged), None).await.refused(401, "unauthenticated");
    }
    chat.visit("GET", "messages", None, None).await.refused(401, "unauthenticated");
    let other = Chat::channel(&chat.app, json!({ "allowed_origins": [PAGE] })).await;
    let url = format!("{}/chat/{other}/messages", chat.app.bases[0]);
    Answer::of(http().get(url).bearer_auth(&visit.token)).await.refused(401, "unauthenticated");
    // A channel without pages has none of this.
    let url = format!("{}/chat/{}/config", chat.app.bases[0], chat.app.channel.id);
    Answer::of(http().get(url)).await.refused(404, "not_found");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_tokens_are_replaced_and_end() {
    let chat = Chat::start(TestApp::with().manual_clock().start().await).await;
    let first = chat.begin(json!({})).await;
    let second = chat.begin(json!({ "token": first.token })).await;
    // The old one holds for a minute, for other tabs.
    first.get(&chat, "messages").await.ok();
    chat.app.advance(std::time::Duration::from_secs(61));
    first.get(&chat, "messages").await.refused(401, "unauthenticated");
    second.get(&chat, "messages").await.ok();
    let stored: Vec<(Vec<u8>,)> = chat.app.probe.all("select hash from visitor_token").await;
    assert!(stored.iter().all(|(hash,)| hash.len() == 32 && !second.token.as_bytes().starts_with(hash)), "only hashes are kept");
    chat.visit("DELETE", "session", Some(&second.token), None).await.ok();
    second.get(&chat, "messages").await.refused(401, "unauthenticated");
    let third = chat.begin(json!({ "token": second.token })).await;
    assert_ne!(third.session["visitor"]["id"], first.session["visitor"]["id"], "who forgot the device is somebody new");
    chat.app.advance(std::time::Duration::from_secs(31 * 24 * 3600));
    third.get(&chat, "messages").await.refused(401, "unauthenticated");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_users_are_themselves_on_every_device() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    // Anonymous at first, on this device: what was said is theirs once they sign in.
    let before = chat.begin(json!({})).await;
    before.says(&chat, "before signing in").await;
    let conversation = conversation_of(&chat, &before).await;
    let proof = jwt(chat.channel, "42", 3600);
    let phone = chat.begin(json!({ "token": before.token, "user_token": proof })).await;
    assert_eq!((&phone.session["visitor"]["known"], &phone.session["visitor"]["name"]), (&json!(true), &json!("Proven 42")));
    assert_eq!(phone.texts(&chat).await, ["before signing in"]);
    before.get(&chat, "messages").await.refused(401, "unauthenticated");
    // Another device shares the history and what comes live.
    let laptop = chat.begin(json!({ "user_token": proof })).await;
    let (mut on_phone, mut on_laptop) = (phone.socket(&chat, None).await, laptop.socket(&chat, None).await);
    phone.says(&chat, "from the phone").await;
    frame(&mut on_laptop, "message", |f| f["message"]["text"] == "from the phone").await;
    let reply = agent.reply(conversation, "to both").await;
    for socket in [&mut on_phone, &mut on_laptop] {
        frame(socket, "message", |f| f["message"]["id"] == reply["id"]).await;
    }
    assert_eq!(laptop.texts(&chat).await, ["before signing in", "from the phone", "to both"]);
    // The app of the same user hears of it too: it is one person.
    chat.company.gets("to both").await;
    chat.says("42", "m-1", "from the app").await;
    frame(&mut on_laptop, "message", |f| f["message"]["text"] == "from the app").await;
    assert_eq!(agent.conversation(conversation).await["contact"]["name"], "User 42");
    // What somebody else said anonymously is not theirs.
    let guest = chat.begin(json!({})).await;
    guest.says(&chat, "a guest").await;
    let signed_in = chat.begin(json!({ "token": guest.token, "user_token": proof })).await;
    assert!(!signed_in.texts(&chat).await.contains(&"a guest".to_owned()), "two people never become one by themselves");

    let refused = async |token: String| {
        let answer = chat.visit("POST", "session", None, Some(json!({ "user_token": token }))).await;
        assert_eq!(answer.refused(401, "unauthenticated")["fields"][0]["field"], "user_token");
    };
    refused(jwt(chat.channel, "42", -3600)).await;
    refused(jwt(chat.channel, "42", 3 * 24 * 3600)).await;
    refused(jwt(Uuid::new_v4(), "42", 3600)).await;
    refused(format!("{}x", jwt(chat.channel, "42", 3600))).await;
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_sockets_resume_and_show_who_types() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    let visit = chat.begin(json!({})).await;
    let said = visit.says(&chat, "hi").await;
    let conversation = conversation_of(&chat, &visit).await;
    let cursor = said["seq"].as_i64().unwrap().to_string();
    // Said while they were away.
    for text in ["one", "two"] {
        agent.reply(conversation, text).await;
    }
    let mut socket = visit.socket(&chat, Some(&cursor)).await;
    for text in ["one", "two"] {
        let told = frame(&mut socket, "message", |_| true).await;
        assert_eq!(told["message"]["text"], text);
    }
    // The visitor types: colleagues who see the conversation are told.
    let mut screen = agent.socket(None).await;
    let typing = json!({ "type": "typing", "on": true }).to_string();
    socket.send(tokio_tungstenite::tungstenite::Message::text(typing)).await;
    loop {
        let told = screen.message().await;
        if told["type"] == "contact_typing" {
            assert_eq!((&told["conversation_id"], &told["on"]), (&json!(conversation), &json!(true)));
            break;
        }
    }
    // An agent types: the visitor is told, and when they stop.
    let types = json!({ "type": "typing", "conversation_id": conversation, "kind": "reply" }).to_string();
    let online = json!({ "type": "presence", "state": "online" }).to_string();
    screen.send(tokio_tungstenite::tungstenite::Message::text(online)).await;
    screen.send(tokio_tungstenite::tungstenite::Message::text(types)).await;
    let told = frame(&mut socket, "typing", |f| f["on"] == true).await;
    assert_eq!(told["agent"]["name"], "Leila Agent");
    frame(&mut socket, "typing", |f| f["on"] == false).await;
    // A token that does not hold opens nothing.
    let mut forged =
        tests::Socket::open_at(&chat.app.bases[0], &format!("/chat/{}/socket", chat.channel), Some(PAGE)).await.unwrap();
    forged.send(tokio_tungstenite::tungstenite::Message::text(r#"{"type":"hello","token":"x"}"#)).await;
    assert_eq!(forged.message().await["type"], "expired");
    assert_eq!(forged.closed().await, Some(4401));
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_visitors_may_say_who_they_are() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    let visit = chat.begin(json!({})).await;
    let me =
        chat.visit("PATCH", "me", Some(&visit.token), Some(json!({ "name": "Ana", "email": "ana@home.example" }))).await.ok();
    assert_eq!((&me["name"], &me["known"]), (&json!("Ana"), &json!(false)));
    let visit = chat.begin(json!({ "token": visit.token })).await;
    visit.says(&chat, "hi").await;
    let conversation = conversation_of(&chat, &visit).await;
    let contact = agent.conversation(conversation).await["contact"].clone();
    assert_eq!(contact["name"], "Ana");
    let page = eventually("the contact knows their address", async || {
        let page = agent.get(&format!("/api/v1/contacts/{}", contact["id"].as_str().unwrap())).await.ok();
        (!page["email"].is_null()).then_some(page)
    })
    .await;
    assert_eq!(page["email"], "ana@home.example");
    // Bad input is named.
    for (body, field) in [
        (json!({ "id": Uuid::new_v4() }), "text"),
        (json!({ "id": Uuid::new_v4(), "text": " " }), "text"),
        (json!({ "id": Uuid::new_v4(), "text": "x".repeat(10_001) }), "text"),
        (json!({ "id": Uuid::new_v4(), "choice": { "id": "", "title": "x" } }), "choice.id"),
    ] {
        assert_eq!(visit.post(&chat, "messages", body).await.fields(), [field]);
    }
    chat.app.finish().await;
}
