import { RadioCards } from "@max/ui";
import { TextArea } from "@max/ui/form";
import { useState } from "react";
import { CopyField } from "../copy-field";
import { ch } from "../strings-chat";
import { makeVisitorSecret } from "./chat-keys";
import type { SecretFieldProps } from "./kind";
import type { Proof } from "./sign-code";

/** What proves visitors: a secret that MAX makes, or the public half of a pair that the company keeps. */
export function VisitorKeyField({ label, hint, value, error, onChange }: SecretFieldProps) {
  const [proof, setProof] = useState<Proof>("shared");
  const choose = (next: Proof) => {
    setProof(next);
    onChange(next === "shared" ? makeVisitorSecret() : "");
  };
  return (
    <div className="flex flex-col gap-3">
      {hint && <p className="text-xs text-text-3">{hint}</p>}
      <RadioCards
        label={ch.keys.how}
        value={proof}
        options={[
          { value: "shared", label: ch.keys.shared, hint: ch.keys.sharedHint },
          { value: "pair", label: ch.keys.pair, hint: ch.keys.pairHint },
        ]}
        onChange={choose}
      />
      {proof === "shared" ? (
        <>
          <CopyField label={label} value={value} hint={ch.keys.copyNow} />
          {error && <p className="text-xs text-bad-text">{error}</p>}
        </>
      ) : (
        <TextArea
          label={ch.keys.publicKey}
          hint={ch.keys.publicKeyHint}
          value={value}
          error={error}
          rows={5}
          dir="ltr"
          maxLength={2_000}
          autoComplete="off"
          spellCheck={false}
          placeholder={"-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----"}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </div>
  );
}
