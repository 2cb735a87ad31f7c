import type { MediaView } from "@max/api";
import { Button, FieldError, IconButton, Spinner } from "@max/ui";
import { FileText, Image, Music, Paperclip, Video, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { m } from "../../strings-media";
import { fault, type Transfer, transfer } from "../attachments/transfer";
import { FileName } from "../media/file-name";
import { fileSize, nameOf, plainName } from "../media/format";

const ICONS = { image: <Image />, sticker: <Image />, video: <Video />, audio: <Music />, document: <FileText /> };

interface Coming {
  id: string;
  name: string;
  error: string | null;
}

/** The files of a canned response. They go to the server when chosen, and belong to the response once it is saved. */
export function CannedFiles(props: {
  value: readonly MediaView[];
  onChange: (files: readonly MediaView[]) => void;
  /** Told that saving would lose what is still on its way. */
  onBusy: (busy: boolean) => void;
  error?: string | undefined;
}) {
  const { value, onBusy } = props;
  const [coming, setComing] = useState<readonly Coming[]>([]);
  const under = useRef(new Map<string, Transfer>());
  const picker = useRef<HTMLInputElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const id = useId();
  const busy = coming.some(({ error }) => error === null);
  useEffect(() => onBusy(busy), [busy, onBusy]);
  useEffect(() => {
    const all = under.current;
    return () => {
      for (const one of all.values()) one.cancel();
    };
  }, []);

  const drop = (gone: string) => {
    under.current.get(gone)?.cancel();
    under.current.delete(gone);
    setComing((all) => all.filter((one) => one.id !== gone));
  };
  const add = (files: readonly File[]) => {
    for (const file of files) {
      const key = crypto.randomUUID();
      const one = transfer(file, null, () => {});
      under.current.set(key, one);
      setComing((all) => [...all, { id: key, name: plainName(file.name), error: null }]);
      one.done
        .then((media) => {
          drop(key);
          latest.current.onChange([...latest.current.value, media]);
        })
        .catch((error) => {
          if (error instanceof DOMException) return;
          const why = fault(error, m.attach.noAnswer).error;
          setComing((all) => all.map((two) => (two.id === key ? { ...two, error: why } : two)));
        });
    }
  };
  const row = (key: string, name: string, icon: React.ReactNode, detail: string, remove: () => void, bad = false) => (
    <li
      key={key}
      className="flex items-center gap-2 border-line-subtle py-1 ps-2.5 pe-1 not-first:border-t [&_.lucide]:size-3.5"
    >
      <span className="text-text-2">{icon}</span>
      <span className="min-w-0 flex-1 leading-[1.35]">
        <FileName className="text-sm">{name}</FileName>
        <span className={`num block truncate text-xs ${bad ? "text-bad-text" : "text-text-3"}`}>{detail}</span>
      </span>
      <IconButton label={m.canned.remove(name)} onClick={remove}>
        <X className="size-3.5!" />
      </IconButton>
    </li>
  );
  return (
    <section aria-labelledby={id} className="flex flex-col gap-1.5">
      <h3 id={id} className="text-xs font-medium">
        {m.canned.label}
      </h3>
      {value.length + coming.length > 0 && (
        <ul className="overflow-hidden rounded-md border border-line">
          {value.map((media) =>
            row(
              media.id,
              nameOf(media),
              ICONS[media.kind],
              media.state === "blocked" ? m.blocked : media.size === null ? "" : fileSize(media.size),
              () => props.onChange(value.filter((one) => one.id !== media.id)),
              media.state === "blocked",
            ),
          )}
          {coming.map(({ id: key, name, error }) =>
            row(
              key,
              name,
              error ? <FileText /> : <Spinner />,
              error ?? m.attach.uploading,
              () => drop(key),
              error !== null,
            ),
          )}
        </ul>
      )}
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-label={m.canned.add}
        data-testid="canned-file"
        onChange={(event) => {
          add([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <Button size="sm" className="self-start" onClick={() => picker.current?.click()}>
        <Paperclip className="size-3.5" />
        {m.canned.add}
      </Button>
      <p className="text-xs text-text-3">{m.canned.hint}</p>
      <FieldError id={`${id}-error`}>{props.error}</FieldError>
    </section>
  );
}
