import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { media, useMedia } from "../../../lib/use-media";

/** A part of a long panel that opens when somebody wants it; with something wrong in it, it stays open. */
export function Fold(props: { title: string; open?: boolean; wrong?: boolean; testId?: string; children: ReactNode }) {
  const [open, setOpen] = useState(props.open ?? false);
  const Heading = useMedia(media.phone) ? "h2" : "h3";
  return (
    <details
      open={open || props.wrong === true}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      data-testid={props.testId}
      className="group -mx-[18px] border-t border-line-subtle px-[18px]"
    >
      <summary className="flex min-h-11 cursor-pointer list-none items-center gap-2 focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden">
        <Heading className="min-w-0 flex-1 text-sm font-medium">{props.title}</Heading>
        <ChevronRight className="size-4 text-text-3 transition-transform group-open:rotate-90 rtl:-scale-x-100" />
      </summary>
      <div className="flex flex-col gap-4 pt-1 pb-5">{props.children}</div>
    </details>
  );
}
