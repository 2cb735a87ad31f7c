//! The HTML alternative of a plain text: the same words, and web addresses that can be clicked. Made from the text, so that both
//! say the same and nothing in it can be markup.

/// A paragraph for each block of lines; `http` and `https` addresses become links.
pub(super) fn from_text(text: &str) -> String {
    let mut html = String::from(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"></head>\n\
         <body style=\"margin:0;padding:24px;font:16px/1.5 sans-serif;color:#17201d;background:#ffffff\">\n\
         <div style=\"max-width:560px\">\n",
    );
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let lines: Vec<String> = paragraph.lines().map(line).collect();
        html.push_str(&format!("<p style=\"margin:0 0 16px\">{}</p>\n", lines.join("<br>\n")));
    }
    html.push_str("</div>\n</body></html>\n");
    html
}

fn line(line: &str) -> String {
    let mut html = String::new();
    for (i, word) in line.split(' ').enumerate() {
        if i > 0 {
            html.push(' ');
        }
        html.push_str(&word_or_link(word));
    }
    html
}

fn word_or_link(word: &str) -> String {
    if !["http://", "https://"].iter().any(|scheme| word.starts_with(scheme)) {
        return escape(word);
    }
    // The full stop behind an address ends the sentence.
    let address = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'', '>']);
    let (address, rest) = (escape(address), escape(&word[address.len()..]));
    format!("<a href=\"{address}\" style=\"color:#0b5f58\">{address}</a>{rest}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
