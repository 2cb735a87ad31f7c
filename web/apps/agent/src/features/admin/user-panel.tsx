import type { Team, User, UserChange } from "@max/api";
import { Banner, Input, RadioCards, toast } from "@max/ui";
import { useMe } from "../../app/services";
import { ROLES } from "./filters";
import { FormPanel, LoadedPanel, useForm } from "./form-panel";
import { Person, StatusPill } from "./people";
import { TeamsPicker } from "./pickers";
import { fieldProblem, saveUser, useUser } from "./queries";
import { a } from "./strings";
import { UserAccess } from "./user-access";

const FIELDS = ["name", "email"];
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const ROLE_CARDS = ROLES.map((role) => ({ value: role, ...a.role[role] }));

/** One user: who they are, what they may, how they sign in. */
export function UserPanel({ id, onClose }: { id: string; onClose: () => void }) {
  return (
    <LoadedPanel title={a.user.title} query={useUser(id)} onClose={onClose}>
      {(user) => <Editor user={user} onClose={onClose} />}
    </LoadedPanel>
  );
}

interface Fields {
  name: string;
  email: string;
  role: User["role"];
  teams: Team[];
}

function Editor({ user, onClose }: { user: User; onClose: () => void }) {
  const me = useMe();
  const { name, email, role, teams } = user;
  const form = useForm<Fields>({ name, email, role, teams }, onClose);
  const own = user.id === me.id;

  const nameWrong = form.value.name.trim() === "" ? a.user.nameMissing : undefined;
  const emailWrong = EMAIL.test(form.value.email.trim()) ? undefined : a.user.emailWrong;

  const save = async () => {
    const { name, email, role, teams } = form.changes;
    const change: UserChange = {
      ...(name === undefined ? {} : { name: name.trim() }),
      ...(email === undefined ? {} : { email: email.trim() }),
      ...(role === undefined ? {} : { role }),
      ...(teams === undefined ? {} : { team_ids: teams.map((t) => t.id) }),
    };
    await saveUser(user, change, form.changes);
    form.reset();
    toast(a.saved);
  };

  return (
    <FormPanel
      title={a.user.title}
      testId="user-panel"
      form={form}
      reason={nameWrong ?? emailWrong}
      fields={FIELDS}
      onSave={() => void form.submit(Boolean(nameWrong ?? emailWrong), save)}
      onClose={onClose}
    >
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1">
          <Person person={user} size={44} />
        </span>
        {user.status !== "active" && <StatusPill status={user.status} />}
      </div>
      {user.status === "deactivated" && <Banner tone="neutral">{a.user.deactivatedNote}</Banner>}
      <RadioCards
        label={a.user.role}
        value={form.value.role}
        options={ROLE_CARDS}
        onChange={(next) => form.set("role", next)}
        reason={own ? a.user.ownRole : undefined}
      />
      <TeamsPicker label={a.user.teams} value={form.value.teams} onChange={(next) => form.set("teams", next)} />
      <Input
        label={a.user.name}
        value={form.value.name}
        maxLength={100}
        dir="auto"
        autoComplete="off"
        error={nameWrong ?? fieldProblem(form.error, "name")}
        onChange={(event) => form.set("name", event.target.value)}
      />
      <Input
        label={a.user.email}
        type="email"
        value={form.value.email}
        maxLength={254}
        autoComplete="off"
        error={emailWrong ?? fieldProblem(form.error, "email")}
        onChange={(event) => form.set("email", event.target.value)}
      />
      <UserAccess user={user} own={own} />
    </FormPanel>
  );
}
