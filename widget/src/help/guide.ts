/** Guided steps for this user's plan: what to do next, ticked off one by one. */
import { h, type Child } from "../view/dom.ts";
import { guided as asGuided, type Guided, type Step } from "./article-shapes.ts";
import { pieces } from "./blocks.ts";
import { progress, type Changed } from "./home.ts";
import { openArticle, type Kit } from "./kit.ts";
import { way } from "./way.ts";

export async function guide(kit: Kit, key: string, changed: Changed): Promise<readonly Child[]> {
  const path = `/guides/${encodeURIComponent(key)}`;
  return steps(kit, await kit.api.get(path, asGuided), path, changed);
}

function steps(kit: Kit, guide: Guided, path: string, changed: Changed): readonly Child[] {
  const done = guide.steps.map((step) => step.done);
  const bar = h("p", { role: "status" });
  const draw = (): void => {
    const count = done.filter(Boolean).length;
    bar.replaceChildren(progress(kit, count, done.length));
    changed(count, done.length);
  };
  const problem = h("p", { class: "error", role: "alert" });
  const tick = async (box: HTMLInputElement, at: number, step: Step): Promise<void> => {
    const put = (value: boolean): void => {
      done[at] = box.checked = value;
      draw();
    };
    put(box.checked);
    problem.textContent = "";
    try {
      await kit.api.post(`${path}/steps/${encodeURIComponent(step.key)}`, { done: box.checked });
    } catch {
      put(!box.checked);
      problem.textContent = kit.said.troubles["failed"]!;
    }
  };
  const open = (id: string, anchor: string): void => openArticle(kit, { id, title: "" }, anchor);
  const desk = { more: kit.more, base: kit.stage.base, open };
  const item = (step: Step, at: number): HTMLElement => {
    const box: HTMLInputElement = h("input", {
      type: "checkbox",
      part: "step",
      checked: step.done,
      change: () => void tick(box, at, step),
    });
    return h(
      "li",
      {},
      h("label", {}, box, h("bdi", {}, step.title)),
      h("div", { class: "body", dir: "auto" }, ...pieces(step.body, desk)),
      way(kit, step, "button"),
    );
  };
  draw();
  return [
    guide.summary !== "" && h("p", { dir: "auto" }, guide.summary),
    bar,
    problem,
    h("ol", { class: "steps" }, ...guide.steps.map(item)),
  ];
}
