import { IconButton, Input } from "@max/ui";
import { Eye, EyeOff } from "lucide-react";
import { type ReactNode, useState } from "react";
import { c } from "./strings-channels";

/** A secret to paste: dots, unless one wants to see it. No browser is asked to keep it. */
export function SecretInput(props: {
  label: string;
  value: string;
  hint?: ReactNode;
  error?: string | undefined;
  name?: string;
  autoFocus?: boolean;
  onChange: (value: string) => void;
}) {
  const [shown, setShown] = useState(false);
  const { label, onChange, ...rest } = props;
  return (
    <Input
      {...rest}
      label={label}
      type={shown ? "text" : "password"}
      dir="ltr"
      maxLength={2_048}
      autoComplete="new-password"
      autoCapitalize="off"
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
      after={
        <IconButton label={shown ? c.form.hide(label) : c.form.show(label)} onClick={() => setShown(!shown)}>
          {shown ? <EyeOff /> : <Eye />}
        </IconButton>
      }
    />
  );
}
