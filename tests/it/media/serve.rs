//! Signed addresses, and what goes out under them.

use reqwest::Method;
use tests::{Answer, Client, TestApp, files};

async fn ask(client: &Client, method: Method, url: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(client.request(method, url), |request, (name, value)| request.header(*name, *value));
    Answer::of(request).await
}

#[tokio::test]
async fn media_addresses_are_enough_and_cannot_be_bent() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let bytes = files::png(1_000, 800);
    let file = agent.uploads("a b.png", bytes.clone()).await;
    let other = agent.uploads("c.png", files::png(30, 30)).await;
    let (url, small) = (file["url"].as_str().unwrap(), file["thumbnail_url"].as_str().unwrap());
    let anybody = Client::anonymous(&app.bases[0]);
    assert_eq!(anybody.get(url).await.ok_bytes(), &bytes);
    let thumbnail = anybody.get(small).await;
    assert_eq!(thumbnail.header("content-type"), Some("image/jpeg"));
    assert_ne!(thumbnail.ok_bytes(), &bytes);

    let (path, query) = url.split_once('?').unwrap();
    let (expires, signature) = query.strip_prefix("expires=").unwrap().split_once("&signature=").unwrap();
    let later: i64 = expires.parse::<i64>().unwrap() + 3_600;
    let id = |of: &serde_json::Value| of["id"].as_str().unwrap().to_owned();
    let mut flipped = signature.to_owned();
    flipped.replace_range(0..1, if signature.starts_with('A') { "B" } else { "A" });
    let mut bent = vec![
        path.to_owned(),
        format!("{path}?expires={expires}"),
        format!("{path}?signature={signature}"),
        format!("{path}?expires={later}&signature={signature}"),
        format!("{path}?expires={expires}&signature={flipped}"),
        format!("{path}?expires={expires}&signature="),
        format!("{path}?expires={expires}&signature={signature}A"),
        url.replace("/original/", "/thumbnail/"),
        url.replace("/original/", "/large/"),
        url.replace(&id(&file), &id(&other)),
        url.replace(&id(&file), &uuid::Uuid::now_v7().to_string()),
        url.replace(&id(&file), "x"),
        format!("/media/{}/original/x?{}", id(&other), small.split_once('?').unwrap().1),
    ];
    bent.push(format!("{path}?expires=-1&signature={signature}"));
    for url in &bent {
        anybody.get(url).await.refused(404, "not_found");
    }
    // The name says nothing.
    anybody.get(&url.replace("a%20b.png", "anything.html")).await.ok_bytes();
    // The same address within the hour, another afterwards, and each runs out.
    let link = async || {
        app.agent().await.get(&format!("/api/v1/media/{}/link", id(&file))).await.ok()["url"].as_str().unwrap().to_owned()
    };
    app.advance(std::time::Duration::from_secs(3_600));
    let renewed = link().await;
    assert_ne!(renewed, url);
    anybody.get(&renewed).await.ok_bytes();
    app.advance(std::time::Duration::from_secs(3_600));
    anybody.get(url).await.refused(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn media_parts_and_heads_are_answered_as_players_ask() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let bytes = files::film(100_000);
    let file = agent.uploads("film.mp4", bytes.clone()).await;
    let url = file["url"].as_str().unwrap();
    let anybody = Client::anonymous(&app.bases[0]);
    let whole = anybody.get(url).await;
    let etag = whole.header("etag").unwrap().to_owned();
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("accept-ranges", "bytes"),
        ("content-length", "100000"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("cache-control", "private, max-age=31536000, immutable"),
    ] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    assert!(whole.header("content-disposition").unwrap().starts_with("inline"));
    let part = ask(&anybody, Method::GET, url, &[("range", "bytes=10-19")]).await;
    assert_eq!((part.status, &part.body[..], part.header("content-range")), (206, &bytes[10..20], Some("bytes 10-19/100000")));
    let end = ask(&anybody, Method::GET, url, &[("range", "bytes=-5")]).await;
    assert_eq!((end.status, &end.body[..]), (206, &bytes[99_995..]));
    let rest = ask(&anybody, Method::GET, url, &[("range", "bytes=99990-"), ("if-range", etag.as_str())]).await;
    assert_eq!((rest.status, &rest.body[..]), (206, &bytes[99_990..]));
    let changed = ask(&anybody, Method::GET, url, &[("range", "bytes=0-1"), ("if-range", "\"another\"")]).await;
    assert_eq!((changed.status, changed.body.len()), (200, 100_000));
    let beyond = ask(&anybody, Method::GET, url, &[("range", "bytes=100000-")]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */100000")));
    for several in ["bytes=0-1,5-6", "lines=1-2", "bytes=9-3"] {
        assert_eq!(ask(&anybody, Method::GET, url, &[("range", several)]).await.status, 200);
    }
    let head = ask(&anybody, Method::HEAD, url, &[]).await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("100000"), 0));
    assert_eq!(head.header("etag"), Some(etag.as_str()));
    let known = ask(&anybody, Method::GET, url, &[("if-none-match", etag.as_str())]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    // The same under the API's own address, with a token.
    let path = format!("/api/v1/media/{}", file["id"].as_str().unwrap());
    let part = ask(&agent, Method::GET, &path, &[("range", "bytes=0-3")]).await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[..4]));
    assert_eq!(part.header("cross-origin-resource-policy"), Some("same-origin"));
    anybody.get(&path).await.refused(401, "unauthenticated");
    agent.get(&format!("{path}?variant=thumbnail")).await.refused(404, "not_found");
    agent.get(&format!("{path}?variant=huge")).await.refused(422, "invalid");
    app.finish().await;
}

#[tokio::test]
async fn media_nothing_that_could_run_is_ever_shown() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    for (name, bytes) in [
        ("a.html", b"<!DOCTYPE html><script>alert(1)</script>".to_vec()),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("a.xml", b"<?xml version='1.0'?><x xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></x>".to_vec()),
        ("a.js", b"alert(1)".to_vec()),
        ("a.png", b"\xef\xbb\xbf<html>".to_vec()),
        ("a.exe", b"MZ\x90\0program".to_vec()),
        ("a\"; filename=x.html", b"plain".to_vec()),
    ] {
        let file = agent.uploads(name, bytes).await;
        for url in [file["url"].as_str().unwrap().to_owned(), format!("/api/v1/media/{}", file["id"].as_str().unwrap())] {
            let answer = agent.get(&url).await;
            assert_eq!(answer.header("content-type"), Some("application/octet-stream"), "{name}");
            let disposition = answer.header("content-disposition").unwrap();
            assert!(disposition.starts_with("attachment; filename=\""), "{name}: {disposition}");
            assert_eq!(disposition.matches("filename=").count(), 1, "{disposition}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        }
    }
    app.finish().await;
}
