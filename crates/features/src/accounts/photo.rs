//! Profile photos. What people upload is decoded within bounds, cut to a square and written anew: nothing of the file itself is kept, nor
//! what its camera noted down.

use std::io::Cursor;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use kernel::auth::Actor;

use super::{
    AccountError, passwords,
    profile::{self, Me},
    sessions::acting,
    store::{self, photos::PhotoRow},
};
use crate::App;

/// The largest upload, in bytes.
pub(super) const MAX_BYTES: usize = 5 * 1024 * 1024;
/// The most pixels of an upload.
const MAX_PIXELS: u64 = 40_000_000;
/// The longest side of an upload, in pixels.
const MAX_SIDE: u32 = 12_000;
/// The most memory that decoding may take, in bytes.
const MAX_MEMORY: u64 = 320 * 1024 * 1024;
/// The side of a photo, in pixels: twice what the largest place shows, for fine screens.
const SIDE: u32 = 256;
/// Quality of the JPEG, of 100.
const QUALITY: u8 = 85;
/// What is written.
const KIND: &str = "image/jpeg";

/// Where a photo is, on this server. Whoever knows the token may see it, so it is as good as a password and changes with the photo.
pub(super) fn url(token: &str) -> String {
    format!("/api/v1/photos/{token}")
}

/// Makes the actor's photo of what they uploaded.
pub(super) async fn put(app: &App, actor: &Actor, bytes: bytes::Bytes) -> Result<Me, AccountError> {
    let (user_id, _) = acting(actor)?;
    // The pool of password hashing bounds this too: both take a core for a while.
    let seat = passwords::seat(&app.hashing).await?;
    let photo = passwords::blocking(move || {
        let photo = make(&bytes);
        drop(seat);
        photo
    })
    .await?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.ids.token());
    let mut tx = app.db.begin().await?;
    store::photos::put(&mut tx, user_id, &token, KIND, &photo, app.now()).await?;
    profile::tell(app, &mut tx, user_id).await?;
    let me = profile::me(app, &mut tx, user_id).await?;
    tx.commit().await?;
    Ok(me)
}

/// Takes the actor's photo away.
pub(super) async fn remove(app: &App, actor: &Actor) -> Result<Me, AccountError> {
    let (user_id, _) = acting(actor)?;
    let mut tx = app.db.begin().await?;
    store::photos::remove(&mut tx, user_id, app.now()).await?;
    profile::tell(app, &mut tx, user_id).await?;
    let me = profile::me(app, &mut tx, user_id).await?;
    tx.commit().await?;
    Ok(me)
}

/// The photo of a token.
pub(super) async fn get(app: &App, token: &str) -> Result<PhotoRow, AccountError> {
    // What cannot be one is not looked for.
    if !token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Err(AccountError::NotFound);
    }
    store::photos::get(&mut *app.db.read().await?, token).await?.ok_or(AccountError::NotFound)
}

/// A square JPEG of the middle of the picture.
fn make(bytes: &[u8]) -> Result<Vec<u8>, AccountError> {
    let wrong = |message: &str| AccountError::field("photo", message);
    let format = image::guess_format(bytes).ok();
    let Some(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) = format else {
        return Err(wrong("Use a PNG, JPEG or WebP picture."));
    };
    let unreadable = |_| wrong("This picture cannot be read. Try to save it anew, as PNG or JPEG.");
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(wrong("Use a picture of at most 40 million pixels."));
    }
    let turned = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?.resize_to_fill(SIDE, SIDE, FilterType::Triangle);
    picture.apply_orientation(turned);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&on_white(&picture)).map_err(AccountError::internal)?;
    Ok(jpeg)
}

/// The picture without what shines through, for JPEG has no such thing.
pub(crate) fn on_white(picture: &DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let over = |c: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a))) / 255).min(255) as u8;
        image::Rgb([over(r), over(g), over(b)])
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn encoded(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::from(picture.clone());
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Red in the middle, blue at the sides, and nothing at all below.
    fn sample() -> RgbaImage {
        RgbaImage::from_fn(600, 200, |x, y| match (x, y) {
            (_, 150..) => Rgba([0, 0, 0, 0]),
            (200..400, _) => Rgba([250, 10, 10, 255]),
            _ => Rgba([10, 10, 250, 255]),
        })
    }

    #[test]
    fn photos_are_the_middle_of_the_picture_on_white() {
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Jpeg] {
            let jpeg = make(&encoded(&sample(), format)).unwrap();
            assert_eq!(image::guess_format(&jpeg).unwrap(), ImageFormat::Jpeg);
            let photo = image::load_from_memory(&jpeg).unwrap().to_rgb8();
            assert_eq!(photo.dimensions(), (SIDE, SIDE));
            let [r, g, b] = photo.get_pixel(128, 60).0;
            assert!(r > 220 && g < 60 && b < 60, "{format:?}: {r} {g} {b}");
            if format != ImageFormat::Jpeg {
                assert!(photo.get_pixel(128, 240).0.iter().all(|c| *c > 240), "{format:?}");
            }
        }
    }

    #[test]
    fn what_is_no_photo_or_too_much_of_one_is_refused_before_it_is_decoded() {
        let refused = |bytes: &[u8]| matches!(make(bytes), Err(AccountError::Invalid { field: "photo", .. }));
        assert!(refused(b""));
        assert!(refused(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"));
        assert!(refused(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"));
        assert!(refused(&[0xff, 0xd8, 0xff, 0xe0, 0, 0]), "a JPEG that breaks off");
        let mut png = encoded(&sample(), ImageFormat::Png);
        png.truncate(png.len() / 2);
        assert!(refused(&png), "a PNG that breaks off");
        // A few bytes that say they are 30,000 pixels wide and high.
        let mut bomb = encoded(&RgbaImage::new(1, 1), ImageFormat::Png);
        for at in [16, 20] {
            bomb[at..at + 4].copy_from_slice(&30_000_u32.to_be_bytes());
        }
        let checksum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        let begun = std::time::Instant::now();
        assert!(refused(&bomb));
        assert!(begun.elapsed() < std::time::Duration::from_millis(500));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }
}
