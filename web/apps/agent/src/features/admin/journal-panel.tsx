import { ApiError, type DeliveryElement, type DeliveryFull, type RawBody } from "@max/api";
import { Button, Skeleton, toast } from "@max/ui";
import { Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Ask } from "./ask";
import { stampOf } from "./audit-words";
import { kindWords, readRaw, replayOne, sizeText, useDelivery } from "./journal-data";
import { FatePill } from "./journal-marks";
import { Failed, Panel, Section } from "./layout";
import { problemText } from "./queries";
import { j } from "./strings-journal";
import { GonePanel } from "./tools";

/** One call of a provider: every element with its fate, and the body. */
export function DeliveryPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useDelivery(id);
  if (query.data) return <Full delivery={query.data} onClose={onClose} />;
  const gone = query.error instanceof ApiError && [404, 422, 400].includes(query.error.status);
  if (gone) return <GonePanel title={j.panel.title} onClose={onClose} />;
  return (
    <Panel title={j.panel.title} onClose={onClose}>
      {query.error ? (
        <Failed what={j.panel.title} error={query.error} retry={() => void query.refetch()} />
      ) : (
        <>
          <Skeleton className="h-10" />
          <Skeleton className="h-24" />
          <Skeleton className="h-40" />
        </>
      )}
    </Panel>
  );
}

function Full({ delivery, onClose }: { delivery: DeliveryFull; onClose: () => void }) {
  const { elements, channel } = delivery;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const replay = async () => {
    setBusy(true);
    setError(null);
    try {
      await replayOne(delivery.id);
      toast(j.panel.replayed);
    } catch (refused) {
      setError(problemText(refused));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel title={j.panel.title} onClose={onClose} testId="delivery-panel">
      <dl className="flex flex-col gap-3">
        <Fact name={j.panel.received}>
          <time dateTime={delivery.received_at} className="num">
            {stampOf(delivery.received_at)}
          </time>
        </Fact>
        <Fact name={j.panel.channel}>
          {channel ? (
            <Link
              to="/admin/{-$page}/{-$id}"
              params={{ page: "channels", id: channel.id }}
              className="font-medium text-accent-text hover:underline"
            >
              <bdi>{channel.name}</bdi>
            </Link>
          ) : (
            j.noChannel
          )}
        </Fact>
        <Fact name={j.panel.size}>
          <span className="num">{sizeText(delivery.size)}</span>
        </Fact>
        <Fact name={j.panel.id}>
          <code className="font-mono text-xs break-all">{delivery.id}</code>
        </Fact>
      </dl>
      <Section
        title={j.panel.elements}
        facts={elements.length}
        action={
          <Button
            size="sm"
            busy={busy}
            data-testid="replay"
            onClick={() => void replay()}
            className="[&_.lucide]:size-3.5"
          >
            {!busy && <RotateCcw />}
            {j.panel.replay}
          </Button>
        }
      >
        <p className="text-xs text-text-3">{j.panel.replayHint}</p>
        <p role="alert" className="text-xs text-bad-text empty:hidden">
          {error}
        </p>
        {elements.length === 0 ? (
          <p className="text-xs text-text-3">{j.panel.noElements}</p>
        ) : (
          <ol className="overflow-hidden rounded-md border border-line">
            {elements.map((element) => (
              <Element key={element.index} element={element} />
            ))}
          </ol>
        )}
      </Section>
      <Body delivery={delivery} />
    </Panel>
  );
}

function Element({ element }: { element: DeliveryElement }) {
  return (
    <li className="flex flex-col gap-1 border-line-subtle px-2.5 py-2 not-first:border-t" data-testid="element">
      <span className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium">{kindWords(element.kind)}</span>
        <FatePill fate={element.fate} />
      </span>
      {element.reason && <bdi className="text-xs break-words text-text-2">{element.reason}</bdi>}
      {element.sender && (
        <span className="text-xs break-all text-text-3">
          {j.panel.sender} <bdi className="num text-text-2">{element.sender}</bdi>
        </span>
      )}
      {element.external_id && (
        <span className="text-xs text-text-3">
          {j.panel.externalId} <code className="font-mono text-2xs break-all text-text-2">{element.external_id}</code>
        </span>
      )}
      {element.conversation_id && (
        <Link
          to="/inbox/$view/{-$id}"
          params={{ view: "all", id: element.conversation_id }}
          className="self-start text-xs font-medium text-accent-text hover:underline"
        >
          {j.panel.conversation}
        </Link>
      )}
    </li>
  );
}

function Body({ delivery }: { delivery: DeliveryFull }) {
  const [asked, setAsked] = useState(false);
  const [raw, setRaw] = useState<RawBody | null>(null);
  const text = raw ? raw.body : delivery.body;
  const words = raw
    ? [j.panel.rawShown, ...(raw.base64 ? [j.panel.base64] : [])]
    : [j.panel.redacted, ...(delivery.body_is_json ? [] : [j.panel.notJson])];
  return (
    <Section
      title={j.panel.body}
      action={
        raw ? (
          <Button size="sm" data-testid="hide-raw" onClick={() => setRaw(null)}>
            {j.panel.hide}
          </Button>
        ) : (
          <Button size="sm" data-testid="show-raw" onClick={() => setAsked(true)}>
            {j.panel.raw}
          </Button>
        )
      }
    >
      <p role="status" className="text-xs text-text-3">
        {words.join(" ")}
      </p>
      {text === "" ? (
        <p className="text-xs text-text-3">{j.panel.emptyBody}</p>
      ) : (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach that
          tabIndex={0}
          aria-label={j.panel.body}
          className="max-h-96 overflow-auto rounded-md bg-sunken p-2.5 focus-visible:outline-2 focus-visible:outline-focus"
        >
          <pre dir="ltr" data-testid="body" className="font-mono text-2xs leading-[1.6] break-all whitespace-pre-wrap">
            {text}
          </pre>
        </section>
      )}
      {asked && (
        <Ask
          calm
          title={j.panel.rawTitle}
          text={j.panel.rawText}
          confirm={j.panel.rawConfirm}
          onClose={() => setAsked(false)}
          run={async () => {
            setRaw(await readRaw(delivery.id));
            setAsked(false);
          }}
        />
      )}
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-text-3">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
