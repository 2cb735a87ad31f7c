import { body, type TagView } from "@max/api";
import { type Column, Input, namedColor, PickerButton, Swatches, toast } from "@max/ui";
import { GitMerge, Tags } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../app/services";
import { COLORS, createTag, tagsKey, useTags } from "../tags/queries";
import { Ask, DeleteButton } from "./ask";
import { FormPanel, OwnerSelect, type Form as UsedForm, useForm, useOwner } from "./form-panel";
import { Section } from "./layout";
import { BUTTON } from "./pickers";
import { fieldProblem } from "./queries";
import { a } from "./strings";
import { b } from "./strings-tools";
import { ForTeam, GonePanel, ListPage, NEW, OwnedBy, ReadOnlyPanel, useReach } from "./tools";

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

const FIELDS = ["name"];

function Fields({ form, tried }: { form: UsedForm<Form>; tried: boolean }) {
  const { value, set, error } = form;
  const missing = tried && value.name.trim() === "" ? b.tags.nameMissing : undefined;
  return (
    <>
      <Input
        label={b.tags.name}
        value={value.name}
        maxLength={50}
        dir="auto"
        autoComplete="off"
        error={missing ?? fieldProblem(error, "name")}
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
  const form = useForm<Form & { team: string }>({ name: "", color: "blue", team: "" }, onMade);
  const team = useOwner(form.value.team);
  const name = form.value.name.trim();
  const create = async () => {
    const tag = await createTag({ name, color: form.value.color, team_id: team });
    queryClient.setQueriesData<TagView[]>({ queryKey: tagsKey }, (all) => all && [...all, tag]);
    toast(b.tags.created(tag.name));
    form.leave(tag.id);
  };
  return (
    <FormPanel
      title={b.tags.newTitle}
      testId="tag-panel"
      form={form}
      create={b.tags.create}
      fields={FIELDS}
      onSave={() => void form.submit(name === "", create)}
      onClose={onClose}
    >
      <Fields form={form} tried={form.tried} />
      <OwnerSelect label={b.chooseTeam} value={team} onChange={(next) => form.set("team", next)} />
    </FormPanel>
  );
}

function Editor({ tag, all, onClose }: { tag: TagView; all: readonly TagView[]; onClose: () => void }) {
  const { may, name } = useReach();
  const form = useForm<Form>({ name: tag.name, color: tag.color }, onClose);
  const [into, setInto] = useState<TagView | null>(null);
  const save = async () => {
    const { name: next, ...rest } = form.changes;
    await saveTag(tag.id, { ...rest, ...(next === undefined ? {} : { name: next.trim() }) });
    form.reset();
    toast(a.saved);
  };
  const facts = <OwnedBy team={tag.team_id === null ? null : name(tag.team_id)} uses={b.tags.uses(tag.uses)} />;
  if (!may(tag.team_id)) {
    return (
      <ReadOnlyPanel title={b.tags.title} testId="tag-panel" onClose={onClose}>
        <Name tag={tag} />
        {facts}
      </ReadOnlyPanel>
    );
  }
  // A tag of one team cannot stand for it on conversations of others.
  const others = all.filter((one) => one.id !== tag.id && (one.team_id === null || one.team_id === tag.team_id));
  const missing = form.value.name.trim() === "" ? b.tags.nameMissing : undefined;
  return (
    <FormPanel
      title={b.tags.title}
      testId="tag-panel"
      form={form}
      reason={missing}
      fields={FIELDS}
      onSave={() => void form.submit(missing !== undefined, save)}
      onClose={onClose}
    >
      <Fields form={form} tried />
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
          form.leave(tag.id);
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
            form.leave(tag.id);
          }}
        />
      )}
    </FormPanel>
  );
}
