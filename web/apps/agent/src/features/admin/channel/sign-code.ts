// How a company's server proves who is signed in, to be pasted there.

export type Proof = "shared" | "pair";
export type Server = "node" | "python";

/** The code that signs for a channel. It asks for nothing but the language itself, except ES256 in Python. */
export function signCode(server: Server, proof: Proof, channelId: string): string {
  return CODE[server][proof].replaceAll("CHANNEL", channelId);
}

const NODE_CLAIMS = `  const head = part({ alg: "ALG", typ: "JWT" });
  const body = part({
    aud: "CHANNEL",
    sub: String(user.id),
    name: user.name,
    email: user.email,
    exp: Math.floor(Date.now() / 1000) + 3600,
  });`;

const node = (alg: string, needs: string, sign: string) => `import { ${needs} } from "node:crypto";

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

// For whoever is signed in. Never in the browser: the key stays here.
export function userToken(user) {
${NODE_CLAIMS.replace("ALG", alg)}
${sign}
  return \`\${head}.\${body}.\${proof}\`;
}
`;

const CODE: Record<Server, Record<Proof, string>> = {
  node: {
    shared: node(
      "HS256",
      "createHmac",
      `  const key = process.env.MAX_VISITOR_KEY;
  const proof = createHmac("sha256", key).update(\`\${head}.\${body}\`).digest("base64url");`,
    ),
    pair: node(
      "ES256",
      "sign",
      `  const key = { key: process.env.MAX_PRIVATE_KEY, dsaEncoding: "ieee-p1363" };
  const proof = sign("sha256", Buffer.from(\`\${head}.\${body}\`), key).toString("base64url");`,
    ),
  },
  python: {
    shared: `import base64, hashlib, hmac, json, os, time

def part(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=")

# For whoever is signed in. Never in the browser: the key stays here.
def user_token(user):
    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = part(json.dumps({
        "aud": "CHANNEL",
        "sub": str(user["id"]),
        "name": user["name"],
        "email": user["email"],
        "exp": int(time.time()) + 3600,
    }).encode())
    key = os.environ["MAX_VISITOR_KEY"].encode()
    proof = hmac.new(key, head + b"." + body, hashlib.sha256).digest()
    return (head + b"." + body + b"." + part(proof)).decode()
`,
    pair: `import os, time
import jwt  # pip install "pyjwt[crypto]"

# For whoever is signed in. Never in the browser: the key stays here.
def user_token(user):
    claims = {
        "aud": "CHANNEL",
        "sub": str(user["id"]),
        "name": user["name"],
        "email": user["email"],
        "exp": int(time.time()) + 3600,
    }
    return jwt.encode(claims, os.environ["MAX_PRIVATE_KEY"], algorithm="ES256")
`,
  },
};

/** The line that puts the chat into a page. \`webhookUrl\`: an address of MAX, as the world reaches it. */
export function snippet(webhookUrl: string, channelId: string): string {
  return `<script async crossorigin src="${originOf(webhookUrl)}/chat/widget.js" data-channel="${channelId}"></script>`;
}

/** What a page's content security policy must allow. */
export function policy(webhookUrl: string): string {
  const max = originOf(webhookUrl);
  return [
    `script-src ${max};`,
    `connect-src ${max} ${max.replace(/^http/, "ws")};`,
    `img-src ${max};`,
    `media-src ${max};`,
  ].join("\n");
}

/** The page of MAX that carries the chat. */
export const testPage = (channelId: string): string => `/demo/site?channel=${encodeURIComponent(channelId)}`;

const originOf = (url: string): string => new URL(url).origin;
