//! Invented content: messages of every inbound type, and files small enough to be made here yet valid enough to open.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

/// A file a customer may send.
pub(crate) struct File {
    pub mime_type: &'static str,
    pub filename: Option<&'static str>,
    pub bytes: Bytes,
}

/// How old the sample `late` is, in seconds.
pub(crate) const LATE: i64 = 3 * 86_400;

/// The names `content` knows, in the order the phone page shows them.
pub(crate) const NAMES: [&str; 24] = [
    "image",
    "voice",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contact",
    "reaction",
    "reaction_removed",
    "forwarded",
    "right_to_left",
    "late",
    "button_reply",
    "list_reply",
    "template_button",
    "form",
    "order",
    "advert",
    "edit",
    "revoke",
    "unsupported",
    "number_change",
    "id_change",
];

/// The typed part of a sample message: `type`, the object under it, and what stands beside it. `own` and `theirs` are the last
/// messages of the customer and of the business, where the sample points at one.
pub(crate) fn content(name: &str, own: Option<&str>, theirs: Option<&str>) -> Result<Value, String> {
    let target = || theirs.or(own).ok_or_else(|| format!("{name}: there is no message to point at yet"));
    let written = || own.ok_or_else(|| format!("{name}: the customer has not written anything yet"));
    let mut message = match name {
        "image" => json!({ "type": "image", "image": { "caption": "This is how it arrived" } }),
        "voice" => json!({ "type": "audio", "audio": { "voice": true } }),
        "audio" => json!({ "type": "audio", "audio": { "voice": false } }),
        "video" => json!({ "type": "video", "video": { "caption": "It rattles, listen" } }),
        "document" => json!({ "type": "document", "document": { "filename": "invoice-2041.pdf", "caption": "The invoice" } }),
        "sticker" => json!({ "type": "sticker", "sticker": { "animated": false } }),
        "location" => json!({ "type": "location", "location": {
            "latitude": 51.5079, "longitude": -0.0877, "name": "Borough Market", "address": "8 Southwark Street, London" } }),
        "contact" => json!({ "type": "contacts", "contacts": [{
            "name": { "formatted_name": "Bo Lindqvist", "first_name": "Bo", "last_name": "Lindqvist" },
            "phones": [{ "phone": "+44 7700 900188", "wa_id": "447700900188", "type": "CELL" }],
            "emails": [{ "email": "bo@example.com", "type": "WORK" }], "org": { "company": "Lindqvist Cycles" } }] }),
        "reaction" => json!({ "type": "reaction", "reaction": { "message_id": target()?, "emoji": "🙏" } }),
        "reaction_removed" => json!({ "type": "reaction", "reaction": { "message_id": target()? } }),
        "forwarded" => json!({ "type": "text", "text": { "body": "Do not miss it: everything at half price until Sunday!" },
            "context": { "frequently_forwarded": true } }),
        "right_to_left" => json!({ "type": "text", "text": { "body": "مرحبا، أين طلبي رقم 2041؟ شكرا 🙏" } }),
        // The time stamp is the sender's affair, see `LATE`.
        "late" => json!({ "type": "text", "text": { "body": "I wrote this days ago, my phone was off" } }),
        "form" => {
            json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": { "name": "flow", "body": "Sent",
            "response_json": "{\"flow_token\":\"t-9\",\"rating\":\"4\",\"comment\":\"Fast, but the box was wet\"}" } } })
        }
        "button_reply" => json!({ "type": "interactive", "interactive": {
            "type": "button_reply", "button_reply": { "id": "btn-yes", "title": "Yes, please" } } }),
        "list_reply" => json!({ "type": "interactive", "interactive": {
            "type": "list_reply",
            "list_reply": { "id": "row-billing", "title": "Billing", "description": "Invoices and refunds" } } }),
        "template_button" => json!({ "type": "button", "button": { "payload": "TRACK_ORDER", "text": "Track my order" } }),
        "order" => json!({ "type": "order", "order": { "catalog_id": "300400500600700", "text": "Could you gift-wrap it?",
            "product_items": [{ "product_retailer_id": "SKU-118", "quantity": 2, "item_price": 30, "currency": "GBP" },
                              { "product_retailer_id": "SKU-204", "quantity": 1, "item_price": 12.5, "currency": "GBP" }] } }),
        "advert" => json!({ "type": "text", "text": { "body": "Hello! Is the blue one still on offer?" }, "referral": {
            "source_url": "https://fb.me/3demo", "source_id": "120200300400500", "source_type": "ad", "headline": "Autumn sale",
            "body": "Everything blue, 20 % off", "media_type": "image", "image_url": "https://example.com/ad.jpg",
            "ctwa_clid": "AfdemoClickId", "welcome_message": { "text": "Hi! Ask us anything." } } }),
        "edit" => json!({ "type": "edit", "edit": { "original_message_id": written()?,
            "message": { "type": "text", "text": { "body": "Sorry, I meant the green one" } } } }),
        "revoke" => json!({ "type": "revoke", "revoke": { "original_message_id": written()? } }),
        "unsupported" => json!({ "type": "unsupported", "unsupported": { "type": "poll" }, "errors": [{ "code": 131_051,
            "title": "Message type unknown", "message": "Message type unknown",
            "error_data": { "details": "Message type is currently not supported." } }] }),
        // What changes is made where the customer is known.
        "number_change" => json!({ "type": "system", "system": { "type": "user_changed_number" } }),
        "id_change" => json!({ "type": "system", "system": { "type": "user_changed_user_id" } }),
        _ => return Err(format!("sample: must be one of {}", NAMES.join(", "))),
    };
    if let ("button_reply" | "list_reply" | "template_button", Some(quoted)) = (name, theirs) {
        message["context"] = json!({ "id": quoted });
    }
    Ok(message)
}

/// The file behind a media message that names none.
pub(crate) fn file(kind: &str) -> Option<File> {
    let (mime_type, filename, bytes) = match kind {
        "image" => ("image/png", None, png()),
        "audio" => ("audio/ogg; codecs=opus", None, ogg_opus()),
        "video" => ("video/mp4", None, mp4()),
        "document" => ("application/pdf", Some("invoice-2041.pdf"), pdf()),
        "sticker" => ("image/webp", None, webp()),
        _ => return None,
    };
    Some(File { mime_type, filename, bytes: bytes.into() })
}

/// A small sunset, 8-bit RGB, stored without compression.
fn png() -> Vec<u8> {
    const WIDTH: u32 = 144;
    const HEIGHT: u32 = 96;
    let mut pixels = Vec::new();
    for y in 0..HEIGHT {
        pixels.push(0);
        for x in 0..WIDTH {
            let (dx, dy) = (x.abs_diff(WIDTH / 2), y.abs_diff(HEIGHT * 5 / 8));
            let share = u8::try_from(y * 255 / HEIGHT).unwrap_or(u8::MAX);
            let sun = dx * dx + dy * dy < 18 * 18 && y < HEIGHT * 5 / 8 + 6;
            pixels.extend(match (sun, y > HEIGHT * 5 / 8 + 5) {
                (true, _) => [255, 214, 110],
                (false, true) => [32, 62 + share / 8, 96 + share / 6],
                (false, false) => [90 + share / 2, 92 + share / 4, 160 - share / 4],
            });
        }
    }
    let mut zlib = vec![0x78, 0x01];
    let mut chunks = pixels.chunks(0xffff).peekable();
    while let Some(chunk) = chunks.next() {
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        zlib.push(u8::from(chunks.peek().is_none()));
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(chunk);
    }
    zlib.extend(adler32(&pixels).to_be_bytes());
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", zlib), (b"IEND", Vec::new())] {
        png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
        let mut checked = kind.to_vec();
        checked.extend(data);
        png.extend(&checked);
        png.extend(crc32(&checked).to_be_bytes());
    }
    png
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// Two seconds of silence, mono.
fn ogg_opus() -> Vec<u8> {
    const FRAMES: u8 = 100;
    const SAMPLES_PER_FRAME: u64 = 960;
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(0_u16.to_le_bytes());
    head.extend(48_000_u32.to_le_bytes());
    head.extend([0, 0, 0]);
    let mut tags = b"OpusTags".to_vec();
    tags.extend(4_u32.to_le_bytes());
    tags.extend(b"demo");
    tags.extend(0_u32.to_le_bytes());
    let silence = vec![vec![0xf8, 0xff, 0xfe]; usize::from(FRAMES)];
    let mut ogg = ogg_page(2, 0, 0, &[head]);
    ogg.extend(ogg_page(0, 0, 1, &[tags]));
    ogg.extend(ogg_page(4, u64::from(FRAMES) * SAMPLES_PER_FRAME, 2, &silence));
    ogg
}

/// One Ogg page of packets shorter than 255 bytes.
fn ogg_page(flags: u8, granule: u64, sequence: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut page = b"OggS\x00".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(1_u32.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend(0_u32.to_le_bytes());
    page.push(u8::try_from(packets.len()).unwrap_or(u8::MAX));
    page.extend(packets.iter().map(|packet| u8::try_from(packet.len()).unwrap_or(u8::MAX)));
    page.extend(packets.concat());
    let crc = page.iter().fold(0_u32, |crc, byte| {
        (0..8).fold(crc ^ (u32::from(*byte) << 24), |crc, _| if crc >> 31 == 1 { (crc << 1) ^ 0x04c1_1db7 } else { crc << 1 })
    });
    page.splice(22..26, crc.to_le_bytes());
    page
}

/// The shell of an MP4 file: recognised as one, with nothing to play.
fn mp4() -> Vec<u8> {
    let mut mp4 = vec![0, 0, 0, 24];
    mp4.extend(b"ftypisom\x00\x00\x02\x00isommp42");
    mp4.extend([0, 0, 0, 8]);
    mp4.extend(b"mdat");
    mp4
}

/// One page that says what it is.
fn pdf() -> Vec<u8> {
    let text = "BT /F1 20 Tf 60 760 Td (Invoice 2041) Tj 0 -32 Td /F1 12 Tf (A sample document of the simulator.) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = String::from("0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let start = pdf.len();
    let size = objects.len() + 1;
    pdf.push_str(&format!("xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    pdf.into_bytes()
}

/// The smallest lossless WebP: one transparent pixel.
fn webp() -> Vec<u8> {
    STANDARD.decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_its_typed_object() {
        for name in NAMES {
            let message = content(name, Some("wamid.A"), Some("wamid.B")).unwrap();
            let kind = message["type"].as_str().unwrap();
            assert!(!message[kind].is_null(), "{name}: {message}");
        }
        assert!(content("nonsense", None, None).is_err());
        assert!(content("reaction", None, None).is_err());
    }

    #[test]
    fn checksums_have_their_known_answers() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        assert!(webp().starts_with(b"RIFF"));
    }
}
