import type { Channel } from "@max/api";
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { channelRow } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, refusal, type TestServer } from "../../../test/server";
import { hears, signIn, signOut } from "../../../test/signed-in";
import { ChannelTrouble } from "./banner";

const user = userEvent.setup();
const ill = channelRow({
  health: "trouble",
  health_code: "131042",
  health_words: "Meta wants a payment method. Add one at Meta.",
  paused_at: "2026-11-25T10:00:00Z",
});
const says = (one: Channel) => hears({ kind: "channel.updated", data: { channel: one } });

let server: TestServer;
beforeEach(async () => {
  server = (await signIn({ role: "admin" })).on("GET /channels", {
    body: { items: [channelRow()], next_cursor: null },
  });
});
afterEach(signOut);

const draw = async () => {
  const view = await open("/", { "/": ChannelTrouble });
  await waitFor(() => expect(server.bodies("GET /channels")).toHaveLength(1));
  return view;
};

it("is there from the moment a channel is in trouble until it is well, with words, code and the way to it", async () => {
  const { where } = await draw();
  expect(screen.queryByTestId("banner-channel")).toBeNull();
  says(ill);
  const banner = await screen.findByTestId("banner-channel");
  expect(banner.textContent).toContain("WhatsApp Lagos: Meta wants a payment method. Add one at Meta.");
  expect(banner.textContent).toContain("131042");
  expect(await faults()).toEqual([]);
  says(channelRow());
  await waitFor(() => expect(screen.queryByTestId("banner-channel")).toBeNull());
  says(ill);
  await user.click(await screen.findByRole("link", { name: "Open channel" }));
  await waitFor(() => expect(where()).toBe("/admin/channels/h1"));
});

it("says that somebody has paused one, and resumes it", async () => {
  await draw();
  says(channelRow({ paused_at: "2026-11-25T10:00:00Z", paused_by: "Adaeze" }));
  await screen.findByText(/is paused. Nothing is sent/);
  server.on("POST /channels/h1/resume", refusal(503, "unavailable", "MAX cannot reach its database."));
  await user.click(screen.getByTestId("banner-resume"));
  await waitFor(() => expect(server.bodies("POST /channels/h1/resume")).toHaveLength(1));
  screen.getByTestId("banner-channel");
  server.on("POST /channels/h1/resume", { body: channelRow() });
  await user.click(screen.getByTestId("banner-resume"));
  await waitFor(() => expect(screen.queryByTestId("banner-channel")).toBeNull());
});

it("goes when it is put away, and comes with another trouble, or the same one later", async () => {
  await draw();
  says(ill);
  await user.click(await screen.findByRole("button", { name: "Not now" }));
  expect(screen.queryByTestId("banner-channel")).toBeNull();
  says({ ...ill, health_words: "Still the same." });
  expect(screen.queryByTestId("banner-channel")).toBeNull();
  says({ ...ill, health_code: "131031" });
  await user.click(await screen.findByRole("button", { name: "Not now" }));
  const unpaused = { ...ill, paused_at: null };
  says(unpaused);
  await user.click(await screen.findByRole("button", { name: "Not now" }));
  says(channelRow());
  await act(() => new Promise((resolve) => setTimeout(resolve, 30)));
  says(unpaused);
  await screen.findByTestId("banner-channel");
});

it("leaves channels alone that are switched off", async () => {
  await draw();
  says({ ...ill, active: false });
  expect(screen.queryByTestId("banner-channel")).toBeNull();
});

it("says what the provider warns of, beside a channel that sends", async () => {
  await draw();
  const warning = {
    code: "quality_low",
    words: "Meta rates its quality low.",
    detail: null,
    since: "2026-11-25T10:00:00Z",
  };
  says(channelRow({ warnings: [warning] }));
  const banner = await screen.findByTestId("banner-channel");
  expect(banner.textContent).toContain("WhatsApp Lagos: Meta rates its quality low.");
  expect(screen.queryByTestId("banner-resume")).toBeNull();
  says(channelRow({ warnings: [warning, { ...warning, code: "name_rejected" }] }));
  await screen.findByText(/And 1 more warning\./);
  says(channelRow({ warnings: [] }));
  await waitFor(() => expect(screen.queryByTestId("banner-channel")).toBeNull());
});
