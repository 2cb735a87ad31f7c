import type { ChannelRow } from "@max/api";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { channelRow } from "../../../../test/factory";
import { open } from "../../../../test/screen";
import { faults, type TestServer, wrongField } from "../../../../test/server";
import { signIn, signOut } from "../../../../test/signed-in";
import { AdminScreen } from "../screen";

const user = userEvent.setup();
const config = {
  title: "Shop",
  accent: "#00623f",
  languages: ["en", "ar"],
  texts: { en: { greeting: "Hi there" } },
  prechat: {
    on: true,
    fields: [
      { key: "name", label: "Name", type: "text", required: true },
      { key: "email", label: "Email", type: "email", required: false },
    ],
  },
  of_tomorrow: 1,
};
const chat = (part: Partial<ChannelRow> = {}) =>
  channelRow({
    kind: "chat",
    name: "Chat",
    config,
    credentials_set: ["signing_secret"],
    webhook_url: "https://max.test/webhooks/chat/h1",
    ...part,
  });
let server: TestServer;

async function at(path: string, items: ChannelRow[] = [chat()]) {
  server = (await signIn({ role: "admin" }))
    .on("GET /users/summary", { body: { active: 3, invited: 0 } })
    .on("GET /teams", { body: { items: [] } })
    .on("GET /channels", { body: { items } })
    .on("GET /ingest/health", { body: { dead: 0, waiting: 0, channels: [] } });
  await open(path, { "/admin/{-$page}/{-$id}": AdminScreen });
}
const fold = async (name: string) => {
  const part = await screen.findByTestId(`fold-${name}`);
  fireEvent.click(part.querySelector("summary") as HTMLElement);
  return within(part);
};
const saved = () => server.bodies("PATCH /channels/h1") as { config?: Record<string, unknown> }[];
async function save() {
  server.on("PATCH /channels/h1", { body: chat() });
  await user.click(await screen.findByTestId("save"));
  await waitFor(() => expect(saved()).toHaveLength(1));
  return saved()[0]?.config ?? {};
}
afterEach(signOut);

/** A key as a file holds it. */
const pem = (kind: string) => `-----BEGIN ${kind}-----\nMIGH\n-----END ${kind}-----`;

describe("the page of a chat", () => {
  it("says how to install it, and has no faults with all of it open", async () => {
    await at("/admin/channels/h1");
    const snippet = (await screen.findByLabelText("Snippet")) as HTMLInputElement;
    expect(snippet.value).toContain('src="https://max.test/chat/widget.js" data-channel="h1"');
    expect(screen.getByTestId("test-page").getAttribute("href")).toBe("/demo/site?channel=h1");
    // What only a number has is not here.
    expect(screen.queryByTestId("test-channel")).toBeNull();
    expect(screen.queryByRole("textbox", { name: "Language" })).toBeNull();
    for (const name of ["look", "sites", "texts", "form", "files", "collect", "app", "sign"]) await fold(name);
    expect(await faults()).toEqual([]);
  });

  it("keeps what it does not know when a text is changed", async () => {
    await at("/admin/channels/h1");
    const texts = await fold("texts");
    await waitFor(() =>
      expect((texts.getByLabelText("Welcome") as HTMLTextAreaElement).placeholder).toBe("Hello. How can we help?"),
    );
    fireEvent.change(texts.getByLabelText("Greeting outside opening hours"), { target: { value: "Back at nine" } });
    await user.click(texts.getByRole("button", { name: "العربية" }));
    const arabic = texts.getByLabelText("Welcome") as HTMLTextAreaElement;
    expect([arabic.dir, arabic.lang]).toEqual(["rtl", "ar"]);
    fireEvent.change(arabic, { target: { value: "أهلًا" } });
    expect(await save()).toMatchObject({
      of_tomorrow: 1,
      accent: "#00623f",
      texts: { en: { greeting: "Hi there", greeting_closed: "Back at nine" }, ar: { welcome: "أهلًا" } },
    });
  });

  it("speaks a language more, which may become the one for all others", async () => {
    await at("/admin/channels/h1");
    const texts = await fold("texts");
    await user.selectOptions(texts.getByLabelText("Add a language"), "pt");
    await user.click(texts.getByTestId("main-language"));
    await user.click(texts.getByRole("button", { name: "العربية" }));
    await user.click(texts.getByTestId("remove-language"));
    const written = await save();
    expect(written.languages).toEqual(["pt", "en"]);
    // The server takes no field it does not know.
    for (const name of ["name", "team_id", "reopen", "language", "upload_max"])
      expect(written).not.toHaveProperty(name);
  });

  it("checks the sites as they are typed", async () => {
    await at("/admin/channels/h1");
    const sites = await fold("sites");
    await user.click(sites.getByTestId("add-origin"));
    const line = sites.getByLabelText("Address 1");
    expect(document.activeElement).toBe(line);
    await user.type(line, "http://shop.example");
    sites.getByText("Only https, unless it is a test server on your network.");
    expect(await faults()).toEqual([]);
    await user.clear(line);
    await user.type(line, "https://shop.example/cart");
    await user.tab();
    expect((line as HTMLInputElement).value).toBe("https://shop.example");
    expect((await save()).allowed_origins).toEqual(["https://shop.example"]);
  });

  it("orders the form by keyboard, and the keyboard stays with the field", async () => {
    await at("/admin/channels/h1");
    const form = await fold("form");
    const down = form.getByRole("button", { name: "Move Name down" });
    down.focus();
    await user.keyboard("{Enter}");
    // It is the last now: the other way is what is left.
    await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("Move Name up"));
    form.getByText("Name is now 2 of 2");
    await user.click(form.getByTestId("add-field-other"));
    expect(await faults()).toEqual([]);
    const added = within(form.getAllByTestId("prechat-field")[2] as HTMLElement);
    await user.type(added.getByLabelText("Label"), "Order number");
    expect((added.getByLabelText("Key") as HTMLInputElement).value).toBe("order_number");
    await user.clear(added.getByLabelText("Key"));
    await user.type(added.getByLabelText("Key"), "email");
    expect(added.getByText("Another field has this key.")).toBeTruthy();
    expect(screen.getByTestId("save").getAttribute("aria-disabled")).toBe("true");
    await user.clear(added.getByLabelText("Key"));
    await user.type(added.getByLabelText("Key"), "order");
    const { fields } = (await save()).prechat as { fields: { key: string }[] };
    expect(fields.map(({ key }) => key)).toEqual(["email", "name", "order"]);
  });

  it("opens the part that the server did not like", async () => {
    await at("/admin/channels/h1");
    const collect = await fold("collect");
    await user.click(collect.getByLabelText("Their browser"));
    server.on("PATCH /channels/h1", wrongField("config.callback_url", "must be a web address"));
    await user.click(await screen.findByTestId("save"));
    await screen.findByText("must be a web address");
    expect((screen.getByTestId("fold-app") as HTMLDetailsElement).open).toBe(true);
  });

  it("gets a signing secret that is made here, beside the old one", async () => {
    await at("/admin/channels/h1");
    server.on("POST /channels/h1/secrets", { body: chat({ previous_secret_until: "2026-11-26T10:00:00Z" }) });
    await user.click(await screen.findByRole("button", { name: "Replace signing secret" }));
    const made = (screen.getByLabelText("New signing secret") as HTMLInputElement).value;
    expect(made).toMatch(/^whsec_/);
    expect(await faults()).toEqual([]);
    await user.click(screen.getByTestId("replace-credential"));
    await screen.findByTestId("end-secret");
    expect(server.bodies("POST /channels/h1/secrets")).toEqual([{ name: "signing_secret", value: made }]);
    // It is shown once.
    expect(screen.queryByDisplayValue(made)).toBeNull();
  });

  it("takes a public key that proves visitors, and no private one", async () => {
    await at("/admin/channels/h1");
    server.on("PATCH /channels/h1", { body: chat({ credentials_set: ["signing_secret", "visitor_key"] }) });
    await user.click(await screen.findByRole("button", { name: "Set visitor key" }));
    await user.click(screen.getByRole("radio", { name: "A pair of keys" }));
    const field = screen.getByLabelText("Public key");
    fireEvent.change(field, { target: { value: pem("PRIVATE KEY") } });
    await user.click(screen.getByTestId("replace-credential"));
    await screen.findByText(/This is a private key/);
    expect(await faults()).toEqual([]);
    expect(saved()).toEqual([]);
    await user.click(screen.getByRole("radio", { name: "A secret" }));
    await user.click(screen.getByTestId("replace-credential"));
    await waitFor(() => expect(saved()).toHaveLength(1));
    expect(saved()[0]).toMatchObject({ credentials: { visitor_key: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  it("of a kind this page does not know has what every channel has", async () => {
    await at("/admin/channels/h1", [chat({ kind: "pigeon", name: "Loft" })]);
    const panel = within(await screen.findByTestId("channel-panel"));
    panel.getByText("pigeon");
    expect((panel.getByLabelText("Name") as HTMLInputElement).value).toBe("Loft");
    expect(await faults()).toEqual([]);
  });
});

describe("a new chat", () => {
  const next = () => user.click(screen.getByTestId("chat-next"));

  it("goes from the name to the snippet, with a secret that is shown once", async () => {
    await at("/admin/channels/new");
    expect(await faults()).toEqual([]);
    await user.click(await screen.findByTestId("choose-chat"));
    await next();
    screen.getByText("Enter a name.");
    await user.type(screen.getByLabelText("Name"), "Shop chat");
    await next();
    fireEvent.change(screen.getByLabelText("Title"), { target: { value: "Shop" } });
    fireEvent.change(screen.getByLabelText("Accent"), { target: { value: "#ffe08a" } });
    screen.getByText("It is hard to find on a white page. Choose a darker one.");
    expect(await faults()).toEqual([]);
    await next();
    await user.type(screen.getByLabelText("Address 1"), "shop.example");
    await user.tab();
    expect(await faults()).toEqual([]);
    server.on("POST /channels", { status: 201, body: chat({ id: "h9", name: "Shop chat" }) });
    await next();
    await screen.findByText("Shop chat is ready");
    const [made] = server.bodies("POST /channels") as { config: object; credentials: { signing_secret: string } }[];
    expect(made).toMatchObject({
      kind: "chat",
      name: "Shop chat",
      team_id: null,
      config: { title: "Shop", accent: "#ffe08a", allowed_origins: ["https://shop.example"] },
    });
    expect((screen.getByLabelText("Signing secret") as HTMLInputElement).value).toBe(made?.credentials.signing_secret);
    expect((screen.getByLabelText("Snippet") as HTMLInputElement).value).toContain('data-channel="h9"');
    expect(await faults()).toEqual([]);
  });

  it("that the server refuses goes back to the step it is about, with everything kept", async () => {
    await at("/admin/channels/new");
    await user.click(await screen.findByTestId("choose-chat"));
    await user.type(screen.getByLabelText("Name"), "Shop chat");
    await next();
    await next();
    server.on("POST /channels", wrongField("config.title", "must be at most 80 characters long"));
    await next();
    await screen.findByText("must be at most 80 characters long");
    expect(screen.getByLabelText("Title")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Back" }));
    expect((screen.getByLabelText("Name") as HTMLInputElement).value).toBe("Shop chat");
  });
});
