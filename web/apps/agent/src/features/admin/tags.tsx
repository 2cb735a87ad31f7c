import { body, type TagView } from "@max/api";
import { type Column, Input, namedColor, PickerButton, SaveBar, Swatches, toast } from "@max/ui";
import { Select } from "@max/ui/form";
import { GitMerge, Tags } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../app/services";
import { COLORS, createTag, tagsKey, useTags } from "../tags/queries";
import { Ask, DeleteButton } from "./ask";
import { useDraft } from "./draft";
import { Panel, Section, UnsavedGuard } from "./layout";
import { useLeaving } from "./leaving";
import { BUTTON } from "./pickers";
import { fieldProblem, problemText } from "./queries";
import { a } from "./strings";
import { b } from "./strings-tools";
import { ForTeam, GonePanel, general, ListPage, NEW, useReach } from "./tools";

type Color = keyof typeof a.team.colors;
const known = new Set<string>(Object.keys(a.team.colors));
const SWATCHES = COLORS.filter((color): color is Color & (typeof COLORS)[number] => known.has(color)).map((value) => ({
  value,
  label: a.team.colors[value],
  color: namedColor(value),
}));

const put = (tag: TagView) => {
  queryClient.setQueriesData<TagView[]>({ queryKey: tagsKey }, (all) =>
    all?.map((one) => (one.id === tag.id ? tag : one)),
  );
};
const anew = () => void queryClient.invalidateQueries({ queryKey: tagsKey });

async function saveTag(id: string, change: { name?: string; color?: string }): Promise<void> {
  put(body(await api.PATCH("/api/v1/tags/{tag_id}", { params: { path: { tag_id: id } }, body: change })));
  anew();
}

async function deleteTag(id: string): Promise<void> {
  await api.DELETE("/api/v1/tags/{tag_id}", { params: { path: { tag_id: id } } });
  anew();
}

async function mergeTag(id: string, into: string): Promise<void> {
  await api.POST("/api/v1/tags/{tag_id}/merge", { params: { path: { tag_id: id } }, body: { into } });
  anew();
}

function Name({ tag }: { tag: TagView }) {
  return (
    <span className="flex min-w-0 items-center gap-2.5 font-medium">
      <span
        aria-hidden="true"
        style={{ background: namedColor(tag.color) }}
        className="size-2.5 flex-none rounded-full"
      />
      <bdi className="truncate">{tag.name}</bdi>
    </span>
  );
}

function Team({ id }: { id: string | null }) {
  const { name } = useReach();
  return <ForTeam team={id === null ? null : name(id)} />;
}

const COLUMNS: readonly Column<TagView>[] = [
  { id: "name", head: b.tags.columns.name, cell: (tag) => <Name tag={tag} />, sorted: "ascending" },
  { id: "team", head: b.tags.columns.team, cell: (tag) => <Team id={tag.team_id} />, className: "w-[30%]" },
  {
    id: "uses",
    head: b.tags.columns.uses,
    cell: (tag) => <span className="num">{tag.uses}</span>,
    className: "w-[128px] @max-[560px]:hidden",
    end: true,
  },
];

/** The words conversations are sorted by. */
export function TagsPage() {
  const query = useTags(null);
  const all = query.data?.toSorted((one, two) => one.name.localeCompare(two.name));
  return (
    <ListPage
      page="tags"
      words={b.tags}
      icon={<Tags />}
      query={{ data: all, error: query.error, refetch: query.refetch }}
      columns={COLUMNS}
      byTeam
      matches={(tag, q, team) => tag.name.toLocaleLowerCase().includes(q) && (team === null || tag.team_id === team)}
      card={(tag) => (
        <div className="flex flex-col gap-1">
          <Name tag={tag} />
          <span className="flex items-center gap-2 ps-5 text-xs text-text-3">
            <Team id={tag.team_id} />
            <span className="num">{b.tags.uses(tag.uses)}</span>
          </span>
        </div>
      )}
      panel={(id, close, open) => {
        const tag = all?.find((one) => one.id === id);
        if (id === NEW) return <NewTag onClose={close} onMade={open} />;
        if (tag) return <Editor key={id} tag={tag} all={all ?? []} onClose={close} />;
        return all ? <GonePanel title={b.tags.title} onClose={close} /> : null;
      }}
    />
  );
}

interface Form {
  name: string;
  color: string;
}

function Fields(props: {
  value: Form;
  set: <K extends keyof Form>(key: K, value: Form[K]) => void;
  error: unknown;
  tried: boolean;
}) {
  const { value, set } = props;
  const missing = props.tried && value.name.trim() === "" ? b.tags.nameMissing : undefined;
  return (
    <>
      <Input
        label={b.tags.name}
        value={value.name}
        maxLength={50}
        dir="auto"
        autoComplete="off"
        error={missing ?? fieldProblem(props.error, "name")}
        onChange={(event) => set("name", event.target.value)}
      />
      <Swatches
        label={b.tags.color}
        value={value.color as Color}
        options={SWATCHES}
        onChange={(next) => set("color", next)}
      />
    </>
  );
}

function NewTag({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const { admin, teams } = useReach();
  const draft = useDraft<Form & { team: string }>({ name: "", color: "blue", team: "" });
  const { leaving, leave } = useLeaving(onMade);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const team = draft.value.team || (admin ? "" : (teams[0]?.id ?? ""));
  const create = async () => {
    setTried(true);
    const name = draft.value.name.trim();
    if (name === "") return;
    setBusy(true);
    setError(null);
    try {
      const tag = await createTag({ name, color: draft.value.color, team_id: team || null });
      queryClient.setQueriesData<TagView[]>({ queryKey: tagsKey }, (all) => all && [...all, tag]);
      toast(b.tags.created(tag.name));
      leave(tag.id);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Panel
      title={b.tags.newTitle}
      onClose={onClose}
      testId="tag-panel"
      bar={
        <SaveBar
          text=""
          error={general(error, problemText(error), "name")}
          save={b.tags.create}
          cancel={a.cancel}
          busy={busy}
          onSave={() => void create()}
          onCancel={onClose}
        />
      }
    >
      <UnsavedGuard dirty={draft.count > 0 && !leaving} />
      <Fields value={draft.value} set={(key, value) => draft.set(key, value)} error={error} tried={tried} />
      <Select label={b.chooseTeam} value={team} onChange={(event) => draft.set("team", event.target.value)}>
        {admin && <option value="">{b.everyTeam}</option>}
        {teams.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </Select>
    </Panel>
  );
}

function Editor({ tag, all, onClose }: { tag: TagView; all: readonly TagView[]; onClose: () => void }) {
  const { may, name } = useReach();
  const draft = useDraft<Form>({ name: tag.name, color: tag.color });
  const { leaving, leave } = useLeaving(onClose);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [into, setInto] = useState<TagView | null>(null);
  const dirty = draft.count > 0 && !leaving;
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const { name: next, ...rest } = draft.changes;
      await saveTag(tag.id, { ...rest, ...(next === undefined ? {} : { name: next.trim() }) });
      draft.reset();
      toast(a.saved);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  const facts = (
    <p className="flex flex-wrap items-center gap-x-2 text-xs text-text-3">
      <ForTeam team={tag.team_id === null ? null : name(tag.team_id)} />
      <span className="num">{b.tags.uses(tag.uses)}</span>
    </p>
  );
  if (!may(tag.team_id)) {
    return (
      <Panel title={b.tags.title} onClose={onClose} testId="tag-panel">
        <Name tag={tag} />
        {facts}
        <p className="text-sm text-text-2">{b.readOnly}</p>
      </Panel>
    );
  }
  // A tag of one team cannot stand for it on conversations of others.
  const others = all.filter((one) => one.id !== tag.id && (one.team_id === null || one.team_id === tag.team_id));
  return (
    <Panel
      title={b.tags.title}
      onClose={onClose}
      testId="tag-panel"
      bar={
        dirty && (
          <SaveBar
            text={a.changes(draft.count)}
            error={general(error, problemText(error), "name")}
            save={a.save}
            cancel={a.cancel}
            busy={busy}
            reason={draft.value.name.trim() === "" ? b.tags.nameMissing : undefined}
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
      <Fields value={draft.value} set={draft.set} error={error} tried />
      {facts}
      <Section title={b.tags.merge}>
        <p className="text-xs text-text-3">{b.tags.mergeHint}</p>
        <PickerButton
          label={b.tags.mergePick}
          options={others.map((one) => ({
            value: one.id,
            label: one.name,
            mark: (
              <span
                aria-hidden="true"
                style={{ background: namedColor(one.color) }}
                className="mx-1 size-2 flex-none rounded-full"
              />
            ),
          }))}
          selected={[]}
          onPick={(option) => setInto(others.find((one) => one.id === option.value) ?? null)}
          search={b.tags.mergeFind}
          empty={a.nothingFound}
          testId="merge-tag"
          className={BUTTON}
        >
          <GitMerge />
          {b.tags.mergePick}
        </PickerButton>
      </Section>
      <DeleteButton
        label={b.tags.delete}
        title={b.tags.deleteTitle(tag.name)}
        text={b.tags.deleteText(tag.uses)}
        testId="delete-tag"
        run={async () => {
          await deleteTag(tag.id);
          toast(b.tags.deleted(tag.name));
          leave(tag.id);
        }}
      />
      {into && (
        <Ask
          title={b.tags.mergeTitle(tag.name, into.name)}
          text={b.tags.mergeText(tag.uses, into.name)}
          confirm={b.tags.mergeConfirm}
          onClose={() => setInto(null)}
          run={async () => {
            await mergeTag(tag.id, into.id);
            toast(b.tags.merged(tag.name, into.name));
            leave(tag.id);
          }}
        />
      )}
    </Panel>
  );
}
