import type { Canned } from "@max/api";
import { Button, EmptyState, FieldError, IconButton, toast } from "@max/ui";
import { ConfirmDialog } from "@max/ui/confirm";
import { Dialog } from "@max/ui/dialog";
import { FormSection } from "@max/ui/form";
import { Pencil, Plus, TextQuote, Trash2 } from "lucide-react";
import { useState } from "react";
import { a } from "../../strings-account";
import { k } from "../../strings-canned";
import { m } from "../../strings-media";
import { w } from "../../strings-writing";
import { CannedFields, problems } from "../canned/fields";
import { FileCount } from "../canned/file-count";
import { type CannedForm, createCanned, deleteCanned, saveCanned, whyNot } from "../canned/mutations";
import { useCanned } from "../composer/canned-query";
import { Failed, Loading, SettingsPage } from "./page";

/** One's own canned responses, and what else the slash offers. */
export default function CannedResponses() {
  const query = useCanned(null);
  const [open, setOpen] = useState<Canned | "new" | null>(null);
  const [going, setGoing] = useState<Canned | null>(null);
  const all = (query.data ?? []).toSorted((one, two) => one.shortcut.localeCompare(two.shortcut));
  const own = all.filter((canned) => canned.scope === "personal");
  const others = all.filter((canned) => canned.scope !== "personal");
  return (
    <SettingsPage title={k.page} lead={k.lead}>
      {query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Failed title={a.failed(k.failed)} error={query.error} retry={() => void query.refetch()} />
      ) : (
        <>
          <FormSection title={k.own}>
            {own.length === 0 ? (
              <EmptyState icon={<TextQuote />} title={k.none}>
                {k.noneText}
              </EmptyState>
            ) : (
              <ul className="overflow-hidden rounded-lg border border-line">
                {own.map((canned) => (
                  <li
                    key={canned.id}
                    className="flex items-center gap-2 border-line-subtle py-2 ps-3.5 pe-2 not-first:border-t"
                  >
                    <Words canned={canned} />
                    <IconButton label={k.edit(canned.shortcut)} onClick={() => setOpen(canned)}>
                      <Pencil className="size-3.5!" />
                    </IconButton>
                    <IconButton label={k.deleteTitle(canned.shortcut)} onClick={() => setGoing(canned)}>
                      <Trash2 className="size-3.5!" />
                    </IconButton>
                  </li>
                ))}
              </ul>
            )}
            <Button className="self-start" data-testid="new-canned" onClick={() => setOpen("new")}>
              <Plus className="size-3.5" />
              {k.add}
            </Button>
          </FormSection>
          {others.length > 0 && (
            <FormSection title={k.others}>
              <ul className="overflow-hidden rounded-lg border border-line">
                {others.map((canned) => (
                  <li
                    key={canned.id}
                    className="flex items-center gap-2 border-line-subtle px-3.5 py-2 not-first:border-t"
                  >
                    <Words canned={canned} />
                    <span className="flex-none text-xs text-text-3">{w.canned.scope[canned.scope]}</span>
                  </li>
                ))}
              </ul>
            </FormSection>
          )}
        </>
      )}
      {open && <Editor canned={open === "new" ? null : open} onClose={() => setOpen(null)} />}
      {going && <Going canned={going} onClose={() => setGoing(null)} />}
    </SettingsPage>
  );
}

function Words({ canned }: { canned: Canned }) {
  return (
    <span className="min-w-0 flex-1">
      <span className="flex min-w-0 items-baseline gap-2">
        <bdi className="max-w-[50%] flex-none truncate font-mono text-xs font-medium">/{canned.shortcut}</bdi>
        <bdi className="truncate text-sm font-medium">{canned.title}</bdi>
        <FileCount canned={canned} />
      </span>
      <span className="block truncate text-xs text-text-3" dir="auto">
        {canned.text}
      </span>
    </span>
  );
}

function Editor({ canned, onClose }: { canned: Canned | null; onClose: () => void }) {
  const [value, setValue] = useState<CannedForm>({
    shortcut: canned?.shortcut ?? "",
    title: canned?.title ?? "",
    text: canned?.text ?? "",
    attachments: canned?.attachments ?? [],
  });
  const [waits, setWaits] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const save = async () => {
    setTried(true);
    if (waits) return;
    if (Object.keys(problems(value)).length > 0) return;
    const form = { shortcut: value.shortcut.trim(), title: value.title.trim(), text: value.text.trim() };
    const { attachments } = value;
    setBusy(true);
    setError(null);
    try {
      if (canned) await saveCanned(canned.id, { ...form, attachments });
      else await createCanned({ ...form, attachments, scope: "personal" });
      toast(canned ? k.saved : k.created(form.shortcut));
      onClose();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={canned ? k.editTitle : k.newTitle} close={k.close}>
      <form
        noValidate
        className="flex flex-col gap-5 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <CannedFields
          value={value}
          onChange={(change) => setValue((old) => ({ ...old, ...change }))}
          tried={tried}
          error={error}
          onBusy={setWaits}
        />
        <div role="alert" className="empty:hidden">
          {error !== null && <FieldError id="canned-error">{whyNot(error)}</FieldError>}
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{k.cancel}</Button>
          <Button
            type="submit"
            look="primary"
            busy={busy}
            reason={waits ? m.canned.wait : undefined}
            data-testid="save-canned"
          >
            {canned ? k.save : k.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Going({ canned, onClose }: { canned: Canned; onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      await deleteCanned(canned.id);
      toast(k.deleted(canned.shortcut));
    } catch (error) {
      toast(whyNot(error), "bad");
    }
    onClose();
  };
  return (
    <ConfirmDialog
      open
      title={k.deleteTitle(canned.shortcut)}
      confirm={k.delete}
      cancel={k.cancel}
      danger
      busy={busy}
      onCancel={onClose}
      onConfirm={() => void go()}
    >
      {k.deleteText}
    </ConfirmDialog>
  );
}
