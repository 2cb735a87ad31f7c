//! Upload, information, the five-minute address, deletion.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{AMARA, NUMBER, Stage, TOKEN};

fn form(mime: &str, bytes: Vec<u8>) -> (String, Vec<u8>) {
    let disposition = "Content-Disposition: form-data; name=";
    let mut body = format!(
        "--B0UND\r\n{disposition}\"messaging_product\"\r\n\r\nwhatsapp\r\n\
         --B0UND\r\n{disposition}\"type\"\r\n\r\n{mime}\r\n\
         --B0UND\r\n{disposition}\"file\"; filename=\"a\"\r\nContent-Type: {mime}\r\n\r\n"
    )
    .into_bytes();
    body.extend(bytes);
    body.extend(b"\r\n--B0UND--\r\n");
    ("multipart/form-data; boundary=B0UND".into(), body)
}

async fn upload(stage: &Stage, mime: &str, bytes: Vec<u8>) -> (u16, Value) {
    let (content_type, body) = form(mime, bytes);
    let request = stage.http.post(format!("{}/v23.0/{NUMBER}/media", stage.simulator.url())).bearer_auth(TOKEN);
    let response = request.header("content-type", content_type).body(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn what_is_uploaded_can_be_sent_fetched_and_deleted() {
    let stage = Stage::new().await;
    stage.open_window().await;
    let (status, answer) = upload(&stage, "image/png", b"\x89PNG bytes".to_vec()).await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["id"].as_str().unwrap().to_owned();
    let (_, info) = stage.graph(Method::GET, &format!("{id}?phone_number_id={NUMBER}"), Value::Null).await;
    assert_eq!((&info["mime_type"], &info["id"], info["sha256"].as_str().unwrap().len()), (&json!("image/png"), &json!(id), 64));
    assert_eq!(info["file_size"].as_u64().or_else(|| info["file_size"].as_str()?.parse().ok()), Some(10));
    let bytes = stage.http.get(info["url"].as_str().unwrap()).bearer_auth(TOKEN).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"\x89PNG bytes");
    assert_eq!(stage.send(json!({ "type": "image", "image": { "id": id } })).await.0, 200);
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    stage.inbox.lock().unwrap().calls.clear();
    assert_eq!(stage.send(json!({ "type": "audio", "audio": { "id": id } })).await.0, 200);
    stage.until_statuses(&["failed"]).await;
    assert_eq!(stage.elements("statuses")[0]["errors"][0]["code"], 131_053, "a picture is no sound");
    assert_eq!(stage.graph(Method::DELETE, &id, Value::Null).await, (200, json!({ "success": true })));
    assert_eq!(stage.graph(Method::GET, &id, Value::Null).await.1["error"]["error_subcode"], 33);
}

#[tokio::test]
async fn uploads_are_checked() {
    let stage = Stage::new().await;
    assert_eq!(upload(&stage, "application/x-msdownload", vec![1]).await.1["error"]["code"], 100);
    assert_eq!(upload(&stage, "image/png", vec![0; 5 * 1024 * 1024 + 1]).await.1["error"]["code"], 100);
    assert_eq!(upload(&stage, "image/png", vec![]).await.1["error"]["code"], 100);
    let (status, answer) = stage.graph(Method::POST, &format!("{NUMBER}/media"), json!({})).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)));
}

#[tokio::test]
async fn an_inbound_file_needs_the_token_and_its_address_dies_after_five_minutes() {
    let stage = Stage::new().await;
    stage.control(Method::POST, &format!("customers/{AMARA}/send"), json!({ "sample": "image", "wait_ms": 5000 })).await;
    let image = stage.elements("messages")[0]["image"].clone();
    let id = image["id"].as_str().unwrap();
    let (_, info) = stage.graph(Method::GET, id, Value::Null).await;
    for url in [&image["url"], &info["url"]] {
        let url = url.as_str().unwrap();
        assert_eq!(stage.http.get(url).send().await.unwrap().status(), 401, "no token");
        assert_eq!(stage.http.get(url).bearer_auth("other").send().await.unwrap().status(), 401, "wrong token");
        let response = stage.http.get(url).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
        assert!(response.bytes().await.unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
    }
    let url = info["url"].as_str().unwrap();
    assert_eq!(
        stage.http.get(url.replace("ext=", "ext=9")).bearer_auth(TOKEN).send().await.unwrap().status(),
        404,
        "a stretched life"
    );
    stage.control(Method::POST, "clock", json!({ "advance_seconds": 301 })).await;
    assert_eq!(stage.http.get(url).bearer_auth(TOKEN).send().await.unwrap().status(), 404);
    let (_, info) = stage.graph(Method::GET, id, Value::Null).await;
    assert_eq!(
        stage.http.get(info["url"].as_str().unwrap()).bearer_auth(TOKEN).send().await.unwrap().status(),
        200,
        "a fresh address"
    );
    stage.control(Method::POST, "clock", json!({ "advance_seconds": 7 * 86_400 })).await;
    assert_eq!(stage.graph(Method::GET, id, Value::Null).await.0, 400, "the id lives seven days");
}

/// A customer's picture, as its media information tells of it.
async fn picture(stage: &Stage) -> String {
    stage.control(Method::POST, &format!("customers/{AMARA}/send"), json!({ "sample": "image", "wait_ms": 5000 })).await;
    stage.elements("messages").last().unwrap()["image"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn files_go_wrong_on_command_and_for_whom_it_was_told() {
    let stage = Stage::new().await;
    let id = picture(&stage).await;
    let info = async || stage.graph(Method::GET, &id, Value::Null).await;
    let fetch = async |url: &str| stage.http.get(url).bearer_auth(TOKEN).send().await.unwrap();

    stage.fault(json!({ "kind": "media_gone", "customer": "447700900143" })).await;
    let (status, right) = info().await;
    assert_eq!(status, 200, "that was somebody else");
    let url = right["url"].as_str().unwrap();
    stage.fault(json!({ "kind": "media_gone", "customer": AMARA, "count": 1 })).await;
    assert_eq!(info().await.1["error"]["error_subcode"], 33);
    stage.fault(json!({ "kind": "media_hash_wrong", "count": 1 })).await;
    assert_ne!(info().await.1["sha256"], right["sha256"]);
    stage.fault(json!({ "kind": "media_size_wrong", "count": 1 })).await;
    let size = |info: &Value| info["file_size"].as_u64().or_else(|| info["file_size"].as_str()?.parse().ok()).unwrap();
    assert_ne!(size(&info().await.1), size(&right));
    stage.fault(json!({ "kind": "media_expired", "count": 1 })).await;
    assert_eq!(fetch(info().await.1["url"].as_str().unwrap()).await.status(), 404);

    stage.fault(json!({ "kind": "media_refuse", "http": 503, "count": 1 })).await;
    assert_eq!(fetch(url).await.status(), 503);
    stage.fault(json!({ "kind": "media_cut", "count": 1 })).await;
    assert!(fetch(url).await.bytes().await.is_err(), "it breaks off");
    stage.fault(json!({ "kind": "media_slow", "ms": 200, "count": 1 })).await;
    let begin = std::time::Instant::now();
    assert_eq!(fetch(url).await.bytes().await.unwrap().len() as u64, size(&right));
    assert!(begin.elapsed() >= std::time::Duration::from_millis(200));

    stage.fault(json!({ "kind": "upload_refuse", "code": 131_053, "http": 500, "count": 1 })).await;
    assert_eq!(upload(&stage, "image/png", vec![1]).await.1["error"]["code"], 131_053);
    stage.fault(json!({ "kind": "outage", "code": 190, "count": 2 })).await;
    assert_eq!(info().await.1["error"]["code"], 190);
    assert_eq!(stage.send(json!({ "text": { "body": "x" } })).await.1["error"]["code"], 190);
    assert_eq!(info().await.0, 200);
}

#[tokio::test]
async fn a_customer_sends_a_file_of_their_own() {
    let stage = Stage::new().await;
    let url = format!("{}/_sim/customers/{AMARA}/file", stage.simulator.url());
    let send = async |query: &[(&str, &str)], mime: &str, bytes: Vec<u8>| {
        let request = stage.http.post(&url).query(query).header("content-type", mime).body(bytes);
        request.send().await.unwrap().status().as_u16()
    };
    let named = [("filename", "Rechnung März.pdf"), ("caption", "The bill"), ("wait_ms", "5000")];
    assert_eq!(send(&named, "application/pdf", vec![1; 3 << 20]).await, 200);
    assert_eq!(send(&[("voice", "true"), ("wait_ms", "5000")], "audio/ogg; codecs=opus", vec![2]).await, 200);
    assert_eq!(send(&[("kind", "document"), ("wait_ms", "5000")], "image/png", vec![3]).await, 200);
    assert_eq!(send(&[("kind", "poem")], "image/png", vec![3]).await, 400);
    let messages = stage.elements("messages");
    let document = &messages[0]["document"];
    assert_eq!((&document["filename"], &document["caption"]), (&json!("Rechnung März.pdf"), &json!("The bill")));
    assert_eq!(messages[1]["audio"]["voice"], true);
    assert_eq!(messages[2]["type"], "document");
    let (_, info) = stage.graph(Method::GET, document["id"].as_str().unwrap(), Value::Null).await;
    let bytes = stage.http.get(info["url"].as_str().unwrap()).bearer_auth(TOKEN).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes.len(), 3 << 20);
}
