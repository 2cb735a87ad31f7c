import { Toaster } from "@max/ui";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useState, useSyncExternalStore } from "react";
import { refreshMe } from "../../app/me";
import { session } from "../../app/services";
import { s } from "../../strings";
import { a } from "../../strings-account";
import { attempt } from "../login/attempt";
import { LoginFrame, useCompany } from "../login/frame";
import { TwoFactorSetup } from "./setup";

const { twoFactor: words } = a;

/** The role needs two-factor and there is none: this comes before everything else. */
export function RequiredTwoFactor() {
  const router = useRouter();
  const company = useCompany();
  const { next } = useSearch({ from: "/two-factor" });
  const [known] = useState(() => attempt.get()?.password);
  const state = useSyncExternalStore(session.subscribe, () => session.state);
  // Signed out meanwhile: on the way to the sign-in screen.
  if (state.status !== "in") return null;
  return (
    <LoginFrame page={words.page} title={words.requiredTitle} lead={words.requiredText(company)}>
      <div className="mt-7 flex flex-col gap-6">
        <TwoFactorSetup
          email={state.user.email}
          known={known}
          onConfirmed={() => {
            attempt.clear();
            void refreshMe();
          }}
          onDone={() => {
            // What was closed opens with a token of after the change.
            void session
              .renew()
              .catch(() => {})
              .then(() => router.navigate({ href: next ?? "/", replace: true }));
          }}
          doneLabel={words.requiredDone}
        />
        <p className="text-center text-sm">
          <button
            type="button"
            data-testid="sign-out"
            onClick={() => {
              attempt.clear();
              void session.logout();
            }}
            className="font-medium text-accent-text hover:underline"
          >
            {words.requiredSignOut}
          </button>
        </p>
      </div>
      <Toaster dismiss={s.dismiss} className="desk:start-4" />
    </LoginFrame>
  );
}
