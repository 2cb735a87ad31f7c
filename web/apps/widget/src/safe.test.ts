import { describe, expect, it } from "vitest";
import { allows, ownUrl, pieces, plain, subjectOf, webUrl } from "./safe";

const RLO = "\u202e";

describe("links", () => {
  it("are told from the text around them, and nothing of it is lost", () => {
    const text = "See https://example.com/a?b=c, or (http://example.org/x). Bye";
    expect(pieces(text)).toEqual([
      { text: "See " },
      { text: "https://example.com/a?b=c", href: "https://example.com/a?b=c" },
      { text: ", or (" },
      { text: "http://example.org/x", href: "http://example.org/x" },
      { text: "). Bye" },
    ]);
    for (const any of ["", "no link", "https://", "https://a https://b", text]) {
      expect(
        pieces(any)
          .map((piece) => piece.text)
          .join(""),
      ).toBe(any);
    }
  });

  it("are of the web only", () => {
    for (const evil of [
      "javascript:alert(1)",
      "JAVASCRIPT:alert(1)",
      "data:text/html,<script>1</script>",
      "file:///etc/passwd",
      "//example.com",
      "https://bank.example@evil.example/",
      "https://user:pw@evil.example/",
      "https://",
    ]) {
      expect(webUrl(evil), evil).toBeNull();
      expect(
        pieces(`a ${evil} b`).every(({ href }) => href === undefined),
        evil,
      ).toBe(true);
    }
    expect(pieces(`https://a.example/"onmouseover="x`)[0]?.href).toBe("https://a.example/");
    expect(pieces("https://a.example/<img>")[0]?.href).toBe("https://a.example/");
  });
});

describe("files", () => {
  it("are MAX's own only", () => {
    const max = "https://max.example";
    expect(ownUrl("/media/1?s=2", max)).toBe("https://max.example/media/1?s=2");
    expect(ownUrl("https://max.example/media/1", max)).toBe("https://max.example/media/1");
    for (const other of [
      null,
      undefined,
      "",
      "https://evil.example/1",
      "//evil.example/1",
      "https://max.example.evil.example/1",
      "http://max.example/1",
      "javascript:alert(1)",
      "data:image/svg+xml,<svg onload=alert(1)>",
      "blob:https://max.example/1",
      "https://max.example:8443/1",
    ]) {
      expect(ownUrl(other, max), String(other)).toBeNull();
    }
  });

  it("have names that say what they are", () => {
    expect(plain(`photo${RLO}gpj.exe`)).toBe("photogpj.exe");
    expect(plain("a\u0000b\r\nc\u200f")).toBe("abc");
    expect(plain("  Tomás  ")).toBe("Tomás");
    expect(plain("x".repeat(500))).toHaveLength(120);
    expect(plain(null)).toBe("");
  });

  it("are of the kinds the channel takes", () => {
    expect(allows(["image/*", "application/pdf"], "image/png")).toBe(true);
    expect(allows(["image/*", "application/pdf"], "application/pdf")).toBe(true);
    expect(allows(["image/*"], "imagery/png")).toBe(false);
    expect(allows(["image/png"], "")).toBe(false);
    expect(allows([], "anything/at-all")).toBe(true);
  });
});

describe("a signed token", () => {
  it("names somebody, or nobody when it is none", () => {
    const part = btoa(JSON.stringify({ sub: "user-7" })).replaceAll("=", "");
    expect(subjectOf(`x.${part}.y`)).toBe("user-7");
    for (const none of ["", "x", "x.y.z", `x.${btoa("[]")}.y`, `x.${btoa('{"sub":7}')}.y`]) {
      expect(subjectOf(none)).toBeNull();
    }
  });
});
