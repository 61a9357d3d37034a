// ECG paper on a canvas: grid, traces, colours behind them. Lengths in millimetres until drawn.
"use strict";
const Paper = (() => {
  const PER_SECOND = 25, PER_MILLIVOLT = 10, LEAD_IN = 18, CLEAR = 2, LEAST = 6, MOST = 26, MARK = 0.9, MARKED = 0.25;
  const GRID = "222, 107, 107";

  function bytes(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }

  // Rows of `leads` times `samples` millivolt, from little-endian microvolt.
  function signal(text, leads) {
    const raw = new DataView(bytes(text).buffer), samples = raw.byteLength / 2 / leads;
    return Array.from({ length: leads }, (_, lead) =>
      Float32Array.from({ length: samples }, (_, t) => raw.getInt16(2 * (lead * samples + t), true) / 1000));
  }

  // The inverse of `companded` in embed.py.
  function attribution(text, largest, leads) {
    const raw = new Int8Array(bytes(text).buffer), samples = raw.length / leads;
    return Array.from({ length: leads }, (_, lead) =>
      Float32Array.from(raw.subarray(lead * samples, (lead + 1) * samples),
        (q) => Math.sign(q) * (q / 127) ** 2 * largest));
  }

  // Runs [lead, from, to) of a mask of eight samples a byte; gaps of three samples are bridged.
  function runs(text, leads, samples) {
    const raw = bytes(text), found = [];
    for (let lead = 0; lead < leads; lead++) {
      let open = null;
      for (let t = 0; t < samples; t++) {
        const at = lead * samples + t;
        if (!(raw[at >> 3] & (128 >> (at & 7)))) continue;
        if (open && t - open[2] <= 3) open[2] = t + 1;
        else found.push((open = [lead, t, t + 1]));
      }
    }
    return found;
  }

  const isMarked = (text, samples) => {
    const raw = bytes(text);
    return (lead, t) => !!(raw[(lead * samples + t) >> 3] & (128 >> ((lead * samples + t) & 7)));
  };

  function median(row) {
    const sorted = Float32Array.from(row).sort(), half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  // Where each lead of `rows` lies: each about its median, with the room that it needs.
  function layout(rows, rate, which, least = LEAST) {
    let top = 0;
    const bands = which.map((lead) => {
      const row = rows[lead], middle = median(row);
      let high = 0, low = 0;
      for (const value of row) { high = Math.max(high, value - middle); low = Math.max(low, middle - value); }
      const above = Math.min(Math.max(high * PER_MILLIVOLT + CLEAR, least), MOST);
      const below = Math.min(Math.max(low * PER_MILLIVOLT + CLEAR, LEAST), MOST);
      const band = { lead, middle, top, baseline: top + above, bottom: top + above + below };
      top = band.bottom;
      return band;
    });
    const seconds = rows[0].length / rate;
    return { bands, rate, samples: rows[0].length, width: LEAD_IN + seconds * PER_SECOND + 2, height: top };
  }

  const x = (plan, t) => LEAD_IN + (t / plan.rate) * PER_SECOND;
  const sampleAt = (plan, mm) =>
    Math.min(Math.max(Math.round(((mm - LEAD_IN) / PER_SECOND) * plan.rate), 0), plan.samples - 1);

  function parse(hex) {
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }

  // Linear from the paper's own colour at zero to full colour at `saturation`.
  function colour(value, saturation, colours, signed) {
    const part = Math.min(Math.abs(value) / saturation, 1);
    const end = parse(!signed ? colours.size : value < 0 ? colours.against : colours.for), paper = parse(colours.paper);
    return `rgb(${paper.map((from, k) => Math.round(from + (end[k] - from) * part)).join(",")})`;
  }

  function grid(context, plan, scale) {
    for (const [step, width, alpha] of [[1, 0.5, 0.28], [5, 1, 0.5]]) {
      if (step * scale < 2.4) continue;
      context.strokeStyle = `rgba(${GRID},${alpha})`;
      context.lineWidth = width;
      context.beginPath();
      for (let mm = LEAD_IN % step; mm <= plan.width; mm += step) {
        context.moveTo(mm * scale, 0); context.lineTo(mm * scale, plan.height * scale);
      }
      for (let mm = 0; mm <= plan.height; mm += step) {
        context.moveTo(0, mm * scale); context.lineTo(plan.width * scale, mm * scale);
      }
      context.stroke();
    }
  }

  function trace(context, plan, band, row, scale) {
    context.strokeStyle = "#111";
    context.lineWidth = Math.max(1, 0.24 * scale);
    context.lineJoin = "round";
    context.beginPath();
    for (const [mm, mv] of [[-7, 0], [-6, 0], [-6, 1], [-2, 1], [-2, 0], [-1, 0]]) {
      context.lineTo((LEAD_IN + mm) * scale, (band.baseline - mv * PER_MILLIVOLT) * scale);
    }
    context.stroke();
    context.beginPath();
    row.forEach((value, t) => context.lineTo(x(plan, t) * scale, (band.baseline - (value - band.middle) * PER_MILLIVOLT) * scale));
    context.stroke();
  }

  // Thick along the top and the bottom of a lead, so that short runs do not hide the trace.
  function outline(context, plan, scale, evidence) {
    for (const band of plan.bands) {
      const top = (band.top + 0.5) * scale, bottom = (band.bottom - 0.5) * scale;
      for (const [lead, from, to] of evidence) {
        if (lead !== band.lead) continue;
        const left = x(plan, from - 0.5) * scale, wide = x(plan, to - 0.5) * scale - left;
        context.fillStyle = "#111";
        context.fillRect(left, top, wide, 2.5);
        context.fillRect(left, bottom - 2.5, wide, 2.5);
        context.fillStyle = "rgba(17, 17, 17, 0.45)";
        context.fillRect(left, top, 1, bottom - top);
        context.fillRect(left + wide - 1, top, 1, bottom - top);
      }
    }
  }

  // overlay: { rows, rate, saturation, signed } or null; evidence: runs or [].
  function draw(canvas, plan, scale, rows, overlay, evidence, colours) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(plan.width * scale * ratio);
    canvas.height = Math.round(plan.height * scale * ratio);
    canvas.style.width = `${plan.width * scale}px`;
    canvas.style.height = `${plan.height * scale}px`;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, plan.width * scale, plan.height * scale);
    if (overlay) {
      const step = PER_SECOND / overlay.rate;
      for (const band of plan.bands) {
        const room = (band.bottom - band.top - 1) * scale;
        overlay.rows[band.lead].forEach((value, t) => {
          if (!value) return;
          const left = (LEAD_IN + (t - 0.5) * step) * scale, wide = step * scale + 0.6;
          context.fillStyle = colour(value, overlay.saturation, colours, overlay.signed);
          context.fillRect(left, (band.top + 0.5) * scale, wide, room);
          // Seen without colour: at the upper edge what speaks for, at the lower what speaks against.
          if (overlay.signed && Math.abs(value) >= MARKED * overlay.saturation) {
            context.fillStyle = value < 0 ? colours.againstEdge : colours.forEdge;
            context.fillRect(left, value < 0 ? (band.bottom - 0.5 - MARK) * scale : (band.top + 0.5) * scale, wide, MARK * scale);
          }
        });
      }
    }
    grid(context, plan, scale);
    for (const band of plan.bands) trace(context, plan, band, rows[band.lead], scale);
    outline(context, plan, scale, evidence);
  }

  function cursor(canvas, plan, scale, rows, at) {
    const context = canvas.getContext("2d"), ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(plan.width * scale * ratio);
    canvas.height = Math.round(plan.height * scale * ratio);
    canvas.style.width = `${plan.width * scale}px`;
    canvas.style.height = `${plan.height * scale}px`;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const band = at && plan.bands.find((one) => one.lead === at.lead);
    if (!band) return;
    const left = x(plan, at.t) * scale;
    context.strokeStyle = "#111";
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(left, band.top * scale); context.lineTo(left, band.bottom * scale);
    context.stroke();
    context.fillStyle = "#111";
    context.beginPath();
    context.arc(left, (band.baseline - (rows[at.lead][at.t] - band.middle) * PER_MILLIVOLT) * scale, 3.5, 0, 7);
    context.fill();
    context.strokeStyle = "#fff";
    context.stroke();
  }

  return { signal, attribution, runs, isMarked, bytes, layout, draw, cursor, x, sampleAt };
})();
