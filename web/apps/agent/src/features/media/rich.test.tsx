import type { Message } from "@max/api";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at, media, mediaMessage, message } from "../../../test/factory";
import { faults, refusal, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { frame } from "./pictures";
import { beginning, fields, Rich } from "./rich";

const user = userEvent.setup();
let server: TestServer;
beforeEach(async () => {
  server = await signIn();
});
afterEach(signOut);

const draw = (one: Message, album?: Message[]) => show(<Rich message={one} album={album} />);
const words = (text: string, part: Partial<Message> = {}) =>
  message({ seq: 1, content: { type: "text", text }, text, ...part });

describe("a file", () => {
  it("that is still arriving has its place, and the place has its size", async () => {
    const { container } = draw(mediaMessage(1, media({ id: "a", state: "pending", url: null, thumbnail_url: null })));
    expect(screen.getByRole("img", { name: "Photo, Still arriving" })).toBeTruthy();
    expect(frame({ width: 3000, height: 2000 })).toEqual({ width: 300, aspectRatio: "300 / 200" });
    expect(frame({ width: 200, height: 4000 }).width).toBe(140);
    expect(frame({ width: null, height: null }).width).toBe(240);
    expect(await faults(container)).toEqual([]);
  });

  it("that could not be fetched says why and is tried again", async () => {
    server.on("POST /media/a/fetch", { status: 202, body: {} });
    const error = { code: "expired", message: "WhatsApp no longer has this file." };
    draw(mediaMessage(1, media({ id: "a", state: "failed", error, name: "id.jpg", url: null, thumbnail_url: null })));
    expect(screen.getByText("WhatsApp no longer has this file.")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(server.bodies("POST /media/a/fetch")).toHaveLength(1));
    expect(screen.getByTestId("media-pending").textContent).toContain("Trying again");
  });

  it("whose next try is refused can be tried once more", async () => {
    server.on("POST /media/a/fetch", refusal(409, "conflict", "It is gone for good."));
    draw(mediaMessage(1, media({ id: "a", kind: "document", state: "failed", url: null, thumbnail_url: null })));
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect((await screen.findByRole("alert")).textContent).toContain("It is gone for good.");
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
  });

  it("that was blocked says so and offers nothing", async () => {
    const file = media({ id: "a", kind: "document", state: "blocked", name: "x\u202egpj.exe", url: null });
    const { container } = draw(mediaMessage(1, file));
    expect(screen.getByText("Blocked by scan")).toBeTruthy();
    expect(screen.getByText("xgpj.exe")).toBeTruthy();
    expect(within(screen.getByTestId("media-blocked")).queryByRole("button")).toBeNull();
    expect(await faults(container)).toEqual([]);
  });

  it("to save has its name, size and kind", async () => {
    const file = media({ id: "a", kind: "document", name: "letter.pdf", mime_type: "application/pdf", size: 184_320 });
    const { container } = draw(mediaMessage(1, file));
    const button = screen.getByRole("button", { name: "Download letter.pdf" });
    expect(button.textContent).toContain("180 kB");
    expect(button.textContent).toContain("PDF");
    expect(await faults(container)).toEqual([]);
  });

  it("that came before files were kept is told of", () => {
    draw(mediaMessage(1, media({ id: "a", kind: "document" }), { attachments: [] }));
    expect(screen.getByText("Document")).toBeTruthy();
  });
});

describe("photos together", () => {
  const album = Array.from({ length: 6 }, (_, i) => mediaMessage(i + 1, media({ id: `f${i}` })));
  it("are four tiles and how many more, each with a place a quote leads to", async () => {
    const { container } = draw(album[5] as Message, album);
    const group = screen.getByRole("group", { name: "6 photos" });
    expect(within(group).getAllByRole("button")).toHaveLength(4);
    expect(within(group).getByRole("button", { name: "Open photo.jpg, 2 more photos" })).toBeTruthy();
    for (const { id } of album) expect(container.querySelector(`[data-message-id="${id}"]`)).toBeTruthy();
    expect(await faults(container)).toEqual([]);
  });
  it("nothing of them is loaded from elsewhere", () => {
    const { container } = draw(album[5] as Message, album);
    for (const img of container.querySelectorAll("img")) expect(img.getAttribute("src")).toMatch(/^\/media\//);
  });
});

describe("a message", () => {
  it("that was taken back shows that, and nothing of what it said", async () => {
    const { container } = draw(words("secret", { revoked_at: at(2) }));
    expect(screen.getByText("Amara Okafor deleted this message")).toBeTruthy();
    expect(container.textContent).not.toContain("secret");
  });

  it("that was edited says so and shows what it said before on demand", async () => {
    const { container } = draw(words("14 Park Lane", { edited_at: at(2), original_text: "41 Park Lane" }));
    expect(screen.getByText("Edited")).toBeTruthy();
    expect(screen.queryByText("41 Park Lane")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Show what it said before" }));
    expect(screen.getByText("41 Park Lane")).toBeTruthy();
    expect(await faults(container)).toEqual([]);
  });

  it("that was forwarded, or came from an advertisement, says so; what it links to is a web page", async () => {
    const referral = { source_type: "ad", headline: "Autumn", source_url: "javascript:alert(1)" };
    const { container } = draw(words("Hello", { forwarded: true, referral }));
    expect(screen.getByText("Forwarded")).toBeTruthy();
    expect(screen.getByText("Came from an advertisement")).toBeTruthy();
    expect(screen.queryByRole("link")).toBeNull();
    expect(await faults(container)).toEqual([]);
  });

  it("that is long shows its beginning", async () => {
    draw(words(`${"word ".repeat(500)}end`));
    expect(screen.queryByText(/end$/)).toBeNull();
    await user.click(screen.getByRole("button", { name: "Show all" }));
    expect(screen.getByText(/end$/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Show less" }));
    expect(screen.queryByText(/end$/)).toBeNull();
  });

  it("is cut between words and never inside a character", () => {
    expect(beginning("word ".repeat(400))).toMatch(/word$/);
    expect(beginning(`${"x".repeat(999)}😀${"x".repeat(900)}`)).toBe("x".repeat(999));
  });

  it("runs in its own direction", () => {
    draw(words("שלום https://example.com/a", { forwarded: true }));
    expect(screen.getByText(/שלום/).getAttribute("dir")).toBe("auto");
  });
});

describe("a form", () => {
  it("loses what only its builder put around the names", () => {
    const form = {
      flow_token: "t",
      screen_0_First_name_1: "Ana",
      agreed: true,
      topics: ["a", "b"],
      empty: "",
      deep: {},
    };
    expect(fields(form)).toEqual([
      ["First name", "Ana"],
      ["Agreed", "Yes"],
      ["Topics", "a, b"],
      ["Deep", "{}"],
    ]);
    expect(fields("nothing")).toEqual([]);
    expect(fields(null)).toEqual([]);
  });
  it("shows its first answers, and the rest on demand", async () => {
    const form = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`Question ${i}x`, `answer ${i}`]));
    const { container } = draw(message({ seq: 1, content: { type: "choice", kind: "form", title: "Call", form } }));
    expect(screen.queryByText("answer 10")).toBeNull();
    await user.click(screen.getByRole("button", { name: "3 more answers" }));
    expect(screen.getByText("answer 10")).toBeTruthy();
    expect(await faults(container)).toEqual([]);
  });
});

it("an order is added up where that can be done", () => {
  const items = [
    { product_id: "a", quantity: 2, price: 4.5, currency: "GBP" },
    { product_id: "b", quantity: 1, price: 12, currency: "GBP" },
  ];
  draw(message({ seq: 1, content: { type: "order", items } }));
  expect(screen.getByText("Total").parentElement?.textContent).toContain("21.00");
});

describe("a question of ours", () => {
  const rows = [{ id: "r", title: "Late", description: "It is not here" }];
  it("with buttons stands as the customer sees it, and nothing can be pressed", async () => {
    const [yes, no] = [
      { id: "y", title: "Yes" },
      { id: "n", title: "No" },
    ];
    const content = { type: "buttons" as const, text: "Really?", header: "Order", footer: "Max", buttons: [yes, no] };
    const { container } = draw(message({ seq: 1, direction: "out", content }));
    expect(container.textContent).toContain("OrderReally?MaxYesNo");
    const buttons = within(screen.getByRole("list", { name: "Buttons the customer sees" }));
    expect(buttons.getAllByRole("listitem")).toHaveLength(2);
    expect(buttons.queryByRole("button")).toBeNull();
    expect(await faults(container)).toEqual([]);
  });

  it("with a list opens on demand", async () => {
    const content = { type: "list" as const, text: "Which?", button: "Choose", sections: [{ title: "Orders", rows }] };
    const { container } = draw(message({ seq: 1, direction: "out", content }));
    const button = screen.getByRole("button", { name: "Show what “Choose” opens", expanded: false });
    expect(screen.queryByRole("listitem")).toBeNull();
    await user.click(button);
    expect(screen.getByRole("listitem").textContent).toBe("LateIt is not here");
    expect(await faults(container)).toEqual([]);
  });
});

it("a template shows the file that it begins with", async () => {
  const content = {
    type: "template" as const,
    name: "plan",
    language: "en",
    header_file: "image" as const,
    body: "Look",
  };
  const { container } = draw(message({ seq: 1, direction: "out", content, attachments: [media({ id: "a" })] }));
  expect(screen.getByRole("button", { name: "Open photo.jpg" })).toBeTruthy();
  expect(container.textContent).toContain("Look");
});

it("other kinds have no faults", async () => {
  const contents = [
    { type: "location", latitude: 1, longitude: 2, name: "Here", url: "https://example.com" },
    { type: "contacts", contacts: [{ name: "Ana", phones: ["+1555"], emails: ["a@x.test"] }] },
    { type: "choice", kind: "list", title: "Pickup", description: "today" },
    { type: "unsupported", kind: "poll", detail: "a poll" },
  ] as const;
  const { container } = show(
    contents.map((content) => (
      <Rich key={content.type} message={message({ seq: 1, content: content as unknown as Message["content"] })} />
    )),
  );
  expect(await faults(container)).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Copy +1555" }));
  expect(await screen.findByText("Copied")).toBeTruthy();
});
