/** English, and the shape that every other language fills: words of the views behind the first one. */

export const words = {
  noConversations: "No conversations yet.",
  begin: "New conversation",
  withPerson: "With our team",
  isOpen: "Open",
  openStep: "Open",
  onPage: "On this page",
  wasHelpful: "Was this helpful?",
  yes: "Yes",
  no: "No",
  whatWrong: "What is wrong?",
  needText: "Describe what is wrong.",
  alongside: "Sent along with it",
  page: "This page",
  version: "App version",
  lastError: "Last error",
  sendIt: "Send to our team",
  answerHere: "The answer arrives here, in your conversation.",
  updated: (date: string) => `Updated ${date}`,
  copy: "Copy",
  copied: "Copied",
  code: "Code",
  thanks: "Thanks. Noted.",
  whatMissing: "What was missing?",
  send: "Send",
};

export type ReadingWords = typeof words;
