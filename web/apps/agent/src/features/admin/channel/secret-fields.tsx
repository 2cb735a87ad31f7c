import { CopyField } from "../copy-field";
import { SecretInput } from "../secret-input";
import type { SecretFieldProps } from "./kind";

/** A secret that comes from elsewhere and is pasted. */
export function PastedSecret({ hint, ...props }: SecretFieldProps) {
  return <SecretInput {...props} {...(hint ? { hint } : {})} autoFocus />;
}

/** A secret that MAX has made, to be copied now or never. */
export function MadeSecret({ label, hint, value, error }: SecretFieldProps) {
  return (
    <>
      <CopyField label={label} value={value} {...(hint ? { hint } : {})} />
      {error && <p className="text-xs text-bad-text">{error}</p>}
    </>
  );
}
