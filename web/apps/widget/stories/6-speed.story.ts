import { expect } from "vitest";
import { story } from "./stage";

/** A middling phone, and a line as one has on the way. */
const PHONE = { cpu: 4, latency: 40, kilobytes: 1_200 };
/** Milliseconds from the script's arrival to a launcher that can be tapped. */
const LIMIT = 300;

story("the launcher is there soon after the script, on a slow phone", async (stage) => {
  let best = Number.POSITIVE_INFINITY;
  // The machine may be busy with something else; it is the widget that is measured.
  for (let time = 0; time < 4 && best > LIMIT; time++) {
    const device = await stage.device({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    const page = await device.newPage();
    const devtools = await device.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: PHONE.cpu });
    const throughput = PHONE.kilobytes * 1024;
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: PHONE.latency,
      downloadThroughput: throughput,
      uploadThroughput: throughput,
    });
    await page.addInitScript(() => {
      const look = () => {
        if (document.querySelector("max-chat")?.shadowRoot?.querySelector(".launcher")) {
          Object.assign(window, { there: performance.now() });
        } else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(stage.site);
    await page.waitForFunction(() => "there" in window);
    const took = await page.evaluate(() => {
      const script = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/chat/widget.js"));
      return (window as unknown as { there: number }).there - (script as PerformanceResourceTiming).responseEnd;
    });
    best = Math.min(best, took);
    await device.close();
  }
  expect(best).toBeLessThan(LIMIT);
});
