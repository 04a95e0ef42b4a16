/** Puts words on the clipboard, also where the page may not write to it; false where nothing helps. */
import { h } from "./dom.ts";

export async function copy(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain HTTP, a sandboxed frame or a policy of the host page.
    const focused = (near.getRootNode() as ShadowRoot).activeElement;
    const field = h("textarea", { class: "sr", readonly: true, tabindex: "-1" });
    field.value = text;
    near.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    return isCopied;
  }
}

/** A button that copies and says that it did, for as long as one looks. */
export function copier(
  button: HTMLButtonElement,
  text: () => string,
  tell: (outcome: "copied" | "notCopied" | null) => void,
): HTMLButtonElement {
  let over: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener("click", () => {
    void copy(text(), button.parentElement ?? button).then((isCopied) => {
      tell(isCopied ? "copied" : "notCopied");
      clearTimeout(over);
      over = setTimeout(() => tell(null), 2000);
    });
  });
  return button;
}
