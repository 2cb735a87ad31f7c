import type { Conversation, Visit } from "@max/api";
import { PresenceDot } from "@max/ui";
import type { ReactNode } from "react";
import { fullTime, shortAgo } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { c as words } from "../../strings-context";
import { useCapabilities } from "../structured/kinds";
import { useVisit } from "./queries";
import { Facts, Row, Section } from "./section";
import { browserName, shortAddress, timeIn, webAddress, zoneName } from "./visit";

/** Where the customer is on the company's pages. Who never was there has no such part. */
export function OnTheSite({ conversation: { id, channel } }: { conversation: Pick<Conversation, "id" | "channel"> }) {
  const visits = useCapabilities(channel.id)?.visits ?? false;
  const visit = useVisit(id, visits).data;
  if (!visit?.seen_at) return null;
  return <Site visit={visit} seen={Date.parse(visit.seen_at)} />;
}

function Site({ visit, seen }: { visit: Visit; seen: number }) {
  const now = useNow(30_000);
  const { online, page, referrer, browser, time_zone: zone } = visit;
  const time = zone ? timeIn(zone, now) : null;
  return (
    <Section title={words.visit.title}>
      <p data-testid="visit-presence" className="mb-2 flex items-center gap-1.5 text-xs text-text-2">
        <PresenceDot state={online ? "online" : "offline"} label="" />
        <span {...(online ? {} : { "data-tip": fullTime(seen) })}>
          {online ? words.visit.online : words.visit.last(shortAgo(Math.min(now, seen), now))}
        </span>
      </p>
      <Facts>
        {page && (
          <Row label={words.visit.page}>
            <Address url={page.url}>{page.title?.trim() || shortAddress(page.url)}</Address>
          </Row>
        )}
        {referrer && (
          <Row label={words.visit.from}>
            <Address url={referrer}>{shortAddress(referrer)}</Address>
          </Row>
        )}
        {browser && (
          <Row label={words.visit.browser}>
            <bdi className="truncate" data-tip={browser}>
              {browserName(browser, words.visit.on)}
            </bdi>
          </Row>
        )}
        {zone && time && (
          <Row label={words.visit.time}>
            <span className="num truncate">
              {time} <bdi className="text-text-3">{zoneName(zone)}</bdi>
            </span>
          </Row>
        )}
      </Facts>
    </Section>
  );
}

/** An address as a link in words: nothing of it is loaded before somebody follows it, and where it leads learns nothing of here. */
function Address({ url, children }: { url: string; children: ReactNode }) {
  const href = webAddress(url);
  const text = <bdi className="min-w-0 truncate">{children}</bdi>;
  if (!href) return text;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      data-tip={href}
      className="flex min-w-0 text-accent-text hover:underline"
    >
      {text}
      <span className="sr-only"> ({words.visit.newTab})</span>
    </a>
  );
}
