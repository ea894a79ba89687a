/** Connects the bar at the top with Altair, as one of its plugins. */
import { STEPS } from './steps.js';

const PLUGIN = 'altair-graphql-plugin-vaga';
const VERSION = '1.0.0';
const SESSION_KEY = 'vaga.explorer.session';
const KNOWN_KEY = 'vaga.explorer.known';
const SIGN_IN = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { session { accessToken } userErrors { message } }
}`;

const $ = (id) => document.getElementById(`vaga-${id}`);
const read = (key) => JSON.parse(sessionStorage.getItem(key) ?? 'null');
const write = (key, value) => sessionStorage.setItem(key, JSON.stringify(value));

/** Altair's `context.app`, once it has loaded the plugin. */
let altair;

async function sendToken(windowId) {
  const session = read(SESSION_KEY);
  await altair?.setHeader(windowId, 'Authorization', session ? `Bearer ${session.token}` : '');
}

async function setSession(session) {
  write(SESSION_KEY, session);
  const current = await altair?.getCurrentWindowState();
  if (current) await sendToken(current.windowId);
  $('who').textContent = session?.name ?? '';
  $('sign').textContent = session ? 'Sign out' : 'Sign in';
}

async function signIn(event) {
  event.preventDefault();
  const { domain, email, password } = event.target;
  const input = {
    email: email.value,
    password: password.value,
    ...(domain.value && { domain: domain.value }),
  };
  const wrong = event.target.querySelector('.vaga-wrong');
  wrong.textContent = '';
  try {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': 'en' },
      body: JSON.stringify({ query: SIGN_IN, variables: { input } }),
    });
    const { data, errors } = await answer.json();
    const refusals = errors ?? data.signIn.userErrors;
    if (refusals.length > 0) throw new Error(refusals.map(({ message }) => message).join(' '));
    await setSession({ name: email.value, token: data.signIn.session.accessToken });
    password.value = '';
    $('signing').close();
  } catch (error) {
    wrong.textContent = error.message;
  }
}

/** The step in the editor, and its variables. */
let opened;

async function open(step) {
  $('steps').hidePopover();
  const variables = step.variables(read(KNOWN_KEY) ?? {});
  opened = { step, variables };
  const { windowId } = await altair.getCurrentWindowState();
  altair.setQuery(windowId, step.query);
  altair.setVariables(windowId, JSON.stringify(variables, null, 2));
}

const at = (path, data) => path.split('.').reduce((value, key) => value?.[key], data);

/** Keeps what later steps need of an answer. */
async function learn({ data: { responses } }) {
  if (!opened || responses.length === 0) return;
  const { data } = JSON.parse(responses.at(-1).content);
  const found = Object.entries(opened.step.learn ?? {}).map(([name, path]) => [name, at(path, data)]);
  const { token, ...known } = Object.fromEntries(found.filter(([, value]) => value));
  write(KNOWN_KEY, { ...read(KNOWN_KEY), ...known });
  if (token) await setSession({ name: opened.variables.input.email, token });
}

class Vaga {
  initialize({ app, events }) {
    altair = app;
    void setSession(read(SESSION_KEY));
    events.on('current-window.change', ({ windowId }) => void sendToken(windowId));
    events.on('query-result.change', (event) => void learn(event));
    for (const button of $('steps').querySelectorAll('button')) button.disabled = false;
  }
  destroy() {}
}

function listSteps() {
  const items = STEPS.map((operations) => {
    const item = document.createElement('li');
    for (const step of operations) {
      const button = Object.assign(document.createElement('button'), {
        type: 'button',
        textContent: step.title,
      });
      button.addEventListener('click', () => void open(step));
      item.append(button);
    }
    return item;
  });
  $('steps')
    .querySelector('ol')
    .replaceChildren(...items);
}

listSteps();
window.AltairGraphQL.plugins = { ...window.AltairGraphQL.plugins, Vaga };
// Altair asks before it loads a plugin of others; this one comes with the page.
localStorage.setItem(
  'altair:db:__user_plugin_approved_map',
  JSON.stringify({ value: { url: { [PLUGIN]: [VERSION] } } }),
);
$('sign').addEventListener('click', () =>
  read(SESSION_KEY) ? void setSession(null) : $('signing').showModal(),
);
$('signing').querySelector('form').addEventListener('submit', signIn);
$('signing')
  .querySelector('[value=cancel]')
  .addEventListener('click', () => $('signing').close());
