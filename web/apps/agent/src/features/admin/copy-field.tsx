import { Button } from "@max/ui";
import { Check, Copy } from "lucide-react";
import { useId, useRef, useState } from "react";
import { c } from "./strings-channels";

/** Something to take to another page: shown whole, copied with one press. */
export function CopyField({ label, value, hint }: { label: string; value: string; hint?: string }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(value);
      setCopied("yes");
    } catch {
      // Without a secure connection a page may not write to the clipboard; it is selected now.
      setCopied("failed");
    }
  };
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="self-start text-sm font-medium">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          ref={field}
          id={id}
          readOnly
          value={value}
          dir="ltr"
          onFocus={(event) => event.target.select()}
          {...(hint ? { "aria-describedby": `${id}-hint` } : {})}
          className="h-8 min-w-0 flex-1 rounded-sm border border-line-control bg-surface-2 px-2 font-mono text-xs phone:h-11"
        />
        <Button aria-label={c.webhook.copy(label)} onClick={() => void copy()} className="[&_.lucide]:size-3.5">
          {copied === "yes" ? <Check /> : <Copy />}
        </Button>
      </div>
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-text-3">
          {hint}
        </p>
      )}
      <p role="status" className="text-xs text-text-2 empty:hidden">
        {copied === "yes" ? c.webhook.copied : copied === "failed" ? c.webhook.copyFailed : null}
      </p>
    </div>
  );
}
