import { Button } from "@max/ui";
import { FormSection, Select } from "@max/ui/form";
import { x } from "../../strings-settings";
import { HOLDS, setHold, setReason, useSendPrefs } from "../composer/prefs";
import { SettingsPage } from "./page";

/** How this device sends. */
export default function Writing() {
  const { hold, reason } = useSendPrefs();
  return (
    <SettingsPage title={x.writing.page} lead={x.writing.lead}>
      <FormSection title={x.writing.undo} hint={x.writing.undoHint}>
        <Select
          label={x.writing.undoLabel}
          className="max-w-[320px]"
          value={String(hold)}
          onChange={(event) => setHold(Number(event.target.value))}
        >
          {HOLDS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {x.writing.seconds(seconds)}
            </option>
          ))}
        </Select>
      </FormSection>
      <FormSection title={x.writing.reason} hint={x.writing.reasonHint}>
        <div className="flex flex-wrap items-center gap-3">
          <span className="text-sm" dir="auto">
            {reason ? reason.name : x.writing.noReason}
          </span>
          {reason && (
            <Button size="sm" onClick={() => setReason(null)}>
              {x.writing.forget}
            </Button>
          )}
        </div>
      </FormSection>
    </SettingsPage>
  );
}
