import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";
import { IconButton } from "./button";
import { cx } from "./cx";

/** Puts the focus back where it was before something opened that no trigger of its own stands for. */
export function useFocusBack(): (event: Event) => void {
  const [before] = useState(() => document.activeElement);
  return (event) => {
    event.preventDefault();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  };
}

/** A window over everything, in the middle or at the side. Load it on intent: it brings Radix along. */
export function Dialog(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  close: string;
  /** `side`: a sheet at the end of the screen with its own head. */
  shape?: "middle" | "side";
  children: ReactNode;
}) {
  const side = props.shape === "side";
  const back = useFocusBack();
  return (
    <Radix.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-(--z-dialog) bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          onCloseAutoFocus={back}
          className={cx(
            "fixed z-(--z-dialog) flex flex-col overflow-hidden bg-surface shadow-4 outline-none",
            side
              ? "inset-y-2 end-2 w-[min(344px,calc(100vw-16px))] animate-panel rounded-lg border border-line"
              : "inset-x-4 top-[12vh] mx-auto max-h-[76vh] w-[min(560px,calc(100vw-32px))] animate-pop rounded-xl border border-line",
          )}
        >
          <div className="flex h-[52px] flex-none items-center border-b border-line-subtle ps-4 pe-2.5">
            <Radix.Title className="flex-1 text-[15px] font-semibold tracking-[-0.01em]">{props.title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={props.close}>
                <X />
              </IconButton>
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto">{props.children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
