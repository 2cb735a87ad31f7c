import type { Canned } from "@max/api";
import { type Column, toast } from "@max/ui";
import { TextQuote } from "lucide-react";
import { useState } from "react";
import { k } from "../../strings-canned";
import { m } from "../../strings-media";
import { CannedFields, problems } from "../canned/fields";
import { FileCount } from "../canned/file-count";
import { type CannedForm, createCanned, deleteCanned, saveCanned } from "../canned/mutations";
import { useCanned } from "../composer/canned-query";
import { FileCard } from "../media/card";
import { DeleteButton } from "./ask";
import { type Form, FormPanel, OwnerSelect, useForm, useOwner } from "./form-panel";
import { a } from "./strings";
import { b } from "./strings-tools";
import { ForTeam, GonePanel, ListPage, NEW, OwnedBy, ReadOnlyPanel, useReach } from "./tools";

const FIELDS = ["shortcut", "title", "text", "media_ids"];

function Team({ id }: { id: string | null }) {
  const { name } = useReach();
  return <ForTeam team={id === null ? null : name(id)} />;
}

function Shortcut({ canned }: { canned: Canned }) {
  return <bdi className="block truncate font-mono text-xs font-medium">/{canned.shortcut}</bdi>;
}

const COLUMNS: readonly Column<Canned>[] = [
  {
    id: "shortcut",
    head: b.canned.columns.shortcut,
    cell: (canned) => <Shortcut canned={canned} />,
    className: "w-[168px]",
    sorted: "ascending",
  },
  {
    id: "title",
    head: b.canned.columns.title,
    cell: (canned) => (
      <span className="block truncate font-medium" dir="auto">
        {canned.title}
      </span>
    ),
    className: "w-[24%] @max-[560px]:w-auto",
  },
  {
    id: "text",
    head: b.canned.columns.text,
    cell: (canned) => (
      <span className="flex min-w-0 items-center gap-2">
        <span className="min-w-0 truncate text-text-2" dir="auto">
          {canned.text}
        </span>
        <FileCount canned={canned} />
      </span>
    ),
    className: "@max-[720px]:hidden",
  },
  { id: "team", head: b.canned.columns.team, cell: (canned) => <Team id={canned.team_id} />, className: "w-[136px]" },
  {
    id: "uses",
    head: b.canned.columns.uses,
    cell: (canned) => <span className="num">{canned.uses}</span>,
    className: "w-[72px] @max-[560px]:hidden",
    end: true,
  },
];

/** Texts for teams and for everyone. Everybody's own are in their settings. */
export function CannedPage() {
  const query = useCanned(null);
  const all = query.data
    ?.filter((canned) => canned.scope !== "personal")
    .sort((one, two) => one.shortcut.localeCompare(two.shortcut));
  return (
    <ListPage
      page="canned"
      words={b.canned}
      icon={<TextQuote />}
      query={{ data: all, error: query.error, refetch: query.refetch }}
      columns={COLUMNS}
      byTeam
      matches={(canned, q, team) =>
        `/${canned.shortcut} ${canned.title} ${canned.text}`.toLocaleLowerCase().includes(q) &&
        (team === null || canned.team_id === team)
      }
      card={(canned) => (
        <div className="flex min-w-0 flex-col gap-1">
          <span className="flex min-w-0 items-center gap-2">
            <span className="min-w-0 flex-1">
              <Shortcut canned={canned} />
            </span>
            <Team id={canned.team_id} />
          </span>
          <span className="truncate text-xs text-text-3" dir="auto">
            {canned.title}
          </span>
        </div>
      )}
      panel={(id, close, open) => {
        const canned = all?.find((one) => one.id === id);
        if (id === NEW) return <NewCannedPanel onClose={close} onMade={open} />;
        if (canned) return <Editor key={id} canned={canned} onClose={close} />;
        return all ? <GonePanel title={k.editTitle} onClose={close} /> : null;
      }}
    />
  );
}

const trimmed = (form: Partial<CannedForm>): Partial<CannedForm> =>
  Object.fromEntries(
    Object.entries(form).map(([key, value]) => [key, typeof value === "string" ? value.trim() : value]),
  );

function NewCannedPanel({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const form = useForm<CannedForm & { team: string }>(
    { shortcut: "", title: "", text: "", attachments: [], team: "" },
    onMade,
  );
  const [waits, setWaits] = useState(false);
  const team = useOwner(form.value.team);
  const { team: _, ...words } = form.value;
  const create = async () => {
    const said = trimmed(words) as CannedForm;
    const made = await createCanned(team ? { ...said, scope: "team", team_id: team } : { ...said, scope: "global" });
    toast(k.created(made.shortcut));
    form.leave(made.id);
  };
  return (
    <FormPanel
      title={k.newTitle}
      testId="canned-panel"
      form={form}
      create={k.create}
      fields={FIELDS}
      waits={waits ? m.canned.wait : undefined}
      onSave={() => void form.submit(Object.keys(problems(words)).length > 0, create)}
      onClose={onClose}
    >
      <Fields form={form} tried={form.tried} onBusy={setWaits} />
      <OwnerSelect label={k.scope} everyone={k.everyone} value={team} onChange={(next) => form.set("team", next)} />
    </FormPanel>
  );
}

function Fields(props: { form: Form<CannedForm>; tried: boolean; onBusy: (busy: boolean) => void }) {
  const { form } = props;
  return (
    <CannedFields
      value={form.value}
      tried={props.tried}
      error={form.error}
      onBusy={props.onBusy}
      onChange={(change) => {
        for (const [key, value] of Object.entries(change)) form.set(key as keyof CannedForm, value as never);
      }}
    />
  );
}

function Editor({ canned, onClose }: { canned: Canned; onClose: () => void }) {
  const { may, name } = useReach();
  const { shortcut, title, text, attachments } = canned;
  const form = useForm<CannedForm>({ shortcut, title, text, attachments }, onClose);
  const [waits, setWaits] = useState(false);
  const wrong = Object.values(problems(form.value))[0];
  const facts = <OwnedBy team={canned.team_id === null ? null : name(canned.team_id)} uses={k.uses(canned.uses)} />;
  if (!may(canned.team_id)) {
    return (
      <ReadOnlyPanel title={k.editTitle} testId="canned-panel" onClose={onClose}>
        <div className="flex flex-col gap-1">
          <Shortcut canned={canned} />
          <p className="font-medium" dir="auto">
            {title}
          </p>
        </div>
        <p dir="auto" className="text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
          {text}
        </p>
        {attachments.map((media) => (
          <FileCard key={media.id} media={media} />
        ))}
        {facts}
      </ReadOnlyPanel>
    );
  }
  const save = async () => {
    await saveCanned(canned.id, trimmed(form.changes));
    form.reset();
    toast(a.saved);
  };
  return (
    <FormPanel
      title={k.editTitle}
      testId="canned-panel"
      form={form}
      reason={wrong}
      waits={waits ? m.canned.wait : undefined}
      fields={FIELDS}
      onSave={() => void form.submit(wrong !== undefined, save)}
      onClose={onClose}
    >
      <Fields form={form} tried onBusy={setWaits} />
      {facts}
      <DeleteButton
        label={k.delete}
        title={k.deleteTitle(shortcut)}
        text={k.deleteText}
        testId="delete-canned"
        run={async () => {
          await deleteCanned(canned.id);
          toast(k.deleted(shortcut));
          form.leave(canned.id);
        }}
      />
    </FormPanel>
  );
}
