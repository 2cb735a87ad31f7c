import type { OneTimeLink } from "@max/api";
import { Button } from "@max/ui";
import { Check, Copy, Mail } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { fullTime } from "../../lib/time";
import { a } from "./strings";

/** A link that works once, to copy now or never. */
export function LinkBox({ link, kind, email }: { link: OneTimeLink; kind: "reset" | "invite"; email: string }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  // It may stand below what is on screen, and it is shown only once.
  useEffect(() => {
    box.current?.scrollIntoView?.({ block: "nearest" });
  }, []);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(link.url);
      setCopied("yes");
    } catch {
      // Without a secure connection a page may not write to the clipboard; the link is selected now.
      setCopied("failed");
    }
  };
  return (
    <div
      ref={box}
      className="flex flex-col gap-2 rounded-[10px] border border-accent-line bg-accent-tint p-3"
      data-testid="link-box"
    >
      <label htmlFor={id} className="text-xs font-semibold">
        {a.link.title[kind]}
      </label>
      <div className="flex gap-2">
        <input
          ref={field}
          id={id}
          readOnly
          value={link.url}
          dir="ltr"
          onFocus={(event) => event.target.select()}
          className="h-7 min-w-0 flex-1 rounded-sm border border-line-control bg-surface px-2 text-xs phone:h-11"
        />
        <Button size="sm" look="primary" onClick={() => void copy()} className="[&_.lucide]:size-3.5">
          {copied === "yes" ? <Check /> : <Copy />}
          {copied === "yes" ? a.copied : a.copy}
        </Button>
      </div>
      <p role="status" className="text-xs text-text-2">
        {copied === "failed" && `${a.copyFailed} `}
        {a.link.once(fullTime(Date.parse(link.expires_at)))}
      </p>
      <p className="flex items-start gap-1.5 text-xs text-text-2 [&_.lucide]:mt-px [&_.lucide]:size-3.5">
        <Mail />
        <span className="min-w-0 break-words">{link.emailed ? a.link.emailed(email) : a.link.notEmailed}</span>
      </p>
    </div>
  );
}
