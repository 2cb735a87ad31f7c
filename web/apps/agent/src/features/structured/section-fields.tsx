import type { ListLimits } from "@max/api";
import { Button, IconButton } from "@max/ui";
import { Plus, Trash2, X } from "lucide-react";
import { q } from "../../strings-structured";
import { Counted } from "./form";
import { newRow, type RowDraft, type SectionDraft } from "./question";

/** One section of a list: its title, where there are several, and its rows. */
export function SectionFields(props: {
  section: SectionDraft;
  /** Which one, from 0. */
  at: number;
  several: boolean;
  /** Another row fits into the list. */
  room: boolean;
  limits: ListLimits;
  fault: (field: string) => string | undefined;
  onChange: (section: SectionDraft) => void;
  onRemove: () => void;
}) {
  const { section, at, several, limits, fault, onChange } = props;
  const { rows } = section;
  const path = `interactive.sections.${at}`;
  const change = (row: RowDraft, part: Partial<RowDraft>) =>
    onChange({ ...section, rows: rows.map((one) => (one === row ? { ...one, ...part } : one)) });
  return (
    <fieldset className="flex flex-col gap-3 rounded-[10px] border border-line p-3">
      <legend className={several ? "px-1 text-sm font-semibold" : "sr-only"}>{q.list.section(at + 1)}</legend>
      {several && (
        <div className="flex items-start gap-1">
          <Counted
            className="min-w-0 flex-1"
            name={`${path}.title`}
            label={q.list.sectionTitle}
            value={section.title}
            most={limits.section_title_chars}
            error={fault(`${path}.title`)}
            onChange={(title) => onChange({ ...section, title })}
          />
          <span className="mt-[34px]">
            <IconButton label={q.list.removeSection(at + 1)} onClick={props.onRemove}>
              <Trash2 />
            </IconButton>
          </span>
        </div>
      )}
      {rows.map((row, n) => (
        <fieldset key={row.key} className="flex items-start gap-1">
          <legend className="sr-only">{q.list.row(n + 1)}</legend>
          <div className="grid min-w-0 flex-1 grid-cols-2 gap-3 phone:grid-cols-1">
            <Counted
              name={`${path}.rows.${n}.title`}
              label={`${q.list.row(n + 1)}: ${q.list.rowTitle}`}
              value={row.title}
              most={limits.row_title_chars}
              error={fault(`${path}.rows.${n}.title`)}
              onChange={(title) => change(row, { title })}
            />
            <Counted
              name={`${path}.rows.${n}.description`}
              label={q.list.rowDescription}
              placeholder={q.optional}
              value={row.description}
              most={limits.row_description_chars}
              error={fault(`${path}.rows.${n}.description`)}
              onChange={(description) => change(row, { description })}
            />
          </div>
          {rows.length > 1 && (
            <span className="mt-[34px]">
              <IconButton
                label={q.list.removeRow(n + 1)}
                onClick={() => onChange({ ...section, rows: rows.filter((one) => one !== row) })}
              >
                <X />
              </IconButton>
            </span>
          )}
        </fieldset>
      ))}
      {props.room && (
        <Button size="sm" className="self-start" onClick={() => onChange({ ...section, rows: [...rows, newRow()] })}>
          <Plus className="size-3.5" />
          {q.list.addRow}
        </Button>
      )}
    </fieldset>
  );
}
