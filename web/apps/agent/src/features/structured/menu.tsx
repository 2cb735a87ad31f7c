import { Menu, MenuItem } from "@max/ui/menu";
import { List, MapPin, SquareMousePointer } from "lucide-react";
import type { RefObject } from "react";
import { q } from "../../strings-structured";
import type { Kind } from "./kinds";

const ICONS = { location: <MapPin />, buttons: <SquareMousePointer />, list: <List /> } as const;

/** What this channel takes beside words and files. */
export function StructuredItems({ kinds, onChoose }: { kinds: readonly Kind[]; onChoose: (kind: Kind) => void }) {
  return kinds.map((kind) => (
    <MenuItem key={kind} icon={ICONS[kind]} testId={`send-${kind}`} onSelect={() => onChoose(kind)}>
      {q.menu[kind]}
    </MenuItem>
  ));
}

export function StructuredMenu(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
  kinds: readonly Kind[];
  onChoose: (kind: Kind) => void;
}) {
  return (
    <Menu open={props.open} onOpenChange={props.onOpenChange} anchor={props.anchor} label={q.open}>
      <StructuredItems kinds={props.kinds} onChoose={props.onChoose} />
    </Menu>
  );
}
