import { Button } from "@max/ui";
import { Check, Copy } from "lucide-react";
import { useId, useState } from "react";
import { c } from "../strings-channels";

/** Lines of a program or a settings file, to be taken elsewhere. */
export function CopyCode({ label, code, copy }: { label: string; code: string; copy: string }) {
  const id = useId();
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const run = async () => {
    try {
      await navigator.clipboard.writeText(code);
      setCopied("yes");
    } catch {
      // Without a secure connection a page may not write to the clipboard.
      getSelection()?.selectAllChildren(document.getElementById(id) as HTMLElement);
      setCopied("failed");
    }
  };
  return (
    <section aria-label={label} className="flex flex-col gap-1.5">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 text-sm font-medium">{label}</span>
        <Button size="sm" aria-label={copy} onClick={() => void run()} className="[&_.lucide]:size-3.5">
          {copied === "yes" ? <Check /> : <Copy />}
        </Button>
      </div>
      <pre
        id={id}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        dir="ltr"
        className="max-h-72 overflow-auto rounded-sm border border-line bg-surface-2 px-2.5 py-2 font-mono text-xs leading-normal focus-visible:-outline-offset-2"
      >
        {code}
      </pre>
      <p role="status" className="text-xs text-text-2 empty:hidden">
        {copied === "yes" ? c.webhook.copied : copied === "failed" ? c.webhook.copyFailed : null}
      </p>
    </section>
  );
}
