import { Button, toast } from "@max/ui";
import { Copy, Download } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { a } from "../../strings-account";

const { twoFactor: words } = a;

/** Puts words on the clipboard and says how that went. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(words.copied);
  } catch {
    toast(words.copyFailed, "bad");
  }
}

/** The ten codes, shown this once. */
export function RecoveryCodes(props: { codes: readonly string[]; email: string; children: ReactNode }) {
  const { codes, email } = props;
  const head = useRef<HTMLHeadingElement>(null);
  // They took the place of a form: say so, and do not lose the focus.
  useEffect(() => head.current?.focus(), []);
  const save = () => {
    const url = URL.createObjectURL(new Blob([words.file(email, codes.join("\n"))], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = words.fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <div className="flex flex-col gap-4">
      <div>
        <h2 ref={head} tabIndex={-1} className="text-lg font-semibold outline-none">
          {words.saveTitle}
        </h2>
        <p className="mt-1 text-sm text-text-2">{words.saveText}</p>
      </div>
      <ul
        aria-label={words.codes}
        data-testid="recovery-codes"
        className="grid grid-cols-2 gap-x-6 gap-y-1.5 rounded-lg border border-line bg-surface-2 px-5 py-4 font-mono text-md"
      >
        {codes.map((code) => (
          <li key={code} className="num select-all">
            {code}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => void copy(codes.join("\n"))}>
          <Copy />
          {words.copy}
        </Button>
        <Button onClick={save}>
          <Download />
          {words.download}
        </Button>
        {props.children}
      </div>
    </div>
  );
}
