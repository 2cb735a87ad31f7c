// @vitest-environment node
import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { makeSigningSecret, makeVisitorSecret, signingSecretWrong, visitorKeyWrong } from "./chat-keys";

it("a signing secret is made of 32 random bytes", () => {
  const [one, other] = [makeSigningSecret(), makeSigningSecret()];
  expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(one).not.toBe(other);
  expect(signingSecretWrong(`${one} ${other}`)).toBeUndefined();
});

it.each(["", "whsec_", "whsec_c2hvcnQ=", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "whsec_%%%%"])(
  "%s signs nothing",
  (text) => expect(signingSecretWrong(text)).toBeDefined(),
);

it("a visitor key is a long secret, or a public key on the curve P-256", () => {
  const secret = makeVisitorSecret();
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(visitorKeyWrong(secret)).toBeUndefined();
  expect(visitorKeyWrong("short")).toMatch(/32/);
  expect(visitorKeyWrong(`${secret} ${secret}`)).toMatch(/32/);

  const pair = (namedCurve: string) =>
    generateKeyPairSync("ec", {
      namedCurve,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
  const { publicKey, privateKey } = pair("prime256v1");
  expect(visitorKeyWrong(publicKey)).toBeUndefined();
  expect(visitorKeyWrong(publicKey.replaceAll("\n", "\r\n"))).toBeUndefined();
  // A private key that was pasted must never be sent.
  expect(visitorKeyWrong(privateKey)).toMatch(/private key/);
  expect(visitorKeyWrong(pair("secp384r1").publicKey)).toMatch(/P-256/);
  expect(visitorKeyWrong(publicKey.replace("PUBLIC KEY", "CERTIFICATE"))).toMatch(/P-256/);
  expect(visitorKeyWrong(publicKey.slice(0, 120))).toMatch(/P-256/);
});
