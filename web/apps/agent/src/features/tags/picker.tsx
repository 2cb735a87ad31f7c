import type { Conversation } from "@max/api";
import { namedColor, type PickerOption, toast } from "@max/ui";
import { Picker } from "@max/ui/picker";
import { Plus } from "lucide-react";
import { type RefObject, useMemo, useState } from "react";
import { useMe } from "../../app/services";
import { errorText } from "../../app/words";
import { c as words } from "../../strings-context";
import { colorFor, createTag, setTag, useTags } from "./queries";

const CREATE = "create";

/** All tags to choose from, with those of the conversation ticked. Whoever may create one does so by its name. */
export function TagPicker(props: {
  conversation: Conversation;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
}) {
  const { conversation: c, open } = props;
  const me = useMe();
  const tags = useTags(c.team?.id ?? null, open);
  const [query, setQuery] = useState("");
  const all = tags.data ?? [];
  const lead = me.role !== "agent" && c.team !== null && me.teams.some((team) => team.id === c.team?.id);
  const mayCreate = me.role === "admin" || lead;
  // Where it will hold: admins make them for all, leads for their team.
  const team = me.role === "admin" ? null : c.team;

  const options = useMemo(() => {
    const find = query.toLocaleLowerCase();
    const found: PickerOption[] = all
      .filter((tag) => tag.name.toLocaleLowerCase().includes(find))
      .map((tag) => ({
        value: tag.id,
        label: tag.name,
        mark: (
          <span
            aria-hidden="true"
            style={{ background: namedColor(tag.color) }}
            className="mx-1 size-2 flex-none rounded-full"
          />
        ),
      }));
    const there = all.some((tag) => tag.name.toLocaleLowerCase() === find);
    if (mayCreate && query && !there) {
      found.push({
        value: CREATE,
        label: words.tags.create(query),
        hint: team ? words.tags.forTeam(team.name) : words.tags.forAll,
        mark: <Plus className="text-text-3" />,
      });
    }
    return found;
  }, [all, query, mayCreate, team]);

  const pick = async (option: PickerOption) => {
    if (option.value !== CREATE) {
      const tag = all.find((one) => one.id === option.value);
      if (tag) await setTag(c, tag, !c.tags.some((one) => one.id === tag.id));
      return;
    }
    const name = query;
    try {
      await setTag(c, await createTag({ name, color: colorFor(name), team_id: team?.id ?? null }), true);
    } catch (error) {
      toast(words.tags.createFailed(name, errorText(error)), "bad");
    }
  };
  return (
    <Picker
      open={open}
      onOpenChange={(next) => {
        if (!next) setQuery("");
        props.onOpenChange(next);
      }}
      anchor={props.anchor}
      label={words.tags.addLabel}
      options={options}
      selected={c.tags.map((tag) => tag.id)}
      onPick={(option) => void pick(option)}
      many
      onQuery={setQuery}
      busy={tags.isPending}
      search={words.tags.find}
      empty={tags.isError ? words.tags.loadFailed : all.length === 0 ? words.tags.noneYet : words.tags.none}
    />
  );
}
