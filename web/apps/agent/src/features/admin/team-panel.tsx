import { ApiError, type Channel, type TeamFull, type TeamMember, type User } from "@max/api";
import {
  Avatar,
  Button,
  Checkbox,
  EmptyState,
  IconButton,
  Input,
  namedColor,
  SaveBar,
  Skeleton,
  Swatches,
  toast,
} from "@max/ui";
import { Plus, SearchX, X } from "lucide-react";
import { lazy, Suspense, useId, useState } from "react";
import { type Draft, useDraft } from "./draft";
import { Failed, Panel, Section, UnsavedGuard } from "./layout";
import { useLeaving } from "./leaving";
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

const ConfirmDialog = lazy(() => import("@max/ui/confirm").then((module) => ({ default: module.ConfirmDialog })));

type Color = keyof typeof a.team.colors;
const COLORS = (Object.keys(a.team.colors) as Color[]).map((value) => ({
  value,
  label: a.team.colors[value],
  color: namedColor(value),
}));

interface Form {
  name: string;
  color: string;
  description: string;
}

function Fields({ draft, error, tried }: { draft: Draft<Form>; error: unknown; tried: boolean }) {
  const id = useId();
  const { name, color, description } = draft.value;
  const missing = tried && name.trim() === "" ? a.team.nameMissing : undefined;
  return (
    <>
      <Input
        label={a.team.name}
        value={name}
        maxLength={60}
        dir="auto"
        autoComplete="off"
        error={missing ?? fieldProblem(error, "name")}
        onChange={(event) => draft.set("name", event.target.value)}
      />
      <Swatches
        label={a.team.color}
        value={color as Color}
        options={COLORS}
        onChange={(next) => draft.set("color", next)}
      />
      <div className="flex flex-col gap-1.5">
        <label htmlFor={id} className="text-sm font-medium">
          {a.team.description}
        </label>
        <textarea
          id={id}
          rows={3}
          maxLength={500}
          dir="auto"
          value={description}
          placeholder={a.team.descriptionHint}
          onChange={(event) => draft.set("description", event.target.value)}
          className="resize-y rounded-md border border-line-control bg-surface px-[11px] py-2 text-md outline-none focus:border-focus focus:shadow-[0_0_0_3px_var(--accent-tint-2)] phone:text-lg"
        />
      </div>
    </>
  );
}

const general = (error: unknown) => (error ? (fieldProblem(error, "name") ?? problemText(error)) : null);

/** A team to be. Members and channels follow once it is there. */
export function NewTeamPanel({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const draft = useDraft<Form>({ name: "", color: "blue", description: "" });
  const { leaving, leave } = useLeaving(onMade);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const create = async () => {
    setTried(true);
    const { name, color, description } = draft.value;
    if (name.trim() === "") return;
    setBusy(true);
    setError(null);
    try {
      const team = await createTeam({ name: name.trim(), color, description: description.trim() });
      toast(a.team.created(team.name));
      leave(team.id);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Panel
      title={a.team.newTitle}
      onClose={onClose}
      testId="team-panel"
      bar={
        <SaveBar
          text=""
          error={general(error)}
          save={a.team.create}
          cancel={a.cancel}
          busy={busy}
          onSave={() => void create()}
          onCancel={onClose}
        />
      }
    >
      <UnsavedGuard dirty={draft.count > 0 && !leaving} />
      <Fields draft={draft} error={error} tried={tried} />
    </Panel>
  );
}

/** One team: its looks, who is in it, which channels feed its queue. */
export function TeamPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const team = useTeam(id);
  if (team.data) return <Editor team={team.data} onClose={onClose} />;
  return (
    <Panel title={a.team.title} onClose={onClose}>
      {team.error instanceof ApiError && [404, 422, 400].includes(team.error.status) ? (
        <EmptyState icon={<SearchX />} title={a.gone}>
          {a.goneText}
        </EmptyState>
      ) : team.error ? (
        <Failed what={a.team.title} error={team.error} retry={() => void team.refetch()} />
      ) : (
        <>
          <Skeleton className="h-10" />
          <Skeleton className="h-8 w-3/4" />
          <Skeleton className="h-20" />
        </>
      )}
    </Panel>
  );
}

function Editor({ team, onClose }: { team: TeamFull; onClose: () => void }) {
  const { name, color, description } = team;
  const draft = useDraft<Form>({ name, color, description });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { leaving, leave } = useLeaving(onClose);
  const dirty = draft.count > 0 && !leaving;
  const save = async () => {
    const { name, description, ...rest } = draft.changes;
    setBusy(true);
    setError(null);
    try {
      await saveTeam(team.id, {
        ...rest,
        ...(name === undefined ? {} : { name: name.trim() }),
        ...(description === undefined ? {} : { description: description.trim() }),
      });
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
      title={a.team.title}
      onClose={onClose}
      testId="team-panel"
      bar={
        dirty && (
          <SaveBar
            text={a.changes(draft.count)}
            error={general(error)}
            save={a.save}
            cancel={a.cancel}
            busy={busy}
            reason={draft.value.name.trim() === "" ? a.team.nameMissing : undefined}
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
      <Fields draft={draft} error={error} tried />
      <Members team={team} />
      <Channels team={team} />
      <Delete team={team} onDeleted={() => leave(team.id)} />
    </Panel>
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

function Delete({ team, onDeleted }: { team: TeamFull; onDeleted: () => void }) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const close = () => {
    setAsked(false);
    setError(null);
  };
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      await deleteTeam(team.id);
      toast(a.team.deleted(team.name));
      onDeleted();
    } catch (refused) {
      setError(problemText(refused));
      setBusy(false);
    }
  };
  return (
    <div>
      <Button size="sm" look="danger" data-testid="delete-team" onClick={() => setAsked(true)}>
        {a.team.delete}
      </Button>
      <Suspense>
        {asked && (
          <ConfirmDialog
            open
            danger
            title={a.team.deleteTitle(team.name)}
            confirm={a.team.delete}
            cancel={a.cancel}
            busy={busy}
            onCancel={close}
            onConfirm={() => void remove()}
          >
            <p>{a.team.deleteText(team.members.length)}</p>
            <p role="alert" className="text-bad-text empty:hidden">
              {error}
            </p>
          </ConfirmDialog>
        )}
      </Suspense>
    </div>
  );
}
