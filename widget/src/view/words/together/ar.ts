import { counted } from "../../../i18n/counted.ts";
import type { TogetherWords } from "./en.ts";

const count = counted("ar");

export const words: TogetherWords = {
  writing: (name) => `${name} يكتب الآن`,
  seen: "تمت القراءة",
  attach: "إرفاق ملف",
  drop: "أفلت الملف لإرفاقه",
  files: "ملفات بانتظار الإرسال",
  waiting: "بانتظار الاتصال",
  sending: (percent) => `جارٍ الإرسال، ${percent}`,
  attached: (name) => `تم إرفاق: ${name}`,
  cancel: (name) => `عدم إرسال ${name}`,
  retry: "إعادة المحاولة",
  download: (name) => `تنزيل ${name}`,
  missing: "لم يعد من الممكن فتح هذا الملف.",
  tooLarge: (most) => `الملف كبير جدًا. الحد الأقصى ${most}.`,
  kind: (kinds) => `لا يمكن إرفاق ملفات من هذا النوع. الأنواع المقبولة: ${kinds}.`,
  many: "لا يمكن إرفاق المزيد من الملفات بهذه المحادثة.",
  refused: "لا يمكن إرفاق أي شيء حاليًا.",
  damaged: "هذه الصورة تالفة.",
  failed: "تعذّر الإرسال.",
  left: (n) =>
    count(n, {
      zero: "لم يبق أي حرف",
      one: "بقي حرف واحد",
      two: "بقي حرفان",
      few: "بقيت # أحرف",
      many: "بقي # حرفًا",
      other: "بقي # حرف",
    }),
  sound: "الصوت",
  unread: (n) =>
    count(n, {
      one: "رسالة جديدة",
      two: "رسالتان جديدتان",
      few: "# رسائل جديدة",
      many: "# رسالة جديدة",
      other: "# رسالة جديدة",
    }),
};
