import type { ImportResult } from "@max/api";
import { Button, cx } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { CircleAlert, CircleCheck, Download, FileUp } from "lucide-react";
import { type DragEvent, useId, useRef, useState } from "react";
import { queryClient } from "../../app/services";
import { notWorthChecking, preview, readCsv, TEMPLATE } from "./csv";
import { saveBlob } from "./download";
import { keys } from "./live";
import { importUsers, problemText } from "./queries";
import { a } from "./strings";

/** So many bad lines are listed; who has more corrects these first. */
const SHOWN = 200;

/** Many new people from a CSV file: looked through first, then made all together or not at all. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const id = useId();
  const file = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [result, setResult] = useState<ImportResult | null>(null);
  const [done, setDone] = useState<number | null>(null);

  const take = async (chosen: File | undefined) => {
    if (!chosen) return;
    const read = await readCsv(chosen);
    if ("problem" in read) setError(a.import[read.problem]);
    else {
      setError(null);
      setText(read.text);
    }
  };
  const ask = async (dryRun: boolean) => {
    setBusy(true);
    setError(null);
    try {
      const answer = await importUsers(text, dryRun);
      if (dryRun || preview(answer).bad.length > 0) setResult(answer);
      else {
        setDone(answer.created);
        for (const queryKey of [keys.users, keys.summary, keys.teams]) void queryClient.invalidateQueries({ queryKey });
      }
    } catch (refused) {
      setError(problemText(refused));
    } finally {
      setBusy(false);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  const seen = result && preview(result);
  const why = notWorthChecking(text);
  const foot = "sticky bottom-0 flex justify-end gap-2 border-t border-line-subtle bg-surface px-4 py-3";

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={a.import.title} close={a.close}>
      {done !== null ? (
        <>
          <div role="status" className="flex items-start gap-3 p-4">
            <CircleCheck className="mt-0.5 text-ok" />
            <div>
              <p className="font-semibold">{a.import.done(done)}</p>
              <p className="text-text-2">{a.import.doneText}</p>
            </div>
          </div>
          <div className={foot}>
            <Button look="primary" onClick={onClose}>
              {a.done}
            </Button>
          </div>
        </>
      ) : seen ? (
        <>
          <div className="flex flex-col gap-3 p-4" data-testid="import-preview">
            {seen.ready.length > 0 && (
              <p role="status" className="flex items-center gap-2 font-medium">
                <CircleCheck className="text-ok" />
                {a.import.ready(seen.ready.length)}
              </p>
            )}
            {seen.bad.length > 0 ? (
              <>
                <div>
                  <p role="status" className="flex items-center gap-2 font-medium">
                    <CircleAlert className="text-bad" />
                    {a.import.bad(seen.bad.length)}
                  </p>
                  <p className="ps-6 text-xs text-text-3">{a.import.badHint}</p>
                </div>
                <table className="w-full table-fixed text-start text-xs">
                  <thead>
                    <tr className="text-text-3 [&>th]:pb-1.5 [&>th]:text-start [&>th]:font-medium">
                      <th scope="col" className="w-12">
                        {a.import.lineColumn}
                      </th>
                      <th scope="col" className="w-2/5">
                        {a.import.personColumn}
                      </th>
                      <th scope="col">{a.import.problemColumn}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {seen.bad.slice(0, SHOWN).map((row) => (
                      <tr key={row.line} className="align-top [&>td]:border-t [&>td]:border-line-subtle [&>td]:py-1.5">
                        <td className="num text-text-3">{row.line}</td>
                        <td className="pe-3">
                          <span className="block truncate font-medium">
                            <bdi>{row.name || a.none}</bdi>
                          </span>
                          <span className="block truncate text-text-3">{row.email}</span>
                        </td>
                        <td className="break-words text-bad-text">
                          {row.problems.map((problem) => (
                            <span key={problem} className="block">
                              {problem}
                            </span>
                          ))}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
                {seen.bad.length > SHOWN && (
                  <p className="text-xs text-text-3">{a.import.more(seen.bad.length - SHOWN)}</p>
                )}
              </>
            ) : (
              <ul className="flex flex-col gap-1 text-xs text-text-2">
                {seen.ready.slice(0, 8).map((row) => (
                  <li key={row.line} className="truncate">
                    <bdi className="font-medium text-text">{row.name}</bdi> · {row.email} · {row.role}
                    {row.teams.length > 0 && ` · ${row.teams.join(", ")}`}
                  </li>
                ))}
                {seen.ready.length > 8 && <li className="text-text-3">{a.import.more(seen.ready.length - 8)}</li>}
              </ul>
            )}
            <p role="alert" className="text-xs text-bad-text empty:hidden">
              {error}
            </p>
          </div>
          <div className={foot}>
            <Button onClick={() => setResult(null)}>{a.import.edit}</Button>
            <Button
              look="primary"
              busy={busy}
              data-testid="import-run"
              reason={seen.importable ? undefined : a.import.fixFirst}
              onClick={() => void ask(false)}
            >
              {a.import.run(seen.ready.length)}
            </Button>
          </div>
        </>
      ) : (
        <>
          <div className="flex flex-col gap-3 p-4">
            <p className="text-text-2">{a.import.lead}</p>
            <label htmlFor={id} className="sr-only">
              {a.import.paste}
            </label>
            <textarea
              id={id}
              value={text}
              rows={9}
              dir="auto"
              spellCheck={false}
              placeholder={a.import.paste}
              data-testid="import-text"
              onChange={(event) => setText(event.target.value)}
              onDragOver={(event) => {
                event.preventDefault();
                setOver(true);
              }}
              onDragLeave={() => setOver(false)}
              onDrop={drop}
              className={cx(
                "w-full resize-y rounded-md border bg-surface p-2.5 font-mono text-xs leading-[1.6] outline-none focus:border-focus focus:shadow-[0_0_0_3px_var(--accent-tint-2)]",
                over ? "border-focus bg-accent-tint" : "border-line-control",
              )}
            />
            <p role="alert" className="text-xs text-bad-text empty:hidden">
              {error}
            </p>
            <div className="flex flex-wrap items-center gap-2 [&_.lucide]:size-3.5">
              <input
                ref={file}
                type="file"
                accept=".csv,text/csv,text/plain"
                className="hidden"
                data-testid="import-file"
                onChange={(event) => {
                  void take(event.target.files?.[0]);
                  event.target.value = "";
                }}
              />
              <Button size="sm" onClick={() => file.current?.click()}>
                <FileUp />
                {a.import.choose}
              </Button>
              <span className="text-xs text-text-3 phone:hidden">{a.import.drop}</span>
              <Button
                size="sm"
                look="quiet"
                className="ms-auto"
                onClick={() => saveBlob(new Blob([TEMPLATE], { type: "text/csv" }), "people.csv")}
              >
                <Download />
                {a.import.template}
              </Button>
            </div>
          </div>
          <div className={foot}>
            <Button onClick={onClose}>{a.cancel}</Button>
            <Button
              look="primary"
              busy={busy}
              data-testid="import-check"
              reason={why ? a.import[why] : undefined}
              onClick={() => void ask(true)}
            >
              {a.import.check}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
