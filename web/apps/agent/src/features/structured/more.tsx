import { IconButton } from "@max/ui";
import { Plus } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { q } from "../../strings-structured";
import type { Kind } from "./kinds";

const load = () => import("./menu");
const StructuredMenu = lazy(() => load().then((module) => ({ default: module.StructuredMenu })));

/** The button that opens what can be sent beside words and files. */
export function More({ kinds, onChoose }: { kinds: readonly Kind[]; onChoose: (kind: Kind) => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(false);
  return (
    <span className="relative flex">
      <IconButton
        ref={button}
        label={q.open}
        aria-haspopup="menu"
        aria-expanded={open}
        data-testid="structured-more"
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onClick={() => {
          setAsked(true);
          setOpen(true);
        }}
      >
        <Plus />
      </IconButton>
      {asked && (
        <Suspense>
          <StructuredMenu open={open} onOpenChange={setOpen} anchor={button} kinds={kinds} onChoose={onChoose} />
        </Suspense>
      )}
    </span>
  );
}
