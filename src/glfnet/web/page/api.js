// Requests to the server that this page comes from, and to no other.

export class Refused extends Error {}

async function answered(response) {
  if (response.ok) return response;
  let sentence = `The server refused this (${response.status}).`;
  try {
    const { detail } = await response.json();
    if (typeof detail === "string") sentence = detail;
    else if (detail?.[0]?.msg) sentence = detail[0].msg;
  } catch { /* no JSON: the sentence stands */ }
  throw new Refused(sentence);
}

async function asked(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server does not answer. Is `glfnet serve` still at work?");
  }
  return answered(response);
}

const sent = (path, value) =>
  asked(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });

export const limits = async () => (await asked("/api/limits")).json();
export const example = async () => (await asked("/api/jobs/example", { method: "POST" })).json();
export const state = async (id) => (await asked(`/api/jobs/${id}`)).json();
export const result = async (id) => (await asked(`/api/jobs/${id}/result`)).json();
export const classify = async (id, onset, apex) => (await sent(`/api/jobs/${id}/classify`, { onset, apex })).json();
/** What is taken along, as a blob: `table`, `document`, `elan` or `log`. */
export const taken = async (id, what, annotation) => (await sent(`/api/jobs/${id}/${what}`, annotation)).blob();
/** A coder's file, `{ name, text }`, beside what the machine says. */
export const opened = async (id, file) => (await sent(`/api/jobs/${id}/open`, file)).json();
export const agreement = async (id, two) => (await sent(`/api/jobs/${id}/agreement`, two)).json();
export const explain = async (id, onset, apex) => (await sent(`/api/jobs/${id}/explain`, { onset, apex })).json();
export const magnified = async (id, onset, apex, factor) =>
  createImageBitmap(await (await sent(`/api/jobs/${id}/magnify`, { onset, apex, factor })).blob());
export const runs = async () => (await (await asked("/api/runs")).json()).runs;
export const compared = async (ids) => (await (await sent("/api/runs/compare", { runs: ids })).json()).rows;
export const remove = (id) => fetch(`/api/jobs/${id}`, { method: "DELETE" }).catch(() => {});

/** Tell the server that the page is left; the browser sends this even while it closes the page. */
export const leave = (id) => navigator.sendBeacon(`/api/jobs/${id}/leave`);

/** Send a video; `onProgress` is told the share that has been sent. Returns the state of the job. */
export function upload(blob, name, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells nobody how much has been sent
    const failed = (sentence) => reject(new Refused(sentence));
    request.open("POST", `/api/jobs?name=${encodeURIComponent(name.slice(-200))}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    request.onerror = () => failed("The file could not be sent: the server ended the connection, or the file has changed.");
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* no JSON */ }
      if (request.status === 201) resolve(answer);
      else failed(typeof answer.detail === "string" ? answer.detail : `The server refused this (${request.status}).`);
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(blob);
  });
}

/** Frames first, first + 1, ... as pictures. */
export async function frames(id, first, count) {
  const bytes = await (await asked(`/api/jobs/${id}/frames?first=${first}&count=${count}`)).arrayBuffer();
  const view = new DataView(bytes);
  const pictures = [];
  for (let at = 0; at < bytes.byteLength;) {
    const length = view.getUint32(at, true);
    pictures.push(createImageBitmap(new Blob([new Uint8Array(bytes, at + 4, length)], { type: "image/jpeg" })));
    at += 4 + length;
  }
  return Promise.all(pictures);
}
