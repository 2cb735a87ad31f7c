/** How dates are written, and in which zone. English as in Britain unless the reader chose another. */
const DEFAULT = "en-GB";

let locale = DEFAULT;
let timeZone: string | undefined;
let version = 0;

/** Takes over the reader's language and time zone. An empty zone, or one the browser does not know, is that of the device. */
export function setLocale(language: string, zone: string): void {
  const wanted = language && language !== "en" && works(language) ? language : DEFAULT;
  const known = zone && works(wanted, zone) ? zone : undefined;
  if (wanted === locale && known === timeZone) return;
  locale = wanted;
  timeZone = known;
  version += 1;
}

function works(language: string, zone?: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat(language, { timeZone: zone }));
  } catch {
    return false;
  }
}

/** A formatter in the reader's zone, made when first used and again after a change. `fixed`: in this language whatever they chose. */
export function dateFormat(options: Intl.DateTimeFormatOptions, fixed?: string): (at: number) => string {
  let made = -1;
  let formatter: Intl.DateTimeFormat;
  return (at) => {
    if (made !== version) {
      formatter = new Intl.DateTimeFormat(fixed ?? locale, timeZone ? { ...options, timeZone } : options);
      made = version;
    }
    return formatter.format(at);
  };
}

/** A moment in a zone of somebody else's, in the reader's language; null for a zone that nobody knows. */
export function formatIn(zone: string, options: Intl.DateTimeFormatOptions, at: number): string | null {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }).format(at);
  } catch {
    return null;
  }
}
