import { expect, it } from "vitest";
import { TitleHint } from "./title";

it("marks the title, also one that the page changes meanwhile, and takes only its own mark away", () => {
  document.title = "Shop";
  const hint = new TitleHint();
  hint.show(2);
  expect(document.title).toBe("(2) Shop");
  hint.show(3);
  expect(document.title).toBe("(3) Shop");
  document.title = "Basket (1)";
  hint.show(4);
  expect(document.title).toBe("(4) Basket (1)");
  hint.show(0);
  expect(document.title).toBe("Basket (1)");
});
