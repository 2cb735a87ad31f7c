import type { Conversation } from "@max/api";
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { conversation, me, media, reply } from "../../../test/factory";
import { faults, refusal, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { type FakeXhr, fakeXhr } from "../../../test/xhr";
import { live } from "../../app/live";
import { Composer } from "../composer/composer";
import { setDraft } from "../composer/drafts";
import { bringBack } from "../composer/held";
import { setHold } from "../composer/prefs";
import { useAttachments } from "./store";

const user = userEvent.setup();
const C = "/conversations/c1";
const MB = 1024 * 1024;
const open: Conversation = conversation({ window_expires_at: new Date(Date.now() + 86_400_000).toISOString() });

let server: TestServer;
let xhr: typeof FakeXhr;
beforeEach(async () => {
  xhr = fakeXhr();
  setHold(0);
  let seq = 10;
  server = (await signIn())
    .on(`GET ${C}/drafts`, { body: { reply: null, note: null } })
    .on(`PUT ${C}/draft`, { body: { updated_at: new Date().toISOString() } })
    .on(`GET ${C}/held`, { body: { items: [] } })
    .on("GET /channels/ch/capabilities", {
      body: {
        media: {
          image: { mime_types: ["image/jpeg"], max_bytes: 5 * MB, caption_chars: 1024 },
          document: { mime_types: ["application/pdf"], max_bytes: 100 * MB, caption_chars: 1024 },
        },
      },
    })
    .on(`POST ${C}/messages`, ({ body }) => {
      const { client_id } = body as { client_id: string };
      seq += 1;
      return { status: 201, body: reply({ seq, client_id }) };
    });
});
afterEach(signOut);

const draw = async (c: Conversation = open) => {
  const view = show(
    <section aria-label="Conversation">
      <Composer conversation={c} me={me} />
    </section>,
  );
  await screen.findByTestId("attach-input");
  // Names of limits are there with the answer.
  await waitFor(() => expect(server.calls.some(({ path }) => path.endsWith("/capabilities"))).toBe(true));
  return view;
};
const pick = (...names: string[]) => {
  const files = names.map(
    (name) => new File(["x"], name, { type: name.endsWith("pdf") ? "application/pdf" : "image/png" }),
  );
  return user.upload(screen.getByTestId("attach-input"), files);
};
const chip = (name: string) =>
  screen.getAllByTestId("chip").find((one) => one.textContent?.includes(name)) as HTMLElement;
const send = () => screen.getByTestId("composer-send");
const sent = () => server.bodies(`POST ${C}/messages`);
const upload = async (at: number) => {
  await waitFor(() => expect(xhr.all.length).toBeGreaterThan(at));
  return xhr.all[at] as FakeXhr;
};
const ready = async (at: number, id: string, part = {}) => {
  const one = await upload(at);
  await act(async () => one.answer(201, { ...media({ id, name: one.file }), unfit: null, offers: [], ...part }));
};

describe("files beside a reply", () => {
  it("go to the server at once with how far they are, and sending waits and says why", async () => {
    await draw();
    await pick("photo.jpg", "letter.pdf");
    await user.type(screen.getByTestId("composer-text"), "Here you are");
    const first = await upload(0);
    expect(first.address).toBe("/api/v1/media");
    expect(first.headers.authorization).toBe("Bearer t");
    expect([...first.body.keys()]).toEqual(["conversation_id", "file"]);
    act(() => first.progress(0.4));
    expect(within(chip("photo.jpg")).getByRole("progressbar").getAttribute("aria-valuenow")).toBe("40");
    expect(send().getAttribute("aria-description")).toBe("Wait until 2 files are uploaded");
    expect(await faults()).toEqual([]);
    await user.keyboard("{Enter}");
    expect(sent()).toEqual([]);
    expect((await screen.findByRole("alert")).textContent).toContain("Wait until 2 files are uploaded");

    await ready(0, "f1");
    expect(send().getAttribute("aria-description")).toBe("Wait until letter.pdf is uploaded");
    await ready(1, "f2", { kind: "document" });
    expect(send().getAttribute("aria-description")).toBeNull();
    await user.click(screen.getByTestId("composer-text"));
    await user.keyboard("{Enter}");
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(sent()).toMatchObject([{ text: "Here you are", media_ids: ["f1"] }, { media_ids: ["f2"] }]);
    expect(sent()[1]).not.toHaveProperty("text");
    expect(screen.queryByTestId("chip")).toBeNull();
  });

  it("are enough without words", async () => {
    await draw();
    expect(send().getAttribute("aria-description")).toBe("Write something first");
    await pick("photo.jpg");
    await ready(0, "f1");
    await user.click(send());
    await waitFor(() => expect(sent()).toMatchObject([{ media_ids: ["f1"] }]));
  });

  it("close the conversation with the last of them, and quote with the first", async () => {
    setDraft("c1", { quote: { id: "m1", name: "Amara", preview: "?" } });
    await draw();
    await pick("a.jpg", "b.jpg");
    await ready(0, "f1");
    await ready(1, "f2");
    const { sendFiles } = await import("./send");
    act(() =>
      sendFiles(
        { conversationId: "c1", channelId: "ch", kind: "reply" },
        "",
        { id: "m1", name: "Amara", preview: "?" },
        { thenClose: { reason: "r1" } },
      ),
    );
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(sent()[0]).toMatchObject({ reply_to: "m1" });
    expect(sent()[0]).not.toHaveProperty("then_close");
    expect(sent()[1]).toMatchObject({ then_close: { reason: "r1" } });
    expect(sent()[1]).not.toHaveProperty("reply_to");
  });

  it("have captions of their own, but for the one that gets the words", async () => {
    await draw();
    await pick("a.jpg", "b.jpg");
    await ready(0, "f1");
    await ready(1, "f2");
    expect(within(chip("a.jpg")).getByText("Your message is its caption")).toBeTruthy();
    await user.type(screen.getByRole("textbox", { name: "Caption of b.jpg" }), "the back");
    await user.type(screen.getByTestId("composer-text"), "the front{Enter}");
    await waitFor(() => expect(sent()).toMatchObject([{ text: "the front" }, { text: "the back" }]));
  });

  it("are stopped and taken out, with what the server has of them", async () => {
    server.on("DELETE /media/f2", { status: 204 });
    await draw();
    await pick("a.jpg", "b.jpg");
    const first = await upload(0);
    await user.click(screen.getByRole("button", { name: "Stop uploading a.jpg" }));
    expect(first.aborted).toBe(true);
    await ready(1, "f2");
    await waitFor(() => expect(chip("b.jpg").dataset.state).toBe("ready"));
    await user.click(screen.getByRole("button", { name: "Remove b.jpg" }));
    await waitFor(() => expect(server.bodies("DELETE /media/f2")).toHaveLength(1));
    expect(screen.queryByTestId("chip")).toBeNull();
    expect(document.activeElement).toBe(screen.getByTestId("composer-text"));
  });

  it("say why they did not arrive and are tried again", async () => {
    await draw();
    await pick("a.jpg");
    const first = await upload(0);
    await act(async () => first.fail());
    expect(within(chip("a.jpg")).getByText("MAX did not answer.")).toBeTruthy();
    expect(send().getAttribute("aria-description")).toBe("a.jpg was not uploaded. Try it again or remove it.");
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Upload a.jpg again" }));
    await ready(1, "f1");
    await waitFor(() => expect(chip("a.jpg").dataset.state).toBe("ready"));
  });

  it("that cannot be taken at all are said so, without another try", async () => {
    await draw();
    await pick("a.jpg");
    const first = await upload(0);
    await act(async () => first.answer(413, { code: "too_large", detail: "Files may have 100 MB." }));
    expect(within(chip("a.jpg")).getByText("Files may have 100 MB.")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Upload a.jpg again" })).toBeNull();
  });

  it("that a scan stopped cannot be sent", async () => {
    await draw();
    await pick("a.pdf");
    await ready(0, "f1", { kind: "document", state: "blocked", url: null });
    expect(await screen.findByText("Blocked by scan")).toBeTruthy();
    expect(send().getAttribute("aria-disabled")).toBe("true");
  });

  it("that do not fit are sent in the way that was chosen", async () => {
    server
      .on("POST /media/f1/convert", { body: media({ id: "f9", name: "a.jpg" }) })
      .on("DELETE /media/f1", { status: 204 });
    await draw();
    await pick("a.heic");
    const why = "WhatsApp does not show HEIC files.";
    await ready(0, "f1", {
      unfit: why,
      offers: [
        { to: "jpeg", why: "As a picture." },
        { to: "document", why: "As a file." },
      ],
    });
    expect(await screen.findByText(why)).toBeTruthy();
    expect(send().getAttribute("aria-description")).toBe("Choose how to send a.heic");
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Convert to JPEG" }));
    await waitFor(() => expect(server.bodies("POST /media/f1/convert")).toEqual([{ to: "jpeg", channel_id: "ch" }]));
    await waitFor(() => expect(send().getAttribute("aria-description")).toBeNull());
    await user.click(send());
    await waitFor(() => expect(sent()).toMatchObject([{ media_ids: ["f9"] }]));
  });

  it("that nothing can be made of are told before anything is sent, and go", async () => {
    server.on("DELETE /media/f1", { status: 204 });
    await draw();
    await pick("a.zip");
    await ready(0, "f1", { kind: "document", unfit: "WhatsApp takes no archives." });
    expect(await screen.findByText("WhatsApp takes no archives.")).toBeTruthy();
    expect(screen.queryByTestId("chip-retry")).toBeNull();
    expect(send().getAttribute("aria-description")).toBe("a.zip cannot be sent. Remove it.");
    expect(await faults()).toEqual([]);
    await user.click(screen.getByTestId("chip-remove"));
    expect(screen.queryByTestId("chip")).toBeNull();
    expect(sent()).toEqual([]);
  });

  it("whose conversion fails can be chosen again", async () => {
    server.on("POST /media/f1/convert", refusal(422, "invalid", "It cannot be read."));
    await draw();
    await pick("a.heic");
    await ready(0, "f1", { unfit: "No HEIC.", offers: [{ to: "jpeg", why: "As a picture." }] });
    await user.click(await screen.findByRole("button", { name: "Convert to JPEG" }));
    expect((await screen.findByRole("alert")).textContent).toContain("It cannot be read.");
    expect(screen.getByRole("button", { name: "Convert to JPEG" })).toBeTruthy();
  });

  it("come back into the composer with the words when a send is taken back or refused", async () => {
    server.on(
      `POST ${C}/messages`,
      refusal(422, "invalid", "No.", { fields: [{ field: "media_ids", message: "Too large." }] }),
    );
    await draw();
    await pick("a.jpg");
    await ready(0, "f1");
    await user.type(screen.getByTestId("composer-text"), "Look{Enter}");
    await waitFor(() => expect(live()).toBeTruthy());
    const { useOutbox } = await import("../composer/pending");
    await waitFor(() => expect(useOutbox.getState().items.c1?.[0]?.refusal?.detail).toBe("Too large."));
    const pending = useOutbox.getState().items.c1?.[0];
    act(() => {
      if (pending) bringBack(pending);
    });
    expect(screen.getByTestId<HTMLTextAreaElement>("composer-text").value).toBe("Look");
    expect(await screen.findByTestId("chip")).toBeTruthy();
  });
});

describe("files come in", () => {
  const data = (files: File[], types = ["Files"]) => ({
    types,
    files,
    items: files.map((file) => ({ kind: "file", getAsFile: () => file })),
    dropEffect: "none",
  });
  const pdf = new File(["x"], "a.pdf", { type: "application/pdf" });

  it("by dropping them anywhere on the conversation, with the limits in sight", async () => {
    await draw();
    const section = screen.getByRole("region", { name: "Conversation" });
    fireEvent.dragOver(section, { dataTransfer: data([pdf]) });
    const zone = await screen.findByTestId("drop-zone");
    await waitFor(() => expect(zone.textContent).toContain("Photos up to 5 MB · documents up to 100 MB"));
    fireEvent.drop(section, { dataTransfer: data([pdf]) });
    expect(screen.queryByTestId("drop-zone")).toBeNull();
    expect((await upload(0)).file).toBe("a.pdf");
  });

  it("by pasting, unless there are words to paste", async () => {
    await draw();
    const field = screen.getByTestId("composer-text");
    fireEvent.paste(field, { clipboardData: data([pdf], ["Files", "text/plain"]) });
    expect(screen.queryByTestId("chip")).toBeNull();
    fireEvent.paste(field, { clipboardData: data([pdf]) });
    expect(await screen.findByTestId("chip")).toBeTruthy();
  });

  it("but not where the window has closed, nor beside the conversation, and the page stays", async () => {
    await draw({ ...open, window_expires_at: new Date(Date.now() - 1_000).toISOString() });
    const section = screen.getByRole("region", { name: "Conversation" });
    fireEvent.dragOver(section, { dataTransfer: data([pdf]) });
    expect((await screen.findByTestId("drop-zone")).textContent).toContain("Replies are closed here");
    expect(fireEvent.drop(section, { dataTransfer: data([pdf]) })).toBe(false);
    expect(fireEvent.drop(document.body, { dataTransfer: data([pdf]) })).toBe(false);
    expect(useAttachments.getState()).toEqual({});
  });

  it("not more than can be looked through, and nothing empty", async () => {
    await draw();
    const many = Array.from({ length: 22 }, (_, i) => new File(["x"], `${i}.pdf`, { type: "application/pdf" }));
    await user.upload(screen.getByTestId("attach-input"), many);
    expect(screen.getAllByTestId("chip")).toHaveLength(10);
    expect((await screen.findByRole("alert")).textContent).toContain("At most 10 files at once");
    // Two at a time; the others wait.
    await waitFor(() => expect(xhr.all).toHaveLength(2));
  });
});

describe("files beside a note", () => {
  it("go as one note, by no limits of the channel, and stay apart from those of the reply", async () => {
    setDraft("c1", { mode: "note" });
    await draw();
    await pick("a.jpg", "b.pdf");
    const first = await upload(0);
    expect([...first.body.keys()]).toEqual(["file"]);
    await ready(0, "f1");
    await ready(1, "f2", { kind: "document" });
    expect(screen.queryByRole("textbox", { name: /Caption/ })).toBeNull();
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("tab", { name: "Reply" }));
    expect(screen.queryByTestId("chip")).toBeNull();
    await user.click(screen.getByRole("tab", { name: "Note" }));
    await user.click(send());
    await waitFor(() => expect(sent()).toMatchObject([{ kind: "note", media_ids: ["f1", "f2"] }]));
  });
});

it("a canned response brings its files", async () => {
  const file = media({ id: "f5", kind: "document", name: "form.pdf" });
  const canned = { id: "k1", shortcut: "form", title: "Form", text: "The form", scope: "global", team_id: null };
  server
    .on("GET /canned", { body: { items: [{ ...canned, owner_id: null, uses: 1, attachments: [file] }] } })
    .on(`POST ${C}/canned/k1/use`, { body: { text: "The form", unfilled: [], attachments: [{ ...file, id: "f6" }] } });
  await draw();
  await user.type(screen.getByTestId("composer-text"), "/form");
  expect(within(await screen.findByRole("option")).getByRole("img", { name: "1 file" })).toBeTruthy();
  await user.keyboard("{Enter}");
  expect((await screen.findByTestId("chip")).textContent).toContain("form.pdf");
  await user.click(screen.getByTestId("composer-text"));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(sent()).toMatchObject([{ text: "The form", media_ids: ["f6"] }]));
});
