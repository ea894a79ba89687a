const DARK = '#000000';
const LIGHT = '#ffffff';

/** Relative luminance (WCAG 2.2) of '#RGB' or '#RRGGBB'. */
function luminance(color) {
  const hex = color.length === 4 ? color.replace(/[\da-f]/gi, '$&$&') : color;
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return red * 0.2126 + green * 0.7152 + blue * 0.0722;
}

/** Contrast ratio (WCAG 2.2), 1 to 21. */
function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever is easier to read on `color`: at least 4.58:1. */
export const inkOn = (color) => (contrast(color, DARK) >= contrast(color, LIGHT) ? DARK : LIGHT);
