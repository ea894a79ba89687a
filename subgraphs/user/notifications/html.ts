/** Tables and inline styles are what mail clients agree on. */

export type Brand = { name: string; color: string | null; logoUrl: string | null };
export type DetailRow = { label: string; value: string };
/** Plain text, each a single line. */
export type EmailContent = {
  language: string;
  heading: string;
  greeting: string;
  paragraphs: string[];
  /** An http(s) address to follow. */
  link?: { label: string; url: string } | undefined;
  rows: DetailRow[];
  footer: string;
};

const DEFAULT_COLOR = '#1f2937';
const HEX_COLOR = /^#(?:[\da-f]{3}|[\da-f]{6})$/i;
/** Out of 255: brighter colors get dark text. */
const BRIGHT_LUMA = 150;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe in an element or a quoted attribute. */
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

/** Black or white, the more readable (luma by ITU-R BT.601). */
function textColorOn(color: string): string {
  const digits = color.slice(1);
  const whole = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(whole.slice(at, at + 2), 16));
  return 0.299 * red! + 0.587 * green! + 0.114 * blue! > BRIGHT_LUMA ? '#000000' : '#ffffff';
}

/** Only http(s) URLs may appear in `src`. */
function logoOf({ logoUrl, name }: Brand): string {
  if (!logoUrl || !/^https?:\/\//i.test(logoUrl)) return '';
  return `<img src="${escapeHtml(logoUrl)}" alt="${escapeHtml(name)}" height="40" style="display:block;margin-bottom:8px">`;
}

/** A button, and the address for clients that show none. */
function linkOf({ link }: EmailContent, color: string): string {
  if (!link || !/^https?:\/\//i.test(link.url)) return '';
  const [url, label] = [escapeHtml(link.url), escapeHtml(link.label)];
  return (
    `<p><a href="${url}" style="display:inline-block;padding:12px 20px;background:${color};color:${textColorOn(color)};text-decoration:none">${label}</a></p>` +
    `<p style="color:#6b7280;font-size:13px;word-break:break-all">${url}</p>`
  );
}

/** Escapes everything in `content` and `brand`. */
export function htmlOf(content: EmailContent, brand: Brand): string {
  const color = brand.color && HEX_COLOR.test(brand.color) ? brand.color : DEFAULT_COLOR;
  const rows = content.rows.map(
    ({ label, value }) =>
      `<tr><td style="padding:4px 16px 4px 0;color:#6b7280;vertical-align:top">${escapeHtml(label)}</td>` +
      `<td style="padding:4px 0;font-weight:bold">${escapeHtml(value)}</td></tr>`,
  );
  return [
    `<!doctype html><html lang="${escapeHtml(content.language)}"><head><meta charset="utf-8"><title>${escapeHtml(content.heading)}</title></head>`,
    '<body style="margin:0;padding:24px;background:#f3f4f6;font-family:Arial,sans-serif;font-size:16px;color:#111827">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;margin:0 auto;background:#ffffff">',
    `<tr><td style="padding:20px 24px;background:${color};color:${textColorOn(color)}">${logoOf(brand)}`,
    `<strong>${escapeHtml(brand.name)}</strong></td></tr>`,
    `<tr><td style="padding:24px"><h1 style="margin:0 0 16px;font-size:20px">${escapeHtml(content.heading)}</h1>`,
    `<p>${escapeHtml(content.greeting)}</p>`,
    ...content.paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    linkOf(content, color),
    `<table role="presentation" cellpadding="0" cellspacing="0">${rows.join('')}</table></td></tr>`,
    `<tr><td style="padding:16px 24px;color:#6b7280;font-size:13px">${escapeHtml(content.footer)}</td></tr>`,
    '</table></body></html>',
  ].join('\n');
}

export function textOf(content: EmailContent): string {
  const rows = content.rows.map(({ label, value }) => `${label}: ${value}`);
  const { greeting, paragraphs, link, footer } = content;
  const links = link ? [`${link.label}:\n${link.url}`] : [];
  const details = rows.length > 0 ? [rows.join('\n')] : [];
  return [greeting, ...paragraphs, ...links, ...details, footer].join('\n\n') + '\n';
}
