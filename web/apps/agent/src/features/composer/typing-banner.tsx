import { Avatar } from "@max/ui";
import { usePresence } from "../../live/presence";
import { s } from "../../strings";
import { w } from "../../strings-writing";
import { firstName } from "../conversation/bubble-parts";

const NOBODY: readonly { id: string; name: string; kind: string }[] = [];

/** Who else is writing here right now. Nothing is locked by it. */
export function TypingBanner({ conversationId, meId }: { conversationId: string; meId: string }) {
  const typing = usePresence((state) => state.rooms[conversationId]?.typing ?? NOBODY);
  const others = typing.filter((person) => person.id !== meId);
  const replies = others.filter((person) => person.kind === "reply");
  const shown = replies.length > 0 ? replies : others;
  const first = shown[0];
  if (!first) return null;
  const names = shown.map((person) => firstName(person.name)).join(s.and);
  return (
    <p
      data-testid="typing"
      className="mx-4 mb-2 flex flex-none animate-pop items-center gap-2 rounded-md bg-accent-tint px-3 py-1.5 text-xs font-medium text-accent-text phone:mx-0 phone:mb-0 phone:rounded-none"
    >
      <Avatar id={first.id} name={first.name} size={20} />
      <span className="min-w-0 flex-1 truncate" dir="auto">
        {replies.length === 0
          ? w.typing.note(names)
          : shown.length > 1
            ? w.typing.replies(names)
            : w.typing.reply(names)}
      </span>
    </p>
  );
}
