import { AlertDialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";
import { cx } from "./cx";
import { useFocusBack } from "./dialog";

/**
 * Asks before what cannot be undone. The safe answer has the focus; a click beside it does not answer. Load it on intent: it
 * brings Radix along.
 */
export function ConfirmDialog(props: {
  open: boolean;
  onCancel: () => void;
  onConfirm: () => void;
  title: string;
  /** What will happen, in words. */
  children: ReactNode;
  confirm: string;
  cancel: string;
  /** What is confirmed destroys something. */
  danger?: boolean;
  busy?: boolean;
  reason?: string | undefined;
}) {
  const back = useFocusBack();
  return (
    <Radix.Root open={props.open} onOpenChange={(open) => !open && props.onCancel()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-(--z-dialog) bg-scrim" />
        <Radix.Content
          onCloseAutoFocus={back}
          className="fixed inset-x-4 top-[18vh] z-(--z-dialog) mx-auto flex max-h-[72vh] w-[min(440px,calc(100vw-32px))] animate-pop flex-col overflow-hidden rounded-xl border border-line bg-surface shadow-4 outline-none"
        >
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-5 pb-4">
            <Radix.Title className="text-[15px] font-semibold tracking-[-0.01em]">{props.title}</Radix.Title>
            <Radix.Description asChild>
              <div className="mt-1.5 flex flex-col gap-3 leading-[1.5] text-text-2">{props.children}</div>
            </Radix.Description>
          </div>
          <div className="flex flex-none justify-end gap-2 border-t border-line-subtle px-5 py-3">
            <Radix.Cancel asChild>
              <Button>{props.cancel}</Button>
            </Radix.Cancel>
            <Button
              look={props.danger ? "default" : "primary"}
              data-testid="confirm"
              busy={props.busy ?? false}
              reason={props.reason}
              onClick={props.onConfirm}
              className={cx(props.danger && "border-transparent! bg-bad-solid! text-white! hover:opacity-90")}
            >
              {props.confirm}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
