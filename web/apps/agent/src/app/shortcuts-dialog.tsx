import { Switch } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { useUi } from "../lib/ui-state";
import { k } from "../strings-keys";
import { choose } from "./me";
import { useMe } from "./services";
import { ShortcutsList } from "./shortcuts-list";

/** All keys, and the switch that turns single keys off. */
export function ShortcutsDialog() {
  const { help, setHelp } = useUi();
  const me = useMe();
  return (
    <Dialog open={help} onOpenChange={setHelp} title={k.title} close={k.close}>
      <div className="p-4">
        <ShortcutsList />
      </div>
      <Switch
        className="border-t border-line-subtle px-4"
        label={k.single}
        hint={k.singleHint}
        checked={me.single_keys}
        onChange={(single_keys) => void choose({ single_keys })}
      />
    </Dialog>
  );
}
