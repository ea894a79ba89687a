export const $ = (id) => document.getElementById(id);

/** Sets the text only if it differs: a status is announced once. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function element(tag, { text, ...properties } = {}, ...children) {
  const created = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) created.textContent = text;
  created.append(...children);
  return created;
}

/**
 * Makes the children of `parent` those of `items`, in their order. A known key keeps its node, and with it focus, caret and
 * scroll position.
 */
export function patch(parent, items, { keyOf, create, update }) {
  const known = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const keys = new Set(items.map(keyOf));
  // First, so that no other node has to move: a moved node loses the focus.
  for (const [key, node] of known) if (!keys.has(key)) node.remove();
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const node = known.get(key) ?? create(item);
    node.dataset.key = key;
    update(node, item);
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
}
