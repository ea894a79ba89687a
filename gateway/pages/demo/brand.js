import { inkOn } from './contrast.js';
import { $ } from './patch.js';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The page loads images of its own origin only; undefined: the logo is elsewhere. */
function ownLogo(logoUrl) {
  if (!logoUrl) return undefined;
  const { hostname, port, pathname } = new URL(logoUrl);
  const isHere =
    hostname === location.hostname || (LOOPBACK.has(hostname) && LOOPBACK.has(location.hostname));
  return isHere && port === location.port ? pathname : undefined;
}

const initialsOf = (name) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map(([first]) => first)
    .join('')
    .toUpperCase();

export function applyBrand({ name, logoUrl, themePrimaryColor }) {
  document.title = name;
  $('tenant').textContent = name;
  const logo = ownLogo(logoUrl);
  $('logo').hidden = !logo;
  $('initials').hidden = Boolean(logo);
  $('initials').textContent = initialsOf(name);
  if (logo) $('logo').src = logo;
  if (!themePrimaryColor) return;
  document.documentElement.style.setProperty('--brand', themePrimaryColor);
  document.documentElement.style.setProperty('--on-brand', inkOn(themePrimaryColor));
}
