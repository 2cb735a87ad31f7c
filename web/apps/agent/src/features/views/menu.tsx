import type { SavedView } from "@max/api";
import { ConfirmDialog } from "@max/ui/confirm";
import { Menu, MenuItem, MenuSeparator } from "@max/ui/menu";
import { Pencil, Save, Trash2 } from "lucide-react";
import { type RefObject, useState } from "react";
import { w } from "../../strings-work";

/** What can be done with a saved view. */
export function ViewMenu(props: {
  view: SavedView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
  onEdit: () => void;
  /** Null where the list is as it was saved. */
  onKeep: (() => void) | null;
  onDelete: () => void;
}) {
  const { view } = props;
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Menu
        open={props.open}
        onOpenChange={props.onOpenChange}
        anchor={props.anchor}
        label={w.views.more(view.name)}
        side="bottom"
      >
        <MenuItem icon={<Pencil />} testId="edit-view" onSelect={props.onEdit}>
          {w.views.edit}
        </MenuItem>
        {props.onKeep && (
          <MenuItem icon={<Save />} onSelect={props.onKeep}>
            {w.views.update}
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem icon={<Trash2 />} danger testId="delete-view" onSelect={() => setAsking(true)}>
          {w.views.delete}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={asking}
        onCancel={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          props.onDelete();
        }}
        title={w.views.deleteTitle(view.name)}
        confirm={w.views.delete}
        cancel={w.cancel}
        danger
      >
        <p>{w.views.deleteText}</p>
      </ConfirmDialog>
    </>
  );
}
