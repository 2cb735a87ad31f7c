import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button";
import { cx } from "./cx";

/** Stands below a form that differs from what is stored. */
export function SaveBar(props: {
  /** "1 unsaved change" */
  text: string;
  /** Why the last try did not work. */
  error?: ReactNode;
  save: string;
  cancel: string;
  busy?: boolean;
  reason?: string | undefined;
  className?: string;
  onSave: () => void;
  onCancel: () => void;
}) {
  return (
    <div
      className={cx(
        "sticky bottom-0 z-(--z-sticky) flex-none border-t border-line-subtle bg-surface py-3",
        props.className ?? "px-[18px]",
      )}
    >
      <div role="alert" className="empty:hidden">
        {props.error && (
          <p className="mb-2 flex items-start gap-1.5 text-xs text-bad-text [&_.lucide]:mt-px [&_.lucide]:size-3.5">
            <CircleAlert />
            <span>{props.error}</span>
          </p>
        )}
      </div>
      <div className="flex items-center gap-2">
        <span role="status" className="min-w-0 flex-1 text-xs text-text-3">
          {props.text}
        </span>
        <Button size="sm" onClick={props.onCancel}>
          {props.cancel}
        </Button>
        <Button
          size="sm"
          look="primary"
          data-testid="save"
          busy={props.busy ?? false}
          reason={props.reason}
          onClick={props.onSave}
        >
          {props.save}
        </Button>
      </div>
    </div>
  );
}
