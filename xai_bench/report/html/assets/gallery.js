// The viewer of recordings: choose, read a sample, enlarge a lead; by mouse, finger or keyboard.
"use strict";
(async () => {
  const source = document.getElementById("gallery-data");
  if (!source) return;
  const data = await unpack(source.textContent).json();
  const viewer = document.getElementById("viewer");
  const part = (name) => viewer.querySelector(`[data-${name}]`);
  const LEADS = data.leads.length, NONE = "none";
  const LEAST_SCALE = 2.5, ZOOMED = 8, PULSE = 12;
  // A recording in which something was planted shows what the outline means.
  const first = Math.max(data.recordings.findIndex((one) => one.evidence), 0);
  const state = { recording: first, model: 0, method: 0, evidence: true };

  const recordings = data.recordings.map((one) => {
    const rows = Paper.signal(one.microvolt, LEADS), samples = rows[0].length;
    return {
      ...one, rows, samples, waves: new Int8Array(Paper.bytes(one.waves).buffer),
      runs: one.evidence ? Paper.runs(one.evidence, LEADS, samples) : [],
      marked: one.evidence ? Paper.isMarked(one.evidence, samples) : null,
    };
  });

  const model = () => data.models[state.model];
  const method = () => model()?.methods[state.method] ?? null;
  const recording = () => recordings[state.recording];
  const decoded = new Map();
  function overlay() {
    const chosen = method(), k = state.recording;
    if (!chosen) return null;
    const key = `${state.model}/${state.method}/${k}`;
    if (!decoded.has(key)) {
      decoded.set(key, { rows: Paper.attribution(chosen.values[k], chosen.largest[k], LEADS), rate: chosen.rate, saturation: chosen.saturation[k], signed: chosen.signed[k] });
    }
    return decoded.get(key);
  }

  function pills(name, items, at) {
    const box = viewer.querySelector(`[data-choose="${name}"]`);
    box.querySelectorAll(".pill").forEach((pill) => pill.remove());
    items.forEach(([value, text, title, control]) => {
      const label = document.createElement("label"), input = document.createElement("input"), span = document.createElement("span");
      label.className = control ? "pill control" : "pill";
      if (title) label.title = title;
      Object.assign(input, { type: "radio", name: `gallery-${name}`, value, checked: value === String(at) });
      span.textContent = text;
      label.append(input, span);
      box.append(label);
    });
    box.onchange = (event) => { choose(name, event.target.value); };
  }

  function choose(name, value) {
    const before = method()?.name;
    state[name] = value === NONE ? -1 : Number(value);
    if (name === "model") {
      const same = model().methods.findIndex((one) => one.name === before);
      if (state.method >= 0) state.method = Math.max(same, 0);
      offerMethods();
    }
    at = null;
    show();
  }

  function offerMethods() {
    const methods = model() ? model().methods : [];
    pills("method", [...methods.map((one, k) => [String(k), one.name, one.summary, one.control]), [NONE, "none", "the recording alone"]],
      state.method < 0 ? NONE : state.method);
  }

  const number = (value) => {
    if (value === 0) return "0";
    const size = Math.abs(value);
    const text = size >= 0.001 && size < 1000 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
    return (value > 0 ? "+" : "") + text.replace("-", "−");
  };

  function reading(spot) {
    const one = recording(), over = overlay();
    const words = [data.leads[spot.lead], `${(spot.t / data.rate).toFixed(2)} s`, `${one.rows[spot.lead][spot.t].toFixed(3).replace("-", "−")} mV`];
    const wave = data.waves[one.waves[spot.t]];
    if (wave && wave !== "none") words.push(wave);
    if (over) {
      const value = over.rows[spot.lead][Math.min(Math.floor((spot.t * over.rate) / data.rate), over.rows[0].length - 1)];
      words.push(`attribution ${number(value)}`);
    }
    if (one.marked && one.marked(spot.lead, spot.t)) words.push("planted");
    return words.join(" · ");
  }

  // One sheet of paper with its layers; `which` are the leads on it.
  function sheet(box, { label, open }) {
    const base = document.createElement("canvas"), top = document.createElement("canvas"), tip = document.createElement("div");
    const names = document.createElement("div");
    names.className = "lead-names";
    base.setAttribute("aria-hidden", "true");
    top.className = "top-layer";
    top.tabIndex = 0;
    top.setAttribute("role", "application");
    top.setAttribute("aria-roledescription", "electrocardiogram");
    tip.className = "tip";
    tip.hidden = true;
    tip.setAttribute("aria-hidden", "true");
    box.append(names, base, top, tip);
    const own = { plan: null, scale: 1 };

    own.render = (which, scale) => {
      const one = recording();
      own.scale = scale;
      own.plan = Paper.layout(one.rows, data.rate, which, which.length === 1 ? PULSE : undefined);
      box.style.width = `${own.plan.width * scale}px`;
      box.style.height = `${own.plan.height * scale}px`;
      Paper.draw(base, own.plan, scale, one.rows, overlay(), state.evidence ? one.runs : [], data.colours);
      top.setAttribute("aria-label", `${label()}. Arrow keys read samples.`);
      names.replaceChildren(...(open ? own.plan.bands.map((band) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = data.leads[band.lead];
        button.setAttribute("aria-label", `Enlarge lead ${data.leads[band.lead]}`);
        button.style.top = `${band.baseline * scale}px`;
        button.onclick = () => open(band.lead);
        return button;
      }) : []));
      own.point(null);
    };

    own.point = (spot, speak) => {
      at = spot;
      Paper.cursor(top, own.plan, own.scale, recording().rows, spot);
      tip.hidden = !spot;
      if (!spot) return;
      const text = reading(spot), band = own.plan.bands.find((one) => one.lead === spot.lead);
      tip.textContent = text;
      const left = Paper.x(own.plan, spot.t) * own.scale, width = tip.offsetWidth;
      const seen = box.parentElement.scrollLeft + box.parentElement.clientWidth;
      tip.style.left = `${left + 14 + width > seen ? Math.max(left - 14 - width, 0) : left + 14}px`;
      tip.style.top = `${Math.max(band.top * own.scale + 2, 2)}px`;
      if (speak) part("live").textContent = text;
      if (own.read) own.read(text);
    };

    const spotAt = (event) => {
      const frame = top.getBoundingClientRect();
      const mm = (event.clientY - frame.top) / own.scale;
      const band = own.plan.bands.find((one) => mm < one.bottom) ?? own.plan.bands.at(-1);
      return { lead: band.lead, t: Paper.sampleAt(own.plan, (event.clientX - frame.left) / own.scale) };
    };
    top.addEventListener("pointermove", (event) => own.point(spotAt(event)));
    top.addEventListener("pointerleave", () => own.point(null));
    top.addEventListener("click", (event) => { const spot = spotAt(event); if (open) open(spot.lead); else own.point(spot); });
    top.addEventListener("focus", () => { if (!at && top.matches(":focus-visible")) own.point({ lead: own.plan.bands[0].lead, t: 0 }, true); });
    top.addEventListener("blur", () => own.point(null));
    top.addEventListener("keydown", (event) => {
      const spot = at ?? { lead: own.plan.bands[0].lead, t: 0 };
      const step = event.shiftKey ? 10 : 1;
      const moves = { ArrowLeft: [0, -step], ArrowRight: [0, step], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
      if (event.key === "Enter" && open) { event.preventDefault(); open(spot.lead, spot.t); return; }
      if (event.key === "Home" || event.key === "End") {
        event.preventDefault();
        own.point({ ...spot, t: event.key === "Home" ? 0 : own.plan.samples - 1 }, true);
        own.follow();
        return;
      }
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      const next = { lead: spot.lead + move[0], t: Math.min(Math.max(spot.t + move[1], 0), own.plan.samples - 1) };
      if (next.lead < 0 || next.lead >= LEADS) return;
      if (!own.plan.bands.some((one) => one.lead === next.lead)) { own.turn?.(next); return; }
      own.point(next, true);
      own.follow();
    });
    // A cursor that leaves the visible part of the paper takes it along.
    own.follow = () => {
      const scroll = box.parentElement, left = Paper.x(own.plan, at.t) * own.scale;
      if (left < scroll.scrollLeft + 60 || left > scroll.scrollLeft + scroll.clientWidth - 60) scroll.scrollLeft = left - scroll.clientWidth / 2;
    };
    own.focus = () => top.focus();
    return own;
  }

  let at = null;
  const every = data.leads.map((_, lead) => lead);
  const named = () => `Recording ${recording().id}${method() ? `, ${method().name} of ${model().name}` : ""}`;
  const main = sheet(part("paper"), { label: () => `${named()}, twelve leads. Enter enlarges a lead`, open: openZoom });
  const dialog = part("zoom");
  const zoom = sheet(part("zoom-paper"), { label: () => `${named()}, lead ${data.leads[zoomed]}` });
  let zoomed = 0;
  zoom.read = (text) => { part("zoom-read").textContent = text; };
  zoom.turn = (spot) => { zoomed = spot.lead; showZoom(); zoom.point(spot, true); zoom.follow(); };

  function showZoom() {
    part("zoom-title").textContent = `${data.leads[zoomed]} · ${named()}`;
    part("zoom-read").textContent = "";
    zoom.render([zoomed], ZOOMED);
  }
  function openZoom(lead, t) {
    zoomed = lead;
    dialog.showModal();
    showZoom();
    zoom.focus();
    if (t !== undefined) { zoom.point({ lead, t }, true); zoom.follow(); }
  }
  part("close").onclick = () => dialog.close();
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  function shares(over, one) {
    const sums = over.rows.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0));
    const total = sums.reduce((a, b) => a + b, 0);
    if (!total) return "The attribution is zero everywhere.";
    const order = [...every].sort((a, b) => sums[b] - sums[a]).slice(0, 3);
    let text = `Most of |attribution| lies in ${order.map((lead) => `${data.leads[lead]} (${Math.round((100 * sums[lead]) / total)} %)`).join(", ")}.`;
    if (one.marked) {
      const cells = [];
      over.rows.forEach((row, lead) => row.forEach((value, t) => cells.push([Math.abs(value), lead, t])));
      cells.sort((a, b) => b[0] - a[0]);
      const step = data.rate / over.rate, top = cells.slice(0, Math.ceil(cells.length / 100));
      const hit = (list) => list.filter(([, lead, t]) => one.marked(lead, Math.min(Math.round(t * step), one.samples - 1))).length / list.length;
      text += ` Of its largest 1 % of samples ${Math.round(100 * hit(top))} % are planted evidence; ${Math.round(100 * hit(cells))} % would be by chance.`;
    }
    return text;
  }

  function show() {
    const one = recording(), over = overlay(), chosen = method();
    const width = part("paper").parentElement.clientWidth;
    const plan = Paper.layout(one.rows, data.rate, every);
    main.render(every, Math.max(width / plan.width, LEAST_SCALE));
    const verdict = part("verdict");
    verdict.replaceChildren();
    const bold = (text) => Object.assign(document.createElement("b"), { textContent: text });
    verdict.append(bold(one.id), one.labels.length ? `, labelled ${one.labels.join(" + ")}` : "");
    if (model()) {
      const right = model().right[state.recording];
      verdict.append(`. ${model().name} says `, bold(model().explained[state.recording]), ` with P = ${model().probability[state.recording].toFixed(2)}`, right === null ? "" : right ? ", and the label agrees" : ", but the label is another");
    }
    if (chosen) {
      verdict.append(`. ${chosen.name}: ${chosen.summary}`);
      const scores = chosen.scores[state.recording];
      if (scores.length) verdict.append(". On this recording: ", scores.map(([name, value]) => `${name} ${value}`).join(", "));
    }
    verdict.append(".");
    part("shares").textContent = over ? shares(over, one) : "";
    // Methods in log-odds share one scale of colours on a recording.
    const bar = part("colourbar"), unit = chosen?.additive ? " log-odds; one scale for all methods in log-odds" : "; a scale of its own";
    bar.hidden = !over;
    bar.style.visibility = over ? "" : "hidden";
    if (over) {
      const { against, paper, size } = data.colours, signed = over.signed;
      bar.querySelector("i").style.background = `linear-gradient(90deg, ${(signed ? [against, paper, data.colours.for] : [paper, size]).join(", ")})`;
      part("low").textContent = signed ? `speaks against ${number(-over.saturation)}` : "0";
      part("high").textContent = signed ? `speaks for ${number(over.saturation)}${unit}` : `${number(over.saturation).slice(1)}, size alone: it has no sign and speaks neither for nor against${unit}`;
    }
  }

  pills("recording", recordings.map((one, k) => [String(k), `${one.id}${one.labels.length ? ` ${one.labels.join("+")}` : ""}`]), first);
  pills("model", data.models.map((one, k) => [String(k), one.name]), 0);
  offerMethods();
  const box = part("evidence");
  if (box) box.onchange = () => { state.evidence = box.checked; show(); };
  let waiting = 0;
  viewer.dataset.ready = "";
  new ResizeObserver(() => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(show); }).observe(part("paper").parentElement);
})();
