import { toast } from "@max/ui";
import { Copy as CopyIcon } from "lucide-react";
import { m } from "../../strings-media";

/** A number or an address, to be taken elsewhere. */
export function Copy({ children }: { children: string }) {
  return (
    <button
      type="button"
      aria-label={m.copy(children)}
      data-tip={m.copy(children)}
      onClick={() => {
        void navigator.clipboard
          ?.writeText(children)
          .then(() => toast(m.copied))
          .catch(() => {});
      }}
      className="num group/copy flex max-w-full items-center gap-1 text-start text-xs text-text-2 hover:text-text phone:min-h-9 [&_.lucide]:size-3"
    >
      <bdi className="min-w-0 wrap-anywhere">{children}</bdi>
      <CopyIcon className="opacity-0 group-hover/copy:opacity-100 group-focus-visible/copy:opacity-100 phone:opacity-100" />
    </button>
  );
}
