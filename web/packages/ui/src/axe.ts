import axe from "axe-core";

/** For tests: the accessibility faults of what is drawn, in words. */
export async function violations(node: Element): Promise<string[]> {
  // jsdom draws nothing, so contrast is measured in the browser instead.
  const result = await axe.run(node, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
}
