import { Avatar, cx, PresenceDot } from "@max/ui";
import { Ellipsis } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { usePresence } from "../live/presence";
import { s } from "../strings";
import { useMe } from "./services";

const load = () => import("./user-menu");
const UserMenu = lazy(() => load().then((module) => ({ default: module.UserMenu })));

const HandOverDialog = lazy(() => import("./hand-over").then((module) => ({ default: module.HandOverDialog })));

/** Who is signed in; opens the account menu, which loads with the first sign of interest. */
export function UserButton({ shape }: { shape: "wide" | "rail" | "tab" }) {
  const me = useMe();
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(false);
  const [handOver, setHandOver] = useState(false);
  const stand = usePresence((state) => state.people[me.id]?.state);
  return (
    <div className={cx("relative", shape === "tab" && "grid")}>
      <button
        ref={button}
        type="button"
        data-testid="user-menu"
        aria-label={s.user.menu(me.name)}
        aria-haspopup="menu"
        aria-expanded={open}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onClick={() => {
          setAsked(true);
          setOpen(true);
        }}
        {...(shape === "rail" ? { "data-tip": me.name } : {})}
        className={cx(
          "flex items-center rounded-md text-start",
          shape === "wide" && "w-full gap-[9px] px-1.5 py-1.5 hover:bg-hover",
          shape === "rail" && "size-9 justify-center hover:bg-hover",
          shape === "tab" && "flex-col justify-center gap-[3px] py-1 text-2xs font-medium text-text-3",
        )}
      >
        <span className="relative flex flex-none [--rowbg:var(--canvas)]">
          <Avatar id={me.id} name={me.name} photo={me.photo_url} size={shape === "tab" ? 20 : 28} />
          {stand && <PresenceDot state={stand} label={s.user.stand[stand]} corner />}
        </span>
        {shape === "wide" && (
          <>
            <span className="flex min-w-0 flex-1 flex-col leading-[1.25]">
              <span className="truncate font-medium">{me.name}</span>
              <span className="truncate text-2xs text-text-3">
                {[s.user.role[me.role], stand && s.user.stand[stand]].filter(Boolean).join(s.dot)}
              </span>
            </span>
            <Ellipsis className="text-text-3" />
          </>
        )}
        {shape === "tab" && <span>{s.nav.you}</span>}
      </button>
      {asked && (
        <Suspense>
          <UserMenu open={open} onOpenChange={setOpen} anchor={button} onHandOver={() => setHandOver(true)} />
        </Suspense>
      )}
      {handOver && (
        <Suspense>
          <HandOverDialog onClose={() => setHandOver(false)} />
        </Suspense>
      )}
    </div>
  );
}
