/** Everything that the server holds of the visitor: taken along as a file, or deleted. */
import type { Session } from "../wire/session.ts";
import { save } from "./keepsake.ts";

export interface Gone {
  readonly messages: number;
  readonly meetings: number;
  readonly crm: number;
}

export async function exportAll(session: Session): Promise<void> {
  const answer = await ask(session, "export");
  save(await answer.blob(), "my-data.json");
}

/** Afterwards the panel begins as for somebody new. */
export async function eraseAll(session: Session): Promise<Gone> {
  const gone = (await (await ask(session, "erase")).json()) as Partial<Gone>;
  session.forget();
  return { messages: gone.messages ?? 0, meetings: gone.meetings ?? 0, crm: gone.crm ?? 0 };
}

async function ask(session: Session, what: "export" | "erase"): Promise<Response> {
  const { url, body } = await session.own();
  const answer = await fetch(`${url}/v1/mine/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    credentials: "omit",
  });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  return answer;
}
