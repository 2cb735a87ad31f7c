import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import type { Agent } from "../support/agent";
import { Plug } from "../support/plug";
import type { Customer } from "../support/simulator";
import { Stack } from "../support/stack";
import { type Stage, story } from "../support/story";

const BEFORE = ["Are you there?", "Yes, I am"];
const MISSED = ["First of three", "Second of three", "Third of three"];
const QUEUED = ["Written without a line", "And one more without"];

/** An open conversation with a message each way. */
async function talk(agent: Agent, customer: Customer): Promise<() => Promise<boolean>> {
  const [question = "", answer = ""] = BEFORE;
  await customer.writes(question);
  await agent.open(customer.name);
  await agent.reply(answer);
  await agent.status(answer, "read");
  return agent.mark();
}

/** What was written past something the customer said meanwhile is asked about: the agent means it. */
async function insist(agent: Agent): Promise<void> {
  for (const text of QUEUED) {
    await agent.status(text, /^(sent|delivered|read|failed)$/);
    const again = agent.message(text).getByRole("button", { name: "Send anyway" });
    if ((await again.count()) > 0) await again.click();
  }
}

/** After the line has come back: everything is there once and in order, on both sides. */
async function complete(agent: Agent, customer: Customer, expected: string[]): Promise<void> {
  await expect.poll(() => agent.thread(expected), { timeout: 30_000 }).toEqual(expected);
  await insist(agent);
  await expect.poll(() => agent.page.getByTestId(/^banner-/).count()).toBe(0);
  const arrived = async () => (await customer.received()).filter((text) => QUEUED.includes(text));
  await expect.poll(arrived).toEqual(QUEUED);
  for (const text of QUEUED) await agent.status(text, "read");
  expect(await arrived(), "on the phone").toEqual(QUEUED);
  const twice = (await customer.simulator.sent()).filter((one) => one.times_accepted > 1);
  expect(twice, "sends that reached the provider twice").toEqual([]);
}

/** The customer writes while the agent has no line, and the agent writes all the same. */
async function bothWrite(agent: Agent, customer: Customer): Promise<void> {
  for (const text of MISSED) await customer.writes(text);
  for (const text of QUEUED) await agent.reply(text);
}

story("the browser goes offline for a while", async (stage) => {
  const customer = await stage.customer("Olive Offline");
  const agent = await stage.agent("agent");
  const sameVisit = await talk(agent, customer);

  await agent.context.setOffline(true);
  await agent.page.getByTestId("banner-offline").waitFor();
  await bothWrite(agent, customer);
  for (const text of QUEUED) await agent.status(text, "offline");
  await agent.page.getByTestId("banner-offline").filter({ hasText: "2 messages will send" }).waitFor();
  expect(await agent.thread([...BEFORE, ...QUEUED])).toEqual([...BEFORE, ...QUEUED]);
  expect(await customer.received()).toEqual(["Yes, I am"]);

  await agent.context.setOffline(false);
  await complete(agent, customer, [...BEFORE, ...MISSED, ...QUEUED]);
  expect(await sameVisit()).toBe(true);
});

/** With a browser whose line to MAX can be cut without it being told. */
async function plugged(stage: Stage, tell: (plug: Plug, agent: Agent) => Promise<void>): Promise<void> {
  const plug = await Plug.open();
  try {
    await tell(plug, await stage.agent("agent", { proxy: { server: plug.url } }));
  } finally {
    plug.close();
  }
}

story("the cable is pulled and nobody tells the browser", (stage) =>
  plugged(stage, async (plug, agent) => {
    const customer = await stage.customer("Petra Pulled");
    const sameVisit = await talk(agent, customer);

    plug.pull();
    await bothWrite(agent, customer);
    await agent.status(QUEUED[0] ?? "", "offline");
    await agent.page.getByTestId("banner-reconnecting").waitFor();
    expect(await customer.received()).toEqual(["Yes, I am"]);

    plug.restore();
    await complete(agent, customer, [...BEFORE, ...MISSED, ...QUEUED]);
    expect(await sameVisit()).toBe(true);
  }),
);

// Waiting out the silence that makes the app doubt the line takes a minute.
if (process.env.E2E_SLOW === "1") {
  story(
    "the line goes quiet for more than a minute",
    (stage) =>
      plugged(stage, async (plug, agent) => {
        const customer = await stage.customer("Quentin Quiet");
        const sameVisit = await talk(agent, customer);

        plug.freeze();
        await bothWrite(agent, customer);
        await pause(65_000);
        await agent.page.getByTestId("banner-reconnecting").waitFor();

        plug.restore();
        await complete(agent, customer, [...BEFORE, ...MISSED, ...QUEUED]);
        expect(await sameVisit()).toBe(true);
      }),
    { timeout: 150_000 },
  );
}

let own: Stack;
beforeAll(async () => {
  own = await Stack.start("killed");
});
afterAll(() => own.stop());

// The simulator lives in the same program and forgets its chats: the customer is one of those it starts with.
story(
  "the server is killed and comes back",
  async (stage) => {
    const customer = await stage.customer("Amara Okafor");
    const agent = await stage.agent("agent");
    const sameVisit = await talk(agent, customer);

    const [before = "", after = "", last = ""] = MISSED;
    await customer.writes(before);
    await agent.message(before).waitFor();
    await own.kill();
    for (const text of QUEUED) await agent.reply(text);
    await agent.status(QUEUED[0] ?? "", "offline");
    await agent.page.getByTestId("banner-reconnecting").waitFor();

    await own.up();
    await customer.writes(after);
    // Whoever is faster comes first: the customer, or what waits in the app.
    await agent.message(after).waitFor({ timeout: 30_000 });
    await insist(agent);
    for (const text of QUEUED) await agent.status(text, /^(sent|delivered|read)$/);
    await customer.writes(last);
    const all = [...BEFORE, ...MISSED, ...QUEUED];
    await expect.poll(async () => (await agent.thread(all)).toSorted()).toEqual(all.toSorted());
    const thread = await agent.thread(all);
    expect(thread.slice(0, 3)).toEqual([...BEFORE, before]);
    expect(thread.at(-1)).toBe(last);
    await complete(agent, customer, thread);
    await customer.bubble(QUEUED[1] ?? "").waitFor();
    expect(await sameVisit()).toBe(true);
  },
  { at: () => own },
);
