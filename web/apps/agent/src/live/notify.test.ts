import type { Me } from "@max/api";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { conversation, me as person } from "../../test/factory";
import { type News, notify } from "./notify";

const shown: { title: string; body: string | undefined; tag: string | undefined }[] = [];
let seen = 0;

beforeEach(() => {
  shown.length = 0;
  seen += 1;
  vi.stubGlobal(
    "Notification",
    class {
      static permission = "granted";
      onclick = null;
      constructor(title: string, { body, tag }: NotificationOptions) {
        shown.push({ title, body, tag });
      }
    },
  );
  vi.spyOn(document, "hidden", "get").mockReturnValue(true);
});
afterEach(() => {
  vi.unstubAllGlobals();
  history.replaceState(null, "", "/");
});

const me = (choices: Partial<Me["notifications"]> = {}): Me => ({
  ...person,
  notifications: { ...person.notifications, desktop: true, ...choices },
});
/** About a conversation of its own for each test, for one is told of only once in a while. */
const reply = (id = `n${seen}`): News => ({ what: "reply", conversation: conversation({ id }), text: "Any news?" });
const settle = () => new Promise((resolve) => setTimeout(resolve));

it("tells of a reply once, with the customer's words", async () => {
  notify(me(), reply());
  notify(me(), reply());
  await settle();
  expect(shown).toEqual([{ title: "New message from Amara Okafor", body: "Any news?", tag: `n${seen}` }]);
});

it("hides who and what where that is the choice", async () => {
  notify(me({ hide_text: true }), reply());
  await settle();
  expect(shown).toEqual([{ title: "New message", body: undefined, tag: `n${seen}` }]);
});

it("is silent about what is not wanted", async () => {
  notify(me({ replies: false }), reply());
  notify(me({ desktop: false }), reply());
  await settle();
  expect(shown).toEqual([]);
});

it("is silent about the conversation on the screen, not about others", async () => {
  vi.spyOn(document, "hidden", "get").mockReturnValue(false);
  history.replaceState(null, "", `/inbox/mine/n${seen}`);
  notify(me(), reply());
  notify(me({ assigned: true }), { what: "assigned", conversation: conversation({ id: "another" }) });
  await settle();
  expect(shown.map(({ title }) => title)).toEqual(["Amara Okafor is yours now"]);
});
