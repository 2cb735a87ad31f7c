import { Button, FieldError, Switch } from "@max/ui";
import { FormSection } from "@max/ui/form";
import { Volume2 } from "lucide-react";
import { useState } from "react";
import { choose } from "../../app/me";
import { useMe } from "../../app/services";
import { tone } from "../../live/notify";
import { a } from "../../strings-account";
import { SettingsPage } from "./page";

const { notifications: words } = a;
type Permission = NotificationPermission | "missing";

const permissionNow = (): Permission => (typeof Notification === "undefined" ? "missing" : Notification.permission);

/** What to be told, and how. */
export default function Notifications() {
  const me = useMe();
  const chosen = me.notifications;
  const [permission, setPermission] = useState(permissionNow);
  const set = (part: Partial<typeof chosen>) => void choose({ notifications: part });

  const ask = async () => {
    if (permissionNow() === "default") await Notification.requestPermission();
    setPermission(permissionNow());
  };

  return (
    <SettingsPage title={words.page} lead={words.lead}>
      <FormSection title={words.what}>
        <div className="flex flex-col divide-y divide-line-subtle">
          <Switch
            label={words.assigned}
            hint={words.assignedHint}
            checked={chosen.assigned}
            onChange={(assigned) => set({ assigned })}
          />
          <Switch label={words.replies} checked={chosen.replies} onChange={(replies) => set({ replies })} />
          <Switch
            label={words.signIns}
            hint={words.signInsHint}
            checked={chosen.sign_ins}
            onChange={(sign_ins) => set({ sign_ins })}
          />
        </div>
      </FormSection>
      <FormSection title={words.how}>
        <div className="flex flex-col divide-y divide-line-subtle">
          <div>
            <Switch
              label={words.desktop}
              hint={words.desktopHint}
              data-testid="notify-desktop"
              checked={chosen.desktop}
              onChange={(desktop) => {
                set({ desktop });
                if (desktop) void ask();
              }}
            />
            {chosen.desktop && permission !== "granted" && (
              <div role="status" className="flex flex-wrap items-center gap-3 pb-3">
                {permission === "default" ? (
                  <>
                    <span className="text-xs text-text-2">{words.desktopAsk}</span>
                    <Button size="sm" onClick={() => void ask()}>
                      {words.allow}
                    </Button>
                  </>
                ) : (
                  <FieldError id="notify-blocked">
                    {permission === "denied" ? words.desktopBlocked : words.desktopMissing}
                  </FieldError>
                )}
              </div>
            )}
          </div>
          <Switch
            label={words.hide}
            hint={words.hideHint}
            checked={chosen.hide_text}
            onChange={(hide_text) => set({ hide_text })}
          />
          <div>
            <Switch
              label={words.sound}
              hint={words.soundHint}
              checked={chosen.sound}
              onChange={(sound) => set({ sound })}
            />
            {chosen.sound && (
              <Button size="sm" className="mb-3" onClick={tone}>
                <Volume2 className="size-3.5" />
                {words.listen}
              </Button>
            )}
          </div>
        </div>
      </FormSection>
    </SettingsPage>
  );
}
