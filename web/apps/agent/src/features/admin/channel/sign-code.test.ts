// @vitest-environment node
import { createHmac, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Proof, policy, signCode, snippet } from "./sign-code";

const CHANNEL = "0198c0de-0000-7000-8000-000000000001";
const user = { id: 7, name: "Tomás", email: "tomas@shop.example" };
afterEach(() => vi.unstubAllEnvs());

/** Runs what a company pastes into its server, and takes the token apart. */
async function signed(proof: Proof) {
  const code = signCode("node", proof, CHANNEL);
  const module = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`);
  const token: string = module.userToken(user);
  const [head = "", body = "", signature = ""] = token.split(".");
  const json = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  return { head: json(head), claims: json(body), said: `${head}.${body}`, signature };
}

describe("the code for a company's server", () => {
  it("signs with the secret", async () => {
    vi.stubEnv("MAX_VISITOR_KEY", "s".repeat(64));
    const { head, claims, said, signature } = await signed("shared");
    expect(head).toEqual({ alg: "HS256", typ: "JWT" });
    expect(claims).toMatchObject({ aud: CHANNEL, sub: "7", name: "Tomás", email: "tomas@shop.example" });
    expect(claims.exp * 1000 - Date.now()).toBeLessThan(86_400_000);
    expect(signature).toBe(createHmac("sha256", "s".repeat(64)).update(said).digest("base64url"));
  });

  it("signs with the private key", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    vi.stubEnv("MAX_PRIVATE_KEY", String(privateKey.export({ type: "pkcs8", format: "pem" })));
    const { head, said, signature } = await signed("pair");
    expect(head).toEqual({ alg: "ES256", typ: "JWT" });
    const key = { key: createPublicKey(publicKey.export({ type: "spki", format: "pem" })), dsaEncoding: "ieee-p1363" };
    expect(verify("sha256", Buffer.from(said), key as never, Buffer.from(signature, "base64url"))).toBe(true);
  });

  it.each(["shared", "pair"] as const)("names the channel in Python too (%s)", (proof) => {
    expect(signCode("python", proof, CHANNEL)).toContain(`"aud": "${CHANNEL}"`);
  });
});

it("the snippet and the policy name MAX as the world reaches it", () => {
  const webhook = `https://max.example:8443/webhooks/chat/${CHANNEL}`;
  expect(snippet(webhook, CHANNEL)).toBe(
    `<script async crossorigin src="https://max.example:8443/chat/widget.js" data-channel="${CHANNEL}"></script>`,
  );
  expect(policy(webhook)).toContain("connect-src https://max.example:8443 wss://max.example:8443;");
});
