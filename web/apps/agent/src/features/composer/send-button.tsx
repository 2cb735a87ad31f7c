import { Button, cx, Kbd } from "@max/ui";
import { ArrowUp, ChevronDown, CornerDownLeft, Plus } from "lucide-react";
import { lazy, type RefObject, Suspense, useRef, useState } from "react";
import { t } from "../../strings-thread";
import { w } from "../../strings-writing";
import type { Kind as Structured } from "../structured/kinds";
import type { SendActions } from "./send-menu";

const load = () => import("./send-menu");
const SendMenu = lazy(() => load().then((module) => ({ default: module.SendMenu })));

/** Opens the other ways to send. What is chosen leads back into the field. */
function useSendMenu(area: RefObject<HTMLElement | null>) {
  const button = useRef<HTMLButtonElement>(null);
  const back = useRef<HTMLElement | null>(null);
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(false);
  const toField = (what: () => void) => () => {
    back.current = area.current;
    what();
  };
  return {
    button,
    back,
    open,
    setOpen,
    asked,
    toField,
    props: {
      ref: button,
      type: "button" as const,
      "aria-haspopup": "menu" as const,
      "aria-expanded": open,
      onPointerEnter: () => void load(),
      onFocus: () => void load(),
      onClick: () => {
        back.current = button.current;
        setAsked(true);
        setOpen(true);
      },
    },
  };
}

const inField = (menu: ReturnType<typeof useSendMenu>, send: SendActions | null): SendActions | null =>
  send && {
    andClose: menu.toField(send.andClose),
    andCloseWith: menu.toField(send.andCloseWith),
    later: menu.toField(send.later),
  };

/** Send, with a menu of other ways beside it. A note can only be added, and a reply that waits for the customer only asks them. */
export function SendButton(props: {
  area: RefObject<HTMLElement | null>;
  note: boolean;
  waits: boolean;
  reason: string | undefined;
  send: SendActions;
}) {
  const { note, waits, reason } = props;
  const single = note || waits;
  const menu = useSendMenu(props.area);
  return (
    <div className="relative flex">
      <Button
        type="submit"
        size="sm"
        look={note ? "inverse" : "primary"}
        data-testid="composer-send"
        reason={reason}
        className={cx(!single && "rounded-e-none! pe-2!")}
      >
        {note ? t.composer.addNote : waits ? t.rescue.choose : t.composer.send}
        {!single && (
          <Kbd onFill>
            <CornerDownLeft className="size-3" />
          </Kbd>
        )}
      </Button>
      {!single && (
        <Button
          size="sm"
          look="primary"
          aria-label={w.more}
          data-tip={w.more}
          data-testid="send-more"
          {...menu.props}
          reason={reason}
          className="rounded-s-none! border-s-white/25! px-1.5!"
        >
          <ChevronDown className="size-3.5" />
        </Button>
      )}
      {menu.asked && !single && (
        <Suspense>
          <SendMenu open={menu.open} onOpenChange={menu.setOpen} anchor={menu.back} send={inField(menu, props.send)} />
        </Suspense>
      )}
    </div>
  );
}

/** The round button of a phone. */
export function PhoneSend(props: { note: boolean; waits: boolean; reason: string | undefined }) {
  const { note, waits, reason } = props;
  return (
    <button
      type="submit"
      data-testid="composer-send"
      aria-label={note ? t.composer.addNote : waits ? t.rescue.choose : t.composer.send}
      aria-disabled={reason !== undefined}
      {...(reason ? { "aria-description": reason } : {})}
      className="grid size-11 flex-none place-items-center rounded-full bg-accent text-accent-fg aria-disabled:opacity-50"
    >
      <ArrowUp className="size-5" />
    </button>
  );
}

/** What a desk has in a row of tools and beside the button, in one menu. */
export function PhoneTools(props: {
  area: RefObject<HTMLElement | null>;
  note: boolean;
  waits: boolean;
  send: SendActions;
  attach: () => void;
  canned: () => void;
  mention: () => void;
  others: readonly Structured[];
  other: (kind: Structured) => void;
}) {
  const { note, waits } = props;
  const menu = useSendMenu(props.area);
  return (
    <div className="relative flex flex-none">
      <button
        {...menu.props}
        aria-label={w.tools}
        data-testid="composer-tools"
        className="grid size-11 place-items-center rounded-full text-text-2"
      >
        <Plus className="size-5" />
      </button>
      {menu.asked && (
        <Suspense>
          <SendMenu
            open={menu.open}
            onOpenChange={menu.setOpen}
            anchor={menu.back}
            send={note || waits ? null : inField(menu, props.send)}
            tools={{
              attach: menu.toField(props.attach),
              canned: menu.toField(props.canned),
              mention: note ? menu.toField(props.mention) : null,
              others: props.others,
              other: props.other,
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
