//! Which letters can be read on the company's colour.

/// Black or white, whichever stands out more from `accent` (`#rrggbb`).
pub(super) fn text_on(accent: &str) -> &'static str {
    // The contrast of white and of black are equal at this luminance: (1.05 / (l + 0.05)) = ((l + 0.05) / 0.05).
    const EVEN: f64 = 0.179_128_784_747_792;
    if luminance(accent) > EVEN { "#000000" } else { "#ffffff" }
}

/// The relative luminance of WCAG 2; that of black for what is no colour.
fn luminance(color: &str) -> f64 {
    if color.len() != 7 || !color.starts_with('#') {
        return 0.0;
    }
    let part = |at: usize| {
        let byte = color.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
        let c = f64::from(byte) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contrast(a: f64, b: f64) -> f64 {
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    proptest! {
        #[test]
        fn every_colour_can_be_written_on(r in any::<u8>(), g in any::<u8>(), b in any::<u8>()) {
            let accent = format!("#{r:02x}{g:02x}{b:02X}");
            let text = text_on(&accent);
            prop_assert!(contrast(luminance(&accent), luminance(text)) >= 4.5, "{} on {}", text, accent);
        }
    }

    #[test]
    fn known_colours() {
        assert_eq!(
            [text_on("#ffff00"), text_on("#0b6e99"), text_on("#000000"), text_on("red")],
            ["#000000", "#ffffff", "#ffffff", "#ffffff"]
        );
    }
}
