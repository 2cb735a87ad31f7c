import type { Message } from "@max/api";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at, conversation, me, message } from "../../../test/factory";
import { faults, refusal, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { type Pages, rows } from "../../live/pages";
import { mayReact } from "./may-react";
import { tally, withOurs } from "./react";
import { ReactTool } from "./react-tool";
import { Reactions } from "./reactions";

const user = userEvent.setup();
const theirs = { emoji: "👍", by: "contact" as const, author_name: "Amara", at: at(1) };
const ours = { emoji: "🙏", by: "user" as const, author_name: "Leila", at: at(2) };

let server: TestServer;
beforeEach(async () => {
  server = await signIn();
});
afterEach(signOut);

describe("reactions", () => {
  it("with the same emoji stand together", () => {
    expect(tally([theirs, { ...ours, emoji: "👍" }, ours])).toEqual([
      { emoji: "👍", names: ["Amara", "Leila"], own: true },
      { emoji: "🙏", names: ["Leila"], own: true },
    ]);
  });
  it("of ours are one at a time", () => {
    expect(withOurs([theirs, ours], "🎉", "Leila", at(3)).map(({ emoji }) => emoji)).toEqual(["👍", "🎉"]);
    expect(withOurs([theirs, ours], null, "Leila", at(3))).toEqual([theirs]);
  });
  it("are given where a reply may be", () => {
    const time = Date.parse(at(60));
    const open = conversation();
    expect(mayReact(open, me, time)).toBe(true);
    expect(mayReact({ ...open, window_expires_at: at(60) }, me, time)).toBe(false);
    expect(mayReact({ ...open, window_expires_at: null }, me, time)).toBe(false);
    const taken = { ...open, assignee: { id: "u2", name: "Devon" } };
    expect(mayReact(taken, me, time)).toBe(false);
    expect(mayReact(taken, { ...me, role: "supervisor" }, time)).toBe(true);
    const free = { ...open, channel: { ...open.channel, reply_window_seconds: null }, window_expires_at: null };
    expect(mayReact(free, me, time)).toBe(true);
  });
});

const put = (one: Message) =>
  queryClient.setQueryData(keys.messages("c1"), { pages: [{ items: [one], next_cursor: null }], pageParams: [null] });
const kept = () => rows(queryClient.getQueryData<Pages<Message>>(keys.messages("c1")))[0]?.reactions;
const address = "PUT /conversations/c1/messages/m1/reaction";

it("says who gave it, and lets us take ours back", async () => {
  const one = message({ seq: 1, reactions: [theirs, ours] });
  put(one);
  server.on(address, { body: { ...one, reactions: [theirs] } });
  const { container } = show(<Reactions message={one} out={false} canReact />);
  expect(screen.getByRole("img", { name: "👍 from Amara" })).toBeTruthy();
  expect(await faults(container)).toEqual([]);
  await user.click(screen.getByRole("button", { name: "🙏 from Leila. Take 🙏 back" }));
  await waitFor(() => expect(server.bodies(address)).toEqual([{ emoji: null }]));
  expect(kept()).toEqual([theirs]);
});

it("offers nothing where the window has closed", () => {
  show(<Reactions message={message({ seq: 1, reactions: [ours] })} out={false} canReact={false} />);
  expect(screen.queryByRole("button")).toBeNull();
});

it("is chosen from a few, by key too, and shown at once", async () => {
  const one = message({ seq: 1, reactions: [theirs] });
  put(one);
  let answer: (value: { body: object }) => void = () => {};
  server.on(address, () => new Promise((resolve) => (answer = resolve)));
  show(<ReactTool message={one} />);
  await user.click(screen.getByRole("button", { name: "React" }));
  (await screen.findByRole("button", { name: "Thumbs up" })).focus();
  expect(await faults()).toEqual([]);
  await user.keyboard("{ArrowRight}{ArrowRight}{ArrowLeft}{Enter}");
  await waitFor(() => expect(kept()?.map(({ emoji }) => emoji)).toEqual(["👍", "❤️"]));
  expect(server.bodies(address)).toEqual([{ emoji: "❤️" }]);
  answer({ body: { ...one, reactions: [theirs, { ...ours, emoji: "❤️" }] } });
});

it("has more on demand", async () => {
  show(<ReactTool message={message({ seq: 1 })} />);
  await user.click(screen.getByRole("button", { name: "React" }));
  await user.click(await screen.findByRole("button", { name: "More emoji" }));
  expect(screen.getByRole("button", { name: "Parcel" })).toBeTruthy();
});

it("goes away again when the server does not take it", async () => {
  const one = message({ seq: 1 });
  put(one);
  server.on(address, refusal(409, "window_closed", "The reply window is closed."));
  show(<ReactTool message={one} />);
  await user.click(screen.getByRole("button", { name: "React" }));
  await user.click(await screen.findByRole("button", { name: "Heart" }));
  expect((await screen.findByRole("alert")).textContent).toContain("The reply window is closed.");
  expect(kept() ?? []).toEqual([]);
});
