import { body, type Me, type MeChanges } from "@max/api";
import { toast } from "@max/ui";
import { api, session } from "./services";
import { errorText } from "./words";

/** Changes on their way. Only the answer to the last one tells how things stand. */
let underWay = 0;

/** Changes one's own profile or choices. Throws `ApiError` (422 with fields) or `NetworkError`. */
export async function saveMe(changes: MeChanges): Promise<void> {
  underWay += 1;
  let me: Me;
  try {
    me = body<Me>(await api.PATCH("/api/v1/me", { body: changes }));
  } finally {
    underWay -= 1;
  }
  if (underWay === 0) session.update(me);
}

/** Makes a choice that acts at once. Where the server does not take it, it is taken back and a toast says so. */
export async function choose(changes: MeChanges): Promise<void> {
  if (session.state.status !== "in") return;
  const before = session.state.user;
  session.update(merged(before, changes));
  try {
    await saveMe(changes);
  } catch (error) {
    if (session.state.status === "in") session.update(merged(session.state.user, undo(changes, before)));
    toast(errorText(error), "bad");
  }
}

/** Asks who we are again: something changed elsewhere. */
export async function refreshMe(): Promise<void> {
  if (underWay > 0) return;
  try {
    const me = body<Me>(await api.GET("/api/v1/me"));
    if (underWay === 0) session.update(me);
  } catch {
    // The next renewal of the token brings it too.
  }
}

function merged(me: Me, { notifications, ...changes }: MeChanges): Me {
  return { ...me, ...given(changes), notifications: { ...me.notifications, ...given(notifications ?? {}) } };
}

/** The same members as they were before. */
function undo(changes: MeChanges, before: Me): MeChanges {
  const old = (source: object, part: object) =>
    Object.fromEntries(Object.keys(part).map((key) => [key, source[key as keyof typeof source]]));
  const { notifications, ...rest } = changes;
  return {
    ...old(before, rest),
    ...(notifications ? { notifications: old(before.notifications, notifications) } : {}),
  };
}

/** Without what is left as it is. */
function given<T extends object>(part: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value != null)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}
