/** Plain HTTP for where sockets are blocked: a request whose answer is read event by event. */
import type { Refused } from "./connection.ts";

export class Refusal extends Error implements Refused {
  readonly isFinal: boolean;
  readonly said: Refused["said"];

  constructor(status: number, said: Refused["said"]) {
    super(said.message);
    this.isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
    this.said = said;
  }
}

export async function post(
  url: string,
  body: string,
  onData: (data: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  const answer = await fetch(url, { method: "POST", body, headers, signal, credentials: "omit" });
  if (!answer.ok || answer.body === null) throw new Refusal(answer.status, await saidBy(answer));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const feed = eventStream(onData);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    feed(value);
  }
}

async function saidBy(answer: Response): Promise<Refusal["said"]> {
  const said = (await answer.json().catch(() => null)) as Partial<Refusal["said"]> | null;
  return { code: said?.code ?? "http", message: said?.message ?? `The server answered ${answer.status}.` };
}

/** Reads server-sent events from pieces cut anywhere; calls back with the data of each whole event. */
export function eventStream(onData: (data: string) => void): (piece: string) => void {
  let rest = "";
  let data: string[] = [];
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
      if (line === "" && data.length > 0) {
        const whole = data.join("\n");
        data = [];
        onData(whole);
      }
    }
  };
}
