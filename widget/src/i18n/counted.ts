/** Words that change with a number, by the plural rules of a language; `#` stands for the number. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

export function counted(language: string): (n: number, forms: Forms) => string {
  let rules: Intl.PluralRules | undefined;
  return (n, forms) =>
    // Made with the first number: it takes longer than all other words together.
    (forms[(rules ??= new Intl.PluralRules(language)).select(n)] ?? forms.other).replace(
      "#",
      new Intl.NumberFormat(written(language)).format(n),
    );
}

/** The locale in which numbers, dates and times are written: Arabic with the digits that the quoted documents have. */
export function written(locale: string): string {
  return /^ar\b/i.test(locale) && !/-u-/i.test(locale) ? `${locale}-u-nu-latn` : locale;
}
