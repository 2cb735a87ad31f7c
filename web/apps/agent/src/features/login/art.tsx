import { Avatar, DeliveryTick } from "@max/ui";
import { Lock } from "lucide-react";
import type { ReactNode } from "react";
import { l } from "../../strings-login";

const { art } = l;

/** The picture beside the form. */
export function LoginArt() {
  return (
    <div
      aria-hidden="true"
      className="relative m-2 ms-0 hidden overflow-hidden rounded-xl border border-line-subtle bg-linear-160 from-accent-tint to-accent-tint-2 wide:block"
    >
      <span className="absolute start-1/2 top-[40%] -m-[280px] size-[560px] rounded-full border border-accent-line opacity-60" />
      <span className="absolute start-1/2 top-[40%] -m-[430px] size-[860px] rounded-full border border-accent-line opacity-35" />
      <Card className="start-[12%] top-[15%] w-[348px]">
        <div className="flex items-center gap-2.5">
          <Avatar id="amara" name={art.customer} size={36} channel="whatsapp" />
          <div className="min-w-0 flex-1 leading-[1.4]">
            <p className="flex items-baseline">
              <b className="flex-1 font-semibold">{art.customer}</b>
              <span className="text-xs text-text-3">{art.now}</span>
            </p>
            <p className="truncate text-text-2">{art.message}</p>
          </div>
        </div>
      </Card>
      <Card className="end-[11%] top-[31%] w-[330px]">
        <p className="rounded-[14px_4px_14px_14px] bg-out-bg px-3 py-2 text-md leading-[1.45]">{art.reply}</p>
        <p className="num mt-1 flex items-center justify-end gap-1 text-2xs text-text-3">
          {art.you} · 09:24 <DeliveryTick state="read" label={art.read} />
        </p>
      </Card>
      <Card className="start-[18%] top-[55%] w-[330px] border-note-line! bg-note-bg!">
        <p className="flex items-center gap-1 text-xs font-medium text-note-text">
          <Lock className="size-3" />
          {art.note}
        </p>
        <p>{art.noteText}</p>
      </Card>
      <p className="absolute start-12 bottom-10 text-[22px] leading-[1.5] font-semibold tracking-[-0.02em]">
        {l.claim}
        <span className="block text-md font-normal tracking-normal text-text-2">{l.claimMore}</span>
      </p>
    </div>
  );
}

function Card({ className, children }: { className: string; children: ReactNode }) {
  return (
    <div
      className={`absolute rounded-[14px] border border-line-subtle bg-surface px-4 py-3.5 text-sm leading-normal shadow-3 ${className}`}
    >
      {children}
    </div>
  );
}
