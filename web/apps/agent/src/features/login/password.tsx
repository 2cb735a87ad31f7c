import { cx, IconButton, Input } from "@max/ui";
import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { l } from "../../strings-login";

/** A password that can be looked at. */
export function PasswordInput(props: ComponentProps<typeof Input>) {
  const [shown, setShown] = useState(false);
  return (
    <Input
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      {...props}
      type={shown ? "text" : "password"}
      after={
        <IconButton label={shown ? l.hide : l.show} onClick={() => setShown(!shown)}>
          {shown ? <EyeOff /> : <Eye />}
        </IconButton>
      }
    />
  );
}

export const SHORTEST = 12;
/** What the server's hash takes, in bytes of UTF-8. */
const LONGEST = 72;

const lengthOf = (password: string) => [...password].length;
const tooLong = (password: string) => new TextEncoder().encode(password).length > LONGEST;

/** What is wrong with a new password before it is sent, in words. The server also knows the common ones. */
export function passwordFault(password: string): string | undefined {
  if (!password) return l.choose.missing;
  if (lengthOf(password) < SHORTEST) return l.choose.shortError;
  return tooLong(password) ? l.choose.long : undefined;
}

/** A password to choose: says the rules before anything is wrong, and how long it is while it is written. */
export function NewPassword(props: {
  value: string;
  onChange: (password: string) => void;
  error?: string | undefined;
  autoFocus?: boolean;
  className?: string;
}) {
  const { value } = props;
  const length = lengthOf(value);
  const long = tooLong(value);
  const enough = length >= SHORTEST && !long;
  return (
    <div className={cx("flex flex-col gap-2", props.className)}>
      <PasswordInput
        label={l.choose.label}
        name="new-password"
        autoComplete="new-password"
        data-testid="new-password"
        autoFocus={props.autoFocus}
        value={value}
        hint={l.choose.rules}
        error={props.error}
        onChange={(event) => props.onChange(event.target.value)}
      />
      {value !== "" && (
        <div className="flex items-center gap-3">
          <span aria-hidden="true" className="h-1 flex-1 overflow-hidden rounded-full bg-press">
            <span
              style={{ inlineSize: `${Math.min(100, (length / SHORTEST) * 100)}%` }}
              className={cx("block h-full rounded-full", long ? "bg-bad" : enough ? "bg-ok" : "bg-warn")}
            />
          </span>
          <span role="status" className={cx("num text-xs", enough ? "text-ok-text" : "text-text-2")}>
            {long ? l.choose.long : enough ? l.choose.enough(length) : l.choose.short(length)}
          </span>
        </div>
      )}
    </div>
  );
}
