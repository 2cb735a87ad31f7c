import type { Canned } from "@max/api";
import { type Column, SaveBar, toast } from "@max/ui";
import { Select } from "@max/ui/form";
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
import { useDraft } from "./draft";
import { Panel, UnsavedGuard } from "./layout";
import { useLeaving } from "./leaving";
import { problemText } from "./queries";
import { a } from "./strings";
import { b } from "./strings-tools";
import { ForTeam, GonePanel, general, ListPage, NEW, useReach } from "./tools";

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
  const { admin, teams } = useReach();
  const draft = useDraft<CannedForm & { team: string }>({
    shortcut: "",
    title: "",
    text: "",
    attachments: [],
    team: "",
  });
  const [waits, setWaits] = useState(false);
  const { leaving, leave } = useLeaving(onMade);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const team = draft.value.team || (admin ? "" : (teams[0]?.id ?? ""));
  const create = async () => {
    setTried(true);
    const { team: _, ...form } = draft.value;
    if (Object.keys(problems(form)).length > 0) return;
    setBusy(true);
    setError(null);
    try {
      const words = trimmed(form) as CannedForm;
      const made = await createCanned(
        team ? { ...words, scope: "team", team_id: team } : { ...words, scope: "global" },
      );
      toast(k.created(made.shortcut));
      leave(made.id);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Panel
      title={k.newTitle}
      onClose={onClose}
      testId="canned-panel"
      bar={
        <SaveBar
          text=""
          error={general(error, problemText(error), ...FIELDS)}
          save={k.create}
          cancel={a.cancel}
          busy={busy}
          reason={waits ? m.canned.wait : undefined}
          onSave={() => void create()}
          onCancel={onClose}
        />
      }
    >
      <UnsavedGuard dirty={draft.count > 0 && !leaving} />
      <CannedFields
        value={draft.value}
        tried={tried}
        error={error}
        onBusy={setWaits}
        onChange={(change) => {
          for (const [key, value] of Object.entries(change)) draft.set(key as keyof CannedForm, value as never);
        }}
      />
      <Select label={k.scope} value={team} onChange={(event) => draft.set("team", event.target.value)}>
        {admin && <option value="">{k.everyone}</option>}
        {teams.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </Select>
    </Panel>
  );
}

function Editor({ canned, onClose }: { canned: Canned; onClose: () => void }) {
  const { may, name } = useReach();
  const { shortcut, title, text, attachments = [] } = canned;
  const draft = useDraft<CannedForm>({ shortcut, title, text, attachments });
  const [waits, setWaits] = useState(false);
  const { leaving, leave } = useLeaving(onClose);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const dirty = (draft.count > 0 || waits) && !leaving;
  const wrong = Object.values(problems(draft.value))[0] ?? (waits ? m.canned.wait : undefined);
  const facts = (
    <p className="flex flex-wrap items-center gap-x-2 text-xs text-text-3">
      <ForTeam team={canned.team_id === null ? null : name(canned.team_id)} />
      <span className="num">{k.uses(canned.uses)}</span>
    </p>
  );
  if (!may(canned.team_id)) {
    return (
      <Panel title={k.editTitle} onClose={onClose} testId="canned-panel">
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
        <p className="text-sm text-text-2">{b.readOnly}</p>
      </Panel>
    );
  }
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      await saveCanned(canned.id, trimmed(draft.changes));
      draft.reset();
      toast(a.saved);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel
      title={k.editTitle}
      onClose={onClose}
      testId="canned-panel"
      bar={
        dirty && (
          <SaveBar
            text={a.changes(draft.count)}
            error={general(error, problemText(error), ...FIELDS)}
            save={a.save}
            cancel={a.cancel}
            busy={busy}
            reason={wrong}
            onSave={() => void save()}
            onCancel={() => {
              draft.reset();
              setError(null);
            }}
          />
        )
      }
    >
      <UnsavedGuard dirty={dirty} />
      <CannedFields
        value={draft.value}
        tried
        error={error}
        onBusy={setWaits}
        onChange={(change) => {
          for (const [key, value] of Object.entries(change)) draft.set(key as keyof CannedForm, value as never);
        }}
      />
      {facts}
      <DeleteButton
        label={k.delete}
        title={k.deleteTitle(shortcut)}
        text={k.deleteText}
        testId="delete-canned"
        run={async () => {
          await deleteCanned(canned.id);
          toast(k.deleted(shortcut));
          leave(canned.id);
        }}
      />
    </Panel>
  );
}
