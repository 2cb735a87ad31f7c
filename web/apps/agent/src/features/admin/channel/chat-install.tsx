import { Segmented } from "@max/ui";
import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { CopyField } from "../copy-field";
import { c } from "../strings-channels";
import { ch } from "../strings-chat";
import { CopyCode } from "./copy-code";
import { type Proof, policy, type Server, signCode, snippet, testPage } from "./sign-code";

/** What puts the chat into a page. */
export function Snippet({ channel }: { channel: { id: string; webhook_url: string } }) {
  return (
    <CopyField
      label={ch.install.snippet}
      value={snippet(channel.webhook_url, channel.id)}
      hint={ch.install.snippetHint}
    />
  );
}

/** A page with the chat on it, to try it at once. */
export function TestPageLink({ channelId }: { channelId: string }) {
  return (
    <div className="flex flex-col gap-1">
      <a
        href={testPage(channelId)}
        target="_blank"
        rel="noopener"
        data-testid="test-page"
        className="inline-flex min-h-6 items-center gap-1.5 self-start font-medium text-accent-text hover:underline [&_.lucide]:size-3.5"
      >
        {ch.install.test}
        <ExternalLink />
        <span className="sr-only">({ch.install.newTab})</span>
      </a>
      <p className="text-xs text-text-3">{ch.install.testHint}</p>
    </div>
  );
}

export function Policy({ webhookUrl }: { webhookUrl: string }) {
  return (
    <details>
      <summary className="min-h-6 cursor-pointer text-sm font-medium text-text-2">{ch.install.policy}</summary>
      <p className="mt-1 mb-2 text-xs text-text-3">{ch.install.policyHint}</p>
      <CopyCode label={ch.install.policy} code={policy(webhookUrl)} copy={c.webhook.copy(ch.install.policy)} />
    </details>
  );
}

/** How the company's server signs who somebody is. */
export function SignCode({ channelId }: { channelId: string }) {
  const [server, setServer] = useState<Server>("node");
  const [proof, setProof] = useState<Proof>("shared");
  return (
    <div className="flex flex-col gap-2">
      <p className="text-xs text-text-3">{ch.keys.signHint}</p>
      <div className="flex flex-wrap gap-2">
        <Segmented
          label={ch.keys.sign}
          value={server}
          options={(Object.keys(ch.keys.in) as Server[]).map((one) => ({ value: one, label: ch.keys.in[one] }))}
          onChange={setServer}
        />
        <Segmented
          label={ch.keys.how}
          value={proof}
          options={[
            { value: "shared", label: ch.keys.shared },
            { value: "pair", label: ch.keys.pair },
          ]}
          onChange={setProof}
        />
      </div>
      <CopyCode
        key={`${server} ${proof}`}
        label={ch.keys.in[server]}
        code={signCode(server, proof, channelId)}
        copy={ch.keys.copy(ch.keys.in[server])}
      />
    </div>
  );
}
