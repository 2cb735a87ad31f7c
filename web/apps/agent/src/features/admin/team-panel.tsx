import type { Channel, QueueDetail, TeamFull, TeamMember, TeamView, User } from "@max/api";
import { Avatar, Checkbox, IconButton, Input, namedColor, Swatches, toast } from "@max/ui";
import { Select, TextArea } from "@max/ui/form";
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { queueQuery } from "../queue/queries";
import { DeleteButton } from "./ask";
import { type Form, FormPanel, LoadedPanel, useForm } from "./form-panel";
import { Failed, Section } from "./layout";
import { PersonButton } from "./pickers";
import {
  createTeam,
  deleteTeam,
  fieldProblem,
  problemText,
  removeMember,
  saveTeam,
  setChannelTeam,
  setMember,
  useAllTeams,
  useChannels,
  useTeam,
} from "./queries";
import { a } from "./strings";
import { saveTarget, secondsOf, type Target, targetOf, UNITS, type Unit } from "./team-target";
import { TeamName } from "./tools";

const FIELDS = ["name", "target_seconds"];
type Color = keyof typeof a.team.colors;
const COLORS = (Object.keys(a.team.colors) as Color[]).map((value) => ({
  value,
  label: a.team.colors[value],
  color: namedColor(value),
}));

interface Looks {
  name: string;
  color: string;
  description: string;
}
type Whole = Looks & { target: Target };

function Fields({ form, tried }: { form: Form<Looks>; tried: boolean }) {
  const { name, color, description } = form.value;
  const missing = tried && name.trim() === "" ? a.team.nameMissing : undefined;
  return (
    <>
      <Input
        label={a.team.name}
        value={name}
        maxLength={60}
        dir="auto"
        autoComplete="off"
        error={missing ?? fieldProblem(form.error, "name")}
        onChange={(event) => form.set("name", event.target.value)}
      />
      <Swatches
        label={a.team.color}
        value={color as Color}
        options={COLORS}
        onChange={(next) => form.set("color", next)}
      />
      <TextArea
        label={a.team.description}
        rows={3}
        maxLength={500}
        value={description}
        placeholder={a.team.descriptionHint}
        onChange={(event) => form.set("description", event.target.value)}
      />
    </>
  );
}

/** How long its customers should wait at most: the queue counts who waits longer. */
function TargetFields({ form }: { form: Form<{ target: Target }> }) {
  const hint = useId();
  const { target } = form.value;
  const wrong = secondsOf(target) === undefined ? a.team.targetWrong : undefined;
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-start gap-2">
        <Input
          label={a.team.target}
          inputMode="decimal"
          placeholder={a.team.targetNone}
          autoComplete="off"
          data-testid="target-amount"
          aria-describedby={hint}
          value={target.amount}
          error={wrong ?? fieldProblem(form.error, "target_seconds")}
          onChange={(event) => form.set("target", { ...target, amount: event.target.value })}
          className="min-w-0 flex-1"
        />
        <Select
          label={a.team.targetUnit}
          value={target.unit}
          onChange={(event) => form.set("target", { ...target, unit: event.target.value as Unit })}
          className="w-32 flex-none"
        >
          {UNITS.map((unit) => (
            <option key={unit} value={unit}>
              {a.team.units[unit]}
            </option>
          ))}
        </Select>
      </div>
      <p id={hint} className="text-xs text-text-3">
        {a.team.targetHint}
      </p>
    </div>
  );
}

/** A team to be. Members, channels and the target of its queue follow once it is there. */
export function NewTeamPanel({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const form = useForm<Looks>({ name: "", color: "blue", description: "" }, onMade);
  const { name, color, description } = form.value;
  const create = async () => {
    const team = await createTeam({ name: name.trim(), color, description: description.trim() });
    toast(a.team.created(team.name));
    form.leave(team.id);
  };
  return (
    <FormPanel
      title={a.team.newTitle}
      testId="team-panel"
      form={form}
      create={a.team.create}
      fields={FIELDS}
      onSave={() => void form.submit(name.trim() === "", create)}
      onClose={onClose}
    >
      <Fields form={form} tried={form.tried} />
    </FormPanel>
  );
}

/** One team: its looks, its queue, who is in it, which channels feed it. */
export function TeamPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const team = useTeam(id);
  const queue = useQuery(queueQuery(id));
  const data = team.data && queue.data ? { team: team.data, queue: queue.data } : undefined;
  return (
    <LoadedPanel
      title={a.team.title}
      query={{
        data,
        error: team.error ?? queue.error,
        refetch: () => {
          if (team.error) void team.refetch();
          if (queue.error) void queue.refetch();
        },
      }}
      onClose={onClose}
    >
      {({ team, queue }) => <Editor team={team} queue={queue} onClose={onClose} />}
    </LoadedPanel>
  );
}

/** A team of a lead's: the target of its queue is theirs to set, the rest is for admins. */
export function QueuePanel({ team, onClose }: { team: TeamView; onClose: () => void }) {
  const queue = useQuery(queueQuery(team.id));
  return (
    <LoadedPanel title={a.team.title} query={queue} onClose={onClose}>
      {(data) => <TargetEditor team={team} queue={data} onClose={onClose} />}
    </LoadedPanel>
  );
}

function TargetEditor({ team, queue, onClose }: { team: TeamView; queue: QueueDetail; onClose: () => void }) {
  const form = useForm({ target: targetOf(queue.target_seconds ?? null) }, onClose);
  const seconds = secondsOf(form.value.target);
  const save = async () => {
    await saveTarget(team.id, seconds ?? null);
    form.reset();
    toast(a.saved);
  };
  return (
    <FormPanel
      title={a.team.title}
      testId="team-panel"
      form={form}
      reason={seconds === undefined ? a.team.targetWrong : undefined}
      fields={FIELDS}
      onSave={() => void form.submit(seconds === undefined, save)}
      onClose={onClose}
    >
      <div className="flex min-w-0 flex-col gap-1">
        <TeamName team={team} />
        {team.description && (
          <p className="text-sm text-text-2" dir="auto">
            {team.description}
          </p>
        )}
      </div>
      <TargetFields form={form} />
      <p className="text-xs text-text-3">{a.team.forAdmins}</p>
    </FormPanel>
  );
}

function Editor({ team, queue, onClose }: { team: TeamFull; queue: QueueDetail; onClose: () => void }) {
  const { name, color, description } = team;
  const form = useForm<Whole>({ name, color, description, target: targetOf(queue.target_seconds ?? null) }, onClose);
  const seconds = secondsOf(form.value.target);
  const wrong =
    form.value.name.trim() === "" ? a.team.nameMissing : seconds === undefined ? a.team.targetWrong : undefined;
  const save = async () => {
    const { name, description, target, ...rest } = form.changes;
    const looks = {
      ...rest,
      ...(name === undefined ? {} : { name: name.trim() }),
      ...(description === undefined ? {} : { description: description.trim() }),
    };
    if (Object.keys(looks).length > 0) await saveTeam(team.id, looks);
    if (target) await saveTarget(team.id, seconds ?? null);
    form.reset();
    toast(a.saved);
  };
  return (
    <FormPanel
      title={a.team.title}
      testId="team-panel"
      form={form}
      reason={wrong}
      fields={FIELDS}
      onSave={() => void form.submit(wrong !== undefined, save)}
      onClose={onClose}
    >
      <Fields form={form} tried />
      <TargetFields form={form} />
      <Members team={team} />
      <Channels team={team} />
      <DeleteButton
        label={a.team.delete}
        title={a.team.deleteTitle(team.name)}
        text={a.team.deleteText(team.members.length)}
        testId="delete-team"
        run={async () => {
          await deleteTeam(team.id);
          toast(a.team.deleted(team.name));
          form.leave(team.id);
        }}
      />
    </FormPanel>
  );
}

function Members({ team }: { team: TeamFull }) {
  const add = async (user: User) => {
    try {
      await setMember(team, user, true);
    } catch (error) {
      toast(a.team.addFailed(user.name, problemText(error)), "bad");
    }
  };
  const remove = async (member: TeamMember) => {
    try {
      await removeMember(team, member.id);
    } catch (error) {
      toast(a.team.removeFailed(member.name, problemText(error)), "bad");
    }
  };
  return (
    <Section
      title={a.team.members}
      facts={team.members.length}
      action={
        <PersonButton
          label={a.team.addMember}
          without={team.members.map((m) => m.id)}
          status={null}
          selected={[]}
          many
          onPick={(user) => void add(user)}
          testId="add-member"
        >
          <Plus />
          {a.team.addMember}
        </PersonButton>
      }
    >
      {team.members.length === 0 && <p className="text-xs text-text-3">{a.team.noMembers}</p>}
      <ul className="-mx-1.5 flex max-h-80 flex-col overflow-y-auto">
        {team.members.map((member) => (
          <li
            key={member.id}
            className="flex min-h-9 items-center gap-2.5 rounded-sm ps-1.5 hover:bg-hover phone:min-h-12"
          >
            <Avatar id={member.id} name={member.name} photo={member.photo_url} size={24} />
            <span className="min-w-0 flex-1 truncate">
              <bdi>{member.name}</bdi>
            </span>
            <span className="flex-none text-xs text-text-3">
              {member.status === "active" ? a.role[member.role].label : a.status[member.status]}
            </span>
            <IconButton label={a.team.removeMember(member.name)} onClick={() => void remove(member)}>
              <X className="size-3.5!" />
            </IconButton>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Channels({ team }: { team: TeamFull }) {
  const channels = useChannels();
  const teams = useAllTeams();
  // What was ticked a moment ago: the answer of the server has not come yet.
  const [pending, setPending] = useState<Readonly<Record<string, boolean | undefined>>>({});
  const change = async (channel: Channel, on: boolean) => {
    setPending((old) => ({ ...old, [channel.id]: on }));
    try {
      await setChannelTeam(channel, on ? team.id : null);
    } catch (error) {
      toast(a.team.channelFailed(channel.name, problemText(error)), "bad");
    } finally {
      setPending((old) => ({ ...old, [channel.id]: undefined }));
    }
  };
  return (
    <Section title={a.team.channels}>
      <p className="text-xs text-text-3">{a.team.channelsHint}</p>
      {channels.isError && !channels.data ? (
        <Failed what={a.team.channels} error={channels.error} retry={() => void channels.refetch()} />
      ) : channels.data?.length === 0 ? (
        <p className="text-xs text-text-3">{a.team.noChannels}</p>
      ) : (
        channels.data?.map((channel) => {
          const other = channel.team_id !== team.id ? teams.find((t) => t.id === channel.team_id) : undefined;
          return (
            <Checkbox
              key={channel.id}
              shown
              checked={pending[channel.id] ?? channel.team_id === team.id}
              onChange={(on) => void change(channel, on)}
              label={channel.name}
              hint={other && a.team.now(other.name)}
              className="phone:min-h-9"
            />
          );
        })
      )}
    </Section>
  );
}
