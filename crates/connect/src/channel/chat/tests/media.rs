use std::time::Duration;

use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{super::Chat, *};
use crate::{
    channel::{Channel, Content, Draft, FetchError, IncomingMedia, MediaKind, Outgoing, OutgoingMedia, VisitorFile, VisitorSaid},
    net::{Outbound, OutboundOptions},
};

fn net(allowed: &[&str]) -> Outbound {
    let allow = allowed.iter().map(|net| net.parse().unwrap()).collect();
    Outbound::new(OutboundOptions { allow, timeout: Duration::from_millis(500) }).unwrap()
}

async fn fetch(net: &Outbound, url: &str) -> Result<IncomingMedia, FetchError> {
    Chat.fetch_media(net, &settings(), url, 1000).await
}

fn gone(found: Result<IncomingMedia, FetchError>) -> String {
    match found {
        Err(FetchError::Gone { error }) => error.code,
        other => panic!("not gone: {other:?}"),
    }
}

#[tokio::test]
async fn a_file_comes_from_where_the_app_says_and_without_any_secret() {
    let server = MockServer::start().await;
    let answer = |status: u16, size: usize| ResponseTemplate::new(status).set_body_bytes(vec![7; size]);
    for (path, status, size) in
        [("/ok", 200, 1000), ("/large", 200, 1001), ("/none", 404, 0), ("/shut", 403, 0), ("/busy", 503, 0)]
    {
        Mock::given(matchers::path(path)).respond_with(answer(status, size)).mount(&server).await;
    }
    let net = net(&["127.0.0.0/8"]);
    let at = |path: &str| format!("{}{path}", server.uri());
    let mut file = fetch(&net, &at("/ok")).await.unwrap();
    let mut size = 0;
    while let Some(chunk) = file.body.chunk().await.unwrap() {
        size += chunk.len();
    }
    assert_eq!((file.size, size), (Some(1000), 1000));
    assert!(matches!(fetch(&net, &at("/large")).await, Err(FetchError::TooLarge)));
    assert_eq!(gone(fetch(&net, &at("/none")).await), "http_404");
    assert_eq!(gone(fetch(&net, &at("/shut")).await), "http_403");
    assert!(matches!(fetch(&net, &at("/busy")).await, Err(FetchError::Retry { .. })));
    for request in server.received_requests().await.unwrap() {
        assert!(request.headers.get("authorization").is_none() && request.headers.get("webhook-signature").is_none());
    }
}

#[tokio::test]
async fn no_file_comes_from_inside_the_companys_network() {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    let net = net(&[]);
    for url in [
        &server.uri(),
        "https://127.0.0.1/a",
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/a",
        "https://192.168.1.1/a",
        "https://[::1]/a",
        "https://[::ffff:127.0.0.1]/a",
        "https://0.0.0.0/a",
        "https://2130706433/a",
        "file:///etc/passwd",
        "ftp://files.example/a",
        "nonsense",
    ] {
        assert_eq!(gone(fetch(&net, url).await), "address_refused", "{url}");
    }
}

#[tokio::test]
async fn what_was_uploaded_is_known_by_its_id_and_never_fetched() {
    let id = Uuid::from_u128(7);
    let file = VisitorFile { id, mime_type: Some("image/png".into()), name: "a.png".into(), size: Some(9) };
    let text = Some("look".to_owned());
    let said =
        VisitorSaid::Message { id: "visitor:1/2".into(), text, file: Some(file), choice: None, reply_to: None, name: None };
    let body = Chat.write_down("visitor:1", &said, at(1)).unwrap();
    let elements = Chat.parse(&body);
    let [Element { body: ElementBody::Message(message), .. }] = &elements[..] else { panic!("{elements:?}") };
    let Content::Media(media) = &message.content else { panic!("{message:?}") };
    assert_eq!(
        (media.kind, media.caption.as_deref(), media.filename.as_deref()),
        (MediaKind::Image, Some("look"), Some("a.png"))
    );
    assert_eq!(Chat.uploaded(&media.external_id), Some(id));
    assert_eq!(gone(fetch(&net(&[]), &media.external_id).await), "no_upload");
    for other in ["https://a.example/upload:1", "upload:", "upload:x", "7"] {
        assert_eq!(Chat.uploaded(other), None, "{other}");
    }
}

#[test]
fn a_file_goes_out_as_what_the_app_can_show_or_save() {
    let check = |kind: MediaKind, mime: &str, size: u64| {
        let (external_id, mime_type, filename) = (String::new(), mime.to_owned(), None);
        let file = OutgoingMedia { kind, external_id, mime_type, size, caption: None, filename, voice: false, link: None };
        Chat.check(&Draft { content: Outgoing::Media(file), is_reply: false })
    };
    assert_eq!(check(MediaKind::Document, "application/pdf", 100 << 20), Ok(()));
    assert!(check(MediaKind::Document, "application/pdf", (100 << 20) + 1).is_err());
    assert_eq!(check(MediaKind::Document, "application/x-msdownload", 10).unwrap_err()[0].field, "media_ids");
    assert!(check(MediaKind::Image, "image/png", 0).is_err() && check(MediaKind::Sticker, "image/webp", 10).is_err());
}
