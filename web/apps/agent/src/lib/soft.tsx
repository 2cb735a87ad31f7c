import { Component, type ReactNode, Suspense } from "react";

/** Around what loads later: meanwhile, and when it does not come at all, `fallback` stands there, and all around it stays. */
export class Soft extends Component<{ fallback?: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    const { fallback = null, children } = this.props;
    return this.state.failed ? fallback : <Suspense fallback={fallback}>{children}</Suspense>;
  }
}

const PAUSES = [1_000, 4_000];

/** Loads a part of the app, and tries again where the line broke. */
export const sturdy =
  <T,>(load: () => Promise<T>) =>
  async (): Promise<T> => {
    for (const pause of PAUSES) {
      try {
        return await load();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    return load();
  };
