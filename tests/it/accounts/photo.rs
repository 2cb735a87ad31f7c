//! Profile photos.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::Method;
use serde_json::Value;
use tests::{Answer, Client, TestApp};

use super::{ME, delete};

const PHOTO: &str = "/api/v1/me/photo";

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(900, 500, |x, _| image::Rgb(if x < 450 { [200, 30, 30] } else { [30, 30, 200] }));
    DynamicImage::from(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

async fn put(client: &Client, kind: &str, bytes: Vec<u8>) -> Answer {
    Answer::of(client.request(Method::PUT, PHOTO).header("content-type", kind).body(bytes)).await
}

#[tokio::test]
async fn accounts_a_photo_is_made_anew_and_served_by_its_unguessable_address() {
    let app = TestApp::start().await;
    let (agent, anonymous) = (app.agent().await, Client::anonymous(&app.bases[0]));
    let mut screen = agent.socket(None).await;
    let mut addresses = Vec::new();
    for (kind, format) in [("image/png", ImageFormat::Png), ("image/jpeg", ImageFormat::Jpeg), ("image/webp", ImageFormat::WebP)]
    {
        let me = put(&agent, kind, picture(format)).await.ok();
        screen.expect("me.changed", |_| true).await;
        let address = me["photo_url"].as_str().unwrap().to_owned();
        assert!(address.starts_with("/api/v1/photos/") && address.len() > 50, "{address}");
        assert_eq!(agent.get(ME).await.ok()["photo_url"], me["photo_url"]);
        let answer = anonymous.get(&address).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("image/jpeg"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'; frame-ancestors 'none'"));
        let shown = image::load_from_memory(&answer.body).unwrap();
        assert_eq!((shown.width(), shown.height()), (256, 256));
        addresses.push(address);
    }
    // Each new one has a new address, and the old ones are gone.
    for old in &addresses[..2] {
        anonymous.get(old).await.refused(404, "not_found");
    }
    let me = delete(&agent, PHOTO).await.ok();
    assert_eq!(me["photo_url"], Value::Null);
    anonymous.get(&addresses[2]).await.refused(404, "not_found");
    delete(&agent, PHOTO).await.ok();
    app.finish().await;
}

#[tokio::test]
async fn accounts_what_is_no_photo_is_refused() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let png = picture(ImageFormat::Png);
    // What it is counts, not what it says it is.
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let html = b"<html><script>alert(1)</script></html>".to_vec();
    for bytes in [svg, html, Vec::new(), b"GIF89a".to_vec(), png[..200].to_vec()] {
        assert_eq!(put(&agent, "image/png", bytes).await.fields(), ["photo"]);
    }
    for kind in ["image/svg+xml", "image/gif", "text/html", "application/json", ""] {
        put(&agent, kind, png.clone()).await.refused(415, "unsupported_media_type");
    }
    put(&agent, "image/png", vec![0; 5 * 1024 * 1024 + 1]).await.refused(413, "too_large");
    let mut padded = png.clone();
    padded.resize(5 * 1024 * 1024, 0);
    put(&agent, "image/jpeg; charset=binary", padded).await.ok();
    let anonymous = Client::anonymous(&app.bases[0]);
    put(&anonymous, "image/png", png).await.refused(401, "unauthenticated");
    for address in ["/api/v1/photos/x", "/api/v1/photos/..%2f..%2fme", "/api/v1/photos/%00"] {
        let answer = anonymous.get(address).await;
        assert!((400..500).contains(&answer.status), "{address}: {}", answer.status);
    }
    app.finish().await;
}
