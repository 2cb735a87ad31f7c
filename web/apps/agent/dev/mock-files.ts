import { deflateSync } from "node:zlib";

// Files made on the spot, so that none has to be kept.

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = (CRC[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return Buffer.concat([head, body, tail]);
}

/** Hills under a sky, in a colour of their own. */
export function picture(width: number, height: number, hue: number): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  const turn = (hue / 360) * Math.PI * 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (1 + width * 3) + 1 + x * 3;
      const [u, v] = [x / width, y / height];
      const far = 0.55 + 0.12 * Math.sin(u * 6 + turn * 3);
      const near = 0.75 + 0.1 * Math.sin(u * 4 + turn * 5 + 1);
      const sun = (u - 0.72) ** 2 * (width / height) ** 2 + (v - 0.28) ** 2 < 0.012;
      const light = v > near ? 0.35 : v > far ? 0.55 : sun ? 1.15 : 0.72 + 0.25 * v;
      for (let c = 0; c < 3; c++) {
        const tint = 0.65 + 0.35 * Math.cos(turn + (c * Math.PI * 2) / 3 + v * 1.4);
        rows[at + c] = Math.max(0, Math.min(255, Math.round(255 * light * tint)));
      }
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Tones like speech, as a WAV file. */
export function sound(seconds: number): Buffer {
  const rate = 8_000;
  const samples = Buffer.alloc(rate * seconds);
  for (let i = 0; i < samples.length; i++) {
    const t = i / rate;
    const loud = 0.5 + 0.5 * Math.sin(t * 9) * Math.sin(t * 2.3);
    samples[i] = 128 + Math.round(60 * loud * Math.sin(t * Math.PI * 2 * (180 + 60 * Math.sin(t * 3))));
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

/** One part of a form: a field, or a file. */
export interface FormPart {
  name: string;
  filename: string | null;
  type: string;
  bytes: Buffer;
}

/** A multipart body, taken apart. */
export function formParts(body: Buffer, contentType: string): FormPart[] {
  const mark = Buffer.from(`--${/boundary=([^;]+)/.exec(contentType)?.[1] ?? ""}`);
  const parts: FormPart[] = [];
  for (let at = body.indexOf(mark); at >= 0; ) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next - 2);
    const split = part.indexOf("\r\n\r\n");
    const head = part.subarray(0, split).toString("utf8");
    parts.push({
      name: /name="([^"]*)"/.exec(head)?.[1] ?? "",
      filename: /filename="([^"]*)"/.exec(head)?.[1] ?? null,
      type: /content-type: *([^\r\n]+)/i.exec(head)?.[1] ?? "",
      bytes: part.subarray(split + 4),
    });
    at = next;
  }
  return parts;
}
