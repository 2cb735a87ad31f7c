import { Button, cx, EmptyState, ErrorState, IconButton } from "@max/ui";
import { useBlocker } from "@tanstack/react-router";
import { ChevronLeft, SearchX, X } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { errorId, errorText } from "../../app/words";
import { media, useMedia } from "../../lib/use-media";
import { s } from "../../strings";
import { a } from "./strings";

const Dialog = lazy(() => import("@max/ui/dialog").then((module) => ({ default: module.Dialog })));
const ConfirmDialog = lazy(() => import("@max/ui/confirm").then((module) => ({ default: module.ConfirmDialog })));

/** The name of a page, a fact or two, and what can be done on all of it. */
export function PageHead(props: { title: string; facts?: ReactNode; children?: ReactNode }) {
  return (
    <header className="flex min-h-[52px] flex-none items-center gap-2.5 border-b border-line-subtle ps-5 pe-5 phone:min-h-14 phone:border-0 phone:ps-4 phone:pe-3">
      <div className="flex min-w-0 flex-1 items-baseline gap-2.5 phone:flex-col phone:gap-0 phone:leading-[1.25]">
        <h1 className="flex-none text-[15px] font-semibold tracking-[-0.01em] phone:text-[24px] phone:tracking-[-0.025em]">
          {props.title}
        </h1>
        <span className="num max-w-full min-w-0 truncate text-xs text-text-3">{props.facts}</span>
      </div>
      <div className="flex flex-none items-center gap-2 phone:gap-1">{props.children}</div>
    </header>
  );
}

/** An action of a page: with its word on a desk, as an icon on a phone unless it is the main one. */
export function HeadAction(props: {
  icon: ReactNode;
  label: string;
  main?: boolean;
  busy?: boolean;
  testId?: string;
  onIntent?: () => void;
  onClick: () => void;
}) {
  const phone = useMedia(media.phone);
  const intent = props.onIntent ? { onPointerEnter: props.onIntent, onFocus: props.onIntent } : {};
  if (phone && !props.main) {
    return (
      <IconButton
        label={props.label}
        data-testid={props.testId}
        {...intent}
        aria-busy={props.busy ?? false}
        onClick={props.busy ? undefined : props.onClick}
      >
        {props.icon}
      </IconButton>
    );
  }
  return (
    <Button
      size="sm"
      look={props.main ? "primary" : "default"}
      busy={props.busy ?? false}
      data-testid={props.testId}
      {...intent}
      onClick={props.onClick}
      className="[&_.lucide]:size-3.5"
    >
      {!props.busy && props.icon}
      {props.label}
    </Button>
  );
}

/** Search and filters above a table. */
export function Toolbar({ children }: { children: ReactNode }) {
  return (
    <div className="flex flex-none items-center gap-2 px-5 py-2.5 desk:flex-wrap phone:overflow-x-auto phone:px-4 phone:pt-0 phone:pb-3 phone:[scrollbar-width:none]">
      {children}
    </div>
  );
}

/** What is edited: beside the table where there is room, over it where there is little, instead of it on a phone. */
export function Panel(props: {
  title: string;
  onClose: () => void;
  /** Stands below and does not scroll. */
  bar?: ReactNode;
  /** Stands at its side and does not scroll with it, where there is room. */
  beside?: ReactNode;
  testId?: string;
  children: ReactNode;
}) {
  const phone = useMedia(media.phone);
  const wide = useMedia(media.wide);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (wide || phone) box.current?.focus({ preventScroll: true });
  }, [wide, phone]);
  const content = (
    <>
      <div className={cx("flex flex-1 flex-col gap-5 px-[18px] py-4", (wide || phone) && "min-h-0 overflow-y-auto")}>
        {props.children}
      </div>
      {props.bar}
    </>
  );
  if (!wide && !phone) {
    return (
      <Suspense>
        <Dialog open onOpenChange={(open) => !open && props.onClose()} title={props.title} close={a.close} shape="side">
          <div data-testid={props.testId} className="flex min-h-full flex-col">
            {content}
          </div>
        </Dialog>
      </Suspense>
    );
  }
  // Alone on the screen it is the page's own heading.
  const Heading = phone ? "h1" : "h2";
  return (
    <aside
      ref={box}
      aria-label={props.title}
      data-region="context"
      data-testid={props.testId}
      tabIndex={-1}
      {...(props.beside ? { "data-roomy": true } : {})}
      className="flex min-h-0 min-w-0 flex-col bg-surface outline-none desk:border-s desk:border-line-subtle"
    >
      <div className="flex h-[52px] flex-none items-center gap-1 border-b border-line-subtle ps-[18px] pe-2.5 phone:h-14 phone:ps-1">
        {phone && (
          <IconButton label={a.back} onClick={props.onClose}>
            <ChevronLeft className="size-5 rtl:-scale-x-100" />
          </IconButton>
        )}
        <Heading className="min-w-0 flex-1 truncate text-sm font-semibold phone:text-[15px]">{props.title}</Heading>
        {!phone && (
          <IconButton label={a.close} shortcut="Esc" onClick={props.onClose}>
            <X />
          </IconButton>
        )}
      </div>
      {props.beside ? (
        <div className="flex min-h-0 flex-1">
          <div className="flex w-[348px] flex-none flex-col">{content}</div>
          <div className="min-h-0 min-w-0 flex-1 overflow-y-auto border-s border-line-subtle bg-surface-2 p-4">
            {props.beside}
          </div>
        </div>
      ) : (
        content
      )}
    </aside>
  );
}

/** The place of the panel: beside the list where there is room, over it or instead of it where there is none. */
export function Beside({ children }: { children: ReactNode }) {
  const phone = useMedia(media.phone);
  const wide = useMedia(media.wide);
  return (
    <div
      className={
        wide
          ? "flex w-[348px] flex-none *:flex-1 has-[[data-roomy]]:w-[720px]"
          : phone
            ? "flex min-w-0 flex-1 *:flex-1"
            : "contents"
      }
    >
      {children}
    </div>
  );
}

/** A part of a panel with its own head. */
export function Section(props: { title: string; facts?: ReactNode; action?: ReactNode; children: ReactNode }) {
  const Heading = useMedia(media.phone) ? "h2" : "h3";
  return (
    <section className="flex flex-col gap-2">
      <div className="flex min-h-6 items-center gap-2">
        <Heading className="text-sm font-medium">{props.title}</Heading>
        <span className="num text-xs text-text-3">{props.facts}</span>
        <span className="ms-auto">{props.action}</span>
      </div>
      {props.children}
    </section>
  );
}

/** Asks before what was typed is lost by going elsewhere. Signing out does not wait for an answer. */
export function UnsavedGuard({ dirty }: { dirty: boolean }) {
  const block = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && next.pathname !== "/login" && next.pathname !== current.pathname,
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  if (block.status !== "blocked") return null;
  return (
    <Suspense>
      <ConfirmDialog
        open
        title={a.discard.title}
        confirm={a.discard.yes}
        cancel={a.discard.no}
        danger
        onCancel={block.reset}
        onConfirm={block.proceed}
      >
        {a.discard.text}
      </ConfirmDialog>
    </Suspense>
  );
}

const RETRY = 15;

/** A list or form that did not load: says why, tries again by itself. */
export function Failed({ what, error, retry }: { what: string; error: unknown; retry: () => void }) {
  const [left, setLeft] = useState(RETRY);
  useEffect(() => {
    const timer = setInterval(() => setLeft((n) => n - 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left > 0) return;
    setLeft(RETRY);
    retry();
  }, [left, retry]);
  const id = errorId(error);
  return (
    <ErrorState
      title={a.failed(what)}
      action={
        <>
          <Button size="sm" onClick={retry}>
            {s.tryNow}
          </Button>
          {id && (
            <Button size="sm" look="quiet" onClick={() => void navigator.clipboard?.writeText(id)}>
              {s.copyErrorId}
            </Button>
          )}
        </>
      }
    >
      {errorText(error)} {s.retrying(Math.max(1, left))}
    </ErrorState>
  );
}

/** Filters left nothing. */
export function NoMatch({ title, text, onClear }: { title: string; text: string; onClear: () => void }) {
  return (
    <EmptyState
      icon={<SearchX />}
      title={title}
      action={
        <Button size="sm" onClick={onClear}>
          {a.clearFilters}
        </Button>
      }
    >
      {text}
    </EmptyState>
  );
}
