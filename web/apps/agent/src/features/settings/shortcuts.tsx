import { Switch } from "@max/ui";
import { FormSection } from "@max/ui/form";
import { choose } from "../../app/me";
import { useMe } from "../../app/services";
import { ShortcutsList } from "../../app/shortcuts-list";
import { a } from "../../strings-account";
import { k } from "../../strings-keys";
import { SettingsPage } from "./page";

const { shortcuts: words } = a;

/** All keys, and the switch that turns single keys off. */
export default function Shortcuts() {
  const me = useMe();
  return (
    <SettingsPage title={words.page} lead={words.lead}>
      <div className="border-b border-line-subtle py-4">
        <Switch
          label={k.single}
          hint={k.singleHint}
          data-testid="single-keys"
          checked={me.single_keys}
          onChange={(single_keys) => void choose({ single_keys })}
        />
      </div>
      <FormSection title={k.title}>
        <ShortcutsList />
      </FormSection>
    </SettingsPage>
  );
}
