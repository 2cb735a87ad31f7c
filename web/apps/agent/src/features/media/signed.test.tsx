import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { media } from "../../../test/factory";
import { refusal, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { current, expiry, fresher, holds, renew, useSigned } from "./signed";

const ends = (seconds: number) => `/media/a/original/a.jpg?expires=${seconds}&signature=s`;
const soon = Math.floor(Date.now() / 1000) + 10;
const later = Math.floor(Date.now() / 1000) + 3_600;

let server: TestServer;
beforeEach(async () => {
  server = await signIn();
});
afterEach(signOut);

describe("a signed address", () => {
  it("says when it ends", () => {
    expect(expiry(ends(1_700_000_000))).toBe(1_700_000_000_000);
    expect(expiry("/media/a")).toBeNull();
    expect(expiry(null)).toBeNull();
  });
  it("counts as ended a little before it does", () => {
    const file = media({ id: "a", url: ends(1_000) });
    expect(holds(file, 900_000)).toBe(true);
    expect(holds(file, 980_000)).toBe(false);
    expect(holds(media({ id: "a", url: null, thumbnail_url: null }), 0)).toBe(true);
  });
  it("is the one that lives longer, and none where the file is not ready", () => {
    const old = media({ id: "a", url: ends(1_000) });
    const young = media({ id: "a", url: ends(2_000) });
    expect(fresher(old, young)).toBe(young);
    expect(fresher(young, old)).toBe(young);
    const blocked = media({ id: "a", state: "blocked", url: null });
    expect(fresher(blocked, young)).toBe(blocked);
  });
});

it("is asked for once by all who need it, and only where it has ended", async () => {
  const file = media({ id: "once", url: ends(soon) });
  server.on("GET /media/once/link", { body: { ...file, url: ends(later) } });
  const [one, two] = await Promise.all([current(file), current(file)]);
  expect([one.url, two.url]).toEqual([ends(later), ends(later)]);
  expect((await current(file)).url).toBe(ends(later));
  expect(server.bodies("GET /media/once/link")).toHaveLength(1);
});

function Picture({ file }: { file: ReturnType<typeof media> }) {
  const { media: now, broken, lost, again } = useSigned(file);
  if (broken) {
    return (
      <button type="button" onClick={again}>
        broken
      </button>
    );
  }
  return now.url ? <img alt="it" src={now.url} onError={lost} /> : <p>none</p>;
}

describe("a picture", () => {
  it("does not try an address that has ended", async () => {
    const file = media({ id: "old", url: ends(soon) });
    server.on("GET /media/old/link", { body: { ...file, url: ends(later) } });
    show(<Picture file={file} />);
    expect(screen.getByText("none")).toBeTruthy();
    expect((await screen.findByAltText("it")).getAttribute("src")).toBe(ends(later));
  });

  it("that does not load is asked for again once, then it says so and can be tried", async () => {
    const file = media({ id: "gone", url: ends(later) });
    server.on("GET /media/gone/link", { body: { ...file, url: ends(later + 60) } });
    show(<Picture file={file} />);
    fireEvent.error(screen.getByAltText("it"));
    await waitFor(() => expect(screen.getByAltText("it").getAttribute("src")).toBe(ends(later + 60)));
    fireEvent.error(screen.getByAltText("it"));
    fireEvent.click(await screen.findByText("broken"));
    expect(await screen.findByAltText("it")).toBeTruthy();
    expect(server.bodies("GET /media/gone/link")).toHaveLength(2);
  });

  it("is loaded again where its address stays the same", async () => {
    const file = media({ id: "same", url: ends(later) });
    server.on("GET /media/same/link", { body: file });
    show(<Picture file={file} />);
    const first = screen.getByAltText("it");
    fireEvent.error(first);
    await waitFor(() => expect(screen.queryByAltText("it")).not.toBe(first));
    // A new element: the same one would not try the same address a second time.
    expect((await screen.findByAltText("it")).getAttribute("src")).toBe(ends(later));
  });

  it("that nobody may see any more is broken, without asking for ever", async () => {
    const file = media({ id: "no", url: ends(soon) });
    server.on("GET /media/no/link", refusal(404, "not_found", "Gone."));
    show(<Picture file={file} />);
    expect(await screen.findByText("broken")).toBeTruthy();
    await expect(renew("no")).rejects.toThrow();
  });
});
