import type { Conversation } from "@max/api";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { offerTags } from "./open";

const TagPicker = lazy(() => import("./picker").then((module) => ({ default: module.TagPicker })));

/** The tags of the open conversation, for the key and for menus: hangs below its head. */
export function TagLayer({ conversation }: { conversation: Conversation }) {
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(false);
  const back = useRef<HTMLElement | null>(null);
  useEffect(
    () =>
      offerTags(() => {
        back.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
        setAsked(true);
        setOpen(true);
      }),
    [],
  );
  if (!asked) return null;
  return (
    <div className="relative ms-5 size-0 phone:ms-14">
      <Suspense>
        <TagPicker conversation={conversation} open={open} onOpenChange={setOpen} anchor={back} />
      </Suspense>
    </div>
  );
}
