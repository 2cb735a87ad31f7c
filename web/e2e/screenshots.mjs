// Makes the pictures in docs/images, from the sample conversations and a few exchanges. By hand: `npm run screenshots`.

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { runnerImport } from "vite";

const load = async (name) => (await runnerImport(join(import.meta.dirname, "support", name))).module;
const { Stack } = await load("stack.ts");
const { Simulator } = await load("simulator.ts");
const { launch } = await load("chromium.ts");

const IMAGES = resolve(import.meta.dirname, "../../docs/images");
const DESK = { viewport: { width: 1440, height: 900 }, locale: "en-GB", reducedMotion: "reduce" };
const PHONE = { ...DESK, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** Asks until the answer is there, for ten seconds. */
async function until(what, ask) {
  for (const late = Date.now() + 10_000; Date.now() < late; await pause(50)) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(`no ${what} after 10 s`);
}

/** The API as one of the demo's people. */
async function signIn(app, name) {
  const call = async (token, method, path, body) => {
    const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(`${app}/api/v1${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { access_token } = await call(null, "POST", "/auth/login", {
    email: `${name}@demo.test`,
    password: "demo-password",
  });
  const api = (method, path, body) => call(access_token, method, path, body);
  const conversation = (customer) =>
    until(`conversation with ${customer}`, async () => {
      const { items } = await api("GET", "/conversations?view=all&limit=100");
      return items.find(({ contact }) => contact.name === customer);
    });
  return {
    conversation,
    /** Writes to a customer and waits until the message has the state. */
    async write(customer, text, { kind = "reply", state = "read" } = {}) {
      const { id } = await conversation(customer);
      const body = { client_id: crypto.randomUUID(), kind, text };
      const message = await api("POST", `/conversations/${id}/messages`, body);
      if (kind === "note") return;
      await until(`state ${state} of "${text}"`, async () => {
        const { items } = await api("GET", `/conversations/${id}/messages?limit=50`);
        return items.some((one) => one.id === message.id && one.status === state);
      });
      await api("POST", `/conversations/${id}/read`, { seq: message.seq });
    },
  };
}

/** What the people in the pictures say to each other. */
async function converse(stack, simulator) {
  const says = async (name, message) => {
    const { id } = await simulator.person(name);
    const order = typeof message === "string" ? { text: message } : message;
    await simulator.call("POST", `customers/${id}/send`, { ...order, wait_ms: 10_000 });
  };
  const fault = async (name, order) => {
    const { id } = await simulator.person(name);
    await simulator.call("POST", "faults", { customer: id, ...order });
  };
  const leila = await signIn(stack.app, "agent");
  const devon = await signIn(stack.app, "supervisor");
  for (const name of ["Amara Okafor", "Tomás Ferreira", "Priya Raman", "Mei-Ling Chua"]) await leila.conversation(name);

  await says("Hanna Weiss", "Business account: monthly payroll to 14 people");
  await leila.write("Hanna Weiss", "Let me find the right form for that");
  await says("Rafael Ortega", "Thank you, that helped a lot");
  await leila.write("Rafael Ortega", "You are welcome. Have a good trip");
  await says("Jonas Lindqvist", "Where do I send the form?");
  await leila.write("Jonas Lindqvist", "I have sent the form to your email");
  await says("Fatou Diallo", "Good morning, I have a question");
  await leila.write("Fatou Diallo", "Good morning Fatou, I am here");
  await says("Fatou Diallo", { sample: "voice" });
  await leila.write("Priya Raman", "Of course, one moment please");
  await says("Priya Raman", "Could you send it today?");

  const tomas = "Tomás Ferreira";
  await leila.write(tomas, "Good morning Tomás, I am looking at it now");
  await says(tomas, "Thank you, I am at the counter");
  await leila.write(tomas, "The branch has an old list. Please show them this code: 4471 0926");
  await fault(tomas, { kind: "failed", code: 131026, count: 1 });
  await leila.write(tomas, "I have told the branch as well", { state: "failed" });
  await fault(tomas, { kind: "answer_dropped", count: 1 });
  await fault(tomas, { kind: "callback_data_missing" });
  await leila.write(tomas, "Did it work?", { state: "unconfirmed" });

  const amara = "Amara Okafor";
  await leila.write(
    amara,
    "Good morning Amara. Thanks for the reference, let me check it with the payout partner now.",
  );
  await devon.write(
    amara,
    "Palmgrove Bank rejected the payout: account name does not match. Ask for the exact name on the account, then we can resend free of charge.",
    { kind: "note" },
  );
  await leila.write(
    amara,
    "The bank returned it because the name did not match the account. Could you send me the name exactly as it appears on his bank card?",
  );
  const letter = { filename: "account-letter.pdf", mime_type: "application/pdf" };
  await says(amara, { message: { type: "document", document: letter } });
  await says(amara, "It is Chukwuemeka D. Okafor, I left out the D");
  await says(amara, "Perfect. Can you resend it today then?");
  return { leila, amara, tomas };
}

const stack = await Stack.start("screenshots", { samples: true });
let browser;
try {
  const simulator = new Simulator(stack.phone);
  const { leila, amara, tomas } = await converse(stack, simulator);
  mkdirSync(IMAGES, { recursive: true });
  browser = await launch();
  const shoot = (page, name) => page.screenshot({ path: join(IMAGES, `${name}.png`), animations: "disabled" });
  const settled = (page) => page.evaluate(() => document.fonts.ready.then(() => {}));

  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ ...DESK, colorScheme });
    const page = await context.newPage();
    await page.goto(`${stack.app}/login`);
    await page.getByText("All systems working").waitFor();
    await page.getByTestId("login-email").fill("agent@demo.test");
    await page.getByTestId("login-password").fill("demo-password");
    await page.getByTestId("login-email").focus();
    await settled(page);
    await shoot(page, `login-${colorScheme}`);
    await page.getByTestId("login-submit").click();

    /** What was just opened has been read, and the line says who is there. */
    const calm = async (name) => {
      const row = page.getByTestId("conversation-row").filter({ hasText: name });
      await row.getByText(/unread/).waitFor({ state: "detached" });
      await page.getByTestId("user-menu").filter({ hasText: "Available" }).waitFor();
      await settled(page);
    };
    await page.getByTestId("conversation-row").filter({ hasText: tomas }).click();
    await page.getByTestId("it-arrived").waitFor();
    await calm(tomas);
    await shoot(page, `conversation-failed-${colorScheme}`);

    await page.goto(`${stack.app}/inbox/mine/${(await leila.conversation(amara)).id}`);
    await page.getByTestId("message").filter({ hasText: "Perfect." }).waitFor();
    await page
      .getByTestId("composer-text")
      .fill("Yes, I can resend it today with the corrected name. There is no extra fee.");
    await page.getByTestId("composer-text").focus();
    await calm(amara);
    await shoot(page, `inbox-${colorScheme}`);
    if (colorScheme === "light") {
      // The same visit, so with what has been read, on a phone.
      const pocket = await browser.newContext({ ...PHONE, storageState: await context.storageState() });
      const small = await pocket.newPage();
      await small.goto(`${stack.app}/inbox/mine`);
      await small.getByTestId("conversation-row").first().waitFor();
      await settled(small);
      await shoot(small, "phone-list");
      await small.getByTestId("conversation-row").filter({ hasText: amara }).tap();
      await small.getByTestId("message").filter({ hasText: "Perfect." }).waitFor();
      await settled(small);
      await shoot(small, "phone-conversation");
      await pocket.close();
    }
    await context.close();
  }

  const page = await browser.newPage(DESK);
  await page.goto(`${stack.phone}/#amara-okafor,tomas-ferreira`);
  await page.getByTestId("phone-message").filter({ hasText: "Perfect." }).waitFor();
  await page.getByTestId("phone-message").filter({ hasText: "4471 0926" }).waitFor();
  await settled(page);
  await shoot(page, "simulator-phone");
} finally {
  await browser?.close();
  await stack.stop();
}
