import { ExternalLink, MapPin } from "lucide-react";
import { m } from "../../strings-media";
import { safeUrl } from "../conversation/content";
import { Card } from "./card";
import { Copy } from "./copy";

/** A place. Nothing is asked of a map before the reader follows the link. Coordinates may be missing while it is being written. */
export function LocationCard(props: {
  latitude: number | null;
  longitude: number | null;
  name?: string | null;
  address?: string | null;
  url?: string | null;
}) {
  const { latitude, longitude, name, address } = props;
  const page = safeUrl(props.url);
  const map = "https://www.openstreetmap.org/";
  return (
    <Card icon={<MapPin />} title={name || m.location} detail={address || undefined}>
      {latitude !== null && longitude !== null && (
        <>
          <Copy>{`${latitude.toFixed(5)}, ${longitude.toFixed(5)}`}</Copy>
          <span className="flex flex-wrap gap-x-3 text-xs">
            <Out href={`${map}?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}>{m.map}</Out>
            {page && <Out href={page}>{m.page}</Out>}
          </span>
        </>
      )}
    </Card>
  );
}

function Out({ href, children }: { href: string; children: string }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      className="inline-flex items-center gap-1 font-medium text-accent-text hover:underline phone:min-h-9 [&_.lucide]:size-3"
    >
      {children}
      <ExternalLink />
    </a>
  );
}
