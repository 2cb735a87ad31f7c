import type { HeldMessage } from "@max/api";
import { fireEvent, render, screen } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, it, vi } from "vitest";
import { me, message, reply } from "../../../test/factory";
import { faults } from "../../../test/server";
import type { Pending } from "../composer/pending";
import { EventLine, MessageBubble, PendingBubble } from "./bubble";
import { HeldBubble } from "./held-bubble";
import { NoteBlock } from "./note";

const actions = { quote: vi.fn(), resolve: vi.fn(), jump: vi.fn() };
const draw = (m: ReturnType<typeof message>) =>
  render(
    <MessageBubble message={m} first meta meId={me.id} quotedName={null} busy={false} rise={false} actions={actions} />,
  );

describe("a message", () => {
  it.each([
    ["queued", "Sending"],
    ["sent", "Sent"],
    ["delivered", "Delivered"],
    ["read", "Read"],
  ] as const)("that is %s says so", (status, name) => {
    draw(reply({ seq: 1, status }));
    expect(screen.getByRole("img", { name })).toBeTruthy();
  });

  it("that failed gives the reason and another try", () => {
    const m = reply({
      seq: 1,
      status: "failed",
      error: { code: "131026", message: "the customer is not on WhatsApp", detail: null },
    });
    draw(m);
    expect(screen.getByText("Not delivered: the customer is not on WhatsApp")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Retry" }));
    expect(actions.resolve).toHaveBeenCalledWith(m, "retry");
  });

  it("that is unconfirmed asks what became of it", () => {
    const m = reply({ seq: 1, status: "unconfirmed" });
    draw(m);
    fireEvent.click(screen.getByRole("button", { name: "It arrived" }));
    expect(actions.resolve).toHaveBeenLastCalledWith(m, "confirm");
    fireEvent.click(screen.getByRole("button", { name: "Send again" }));
    expect(actions.resolve).toHaveBeenLastCalledWith(m, "retry");
  });

  it("makes links of web addresses and of nothing else", () => {
    const text = "see https://example.com/a?b=1. or javascript:alert(1)";
    draw(message({ seq: 1, text, content: { type: "text", text }, preview: text }));
    const links = screen.getAllByRole("link");
    expect(links.map((a) => a.getAttribute("href"))).toEqual(["https://example.com/a?b=1"]);
    expect(links[0]?.getAttribute("rel")).toContain("noopener");
  });

  it("with a place never links to anything but the web", async () => {
    draw(
      message({
        seq: 1,
        content: { type: "location", latitude: 1, longitude: 2, url: "javascript:alert(1)" },
        preview: "Location",
      }),
    );
    expect(await screen.findByText("1.00000, 2.00000")).toBeTruthy();
    const links = screen.getAllByRole("link").map((link) => link.getAttribute("href"));
    expect(links).toEqual(["https://www.openstreetmap.org/?mlat=1&mlon=2#map=16/1/2"]);
  });

  it("quotes what it answers, also when that is gone", () => {
    draw(message({ seq: 2, reply_to: { id: null, preview: null } }));
    expect(screen.getByText("Original message is not available")).toBeTruthy();
  });

  it.each([
    [
      { type: "media", kind: "image", caption: "broken part", mime_type: "image/jpeg" },
      ["Photo", "JPEG", "broken part"],
    ],
    [{ type: "media", kind: "audio", voice: true }, ["Voice message"]],
    [{ type: "media", kind: "document", filename: "letter.pdf", mime_type: "application/pdf" }, ["letter.pdf", "PDF"]],
    [{ type: "contacts", contacts: [{ name: "Ana", phones: ["+1555"], emails: [] }] }, ["Ana", "+1555"]],
    [{ type: "choice", kind: "button", title: "Yes" }, ["Pressed a button", "Yes"]],
    [{ type: "order", items: [{ product_id: "sku-1", quantity: 2 }] }, ["Order · 1 item", /2 × sku-1/]],
    [{ type: "unsupported", detail: "a poll" }, ["a poll"]],
  ] as const)("of kind %# shows what is known of it", async (content, words) => {
    draw(message({ seq: 1, content: content as unknown as ReturnType<typeof message>["content"], preview: "preview" }));
    for (const word of words) expect(await screen.findByText(word)).toBeTruthy();
  });
});

describe("a message on its way", () => {
  const pending: Pending = {
    clientId: "x",
    conversationId: "c1",
    kind: "reply",
    text: "Talk soon",
    quote: null,
    createdAt: Date.now(),
    state: "sending",
    refusal: null,
    tries: 0,
    options: {},
  };
  const undo = vi.fn();
  const show = (part: Partial<Pending>, online = true) =>
    render(
      <PendingBubble
        pending={{ ...pending, ...part }}
        first
        online={online}
        retry={() => {}}
        edit={() => {}}
        undo={undo}
      />,
    );

  it.each([
    [{ state: "sending" }, true, "Sending"],
    [{ state: "queued" }, true, "Sending"],
    [{ state: "queued" }, false, "Queued, sends when you are online"],
    [{ state: "waiting" }, true, "Waiting for MAX, trying again"],
  ] as const)("says what it waits for %#", (part, online, words) => {
    show(part, online);
    expect(screen.getByText(words)).toBeTruthy();
  });

  it("that is held can be taken back from the first moment", () => {
    show({ createdAt: Date.now(), options: { hold: 5 } });
    expect(screen.getByText("Sending in 5s")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    expect(undo).toHaveBeenCalledWith(expect.objectContaining({ clientId: "x" }));
  });

  it("that was written past something new says who spoke", () => {
    show({ state: "refused", refusal: { code: "stale_view", detail: "", winner: "Devon Kim", seq: 9 } });
    expect(screen.getByText("Not sent: Devon Kim wrote just now")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Send anyway" })).toBeTruthy();
  });

  it("that was refused keeps its words and offers to mend them", () => {
    show({ state: "refused", refusal: { code: "conversation_taken", detail: "", winner: "Devon Kim" } });
    expect(screen.getByText("Talk soon")).toBeTruthy();
    expect(screen.getByText("Not sent: Devon Kim took this conversation")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Edit" })).toBeTruthy();
  });
});

describe("a message that is held", () => {
  const held = (part: Partial<HeldMessage> = {}): HeldMessage => ({
    ...reply({ seq: 1 }),
    seq: null,
    status: "held",
    created_at: new Date().toISOString(),
    release_at: new Date(Date.now() + 4_000).toISOString(),
    ...part,
  });

  it("counts down and can be taken back, also before the server has it", () => {
    render(<HeldBubble message={held()} first />);
    expect(screen.getByText("Sending in 4s")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Undo" })).toBeTruthy();
  });

  it("cannot be taken back once its time is up", () => {
    render(<HeldBubble message={held({ release_at: new Date(Date.now() - 1).toISOString() })} first />);
    expect(screen.getByText("Sending")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });

  it("says when it goes, where it was given a time", () => {
    render(<HeldBubble message={held({ release_at: "2030-11-29T09:00:00Z" })} first />);
    expect(screen.getByText(/^Sends Fri/)).toBeTruthy();
    for (const name of ["Send now", "Edit", "Take back"]) expect(screen.getByRole("button", { name })).toBeTruthy();
  });

  it("says why it could not go and what can be done", async () => {
    const error = { code: "window_closed", message: "the reply window is closed", detail: null };
    const { container } = render(<HeldBubble message={held({ status: "failed", error })} first />);
    expect(screen.getByText("Not sent: the reply window is closed")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Send anyway" })).toBeTruthy();
    expect(await faults(container)).toEqual([]);
  });
});

describe("a note", () => {
  const note = (text: string, part = {}) =>
    render(
      <NoteBlock message={message({ seq: 8, kind: "note", text, ...part })} reader={me} rise={false} pin={() => {}} />,
    );

  it("shows who is mentioned, and marks it for those who are meant", () => {
    const text = `Ask @[Leila Moreno](user:${me.id}) or @[Sofia](user:u2) at https://example.com`;
    const { container } = note(text, { mentions: [{ type: "user", id: me.id, name: me.name }] });
    expect([...container.querySelectorAll("[data-mention]")].map((chip) => chip.textContent)).toEqual([
      "@Leila Moreno",
      "@Sofia",
    ]);
    expect(container.querySelector("[data-mentions-me]")).toBeTruthy();
    expect(screen.getByRole("link", { name: "https://example.com" })).toBeTruthy();
  });

  it("says that it is pinned and offers to undo that", async () => {
    const { container } = note("words", { pinned: true });
    expect(screen.getByText("Pinned")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Unpin this note" })).toBeTruthy();
    expect(await faults(container)).toEqual([]);
  });
});

it("has no accessibility faults in any state", async () => {
  const { container } = render(
    <div role="log">
      {(["queued", "sent", "read", "failed", "unconfirmed"] as const).map((status, i) => (
        <MessageBubble
          key={status}
          message={reply({ seq: i + 1, status })}
          first
          meta
          meId={me.id}
          quotedName={null}
          busy={false}
          rise={false}
          actions={actions}
        />
      ))}
      <NoteBlock message={message({ seq: 8, kind: "note" })} reader={me} rise={false} />
      <EventLine message={message({ seq: 9, content: { type: "reaction", to: "x", emoji: "👍" } })} />
    </div>,
  );
  const { violations } = await axe.run(container, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(violations.map((v) => v.id)).toEqual([]);
});
