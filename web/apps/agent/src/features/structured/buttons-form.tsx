import type { ButtonsLimits, ButtonsQuestion } from "@max/api";
import { Button, IconButton } from "@max/ui";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { q } from "../../strings-structured";
import { draftOf } from "../composer/drafts";
import { QuestionView } from "../media/question";
import { Counted, FormEnd, type FormProps, useSending } from "./form";
import { EdgeFields, QuestionField } from "./frame-fields";
import { type ButtonsDraft, buttonsFaults, buttonsFrom, buttonsOf, newButton, newButtons } from "./question";

/** A question that is answered by a button. What stood in the composer is its words. */
export function ButtonsForm({ limits, begin, ...props }: FormProps<ButtonsQuestion> & { limits: ButtonsLimits }) {
  const sending = useSending("buttons", props);
  const [begun] = useState(() => (begin ? "" : draftOf(props.conversation.id).reply));
  const [draft, setDraft] = useState(() => (begin ? buttonsFrom(begin) : newButtons(begun)));
  const set = (part: Partial<ButtonsDraft>) => {
    setDraft({ ...draft, ...part });
    sending.changed();
  };
  const faults = buttonsFaults(draft, limits);
  const fault = (field: string) => sending.fault(faults, field);
  const frame = { draft, limits, fault, onChange: set };
  const { buttons } = draft;
  return (
    <form
      noValidate
      onSubmit={(event) => sending.submit(event, faults, () => ({ interactive: buttonsOf(draft) }), begun)}
      className="flex flex-col gap-4 p-4"
    >
      <QuestionField {...frame} />
      <fieldset className="flex flex-col gap-3">
        <legend className="sr-only">{q.buttons.group}</legend>
        {buttons.map((button, n) => (
          <div key={button.key} className="flex items-start gap-1">
            <Counted
              className="min-w-0 flex-1"
              name={`interactive.buttons.${n}.title`}
              label={q.buttons.one(n + 1)}
              value={button.title}
              most={limits.title_chars}
              error={fault(`interactive.buttons.${n}.title`)}
              onChange={(title) => set({ buttons: buttons.map((one) => (one === button ? { ...one, title } : one)) })}
            />
            {buttons.length > 1 && (
              <span className="mt-[34px]">
                <IconButton
                  label={q.buttons.remove(n + 1)}
                  onClick={() => set({ buttons: buttons.filter((one) => one !== button) })}
                >
                  <X />
                </IconButton>
              </span>
            )}
          </div>
        ))}
        {buttons.length < limits.max_buttons && (
          <Button
            size="sm"
            className="self-start"
            data-testid="add-button"
            onClick={() => set({ buttons: [...buttons, newButton()] })}
          >
            <Plus className="size-3.5" />
            {q.buttons.add}
          </Button>
        )}
      </fieldset>
      <EdgeFields {...frame} />
      <FormEnd
        preview={<QuestionView question={buttonsOf(draft)} />}
        sending={sending}
        shown={(field) => /\.(?:text|header|footer|title)$/u.test(field)}
        onClose={props.onClose}
      />
    </form>
  );
}
