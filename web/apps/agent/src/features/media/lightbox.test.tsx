import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { media, mediaMessage, message } from "../../../test/factory";
import { faults } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { gallery } from "./gallery";
import { Pictures } from "./pictures";

const user = userEvent.setup();
const files = ["a", "b", "c"].map((id) => media({ id, name: `${id}.jpg` }));
const film = media({ id: "d", kind: "video", mime_type: "video/mp4", duration_ms: 42_000 });
const said = [
  mediaMessage(1, files[0] as never, {
    content: { type: "media", kind: "image", external_id: "a", caption: "the first" },
  }),
  message({ seq: 2 }),
  mediaMessage(3, files[1] as never),
  mediaMessage(4, media({ id: "gone" }), { revoked_at: "2026-11-23T09:09:00Z" }),
  mediaMessage(5, media({ id: "bad", state: "blocked" })),
  mediaMessage(6, files[2] as never),
  mediaMessage(7, film),
];

beforeEach(async () => {
  await signIn();
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  queryClient.setQueryData(keys.messages("c1"), {
    pages: [{ items: said.toReversed(), next_cursor: null }],
    pageParams: [null],
  });
});
afterEach(signOut);

const picture = (at: number) => ({ media: said[at]?.attachments[0] as never, messageId: said[at]?.id as string });
const open = async (at = 2) => {
  show(<Pictures all={[picture(at)]} conversationId="c1" />);
  await user.click(screen.getByTestId("picture"));
  await screen.findByRole("dialog");
};
const image = () => screen.getByRole("img").getAttribute("src");

describe("what is shown large", () => {
  it("is everything of the conversation that can be, in its order", () => {
    expect(gallery("c1", [picture(2)]).map((one) => one.media.id)).toEqual(["a", "b", "c", "d"]);
  });
  it("is only itself where it is not said yet", () => {
    const own = { media: media({ id: "new" }), messageId: "x" };
    expect(gallery("c1", [own]).map((one) => one.media.id)).toEqual(["new"]);
  });
});

it("goes on and back by key and by button, and ends at the ends", async () => {
  await open();
  expect(image()).toContain("/media/b/original");
  expect(screen.getByRole("status").textContent).toContain("2 of 4");
  await user.keyboard("{ArrowRight}");
  expect(image()).toContain("/media/c/");
  await user.keyboard("{Home}");
  expect(image()).toContain("/media/a/");
  expect(screen.getByText("the first")).toBeTruthy();
  await user.keyboard("{ArrowLeft}");
  expect(image()).toContain("/media/a/");
  await user.click(screen.getByRole("button", { name: "Next" }));
  expect(image()).toContain("/media/b/");
  expect(await faults()).toEqual([]);
});

it("closes with Escape and leads back to where it was", async () => {
  await open();
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(document.activeElement).toBe(screen.getByTestId("picture"));
});

it("saves what is shown", async () => {
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  await open();
  await user.click(screen.getByRole("button", { name: "Download b.jpg" }));
  await waitFor(() => expect(clicked).toHaveBeenCalled());
  expect((clicked.mock.contexts[0] as HTMLAnchorElement).download).toBe("b.jpg");
});

it("comes nearer by button, by key and by pressing it, and goes back", async () => {
  await open();
  const scale = () => Number(/scale\(([\d.]+)\)/.exec(screen.getByRole("img").style.transform)?.[1]);
  expect(scale()).toBe(1);
  expect(screen.getByRole("button", { name: "Zoom out" }).getAttribute("aria-disabled")).toBe("true");
  await user.click(screen.getByRole("button", { name: "Zoom in" }));
  expect(scale()).toBe(1.6);
  await user.keyboard("-");
  expect(scale()).toBe(1);
  await user.keyboard("+++++");
  expect(scale()).toBe(5);
  expect(screen.getByRole("button", { name: "Zoom in" }).getAttribute("aria-disabled")).toBe("true");
  await user.click(screen.getByRole("img"));
  expect(scale()).toBe(1);
  await user.click(screen.getByRole("img"));
  expect(scale()).toBe(2.5);
  // The next one is seen whole.
  await user.keyboard("{ArrowRight}");
  expect(scale()).toBe(1);
  expect(await faults()).toEqual([]);
});

it("plays the film that was pressed, and none that was only passed by", async () => {
  await open();
  await user.keyboard("{End}");
  expect(document.querySelector("video")?.getAttribute("src")).toContain("/media/d/");
  expect(HTMLMediaElement.prototype.play).not.toHaveBeenCalled();
  expect(document.querySelector("video")?.autoplay).toBe(false);
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("a film has a speed", async () => {
  await open(6);
  expect(HTMLMediaElement.prototype.play).toHaveBeenCalled();
  await user.click(screen.getByRole("button", { name: "Speed 1×" }));
  expect(document.querySelector("video")?.playbackRate).toBe(1.5);
  expect(await faults()).toEqual([]);
});
