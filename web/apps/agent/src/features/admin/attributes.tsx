import { type AttributeKind, body, type ContactAttribute } from "@max/api";
import { type Column, Input, toast } from "@max/ui";
import { Select, TextArea } from "@max/ui/form";
import { ContactRound } from "lucide-react";
import { api, queryClient } from "../../app/services";
import { attributesKey, useAttributes } from "../context/queries";
import { DeleteButton } from "./ask";
import { FormPanel, useForm } from "./form-panel";
import { fieldProblem } from "./queries";
import { a } from "./strings";
import { b } from "./strings-tools";
import { GonePanel, ListPage, NEW } from "./tools";

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
  const { attribute: old, onClose, onMade } = props;
  const form = useForm<Form>(
    {
      name: old?.name ?? "",
      key: old?.key ?? "",
      kind: old?.kind ?? "text",
      choices: old?.choices.join("\n") ?? "",
    },
    (id) => (id === old?.id ? onClose() : onMade(id)),
  );
  const value = { ...form.value, key: form.changes.key ?? old?.key ?? keyOf(form.value.name) };
  const all = problems(value);
  const wrong = form.tried || old ? all : {};

  const save = async () => {
    const { name, key, kind } = value;
    const choices = kind === "choice" ? { choices: lines(value.choices) } : {};
    if (old) {
      await api.PATCH("/api/v1/contact-attributes/{attribute_id}", {
        params: { path: { attribute_id: old.id } },
        body: { name: name.trim(), key, ...choices },
      });
      await queryClient.invalidateQueries({ queryKey: attributesKey });
      form.reset();
      toast(a.saved);
    } else {
      const attribute = body<ContactAttribute>(
        await api.POST("/api/v1/contact-attributes", { body: { name: name.trim(), key, kind, ...choices } }),
      );
      queryClient.setQueryData<ContactAttribute[]>(attributesKey, (known) => [...(known ?? []), attribute]);
      toast(words.created(attribute.name));
      form.leave(attribute.id);
    }
  };
  return (
    <FormPanel
      title={old ? words.title : words.newTitle}
      testId="attribute-panel"
      form={form}
      create={old ? undefined : words.create}
      reason={Object.values(wrong)[0]}
      fields={FIELDS}
      onSave={() => void form.submit(Object.keys(all).length > 0, save)}
      onClose={onClose}
    >
      <Input
        label={words.name}
        value={value.name}
        maxLength={100}
        dir="auto"
        autoComplete="off"
        error={wrong.name ?? fieldProblem(form.error, "name")}
        onChange={(event) => form.set("name", event.target.value)}
      />
      <Input
        label={words.key}
        hint={words.keyHint}
        value={value.key}
        maxLength={40}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        error={wrong.key ?? fieldProblem(form.error, "key")}
        onChange={(event) => form.set("key", event.target.value)}
      />
      <Select
        label={words.kind}
        hint={old && words.kindFixed}
        value={value.kind}
        disabled={old !== null}
        onChange={(event) => form.set("kind", event.target.value as AttributeKind)}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {words.kinds[kind]}
          </option>
        ))}
      </Select>
      {value.kind === "choice" && (
        <TextArea
          label={words.choices}
          hint={words.choicesHint}
          rows={5}
          value={value.choices}
          error={wrong.choices ?? fieldProblem(form.error, "choices")}
          onChange={(event) => form.set("choices", event.target.value)}
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
            form.leave(old.id);
          }}
        />
      )}
    </FormPanel>
  );
}
