import { Popover as Radix } from "radix-ui";
import type { ReactNode, RefObject } from "react";

/** A small window hung on an element the caller draws. Load it on intent: it brings Radix along. */
export function Popover(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The button that opens it; focus returns to it. */
  anchor: RefObject<HTMLElement | null>;
  label: string;
  align?: "start" | "end";
  width?: number;
  children: ReactNode;
}) {
  return (
    <Radix.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Radix.Anchor asChild>
        <span aria-hidden="true" className="pointer-events-none absolute inset-0" />
      </Radix.Anchor>
      <Radix.Portal>
        <Radix.Content
          align={props.align ?? "start"}
          sideOffset={6}
          collisionPadding={8}
          aria-label={props.label}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            props.anchor.current?.focus();
          }}
          onInteractOutside={(event) => {
            // The button closes it itself.
            if (event.target instanceof Node && props.anchor.current?.contains(event.target)) event.preventDefault();
          }}
          style={{ width: props.width ?? 320 }}
          className="z-(--z-popover) flex max-h-[min(620px,var(--radix-popover-content-available-height))] max-w-[calc(100vw-16px)] animate-pop flex-col overflow-y-auto overscroll-contain rounded-lg border border-line bg-surface shadow-3 outline-none"
        >
          {props.children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
