import type { CreatedUser, Role, Team } from "@max/api";
import { Button, FieldError, IconButton, Input, RadioCards, toast } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { Eye, EyeOff } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ROLES } from "./filters";
import { LinkBox } from "./link-box";
import { Person } from "./people";
import { TeamsPicker } from "./pickers";
import { createUser, fieldProblem, problemText } from "./queries";
import { a } from "./strings";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** As the server asks for. */
const SHORTEST = 12;
const ROLE_CARDS = ROLES.map((role) => ({ value: role, ...a.role[role] }));

/** One new person: by a link, or with a password set here. */
export function InviteDialog({ onClose, onOpen }: { onClose: () => void; onOpen: (id: string) => void }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const [teams, setTeams] = useState<Team[]>([]);
  const [how, setHow] = useState<"link" | "password">("link");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<CreatedUser | null>(null);

  const wrong = {
    name: name.trim() === "" ? a.user.nameMissing : undefined,
    email: EMAIL.test(email.trim()) ? undefined : a.user.emailWrong,
    password: how === "password" && password.length < SHORTEST ? a.invite.passwordShort : undefined,
  };
  const problem = (field: keyof typeof wrong) => (tried ? wrong[field] : undefined) ?? fieldProblem(error, field);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (busy || wrong.name || wrong.email || wrong.password) return;
    setBusy(true);
    setError(null);
    try {
      const user = await createUser({
        name: name.trim(),
        email: email.trim(),
        role,
        team_ids: teams.map((t) => t.id),
        ...(how === "password" ? { password } : {}),
      });
      setPassword("");
      if (user.link) setMade(user);
      else {
        toast(a.invite.added(user.name));
        onClose();
        onOpen(user.id);
      }
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };

  const another = () => {
    setMade(null);
    setName("");
    setEmail("");
    setTried(false);
  };

  const general =
    error && !["name", "email", "password"].some((field) => fieldProblem(error, field)) ? problemText(error) : null;
  const foot = "sticky bottom-0 flex justify-end gap-2 border-t border-line-subtle bg-surface px-4 py-3";

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={a.invite.title} close={a.close}>
      {made?.link ? (
        <div data-testid="invited">
          <div className="flex flex-col gap-4 p-4">
            <Person person={made} size={44} />
            <p role="status">{a.invite.done(made.name)}</p>
            <LinkBox link={made.link} kind="invite" email={made.email} />
          </div>
          <div className={foot}>
            <Button onClick={another}>{a.invite.another}</Button>
            <Button look="primary" onClick={onClose}>
              {a.done}
            </Button>
          </div>
        </div>
      ) : (
        <form noValidate onSubmit={(event) => void submit(event)} data-testid="invite-form">
          <div className="flex flex-col gap-4 p-4">
            <div className="grid gap-4 desk:grid-cols-2">
              <Input
                label={a.user.name}
                value={name}
                maxLength={100}
                dir="auto"
                autoComplete="off"
                error={problem("name")}
                onChange={(event) => setName(event.target.value)}
              />
              <Input
                label={a.user.email}
                type="email"
                value={email}
                maxLength={254}
                autoComplete="off"
                error={problem("email")}
                onChange={(event) => setEmail(event.target.value)}
              />
            </div>
            <RadioCards label={a.user.role} value={role} options={ROLE_CARDS} onChange={setRole} />
            <TeamsPicker label={a.user.teams} value={teams} onChange={setTeams} />
            <RadioCards
              label={a.invite.how}
              value={how}
              options={[
                { value: "link", label: a.invite.link, hint: a.invite.linkHint },
                { value: "password", label: a.invite.password, hint: a.invite.passwordHint },
              ]}
              onChange={setHow}
            />
            {how === "password" && (
              <div className="flex flex-col gap-1.5">
                <Input
                  label={a.invite.passwordField}
                  type={shown ? "text" : "password"}
                  value={password}
                  autoComplete="new-password"
                  error={problem("password")}
                  onChange={(event) => setPassword(event.target.value)}
                  after={
                    <IconButton label={shown ? a.invite.hide : a.invite.show} onClick={() => setShown(!shown)}>
                      {shown ? <EyeOff /> : <Eye />}
                    </IconButton>
                  }
                />
                <p className="text-xs text-text-3">{a.invite.passwordHelp}</p>
              </div>
            )}
            <div role="alert" className="empty:hidden">
              {general && <FieldError id="invite-error">{general}</FieldError>}
            </div>
          </div>
          <div className={foot}>
            <Button onClick={onClose}>{a.cancel}</Button>
            <Button type="submit" look="primary" busy={busy} data-testid="invite-submit">
              {how === "link" ? a.invite.submit : a.invite.submitPassword}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
