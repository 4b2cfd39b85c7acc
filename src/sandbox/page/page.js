// The page works without this script: every act is a form, every place an address. With it nothing is
// loaded twice: what changed is fetched and put in place, here and in every other open tab.
"use strict";
document.documentElement.classList.add("js");

// Makes `old` like `now`, touching only what differs: what is typed, open or focused stays so.
function morph(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeName !== now.nodeName || old.id !== now.id) return old.replaceWith(now);
  if (old.nodeType !== Node.ELEMENT_NODE) return void (old.data = now.data);
  for (const name of new Set([...old.getAttributeNames(), ...now.getAttributeNames()])) {
    if (name === "open" || old.getAttribute(name) === now.getAttribute(name)) continue;
    now.hasAttribute(name) ? old.setAttribute(name, now.getAttribute(name)) : old.removeAttribute(name);
  }
  const wanted = [...now.childNodes];
  const ids = new Set(wanted.map((node) => node.id).filter(Boolean));
  for (const child of [...old.childNodes]) if (child.id && !ids.has(child.id)) child.remove();
  wanted.forEach((node, at) => {
    const kept = node.id && [...old.childNodes].find((child) => child.id === node.id);
    const there = old.childNodes[at];
    if (kept) {
      if (kept !== there) old.insertBefore(kept, there ?? null);
      morph(kept, node);
    } else if (there && !there.id && !node.id) morph(there, node);
    else old.insertBefore(node, there ?? null);
  });
  while (old.childNodes.length > wanted.length) old.lastChild.remove();
}

function show(html) {
  const now = new DOMParser().parseFromString(html, "text/html");
  const logs = [...document.querySelectorAll(".log")];
  const atEnd = logs.filter((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 80);
  document.title = now.title;
  morph(document.body, now.body);
  settle();
  for (const log of atEnd) log.scrollTop = log.scrollHeight;
}

// A form that is open for somebody takes the focus, keeps it, and gives it back.
let opener;
function settle() {
  const modal = document.querySelector("dialog.modal");
  if (!modal) opener = void opener?.focus();
  if (!modal || modal.matches(":modal")) return;
  opener ??= document.activeElement;
  modal.removeAttribute("open");
  modal.showModal();
  modal.querySelector(".modal-body :is(input, select, textarea, button)")?.focus();
}

// `version` grows with every look and act: an answer that was overtaken is not shown.
let [version, looking, changed] = [0, false, false];
async function refresh() {
  changed = true;
  if (looking) return;
  looking = true;
  while (changed) {
    changed = false;
    const mine = ++version;
    const html = await fetch(location.href).then((answer) => (answer.ok ? answer.text() : null), () => null);
    if (html && mine === version) show(html);
  }
  looking = false;
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  document.body.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    const html = await answer.text();
    if (!answer.ok) return alert(html);
    if ("clear" in form.dataset) form.reset();
    history.replaceState(null, "", answer.url);
    version++;
    show(html);
    document.querySelector("[aria-invalid]")?.focus();
    refresh();
  } catch {
    alert("The sandbox does not answer. Is it still running?");
  } finally {
    document.body.removeAttribute("aria-busy");
  }
}

// Asks back before a click counts. The dialog stands beside the page's content: an update leaves it alone.
function confirmed({ confirm, text, yes, no }) {
  const add = (name, said, set) => Object.assign(document.createElement(name), { textContent: said, ...set });
  const dialog = add("dialog", "", { className: "confirm" });
  dialog.setAttribute("aria-labelledby", "confirm-title");
  const form = add("form", "", { method: "dialog" });
  const deny = add("button", no || "Cancel", { value: "", className: "button" });
  const accept = add("button", yes || "Yes", { value: "yes", className: "button primary" });
  form.append(add("h2", confirm, { id: "confirm-title" }), add("p", text), deny, accept);
  dialog.append(form);
  document.documentElement.append(dialog);
  dialog.showModal();
  dialog.addEventListener("close", () => dialog.remove());
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes")));
}

addEventListener("submit", async (event) => {
  const { target: form, submitter: button } = event;
  if (form.method !== "post") return;
  event.preventDefault();
  if (button?.dataset.confirm && !(await confirmed(button.dataset))) return;
  await send(form, button);
});

// A choice counts at once, as in Slack.
addEventListener("change", (event) => {
  const pick = event.target.closest("[data-auto]");
  if (pick) event.target.form.requestSubmit(pick.querySelector("button"));
});

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.overflow[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
  } else if (document.querySelector("dialog.modal:modal") && !document.querySelector("dialog.confirm")) {
    event.preventDefault(); // closing is the bot's to hear
    document.querySelector("dialog.modal .close").click();
  }
});

addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.overflow[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A browser holds six connections to one place: a tab that nobody sees asks now and then instead.
let [live, asking] = [];
function listen() {
  live?.close();
  clearInterval(asking);
  if (document.hidden) return void (asking = setInterval(refresh, 1000));
  live = new EventSource("/live");
  live.onmessage = live.onopen = refresh; // once open, for what was missed while it was not
}
document.addEventListener("visibilitychange", listen);
listen();
for (const log of document.querySelectorAll(".log:not(.home)")) log.scrollTop = log.scrollHeight;
settle();
