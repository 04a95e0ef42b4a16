/** The stage of what is done in a conversation: with the words of its part. */
import type { Stage } from "./stage.ts";
import type { DoingWords } from "./words/doing/en.ts";

export interface DoingStage extends Stage {
  readonly more: DoingWords;
}
