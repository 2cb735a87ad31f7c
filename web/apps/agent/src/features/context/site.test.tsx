import type { Visit } from "@max/api";
import { act, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { conversation } from "../../../test/factory";
import { faults } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { queryClient } from "../../app/services";
import { setLocale } from "../../lib/locale";
import { tellSignal } from "../../live/hear";
import { OnTheSite } from "./site";

const visit = (part: Partial<Visit> = {}): Visit => ({
  online: true,
  seen_at: "2026-11-25T10:00:00Z",
  page: { url: "https://shop.example/lamps", title: "Lamps" },
  referrer: "https://www.search.example/",
  browser: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  time_zone: "Africa/Lagos",
  language: "en",
  ...part,
});

async function draw(answer: Visit, visits = true) {
  queryClient.clear();
  const server = (await signIn())
    .on("GET /channels/ch/capabilities", { body: { visits } })
    .on("GET /conversations/c1/visit", { body: answer });
  show(
    <main>
      <h2>Customer</h2>
      <OnTheSite conversation={conversation()} />
    </main>,
  );
  const asked = visits ? "GET /conversations/c1/visit" : "GET /channels/ch/capabilities";
  await waitFor(() => expect(server.calls.some(({ name }) => name === asked)).toBe(true));
  return server;
}
afterEach(async () => {
  setLocale("en", "");
  await signOut();
});

it("shows where a customer is, with links that tell nothing to where they lead", async () => {
  setLocale("en", "Africa/Lagos");
  await draw(visit());
  await screen.findByText("There now");
  const page = screen.getByRole("link", { name: /^Lamps/ });
  expect(page.getAttribute("href")).toBe("https://shop.example/lamps");
  expect(page.getAttribute("rel")).toContain("noopener noreferrer");
  expect(page.getAttribute("target")).toBe("_blank");
  screen.getByRole("link", { name: /^search\.example/ });
  screen.getByText("Firefox 145 on Linux");
  screen.getByText("Lagos");
  // Nothing of the page is loaded: no picture, no frame.
  expect(document.querySelector("img, iframe, link")).toBeNull();
  expect(await faults()).toEqual([]);
});

it("follows what the customer does, and where they went", async () => {
  await draw(visit());
  await screen.findByText("There now");
  const next = visit({ online: false, page: { url: "https://shop.example/rugs", title: null } });
  act(() => tellSignal({ type: "visit", conversation_id: "other", visit: visit({ online: true }) }));
  act(() => tellSignal({ type: "visit", conversation_id: "c1", visit: next }));
  await screen.findByText(/^Last there/);
  screen.getByRole("link", { name: /^shop\.example\/rugs/ });
  expect(screen.queryByText("There now")).toBeNull();
});

it("follows nothing that is no web address, and draws no markup", async () => {
  const html = "<img src=x onerror=alert(1)>";
  await draw(
    visit({
      page: { url: "javascript:alert(1)", title: html },
      referrer: "data:text/html,x",
      browser: html,
      time_zone: "Mars/Olympus",
    }),
  );
  await screen.findByText("There now");
  expect(screen.queryByRole("link")).toBeNull();
  expect(document.querySelector("img")).toBeNull();
  expect(screen.getAllByText(html)).toHaveLength(2);
  expect(screen.queryByText("Local time")).toBeNull();
});

it("is not there for who never was on a page, and shows only what is noted", async () => {
  await draw(visit({ online: false, seen_at: null, page: null }));
  expect(screen.queryByText("On the web site")).toBeNull();
  queryClient.setQueryData(["visit", "c1"], visit({ page: null, referrer: null, browser: null, time_zone: null }));
  await screen.findByText("There now");
  expect(document.querySelector("dt")).toBeNull();
});

it("asks for nothing where customers do not come from the company's pages", async () => {
  const server = await draw(visit(), false);
  await screen.findByRole("heading", { name: "Customer" });
  expect(server.calls.some(({ name }) => name.endsWith("/visit"))).toBe(false);
});
