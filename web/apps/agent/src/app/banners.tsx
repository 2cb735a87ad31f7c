import { Banner, Spinner, useDelayed } from "@max/ui";
import { WifiOff } from "lucide-react";
import { useQueuedCount } from "../features/composer/pending";
import { s } from "../strings";
import { useLink } from "./services";

/** A break this short is nobody's business. */
const QUIET = 3_000;

/** What is wrong with the line, if anything. */
export function Banners() {
  const { link, online } = useLink();
  const queued = useQueuedCount();
  const reconnecting = useDelayed(online && link === "connecting", QUIET);
  if (!online) {
    return (
      <Banner tone="warn" icon={<WifiOff />} testId="banner-offline">
        {s.live.offline(queued)}
      </Banner>
    );
  }
  if (!reconnecting) return null;
  return (
    <Banner tone="neutral" icon={<Spinner />} testId="banner-reconnecting">
      {s.live.reconnecting}
    </Banner>
  );
}
