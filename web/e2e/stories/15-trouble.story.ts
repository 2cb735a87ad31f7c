// What happens when a channel sends nothing, or its provider has something against it, and who is blocked.

import { expect } from "vitest";
import { story } from "../support/story";

/** The provider says something of the account. */
const notice = (field: string, value: object) => ({ field, body: value });

story(
  "a channel whose account is stopped says so to everybody, keeps what is written, and goes on with one click",
  async (stage) => {
    const office = await stage.office();
    const customer = await stage.customer("Tara Trouble");
    const agent = await stage.agent("agent");
    await customer.writes("Is anybody there?");
    await agent.open(customer.name);
    await agent.message("Is anybody there?").waitFor();
    const boss = await stage.agent(await office.hire("Bea Banner", "admin", []), { path: "/admin/users" });
    expect(await boss.page.getByTestId("banner-channel").count()).toBe(0);

    await customer.trouble({ kind: "refuse", code: 131042 });
    await agent.reply("We are");
    const banner = boss.page.getByTestId("banner-channel");
    await banner.filter({ hasText: "payment" }).waitFor();
    // Whoever writes knows at once, in words that are theirs.
    const paused = agent.page.getByTestId("channel-paused");
    await paused.filter({ hasText: "Replies wait here and leave" }).waitFor();
    expect(await paused.textContent()).not.toContain("131042");
    await agent.reply("And still are");
    expect(await customer.received()).toEqual([]);

    await customer.calm();
    await banner.getByTestId("banner-resume").click();
    await agent.status("And still are", "read");
    expect(await customer.received()).toEqual(["We are", "And still are"]);
    await expect.poll(() => paused.count()).toBe(0);
    await expect.poll(() => banner.count()).toBe(0);
  },
);

story("an admin pauses a channel with a reason that writers read, and lets it go on", async (stage) => {
  const office = await stage.office();
  const customer = await stage.customer("Paula Pause");
  const agent = await stage.agent("agent");
  await customer.writes("Hello?");
  await agent.open(customer.name);
  const { items } = await office.call<{ items: { id: string; kind: string }[] }>("GET", "/channels");
  const channel = items.find(({ kind }) => kind === "whatsapp");
  const boss = await stage.agent(await office.hire("Ben Brake", "admin", []), {
    path: `/admin/channels/${channel?.id}`,
  });
  await boss.page.getByTestId("pause-channel").click();
  await boss.page.getByLabel("Reason, which everybody who writes here reads").fill("moving to new bank details");
  await boss.page.getByRole("alertdialog").last().getByRole("button", { name: "Pause" }).click();
  await agent.page.getByTestId("channel-paused").filter({ hasText: "moving to new bank details" }).waitFor();
  await agent.reply("One moment");
  await boss.page.getByTestId("paused").waitFor();
  await boss.page.getByTestId("resume-channel").click();
  await agent.status("One moment", "read");
  await expect.poll(() => agent.page.getByTestId("channel-paused").count()).toBe(0);
});

story("what the provider warns of stands in the banner and at the channel until it takes it back", async (stage) => {
  const office = await stage.office();
  const boss = await stage.agent(await office.hire("Wanda Warned", "admin", []), { path: "/admin/channels" });
  const says = (event: string) =>
    stage.simulator.call("POST", "deliver", notice("phone_number_quality_update", { event }));
  await says("FLAGGED");
  const banner = boss.page.getByTestId("banner-channel");
  await banner.filter({ hasText: "rates its quality low" }).waitFor();
  await banner.getByRole("link").click();
  await boss.page.getByTestId("channel-warning").filter({ hasText: "rates its quality low" }).waitFor();
  expect(await boss.page.getByTestId("banner-resume").count()).toBe(0);
  await says("UNFLAGGED");
  await expect.poll(() => banner.count()).toBe(0);
  await expect.poll(() => boss.page.getByTestId("channel-warning").count()).toBe(0);
});

story(
  "a blocked customer stands on the page of the blocked, and what they wrote comes back with them",
  async (stage) => {
    const office = await stage.office();
    const customer = await stage.customer("Bruno Blocked");
    await customer.writes("First");
    const { contact } = await office.conversation(customer);
    await office.call("POST", `/contacts/${contact.id}/block`, { reason: "Shouts at everybody" });
    const boss = await stage.agent(await office.hire("Ulla Unblock", "admin", []), { path: "/admin/blocked" });
    await boss.line(customer.name).filter({ hasText: "Shouts at everybody" }).waitFor();
    await customer.writes("Second");
    await customer.writes("Third");
    await boss.line(customer.name).filter({ hasText: /2$/ }).waitFor();
    await boss.line(customer.name).click();
    const panel = boss.page.getByTestId("blocked-panel");
    await panel.getByTestId("unblock").click();
    await expect.poll(() => boss.line(customer.name).count()).toBe(0);
    await panel.getByTestId("bring-back").click();
    const agent = await stage.agent("agent");
    await agent.row(customer.name).waitFor();
  },
);
