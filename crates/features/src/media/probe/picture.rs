//! Pictures: how large they are, and smaller ones of them, written anew. Nothing of the file itself gets into those, nor what its camera noted
//! down.

use std::io::{self, BufRead, Cursor, Seek};

use image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits,
    codecs::{gif::GifDecoder, jpeg::JpegEncoder, webp::WebPDecoder},
};

use super::Facts;
use crate::accounts::on_white;

/// The most pixels that are decoded.
const MAX_PIXELS: u64 = 60_000_000;
/// The longest side that is decoded.
const MAX_SIDE: u32 = 16_000;
/// The most memory that decoding may take, in bytes; the process has a limit of its own.
const MAX_MEMORY: u64 = 480 * 1024 * 1024;
/// The longest side of a small picture; of one with transparent parts, which is kept without loss.
const SMALL: u32 = 640;
const SMALL_CLEAR: u32 = 320;
/// Quality of small pictures, and of pictures to be sent, of 100.
const SMALL_QUALITY: u8 = 78;
const SENT_QUALITY: u8 = 88;
/// The longest side of a picture to be sent.
const SENT: u32 = 4_096;

/// The facts about a picture, and a small one of it.
pub(super) fn look<R: BufRead + Seek>(mut file: R, mime: &str) -> io::Result<(Facts, Vec<u8>)> {
    let animated = moves(&mut file, mime);
    file.rewind()?;
    let picture = decode(file, mime)?;
    let mut facts = Facts { width: Some(picture.width()), height: Some(picture.height()), animated, ..Facts::default() };
    let clear = picture.color().has_alpha() && picture.to_rgba8().pixels().any(|p| p.0[3] < 255);
    let small = within(picture, if clear { SMALL_CLEAR } else { SMALL });
    let mut bytes = Vec::new();
    if clear {
        small.to_rgba8().write_to(&mut Cursor::new(&mut bytes), ImageFormat::WebP).map_err(io::Error::other)?;
        facts.picture = Some("image/webp".to_owned());
    } else {
        JpegEncoder::new_with_quality(&mut bytes, SMALL_QUALITY).encode_image(&small.to_rgb8()).map_err(io::Error::other)?;
        facts.picture = Some("image/jpeg".to_owned());
    }
    Ok((facts, bytes))
}

/// The picture as a JPEG of at most so many bytes: as large as fits.
pub(super) fn as_jpeg<R: BufRead + Seek>(file: R, mime: &str, most: u64) -> io::Result<(Facts, Vec<u8>)> {
    let mut picture = DynamicImage::from(on_white(&within(decode(file, mime)?, SENT)));
    for _ in 0..8 {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, SENT_QUALITY).encode_image(&picture).map_err(io::Error::other)?;
        if bytes.len() as u64 <= most {
            let facts = Facts {
                width: Some(picture.width()),
                height: Some(picture.height()),
                picture: Some("image/jpeg".to_owned()),
                ..Facts::default()
            };
            return Ok((facts, bytes));
        }
        let side = picture.width().max(picture.height()) * 3 / 4;
        picture = within(picture, side.max(1));
    }
    Err(io::Error::other("it does not get small enough"))
}

/// Decodes the first picture, within bounds, the right way up.
fn decode<R: BufRead + Seek>(file: R, mime: &str) -> io::Result<DynamicImage> {
    let format = match mime {
        "image/jpeg" => ImageFormat::Jpeg,
        "image/png" => ImageFormat::Png,
        "image/webp" => ImageFormat::WebP,
        "image/gif" => ImageFormat::Gif,
        other => return Err(io::Error::other(format!("{other} is not decoded"))),
    };
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::with_format(file, format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(io::Error::other)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(io::Error::other("too many pixels"));
    }
    let turned = decoder.orientation().map_err(io::Error::other)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(io::Error::other)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

/// Whether there is a second picture. Of no more than two anything is decoded.
fn moves<R: BufRead + Seek>(file: &mut R, mime: &str) -> bool {
    match mime {
        "image/webp" => WebPDecoder::new(file).is_ok_and(|decoder| decoder.has_animation()),
        "image/gif" => {
            let Ok(mut decoder) = GifDecoder::new(file) else { return false };
            let mut limits = Limits::default();
            limits.max_alloc = Some(MAX_MEMORY / 4);
            (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
            decoder.set_limits(limits).is_ok() && decoder.into_frames().take(2).filter(Result::is_ok).count() == 2
        }
        _ => false,
    }
}

fn within(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width() <= side && picture.height() <= side { picture } else { picture.thumbnail(side, side) }
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

    fn sample(alpha: u8) -> RgbaImage {
        RgbaImage::from_fn(1_200, 400, |x, y| Rgba([(x % 256) as u8, (y % 256) as u8, 90, alpha]))
    }

    #[test]
    fn small_pictures_are_small_and_of_the_same_shape() {
        for (format, mime) in [
            (ImageFormat::Png, "image/png"),
            (ImageFormat::Jpeg, "image/jpeg"),
            (ImageFormat::WebP, "image/webp"),
            (ImageFormat::Gif, "image/gif"),
        ] {
            let (facts, small) = look(Cursor::new(encoded(&sample(255), format)), mime).unwrap();
            assert_eq!((facts.width, facts.height, facts.animated), (Some(1_200), Some(400), false), "{mime}");
            assert_eq!(facts.picture.as_deref(), Some("image/jpeg"));
            let small = image::load_from_memory(&small).unwrap();
            assert_eq!((small.width(), small.height()), (640, 213), "{mime}");
        }
    }

    #[test]
    fn what_shines_through_does_so_in_the_small_one_too() {
        let (facts, small) = look(Cursor::new(encoded(&sample(0), ImageFormat::Png)), "image/png").unwrap();
        assert_eq!(facts.picture.as_deref(), Some("image/webp"));
        let small = image::load_from_memory(&small).unwrap().to_rgba8();
        assert_eq!((small.width(), small.get_pixel(0, 0).0[3]), (320, 0));
    }

    #[test]
    fn what_the_camera_noted_is_gone() {
        let mut jpeg = encoded(&sample(255), ImageFormat::Jpeg);
        let note = b"Exif\0\0MM\0*\0\0\0\x08\0\0 GPS 51.5 -0.1";
        let mut segment = vec![0xff, 0xe1];
        segment.extend(u16::try_from(note.len() + 2).unwrap().to_be_bytes());
        segment.extend(note);
        jpeg.splice(2..2, segment);
        let (_, small) = look(Cursor::new(jpeg), "image/jpeg").unwrap();
        assert!(!small.windows(3).any(|w| w == b"GPS"));
    }

    #[test]
    fn a_jpeg_is_made_as_large_as_fits() {
        let noise = RgbaImage::from_fn(900, 900, |x, y| Rgba([(x * y % 255) as u8, (x ^ y) as u8, (x * 7 + y * 13) as u8, 255]));
        let png = encoded(&noise, ImageFormat::Png);
        let (facts, large) = as_jpeg(Cursor::new(&png), "image/png", 10_000_000).unwrap();
        assert_eq!(facts.width, Some(900));
        let most = large.len() as u64 / 3;
        let (facts, small) = as_jpeg(Cursor::new(&png), "image/png", most).unwrap();
        assert!(small.len() as u64 <= most && facts.width < Some(900));
        assert!(as_jpeg(Cursor::new(&png), "image/png", 10).is_err());
    }

    #[test]
    fn bombs_and_garbage_are_refused_before_they_are_decoded() {
        let mut bomb = encoded(&RgbaImage::new(1, 1), ImageFormat::Png);
        for at in [16, 20] {
            bomb[at..at + 4].copy_from_slice(&15_000_u32.to_be_bytes());
        }
        let begun = std::time::Instant::now();
        assert!(look(Cursor::new(bomb), "image/png").is_err());
        assert!(look(Cursor::new(b"GIF89a\xff\xff\xff\xff\xff\xff\xff".to_vec()), "image/gif").is_err());
        assert!(look(Cursor::new(b"not a picture".to_vec()), "image/jpeg").is_err());
        assert!(look(Cursor::new(b"<svg/>".to_vec()), "image/svg+xml").is_err());
        assert!(begun.elapsed() < std::time::Duration::from_secs(1));
    }
}
