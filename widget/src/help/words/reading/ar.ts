/** Arabic words of the views behind the first one. */
import type { ReadingWords } from "./en.ts";

export const words: ReadingWords = {
  noConversations: "لا توجد محادثات بعد.",
  begin: "محادثة جديدة",
  withPerson: "مع فريقنا",
  isOpen: "مفتوحة",
  openStep: "افتح",
  onPage: "في هذه الصفحة",
  wasHelpful: "هل كان هذا مفيدًا؟",
  yes: "نعم",
  no: "لا",
  whatWrong: "ما المشكلة؟",
  needText: "صف المشكلة.",
  alongside: "يُرسَل معها",
  page: "هذه الصفحة",
  version: "إصدار التطبيق",
  lastError: "آخر خطأ",
  sendIt: "أرسل إلى فريقنا",
  answerHere: "يصل الرد هنا، في محادثتك.",
  updated: (date) => `حُدّث في ${date}`,
  copy: "نسخ",
  copied: "نُسخ",
  code: "رمز",
  thanks: "شكرًا. سُجّل ذلك.",
  whatMissing: "ما الذي كان ناقصًا؟",
  send: "إرسال",
};
