import { fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { violations } from "../../../../../packages/ui/src/axe";
import { LinkBox } from "./link-box";

const link = { url: "https://max.test/welcome#secret", expires_at: "2026-12-02T09:00:00Z", emailed: false };
const clipboard = (writeText: (text: string) => Promise<void>) =>
  vi.stubGlobal("navigator", { clipboard: { writeText } });
afterEach(() => vi.unstubAllGlobals());

it("shows the link once to copy, and says whether it was e-mailed", async () => {
  const write = vi.fn(async () => {});
  clipboard(write);
  const { container, rerender } = render(<LinkBox link={link} kind="invite" email="a@x.test" />);
  expect(await violations(container)).toEqual([]);
  expect(screen.getByText(/Not e-mailed/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Copy link" }));
  expect(await screen.findByRole("button", { name: "Copied" })).toBeTruthy();
  expect(write).toHaveBeenCalledWith(link.url);
  rerender(<LinkBox link={{ ...link, emailed: true }} kind="invite" email="a@x.test" />);
  expect(screen.getByText("Also e-mailed to a@x.test.")).toBeTruthy();
});

it("says so when the browser will not copy", async () => {
  clipboard(() => Promise.reject(new Error("no")));
  render(<LinkBox link={link} kind="reset" email="a@x.test" />);
  fireEvent.click(screen.getByRole("button", { name: "Copy link" }));
  expect(await screen.findByText(/Copying did not work/)).toBeTruthy();
});
