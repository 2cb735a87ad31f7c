//! Which web pages may act for a browser that carries our cookie.

/// Whether a browser's `Origin` is this installation's own. On a loopback address its names are one.
pub fn same_origin(public_url: &str, origin: &str) -> bool {
    let own = origin_of(public_url);
    own.is_some() && own == origin_of(origin)
}

/// Scheme, host and port, the host's loopback names made one.
fn origin_of(url: &str) -> Option<(&str, &str, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, port.parse().ok()?),
        _ => (authority, if scheme == "https" { 443 } else { 80 }),
    };
    Some((scheme, if matches!(host, "localhost" | "127.0.0.1" | "[::1]") { "localhost" } else { host }, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_the_same_origin() {
        assert!(same_origin("http://127.0.0.1:8080", "http://localhost:8080"));
        assert!(same_origin("https://max.example/", "https://max.example"));
        assert!(same_origin("https://max.example", "https://max.example:443"));
        for other in [
            "https://evil.example",
            "http://max.example",
            "https://max.example:8443",
            "https://max.example.evil.example",
            "null",
            "",
        ] {
            assert!(!same_origin("https://max.example", other), "{other}");
        }
    }
}
