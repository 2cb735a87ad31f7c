import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { conversation, me, message, reply } from "../../../test/factory";
import { faults, refusal } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { FeedbackDialog } from "./feedback-dialog";
import { heardFeedback, OWN_FEEDBACK } from "./feedback-live";
import { togglePin } from "./pin";
import { PinnedStrip } from "./pinned-strip";

const user = userEvent.setup();
const C = "/conversations/c1";
const note = message({ seq: 3, kind: "note", text: "Ask for the exact name", preview: "Ask for the exact name" });
afterEach(signOut);

describe("pinned notes", () => {
  it("stand above the thread in one line, and open to all of them", async () => {
    const server = await signIn();
    server
      .on(`GET ${C}/pins`, {
        body: {
          items: [
            { ...note, pinned: true },
            { ...note, id: "m4", text: "Second", pinned: true },
          ],
        },
      })
      .on(`POST ${C}/messages/m4/unpin`, { body: { ...note, id: "m4", pinned: false } });
    show(<PinnedStrip conversation={conversation({ pinned_notes: 2 })} reader={me} />);
    await screen.findByText("Second");
    await user.click(screen.getByRole("button", { expanded: false }));
    screen.getByText("2 pinned notes");
    screen.getByText("Ask for the exact name");
    expect(await faults()).toEqual([]);
    await user.click(screen.getAllByRole("button", { name: "Unpin this note" })[0] as HTMLElement);
    await waitFor(() => expect(server.calls.some(({ name }) => name === `POST ${C}/messages/m4/unpin`)).toBe(true));
  });

  it("are nothing where there are none", async () => {
    await signIn();
    show(<PinnedStrip conversation={conversation()} reader={me} />);
    expect(screen.queryByTestId("pinned-notes")).toBeNull();
  });

  it("come back when the server does not take the change", async () => {
    const server = await signIn();
    server.on(`POST ${C}/messages/m3/pin`, refusal(403, "forbidden", "You may not do this."));
    const pages = { pages: [{ items: [note], next_cursor: null }], pageParams: [null] };
    queryClient.setQueryData(keys.messages("c1"), pages);
    show(null);
    const done = togglePin(note);
    const shown = () => queryClient.getQueryData<typeof pages>(keys.messages("c1"))?.pages[0]?.items[0]?.pinned;
    expect(shown()).toBe(true);
    await done;
    expect(shown()).toBe(false);
    await screen.findByText(/You may not do this/);
  });
});

describe("feedback", () => {
  const said = reply({ seq: 4, author: { type: "user", id: "u2", name: "Devon Kim" }, text: "Wait" });

  it("is given by a lead, to the author only", async () => {
    const server = await signIn({ role: "team_lead" });
    server.on(`POST ${C}/messages/m4/feedback`, {
      status: 201,
      body: { id: "f1", by: { id: me.id, name: me.name }, text: "Say how long", created_at: "2026-11-23T10:00:00Z" },
    });
    show(<FeedbackDialog message={said} onClose={() => {}} />);
    const dialog = await screen.findByRole("dialog", { name: "Feedback for Devon Kim" });
    within(dialog).getByText("Only Devon Kim and the leads of this team see it.");
    expect(await faults(dialog)).toEqual([]);
    expect(within(dialog).getByTestId("give-feedback").getAttribute("aria-description")).toBe("Write something first");
    await user.type(within(dialog).getByLabelText("Your feedback"), "Say how long{Control>}{Enter}{/Control}");
    await waitFor(() => expect(server.bodies(`POST ${C}/messages/m4/feedback`)).toEqual([{ text: "Say how long" }]));
    await screen.findByText("Feedback given");
  });

  it("is read by its author, who writes none", async () => {
    const server = await signIn();
    server.on(`GET ${C}/messages/m5/feedback`, {
      body: {
        items: [
          { id: "f1", by: { id: "u9", name: "Sofia Nunes" }, text: "Well done", created_at: "2026-11-23T10:00:00Z" },
        ],
      },
    });
    show(<FeedbackDialog message={{ ...reply({ seq: 5 }), feedback_count: 1 }} onClose={() => {}} />);
    await screen.findByText("Well done");
    expect(screen.queryByLabelText("Your feedback")).toBeNull();
    expect(await faults()).toEqual([]);
  });

  it("shows at once to its author, however often it is told", async () => {
    const server = await signIn();
    const mine = reply({ seq: 5 });
    const feedback = {
      id: "f1",
      author_id: me.id,
      by: { id: "u9", name: "Sofia Nunes" },
      text: "Well done",
      created_at: "2026-11-23T10:00:00Z",
      message: { id: mine.id, conversation_id: "c1", conversation_number: 1, seq: 5, preview: "message 5" },
    };
    server.on(`GET ${C}/messages/m5/feedback`, { body: { items: [feedback] } });
    const pages = { pages: [{ items: [mine], next_cursor: null }], pageParams: [null] };
    queryClient.setQueryData(keys.messages("c1"), pages);
    queryClient.setQueryData(OWN_FEEDBACK, { pages: [{ items: [], next_cursor: null }], pageParams: [null] });
    show(null);
    await heardFeedback(feedback);
    await heardFeedback(feedback);
    await screen.findByText("Sofia Nunes gave you feedback on a message");
    const counted = () => queryClient.getQueryData<typeof pages>(keys.messages("c1"))?.pages[0]?.items[0];
    expect(counted()?.feedback_count).toBe(1);
    expect(queryClient.getQueryData(OWN_FEEDBACK)).toMatchObject({ pages: [{ items: [{ id: "f1" }] }] });
  });

  it("is no news to who gave it", async () => {
    const server = await signIn({ role: "team_lead" });
    server.on(`GET ${C}/messages/m4/feedback`, { body: { items: [] } });
    show(null);
    await heardFeedback({
      id: "f2",
      author_id: "u2",
      by: { id: me.id, name: me.name },
      text: "Say how long",
      created_at: "2026-11-23T10:00:00Z",
      message: { id: "m4", conversation_id: "c1", conversation_number: 1, seq: 4, preview: "Wait" },
    });
    expect(screen.queryByText(`${me.name} gave you feedback on a message`)).toBeNull();
  });
});
