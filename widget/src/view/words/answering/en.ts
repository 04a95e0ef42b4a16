/** The words around an answer, in English; every other language fills the same shape. */
export const words = {
  source: (n: number) => `Source ${n}`,
  sources: "Sources",
  from: "From",
  updated: (date: string) => `Updated ${date}`,
  openPage: "Open page",
  newTab: "opens in a new tab",
  nearest: "Closest pages",
  table: (columns: string) => `Table: ${columns}`,
  code: "Code",
  copy: "Copy",
  copyAnswer: "Copy answer",
  copied: "Copied",
  notCopied: "Could not copy",
  helpful: "Helpful",
  notHelpful: "Not helpful",
  thanks: "Thanks. Noted.",
  takenBack: "Taken back.",
  whatWrong: "What was wrong?",
  reasons: {
    wrong: "Wrong",
    out_of_date: "Out of date",
    not_asked: "Not what I asked",
    hard_to_follow: "Hard to follow",
  },
  sayMore: "Say more (optional)",
  sendReason: "Send",
  nothingDrawn: "This part can not be shown here.",
  partMissing: "This could not be loaded.",
  retry: "Try again",
};

export type AnswerWords = typeof words;
