import type { Message } from "@max/api";
import { IconButton, useIntent } from "@max/ui";
import { SmilePlus } from "lucide-react";
import { lazy, Suspense } from "react";
import { m } from "../../strings-media";

const load = () => import("./react-picker");
const Picker = lazy(() => load().then((module) => ({ default: module.ReactPicker })));

/** Opens what can be put on a message. */
export function ReactTool({ message }: { message: Message }) {
  const { anchor, open, asked, setOpen, button } = useIntent(load);
  return (
    <span className="relative">
      <IconButton
        ref={anchor}
        label={m.react.open}
        shortcut="+"
        tabIndex={-1}
        data-react
        aria-haspopup="dialog"
        {...button}
      >
        <SmilePlus />
      </IconButton>
      {asked && (
        <Suspense>
          <Picker message={message} open={open} onOpenChange={setOpen} anchor={anchor} />
        </Suspense>
      )}
    </span>
  );
}
