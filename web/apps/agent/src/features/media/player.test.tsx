import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { media } from "../../../test/factory";
import { faults, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { Player } from "./player";

const user = userEvent.setup();
const voice = (id: string, part = {}) =>
  media({ id, kind: "audio", voice: true, mime_type: "audio/ogg", duration_ms: 24_000, ...part });

let server: TestServer;
let fails = false;
beforeEach(async () => {
  server = await signIn();
  fails = false;
  // jsdom plays nothing.
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(async function (this: HTMLMediaElement) {
    if (fails) throw new DOMException("no", "NotSupportedError");
    fireEvent.play(this);
  });
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(function (this: HTMLMediaElement) {
    fireEvent.pause(this);
  });
});
afterEach(signOut);

const sound = (at = 0) => document.querySelectorAll("audio")[at] as HTMLAudioElement;

it("loads nothing and plays nothing by itself, and says how long it is", async () => {
  const { container } = show(<Player media={voice("a")} />);
  expect(sound().getAttribute("src")).toBeNull();
  expect(sound().autoplay).toBe(false);
  expect(sound().preload).toBe("none");
  expect(screen.getByRole("group", { name: "Voice message" }).textContent).toContain("0:24");
  expect(await faults(container)).toEqual([]);
});

it("plays and pauses, one at a time", async () => {
  show([<Player key="a" media={voice("a")} />, <Player key="b" media={voice("b")} />]);
  const [one, two] = screen.getAllByRole("button", { name: "Play" }) as [HTMLElement, HTMLElement];
  await user.click(one);
  expect(await screen.findByRole("button", { name: "Pause" })).toBe(one);
  expect(sound().getAttribute("src")).toContain("/media/a/");
  await user.click(two);
  await waitFor(() => expect(two.getAttribute("aria-label")).toBe("Pause"));
  expect(one.getAttribute("aria-label")).toBe("Play");
});

it("goes through its length by key, without the thread taking the key", async () => {
  const outside = vi.fn();
  show(
    // biome-ignore lint/a11y/noStaticElementInteractions: stands for the thread
    <div onKeyDown={outside}>
      <Player media={voice("a", { duration_ms: 90_000 })} />
    </div>,
  );
  const slider = screen.getByRole("slider", { name: "Position" });
  slider.focus();
  await user.keyboard("{ArrowRight}{ArrowUp}{ArrowLeft}");
  expect(slider.getAttribute("aria-valuetext")).toBe("0:05 of 1:30");
  await user.keyboard("{ArrowLeft}{ArrowLeft}{ArrowLeft}");
  expect(slider.getAttribute("aria-valuetext")).toBe("0:00 of 1:30");
  expect(outside).not.toHaveBeenCalled();
});

it("remembers how fast one listens, for all of them", async () => {
  show([<Player key="a" media={voice("a")} />, <Player key="b" media={voice("b")} />]);
  await user.click(screen.getAllByRole("button", { name: "Speed 1×" })[0] as HTMLElement);
  expect(screen.getAllByRole("button", { name: "Speed 1.5×" })).toHaveLength(2);
  expect(sound(1).playbackRate).toBe(1.5);
  expect(localStorage.getItem("max.speed")).toBe("1.5");
  await user.click(screen.getAllByRole("button", { name: "Speed 1.5×" })[0] as HTMLElement);
  await user.click(screen.getAllByRole("button", { name: "Speed 2×" })[0] as HTMLElement);
  expect(localStorage.getItem("max.speed")).toBeNull();
});

it("goes on where it was when its address has ended", async () => {
  const file = voice("a");
  server.on("GET /media/a/link", { body: { ...file, url: "/media/a/original/new?expires=4102448400" } });
  show(<Player media={file} />);
  await user.click(screen.getByRole("button", { name: "Play" }));
  act(() => {
    Object.defineProperty(sound(), "currentTime", { value: 7, writable: true });
    fireEvent.timeUpdate(sound());
    fireEvent.error(sound());
  });
  await waitFor(() => expect(sound().getAttribute("src")).toContain("/new"));
  expect(sound().currentTime).toBe(7);
  expect(screen.queryByText("This browser cannot play it.")).toBeNull();
});

it("says so when the browser cannot play it, and it can still be saved", async () => {
  fails = true;
  const { container } = show(<Player media={voice("a")} />);
  await user.click(screen.getByRole("button", { name: "Play" }));
  expect((await screen.findByText("This browser cannot play it.")).getAttribute("role")).toBe("alert");
  expect(screen.getByRole("button", { name: "Download Voice message" })).toBeTruthy();
  expect(await faults(container)).toEqual([]);
});
