"use strict";
/* The director's console. All texts from elsewhere go in by textContent alone; the token stays in this tab's sessionStorage. */
const $ = id => document.getElementById(id);
const KEPT = "presence-token";
const SLIP_MS = 1000, HELD_MS = 500, DOUBLE_MS = 500, SURE_MS = 8000;
const query = new URLSearchParams(location.search);
let guests = query.get("view") === "guests";
let language = localStorage.getItem("presence-language") || (navigator.language.startsWith("ja") ? "ja" : "en");
let state = null, stamp = 0, token = "", socket = null, connected = false, denied = false, refusal = "";
let greeted = false, stopId = "", guardMs = 0;
let sure = 0, sureAt = -1e9, decidedAt = -1e9, wasForgotten = null;
let armed = 0, escapeAt = -1e9, escapeTimer = 0, wentAt = -1e9, ids = 0, drawn = "", aborter = null;
const me = Array.from(crypto.getRandomValues(new Uint8Array(8)), b => b.toString(16).padStart(2, "0")).join("");

const say = (key, ...values) => values.reduce((t, v, k) => t.replace(`{${k}}`, v), WORDS[language][key] ?? key);
const show = (element, on) => { element.hidden = !on; };
const make = (tag, name, text) => { const e = document.createElement(tag); if (name) e.className = name; if (text !== undefined) e.textContent = text; return e; };
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
const clock = s => { s = Math.max(0, Math.floor(s)); return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`; };
const now = () => state.t + (state.moves && connected ? (performance.now() - stamp) / 1000 : 0);
const pauseFor = ms => new Promise(done => setTimeout(done, ms));
const cueOf = id => state.scenes.flatMap(s => s.cues).find(c => c.id === id);

/* The way in: a ticket of the printed link is good once; a token of 'avatar token add' comes as it is. */
async function enter() {
  let given = decodeURIComponent(location.hash.slice(1));
  if (given === "guests" || given.startsWith("guests=")) { guests = true; given = given.slice(7); }
  const address = location.pathname + (guests ? "?view=guests" : "");
  if (location.hash) history.replaceState(null, "", address);
  token = sessionStorage.getItem(KEPT) || "";
  if (given.startsWith("presence_")) token = given;
  else if (given) {
    const answer = await fetch("/console/ticket", { method: "POST", body: JSON.stringify({ ticket: given }) }).catch(() => null);
    if (answer && answer.ok) token = (await answer.json()).token;
  }
  if (token) sessionStorage.setItem(KEPT, token);
}

/* The event door: stops that act at once go by it. */
function connect() {
  if (denied || guests) return;
  socket = new WebSocket(`ws://${location.host}/v1/events`);
  const own = socket;
  socket.onopen = () => own.send(event("presence.hello", { client: "console", ...(token ? { token } : {}) }));
  socket.onmessage = message => {
    const news = JSON.parse(message.data);
    if (news.type === "presence.welcome") greeted = true;
    else if (news.type === "presence.error" && news.data.id === stopId) command("panic");
  };
  socket.onclose = () => { socket = null; greeted = false; setTimeout(connect, 1000); };
}
const event = (type, data) => JSON.stringify({ specversion: "1.0", id: `${me}-${++ids}`, source: "console", type, data });
function stopAtOnce() {
  const text = event("presence.panic", {});
  stopId = `${me}-${ids}`;
  if (greeted && socket.readyState === 1) { socket.send(text); return; }
  fetch("/v1/events", { method: "POST", headers: headers(), body: text }).then(a => { if (!a.ok) command("panic"); }, () => command("panic"));
}
const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});

async function command(name, given = {}) {
  refusal = "";
  const once = () => fetch("/v1/ceremony", { method: "POST", headers: headers(), body: JSON.stringify({ command: name, ...given }) });
  try {
    const answer = await once().catch(error => { if (name === "back") throw error; return once(); });
    if (!answer.ok) refusal = say("refused", (await answer.json()).message);
  } catch { refusal = say("offline"); }
  banner();
  if (refusal) setTimeout(() => { refusal = ""; banner(); }, 4000);
}

/* The state: asked for again as soon as it is answered, and held back by the other end until it is another one. */
async function follow() {
  for (;;) {
    aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), 14000);
    try {
      const after = connected && state ? state.version : -1;
      const answer = await fetch(`/v1/ceremony?after=${after}&language=${language}${guests ? "&view=guests" : ""}`, { headers: headers(), signal: aborter.signal });
      if (answer.status === 401) { denied = true; connected = false; banner(); await pauseFor(3000); continue; }
      denied = false;
      if (!answer.ok && answer.status !== 503) throw new Error(answer.status);
      connected = true;
      if (answer.ok) { state = await answer.json(); stamp = performance.now(); draw(); }
      else { state = null; draw(); await pauseFor(500); }
    } catch (error) {
      if (error.name !== "AbortError" || !aborter.again) { connected = false; draw(); await pauseFor(500); }
    } finally { clearTimeout(timer); }
  }
}
function askAgain() { if (state) state.version = -1; if (aborter) { aborter.again = true; aborter.abort(); } }

function banner() {
  const modes = { paused: "isPaused", panic: "isPanic", suspended: "isSuspended", restored: "isRestored", stopped: "isStopped", ended: "isEnded" };
  const mode = state && !guests ? state.mode : "";
  const text = denied ? say("denied") : !connected ? say("offline") : refusal || (state ? (modes[mode] ? say(modes[mode]) : "") : say("none"));
  $("banner-text").textContent = text;
  show($("banner"), text);
  $("banner").classList.toggle("stop", denied || !connected || mode === "panic");
  $("banner-button").textContent = say("resume");
  show($("banner-button"), connected && ["paused", "panic", "suspended", "restored"].includes(mode));
}

function draw() {
  document.documentElement.lang = language;
  $("language").textContent = language === "en" ? "JA" : "EN";
  $("language").title = language === "en" ? "日本語" : "English";
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  $("show").setAttribute("aria-label", say("show"));
  $("now").setAttribute("aria-label", say("running"));
  banner();
  $("panic").textContent = armed ? say("again") : say("panic");
  if (!state) { document.body.dataset.view = "waiting"; return; }
  if (state.role === "guest") guests = true;
  document.body.dataset.view = guests ? "guests" : "director";
  document.title = `${state.title} – Presence`;
  $("title").textContent = state.title;
  if (guests) drawGuests(); else drawDirector();
  tick();
}

function drawGuests() {
  const line = state.lines[0];
  $("guest-speaker").textContent = line ? line.speaker : "";
  const text = state.count ? String(state.count) : line ? line.text : state.mode === "ended" ? say("isEnded") : state.title;
  if ($("guest-line").textContent !== text) $("guest-line").textContent = text;
  $("guest-line").lang = state.language;
  $("guest-statement").textContent = state.statement;
  const wanted = [language, ...state.guests].join();
  if ($("guest-actions").dataset.shown === wanted) return;
  $("guest-actions").dataset.shown = wanted;
  $("guest-actions").replaceChildren(...state.guests.map(action => {
    const button = make("button", "", WORDS[language][`g-${action}`] ?? capital(action.replaceAll("-", " ")));
    button.type = "button";
    button.onclick = async () => {
      button.disabled = true;
      await command("guest", { action });
      $("guest-told").textContent = refusal || say("sent");
      setTimeout(() => { $("guest-told").textContent = ""; button.disabled = false; }, 3000);
    };
    return button;
  }));
}

function drawDirector() {
  const held = state.held && state.mode === "running";
  $("mode").textContent = held ? say("held") : say({ running: "running_", panic: "panic_" }[state.mode] || state.mode);
  $("of").textContent = say("of", clock(state.expected));
  const next = cueOf(state.standby), reading = state.lines.find(l => l.read), asked = state.awaiting;
  show($("asking"), asked);
  if (asked) {
    $("asking-title").textContent = say("asks", asked.name);
    $("asking-text").textContent = asked.text;
    $("asking-text").lang = state.language;
    $("yes").textContent = asked.labels.yes === "yes" ? say("yes") : asked.labels.yes;
    $("no").textContent = asked.labels.no;
    $("yes").lang = $("no").lang = state.language;
    $("silence").textContent = say("silence");
  }
  const running = state.running[0];
  show($("running"), running);
  if (running) {
    const cue = cueOf(running.id);
    $("running-label").textContent = cue ? `${cue.number} · ${cue.label}` : "";
    const lines = state.lines.flatMap(l => {
      const text = make("p", l.read ? "line" : "line spoken", l.text);
      text.lang = state.language;
      return [make("p", "who", say(!l.read ? "says" : l.who === "companion" ? "for" : "by", l.speaker)), text];
    });
    if (state.count) lines.unshift(make("p", "line spoken", String(state.count)));
    $("prompter").replaceChildren(...lines);
    fit();
  }
  // Only when it is another one: it is read aloud by screen readers.
  const key = [state.standby, state.kept, language, next ? next.label : ""].join();
  if (key !== drawn) {
    drawn = key;
    $("standby-word").textContent = say("standby");
    $("standby-label").textContent = next ? `${next.number} · ${next.label}` : say("nothing");
    $("standby-notes").textContent = next ? next.notes : "";
    $("standby-trigger").textContent = !next ? "" : state.kept ? say("kept") : say(`t-${next.trigger.kind}`, next.trigger.of.replaceAll("_", " "));
    const current = document.querySelector("#scenes li.standby");
    if (current) setTimeout(() => nearTop(), 0);
  }
  show($("coming"), state.coming.length && !reading && !asked);
  $("coming").replaceChildren(...state.coming.flatMap(l => [make("p", "who", l.speaker), make("p", "line", l.text)]));
  drawShow();
  const ending = state.mode === "stopping" && reading;
  const asleep = ["paused", "panic", "suspended", "restored", "stopped", "stopping"].includes(state.mode);
  $("go").disabled = !connected || (asleep && !ending) || Boolean(asked) || (!next && !reading);
  $("go").classList.toggle("read", Boolean(reading));
  $("go-word").textContent = say(reading ? "read" : "go");
  $("go-what").textContent = asked ? say("wait") : reading ? say("readHint") : !next ? "" : state.kept ? say("given") : running ? say("then", next.label) : next.label;
  $("hold").textContent = say(held ? "release" : "hold");
  $("hold").setAttribute("aria-pressed", String(held));
  $("hold").disabled = $("back").disabled = !connected || asleep;
  $("pause").textContent = say(state.mode === "paused" ? "resume" : "pause");
  drawSide();
}

// A long text in smaller letters, so that whoever reads sees all of it; never smaller than can be read at arm's length.
function fit() {
  for (const line of document.querySelectorAll("#prompter p.line:not(.spoken)")) {
    line.style.fontSize = "";
    let size = parseFloat(getComputedStyle(line).fontSize);
    while (size > 26 && $("running").getBoundingClientRect().bottom > $("bar").getBoundingClientRect().top - 8) line.style.fontSize = `${size -= 1}px`;
  }
}

addEventListener("resize", fit);

function nearTop() {
  const list = $("show"), row = document.querySelector("#scenes li.running, #scenes li.standby");
  if (row && list.scrollHeight > list.clientHeight) list.scrollTop = row.offsetTop - list.offsetTop - list.clientHeight / 3;
}

function drawShow() {
  const focused = document.activeElement && document.activeElement.dataset.cue;
  $("scenes").replaceChildren(...state.scenes.flatMap(scene => {
    const list = make("ol");
    for (const cue of scene.cues) {
      const row = make("li", cue.state), button = make("button");
      button.type = "button";
      button.dataset.cue = cue.id;
      if (cue.state === "standby") button.setAttribute("aria-current", "step");
      button.append(make("span", "number", cue.number), make("span", "label", cue.label), make("span", "state", say(`s-${cue.state}`)));
      const facts = [say(cue.who === "guests" ? "guestsRole" : cue.who), clock(cue.seconds)];
      if (cue.asks) facts.push(say("asked"));
      if (cue.irreversible) facts.push(say("once"));
      button.append(make("span", "small", facts.join(" · ")));
      if (cue.trouble) button.append(make("span", "small trouble", `⚠ ${cue.trouble}`));
      button.title = say("goHere");
      button.onclick = () => confirm(say("confirmGoto", `${cue.number} · ${cue.label}`), say("goHere"), () => command("goto", { cue: cue.id }));
      row.append(button);
      list.append(row);
    }
    return [make("h3", "", scene.title), list];
  }));
  if (focused) document.querySelector(`#scenes [data-cue="${focused}"]`)?.focus();
}

function drawSide() {
  const checks = state.checklist || [];
  show($("checks"), state.checklist);
  $("checks-count").textContent = checks.length ? `(${checks.length})` : `✓ ${say("good")}`;
  $("checks-list").replaceChildren(...checks.map(l => make("li", /: (warning|note): /.exec(l)?.[1] || "error", l)));
  $("roles").replaceChildren(...state.roles.flatMap(r => [make("dt", "", r.name === r.role ? say(r.role === "guests" ? "guestsRole" : r.role) : `${r.name} (${say(r.role === "guests" ? "guestsRole" : r.role)})`), make("dd", "", r.notes)]));
  $("statement").textContent = state.statement;
  $("log").replaceChildren(...state.log.map(l => make("li", "", [clock(l.t), l.number, l.what, l.detail].filter(Boolean).join("  "))));
  show($("preview"), state.preview && !refusedPreview);
  show($("guest-link"), state.guest_link);
  $("guest-address").textContent = $("guest-address").href = state.guest_link.replace("//0.0.0.0:", `//${location.hostname}:`);
  drawKeepsake();
  drawItems();
  drawLevels();
}

/* Whether anything is kept. It is deleted only on a second, slower press: the first one says what goes. */
function drawKeepsake() {
  const kept = state.keepsake, there = Boolean(kept && kept.name), gone = there && kept.forgotten;
  show($("keepsake"), kept);
  show($("forgotten"), gone);
  if (!kept) return;
  if (gone || !there || !connected) letGo();
  const what = (kept.film ? say("film") : "") + say("stored");
  const text = gone ? say("forgotten") : there ? say("keeps", what) : say("unkept") + (kept.film ? say("unkeptFilm") : "");
  if ($("keepsake-what").textContent !== text) $("keepsake-what").textContent = text;
  $("keepsake").classList.toggle("gone", gone);
  $("keepsake-how").textContent = `· ${say(there && !gone ? "keepsakeIs" : "keepsakeNot")}`;
  show($("forget"), there);
  $("forget").textContent = say(gone ? "remember" : sure ? "forgetSure" : "forget");
  $("forget").classList.toggle("armed", Boolean(sure));
  $("forget").disabled = $("remember").disabled = !connected;
  show($("forget-what"), sure);
  $("forget-what").textContent = sure ? say("forgets", what) : "";
  show($("keepsake-later"), there && !gone && !sure);
  $("keepsake-later").textContent = there ? say("later", kept.name) : "";
  if (gone && wasForgotten !== true) $("keepsake").open = true;
  wasForgotten = gone;
}
function letGo() {
  if (!sure) return;
  clearTimeout(sure);
  sure = 0;
  if (state) drawKeepsake();
}
function forget() {
  const at = performance.now();
  if (at - decidedAt < SLIP_MS) return;
  if (state.keepsake.forgotten) { remember(); return; }
  if (!sure) {
    sure = setTimeout(letGo, SURE_MS);
    sureAt = at;
    drawKeepsake();
    $("keepsake").scrollIntoView({ block: "nearest" });
    return;
  }
  if (at - sureAt < DOUBLE_MS) return;
  letGo();
  decidedAt = at;
  command("keepsake", { keep: false });
}
function remember() {
  if (performance.now() - decidedAt < SLIP_MS) return;
  decidedAt = performance.now();
  command("keepsake", { keep: true });
}

function drawItems() {
  const ticked = state.items.filter(i => state.ticks.includes(i.id)).length;
  $("before-count").textContent = `${ticked === state.items.length ? "✓ " : ""}${say("ticked", ticked, state.items.length)}`;
  const shown = [language, ...state.items.map(i => i.id + i.text + i.of)].join();
  if ($("before-list").dataset.shown !== shown) {
    $("before-list").dataset.shown = shown;
    $("before-list").replaceChildren(...state.items.map(item => {
      const row = make("li"), label = make("label"), box = make("input");
      const word = item.word === "stop" && !item.of ? "i-stop-sign" : `i-${item.word}`;
      box.type = "checkbox";
      box.dataset.item = item.id;
      box.onchange = () => command("tick", { item: item.id, done: box.checked });
      label.append(box, make("span", "", item.word ? say(word, item.of) : item.text));
      row.append(label);
      return row;
    }));
  }
  for (const box of $("before-list").querySelectorAll("input")) box.checked = state.ticks.includes(box.dataset.item);
}

/* A row for each sound: how loud it is now, and how loud it is to be. What a hand is on is not drawn anew. */
function level(name) {
  let row = document.querySelector(`#levels [data-level="${name}"]`);
  if (row) return row;
  row = make("div", "level");
  row.dataset.level = name;
  const meter = make("meter"), label = make("label", "", say(name));
  Object.assign(meter, { min: 0, max: 1, low: 0.25, high: 0.95, optimum: 0.6 });
  if (name in state.levels) {
    const input = make("input"), value = make("output", "value");
    Object.assign(input, { type: "range", min: 0, max: 1, step: 0.05, id: `level-${name}` });
    label.htmlFor = input.id;
    let waits = 0;
    const send = () => { waits = 0; command("level", { name, value: Number(input.value) }); };
    input.oninput = () => { spoken(input, value); if (!waits) waits = setTimeout(send, 100); };
    row.append(label, value, input);
  } else row.append(label);
  row.append(meter);
  $("levels").append(row);
  return row;
}
function spoken(input, value) {
  const text = `${Math.round(input.value * 100)} %`;
  value.textContent = text;
  input.setAttribute("aria-valuetext", text);
}
function drawLevels() {
  show($("sound"), Object.keys(state.levels).length);
  for (const [name, volume] of Object.entries(state.levels)) {
    const input = level(name).querySelector("input");
    if (document.activeElement !== input) input.value = volume;
    spoken(input, level(name).querySelector(".value"));
  }
  for (const row of $("levels").children) row.querySelector("label").textContent = say(row.dataset.level);
}
async function meters() {
  for (;;) {
    await pauseFor(160);
    if (!state || guests || !connected || document.hidden || $("sound").hidden || !$("sound").open) continue;
    try {
      const answer = await fetch("/v1/ceremony/meters", { headers: headers() });
      if (!answer.ok) { await pauseFor(2000); continue; }
      const heard = (await answer.json()).meters;
      for (const [name, value] of Object.entries(heard)) {
        const meter = level(name).querySelector("meter");
        meter.value = value;
        meter.setAttribute("aria-label", say(name));
      }
      document.querySelector("#levels [data-level=microphone]")?.toggleAttribute("hidden", !("microphone" in heard));
    } catch { /* the next ones will do */ }
  }
}

function tick() {
  if (!state) return;
  $("elapsed").textContent = clock(now());
  if (guests) return;
  const running = state.running[0];
  $("running-time").textContent = running ? clock(now() - running.since) : "";
  if (state.awaiting) $("asking-left").textContent = say("left", Math.max(0, Math.ceil(state.awaiting.until - now())));
}

/* Two pictures a second, drawn and forgotten. */
let refusedPreview = false;
async function watch() {
  for (;;) {
    await pauseFor(500);
    if (!state || guests || !state.preview || !connected || document.hidden || refusedPreview) continue;
    try {
      const answer = await fetch("/v1/ceremony/preview", { headers: headers() });
      if (answer.status === 403) { refusedPreview = true; draw(); }
      if (!answer.ok) continue;
      const picture = await createImageBitmap(await answer.blob());
      const canvas = $("preview-picture");
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.getContext("2d").drawImage(picture, 0, 0);
    } catch { /* the next one will do */ }
  }
}

function go() {
  if (!state || guests || $("go").disabled || $("confirm").open || performance.now() - wentAt < guardMs) return;
  wentAt = performance.now();
  // After READ the same button says GO: a little longer, so that an impatient second press begins nothing.
  guardMs = state.lines.some(l => l.read) ? SLIP_MS : DOUBLE_MS;
  command("go", { expect: state.standby });
}
function answer(which) { if (state?.awaiting) command("answer", { answer: which, cue: state.awaiting.cue }); }
function hold() { command(state.held && state.mode === "running" ? "resume" : "hold"); }
function resume() { command("resume"); }
function panic() {
  disarm();
  stopAtOnce();
  if ($("confirm").open) $("confirm").close();
}
function disarm() { clearTimeout(armed); armed = 0; $("panic").classList.remove("armed"); $("panic").textContent = say("panic"); }
function arm() {
  if (armed) { panic(); return; }
  armed = setTimeout(disarm, SLIP_MS);
  $("panic").classList.add("armed");
  $("panic").textContent = say("again");
}
function confirm(text, yes, act) {
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  $("confirm-yes").onclick = () => { $("confirm").close(); act(); };
  $("confirm").showModal();
  $("confirm-no").focus();
}

$("go").onclick = go;
$("back").onclick = () => command("back");
$("hold").onclick = hold;
$("panic").onclick = arm;
$("yes").onclick = () => answer("yes");
$("no").onclick = () => answer("no");
$("silence").onclick = () => answer("silence");
$("banner-button").onclick = resume;
$("pause").onclick = () => command(state.mode === "paused" ? "resume" : "pause");
$("fade").onclick = () => command("fade");
$("stop").onclick = () => confirm(say("confirmStop"), say("stop"), () => command("stop"));
$("forget").onclick = forget;
$("remember").onclick = remember;
/* A finger that scrolls is no press: it ends in pointercancel. */
document.addEventListener("pointerup", e => { if (!e.target.closest("#forget")) letGo(); });
document.addEventListener("keydown", e => {
  const on = document.activeElement === $("forget") && (e.key === "Enter" || e.key === " ");
  if (on && e.repeat) e.preventDefault();
  else if (!on && e.key !== "Shift") letGo();
}, true);
$("confirm-no").onclick = () => $("confirm").close();
$("language").onclick = () => { language = language === "en" ? "ja" : "en"; localStorage.setItem("presence-language", language); drawn = ""; draw(); askAgain(); };
/* After a click the focus goes back to nowhere, so that Space is GO and not the same button once more. */
document.addEventListener("click", e => { if (e.detail > 0 && !$("confirm").open && document.activeElement?.closest("button, summary, input")) document.activeElement.blur(); });
let keyed = false;
document.addEventListener("keydown", e => {
  if (e.key === "Escape") {
    if (guests || e.repeat) { e.preventDefault(); return; }
    const again = performance.now() - escapeAt < SLIP_MS;
    escapeAt = performance.now();
    if (again) { escapeAt = -1e9; panic(); } else { clearTimeout(escapeTimer); escapeTimer = setTimeout(panic, HELD_MS); }
    return;
  }
  if (e.ctrlKey || e.altKey || e.metaKey || guests || !state) return;
  if (e.key === "Tab") { keyed = true; return; }
  const on = document.activeElement, typing = on && on.matches("input"), chosen = on && keyed && on.matches("button, summary, a") && on.id !== "go";
  if ($("confirm").open) return;
  if (e.key === "PageDown" || e.key === "ArrowRight" && !typing || !typing && !chosen && (e.key === " " || e.key === "Enter")) { e.preventDefault(); if (!e.repeat) go(); return; }
  if (e.key === "PageUp") { e.preventDefault(); if (!e.repeat && !$("back").disabled) command("back"); return; }
  if (typing || e.repeat) return;
  const key = e.key.toLowerCase();
  if ((key === "h" || key === ".") && !$("hold").disabled) hold();
  else if (state.awaiting && "yns".includes(key)) answer({ y: "yes", n: "no", s: "silence" }[key]);
});
document.addEventListener("keyup", e => { if (e.key === "Escape") clearTimeout(escapeTimer); });
document.addEventListener("pointerdown", () => { keyed = false; });
window.addEventListener("blur", () => clearTimeout(escapeTimer));
document.addEventListener("visibilitychange", () => { if (!document.hidden && !connected) askAgain(); });

enter().then(() => { draw(); connect(); follow(); watch(); meters(); setInterval(tick, 250); });
