import type { ListLimits, ListQuestion } from "@max/api";
import { Button } from "@max/ui";
import { Plus } from "lucide-react";
import { useState } from "react";
import { q } from "../../strings-structured";
import { draftOf } from "../composer/drafts";
import { QuestionView } from "../media/question";
import { Counted, FormEnd, type FormProps, useSending } from "./form";
import { EdgeFields, QuestionField } from "./frame-fields";
import {
  type ListDraft,
  listFaults,
  listFrom,
  listOf,
  newList,
  newSection,
  rowCount,
  type SectionDraft,
} from "./question";
import { SectionFields } from "./section-fields";

/** A question that is answered from a list. What stood in the composer is its words. */
export function ListForm({ limits, begin, ...props }: FormProps<ListQuestion> & { limits: ListLimits }) {
  const sending = useSending("list", props);
  const [begun] = useState(() => (begin ? "" : draftOf(props.conversation.id).reply));
  const [draft, setDraft] = useState(() => (begin ? listFrom(begin) : newList(begun)));
  const set = (part: Partial<ListDraft>) => {
    setDraft({ ...draft, ...part });
    sending.changed();
  };
  const faults = listFaults(draft, limits);
  const fault = (field: string) => sending.fault(faults, field);
  const frame = { draft, limits, fault, onChange: set };
  const { sections } = draft;
  const rows = rowCount(draft);
  const change = (before: SectionDraft, section: SectionDraft) =>
    set({ sections: sections.map((one) => (one === before ? section : one)) });
  return (
    <form
      noValidate
      onSubmit={(event) => sending.submit(event, faults, () => ({ interactive: listOf(draft) }), begun)}
      className="flex flex-col gap-4 p-4"
    >
      <QuestionField {...frame} />
      <Counted
        name="interactive.button"
        label={q.list.button}
        value={draft.button}
        most={limits.button_chars}
        error={fault("interactive.button")}
        onChange={(button) => set({ button })}
      />
      {sections.map((section, at) => (
        <SectionFields
          key={section.key}
          section={section}
          at={at}
          several={sections.length > 1}
          room={rows < limits.max_rows}
          limits={limits}
          fault={fault}
          onChange={(next) => change(section, next)}
          onRemove={() => set({ sections: sections.filter((one) => one !== section) })}
        />
      ))}
      <div className="flex items-center justify-between gap-2">
        {sections.length < limits.max_sections && rows < limits.max_rows ? (
          <Button size="sm" data-testid="add-section" onClick={() => set({ sections: [...sections, newSection()] })}>
            <Plus className="size-3.5" />
            {q.list.addSection}
          </Button>
        ) : (
          <span />
        )}
        <span className="num text-xs text-text-3">{q.list.count(rows, limits.max_rows)}</span>
      </div>
      <EdgeFields {...frame} />
      <FormEnd
        preview={<QuestionView question={listOf(draft)} />}
        sending={sending}
        shown={(field) => /\.(?:text|header|footer|button|title|description)$/u.test(field)}
        onClose={props.onClose}
      />
    </form>
  );
}
