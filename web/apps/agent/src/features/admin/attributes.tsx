import { type AttributeKind, body, type ContactAttribute } from "@max/api";
import { type Column, Input, SaveBar, toast } from "@max/ui";
import { Select, TextArea } from "@max/ui/form";
import { ContactRound } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../app/services";
import { attributesKey, useAttributes } from "../context/queries";
import { DeleteButton } from "./ask";
import { type Draft, useDraft } from "./draft";
import { Panel, UnsavedGuard } from "./layout";
import { useLeaving } from "./leaving";
import { fieldProblem, problemText } from "./queries";
import { a } from "./strings";
import { b } from "./strings-tools";
import { GonePanel, general, ListPage, NEW } from "./tools";

const KINDS = Object.keys(b.attributes.kinds) as AttributeKind[];
const FIELDS = ["name", "key", "choices"];
const words = b.attributes;

const anew = () => void queryClient.invalidateQueries({ queryKey: attributesKey });

const COLUMNS: readonly Column<ContactAttribute>[] = [
  {
    id: "name",
    head: words.columns.name,
    cell: (one) => (
      <span className="block truncate font-medium" dir="auto">
        {one.name}
      </span>
    ),
  },
  {
    id: "key",
    head: words.columns.key,
    cell: (one) => <span className="block truncate font-mono text-xs text-text-2">{`{attribute.${one.key}}`}</span>,
    className: "w-[36%]",
  },
  { id: "kind", head: words.columns.kind, cell: (one) => words.kinds[one.kind], className: "w-[120px]" },
];

/** What is kept of every customer, beside what the channels tell. */
export function AttributesPage() {
  const query = useAttributes();
  const all = query.data;
  return (
    <ListPage
      page="attributes"
      words={words}
      icon={<ContactRound />}
      query={{ data: all, error: query.error, refetch: query.refetch }}
      columns={COLUMNS}
      matches={(one, q) => `${one.name} ${one.key}`.toLocaleLowerCase().includes(q)}
      card={(one) => (
        <span className="flex items-center gap-2">
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium" dir="auto">
              {one.name}
            </span>
            <span className="block truncate font-mono text-xs text-text-3">{one.key}</span>
          </span>
          <span className="flex-none text-xs text-text-3">{words.kinds[one.kind]}</span>
        </span>
      )}
      panel={(id, close, open) => {
        const one = all?.find((attribute) => attribute.id === id);
        if (id === NEW) return <Editor key={NEW} attribute={null} onClose={close} onMade={open} />;
        if (one) return <Editor key={id} attribute={one} onClose={close} onMade={open} />;
        return all ? <GonePanel title={words.title} onClose={close} /> : null;
      }}
    />
  );
}

interface Form {
  name: string;
  key: string;
  kind: AttributeKind;
  /** One a line. */
  choices: string;
}

/** A placeholder made of a name, until somebody writes another. */
export const keyOf = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);

const lines = (text: string) => [...new Set(text.split("\n").map((line) => line.trim()))].filter(Boolean);

function problems({ name, key, kind, choices }: Form): Partial<Record<keyof Form, string>> {
  return {
    ...(name.trim() === "" ? { name: words.nameMissing } : {}),
    ...(/^[a-z][a-z0-9_]{0,39}$/.test(key) ? {} : { key: words.keyWrong }),
    ...(kind === "choice" && lines(choices).length === 0 ? { choices: words.choicesMissing } : {}),
  };
}

function Editor(props: { attribute: ContactAttribute | null; onClose: () => void; onMade: (id: string) => void }) {
  const { attribute: old, onClose } = props;
  const draft: Draft<Form> = useDraft<Form>({
    name: old?.name ?? "",
    key: old?.key ?? "",
    kind: old?.kind ?? "text",
    choices: old?.choices.join("\n") ?? "",
  });
  const gone = useLeaving(onClose);
  const made = useLeaving(props.onMade);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const form = { ...draft.value, key: draft.changes.key ?? old?.key ?? keyOf(draft.value.name) };
  const wrong = tried || old ? problems(form) : {};
  const dirty = draft.count > 0 && !gone.leaving && !made.leaving;

  const save = async () => {
    setTried(true);
    if (Object.keys(problems(form)).length > 0) return;
    const { name, key, kind } = form;
    const choices = kind === "choice" ? { choices: lines(form.choices) } : {};
    setBusy(true);
    setError(null);
    try {
      if (old) {
        await api.PATCH("/api/v1/contact-attributes/{attribute_id}", {
          params: { path: { attribute_id: old.id } },
          body: { name: name.trim(), key, ...choices },
        });
        await queryClient.invalidateQueries({ queryKey: attributesKey });
        draft.reset();
        toast(a.saved);
      } else {
        const attribute = body<ContactAttribute>(
          await api.POST("/api/v1/contact-attributes", { body: { name: name.trim(), key, kind, ...choices } }),
        );
        queryClient.setQueryData<ContactAttribute[]>(attributesKey, (all) => [...(all ?? []), attribute]);
        toast(words.created(attribute.name));
        made.leave(attribute.id);
      }
    } catch (refused) {
      setError(refused);
    }
    setBusy(false);
  };
  return (
    <Panel
      title={old ? words.title : words.newTitle}
      onClose={onClose}
      testId="attribute-panel"
      bar={
        (dirty || !old) && (
          <SaveBar
            text={old ? a.changes(draft.count) : ""}
            error={general(error, problemText(error), ...FIELDS)}
            save={old ? a.save : words.create}
            cancel={a.cancel}
            busy={busy}
            reason={old ? Object.values(wrong)[0] : undefined}
            onSave={() => void save()}
            onCancel={() => {
              draft.reset();
              setError(null);
              if (!old) onClose();
            }}
          />
        )
      }
    >
      <UnsavedGuard dirty={dirty} />
      <Input
        label={words.name}
        value={form.name}
        maxLength={100}
        dir="auto"
        autoComplete="off"
        error={wrong.name ?? fieldProblem(error, "name")}
        onChange={(event) => draft.set("name", event.target.value)}
      />
      <Input
        label={words.key}
        hint={words.keyHint}
        value={form.key}
        maxLength={40}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        error={wrong.key ?? fieldProblem(error, "key")}
        onChange={(event) => draft.set("key", event.target.value)}
      />
      <Select
        label={words.kind}
        hint={old && words.kindFixed}
        value={form.kind}
        disabled={old !== null}
        onChange={(event) => draft.set("kind", event.target.value as AttributeKind)}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {words.kinds[kind]}
          </option>
        ))}
      </Select>
      {form.kind === "choice" && (
        <TextArea
          label={words.choices}
          hint={words.choicesHint}
          rows={5}
          value={form.choices}
          error={wrong.choices ?? fieldProblem(error, "choices")}
          onChange={(event) => draft.set("choices", event.target.value)}
        />
      )}
      {old && (
        <DeleteButton
          label={words.delete}
          title={words.deleteTitle(old.name)}
          text={words.deleteText}
          testId="delete-attribute"
          run={async () => {
            await api.DELETE("/api/v1/contact-attributes/{attribute_id}", {
              params: { path: { attribute_id: old.id } },
            });
            anew();
            toast(words.deleted(old.name));
            gone.leave(old.id);
          }}
        />
      )}
    </Panel>
  );
}
