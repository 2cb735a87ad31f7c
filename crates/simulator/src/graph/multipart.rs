//! As much of `multipart/form-data` as an upload needs.

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub name: String,
    pub filename: Option<String>,
    pub content_type: Option<String>,
    pub bytes: &'a [u8],
}

/// The boundary named by a `Content-Type`, if it is a form.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    Some(value.trim_matches('"')).filter(|value| !value.is_empty())
}

/// Splits a form into its parts; `None` when it is malformed.
pub(crate) fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let opening = format!("--{boundary}");
    let closing = format!("\r\n--{boundary}");
    let mut rest = body.get(find(body, opening.as_bytes())? + opening.len()..)?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let head_end = find(part, b"\r\n\r\n")?;
        let content = part.get(head_end + 4..)?;
        let end = find(content, closing.as_bytes())?;
        parts.push(one(std::str::from_utf8(part.get(..head_end)?).ok()?, content.get(..end)?)?);
        rest = content.get(end + closing.len()..)?;
    }
    Some(parts)
}

fn one<'a>(head: &str, bytes: &'a [u8]) -> Option<Part<'a>> {
    let header = |wanted: &str| {
        head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
        })
    };
    let disposition = header("content-disposition")?;
    let name = parameter(&disposition, "name")?;
    Some(Part { name, filename: parameter(&disposition, "filename"), content_type: header("content-type"), bytes })
}

fn parameter(disposition: &str, name: &str) -> Option<String> {
    disposition.split(';').skip(1).find_map(|piece| {
        let (key, value) = piece.trim().split_once('=')?;
        (key == name).then(|| value.trim_matches('"').to_owned())
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut start = 0;
    // By the first byte: comparing whole windows takes seconds for a document of 100 MB.
    while let Some(step) = haystack.get(start..)?.iter().position(|byte| *byte == first) {
        start += step;
        if haystack.get(start..)?.starts_with(needle) {
            return Some(start);
        }
        start += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file() {
        let body =
            b"--XX\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n--XX\r\ncontent-disposition: form-data; \
                     name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x00\r\n--X\r\n\r\n--XX--\r\n";
        let boundary = boundary("multipart/form-data; boundary=XX").unwrap();
        let parts = parts(body, boundary).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), parts[0].bytes), ("type", b"image/png".as_slice()));
        assert_eq!((parts[1].filename.as_deref(), parts[1].bytes), (Some("a.png"), b"\x00\r\n--X\r\n".as_slice()));
    }

    #[test]
    fn a_broken_form_is_none() {
        assert_eq!(parts(b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end", "XX"), None);
        assert_eq!(boundary("application/json"), None);
    }
}
