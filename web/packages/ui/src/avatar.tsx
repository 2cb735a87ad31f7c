import { Globe, Mail, MessageSquare, Smartphone } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { cx } from "./cx";

const HUES = [25, 45, 70, 110, 155, 195, 230, 266, 302, 340] as const;

/** The hue of a person's avatar, the same on every screen: FNV-1a of the id over ten hues. */
export function avatarHue(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return HUES[(hash >>> 0) % HUES.length] ?? 266;
}

/** One or two letters for a name; `#` for a bare phone number. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/u)
    .filter((word) => /\p{L}/u.test(word));
  const first = words[0];
  if (!first) return "#";
  const last = words.length > 1 ? (words[words.length - 1] ?? "") : "";
  const letter = (word: string) => word.match(/\p{L}/u)?.[0] ?? "";
  return (letter(first) + letter(last)).toLocaleUpperCase();
}

const SIZES = {
  20: "size-5 text-[9px]",
  24: "size-6 text-[10px]",
  28: "size-7 text-[11px]",
  32: "size-8 text-xs",
  36: "size-9 text-sm",
  40: "size-10 text-md",
  44: "size-11 text-[15px]",
  72: "size-18 text-[24px]",
} as const;

/** A person's photo, or their initials on their own hue. Decorative: the name always stands beside it or in `label`. */
export function Avatar(props: {
  id: string;
  name: string;
  /** Where their photo is. The initials stay for those without one, and while it has not come. */
  photo?: string | null | undefined;
  size?: keyof typeof SIZES;
  /** Kind of channel, shown as a badge at the corner. */
  channel?: string;
  /** Says the name where no text does. */
  label?: string;
  className?: string;
}) {
  const { id, name, photo, size = 32, channel, label, className } = props;
  return (
    <span
      {...(label ? { role: "img", "aria-label": label, "data-tip": label } : { "aria-hidden": true })}
      style={{ "--av-h": avatarHue(id) } as CSSProperties}
      className={cx(
        "relative inline-grid flex-none place-items-center rounded-full bg-[oklch(var(--av-bg-l)_var(--av-bg-c)_var(--av-h))] font-semibold tracking-normal text-[oklch(var(--av-fg-l)_var(--av-fg-c)_var(--av-h))] select-none",
        SIZES[size],
        className,
      )}
    >
      {initials(name)}
      {photo && <Photo key={photo} src={photo} />}
      {channel && <ChannelBadge kind={channel} />}
    </span>
  );
}

/** Over the initials; goes away when it cannot be shown. */
function Photo({ src }: { src: string }) {
  return (
    <img
      src={src}
      alt=""
      draggable={false}
      onError={(event) => {
        event.currentTarget.hidden = true;
      }}
      className="absolute inset-0 size-full rounded-full object-cover"
    />
  );
}

const CHANNELS: Record<string, { tone: string; ink: string; icon: (props: { className?: string }) => ReactNode }> = {
  whatsapp: { tone: "bg-ch-wa", ink: "text-ch-wa", icon: WhatsAppIcon },
  chat: { tone: "bg-ch-web", ink: "text-ch-web", icon: Globe },
  email: { tone: "bg-ch-mail", ink: "text-ch-mail", icon: Mail },
  sms: { tone: "bg-ch-sms", ink: "text-ch-sms", icon: Smartphone },
};
const OTHER = { tone: "bg-text-3", ink: "text-text-3", icon: MessageSquare };

/** The 16px channel mark at an avatar's corner, ringed in the colour of the row (`--rowbg`). */
export function ChannelBadge({ kind }: { kind: string }) {
  const { tone, icon: Icon } = CHANNELS[kind] ?? OTHER;
  return (
    <span
      className={cx(
        "absolute -end-1.5 -bottom-1.5 grid size-4 place-items-center rounded-full text-white shadow-[0_0_0_2px_var(--rowbg,var(--surface))] dark:text-canvas",
        tone,
      )}
    >
      <Icon className="size-[9px] stroke-[2.4]" />
    </span>
  );
}

/** The channel's own icon in its own colour, for a line of text. */
export function ChannelIcon({ kind, className }: { kind: string; className?: string }) {
  const { ink, icon: Icon } = CHANNELS[kind] ?? OTHER;
  return (
    <span className={cx("flex", ink)}>
      <Icon className={cx("size-3.5", className)} />
    </span>
  );
}

/** A speech bubble with a handset. */
function WhatsAppIcon({ className }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={cx("lucide", className)}
    >
      <path d="M4.5 19.5l1.2-3.9a7.8 7.8 0 1 1 2.9 2.8z" />
      <path d="M9 9c0 3 3 6 6 6" />
    </svg>
  );
}

/** MAX's own mark. */
export function Logo({ className }: { className?: string }) {
  return (
    <span className={cx("grid size-6 flex-none place-items-center rounded-[7px] bg-accent text-white", className)}>
      <svg
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        className="size-[15px]"
      >
        <path d="M4 18.5V6.5l8 7.5 8-7.5v12" />
      </svg>
    </span>
  );
}
