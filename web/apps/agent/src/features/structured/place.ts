/** Where something is, in degrees. */
export interface Spot {
  latitude: number;
  longitude: number;
}

const NUMBER = "([-+−]?\\d{1,3}(?:\\.\\d+)?)";
/** How maps write coordinates into their addresses, the exact place first, then where the map was looking. */
const IN_LINKS: readonly RegExp[] = [
  new RegExp(`!3d${NUMBER}!4d${NUMBER}`, "u"),
  new RegExp(`[?&]mlat=${NUMBER}&mlon=${NUMBER}`, "u"),
  new RegExp(`[?&](?:q|query|ll|sll|daddr|destination|center|cp)=(?:loc:)?${NUMBER}(?:,|~)\\+?${NUMBER}`, "u"),
  new RegExp(`/(?:place|search|dir)/${NUMBER},\\+?${NUMBER}`, "u"),
  new RegExp(`#map=\\d+(?:\\.\\d+)?/${NUMBER}/${NUMBER}`, "u"),
  new RegExp(`/@${NUMBER},${NUMBER}`, "u"),
];
const GEO = new RegExp(`^geo:${NUMBER},${NUMBER}`, "iu");
const HALF = "([-+−]?\\d{1,3}(?:[.,]\\d+)?)\\s*°?\\s*";
const COMMAS = new RegExp(`^${HALF}([NS])?\\s*[;/\\s]\\s*${HALF}([EW])?$`, "iu");
const POINTS = new RegExp(
  `^${HALF.replace("[.,]", "\\.")}([NS])?\\s*[,;/\\s]\\s*${HALF.replace("[.,]", "\\.")}([EW])?$`,
  "iu",
);

/** Coordinates out of what somebody pasted: a map's address, `geo:`, or latitude and longitude. Null where there are none. */
export function spotIn(pasted: string): Spot | null {
  const text = pasted.trim();
  if (/^https?:\/\//iu.test(text)) {
    const address = decoded(text);
    for (const pattern of IN_LINKS) {
      const found = pattern.exec(address);
      const spot = found && spotOf(found[1], found[2]);
      if (spot) return spot;
    }
    return null;
  }
  const geo = GEO.exec(text);
  if (geo) return spotOf(geo[1], geo[2]);
  const written = POINTS.exec(text) ?? COMMAS.exec(text);
  if (!written) return null;
  const [, latitude = "", north = "", longitude = "", east = ""] = written;
  const turned = (value: string, side: string) => (/[sw]/iu.test(side) ? `-${value.replace(/^[-−+]/u, "")}` : value);
  return spotOf(turned(latitude, north), turned(longitude, east));
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

function spotOf(latitude: string | undefined, longitude: string | undefined): Spot | null {
  const spot = { latitude: degrees(latitude ?? "", 90), longitude: degrees(longitude ?? "", 180) };
  return spot.latitude === null || spot.longitude === null ? null : (spot as Spot);
}

/** Degrees as somebody writes them, with a point or a comma; null where it is no number or too large. */
export function degrees(text: string, most: number): number | null {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  if (!/^[-+]?\d+(?:\.\d+)?$/u.test(plain)) return null;
  const value = Number(plain);
  return Math.abs(value) <= most ? value : null;
}
