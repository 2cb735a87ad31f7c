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
