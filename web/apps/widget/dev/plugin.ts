import type { Plugin } from "vite";
import { Visitors } from "./visitors";

/**
 * The visitor API of a channel, for `npm run dev`. What you write is answered; "choice" brings buttons, "photo" a picture. Other things
 * an agent does: `POST /dev/joins`, `/dev/types`, `/dev/cut`, `/dev/away`.
 */
export function mockVisitors(): Plugin {
  return {
    name: "max-visitors",
    apply: "serve",
    configureServer(server) {
      const visitors = new Visitors("http://localhost:5174");
      visitors.answering = true;
      if (server.httpServer) visitors.attach(server.httpServer);
      server.middlewares.use((request, response, next) => {
        const url = new URL(request.url ?? "/", visitors.origin);
        // The built widget asks for panels under this address.
        const panel = url.pathname.match(/^\/chat\/panel\.(\w+)\.js$/)?.[1];
        if (panel) {
          response.writeHead(302, { location: `/src/entries/${panel}.ts` }).end();
          return;
        }
        const act = url.pathname.match(/^\/dev\/(\w+)$/)?.[1];
        if (act && request.method === "POST") {
          if (act === "joins") visitors.joins();
          else if (act === "types") visitors.types(true);
          else if (act === "cut") visitors.cut();
          else if (act === "away") visitors.config = { ...visitors.config, online: !visitors.config.online };
          response.writeHead(204).end();
          return;
        }
        visitors.handle(request, response, url).then((done) => done || next(), next);
      });
    },
  };
}
