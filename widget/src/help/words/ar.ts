/** Arabic words of the help panel. */
import { counted } from "../../i18n/counted.ts";
import type { HelpWords } from "./en.ts";

const count = counted("ar");

export const words: HelpWords = {
  how: "كيف يمكننا المساعدة؟",
  search: "ابحث في المقالات",
  clear: "مسح البحث",
  results: "نتائج البحث",
  articles: (n) =>
    count(n, { zero: "# مقال", one: "مقال واحد", two: "مقالان", few: "# مقالات", many: "# مقالًا", other: "# مقال" }),
  noneFor: (query) => `لا نتائج عن «${query}»`,
  ask: "اطرح سؤالًا",
  askSame: "اسأل المساعد",
  contact: "تواصل معنا",
  goOn: "تابع محادثتك",
  earlier: "كل المحادثات",
  start: "ابدأ من هنا",
  steps: (done, n) => (done < n ? `اكتمل ${done} من ${n}` : "اكتمل كل شيء"),
  featured: "مقالات شائعة",
  topics: "المواضيع",
  article: "مقال",
  back: "رجوع",
  loading: "جارٍ التحميل",
  retry: "حاول مجددًا",
  troubles: {
    offline: "أنت غير متصل.",
    not_found: "لا يمكن قراءة هذا هنا.",
    too_fast: "طلبات كثيرة دفعة واحدة. انتظر لحظة.",
    signed_out: "سجّل الدخول لرؤية محادثاتك.",
    failed: "لم ينجح ذلك.",
  },
};
