//! How long films and recordings play and how large films are, as far as their containers say so in the open: MP4 and its family, and Ogg.
//! Nothing is decoded.

use std::io::{Read, Seek, SeekFrom};

use super::Facts;

/// Boxes looked at before it is given up.
const MOST_BOXES: usize = 4_000;
/// How much of the end of an Ogg file is searched for its last page.
const OGG_END: u64 = 128 * 1024;
/// What plays longer is nonsense, in milliseconds: a week.
const LONGEST: u64 = 7 * 86_400_000;

/// What the container says; nothing where it is of another kind or broken.
pub(super) fn look<R: Read + Seek>(file: &mut R, head: &[u8], mime: &str) -> Facts {
    match mime {
        "video/mp4" | "video/3gpp" | "video/quicktime" | "audio/mp4" => boxes(file).unwrap_or_default(),
        "audio/ogg" | "audio/opus" => Facts { duration_ms: ogg(file, head), ..Facts::default() },
        _ => Facts::default(),
    }
}

/// Walks the boxes of an MP4 file: `moov` holds `mvhd` (how long) and a `trak` for each track, whose `tkhd` says how large it is shown.
fn boxes<R: Read + Seek>(file: &mut R) -> Option<Facts> {
    let end = file.seek(SeekFrom::End(0)).ok()?;
    let mut facts = Facts::default();
    let mut walk = vec![(0, end)];
    let mut seen = 0;
    while let Some((mut at, end)) = walk.pop() {
        while at + 8 <= end {
            seen += 1;
            if seen > MOST_BOXES {
                return None;
            }
            file.seek(SeekFrom::Start(at)).ok()?;
            let size = u64::from(u32_of(file)?);
            let kind: [u8; 4] = bytes(file)?;
            let (header, size) = match size {
                0 => (8, end - at),
                1 => (16, u64::from_be_bytes(bytes(file)?)),
                size => (8, size),
            };
            // A box is no shorter than its head and does not reach out of the one around it; where it says so, the rest means nothing.
            if size < header || size > end - at {
                break;
            }
            match &kind {
                b"moov" | b"trak" => walk.push((at + header, at + size)),
                b"mvhd" => facts.duration_ms = duration(file),
                b"tkhd" => {
                    if let Some((width, height)) = shown_size(file)
                        && facts.width.is_none()
                    {
                        (facts.width, facts.height) = (Some(width), Some(height));
                    }
                }
                _ => {}
            }
            at += size;
        }
    }
    Some(facts)
}

fn duration<R: Read>(file: &mut R) -> Option<u64> {
    let [version, ..]: [u8; 4] = bytes(file)?;
    let (scale, length) = if version == 1 {
        let _: [u8; 16] = bytes(file)?;
        (u32_of(file)?, u64::from_be_bytes(bytes(file)?))
    } else {
        let _: [u8; 8] = bytes(file)?;
        (u32_of(file)?, u64::from(u32_of(file)?))
    };
    let ms = length.checked_mul(1000)?.checked_div(u64::from(scale))?;
    (1..=LONGEST).contains(&ms).then_some(ms)
}

fn shown_size<R: Read>(file: &mut R) -> Option<(u32, u32)> {
    let [version, ..]: [u8; 4] = bytes(file)?;
    // Times, ids and the length; then layer, volume and the matrix, whose second number says whether it is turned on its side.
    if version == 1 {
        let _: [u8; 32] = bytes(file)?;
    } else {
        let _: [u8; 20] = bytes(file)?;
    }
    let _: [u8; 16] = bytes(file)?;
    let matrix: [u8; 36] = bytes(file)?;
    let (width, height) = (u32_of(file)? >> 16, u32_of(file)? >> 16);
    if width == 0 || height == 0 {
        return None;
    }
    let turned = matrix[..4] == [0; 4] && matrix[4..8] != [0; 4];
    Some(if turned { (height, width) } else { (width, height) })
}

/// How long an Ogg file plays: the last page says how many samples there were by then.
fn ogg<R: Read + Seek>(file: &mut R, head: &[u8]) -> Option<u64> {
    let at = |what: &[u8]| head.windows(what.len()).position(|w| w == what);
    let (rate, skip) = if let Some(opus) = at(b"OpusHead") {
        // Opus counts at one rate, and leaves out the samples before the beginning.
        (48_000, u64::from(u16::from_le_bytes(head.get(opus + 10..opus + 12)?.try_into().ok()?)))
    } else {
        let vorbis = at(b"\x01vorbis")?;
        (u64::from(u32::from_le_bytes(head.get(vorbis + 12..vorbis + 16)?.try_into().ok()?)), 0)
    };
    let end = file.seek(SeekFrom::End(0)).ok()?;
    file.seek(SeekFrom::Start(end.saturating_sub(OGG_END))).ok()?;
    let mut tail = Vec::new();
    file.take(OGG_END).read_to_end(&mut tail).ok()?;
    let page = tail.windows(5).rposition(|w| w == b"OggS\0")?;
    let samples = u64::from_le_bytes(tail.get(page + 6..page + 14)?.try_into().ok()?);
    let ms = samples.checked_sub(skip)?.checked_mul(1000)?.checked_div(rate)?;
    (1..=LONGEST).contains(&ms).then_some(ms)
}

fn u32_of<R: Read>(file: &mut R) -> Option<u32> {
    Some(u32::from_be_bytes(bytes(file)?))
}

fn bytes<const N: usize, R: Read>(file: &mut R) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn atom(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], kind, body].concat()
    }

    fn film(turned: bool) -> Vec<u8> {
        let mvhd = [&[0; 12][..], &600_u32.to_be_bytes(), &4_500_u32.to_be_bytes(), &[0; 80]].concat();
        let mut matrix = [0; 36];
        matrix[if turned { 5 } else { 1 }] = 1;
        let tkhd = [&[0; 40][..], &matrix, &(640_u32 << 16).to_be_bytes(), &(360_u32 << 16).to_be_bytes()].concat();
        let moov = [atom(b"mvhd", &mvhd), atom(b"trak", &atom(b"tkhd", &tkhd))].concat();
        [atom(b"ftyp", b"isom\0\0\0\0"), atom(b"mdat", &[7; 100]), atom(b"moov", &moov)].concat()
    }

    #[test]
    fn a_film_says_how_long_and_how_large_it_is() {
        let facts = look(&mut Cursor::new(film(false)), b"", "video/mp4");
        assert_eq!((facts.duration_ms, facts.width, facts.height), (Some(7_500), Some(640), Some(360)));
        let facts = look(&mut Cursor::new(film(true)), b"", "video/mp4");
        assert_eq!((facts.width, facts.height), (Some(360), Some(640)));
    }

    #[test]
    fn a_recording_says_how_long_it_is() {
        let page = |granule: u64, body: &[u8]| {
            [b"OggS\0\0".as_slice(), &granule.to_le_bytes(), &[0; 12], &[1, u8::try_from(body.len()).unwrap()], body].concat()
        };
        let head = [b"OpusHead\x01\x01".as_slice(), &312_u16.to_le_bytes(), &[0; 7]].concat();
        let file = [page(0, &head), page(96_000 + 312, b"sound")].concat();
        assert_eq!(look(&mut Cursor::new(&file), &file, "audio/ogg").duration_ms, Some(2_000));
        assert_eq!(look(&mut Cursor::new(&file[..20]), &file[..20], "audio/ogg").duration_ms, None);
    }

    proptest! {
        #[test]
        fn whatever_is_in_the_boxes_it_ends(mut film in Just(film(false)), at in 0usize..200, with in any::<[u8; 4]>(), cut in 0usize..400) {
            for (offset, byte) in with.into_iter().enumerate() {
                let place = (at + offset) % film.len();
                film[place] = byte;
            }
            film.truncate(cut.max(1));
            look(&mut Cursor::new(&film), &film, "video/mp4");
            look(&mut Cursor::new(&film), &film, "audio/ogg");
        }
    }
}
