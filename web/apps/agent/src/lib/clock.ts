/** The server's clock as far as we know it: windows and waits are counted by it, not by a laptop that runs late. */
let offset = 0;

/** Takes in the server's time, in milliseconds. HTTP dates have whole seconds, so small differences mean nothing. */
export function syncClock(server: number): void {
  const difference = server - Date.now();
  offset = Math.abs(difference) > 3_000 ? difference : 0;
}

/** Now by the server's clock, in milliseconds since 1970. */
export function now(): number {
  return Date.now() + offset;
}
