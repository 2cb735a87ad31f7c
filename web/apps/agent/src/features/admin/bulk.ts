import { ApiError } from "@max/api";

export interface BulkFailure<Row> {
  row: Row;
  error: unknown;
}

export interface BulkState<Row> {
  total: number;
  /** Rows the server changed. */
  changed: number;
  /** Rows that were as wanted already. */
  same: number;
  failures: BulkFailure<Row>[];
  /** Rows nobody touched, because it was stopped. */
  left: number;
  running: boolean;
}

/** How often one row waits for a server that asks to. */
const PATIENCE = 3;
/** The longest it waits at a time, in seconds. */
const LONGEST = 30;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Does the same to many rows, one after the other: the server sees the load of one person, and each failure has its own reason. A
 * failing row does not stop the rest. `act` answers false where there was nothing to do.
 */
export async function runBulk<Row>(
  rows: readonly Row[],
  act: (row: Row) => Promise<boolean>,
  options: { onChange: (state: BulkState<Row>) => void; signal: AbortSignal; sleep?: (ms: number) => Promise<void> },
): Promise<BulkState<Row>> {
  const sleep = options.sleep ?? pause;
  let state: BulkState<Row> = {
    total: rows.length,
    changed: 0,
    same: 0,
    failures: [],
    left: rows.length,
    running: true,
  };
  const tell = (change: Partial<BulkState<Row>>) => {
    state = { ...state, ...change };
    options.onChange(state);
  };
  tell({});
  for (const row of rows) {
    if (options.signal.aborted) break;
    try {
      const did = await patiently(() => act(row), sleep, options.signal);
      tell(did ? { changed: state.changed + 1, left: state.left - 1 } : { same: state.same + 1, left: state.left - 1 });
    } catch (error) {
      tell({ failures: [...state.failures, { row, error }], left: state.left - 1 });
    }
  }
  tell({ running: false });
  return state;
}

async function patiently<T>(
  act: () => Promise<T>,
  sleep: (ms: number) => Promise<void>,
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      const wait = error instanceof ApiError && error.status === 429 ? (error.retryAfter ?? 1) : null;
      if (wait === null || tries >= PATIENCE || signal.aborted) throw error;
      await sleep(Math.min(wait, LONGEST) * 1_000);
    }
  }
}
