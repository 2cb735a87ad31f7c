import type { Canned } from "@max/api";
import { Paperclip } from "lucide-react";
import { m } from "../../strings-media";

/** How many files go with a canned response; nothing where there are none. */
export function FileCount({ canned: { attachments } }: { canned: Pick<Canned, "attachments"> }) {
  if (attachments.length === 0) return null;
  const words = m.canned.count(attachments.length);
  return (
    <span
      role="img"
      aria-label={words}
      data-tip={words}
      className="num inline-flex flex-none items-center gap-0.5 text-2xs text-text-3 [&_.lucide]:size-3"
    >
      <Paperclip />
      {attachments.length}
    </span>
  );
}
