import { ApiError, type Team, type User, type UserChange } from "@max/api";
import { Banner, EmptyState, Input, RadioCards, SaveBar, Skeleton, toast } from "@max/ui";
import { UserX } from "lucide-react";
import { useState } from "react";
import { useMe } from "../../app/services";
import { useDraft } from "./draft";
import { ROLES } from "./filters";
import { Failed, Panel, UnsavedGuard } from "./layout";
import { Person, StatusPill } from "./people";
import { TeamsPicker } from "./pickers";
import { fieldProblem, problemText, saveUser, useUser } from "./queries";
import { a } from "./strings";
import { UserAccess } from "./user-access";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const ROLE_CARDS = ROLES.map((role) => ({ value: role, ...a.role[role] }));

/** One user: who they are, what they may, how they sign in. */
export function UserPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const user = useUser(id);
  if (user.data) return <Editor user={user.data} onClose={onClose} />;
  return (
    <Panel title={a.user.title} onClose={onClose}>
      {user.error instanceof ApiError && [404, 422, 400].includes(user.error.status) ? (
        <EmptyState icon={<UserX />} title={a.gone}>
          {a.goneText}
        </EmptyState>
      ) : user.error ? (
        <Failed what={a.user.title} error={user.error} retry={() => void user.refetch()} />
      ) : (
        <>
          <Skeleton className="h-11 w-3/4" />
          <Skeleton className="h-10" />
          <Skeleton className="h-40" />
        </>
      )}
    </Panel>
  );
}

interface Form {
  name: string;
  email: string;
  role: User["role"];
  teams: Team[];
}

function Editor({ user, onClose }: { user: User; onClose: () => void }) {
  const me = useMe();
  const { name, email, role, teams } = user;
  const draft = useDraft<Form>({ name, email, role, teams });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const dirty = draft.count > 0;
  const own = user.id === me.id;

  const nameWrong = draft.value.name.trim() === "" ? a.user.nameMissing : undefined;
  const emailWrong = EMAIL.test(draft.value.email.trim()) ? undefined : a.user.emailWrong;

  const save = async () => {
    const { name, email, role, teams } = draft.changes;
    const change: UserChange = {
      ...(name === undefined ? {} : { name: name.trim() }),
      ...(email === undefined ? {} : { email: email.trim() }),
      ...(role === undefined ? {} : { role }),
      ...(teams === undefined ? {} : { team_ids: teams.map((t) => t.id) }),
    };
    setBusy(true);
    setError(null);
    try {
      await saveUser(user, change, draft.changes);
      draft.reset();
      toast(a.saved);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  const inField = fieldProblem(error, "name") ?? fieldProblem(error, "email");

  return (
    <Panel
      title={a.user.title}
      onClose={onClose}
      testId="user-panel"
      bar={
        dirty && (
          <SaveBar
            text={a.changes(draft.count)}
            error={error ? (inField ?? problemText(error)) : null}
            save={a.save}
            cancel={a.cancel}
            busy={busy}
            reason={nameWrong ?? emailWrong}
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
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1">
          <Person person={user} size={44} />
        </span>
        {user.status !== "active" && <StatusPill status={user.status} />}
      </div>
      {user.status === "deactivated" && <Banner tone="neutral">{a.user.deactivatedNote}</Banner>}
      <RadioCards
        label={a.user.role}
        value={draft.value.role}
        options={ROLE_CARDS}
        onChange={(next) => draft.set("role", next)}
        reason={own ? a.user.ownRole : undefined}
      />
      <TeamsPicker label={a.user.teams} value={draft.value.teams} onChange={(next) => draft.set("teams", next)} />
      <Input
        label={a.user.name}
        value={draft.value.name}
        maxLength={100}
        dir="auto"
        autoComplete="off"
        error={nameWrong ?? fieldProblem(error, "name")}
        onChange={(event) => draft.set("name", event.target.value)}
      />
      <Input
        label={a.user.email}
        type="email"
        value={draft.value.email}
        maxLength={254}
        autoComplete="off"
        error={emailWrong ?? fieldProblem(error, "email")}
        onChange={(event) => draft.set("email", event.target.value)}
      />
      <UserAccess user={user} own={own} />
    </Panel>
  );
}
