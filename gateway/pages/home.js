const STATE_INTERVAL_MS = 5_000;
const COPIED_MS = 1_500;
const WORDS = { ready: 'ready', not_ready: 'not ready', unreachable: 'no answer' };

function show(service, state) {
  const row = document.querySelector(`[data-service="${service}"]`);
  if (!row) return;
  row.className = state;
  row.querySelector('.state').textContent = WORDS[state];
}

async function refresh() {
  try {
    const [gateway, services] = await Promise.all([fetch('/ready'), fetch('/services')]);
    show('gateway', gateway.ok ? 'ready' : 'not_ready');
    for (const { service, state } of await services.json()) show(service, state);
  } catch {
    show('gateway', 'unreachable');
  }
}

async function run(query, output) {
  output.hidden = false;
  output.textContent = '…';
  try {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    output.textContent = JSON.stringify(await answer.json(), null, 2);
  } catch (error) {
    output.textContent = String(error);
  }
}

for (const box of document.querySelectorAll('.try')) {
  const text = box.querySelector('textarea');
  box.querySelector('[data-run]').addEventListener('click', () => run(text.value, box.querySelector('pre')));
  box.querySelector('[data-copy]').addEventListener('click', async ({ currentTarget: button }) => {
    await navigator.clipboard.writeText(text.value);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), COPIED_MS);
  });
}

document.querySelector('[data-socket]').textContent = `${location.origin.replace(/^http/, 'ws')}/graphql`;
await refresh();
setInterval(refresh, STATE_INTERVAL_MS);
