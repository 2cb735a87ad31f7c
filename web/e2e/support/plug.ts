// The line between a browser and MAX, to be cut. A SOCKS proxy, so that the page keeps its real address and the browser is not told
// that it is offline: connections just end, or go quiet.

import { connect, createServer, type Server, type Socket } from "node:net";

/** How the request names the other end. */
const IPV4 = 1;
const NAME = 3;

/** A line that can be cut. */
export class Plug {
  #state: "in" | "out" | "frozen" = "in";
  readonly #pairs = new Set<[Socket, Socket]>();

  private constructor(
    readonly server: Server,
    /** For the `proxy` option of a browser context. */
    readonly url: string,
  ) {}

  static async open(): Promise<Plug> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    if (!address || typeof address === "string") throw new Error("no port");
    const plug = new Plug(server, `socks5://127.0.0.1:${address.port}`);
    server.on("connection", (socket) => plug.#greet(socket));
    return plug;
  }

  /** Ends all connections; new ones are refused. */
  pull(): void {
    this.#state = "out";
    this.#cut();
  }

  /** Connections stay, and nothing passes any more. */
  freeze(): void {
    this.#state = "frozen";
    for (const pair of this.#pairs) for (const end of pair) end.unpipe().pause();
  }

  /** The line works again. What was frozen stays dead, as behind a router that has forgotten it. */
  restore(): void {
    this.#state = "in";
  }

  close(): void {
    this.#cut();
    this.server.close();
  }

  #cut() {
    for (const pair of this.#pairs) for (const end of pair) end.resetAndDestroy();
    this.#pairs.clear();
  }

  #greet(socket: Socket) {
    socket.on("error", () => socket.destroy());
    if (this.#state === "out") return socket.resetAndDestroy();
    // Greeting, then a request to connect; each comes in a packet of its own from a browser on this machine.
    socket.once("data", () => {
      socket.write(Buffer.from([5, 0]));
      socket.once("data", (request) => this.#join(socket, request));
    });
  }

  #join(near: Socket, request: Buffer) {
    const [version, command, , kind, length = 0] = request;
    if (version !== 5 || command !== 1 || (kind !== IPV4 && kind !== NAME)) return near.destroy();
    const host = kind === IPV4 ? request.subarray(4, 8).join(".") : request.subarray(5, 5 + length).toString();
    const far = connect(request.readUInt16BE(kind === IPV4 ? 8 : 5 + length), host);
    const pair: [Socket, Socket] = [near, far];
    this.#pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
    far.once("connect", () => {
      near.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      if (this.#state === "frozen") return;
      near.pipe(far);
      far.pipe(near);
    });
  }
}
